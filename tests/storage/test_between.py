"""Copies between two stores: what comes along, what is left behind, and what is refused."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import copy_between, errors
from holdall.testing.fakes import Fault
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

LACKS = ("put.content_headers", "put.expires", "put.metadata", "tags.on_put", "tags.objects")


@pytest.fixture
def source() -> Storage:
    return memory_storage(name=uuid.uuid4().hex)[0]


@pytest.fixture
def bare() -> tuple[Storage, RecordingProvider]:
    """A store that keeps nothing but bytes, as a plain folder does."""
    return memory_storage(name=uuid.uuid4().hex, capabilities=dict.fromkeys(LACKS, "no"))


@pytest.mark.parametrize(
    ("content_type", "source_key", "key"),
    [
        ("text/csv", "a.csv", "b.csv"),
        ("text/csv", "a.csv", "b"),
        ("text/csv", "a", "b.csv"),
        ("application/octet-stream", "a.csv", "b.csv"),
        ("binary/octet-stream", "a", "b"),
        (None, "a.csv", "b.csv"),
    ],
)
def test_a_type_that_the_key_tells_anyway_stays_behind(
    source: Storage, bare: tuple[Storage, RecordingProvider], content_type: str | None, source_key: str, key: str
) -> None:
    target, _ = bare
    source.put(source_key, b"bytes", content_type=content_type)
    copy_between(source, source_key, target, key)
    assert target.get(key).read() == b"bytes"


@pytest.mark.parametrize(
    ("written", "without"),
    [
        ({"content_type": "text/x-other"}, {"content_type": None}),
        ({"content_encoding": "gzip"}, {"content_encoding": None}),
        ({"content_language": "de"}, {"content_language": None}),
        ({"content_disposition": "inline"}, {"content_disposition": None}),
        ({"cache_control": "no-store"}, {"cache_control": None}),
        ({"expires": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)}, {"expires": None}),
        ({"metadata": {"a": "b"}}, {"metadata": {}}),
        ({"tags": {"a": "b"}}, {"tags": {}}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_anything_else_is_refused_and_can_be_left_behind_by_saying_so(
    source: Storage, bare: tuple[Storage, RecordingProvider], written: dict[str, Any], without: dict[str, Any]
) -> None:
    target, recorder = bare
    (name,) = written
    source.put("a.csv", b"bytes", **written)
    with pytest.raises(errors.UnsupportedOperation, match=name) as caught:
        copy_between(source, "a.csv", target, "b.csv")
    assert f"{name}={without[name]}" in str(caught.value.hint)
    assert recorder.calls == []
    copy_between(source, "a.csv", target, "b.csv", **without)
    assert target.get("b.csv").read() == b"bytes"


def test_a_type_that_the_caller_asks_for_is_refused(source: Storage, bare: tuple[Storage, RecordingProvider]) -> None:
    source.put("a.csv", b"bytes")
    with pytest.raises(errors.UnsupportedOperation, match="content_type"):
        copy_between(source, "a.csv", bare[0], "b.csv", content_type="text/csv")


def test_where_the_target_keeps_them_all_come_along(source: Storage) -> None:
    target, _ = memory_storage(name=uuid.uuid4().hex)
    written: dict[str, Any] = {
        "content_type": "application/octet-stream",
        "content_language": "de",
        "expires": dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        "metadata": {"a": "b"},
    }
    source.put("a.csv", b"bytes", tags={"c": "d"}, **written)
    copy_between(source, "a.csv", target, "b.csv")
    info = target.head("b.csv")
    assert {name: getattr(info, name) for name in written} == written
    assert target.tags.get("b.csv") == {"c": "d"}


def test_a_guessed_type_is_not_sent_to_a_store_without_content_headers(
    bare: tuple[Storage, RecordingProvider],
) -> None:
    target, recorder = bare
    target.put("a.csv", b"bytes")
    with target.open("b.csv", "wb") as file:
        file.write(b"bytes")
    assert [call.args[-1].content_type for call in recorder.calls] == [None, None]


def test_create_only_moves_no_bytes_where_there_is_one(source: Storage) -> None:
    target, sent = memory_storage(name=uuid.uuid4().hex)
    source.put("a", b"new")
    target.put("b", b"old")
    sent.calls.clear()
    with pytest.raises(errors.ObjectAlreadyExists):
        copy_between(source, "a", target, "b", if_absent=True)
    assert sent.operations == ["head"]
    copy_between(source, "a", target, "c", if_absent=True)
    assert (target.get("b").read(), target.get("c").read()) == (b"old", b"new")


def test_names_of_stores_are_no_stores(source: Storage) -> None:
    wrong: Any
    for wrong in (("lake", "a", source, "b"), (source, "a", "lake", "b")):
        with pytest.raises(errors.InvalidRequest, match="a store is needed"):
            copy_between(*wrong)


@pytest.mark.parametrize("known", ["unknown", "yes"])
def test_tags_that_can_not_be_read(known: str) -> None:
    broken = errors.InternalError("said no", retry=errors.Retry.NEVER)
    source, _ = memory_storage(Fault("get_tags", broken), name=uuid.uuid4().hex, capabilities={"tags.objects": known})
    target, _ = memory_storage(name=uuid.uuid4().hex)
    source.put("a", b"x", tags={"a": "b"})
    with pytest.raises(errors.InternalError) as caught:
        copy_between(source, "a", target, "b")
    assert ("tags.objects" in str(caught.value.hint)) is (known == "unknown")
    assert not target.exists("b")
