"""Whether a run came out as options say. Against a recorded run: ``diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.errors import BadInput
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3tester.results import ScenarioResult


def parse_expected(terms: Sequence[str]) -> dict[str, Verdict]:
    """Reads ``--expect scenario=verdict``.

    Raises:
        BadInput: One is not like that.
    """
    found: dict[str, Verdict] = {}
    for term in terms:
        name, _, verdict = term.partition("=")
        if not name or verdict not in set(Verdict):
            raise BadInput(
                f"--expect {term}: it is not scenario=verdict", hint=f"Verdicts are {', '.join(map(str, Verdict))}."
            )
        found[name] = Verdict(verdict)
    return found


def unexpected(results: Sequence[ScenarioResult], expected: Mapping[str, Verdict]) -> list[str]:
    """What did not come out as expected; where nothing is said, ``supported`` is.

    Args:
        results: Those of the run.
        expected: Verdicts by scenario or feature.
    """
    wanted = {
        each.scenario: expected.get(each.scenario, expected.get(each.feature, Verdict.SUPPORTED)) for each in results
    }
    return [
        f"{each.scenario}: {each.verdict}, expected {wanted[each.scenario]} ({each.reason})"
        for each in results
        if each.verdict != wanted[each.scenario]
    ]
