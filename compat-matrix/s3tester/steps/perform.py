"""``perform``: runs any step, holds its answer against its expectations, and sets the variables that it is to set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.matching import shown
from s3tester.results import StepEvidence
from s3tester.scenario import verb_of
from s3tester.steps.call import call, pages, presign
from s3tester.steps.combined import group, parallel, until
from s3tester.steps.expectations import error_is_due, summary, unmet
from s3tester.steps.http import http
from s3tester.steps.local import check, measure, set_variables, sleep
from s3tester.steps.multipart import multipart
from s3tester.values import Unset, search
from s3tester.verdicts import Ended, Verdict, of_unmet

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from s3tester.answers import Answer
    from s3tester.context import Context
    from s3tester.scenario import Step

VERBS: dict[str, Callable[[Any, Context, Callable[..., Answer]], Answer]] = {
    "call": call,
    "http": http,
    "presign": presign,
    "multipart": multipart,
    "pages": pages,
    "parallel": parallel,
    "group": group,
    "until": until,
    "check": check,
    "set": set_variables,
    "sleep": sleep,
    "measure": measure,
}
"""What each verb does; the last argument is ``perform``, for steps that have steps inside."""
_JUDGED_INSIDE = {"group", "until"}
"""Verbs whose answer is that of a step inside, which was held against its own expectations: it may be a due error."""


def perform(step: Step, context: Context, place: str) -> Answer:
    """Runs a step.

    Args:
        step: The step.
        context: What it needs; its variables and evidence grow.
        place: Where it stands in its scenario, e.g. ``test[1]``.

    Returns:
        The answer, which is as expected.

    Raises:
        Ended: It is not; the verdict says what that means.
    """
    context.check_time()
    otherwise = Verdict(step.otherwise) if step.otherwise else None
    verb = verb_of(step) or ""
    try:
        answer = VERBS[verb](step, context.of_step(step), perform)
        told = step.expect is None and verb in _JUDGED_INSIDE
        found = None if told else unmet(answer, step.expect, context.variables)
    except Unset as error:
        label = f"{place} {step.name or getattr(step, 'call', verb)}"
        context.evidence.append(StepEvidence(step=label, expected="a value", got=str(error)))
        raise Ended(otherwise or Verdict.DIFFERS, f"{label}: {error}") from error
    except (ValueError, TypeError, KeyError) as error:  # of functions and bodies: the scenario is wrong
        raise Ended(Verdict.ERROR, f"{place}: {type(error).__name__}: {error}") from error
    label = f"{place} {step.name or answer.what}"
    expected, got = found or (None, None)
    if answer.status is not None or found is not None:
        context.evidence.append(
            StepEvidence(
                step=label,
                status=answer.status,
                code=answer.code,
                request_id=answer.request_id,
                headers=answer.headers,
                expected=expected,
                got=got,
            )
        )
    if found is not None:
        verdict = of_unmet(
            answer, error_due=error_is_due(step.expect), otherwise=otherwise, refusals=set(step.refusals)
        )
        refused = verdict is Verdict.UNSUPPORTED and not answer.ok  # else it is the author who says what it means
        reason = f"refused: {summary(answer)}" if refused else f"expected {expected}, got {got}"
        raise Ended(verdict, f"{label}: {reason}")
    view = answer.view()
    if step.as_:
        context.variables[step.as_] = view
    for name, path in step.capture.items():
        value = search(path, view)
        if value is None:
            problem = f"the answer has no {shown(path)}"
            context.evidence.append(StepEvidence(step=label, expected=f"a value at {path}", got="nothing"))
            raise Ended(otherwise or Verdict.DIFFERS, f"{label}: {problem}")
        context.variables[name] = value
    return answer
