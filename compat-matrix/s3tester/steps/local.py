"""``check``, ``set``, ``sleep``, ``measure``: steps that send nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3tester.answers import Answer
from s3tester.matching import mismatch, shown
from s3tester.values import Unset, resolve
from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.context import Context
    from s3tester.scenario import CheckStep, MeasureStep, SetStep, SleepStep


def check(step: CheckStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Compares values; a variable without a value is ``None`` here."""
    for name, each in step.check.items():
        try:
            got = resolve(name, context.variables)
        except Unset:
            got = None
        if (problem := mismatch(resolve(each, context.variables), got)) is not None:
            return Answer(what="check", unmet=(f"{name}: {problem}", shown(got)))
    return Answer(what="check")


def set_variables(step: SetStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Sets variables, one after the other: a later one may use an earlier one."""
    for name, each in step.set.items():
        context.variables[name] = resolve(each, context.variables)
    return Answer(what="set")


def sleep(step: SleepStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Waits."""
    context.wait(float(resolve(step.sleep, context.variables)))
    return Answer(what="sleep")


def measure(step: MeasureStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Notes a limit."""
    value: Any = resolve(step.measure.value, context.variables)
    names = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not names and (isinstance(value, bool) or not isinstance(value, int)):
        raise Ended(Verdict.ERROR, f"measured {value!r}, which is no whole number and no list of names")
    context.measured[step.measure.feature] = value
    return Answer(what="measure", result={"value": value})
