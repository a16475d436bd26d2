"""What scenarios require of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.checking import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s3tester.scenario import Loaded, Scenario


class Requirements:
    """Finds what must come before what.

    Args:
        scenarios: All that there are.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._by_id = {each.id: each for each in scenarios}
        self._features: dict[str, list[str]] = {}
        for each in scenarios:
            self._features.setdefault(each.feature, []).append(each.id)

    def of(self, name: str) -> list[str]:
        """The scenarios that must have come out ``supported`` before one.

        A requirement that is an id means that scenario, any other all scenarios of the feature.

        Args:
            name: Id of the one.
        """
        found = [
            each
            for needed in self._by_id[name].requires
            for each in ([needed] if needed in self._by_id else self._features.get(needed, []))
        ]
        return [each for each in dict.fromkeys(found) if each != name]

    def unmet(self, scenario: Scenario) -> Iterator[str]:
        """Requirements that nothing is, as messages."""
        known = {*self._by_id, *self._features}
        for needed in scenario.requires:
            if needed not in known:
                yield f"{scenario.id} requires {needed!r}, which no scenario is{nearest(needed, known)}"

    def circle(self) -> list[str] | None:
        """Ids that require one another in a circle, if there are any; the first one stands at both ends."""
        settled: set[str] = set()

        def walk(name: str, way: list[str]) -> list[str] | None:
            if name in way:
                return [*way[way.index(name) :], name]
            if name in settled:
                return None
            found = next((found for needed in self.of(name) if (found := walk(needed, [*way, name]))), None)
            settled.add(name)
            return found

        return next((found for name in self._by_id if (found := walk(name, []))), None)


def across(loaded: Sequence[Loaded]) -> Iterator[str]:
    """What is wrong between scenarios: ids that stand twice, requirements that nothing is or that go in a circle."""
    by_id: dict[str, Loaded] = {}
    requirements = Requirements([each.scenario for each in loaded])
    for each in loaded:
        if (first := by_id.setdefault(each.scenario.id, each)) is not each:
            yield f"{each.file}:{each.line}: the id {each.scenario.id!r} is taken by {first.file}:{first.line}"
        for problem in requirements.unmet(each.scenario):
            yield f"{each.file}:{each.line}: {problem}"
    if circle := requirements.circle():
        first = by_id[circle[0]]
        yield f"{first.file}:{first.line}: requirements go in a circle: {' → '.join(circle)}"
