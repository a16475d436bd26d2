"""Results on a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from s3tester.report.matrix import Matrix, matrix
from s3tester.tables import console_for
from s3tester.verdicts import Verdict
from s3tester.words import STYLES, SYMBOLS, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from rich.console import RenderableType

    from s3tester.results import Results, ScenarioResult


def print_table(runs: Sequence[Results], stream: TextIO) -> None:
    """Prints results: of one store with reasons, of several side by side; counts below.

    Args:
        runs: One for each store.
        stream: Where to.
    """
    laid = matrix(runs)
    parts: list[RenderableType] = []
    if len(laid.stores) == 1:
        parts.append(_one(laid.stores[0]))
    elif laid.stores:
        parts.append(_several(laid))
    parts += [_counts(run) for run in laid.stores]
    parts += [
        Text.assemble((printable(run.store.label), "bold"), f"  not run: {printable(run.not_run or '')}")
        for run in laid.not_run
    ]
    console_for(stream).print(Group(*parts))


def verdict_text(verdict: Verdict) -> Text:
    """A verdict with its symbol, in its style."""
    return Text(f"{SYMBOLS[verdict]} {verdict}", style=STYLES[verdict])


def _one(run: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("scenario", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("reason", overflow="fold")
    group = ""
    for result in sorted(run.results, key=lambda each: each.scenario):
        begins = result.feature.partition(".")[0]
        if group not in {"", begins}:
            table.add_section()
        group = begins
        table.add_row(Text(printable(result.scenario)), verdict_text(result.verdict), Text(_reason(result)))
    return table


def _several(laid: Matrix) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("feature", overflow="fold")
    for run in laid.stores:
        table.add_column(Text(printable(run.store.name)), justify="center")
    for _, rows in laid.groups():
        for row in rows:
            cells = (row.cells.get(run.store.name) for run in laid.stores)
            table.add_row(
                Text(printable(row.feature)),
                *(
                    Text("") if cell is None else Text(SYMBOLS[cell.verdict], style=STYLES[cell.verdict])
                    for cell in cells
                ),
            )
        table.add_section()
    return table


def _counts(run: Results) -> Text:
    version = f" {printable(run.store.version)}" if run.store.version else ""
    line = Text.assemble((f"{printable(run.store.label)}{version}", "bold"), f"  {len(run.results)} scenarios:")
    found = Counter(result.verdict for result in run.results)
    for verdict in SYMBOLS:
        if found[verdict]:
            line.append(f"  {SYMBOLS[verdict]} {found[verdict]} {verdict}", style=STYLES[verdict])
    return line


def _reason(result: ScenarioResult) -> str:
    measured = [f"{feature} = {_value(value)}" for feature, value in sorted(result.measured.items())]
    told = [] if result.verdict is Verdict.SUPPORTED or not result.reason else [result.reason]
    return printable("; ".join([*told, *measured]))


def _value(value: int | Sequence[str]) -> str:
    return f"{value:,}" if isinstance(value, int) else ", ".join(value) or "none"
