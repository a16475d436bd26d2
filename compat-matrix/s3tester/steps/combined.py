"""``parallel``, ``group``, ``until``: steps that have steps inside."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from s3tester.answers import Answer
from s3tester.concurrently import concurrently
from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.context import Context
    from s3tester.scenario import GroupStep, ParallelStep, Step, UntilStep


def group(step: GroupStep, context: Context, perform: Callable[..., Answer]) -> Answer:
    """Runs steps in order; the answer is the last one's."""
    answer = Answer(what="group")
    for index, each in enumerate(step.group):
        answer = perform(each, context, f"group[{index}]")
    return answer


def parallel(step: ParallelStep, context: Context, perform: Callable[..., Answer]) -> Answer:
    """Runs steps at the same time and counts what came out."""
    wanted = step.parallel
    jobs = [(each, index) for index in range(wanted.repeat) for each in wanted.steps]
    runs = [partial(_one, each, context.apart(index=index), index, perform) for each, index in jobs]
    outcomes = concurrently(runs, wanted.at_once)
    failed = [ended for _, ended in outcomes if ended is not None]
    broken = next((ended for ended in failed if ended.verdict in {Verdict.ERROR, Verdict.NOT_RUN}), None)
    if broken is not None or (failed and step.expect is None):
        raise broken or failed[0]
    answers = [told for told, _ in outcomes]
    return Answer(
        what=f"{len(jobs)} in parallel",
        result={
            "succeeded": len(jobs) - len(failed),
            "failed": len(failed),
            "codes": dict(Counter(str(told["code"]) for told in answers if told["code"])),
            "statuses": dict(Counter(str(told["status"]) for told in answers if told["status"])),
            "answers": answers,
        },
    )


def _one(
    step: Step, context: Context, index: int, perform: Callable[..., Answer]
) -> tuple[dict[str, Any], Ended | None]:
    """One of the steps: what it answered, and why it failed if it did."""
    ended: Ended | None = None
    told: dict[str, Any] = {"index": index, "status": None, "code": None}
    try:
        answer = perform(step, context, f"parallel[{index}]")
        told = {**answer.view(), **told, "status": answer.status, "code": answer.code}
    except Ended as error:
        ended = error
        if context.evidence:
            told |= {"status": context.evidence[-1].status, "code": context.evidence[-1].code}
    return {**told, "ok": ended is None}, ended


def until(step: UntilStep, context: Context, perform: Callable[..., Answer]) -> Answer:
    """Runs a step again and again until it is as expected, or the time is up."""
    wanted = step.until
    end = time.monotonic() + wanted.deadline
    while True:
        attempt = context.apart()
        try:
            answer = perform(wanted.step, attempt, "until")
        except Ended as ended:
            last = ended.verdict in {Verdict.ERROR, Verdict.NOT_RUN} or time.monotonic() + wanted.every > end
            if last:
                context.evidence += attempt.evidence
                raise
            context.wait(wanted.every)
        else:
            context.variables.update(attempt.variables)
            context.evidence += attempt.evidence
            return answer
