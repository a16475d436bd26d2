"""What is different between two runs at a store. Only what was found out counts: never times, request ids or texts."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tester.errors import BadInput
from s3tester.places import folder
from s3tester.results import read
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3tester.results import Results, ScenarioResult


class Kind(enum.StrEnum):
    """Kinds of change, in the order of reports."""

    FAILURE = "new failure"
    """It was supported."""
    VERDICT = "other verdict"
    """It was not supported, and still is not, in another way."""
    MEASURED = "other value"
    """A measured value is another one."""
    FIXED = "fixed"
    """It is supported now."""
    NEW = "new scenario"
    VANISHED = "vanished scenario"


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: What kind.
        scenario: Id of the scenario.
        before: The verdict or value before; empty for a new scenario.
        after: That of now; empty for one that vanished.
        reason: What the run says about it: the later one, where both have the scenario.
    """

    kind: Kind
    scenario: str
    before: str
    after: str
    reason: str


def compare(before: Results, after: Results, *, partial: bool = False) -> list[Change]:
    """The differences between two runs, those that matter most first.

    Args:
        before: What is expected, e.g. the recorded baseline.
        after: What was found.
        partial: ``after`` ran a part of the scenarios: those that it has not did not vanish.
    """
    old, new = _by_scenario(before), _by_scenario(after)
    changes = [change for scenario in old.keys() & new.keys() for change in _changes(old[scenario], new[scenario])]
    changes += [
        Change(Kind.NEW, scenario, "", str(new[scenario].verdict), new[scenario].reason)
        for scenario in new.keys() - old.keys()
    ]
    if not partial:
        changes += [
            Change(Kind.VANISHED, scenario, str(old[scenario].verdict), "", old[scenario].reason)
            for scenario in old.keys() - new.keys()
        ]
    kinds = list(Kind)
    return sorted(changes, key=lambda change: (kinds.index(change.kind), change.scenario, change.before))


def baseline_of(run: Results) -> Results:
    """The recorded results of the store that a run is of.

    Raises:
        BadInput: There are none.
    """
    recorded = {path.stem: path for path in sorted(folder("results").glob("*.json"))}
    if run.store.name not in recorded:
        raise BadInput(
            f"there are no recorded results of {run.store.name!r}",
            hint=f"Name two files, or a run of: {', '.join(recorded) or 'none is recorded yet'}.",
        )
    return read(recorded[run.store.name])


def _by_scenario(run: Results) -> Mapping[str, ScenarioResult]:
    return {result.scenario: result for result in run.results}


def _changes(old: ScenarioResult, new: ScenarioResult) -> list[Change]:
    if old.verdict is not new.verdict:
        kind = Kind.VERDICT
        if old.verdict is Verdict.SUPPORTED:
            kind = Kind.FAILURE
        elif new.verdict is Verdict.SUPPORTED:
            kind = Kind.FIXED
        return [Change(kind, new.scenario, str(old.verdict), str(new.verdict), new.reason)]
    return [
        Change(Kind.MEASURED, new.scenario, _value(old, feature), _value(new, feature), feature)
        for feature in sorted(old.measured.keys() | new.measured.keys())
        if _value(old, feature) != _value(new, feature)
    ]


def _value(result: ScenarioResult, feature: str) -> str:
    value: int | Sequence[str] | None = result.measured.get(feature)
    if value is None:
        return "not measured"
    return str(value) if isinstance(value, int) else ", ".join(value) or "none"
