"""What a process that died leaves of an upload that nobody can go on with: dropped when the key is written again."""

from __future__ import annotations

import dataclasses
import gc
import os
import platform
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall import options as opt
from holdall.between import copy_between
from holdall.config.store import TransferSettings
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import UploadPage
from holdall.testing.bodies import body_of
from holdall.testing.fakes import Fault
from holdall.transfer import journal
from holdall.transfer.orphans import Note
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = body_of(41)


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def opened(name: str, *faults: Fault, **transfer: Any) -> tuple[Storage, RecordingProvider]:
    settings = TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4} | transfer)
    return memory_storage(*faults, name=name, transfer=settings, capabilities={"copy.max_size": 10})


def begin(storage: Storage, key: str = "k", *, told: bool = True, parts: int = 0) -> tuple[str, Note]:
    """An upload that runs: its id, and its note."""
    provider: Any = storage.provider
    note = Note(storage.info, key)
    upload_id = provider.create_upload(key, opt.CREATE_UPLOAD).upload_id
    if told:
        note.begun(upload_id)
    for number in range(1, parts + 1):
        provider.upload_part(key, upload_id, number, b"abcd", opt.PART)
    return upload_id, note


def die(storage: Storage, **begun: Any) -> str:
    """An upload whose process has died: the system lets go of its lock."""
    upload_id, note = begin(storage, **begun)
    note.close()
    return upload_id


def uploads(storage: Storage) -> list[str]:
    return [upload.upload_id for upload in storage.uploads.list()]


def write(storage: Storage) -> None:
    with storage.open("k", "wb") as file:
        file.write(DATA)


def copy(storage: Storage) -> None:
    storage.put("source", DATA)
    storage.copy("source", "k")


def between(storage: Storage) -> None:
    source, _ = memory_storage(name=uuid.uuid4().hex)
    source.put("k", DATA)
    copy_between(source, "k", storage, "k")


WAYS: dict[str, Callable[[Storage], object]] = {
    "bytes": lambda storage: storage.put("k", DATA),
    "stream": lambda storage: storage.put("k", iter([DATA])),
    "open": write,
    "copy": copy,
    "between": between,
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("begun", [{"parts": 2}, {"told": False}], ids=["with parts", "id unknown"])
def test_it_is_dropped_when_the_key_is_written_again(
    name: str, way: Callable[[Storage], object], begun: dict[str, Any]
) -> None:
    storage, _ = opened(name)
    die(storage, **begun)
    die(storage, **begun)
    other = die(storage, key="another", parts=1)
    way(storage)
    assert storage.get("k").read() == DATA
    assert uploads(storage) == [other]
    assert [entry.key for entry in journal.entries()] == ["another"]


def test_a_file_that_is_sent_drops_it_too(name: str, tmp_path: Path) -> None:
    storage, _ = opened(name)
    die(storage, parts=1)
    (tmp_path / "file").write_bytes(DATA)
    storage.upload_file(tmp_path / "file", "k")
    assert uploads(storage) == []
    assert journal.entries() == []


@ways
def test_while_it_runs_it_is_written_down_and_locked(name: str, way: Callable[[Storage], object]) -> None:
    seen: list[Any] = []

    class Looking(ForwardingProvider):
        def complete_upload(self, *args: Any) -> Any:
            (entry,) = journal.entries()
            seen.append((entry.key, entry.upload_id, entry.machine, list(journal.abandoned(self.info, entry.key))))
            return super().complete_upload(*args)

    storage, _ = opened(name)
    looking = type(storage)(Looking(storage.provider), transfer=storage.transfer)
    way(looking)
    assert [(key, machine, unlocked) for key, _, machine, unlocked in seen if key == "k"] == [
        ("k", platform.node(), [])
    ]
    assert all(upload_id for _, upload_id, *_ in seen)
    assert list(journal.folder().iterdir()) == []


@pytest.mark.parametrize("told", [True, False])
def test_one_that_a_living_process_sends_is_let_alone(name: str, *, told: bool) -> None:
    storage, _ = opened(name)
    upload_id, note = begin(storage, told=told, parts=0 if told else 1)
    die(storage, told=False)
    write(storage)
    assert uploads(storage) == [upload_id]
    note.close()
    write(storage)
    assert uploads(storage) == ([] if told else [upload_id])  # of one that has parts somebody knows the id


def test_two_writers_of_one_key_do_not_harm_each_other(name: str) -> None:
    storage, _ = opened(name)
    with storage.open("k", "wb") as one:
        one.write(DATA)
        with storage.open("k", "wb") as other:
            other.write(b"x" * 20)
        assert storage.get("k").read() == b"x" * 20
    assert storage.get("k").read() == DATA
    assert journal.entries() == []


def test_one_of_another_machine_is_let_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    storage, _ = opened(name)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("platform.node", lambda: "elsewhere")
        upload_id = die(storage)
    write(storage)
    assert uploads(storage) == [upload_id]
    assert len(journal.entries()) == 1


@pytest.mark.parametrize("seconds", [-10, 70])
def test_with_an_unknown_id_only_what_was_begun_then_is_dropped(name: str, seconds: int) -> None:
    storage, _ = opened(name)
    die(storage, told=False)
    begun = datetime.now(UTC) + timedelta(seconds=seconds)

    class Dated(ForwardingProvider):
        def list_uploads(self, *args: Any) -> UploadPage:
            page = super().list_uploads(*args)
            return UploadPage(tuple(dataclasses.replace(each, initiated=begun) for each in page.uploads), None)

    write(type(storage)(Dated(storage.provider), transfer=storage.transfer))
    assert len(uploads(storage)) == 1


@pytest.mark.parametrize(
    ("error", "kept"), [(errors.InternalError("down"), 1), (errors.UploadNotFound("gone"), 0)], ids=["down", "gone"]
)
def test_what_can_not_be_dropped_now_is_dropped_next_time(name: str, error: Exception, kept: int) -> None:
    storage, _ = opened(name, Fault("abort_upload", error))
    die(storage, parts=1)
    write(storage)
    assert storage.get("k").read() == DATA
    assert len(journal.entries()) == kept
    write(opened(name)[0])
    assert len(uploads(storage)) == (0 if kept else 1)  # which the store had said is not there
    assert journal.entries() == []


def test_what_could_not_be_dropped_after_a_failure_is_dropped_next_time(name: str) -> None:
    storage, _ = opened(
        name, Fault("upload_part", errors.AccessDenied("no")), Fault("abort_upload", errors.InternalError("down"))
    )
    with pytest.raises(errors.AccessDenied, match="could not be aborted"):
        storage.put("k", iter([DATA]))
    assert len(uploads(storage)) == 1
    write(opened(name)[0])
    assert uploads(storage) == []
    assert journal.entries() == []


def test_what_is_kept_on_purpose_stays(name: str) -> None:
    storage, _ = opened(name, Fault("upload_part", errors.AccessDenied("no"), call=2), on_failure="keep")
    with pytest.raises(errors.AccessDenied, match="was kept"):
        storage.put("k", iter([DATA]))
    assert journal.entries() == []
    write(opened(name)[0])
    assert len(uploads(storage)) == 1


def test_a_file_that_can_be_gone_on_with_stays(name: str, tmp_path: Path) -> None:
    storage, _ = opened(name, Fault("upload_part", errors.ConnectionFailed("gone"), call=3), max_concurrency=1)
    (tmp_path / "file").write_bytes(DATA)
    with pytest.raises(errors.ConnectionFailed):
        storage.upload_file(tmp_path / "file", "k")
    write(storage)
    assert len(uploads(storage)) == 1
    assert [entry.title for entry in journal.entries()] == [str(tmp_path / "file")]


def test_a_small_object_pays_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("the journal was looked at")

    storage, recorder = opened(name)
    monkeypatch.setattr(journal, "folder", never)
    storage.put("k", b"small")
    with storage.open("k", "wb") as file:
        file.write(b"small")
    assert recorder.operations == ["put", "put"]


@ways
def test_without_a_journal_it_is_sent_all_the_same(name: str, way: Callable[[Storage], object], home: Path) -> None:
    state = home / ".local" / "state"
    state.parent.mkdir(parents=True)
    state.write_text("a file where a folder should be")
    storage, _ = opened(name)
    way(storage)
    assert storage.get("k").read() == DATA
    assert uploads(storage) == []


def test_aborting_an_upload_forgets_it(name: str) -> None:
    storage, _ = opened(name)
    storage.uploads.abort("k", die(storage))
    assert journal.entries() == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_end_the_lock(name: str) -> None:
    storage, _ = opened(name)
    upload_id, note = begin(storage)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            note.close()
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    write(storage)
    assert uploads(storage) == [upload_id]
    note.gone()
    note.close()


def test_the_entry_is_there_before_the_store_is_asked(name: str) -> None:
    seen: list[Any] = []

    class Looking(ForwardingProvider):
        def create_upload(self, *args: Any) -> Any:
            seen.extend(journal.entries())
            return super().create_upload(*args)

    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    began = time.time()
    write(type(storage)(Looking(storage.provider), transfer=storage.transfer))
    assert [(entry.key, entry.upload_id, entry.source) for entry in seen] == [("k", None, None)]
    assert began <= seen[0].created <= time.time()
