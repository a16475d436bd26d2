"""Matchers: what an expected value may be beside a literal one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from s3tester.bodies import BodySource
from s3tester.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable


def mismatch(expected: Any, got: Any) -> str | None:
    """Compares a value with what is expected of it.

    A mapping whose keys are all matchers' names is matchers, all of which must agree. Any other mapping expects its
    keys, and says nothing of further ones; a list expects as many items in that order. Numbers and truth values are
    compared with text by how they are written, as headers and XML have nothing but text.

    Args:
        expected: A value, or matchers.
        got: What is there; ``None`` is nothing.

    Returns:
        What was expected, in words; ``None`` where it holds.
    """
    if isinstance(expected, dict):
        return _mapping(expected, got)
    if isinstance(expected, list):
        return _list(expected, got)
    if isinstance(got, str) and isinstance(expected, (bool, int, float)):
        return _when(as_text(expected) == got, shown(expected))
    return _when(expected == got and isinstance(expected, bool) == isinstance(got, bool), shown(expected))


def _mapping(expected: dict[str, Any], got: Any) -> str | None:
    if expected and set(expected) <= set(MATCHERS):
        found = (MATCHERS[name](argument, got) for name, argument in expected.items())
        return next((problem for problem in found if problem is not None), None)
    if not isinstance(got, dict):
        return shown(expected)
    problems = ((name, mismatch(each, got.get(str(name)))) for name, each in expected.items())
    return next((f"{name}: {problem}" for name, problem in problems if problem is not None), None)


def _list(expected: list[Any], got: Any) -> str | None:
    if not isinstance(got, list) or len(got) != len(expected):
        return shown(expected)
    return _when(all(mismatch(each, one) is None for each, one in zip(expected, got, strict=True)), shown(expected))


def _when(holds: bool, words: str) -> str | None:  # noqa: FBT001 - what it is about
    return None if holds else words


def _regex(argument: Any, got: Any) -> str | None:
    return _when(got is not None and re.search(str(argument), as_text(got)) is not None, f"matching /{argument}/")


def _one_of(argument: Any, got: Any) -> str | None:
    return _when(any(mismatch(each, got) is None for each in argument), f"one of {shown(argument)}")


def _present(argument: Any, got: Any) -> str | None:
    return _when((got is not None) is bool(argument), "a value" if argument else "nothing")


def _absent(argument: Any, got: Any) -> str | None:
    return _present(not argument, got)


def _not(argument: Any, got: Any) -> str | None:
    problem = mismatch(argument, got)
    return f"not {shown(argument)}" if problem is None else None


def _size(argument: Any, got: Any) -> str | None:
    length = got.size if isinstance(got, BodySource) else len(got) if isinstance(got, (str, list, dict)) else 0
    problem = mismatch(argument, length)
    return None if problem is None else f"{problem} items, not {length}"


def _contains(argument: Any, got: Any) -> str | None:
    if isinstance(got, list):
        return _when(any(mismatch(argument, each) is None for each in got), f"a list with {shown(argument)}")
    return _when(isinstance(got, str) and as_text(argument) in got, f"text with {shown(argument)}")


def _any_order(argument: Any, got: Any) -> str | None:
    left = list(got) if isinstance(got, list) else []
    for each in argument:
        found = next((at for at, one in enumerate(left) if mismatch(each, one) is None), None)
        if found is None:
            return f"in any order {shown(argument)}"
        left.pop(found)
    return _when(isinstance(got, list) and not left, f"in any order {shown(argument)}")


def _number(got: Any) -> float | None:
    try:
        return float(got)
    except (TypeError, ValueError):
        return None


def _at_least(argument: Any, got: Any) -> str | None:
    number = _number(got)
    return _when(number is not None and number >= float(argument), f"at least {argument}")


def _at_most(argument: Any, got: Any) -> str | None:
    number = _number(got)
    return _when(number is not None and number <= float(argument), f"at most {argument}")


def _etag(argument: Any, got: Any) -> str | None:
    return _when(isinstance(got, str) and got.strip('"') == str(argument).strip('"'), f"the ETag {argument}")


def _all(argument: Any, got: Any) -> str | None:
    holds = isinstance(got, list) and all(mismatch(argument, each) is None for each in got)
    return _when(holds, f"in all items {shown(argument)}")


def _starts_with(argument: Any, got: Any) -> str | None:
    return _when(isinstance(got, str) and got.startswith(str(argument)), f"text that begins with {shown(argument)}")


MATCHERS: dict[str, Callable[[Any, Any], str | None]] = {
    "regex": _regex,
    "one_of": _one_of,
    "present": _present,
    "absent": _absent,
    "not": _not,
    "size": _size,
    "contains": _contains,
    "starts_with": _starts_with,
    "any_order": _any_order,
    "all": _all,
    "at_least": _at_least,
    "at_most": _at_most,
    "etag": _etag,
}
"""Matchers by name; each takes its argument and the value."""


def shown(value: Any, limit: int = 200) -> str:
    """A value for evidence, in one line and not too long."""
    text = repr(value) if not isinstance(value, BodySource) else f"a body of {value.size} bytes"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
