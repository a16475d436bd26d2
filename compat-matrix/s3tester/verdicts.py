"""Verdicts, and how an answer that was not expected becomes one. The only place that decides this."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from s3tester.answers import Answer


class Verdict(enum.StrEnum):
    """What came out of a scenario."""

    SUPPORTED = "supported"
    """All expectations met."""
    UNSUPPORTED = "unsupported"
    """Refused cleanly."""
    DIRTY = "dirty"
    """Refused with a wrong status or code, or 5xx where a clean answer was due."""
    IGNORED = "ignored"
    """A success without the effect."""
    DIFFERS = "differs"
    """Works, in another way."""
    CORRUPT = "corrupt"
    """Bytes were lost or changed."""
    FLAKY = "flaky"
    """Repeats came out differently."""
    ERROR = "error"
    """Transport, time-out, or a failure of the tester's own: nothing is known of the feature."""
    NOT_RUN = "not-run"
    """Something that it needs is not there."""


CLEAN_CODES = frozenset({"NotImplemented", "MethodNotAllowed"})
CLEAN_STATUSES = frozenset({405, 501})
_SERVER_ERROR = 500


class Ended(Exception):
    """A scenario is over before its end.

    Args:
        verdict: What came out.
        reason: One line.
    """

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def is_clean_refusal(answer: Answer, refusals: Collection[str] = ()) -> bool:
    """Whether a store says properly that it does not have something.

    Args:
        answer: Its answer.
        refusals: Further codes that say so at this step.
    """
    if answer.ok:
        return False
    return answer.status in CLEAN_STATUSES or answer.code in CLEAN_CODES or answer.code in refusals


def of_unmet(answer: Answer, *, error_due: bool, otherwise: Verdict | None, refusals: Collection[str] = ()) -> Verdict:
    """The verdict for an expectation that does not hold.

    Args:
        answer: What the store said.
        error_due: An error was expected.
        otherwise: What the author says that it means.
        refusals: Further codes that are a clean refusal.
    """
    if answer.ok:
        return otherwise or Verdict.DIFFERS
    if is_clean_refusal(answer, refusals):
        return Verdict.UNSUPPORTED
    if answer.status is not None and answer.status >= _SERVER_ERROR:
        return Verdict.DIRTY
    if otherwise is not None and not error_due:
        return otherwise
    return Verdict.DIRTY
