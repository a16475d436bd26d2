"""``--filter``: which scenarios run. What they require runs with them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from s3tester.errors import BadInput
from s3tester.requirements import Requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.scenario import Loaded

HELP = (
    "Scenarios to run: an id or a feature (with * and ?), a group (put), a severity (core), or a tag. "
    "May be repeated; '!' in front leaves out. What is tagged 'large' runs only where its id or 'large' is named."
)

LARGE = "large"
"""Tag of scenarios that take long or move much: they run where they, or the tag, are named."""


def choose(
    loaded: Sequence[Loaded], terms: Sequence[str], *, with_required: bool = True, with_large: bool = False
) -> list[Loaded]:
    """The scenarios that terms name.

    Args:
        loaded: All scenarios.
        terms: Any of them includes; one that begins with ``!`` excludes, and wins. None names all.
        with_required: Take in what the chosen ones require.
        with_large: Take in also those tagged ``large`` whose id is not named, and not their tag.

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
        if (not wanted or any(_is_named(each, term) for term in wanted))
        and not any(_is_named(each, term) for term in unwanted)
        and (with_large or LARGE not in each.scenario.tags or not {LARGE, each.scenario.id}.isdisjoint(wanted))
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
