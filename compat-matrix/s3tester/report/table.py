"""Results on a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from s3tester.report.matrix import Matrix, matrix
from s3tester.report.words import STYLES, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from s3tester.results import Results, ScenarioResult
    from s3tester.verdicts import Verdict


def as_table(runs: Sequence[Results]) -> RenderableType:
    """Results for rich to print: of one store with reasons, of several side by side; counts below."""
    laid = matrix(runs)
    parts: list[RenderableType] = []
    if len(laid.stores) == 1:
        parts.append(_one(laid.stores[0]))
    elif laid.stores:
        parts.append(_several(laid))
    parts += [_counts(run) for run in laid.stores]
    parts += [
        Text.assemble((_plain(run.store.label), "bold"), f"  not run: {_plain(run.not_run or '')}")
        for run in laid.not_run
    ]
    return Group(*parts)


def verdict_text(verdict: Verdict) -> Text:
    """A verdict with its symbol, in its style."""
    return Text(f"{SYMBOLS[verdict]} {verdict}", style=STYLES[verdict])


def _one(run: Results) -> Table:
    table = Table(title=_title(run), title_justify="left", pad_edge=False)
    table.add_column("scenario", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("reason", overflow="fold")
    group = ""
    for result in sorted(run.results, key=lambda each: each.scenario):
        begins = result.feature.partition(".")[0]
        if group not in {"", begins}:
            table.add_section()
        group = begins
        table.add_row(Text(_plain(result.scenario)), verdict_text(result.verdict), Text(_reason(result)))
    return table


def _several(laid: Matrix) -> Table:
    table = Table(title="Compatibility", title_justify="left", pad_edge=False)
    table.add_column("feature", overflow="fold")
    for run in laid.stores:
        table.add_column(Text(_plain(run.store.name)), justify="center")
    for _, rows in laid.groups():
        for row in rows:
            cells = (row.cells.get(run.store.name) for run in laid.stores)
            table.add_row(
                Text(_plain(row.feature)),
                *(
                    Text("") if cell is None else Text(SYMBOLS[cell.verdict], style=STYLES[cell.verdict])
                    for cell in cells
                ),
            )
        table.add_section()
    return table


def _counts(run: Results) -> Text:
    line = Text.assemble((_plain(run.store.label), "bold"), f"  {len(run.results)} scenarios:")
    found = Counter(result.verdict for result in run.results)
    for verdict in SYMBOLS:
        if found[verdict]:
            line.append(f"  {SYMBOLS[verdict]} {found[verdict]} {verdict}", style=STYLES[verdict])
    return line


def _title(run: Results) -> str:
    version = f" {_plain(run.store.version)}" if run.store.version else ""
    return f"{_plain(run.store.label)}{version}".replace("[", r"\[")


def _reason(result: ScenarioResult) -> str:
    measured = [f"{feature} = {_value(value)}" for feature, value in sorted(result.measured.items())]
    return _plain("; ".join([*([result.reason] if result.reason else []), *measured]))


def _value(value: int | Sequence[str]) -> str:
    return f"{value:,}" if isinstance(value, int) else ", ".join(value) or "none"


def _plain(text: str) -> str:
    """Text without characters that a terminal would obey: a server's answers may hold any."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
