"""The differences between two runs, for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from s3tester.diff import Change, Kind
from s3tester.tables import console_for
from s3tester.words import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from s3tester.results import Results

_STYLES = {
    Kind.FAILURE: "bold red",
    Kind.VERDICT: "yellow",
    Kind.MEASURED: "yellow",
    Kind.FIXED: "green",
    Kind.NEW: "cyan",
    Kind.VANISHED: "magenta",
}


def print_changes(before: Results, after: Results, changes: Sequence[Change], stream: TextIO) -> None:
    """Prints differences.

    Args:
        before: The run that was expected.
        after: The run that was made.
        changes: What is different between them.
        stream: Where to.
    """
    title = f"{printable(after.store.label)}: {_of(before)}, then {_of(after)}"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("change", "scenario", "before", "after", "about"):
        table.add_column(name, overflow="fold")
    for change in changes:
        told = (change.scenario, change.before, change.after, change.reason)
        table.add_row(Text(change.kind, style=_STYLES[change.kind]), *(Text(printable(each)) for each in told))
    console = console_for(stream)
    console.print(Text(title, style="bold"), table)


def _of(results: Results) -> str:
    date = results.run.date[:10] if results.run else "not run"
    return f"{printable(results.store.version or 'version unknown')} ({date})"
