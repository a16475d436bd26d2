"""Deleting many objects: several requests at a time, in bounded memory, with another try for what was only busy."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.errors import Retry
from holdall.models import DeleteOutcome, ObjectRef
from holdall.testing.fakes import Fault
from holdall.transfer import deleting
from holdall.transfer.crew import Crew
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

WORKERS = 5


def storage_of(*faults: Fault, **capabilities: Any) -> tuple[Storage, RecordingProvider]:
    named = {f"delete.{name}": value for name, value in capabilities.items()}
    transfer = TransferSettings(max_concurrency=WORKERS)
    return memory_storage(*faults, name=uuid.uuid4().hex, capabilities=named, transfer=transfer)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits; the waits that were asked for."""
    asked: list[float] = []
    monkeypatch.setattr(Crew, "pause", lambda _crew, seconds: asked.append(seconds))
    return asked


def busy(
    recorder: RecordingProvider, monkeypatch: pytest.MonkeyPatch, complaint: Callable[[str], errors.StorageError | None]
) -> list[list[str]]:
    """Lets batches complain about some keys; returns the keys of each batch that comes."""
    batches: list[list[str]] = []
    delete_batch: Any = recorder.inner.delete_batch  # type: ignore[attr-defined]

    def complains(refs: Sequence[ObjectRef], options: Any) -> list[DeleteOutcome]:
        batches.append([ref.key for ref in refs])
        errors_of = [complaint(ref.key) for ref in refs]
        done = iter(delete_batch([ref for ref, error in zip(refs, errors_of, strict=True) if error is None], options))
        return [
            next(done) if error is None else replace(_outcome(ref), error=error)
            for ref, error in zip(refs, errors_of, strict=True)
        ]

    monkeypatch.setattr(recorder.inner, "delete_batch", complains)
    return batches


def _outcome(ref: ObjectRef) -> DeleteOutcome:
    return DeleteOutcome(key=ref.key, version_id=ref.version_id)


@pytest.mark.parametrize(("batch", "at_once"), [(True, deleting.BATCHES), (False, WORKERS)])
def test_several_requests_are_under_way(monkeypatch: pytest.MonkeyPatch, at_once: int, *, batch: bool) -> None:
    storage, recorder = storage_of(batch=batch, batch_max=2)
    meeting, places = threading.Barrier(at_once, timeout=20), threading.Semaphore(at_once)
    most, working, lock = 0, 0, threading.Lock()
    around = recorder.around

    def together(operation: str, call: Any, /, *args: Any) -> Any:
        nonlocal most, working
        with lock:
            working += 1
            most = max(most, working)
        if places.acquire(blocking=False):
            meeting.wait()  # with fewer at a time nobody would ever pass
        result = around(operation, call, *args)
        with lock:
            working -= 1
        return result

    for number in range(20):
        storage.put(f"k{number}", b"")
    monkeypatch.setattr(recorder, "around", together)
    assert storage.delete_many(f"k{number}" for number in range(20)).deleted == 20
    assert most == at_once
    monkeypatch.undo()
    assert list(storage.list()) == []


def test_keys_are_drawn_as_they_are_needed() -> None:
    storage, recorder = storage_of(batch=True, batch_max=3)
    drawn = 0

    def keys() -> Iterator[str]:
        nonlocal drawn
        for number in range(300):
            drawn += 1
            done = recorder.operations.count("delete_batch")
            assert drawn - 3 * done <= 3 * (deleting.BATCHES + 2)
            yield f"k{number}"

    assert storage.delete_many(keys()).deleted == 300
    assert drawn == 300


def test_keys_that_the_store_was_too_busy_for_are_tried_again_with_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    storage, recorder = storage_of()
    left = {"b": 2, "d": 3}
    for key in "abcd":
        storage.put(key, b"")

    def complaint(key: str) -> errors.StorageError | None:
        left[key] = left.get(key, 0) - 1
        return errors.SlowDown("busy") if left[key] >= 0 else None

    monkeypatch.setattr("holdall.transfer.deleting.random.uniform", lambda _low, high: high)
    batches = busy(recorder, monkeypatch, complaint)
    assert storage.delete_many("abcd"[at] for at in range(4)).deleted == 4
    assert batches == [["a", "b", "c", "d"], ["b", "d"], ["b", "d"], ["d"]]
    assert pauses == [1.0, 2.0, 4.0]
    assert list(storage.list()) == []


def test_the_wait_that_the_store_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    storage, recorder = storage_of()
    answers = iter([errors.SlowDown("busy", retry_after=30.0)])
    busy(recorder, monkeypatch, lambda _key: next(answers, None))
    assert storage.delete_many(["a"]).deleted == 1
    assert pauses == [30.0]


def test_what_stays_busy_is_reported_as_tried_to_the_end(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    storage, recorder = storage_of()
    batches = busy(recorder, monkeypatch, lambda key: errors.InternalError("again") if key == "b" else None)
    summary = storage.delete_many(["a", "b"])
    assert (summary.deleted, [outcome.key for outcome in summary.failed]) == (1, ["b"])
    error = summary.failed[0].error
    assert error is not None
    assert (error.retry, error.attempts) == (Retry.EXHAUSTED, len(batches))
    assert len(pauses) == len(batches) - 1 == deleting.AGAIN


def test_a_repeat_that_fails_as_a_whole_loses_nothing_of_what_is_known(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    """What was deleted is counted, what was refused has its own reason, and the busy keys have that of the repeat."""
    storage, recorder = storage_of()
    complaints = {"b": errors.SlowDown("busy"), "c": errors.AccessDenied("no"), "d": errors.InternalError("again")}
    busy(recorder, monkeypatch, lambda key: complaints.pop(key, None))
    around = recorder.around

    def breaks_then(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "delete_batch" and pauses:
            raise errors.ServiceUnavailable("gone", attempts=3)
        return around(operation, call, *args)

    monkeypatch.setattr(recorder, "around", breaks_then)
    summary = storage.delete_many(list("abcde"))
    assert summary.deleted == 2
    assert [(outcome.key, type(outcome.error)) for outcome in summary.failed] == [
        ("b", errors.ServiceUnavailable),
        ("c", errors.AccessDenied),
        ("d", errors.ServiceUnavailable),
    ]
    assert summary.failed[0].error is not None
    assert "was too busy for" in "".join(summary.failed[0].error.__notes__)
    assert len(pauses) == 1


def test_what_will_never_work_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    storage, recorder = storage_of(batch_max=2)
    batches = busy(recorder, monkeypatch, lambda key: errors.AccessDenied("no") if key in "bcf" else None)
    summary = storage.delete_many(list("abcdef"))
    assert summary.deleted == 3
    assert [outcome.key for outcome in summary.failed] == ["b", "c", "f"]  # in the order of the keys
    assert len(batches) == 3
    assert pauses == []


def test_a_request_that_fails_as_a_whole_says_how_far_it_came() -> None:
    broken = Fault("delete_batch", errors.BucketNotFound("gone"), call=4)
    storage, _ = memory_storage(
        broken,
        name=uuid.uuid4().hex,
        capabilities={"delete.batch_max": 2},
        transfer=TransferSettings(max_concurrency=1),
    )
    with pytest.raises(errors.BucketNotFound) as caught:
        storage.delete_many(f"k{number}" for number in range(100))
    assert caught.value.__notes__ == ["6 of the objects had been deleted by then"]


@pytest.mark.parametrize("batch", [True, False])
def test_a_bad_key_among_the_first_is_found_before_anything_is_sent(*, batch: bool) -> None:
    storage, recorder = storage_of(batch=batch)
    with pytest.raises(errors.InvalidObjectKey):
        storage.delete_many(["a", "b", ""])
    assert recorder.calls == []


def test_versions_and_keys_in_one_list_are_all_done() -> None:
    storage, _ = storage_of(batch_versions=False, batch_max=4)
    storage.versions.enable()
    refs = [ObjectRef(f"k{number}", storage.put(f"k{number}", b"").version_id) for number in range(6)]
    for number in range(6):
        storage.put(f"l{number}", b"")
    summary = storage.delete_many(
        [item for pair in zip(refs, (f"l{at}" for at in range(6)), strict=True) for item in pair]
    )
    assert (summary.deleted, summary.failed) == (12, [])
    assert list(storage.list()) == []


def test_what_was_listed_is_refused_with_what_to_give_instead() -> None:
    storage, _ = storage_of()
    storage.put("k", b"x")
    with pytest.raises(errors.InvalidObjectKey, match="one of these is ObjectEntry") as caught:
        storage.delete_many(storage.list())  # type: ignore[arg-type]
    assert "each.key for each in" in str(caught.value.hint)
    assert storage.exists("k")
