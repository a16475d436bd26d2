"""Conditions that a store keeps at the completion of an upload only, and ETags that it does not tell there."""

from __future__ import annotations

import dataclasses
import io
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall import options as opt
from holdall.layers.forwarding import ForwardingProvider
from holdall.storage import Storage
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdall.models import PartInfo, PutResult
    from holdall.provider import StorageProvider

AT_COMPLETION = {"put.if_absent": "no", "put.if_match": "no", "copy.if_absent": "no", "copy.if_match": "no"}


def write(storage: Storage, data: bytes, **condition: Any) -> None:
    with storage.open("k", "wb", **condition) as file:
        file.write(data)


WAYS: dict[str, Callable[..., Any]] = {
    "bytes": lambda storage, data, **condition: storage.put("k", data, **condition),
    "file": lambda storage, data, **condition: storage.put("k", io.BytesIO(data), **condition),
    "stream": lambda storage, data, **condition: storage.put("k", iter([data]), **condition),
    "writer": write,
}


@pytest.mark.parametrize("data", [b"", b"few", bytes(range(100))], ids=["nothing", "few", "many"])
@pytest.mark.parametrize("way", WAYS)
def test_a_condition_is_kept_at_completion(way: str, data: bytes) -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=AT_COMPLETION)
    WAYS[way](storage, data, if_absent=True)
    with pytest.raises(errors.ObjectAlreadyExists):
        WAYS[way](storage, b"other", if_absent=True)
    with pytest.raises(errors.PreconditionFailed):
        WAYS[way](storage, b"other", if_match="0" * 32)
    assert storage.get("k").read() == data
    WAYS[way](storage, b"new", if_match=storage.head("k").etag)
    assert storage.get("k").read() == b"new"
    assert "put" not in {call.operation for call in recorder.calls}
    assert not list(storage.uploads.list())


@pytest.mark.parametrize("data", [b"", b"few", bytes(range(100))], ids=["nothing", "few", "many"])
def test_a_condition_on_a_copy_is_kept_at_completion(data: bytes) -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=AT_COMPLETION)
    storage.put("a", data, metadata={"name": "value"}, tags={"t": "1"}, content_type="text/x-own")
    storage.copy("a", "b", if_absent=True)
    with pytest.raises(errors.ObjectAlreadyExists):
        storage.copy("a", "b", if_absent=True)
    with pytest.raises(errors.PreconditionFailed):
        storage.copy("a", "b", if_match="0" * 32)
    storage.copy("a", "b", if_match=storage.head("b").etag)
    found = storage.get("b")
    assert (found.read(), found.info.metadata, found.info.content_type) == (data, {"name": "value"}, "text/x-own")
    assert storage.tags.get("b") == {"t": "1"}
    assert "copy" not in {call.operation for call in recorder.calls}


@pytest.mark.parametrize("completion", ["no", "unknown"])
def test_a_condition_that_nobody_is_proved_to_keep_is_refused(completion: str) -> None:
    known = {**AT_COMPLETION, "multipart.complete_if_absent": completion}
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=known)
    storage.put("a", b"data")
    recorder.calls.clear()
    for way in WAYS.values():
        with pytest.raises(errors.UnsupportedOperation, match="if_absent"):
            way(storage, b"data", if_absent=True)
    with pytest.raises(errors.UnsupportedOperation, match="if_absent"):
        storage.copy("a", "b", if_absent=True)
    assert {call.operation for call in recorder.calls} <= {"head"}


def test_a_condition_on_a_copy_of_which_no_parts_are_to_be_had_is_refused() -> None:
    known = {**AT_COMPLETION, "multipart.copy_part": "no"}
    storage, _ = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=known)
    storage.put("a", b"data")
    with pytest.raises(errors.UnsupportedOperation, match="if_absent") as caught:
        storage.copy("a", "b", if_absent=True)
    assert "storage.put" in str(caught.value.hint)


def test_a_condition_that_is_kept_at_once_takes_one_request() -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS)
    storage.put("k", b"few", if_absent=True)
    assert [call.operation for call in recorder.calls] == ["put"]


class Untold(ForwardingProvider):
    """Completes uploads and tells no ETag."""

    def __init__(self, inner: StorageProvider, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(inner)
        self._then = then

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[PartInfo], options: opt.CompleteOptions = opt.COMPLETE
    ) -> PutResult:
        result: PutResult = self.inner.complete_upload(key, upload_id, parts, options)  # type: ignore[attr-defined]
        self._then()
        return dataclasses.replace(result, etag=None, version_id=None)


def test_an_etag_that_is_not_told_is_looked_up() -> None:
    plain, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS)
    storage = Storage(Untold(plain.provider), transfer=SMALL_PARTS)
    assert storage.put("k", bytes(100)).etag == plain.head("k").etag
    assert recorder.calls[-2].operation == "head"


def test_the_etag_of_what_was_written_right_after_is_not_told() -> None:
    plain, _ = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS)
    storage = Storage(Untold(plain.provider, lambda: plain.put("k", bytes(99) + b"x")), transfer=SMALL_PARTS)
    assert storage.put("k", bytes(100)).etag is None


def test_an_object_that_can_not_be_looked_at_is_written_all_the_same() -> None:
    plain, _ = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS)
    storage = Storage(Untold(plain.provider, lambda: plain.delete("k")), transfer=SMALL_PARTS)
    assert storage.put("k", bytes(100)).etag is None
