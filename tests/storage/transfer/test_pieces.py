"""Large downloads: in pieces, pinned to one version, kept after failures that pass, gone on with."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import shutil
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.models import Proof
from holdall.storage import Storage
from holdall.testing.fakes import Fault
from holdall.transfer import download, partial, receiving
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.testing.fakes import RecordingProvider
    from holdall.transfer.progress import ProgressEvent

DATA = random.Random(3).randbytes(1000)  # noqa: S311 - no secret
PIECE = 100


def opened(*faults: Fault, **given: Any) -> tuple[Storage, RecordingProvider]:
    """A store that holds ``k``, fetched in ten pieces, and the recorder of what is asked of it from now on."""
    transfer = {"chunk_size": PIECE, "max_concurrency": 4, "multipart_threshold": 1 << 30, **given.pop("transfer", {})}
    storage, recorder = memory_storage(
        *faults, name=uuid.uuid4().hex, transfer=TransferSettings.model_validate(transfer), **given
    )
    storage.put("k", DATA)
    recorder.calls.clear()
    return storage, recorder


def ranges_of(recorder: RecordingProvider) -> list[tuple[int, int | None] | None]:
    """The ranges that were asked for, sorted; ``None`` for the whole."""
    asked = [call.args[1].range for call in recorder.calls if call.operation == "get"]
    return sorted(((each.start, each.stop) if each else None for each in asked), key=lambda each: each or (-1, 0))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def denied(number: int) -> Fault:
    """Getting fails at that request, and the retry layer does not try again."""
    return Fault("get", errors.ExpiredToken("expired"), call=number)


class TestPieces:
    def test_a_large_object_comes_in_pieces_each_asked_for_once(self, tmp_path: Path) -> None:
        storage, recorder = opened()
        result = storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        # The first request is for the whole: it tells the checksum. Its body is the first piece.
        assert ranges_of(recorder) == [None, *((start, start + PIECE) for start in range(PIECE, 1000, PIECE))]
        assert {call.args[1].if_match for call in recorder.calls[1:]} == {result.etag}
        assert result.verified_by is Proof.ETAG
        assert names(tmp_path) == ["f"]

    def test_a_small_object_is_one_request(self, tmp_path: Path) -> None:
        storage, recorder = opened()
        storage.put("k", DATA[: 2 * PIECE - 1])
        recorder.calls.clear()
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA[: 2 * PIECE - 1]
        assert recorder.operations == ["get"]

    def test_one_at_a_time_is_one_request(self, tmp_path: Path) -> None:
        storage, recorder = opened(transfer={"max_concurrency": 1})
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        assert recorder.operations == ["get"]

    def test_a_store_without_ranges_is_asked_once(self, tmp_path: Path) -> None:
        storage, recorder = opened(capabilities={"get.range": "no"})
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        assert recorder.operations == ["get"]

    @pytest.mark.parametrize(("wanted", "expected"), [((150, 820), DATA[150:820]), ((-650, None), DATA[-650:])])
    def test_a_range_comes_in_pieces_too(self, tmp_path: Path, wanted: tuple[int, int | None], expected: bytes) -> None:
        storage, recorder = opened()
        result = storage.download_file("k", tmp_path / "f", range=wanted)
        assert (tmp_path / "f").read_bytes() == expected
        assert len(recorder.calls) == 7
        assert result.verified_by is None

    def test_a_prefix_and_a_version(self, tmp_path: Path) -> None:
        storage, recorder = opened(prefix="p/", versioning=True)
        old = storage.head("k").version_id
        storage.put("k", b"new" * 100)
        recorder.calls.clear()
        assert storage.download_file("k", tmp_path / "f", version_id=old).key == "k"
        assert (tmp_path / "f").read_bytes() == DATA
        assert {(call.args[0], call.args[1].version_id) for call in recorder.calls} == {("p/k", old)}

    def test_progress_counts_every_byte_once(self, tmp_path: Path) -> None:
        events: list[ProgressEvent] = []
        storage, _ = opened()
        storage.download_file("k", tmp_path / "f", progress=events.append)
        assert [event.kind for event in events] == ["started", *["advanced"] * 10, "finished"]
        assert [event.transferred for event in events[1:-1]] == list(range(100, 1001, 100))
        assert {event.total for event in events} == {1000}


class TestPinned:
    """What was replaced while it was being read is an error, never a mixture."""

    @staticmethod
    def replaced_before(recorder: RecordingProvider, storage: Storage, call: int) -> None:
        around, seen, lock = recorder.around, [0], threading.Lock()

        def watch(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
            with lock:
                seen[0] += operation == "get"
                due = operation == "get" and seen[0] == call
            if due:
                storage.put("k", DATA[::-1])
            return around(operation, do, *args)

        recorder.around = watch  # type: ignore[method-assign,assignment]

    @pytest.mark.parametrize("if_match", ["yes", "no"])
    def test_replaced_in_the_middle(self, tmp_path: Path, if_match: str) -> None:
        storage, recorder = opened(capabilities={"get.if_match": if_match})
        (tmp_path / "f").write_bytes(b"old")
        self.replaced_before(recorder, storage, 5)
        with pytest.raises(errors.SourceChanged, match="replaced or deleted") as caught:
            storage.download_file("k", tmp_path / "f")
        assert caught.value.key == "k"
        assert names(tmp_path) == ["f"]
        assert (tmp_path / "f").read_bytes() == b"old"

    def test_a_version_that_is_no_longer_the_latest_is_read_to_its_end(self, tmp_path: Path) -> None:
        storage, recorder = opened(capabilities={"get.if_match": "no"}, versioning=True)
        self.replaced_before(recorder, storage, 5)
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA

    def test_a_store_that_sends_other_bytes_than_asked_for(self, tmp_path: Path) -> None:
        storage, recorder = opened()
        around = recorder.around

        def whole(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
            return (
                around(operation, do, args[0], type(args[1])()) if operation == "get" else around(operation, do, *args)
            )

        recorder.around = whole  # type: ignore[method-assign,assignment]
        with pytest.raises(errors.InvalidResponse, match="does not honour ranges"):
            storage.download_file("k", tmp_path / "f")
        assert names(tmp_path) == []


class TestGoingOn:
    def test_what_came_before_a_failure_is_not_fetched_again(self, tmp_path: Path) -> None:
        storage, recorder = opened(denied(8), transfer={"max_concurrency": 2})
        with pytest.raises(errors.ExpiredToken) as caught:
            storage.download_file("k", tmp_path / "f")
        assert "goes on" in str(caught.value.hint)
        assert len(names(tmp_path)) == 2
        assert not (tmp_path / "f").exists()
        before = [each for each in ranges_of(recorder) if each][:-2]  # two pieces were under way
        recorder.calls.clear()
        events: list[ProgressEvent] = []
        result = storage.download_file("k", tmp_path / "f", progress=events.append)
        assert (tmp_path / "f").read_bytes() == DATA
        assert result.verified_by is Proof.ETAG
        assert not set(before) & set(ranges_of(recorder))
        assert len(recorder.calls) <= 5
        assert events[0].transferred >= 500
        assert events[-1].transferred == 1000
        assert names(tmp_path) == ["f"]

    def test_another_object_begins_anew(self, tmp_path: Path) -> None:
        storage, recorder = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        storage.put("k", DATA[::-1])
        recorder.calls.clear()
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA[::-1]
        assert len(recorder.calls) == 10
        assert names(tmp_path) == ["f"]

    def test_an_object_that_became_small_leaves_nothing_behind(self, tmp_path: Path) -> None:
        storage, _ = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        storage.put("k", b"small")
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == b"small"
        assert names(tmp_path) == ["f"]

    def test_pieces_of_another_size_begin_anew(self, tmp_path: Path) -> None:
        storage, recorder = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        storage.transfer = storage.transfer.model_copy(update={"chunk_size": 250})
        recorder.calls.clear()
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        assert len(recorder.calls) == 4

    def test_one_stream_takes_nothing_from_behind_a_gap(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "MARK", PIECE)  # as wide as the pieces: the same record fits both
        storage, recorder = opened(denied(3), transfer={"max_concurrency": 2, "verify": "off"})
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        (log,) = tmp_path.glob(".f.*.done")
        log.write_text(log.read_text().splitlines()[0] + '\n{"done": [0, 1, 4, 7], "boot": null}\n')
        recorder.calls.clear()
        one = Storage(storage.provider, transfer=storage.transfer.model_copy(update={"max_concurrency": 1}))
        assert one.download_file("k", tmp_path / "f").verified_by is None
        assert (tmp_path / "f").read_bytes() == DATA
        assert ranges_of(recorder) == [None, (2 * PIECE, 1000)]

    def test_what_was_gone_on_with_survives_a_power_cut_together_with_the_rest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with partial.Partial(tmp_path / "f", "ab") as first:
            first.begin({}, [1, 1, 1])
            os.ftruncate(first.fd, 3)
            first.done(0)  # this boot's only
            first.keep()
        monkeypatch.setattr(partial, "FLUSH_EVERY", 0.0)
        with partial.Partial(tmp_path / "f", "ab") as second:
            assert second.begin({}, [1, 1, 1], in_order=True) == {0}
            second.done(1)
            second.keep()
        monkeypatch.setattr(partial, "_boot_id", lambda: "another")
        with partial.Partial(tmp_path / "f", "ab") as third:
            assert third.begin({}, [1, 1, 1], in_order=True) == {0, 1}

    def test_bytes_that_were_changed_in_the_file_meanwhile_are_noticed(self, tmp_path: Path) -> None:
        storage, _ = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        data = next(path for path in tmp_path.iterdir() if path.suffix == ".part")
        with data.open("r+b") as file:
            file.write(bytes([DATA[0] ^ 1]))
        with pytest.raises(errors.ChecksumMismatch):
            storage.download_file("k", tmp_path / "f")
        assert names(tmp_path) == []  # never gone on with

    @pytest.mark.parametrize("size", [None, 0, 999, 1001])
    def test_a_record_of_a_file_that_is_gone_or_of_another_size_is_not_believed(
        self, tmp_path: Path, size: int | None
    ) -> None:
        storage, _ = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f", verify="off")
        data = next(path for path in tmp_path.iterdir() if path.suffix == ".part")
        if size is None:
            data.unlink()
        else:
            os.truncate(data, size)
        storage.download_file("k", tmp_path / "f", verify="off")
        assert (tmp_path / "f").read_bytes() == DATA
        assert names(tmp_path) == ["f"]

    @pytest.mark.parametrize("at", [0.3, 0.95])
    def test_a_killed_run_in_one_stream_leaves_no_record_of_pieces(self, tmp_path: Path, at: float) -> None:
        """Its bytes replace those that came in pieces; what the record says of them is not so any more."""
        storage, _ = opened(denied(8))
        folder, killed = tmp_path / "folder", tmp_path / "killed"
        folder.mkdir()
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", folder / "f", verify="off")
        assert [name for name in names(folder) if name.endswith(".done")]

        def copy(event: ProgressEvent) -> None:
            if event.transferred >= at * len(DATA) and not killed.exists():
                shutil.copytree(folder, killed)  # what a kill would leave just now

        in_pieces = storage.transfer
        storage.transfer = in_pieces.model_copy(update={"max_concurrency": 1})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(receiving, "BLOCK", 50)
            storage.download_file("k", folder / "f", verify="off", progress=copy)
        assert [name for name in names(killed) if name.endswith(".part")]
        storage.transfer = in_pieces
        storage.download_file("k", killed / "f", verify="off")
        assert (killed / "f").read_bytes() == DATA
        assert names(killed) == ["f"]

    @pytest.mark.parametrize(("on_failure", "error", "kept"), [
        ("auto", errors.ExpiredToken("x"), True),
        ("auto", errors.AccessDenied("x"), False),
        ("keep", errors.AccessDenied("x"), True),
        ("abort", errors.ExpiredToken("x"), False),
        ("keep", errors.SourceChanged("x"), False),
        ("auto", KeyboardInterrupt(), True),
        ("abort", KeyboardInterrupt(), False),
    ])  # fmt: skip
    def test_what_is_kept(self, tmp_path: Path, on_failure: str, error: BaseException, *, kept: bool) -> None:
        storage, recorder = opened(transfer={"on_failure": on_failure, "max_concurrency": 2})
        around, seen = recorder.around, [0]

        def fail(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
            seen[0] += 1
            if seen[0] == 8:
                raise error
            return around(operation, do, *args)

        recorder.around = fail  # type: ignore[method-assign,assignment]
        with pytest.raises(type(error)) as caught:
            storage.download_file("k", tmp_path / "f")
        assert len(names(tmp_path)) == (2 if kept else 0)
        told = f"{getattr(caught.value, 'hint', None)} {getattr(caught.value, '__notes__', '')}"
        assert ("goes on" in told) is kept

    def test_nothing_is_kept_where_nothing_came(self, tmp_path: Path) -> None:
        storage, recorder = opened()
        around = recorder.around

        def fail(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
            result = around(operation, do, *args)
            result._source.close()
            result._source = None  # reading fails at once
            return result

        recorder.around = fail  # type: ignore[method-assign,assignment]
        with pytest.raises(AttributeError):
            storage.download_file("k", tmp_path / "f")
        assert names(tmp_path) == []


class TestSpace:
    def test_a_disk_that_is_too_small_shows_before_anything_is_fetched(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        storage, recorder = opened()
        monkeypatch.setattr(os, "posix_fallocate", full)
        with pytest.raises(errors.TransferError, match="No space left") as caught:
            storage.download_file("k", tmp_path / "f")
        assert "space" in str(caught.value.hint)
        assert recorder.operations == ["get"]
        assert names(tmp_path) == []

    def test_a_file_system_that_can_not_promise_space(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def unable(*_: int) -> None:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")

        storage, _ = opened()
        monkeypatch.setattr(os, "posix_fallocate", unable)
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA

    def test_a_disk_that_fills_up_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        really, lock, count = os.pwrite, threading.Lock(), [0]

        def full(fd: int, data: bytes, position: int) -> int:
            with lock:
                count[0] += 1
                if count[0] > 5:
                    raise OSError(errno.ENOSPC, "No space left on device")
            return really(fd, data, position)

        storage, _ = opened()
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(errors.TransferError, match="No space left"):
            storage.download_file("k", tmp_path / "f")
        assert names(tmp_path) == []


class TestTwoAtATime:
    def test_the_second_takes_another_name_and_both_succeed(self, tmp_path: Path) -> None:
        storage, recorder = opened()
        inside: list[object] = []
        around, seen = recorder.around, [0]

        def second(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
            seen[0] += 1
            if seen[0] == 5:
                inside.append(names(tmp_path))
                storage.download_file("k", tmp_path / "f")
                inside.append((tmp_path / "f").read_bytes())
            return around(operation, do, *args)

        recorder.around = second  # type: ignore[method-assign,assignment]
        storage.download_file("k", tmp_path / "f")
        assert inside[1] == DATA
        assert (tmp_path / "f").read_bytes() == DATA
        assert names(tmp_path) == ["f"]

    def test_what_another_process_has_locked_is_left_alone(self, tmp_path: Path) -> None:
        storage, _ = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        left = names(tmp_path)
        data = next(path for path in tmp_path.iterdir() if path.suffix == ".part")
        with data.open("rb") as theirs:
            fcntl.flock(theirs, fcntl.LOCK_EX)
            storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        assert names(tmp_path) == sorted([*left, "f"])

    def test_another_runs_file_is_never_published(self, tmp_path: Path) -> None:
        """Somebody tidies up while a download runs, and another one takes the name: what it has so far is no object."""
        storage, _ = opened()

        def tidy(event: ProgressEvent) -> None:
            if event.kind == "finished":
                (part,) = tmp_path.glob(".*.part")
                part.unlink()
                part.write_bytes(b"half")

        with pytest.raises(errors.TransferError, match="replaced by somebody else"):
            storage.download_file("k", tmp_path / "f", progress=tidy)
        (left,) = tmp_path.iterdir()
        assert left.read_bytes() == b"half"

    def test_a_link_under_the_name_is_not_followed(self, tmp_path: Path) -> None:
        storage, _ = opened(denied(8))
        with pytest.raises(errors.ExpiredToken):
            storage.download_file("k", tmp_path / "f")
        data = next(path for path in tmp_path.iterdir() if path.suffix == ".part")
        data.rename(tmp_path / "elsewhere")
        data.symlink_to("elsewhere")
        before = (tmp_path / "elsewhere").read_bytes()
        storage.download_file("k", tmp_path / "f")
        assert (tmp_path / "f").read_bytes() == DATA
        assert not (tmp_path / "f").is_symlink()
        assert (tmp_path / "elsewhere").read_bytes() == before


class TestPartial:
    """The record beside the data."""

    def test_a_torn_line_and_another_start_of_the_machine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        what = {"etag": "e"}
        with partial.Partial(tmp_path / "f", "id") as file:
            assert file.begin(what, [100] * 10) == set()
            os.ftruncate(file.fd, 1000)
            file.done(3)
            monkeypatch.setattr(partial, "FLUSH_EVERY", 0.0)
            file.done(4)  # flushes, and records both for good
            monkeypatch.setattr(partial, "FLUSH_EVERY", 1e9)
            file.done(5)
            assert file.keep() == 300
        log = next(path for path in tmp_path.iterdir() if path.suffix == ".done")
        with log.open("ab") as torn:
            torn.write(b'{"done": [6], "boot"')
        found = []
        for boot in (partial._boot_id(), "another"):
            monkeypatch.setattr(partial, "_boot_id", lambda boot=boot: boot)
            with partial.Partial(tmp_path / "f", "id") as file:
                found.append(file.begin(what, [100] * 10))
                file.keep()
        assert found == [{3, 4, 5}, {3, 4}]

    @pytest.mark.parametrize("content", [b"", b"not json\n", b"[]\n", b'{"holdall": 1, "etag": "e"}\n{}\n', b"\xff\n"])
    def test_a_record_that_can_not_be_read_counts_for_nothing(self, tmp_path: Path, content: bytes) -> None:
        path = partial.name_beside(tmp_path / "f", "id")
        path.write_bytes(b"data")
        path.with_name(f"{path.name}.done").write_bytes(content)
        with partial.Partial(tmp_path / "f", "id") as file:
            assert file.begin({"etag": "e"}, [len(b"data")]) == set()
            assert os.fstat(file.fd).st_size == 0
        assert names(tmp_path) == []

    def test_the_file_stays_open_until_its_last_user_gives_it_back(self, tmp_path: Path) -> None:
        with partial.Partial(tmp_path / "f", "id") as file:
            file.borrow()
        os.fstat(file.fd)
        file.give_back()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(file.fd)

    def test_long_names_of_many_bytes(self, tmp_path: Path) -> None:
        with partial.Partial(tmp_path / ("ä" * 127), "i" * 16) as file:
            assert file.resumable
            file.begin({}, [])
