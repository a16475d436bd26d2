"""``--dry-run``: what would be sent, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3tester.scenario import (
    CallStep,
    GroupStep,
    HttpStep,
    MultipartStep,
    PagesStep,
    ParallelStep,
    PresignStep,
    UntilStep,
    verb_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s3tester.loading import Loaded
    from s3tester.scenario import Step

_GROUPS = ("before_test", "test", "after_test")


def plan(scenarios: Sequence[Loaded]) -> list[dict[str, Any]]:
    """The steps of scenarios that send something.

    Args:
        scenarios: In the order of their files; those without requirements between them run at the same time.
    """
    return [
        {
            "scenario": each.scenario.id,
            "requires": each.scenario.requires,
            "requests": [
                f"{group}[{index}] {request}"
                for group in _GROUPS
                for index, step in enumerate(getattr(each.scenario, group))
                for request in _requests(step, each.scenario.credentials)
            ],
        }
        for each in scenarios
    ]


def _requests(step: Step, default: str) -> Iterator[str]:
    who = step.credentials or default
    by = "" if who == "main" else f" (as {who})"
    match step:
        case CallStep():
            yield f"{step.call} {_values(step.with_)}{by}"
        case HttpStep(http=request):
            where = request.path or request.raw_path or request.url
            yield f"{request.method} {where} {_values(request.query)} signed {request.sign}{by}".replace("  ", " ")
        case PresignStep(presign=presigned):
            yield f"(no request) presign {presigned.operation or 'a form'}{by}"
        case MultipartStep(multipart=upload):
            count = f"{len(upload.parts)} parts" if isinstance(upload.parts, list) else upload.parts
            yield f"multipart upload of {count} to {upload.bucket}/{upload.key}{by}"
        case PagesStep(pages=pages):
            yield f"{pages.call} {_values(pages.with_)}, all pages{by}"
        case ParallelStep(parallel=parallel):
            for each in parallel.steps:
                for request in _requests(each, who):
                    yield f"{parallel.repeat}× at once: {request}"
        case GroupStep(group=group):
            for each in group:
                yield from _requests(each, who)
        case UntilStep(until=until):
            for request in _requests(until.step, who):
                yield f"until as expected: {request}"
        case _:
            yield f"(no request) {verb_of(step)}"


def _values(given: dict[str, Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in given.items())


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a line for people
