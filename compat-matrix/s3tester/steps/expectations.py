"""Holds an answer against what a step expects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3tester.bodies import BodySource, body, digest
from s3tester.matching import mismatch, shown
from s3tester.scenario import ExpectedError
from s3tester.values import resolve, search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3tester.answers import Answer
    from s3tester.scenario import Expect, ExpectedBody

_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500


def error_is_due(expect: Expect | None) -> bool:
    """Whether a step expects an error."""
    return expect is not None and expect.error is not None and expect.error is not False


def unmet(answer: Answer, expect: Expect | None, variables: dict[str, Any]) -> tuple[str, str] | None:
    """The first expectation that does not hold.

    Args:
        answer: What the store said.
        expect: What was expected; ``None`` is a success.
        variables: Values of variables.

    Returns:
        What was expected and what is there; ``None`` where all holds.
    """
    return next(_unmet(answer, expect, variables), None)


def _unmet(answer: Answer, expect: Expect | None, variables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if answer.unmet is not None:
        yield answer.unmet
    if expect is not None and error_is_due(expect):
        yield from _error(answer, expect.error, variables)
    elif not answer.ok and (expect is None or expect.status is None):
        yield "success", summary(answer)
    if expect is None:
        return
    if expect.status is not None:
        statuses = resolve(expect.status, variables)
        wanted = {"one_of": statuses} if isinstance(statuses, list) else statuses
        if (problem := mismatch(wanted, answer.status)) is not None:
            yield f"status {problem}", summary(answer)
    yield from _values(answer, expect, variables)
    if expect.body is not None:
        yield from _body(answer, expect.body, variables)


def _values(answer: Answer, expect: Expect, variables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    view = answer.view()
    found = [(path, search(resolve(path, variables), view), each) for path, each in expect.result.items()]
    found += [
        (f"header {name.lower()}", answer.headers.get(name.lower()), each) for name, each in expect.headers.items()
    ]
    for name, got, each in found:
        if (problem := mismatch(resolve(each, variables), got)) is not None:
            yield f"{name}: {problem}", shown(got)


def _error(answer: Answer, expected: Any, variables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if answer.ok:
        yield f"the error {_named(expected)}", summary(answer)
        return
    code, status = _code_and_status(expected)
    if expected is True and not (_FIRST_ERROR <= (answer.status or 0) < _FIRST_SERVER_ERROR):
        yield "a refusal", summary(answer)
    # HEAD and 304 have no body that could tell a code.
    if code is not None and not answer.bodiless and mismatch(resolve(code, variables), answer.code) is not None:
        yield f"the error {_named(expected)}", summary(answer)
    if status is not None and mismatch(resolve(status, variables), answer.status) is not None:
        yield f"the error {_named(expected)}", summary(answer)


def _code_and_status(expected: Any) -> tuple[Any, Any]:
    match expected:
        case ExpectedError():
            return expected.code, expected.status
        case True:
            return None, None
        case int():
            return None, expected
        case str():
            return expected, None
        case _:
            return expected[0], expected[1]


def _named(expected: Any) -> str:
    if expected is True:
        return "(any refusal)"
    code, status = _code_and_status(expected)
    return " ".join(shown(each) if isinstance(each, dict) else str(each) for each in (status, code) if each is not None)


def _body(answer: Answer, expected: ExpectedBody, variables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    got = answer.body
    if got is None:
        yield "a body", "none"
        return
    if expected.equals is not None:
        wanted: BodySource = body(resolve(expected.equals, variables))
        if (wanted.size, digest(wanted, "sha256").hex()) != (got.size, got.sha256):
            start = shown(next(wanted.chunks(60), b""), 80)
            yield f"a body of {wanted.size} bytes, {start}", f"{got.size} bytes, {shown(got.start[:60], 80)}"
    for name in ("sha256", "md5", "size", "text"):
        each = getattr(expected, name)
        if each is not None and (problem := mismatch(resolve(each, variables), getattr(got, name))) is not None:
            yield f"body {name}: {problem}", shown(getattr(got, name))


def summary(answer: Answer) -> str:
    """An answer in a few words, e.g. ``404 NoSuchKey``."""
    if answer.status is None:
        return "no answer" if answer.code is None else answer.code
    words = [str(answer.status), answer.code or "", f"({answer.message})" if answer.message else ""]
    return " ".join(each for each in words if each)
