"""Tables on standard output: folded to a terminal's width; elsewhere lines are never cut."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

STYLES = {
    "supported": "green",
    "unsupported": "bright_black",
    "dirty": "yellow",
    "ignored": "bold red",
    "differs": "yellow",
    "corrupt": "bold red",
    "flaky": "magenta",
    "error": "red",
    "not-run": "bright_black",
}
"""How verdicts look."""


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]], stream: TextIO | None = None) -> None:
    """Writes a table.

    Args:
        header: Names of the columns.
        rows: Cells; a verdict is coloured.
        stream: Where to; default: standard output.
    """
    stream = stream or sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else 100_000, highlight=False)
    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, ""), overflow="fold") for cell in row))
    console.print(table)
