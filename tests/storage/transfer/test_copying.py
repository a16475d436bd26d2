"""Copies by the store itself: in parts at the same time, of one object only, all or nothing."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall import options as opt
from holdall.config.store import DefaultsSettings, EncryptionDefault
from holdall.models import CopySource, SseS3
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.storage import Storage
    from holdall.testing.fakes import Fault, RecordingProvider
    from holdall.transfer.progress import ProgressEvent

DATA = bytes(range(50))
IN_PARTS = {"copy.max_size": 10}


def storage_with_source(
    *faults: Fault, capabilities: dict[str, Any] | None = None, **more: Any
) -> tuple[Storage, RecordingProvider]:
    storage, recorder = memory_storage(
        *faults, name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=IN_PARTS | (capabilities or {}), **more
    )
    storage.put("a", DATA)
    recorder.calls.clear()
    return storage, recorder


def before(recorder: RecordingProvider, operation: str, act: Callable[[], object], monkeypatch: Any) -> None:
    """Acts once, right before an operation reaches the store, as another client may."""
    around, left = recorder.around, [act]

    def watched(called: str, call: Any, /, *args: Any) -> Any:
        if called == operation and left:
            left.pop()()
        return around(called, call, *args)

    monkeypatch.setattr(recorder, "around", watched)


def rival(recorder: RecordingProvider, key: str = "a") -> Callable[[], object]:
    return lambda: recorder.inner.put(key, b"2" * len(DATA), opt.PUT)


def test_the_parts_cover_the_source_once_each() -> None:
    storage, recorder = storage_with_source()
    storage.copy("a", "b")
    parts = sorted(call.args[2:5] for call in recorder.calls if call.operation == "copy_part")
    assert [number for number, _, _ in parts] == list(range(1, 14))
    assert [(piece.start, piece.stop) for _, _, piece in parts] == [(at, min(at + 4, 50)) for at in range(0, 50, 4)]
    assert storage.get("b").read() == DATA
    (begun,) = [call.args[1] for call in recorder.calls if call.operation == "create_upload"]
    assert begun.of_copies


def test_parts_are_copied_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, recorder = storage_with_source()
    meeting = threading.Barrier(4, timeout=20)
    copy_part = recorder.inner.copy_part  # type: ignore[attr-defined]
    first = threading.Semaphore(4)

    def together(*args: Any) -> Any:
        if first.acquire(blocking=False):
            meeting.wait()  # nobody passes alone
        return copy_part(*args)

    monkeypatch.setattr(recorder.inner, "copy_part", together)
    storage.copy("a", "b")
    assert storage.get("b").read() == DATA


@pytest.mark.parametrize("version", [None, "null"])
@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("operation", ["create_upload", "copy_part"])
def test_a_source_that_is_replaced_is_never_mixed(
    monkeypatch: pytest.MonkeyPatch, operation: str, version: str | None, *, pinned: bool
) -> None:
    """The version "null" is whatever was written last while versioning is off."""
    storage, recorder = storage_with_source(capabilities={"copy.source_if_match": pinned})
    before(recorder, operation, rival(recorder), monkeypatch)
    with pytest.raises(errors.SourceChanged, match="'a' was replaced"):
        storage.copy(CopySource("a", version_id=version), "b")
    sent = [call.args[-1].source_if_match for call in recorder.calls if call.operation == "copy_part"]
    assert all((etag is not None) is pinned for etag in sent)
    assert not storage.exists("b")
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("pinned", [True, False])
def test_a_source_that_is_deleted_meanwhile(monkeypatch: pytest.MonkeyPatch, *, pinned: bool) -> None:
    storage, recorder = storage_with_source(capabilities={"copy.source_if_match": pinned})
    before(recorder, "copy_part", lambda: recorder.inner.delete("a", opt.DELETE), monkeypatch)
    with pytest.raises(errors.SourceChanged):
        storage.copy("a", "b")
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("pinned", [True, False])
def test_a_version_is_copied_whatever_becomes_of_the_key(monkeypatch: pytest.MonkeyPatch, *, pinned: bool) -> None:
    storage, recorder = storage_with_source(versioning=True, capabilities={"copy.source_if_match": pinned})
    version = storage.head("a").version_id
    before(recorder, "copy_part", rival(recorder), monkeypatch)
    result = storage.copy(CopySource("a", version_id=version), "b")
    assert storage.get("b").read() == DATA
    assert result.source_version_id == version


@pytest.mark.parametrize(
    "condition",
    [
        {"source_if_match": "another"},
        {"source_if_modified_since": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)},
        {"source_if_unmodified_since": dt.datetime(1999, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda value: next(iter(value)),
)
def test_conditions_on_the_source_hold_at_any_size(condition: dict[str, Any]) -> None:
    storage, recorder = storage_with_source()
    with pytest.raises(errors.PreconditionFailed):
        storage.copy("a", "b", **condition)
    with pytest.raises(errors.PreconditionFailed):
        storage.copy("a", "b", source_if_none_match=storage.head("a").etag)
    assert "create_upload" not in recorder.operations


@pytest.mark.parametrize("limit", [10, 100])
@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "GLACIER"), ({"storage_class": opt.UNSET}, "GLACIER"), ({"storage_class": "ONEZONE_IA"}, "ONEZONE_IA")],
)
def test_the_stores_default_class_is_not_for_copies(
    limit: int, verb: str, given: dict[str, Any], expected: str
) -> None:
    defaults = DefaultsSettings(storage_class="STANDARD_IA")
    storage, recorder = storage_with_source(capabilities={"copy.max_size": limit}, defaults=defaults)
    storage.put("a", DATA, storage_class="GLACIER")
    getattr(storage, verb)("a", "b", **given)
    assert storage.head("b").storage_class == expected
    assert ("copy_part" in recorder.operations) is (limit == 10)


@pytest.mark.parametrize("operation", ["copy", "create_upload"])
def test_the_stores_default_encryption_is_for_copies_too(operation: str) -> None:
    defaults = DefaultsSettings(encryption=EncryptionDefault(mode="sse-s3"))
    limit = {"copy": 100, "create_upload": 10}[operation]
    storage, recorder = storage_with_source(capabilities={"copy.max_size": limit, "encryption.sse_s3": True})
    storage.defaults = defaults
    with pytest.raises(errors.UnsupportedOperation, match="does not encrypt"):  # not memory itself
        storage.copy("a", "b")
    (call,) = (call for call in recorder.calls if call.operation == operation)
    assert call.args[-1].encryption == SseS3()


@pytest.mark.parametrize(("limit", "steps"), [(100, [50]), (10, [*range(4, 50, 4), 50])])
def test_progress(limit: int, steps: list[int]) -> None:
    storage, _ = storage_with_source(capabilities={"copy.max_size": limit})
    told: list[ProgressEvent] = []
    storage.copy("a", "b", progress=told.append)
    assert [event.kind for event in told] == ["started", *["advanced"] * len(steps), "finished"]
    assert {event.total for event in told} == {50}
    amounts = sorted(event.transferred for event in told[1:-1])
    assert amounts[-1] == 50
    assert len(set(amounts)) == len(steps)


def test_progress_stops_a_copy_by_raising() -> None:
    storage, _ = storage_with_source()

    def tell(event: ProgressEvent) -> None:
        if event.transferred > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.copy("a", "b", progress=tell)
    assert not storage.exists("b")
    assert list(storage.uploads.list()) == []


def test_a_store_that_hangs_holds_no_failure_up(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, recorder = storage_with_source()
    go_on, copy_part = threading.Event(), recorder.inner.copy_part  # type: ignore[attr-defined]

    def hangs(key: str, upload_id: str, number: int, *args: Any) -> Any:
        if number == 1:
            go_on.wait(30)
        if number == 2:
            raise errors.AccessDenied("not you")
        return copy_part(key, upload_id, number, *args)

    monkeypatch.setattr(recorder.inner, "copy_part", hangs)
    began = time.monotonic()
    try:
        with pytest.raises(errors.AccessDenied):
            storage.copy("a", "b")
        assert time.monotonic() - began < 5
    finally:
        go_on.set()
    assert list(storage.uploads.list()) == []


def test_without_copies_of_parts_a_large_object_is_refused_with_what_to_do() -> None:
    for lacks in ("copy.server_side", "multipart.copy_part"):
        storage, recorder = storage_with_source(capabilities={lacks: "no"})
        with pytest.raises(errors.UnsupportedOperation) as caught:
            storage.copy("a", "b")
        assert "copy_between" in str(caught.value.hint)
        assert set(recorder.operations) <= {"head"}


class TestMove:
    @pytest.mark.parametrize("by_store", [True, False])
    def test_what_took_the_sources_place_is_not_deleted(
        self, monkeypatch: pytest.MonkeyPatch, *, by_store: bool
    ) -> None:
        storage, recorder = storage_with_source(capabilities={"copy.max_size": 100, "delete.if_match": by_store})
        around = recorder.around

        def copied_and_replaced(operation: str, call: Any, /, *args: Any) -> Any:
            result = around(operation, call, *args)
            if operation == "copy":
                rival(recorder)()
            return result

        monkeypatch.setattr(recorder, "around", copied_and_replaced)
        with pytest.raises(errors.SourceChanged, match="was not deleted"):
            storage.move("a", "b")
        assert storage.get("a").read() == b"2" * len(DATA)
        assert storage.get("b").read() == DATA

    @pytest.mark.parametrize("by_store", [True, False])
    @pytest.mark.parametrize("limit", [10, 100])
    def test_the_source_goes_when_its_copy_is_there(self, limit: int, *, by_store: bool) -> None:
        capabilities = {"copy.max_size": limit, "delete.if_match": by_store}
        storage, recorder = storage_with_source(capabilities=capabilities, prefix="p/")
        storage.move("a", "b")
        assert [entry.key for entry in storage.list()] == ["b"]
        assert storage.get("b").read() == DATA
        done = [operation for operation in recorder.operations if operation in {"copy", "complete_upload", "delete"}]
        assert done == ["copy" if limit == 100 else "complete_upload", "delete"]

    @pytest.mark.parametrize("done", [True, False])
    def test_a_delete_whose_answer_is_lost_is_looked_for(self, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
        storage, recorder = storage_with_source(capabilities={"copy.max_size": 100, "delete.if_match": True})
        around = recorder.around

        def lost(operation: str, call: Any, /, *args: Any) -> Any:
            if operation == "delete":
                if done:
                    around(operation, call, *args)
                raise errors.ConnectionFailed("the answer was lost")
            return around(operation, call, *args)

        monkeypatch.setattr(recorder, "around", lost)
        if done:
            storage.move("a", "b")
        else:
            with pytest.raises(errors.ConnectionFailed, match="was lost"):
                storage.move("a", "b")
        assert [entry.key for entry in storage.list()] == (["b"] if done else ["a", "b"])

    @pytest.mark.parametrize("by_store", [True, False])
    def test_a_source_that_somebody_else_deletes_is_gone_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch, *, by_store: bool
    ) -> None:
        storage, recorder = storage_with_source(capabilities={"copy.max_size": 100, "delete.if_match": by_store})
        around = recorder.around

        def copied_and_deleted(operation: str, call: Any, /, *args: Any) -> Any:
            result = around(operation, call, *args)
            if operation == "copy":
                recorder.inner.delete("a", opt.DELETE)
            return result

        monkeypatch.setattr(recorder, "around", copied_and_deleted)
        storage.move("a", "b")
        assert [entry.key for entry in storage.list()] == ["b"]
