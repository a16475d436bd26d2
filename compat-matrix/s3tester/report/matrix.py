"""Result files side by side: features as rows, stores as columns. What tables, pages and profiles are made from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from holdall.capabilities import FEATURES
from s3tester.verdicts import Verdict
from s3tester.words import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from s3tester.results import Results, ScenarioResult

WORST_FIRST = (
    Verdict.CORRUPT,
    Verdict.IGNORED,
    Verdict.DIRTY,
    Verdict.FLAKY,
    Verdict.ERROR,
    Verdict.UNSUPPORTED,
    Verdict.DIFFERS,
    Verdict.SUPPORTED,
    Verdict.NOT_RUN,
)
"""Which verdict stands for several of one feature. What was not run says nothing where something else was."""

_GROUPS = tuple(dict.fromkeys(feature.partition(".")[0] for feature in FEATURES))
_SEVERITIES = ("core", "common", "rare")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that stands for several.

    Args:
        verdicts: At least one.
    """
    return min(verdicts, key=WORST_FIRST.index)


def group_of(feature: str) -> str:
    """The group that a feature belongs to."""
    return feature.partition(".")[0]


@dataclass(frozen=True)
class Cell:
    """What one store showed of one feature: at least one result."""

    results: Sequence[ScenarioResult]

    @property
    def verdict(self) -> Verdict:
        """The worst of the results."""
        return worst(each.verdict for each in self.results)

    @property
    def supported(self) -> int:
        """How many of the results are ``supported``."""
        return sum(each.verdict is Verdict.SUPPORTED for each in self.results)


@dataclass(frozen=True)
class Row:
    """One feature at all stores.

    Attributes:
        feature: Its id.
        title: Of the scenario of the same name, or of its first one.
        severity: The highest of its scenarios'.
        cells: By the name of the store; a store that was not asked has none.
    """

    feature: str
    title: str
    severity: str
    cells: Mapping[str, Cell]

    @property
    def group(self) -> str:
        """The group that it belongs to."""
        return group_of(self.feature)


@dataclass(frozen=True)
class Matrix:
    """Features beside stores.

    Attributes:
        stores: The stores that were run, by title.
        not_run: Those that could not be had.
        rows: Groups in the order of the capabilities, those of other features behind them.
    """

    stores: Sequence[Results]
    not_run: Sequence[Results]
    rows: Sequence[Row]

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """The rows, group by group."""
        for group, rows in groupby(self.rows, key=lambda row: row.group):
            yield group, list(rows)

    def counts(self, store: str) -> dict[Verdict, int]:
        """How many features of a store have each verdict, those that occur, best first."""
        found = [row.cells[store].verdict for row in self.rows if store in row.cells]
        return {verdict: found.count(verdict) for verdict in SYMBOLS if verdict in found}


def matrix(runs: Iterable[Results]) -> Matrix:
    """Lays results side by side.

    Args:
        runs: At most one for each name of a store.
    """
    ordered = sorted(runs, key=lambda run: (run.store.label.lower(), run.store.name))
    measured = [run for run in ordered if run.not_run is None]
    by_feature: dict[str, dict[str, list[ScenarioResult]]] = {}
    for run in measured:
        for result in sorted(run.results, key=lambda each: each.scenario):
            by_feature.setdefault(result.feature, {}).setdefault(run.store.name, []).append(result)
    rows = [_row(feature, by_feature[feature]) for feature in sorted(by_feature, key=_place)]
    return Matrix(measured, [run for run in ordered if run.not_run is not None], rows)


def _row(feature: str, by_store: Mapping[str, Sequence[ScenarioResult]]) -> Row:
    results = [result for each in by_store.values() for result in each]
    named = next((each for each in results if each.scenario == feature), results[0])
    severity = min((each.severity for each in results), key=_SEVERITIES.index)
    return Row(feature, named.title, severity, {store: Cell(each) for store, each in by_store.items()})


_ORDER: Mapping[str, int] = {feature: place for place, feature in enumerate(FEATURES)}


def _place(feature: str) -> tuple[int, str, int, str]:
    group = group_of(feature)
    known = _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)
    return known, group, _ORDER.get(feature, len(FEATURES)), feature
