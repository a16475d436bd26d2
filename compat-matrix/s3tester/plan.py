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

    from s3tester.scenario import Loaded, Step

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
    """What a step sends, with who asks where that is not the store's own user."""
    who = step.credentials or default
    match step:
        case ParallelStep(parallel=parallel):
            yield from (
                f"{parallel.repeat} times at once: {request}"
                for each in parallel.steps
                for request in _requests(each, who)
            )
        case GroupStep(group=group):
            yield from (request for each in group for request in _requests(each, who))
        case UntilStep(until=until):
            yield from (f"until as expected: {request}" for request in _requests(until.step, who))
        case _:
            yield _request(step) + ("" if who == "main" else f" (as {who})")


def _request(step: Step) -> str:
    match step:
        case CallStep():
            return f"{step.call} {_values(step.with_)}"
        case HttpStep(http=sent) if sent.url is not None:
            return f"{sent.method} {_value(sent.url)} as it is"
        case HttpStep(http=sent):
            query = [_values(sent.query)] if isinstance(sent.query, dict) and sent.query else []
            return " ".join([sent.method, _value(sent.path or sent.raw_path), *query, f"signed {sent.sign}"])
        case MultipartStep(multipart=upload):
            count = f"{len(upload.parts)} parts" if isinstance(upload.parts, list) else upload.parts
            return f"multipart upload of {count} to {upload.bucket}/{upload.key}"
        case PagesStep(pages=pages):
            return f"{pages.call} {_values(pages.with_)}, all pages"
        case _:
            what = f" {step.presign.operation or 'a form'}" if isinstance(step, PresignStep) else ""
            return f"(no request) {verb_of(step)}{what}"


def _values(given: dict[str, Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in given.items())


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a line for people
