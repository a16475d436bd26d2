"""``--filter``: which scenarios run. What they require runs with them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from s3tester.errors import BadInput
from s3tester.requirements import Requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.scenario import Loaded

LARGE = "large"
"""Tag of scenarios that take minutes, and so run only where somebody asks for them."""
HELP = (
    "Scenarios to run: an id or a feature (with * and ?), a group (put), a severity (core), or a tag. "
    "May be repeated; '!' in front leaves out. What takes minutes has the tag large, and runs with it alone."
)


def choose(loaded: Sequence[Loaded], terms: Sequence[str], *, with_required: bool = True) -> list[Loaded]:
    """The scenarios that terms name.

    Args:
        loaded: All scenarios.
        terms: Any of them includes; one that begins with ``!`` excludes, and wins. None names all but those that take
            minutes (tag ``large``), which only their ids and the tag name.
        with_required: Take in what the chosen ones require.

    Raises:
        BadInput: A term names nothing, or nothing is left.
    """
    for term in terms:
        if not any(_is_named(each, term.removeprefix("!")) for each in loaded):
            raise BadInput(f"--filter {term}: no scenario is named by that", hint="'s3tester list' shows all of them.")
    wanted = [term for term in terms if not term.startswith("!")]
    unwanted = [term[1:] for term in terms if term.startswith("!")]
    chosen = [
        each
        for each in loaded
        if any(_is_named(each, term) for term in wanted or ["*"])
        and not any(_is_named(each, term) for term in unwanted)
        and (LARGE not in each.scenario.tags or {each.scenario.id, LARGE} & set(wanted))
    ]
    if not chosen:
        raise BadInput("the filters leave no scenario", hint="'s3tester list' takes the same filters.")
    return _with_required(loaded, chosen) if with_required else chosen


def _is_named(each: Loaded, term: str) -> bool:
    scenario = each.scenario
    return (
        fnmatchcase(scenario.id, term)
        or fnmatchcase(scenario.feature, term)
        or term == scenario.feature.partition(".")[0]
        or term == scenario.severity
        or term in scenario.tags
    )


def _with_required(loaded: Sequence[Loaded], chosen: Sequence[Loaded]) -> list[Loaded]:
    requirements = Requirements([each.scenario for each in loaded])
    names = {each.scenario.id for each in chosen}
    waiting = list(names)
    while waiting:
        found = set(requirements.of(waiting.pop())) - names
        names |= found
        waiting += found
    return [each for each in loaded if each.scenario.id in names]
