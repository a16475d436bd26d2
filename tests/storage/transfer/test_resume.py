"""Uploads that outlive what interrupts them: found by the journal, or by what the store lists alone."""

from __future__ import annotations

import copy
import errno
import json
import os
import stat
import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import errors
from holdall import options as opt
from holdall.checksums import checksum
from holdall.config.store import TransferSettings
from holdall.models import ChecksumAlgorithm, PartInfo, ProviderInfo, SseC
from holdall.testing.bodies import body_of
from holdall.testing.fakes import Fault
from holdall.transfer import journal
from holdall.transfer.arrived import part_size_of, proven_parts
from holdall.transfer.leftovers import left_by
from holdall.transfer.plan import Limits
from holdall.transfer.resume import will_pass
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = body_of(41)
LOST = errors.ConnectionFailed("gone")


def settings(**values: Any) -> TransferSettings:
    return TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4, "max_concurrency": 1} | values)


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.write_bytes(DATA)
    return file


def opened(name: str, *faults: Fault, **transfer: Any) -> tuple[Storage, RecordingProvider]:
    return memory_storage(*faults, name=name, transfer=settings(**transfer))


def interrupt(name: str, path: Path, error: Exception = LOST, call: int = 4, **write: Any) -> None:
    """An upload of which three parts of eleven arrive."""
    storage, _ = opened(name, Fault("upload_part", copy.copy(error), call=call))
    with pytest.raises(type(error)):
        storage.upload_file(path, "k", **write)


def numbers(recorder: RecordingProvider) -> list[int]:
    return [call.args[2] for call in recorder.calls if call.operation == "upload_part"]


def journals() -> list[Path]:
    folder = journal.folder()
    return sorted(folder.iterdir()) if folder.exists() else []


class TestRepeat:
    def test_the_same_call_goes_on(self, name: str, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        interrupt(name, path)
        storage, recorder = opened(name)
        told: list[Any] = []
        with caplog.at_level("INFO", "holdall.transfer"):
            result = storage.upload_file(path, "k", progress=told.append)
        assert numbers(recorder) == [4, 5, 6, 7, 8, 9, 10, 11]
        assert "create_upload" not in recorder.operations
        assert storage.get("k").read() == DATA
        assert result.size == 41
        assert (told[0].kind, told[0].transferred, told[-1].transferred) == ("started", 12, 41)
        assert "12 of 41 bytes" in caplog.text
        assert journals() == []
        assert list(storage.uploads.list()) == []

    def test_the_error_tells_that_it_can_be_gone_on_with(self, name: str, path: Path) -> None:
        storage, _ = opened(name, Fault("upload_part", copy.copy(LOST), call=4))
        with pytest.raises(errors.ConnectionFailed, match="blob resume") as caught:
            storage.upload_file(path, "k")
        left = left_by(caught.value)
        assert left is not None
        assert (left.kept, left.resumable, left.size) == (True, True, 12)

    def test_what_was_never_begun_is_not_written_down(self, name: str, path: Path) -> None:
        def fail(_: Any) -> None:
            raise RuntimeError

        storage, recorder = opened(name)
        with pytest.raises(RuntimeError):
            storage.upload_file(path, "k", progress=fail)
        assert "create_upload" not in recorder.operations
        assert journals() == []

    def test_a_beginning_without_an_answer_is_forgotten_when_the_store_knows_of_none(
        self, name: str, path: Path
    ) -> None:
        storage, _ = opened(name, Fault("create_upload", copy.copy(LOST)))
        with pytest.raises(errors.ConnectionFailed, match="is not known") as caught:
            storage.upload_file(path, "k")
        left = left_by(caught.value)
        assert left is not None
        assert left.upload_id is None
        assert len(journal.entries()) == 1
        with pytest.raises(errors.UploadNotFound):
            storage.uploads.resume("k", path)
        assert journals() == []

    def test_a_journal_that_takes_no_more_fails_no_upload(
        self, name: str, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        write, room = journal.Slot.write, iter([True])

        def full(slot: journal.Slot, entry: journal.Entry) -> None:
            if not next(room, False):
                raise OSError(errno.ENOSPC, "No space left on device")
            write(slot, entry)

        monkeypatch.setattr(journal.Slot, "write", full)
        storage, _ = opened(name)
        storage.upload_file(path, "k")
        assert storage.get("k").read() == DATA
        assert "can't be resumed" in caplog.text
        assert (journals(), list(storage.uploads.list())) == ([], [])

    def test_it_may_be_interrupted_again_and_again(self, name: str, path: Path) -> None:
        for _ in range(3):
            interrupt(name, path)
        storage, recorder = opened(name)
        storage.upload_file(path, "k")
        assert numbers(recorder) == [10, 11]
        assert storage.get("k").read() == DATA

    def test_an_upload_that_never_gets_on_is_begun_anew(
        self, name: str, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        interrupt(name, path)
        for _ in range(4):  # the first of them finds more than nothing
            interrupt(name, path, call=1)
            assert "does not get on" not in caplog.text
        storage, recorder = opened(name)
        storage.upload_file(path, "k")
        assert "does not get on" in caplog.text
        assert numbers(recorder) == list(range(1, 12))
        assert storage.get("k").read() == DATA
        assert list(storage.uploads.list()) == []

    @pytest.mark.parametrize("change", ["content", "size", "replaced", "options"])
    def test_what_has_changed_is_sent_from_the_beginning(
        self, name: str, path: Path, change: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        interrupt(name, path)
        data, write = DATA, {}
        if change == "options":
            write = {"metadata": {"a": "b"}}
        elif change == "replaced":  # by a file that looks the same, and is none the less another
            status = path.stat()
            other = path.with_suffix(".new")
            other.write_bytes(data)
            os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
            other.replace(path)
        else:
            data = body_of(41, "else") if change == "content" else body_of(45)
            path.write_bytes(data)
            os.utime(path, ns=(0, 1))
        storage, recorder = opened(name)
        storage.upload_file(path, "k", **write)  # type: ignore[arg-type]
        assert numbers(recorder)[0] == 1
        assert storage.get("k").read() == data
        assert "from the beginning" in caplog.text
        assert list(storage.uploads.list()) == []
        assert journals() == []

    @pytest.mark.parametrize("verb", ["upload_file", "resume"])
    def test_a_file_rewritten_in_place_whose_time_was_set_back_is_another_file(
        self, name: str, path: Path, verb: str
    ) -> None:
        interrupt(name, path)
        status, other = path.stat(), body_of(41, "else")
        path.write_bytes(other)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        storage, recorder = opened(name)
        if verb == "resume":
            with pytest.raises(errors.SourceChanged):
                storage.uploads.resume("k", path)
            assert numbers(recorder) == []
        else:
            storage.upload_file(path, "k")
            assert storage.get("k").read() == other

    @pytest.mark.parametrize("verb", ["upload_file", "resume"])
    @pytest.mark.parametrize("algorithm", [None, ChecksumAlgorithm.CRC32])
    def test_parts_that_are_not_proved_to_be_the_files_are_sent_again(
        self, name: str, path: Path, verb: str, algorithm: ChecksumAlgorithm | None
    ) -> None:
        """A part that was damaged on its way, or made of bytes that the file had for a moment."""
        interrupt(name, path, checksum_algorithm=algorithm)
        storage, recorder = opened(name)
        (upload,) = storage.uploads.list()
        recorder.inner.upload_part("k", upload.upload_id, 2, b"else", opt.PartOptions(checksum_algorithm=algorithm))  # type: ignore[attr-defined]
        if verb == "resume":
            storage.uploads.resume("k", path)
        else:
            storage.upload_file(path, "k", checksum_algorithm=algorithm)
        assert numbers(recorder) == [2, 4, 5, 6, 7, 8, 9, 10, 11]
        assert storage.get("k").read() == DATA

    @pytest.mark.parametrize("verb", ["upload_file", "resume"])
    def test_a_file_that_changes_once_it_has_been_compared_is_an_error(
        self, name: str, path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        interrupt(name, path)
        storage, _ = opened(name)

        def rewritten_then(*args: Any) -> dict[int, PartInfo]:
            proven = proven_parts(*args)
            path.write_bytes(body_of(41, "else"))
            os.utime(path, ns=(0, 1))
            return proven

        monkeypatch.setattr("holdall.transfer.resume.proven_parts", rewritten_then)
        with pytest.raises(errors.SourceChanged):
            storage.upload_file(path, "k") if verb == "upload_file" else storage.uploads.resume("k", path)
        assert not storage.exists("k")

    def test_an_upload_that_is_gone_is_begun_anew(self, name: str, path: Path) -> None:
        interrupt(name, path)
        storage, recorder = opened(name)
        (upload,) = storage.uploads.list()
        recorder.inner.abort_upload("k", upload.upload_id)  # type: ignore[attr-defined] # a lifecycle rule did it
        storage.upload_file(path, "k")
        assert len(numbers(recorder)) == 11
        assert storage.get("k").read() == DATA

    def test_conditions_are_those_of_the_repeat(self, name: str, path: Path) -> None:
        interrupt(name, path, if_absent=True)
        storage, _ = opened(name)
        storage.put("k", b"")
        with pytest.raises(errors.ObjectAlreadyExists):
            storage.upload_file(path, "k", if_absent=True)
        assert storage.get("k").read() == b""
        assert journals() == []
        assert list(storage.uploads.list()) == []

    def test_a_part_of_another_size_is_sent_again(self, name: str, path: Path) -> None:
        interrupt(name, path)
        storage, recorder = opened(name)
        (upload,) = storage.uploads.list()
        recorder.inner.upload_part("k", upload.upload_id, 2, b"odd", opt.PART)  # type: ignore[attr-defined]
        storage.upload_file(path, "k")
        assert numbers(recorder) == [2, 4, 5, 6, 7, 8, 9, 10, 11]
        assert storage.get("k").read() == DATA

    @pytest.mark.parametrize("policy", ["auto", "keep", "abort"])
    @pytest.mark.parametrize(
        ("error", "passes"),
        [(LOST, True), (errors.SlowDown("later"), True), (errors.ExpiredToken("old"), True),
         (KeyboardInterrupt(), True), (errors.AccessDenied("no"), False), (errors.SourceChanged("other"), False),
         (errors.BucketNotFound("none"), False), (errors.ChecksumMismatch("bad"), False)],
        ids=lambda value: type(value).__name__,
    )  # fmt: skip
    def test_what_stays_is_a_matter_of_policy(
        self, name: str, path: Path, policy: str, error: BaseException, *, passes: bool
    ) -> None:
        assert will_pass(error) is passes
        error = type(error)(*error.args)  # one of its own: it will be told what it leaves
        fault = Fault("upload_part", error, call=4)  # type: ignore[arg-type]
        storage, _ = opened(name, fault, on_failure=policy)
        with pytest.raises(type(error)) as caught:
            storage.upload_file(path, "k")
        kept = policy == "keep" or (policy == "auto" and passes)
        kept = kept and not isinstance(error, errors.ChecksumMismatch)  # what arrived can't be trusted
        assert [upload.key for upload in storage.uploads.list()] == (["k"] if kept else [])
        assert (len(journals()) == 1) is kept
        assert (left_by(caught.value) is not None) is kept

    def test_a_file_that_changes_while_it_is_sent_is_an_error(self, name: str, path: Path) -> None:
        storage, recorder = opened(name)
        around = recorder.around

        def grow(operation: str, call: Any, /, *args: Any) -> Any:
            if operation == "upload_part" and args[2] == 3:
                with path.open("ab") as file:
                    file.write(b"more")
            return around(operation, call, *args)

        recorder.around = grow  # type: ignore[method-assign,assignment]
        with pytest.raises(errors.SourceChanged):
            storage.upload_file(path, "k")
        assert not storage.exists("k")
        assert journals() == []
        assert list(storage.uploads.list()) == []

    def test_where_there_can_be_no_journal_it_is_sent_all_the_same(
        self, name: str, path: Path, home: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = home / ".local" / "state"
        state.parent.mkdir(parents=True)
        state.write_text("a file where a folder should be")
        storage, _ = opened(name)
        storage.upload_file(path, "k")
        assert storage.get("k").read() == DATA
        assert "can't be resumed" in caplog.text
        interrupt(name, path)
        assert list(storage.uploads.list()) == []  # nobody would find it again

    def test_an_upload_whose_id_was_never_known_is_dropped(self, name: str, path: Path) -> None:
        storage, _ = opened(name)
        older = storage.provider.create_upload("k", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
        storage.provider.upload_part("k", older.upload_id, 1, b"x", opt.PART)  # type: ignore[attr-defined]
        storage, _ = opened(name, Fault("create_upload", KeyboardInterrupt(), after=True))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            storage.upload_file(path, "k")
        assert len(list(storage.uploads.list())) == 2
        storage.upload_file(path, "k")
        assert [upload.upload_id for upload in storage.uploads.list()] == [older.upload_id]  # somebody else's
        assert storage.get("k").read() == DATA

    def test_an_upload_that_another_machine_has_just_begun_is_not_taken_for_one_that_was_lost(
        self, name: str, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage, recorder = opened(name, Fault("create_upload", KeyboardInterrupt(), after=True))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            storage.upload_file(path, "k")
        (lost,) = storage.uploads.list()
        other: Any = recorder.inner
        begun = other.create_upload("k", opt.CREATE_UPLOAD).upload_id
        around = recorder.around

        def goes_on(operation: str, call: Any, /, *args: Any) -> Any:
            if operation == "complete_upload":
                other.upload_part("k", begun, 1, b"its first part", opt.PART)
            return around(operation, call, *args)

        monkeypatch.setattr(recorder, "around", goes_on)
        storage.upload_file(path, "k")
        assert storage.get("k").read() == DATA
        assert lost.upload_id != begun
        assert [upload.upload_id for upload in storage.uploads.list()] == [begun]


class TestResume:
    @pytest.fixture(params=[None, ChecksumAlgorithm.SHA256])
    def elsewhere(self, request: pytest.FixtureRequest, name: str, path: Path) -> Any:
        """An upload that was interrupted on another machine: no journal here."""
        write = {} if request.param is None else {"checksum_algorithm": request.param}
        interrupt(name, path, **write)
        for each in journals():
            each.unlink()
        return request.param

    @pytest.mark.usefixtures("elsewhere")
    def test_by_what_the_store_lists_alone(self, name: str, path: Path) -> None:
        storage, recorder = opened(name, chunk_size=5)  # the part size is that of the upload
        result = storage.uploads.resume("k", path)
        assert numbers(recorder) == [4, 5, 6, 7, 8, 9, 10, 11]
        assert storage.get("k").read() == DATA
        assert (result.key, result.size) == ("k", 41)
        assert journals() == []

    @pytest.mark.usefixtures("elsewhere")
    def test_another_file_is_refused_before_anything_is_sent(self, name: str, path: Path) -> None:
        changed = bytearray(DATA)
        changed[5] ^= 1  # in the second part
        path.write_bytes(changed)
        storage, recorder = opened(name)
        with pytest.raises(errors.SourceChanged, match="do not fit this file"):
            storage.uploads.resume("k", path)
        assert numbers(recorder) == []
        assert len(list(storage.uploads.list())) == 1

    @pytest.mark.usefixtures("elsewhere")
    def test_a_file_of_another_size_is_refused(self, name: str, path: Path) -> None:
        path.write_bytes(DATA[:10])
        storage, recorder = opened(name)
        with pytest.raises(errors.SourceChanged):
            storage.uploads.resume("k", path)
        assert numbers(recorder) == []

    def test_parts_that_can_not_be_compared_are_sent_again(self, name: str, path: Path) -> None:
        storage, recorder = opened(name)
        begun = storage.provider.create_upload("k", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
        for number in (1, 2):  # of other bytes, under ETags that say nothing of this file
            storage.provider.upload_part("k", begun.upload_id, number, b"else", opt.PART)  # type: ignore[attr-defined]
        recorder.calls.clear()
        storage.uploads.resume("k", path, begun.upload_id)
        assert numbers(recorder) == list(range(1, 12))
        assert storage.get("k").read() == DATA

    def test_by_the_journal_no_part_is_sent_again(self, name: str, path: Path) -> None:
        interrupt(name, path, if_absent=True)
        storage, recorder = opened(name)
        storage.put("k", b"")
        with pytest.raises(errors.ObjectAlreadyExists):  # the condition was written down
            storage.uploads.resume("k", path)
        assert numbers(recorder) == [4, 5, 6, 7, 8, 9, 10, 11]

    def test_by_the_journal_a_changed_file_is_refused(self, name: str, path: Path) -> None:
        interrupt(name, path)
        os.utime(path, ns=(0, 1))
        storage, recorder = opened(name)
        with pytest.raises(errors.SourceChanged):
            storage.uploads.resume("k", path)
        assert numbers(recorder) == []
        assert len(journals()) == 1

    def test_which_upload(self, name: str, path: Path) -> None:
        storage, _ = opened(name)
        with pytest.raises(errors.UploadNotFound):
            storage.uploads.resume("k", path)
        begun = [storage.provider.create_upload("k", opt.CREATE_UPLOAD) for _ in range(2)]  # type: ignore[attr-defined]
        storage.provider.create_upload("k2", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
        with pytest.raises(errors.InvalidRequest, match="2 unfinished") as caught:
            storage.uploads.resume("k", path)
        assert all(upload.upload_id in str(caught.value.hint) for upload in begun)
        storage.uploads.resume("k", path, begun[1].upload_id)
        assert storage.get("k").read() == DATA
        with pytest.raises(errors.UploadNotFound):
            storage.uploads.resume("k", path, begun[1].upload_id)

    def test_refusals(self, name: str, path: Path, tmp_path: Path) -> None:
        storage, recorder = opened(name)
        with pytest.raises(errors.SourceNotFound):
            storage.uploads.resume("k", tmp_path / "none")
        with pytest.raises(errors.InvalidRequest, match="folder"):
            storage.uploads.resume("k", tmp_path)
        os.mkfifo(tmp_path / "pipe")
        threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(b""), daemon=True).start()
        with pytest.raises(errors.InvalidRequest, match="regular"):
            storage.uploads.resume("k", tmp_path / "pipe")
        with pytest.raises(errors.InvalidRequest, match="if_match"):
            storage.uploads.resume("k", path, if_match=5)  # type: ignore[arg-type]
        assert recorder.calls == []

    def test_a_checksum_of_all_bytes_is_compared(self, name: str, path: Path) -> None:
        interrupt(name, path, checksum_algorithm="CRC64NVME")
        storage, recorder = opened(name)
        with pytest.raises(errors.ChecksumMismatch):
            storage.uploads.resume("k", path, checksum=checksum(ChecksumAlgorithm.CRC64NVME, b"else"))
        assert "complete_upload" not in recorder.operations


@given(st.data())
def test_the_part_size_follows_from_any_parts(data: st.DataObject) -> None:
    step = data.draw(st.integers(1, 50))
    total = data.draw(st.integers(1, 1000))
    count = -(-total // step)
    some = data.draw(st.sets(st.integers(1, count), min_size=1))
    parts = {
        number: PartInfo(part_number=number, etag="x", size=min(step, total - (number - 1) * step)) for number in some
    }
    found = part_size_of(parts, total, Limits(min_part=1, max_parts=1000))
    assert found is not None
    for number, part in parts.items():  # whatever it is, every part is where the file has it
        assert part.size == min(found, total - (number - 1) * found)
    if len(parts) > 1:  # a single one may be a last part, or one in the middle
        assert found == step


@pytest.mark.parametrize("parts", [{1: 4, 2: 5}, {2: 41}, {1: 50}, {12: 4}, {3: 0}])
def test_parts_that_are_no_pieces_of_the_file(parts: dict[int, int]) -> None:
    arrived = {number: PartInfo(part_number=number, etag="x", size=size) for number, size in parts.items()}
    assert part_size_of(arrived, 41, Limits(min_part=1)) is None


class TestUploadsView:
    def test_by_age(self, name: str) -> None:
        storage, _ = opened(name)
        storage.provider.create_upload("a", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
        assert [each.key for each in storage.uploads.list(older_than=timedelta(0))] == ["a"]
        assert list(storage.uploads.list(older_than=timedelta(hours=1))) == []
        assert storage.uploads.abort_all(older_than=timedelta(hours=1)).aborted == ()
        assert len(list(storage.uploads.list())) == 1

    def test_one_failure_does_not_stop_the_others(self, name: str) -> None:
        storage, _ = opened(name, Fault("abort_upload", errors.AccessDenied("no"), call=2))
        below = storage.below("p/")
        for key in ("p/a", "p/b", "p/c", "q"):
            storage.provider.create_upload(key, opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
        summary = below.uploads.abort_all(older_than=timedelta(0))
        assert [each.key for each in summary.aborted] == ["a", "c"]
        assert [(each.key, type(error)) for each, error in summary.failures] == [("b", errors.AccessDenied)]
        assert [each.key for each in storage.uploads.list()] == ["p/b", "q"]

    def test_what_is_aborted_leaves_the_journal(self, name: str, path: Path) -> None:
        interrupt(name, path)
        assert len(journals()) == 1
        storage, _ = opened(name)
        storage.uploads.abort_all(older_than=timedelta(0))
        assert journals() == []


class TestJournal:
    INFO = ProviderInfo(kind="s3", endpoint="https://s3.example", bucket="b")

    def test_it_is_for_the_user_alone_and_has_no_secret(self, name: str, path: Path) -> None:
        interrupt(name, path, metadata={"secret-name": "secret-value"})
        (file,) = journals()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert "secret-value" not in file.read_text()
        (entry,) = journal.entries()
        assert entry.source is not None
        assert (entry.key, entry.part_size, entry.source.size) == ("k", 4, 41)
        assert entry.source.path == str(path)

    def test_the_customers_key_is_not_in_it(self) -> None:
        one = opt.CreateUploadOptions(encryption=SseC(bytes(32)))
        other = opt.CreateUploadOptions(encryption=SseC(bytes([1] * 32)))
        assert journal.fingerprint(one) == journal.fingerprint(other)
        assert journal.fingerprint(one) != journal.fingerprint(opt.CREATE_UPLOAD)

    def test_the_order_of_metadata_does_not_matter(self) -> None:
        one = opt.CreateUploadOptions(metadata={"a": "1", "b": "2"}, tags={"c": "3", "d": "4"})
        other = opt.CreateUploadOptions(metadata={"b": "2", "a": "1"}, tags={"d": "4", "c": "3"})
        assert journal.fingerprint(one) == journal.fingerprint(other)
        assert journal.fingerprint(one) != journal.fingerprint(opt.CreateUploadOptions(metadata={"a": "1", "b": "3"}))

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "key": 5}'])
    def test_what_is_no_entry_is_passed_over(self, text: str, path: Path) -> None:
        with journal.hold(self.INFO, "k", str(path)):
            place = journals()[0].with_suffix(".json")
            place.write_text(text)
        with journal.hold(self.INFO, "k", str(path)) as slot:
            assert slot.entry is None
        assert journal.entries() == []

    def test_only_one_at_a_time(self, name: str, path: Path) -> None:
        storage, recorder = opened(name)
        with (
            journal.hold(storage.info, "k", str(path)),
            pytest.raises(errors.UploadInUse, match="just now"),
        ):
            storage.upload_file(path, "k")
        assert recorder.calls == []
        storage.upload_file(path, "k")
        assert storage.get("k").read() == DATA

    def test_many_threads_and_never_two_at_once(self, path: Path) -> None:
        inside: list[int] = []
        most: list[int] = []

        def work() -> None:
            for _ in range(50):
                try:
                    with journal.hold(self.INFO, "k", str(path)):
                        inside.append(1)
                        most.append(len(inside))
                        inside.pop()
                except errors.UploadInUse:
                    pass

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(most) == {1}
        assert journals() == []  # not even a lock

    def test_other_keys_files_and_stores_have_places_of_their_own(self, path: Path, tmp_path: Path) -> None:
        other = ProviderInfo(kind="s3", endpoint="https://other.example", bucket="b")
        with (
            journal.hold(self.INFO, "k", str(path)),
            journal.hold(self.INFO, "k2", str(path)),
            journal.hold(self.INFO, "k", str(tmp_path / "other")),
            journal.hold(other, "k", str(path)),
        ):
            assert len(journals()) == 4

    def test_a_newer_versions_entry_is_left_alone_by_listing(self, name: str, path: Path) -> None:
        interrupt(name, path)
        (file,) = journals()
        values = json.loads(file.read_text())
        file.write_text(json.dumps(values | {"version": 2}))
        assert journal.entries() == []
        assert journals() == [file]
