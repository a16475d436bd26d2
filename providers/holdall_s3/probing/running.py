"""Runs the probes, each with what those before it found, and tidies up whatever happens."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from holdall_s3.probing import copying, extras, multipart, reading, versions, writing
from holdall_s3.probing.cleaning import clean
from holdall_s3.probing.registry import PROBES
from holdall_s3.probing.trial import Inconclusive

if TYPE_CHECKING:
    from holdall.errors import InvalidBucketState
    from holdall.groups import ProbeProgress
    from holdall_s3.probing.registry import Probe
    from holdall_s3.probing.trial import Trial, Value

logger = logging.getLogger(__name__)

_MODULES = (writing, copying, extras, reading, multipart, versions)
ORDER: tuple[Probe, ...] = tuple(
    each for module in _MODULES for each in PROBES.values() if each.run.__module__ == module.__name__
)
"""All probes in the order in which they are run: later ones use what earlier ones found and wrote."""


class Outcome(NamedTuple):
    """What became of a run.

    Attributes:
        found: By feature.
        left: What to raise where scratch objects are left over.
    """

    found: dict[str, Found]
    left: InvalidBucketState | None


class Found(NamedTuple):
    """What one probe found.

    Attributes:
        value: ``None`` where nothing could be said.
        note: By which answer.
    """

    value: Value
    note: str


def run(trial: Trial, tell: ProbeProgress | None = None) -> Outcome:
    """Runs all probes, and deletes all that they wrote, also where something stops them.

    Args:
        trial: Where.
        tell: Is told before each probe: how many are done, how many there are, and the feature.

    Raises:
        ClientError, BotoCoreError: The store does not let anything be written, or can't be reached.
        InvalidBucketState: The bucket would lock them.
    """
    try:
        found = _run(trial, tell)
    except BaseException as error:
        with suppress(ClientError, BotoCoreError, Inconclusive):
            left = clean(trial).left
            if left:
                error.add_note(f"{left} scratch objects could not be deleted below {trial.prefix!r}")
        raise
    cleaned = clean(trial)
    if cleaned.batch is not None:
        found["delete.batch"] = Found(*cleaned.batch)
    return Outcome(found, cleaned.error(trial) if cleaned.left else None)


def _run(trial: Trial, tell: ProbeProgress | None) -> dict[str, Found]:
    trial.first_look()
    found: dict[str, Found] = {}
    probes = [each for each in ORDER if trial.owned or not each.owned]
    for number, each in enumerate(probes):
        if tell is not None:
            tell(number, len(probes), each.feature)
        value, note = _ask(trial, each)
        trial.found[each.feature] = value
        found[each.feature] = Found(value, note)
    if tell is not None:
        tell(len(probes), len(probes), "")
    return found


def _ask(trial: Trial, asked: Probe) -> tuple[Value, str]:
    trial.said = ""
    try:
        value = asked.run(trial)
    except (Inconclusive, ClientError, KeyError) as error:
        logger.debug("the probe of %s says nothing: %s", asked.feature, error)
        return None, trial.said
    return value, trial.said or "by the answers to other probes"
