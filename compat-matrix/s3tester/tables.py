"""Tables on standard output: folded to a terminal's width; elsewhere lines are never cut."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3tester.words import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

_STYLES = {str(verdict): style for verdict, style in STYLES.items()}


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]], stream: TextIO | None = None) -> None:
    """Writes a table.

    Args:
        header: Names of the columns.
        rows: Cells; a verdict is coloured.
        stream: Where to; default: standard output.
    """
    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, ""), overflow="fold") for cell in row))
    console_for(stream or sys.stdout).print(table)


def console_for(stream: TextIO) -> Console:
    """What prints tables to a stream."""
    return Console(file=stream, width=None if stream.isatty() else 100_000, highlight=False)
