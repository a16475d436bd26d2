"""Headers of a write, a copy, an answer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from holdall.errors import InvalidRequest
from holdall.models import ObjectInfo
from holdall.options import CopyOptions, GetOptions, PutOptions
from holdall.semantics.headers import NO_HEADERS, Headers, check_replaced, with_response_headers

DAY = datetime(2026, 1, 1, tzinfo=UTC)
CONTENT: dict[str, Any] = {
    "content_type": "text/plain",
    "content_encoding": "gzip",
    "content_language": "de",
    "content_disposition": "inline",
    "cache_control": "no-store",
    "expires": DAY,
}


def test_all_headers_of_a_write() -> None:
    headers = Headers.of(PutOptions(**CONTENT, metadata={"a": "b"}))
    assert {name: getattr(headers, name) for name in Headers.__slots__} == {**CONTENT, "metadata": {"a": "b"}}
    assert Headers.of(PutOptions()) == NO_HEADERS


def test_later_changes_do_not_reach_them() -> None:
    metadata = {"a": "b"}
    headers = Headers.of(PutOptions(metadata=metadata))
    metadata["a"] = "c"
    assert headers.metadata == {"a": "b"}


@pytest.mark.parametrize("given", [*({name: value} for name, value in CONTENT.items()), {"metadata": {"a": "b"}}])
def test_a_copy_is_given_headers_only_to_replace_them(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="keeps those of the source"):
        check_replaced(CopyOptions(**given))
    with pytest.raises(InvalidRequest, match="keeps those of the source"):
        check_replaced(CopyOptions(**given, replace_tags=True))
    check_replaced(CopyOptions(**given, replace_metadata=True))


def test_a_copy_is_given_tags_only_to_replace_them() -> None:
    with pytest.raises(InvalidRequest, match="tags are given"):
        check_replaced(CopyOptions(tags={"a": "b"}, replace_metadata=True))
    check_replaced(CopyOptions(tags={"a": "b"}, replace_tags=True))
    check_replaced(CopyOptions())


@pytest.mark.parametrize("name", CONTENT)
def test_one_header_of_the_answer_is_another(name: str) -> None:
    info = ObjectInfo(key="k", size=1, metadata={"a": "b"})
    options: dict[str, Any] = {f"response_{name}": CONTENT[name]}
    answered = with_response_headers(info, GetOptions(**options))
    assert answered == dataclasses.replace(info, **{name: CONTENT[name]})


def test_the_answer_as_it_is() -> None:
    info = ObjectInfo(key="k", size=1, **CONTENT)
    assert with_response_headers(info, GetOptions()) == info
