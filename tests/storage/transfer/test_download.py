"""Where a download may go, and that what it wrote survives a power cut."""

from __future__ import annotations

import os
import socket
import stat
import uuid
from typing import TYPE_CHECKING

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.transfer.partial import Partial
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider
    from holdall.transfer.progress import ProgressEvent


@pytest.fixture
def opened() -> tuple[Storage, RecordingProvider]:
    """A store that holds ``k``, and the recorder of what is asked of it from now on."""
    storage, recorder = memory_storage(name=uuid.uuid4().hex)
    storage.put("k", b"new")
    recorder.calls.clear()
    return storage, recorder


@pytest.fixture
def socket_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)  # the whole path may be longer than a socket's name
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        yield tmp_path / "socket"


class TestWhatAProcessHasOpen:
    @pytest.mark.parametrize(
        "path", ["/dev/fd/{}", "/proc/self/fd/{}", "/proc/{pid}/fd/{}", "/proc/self/task/{pid}/fd/{}"]
    )
    @pytest.mark.parametrize("linked", [False, True])
    def test_the_file_behind_a_descriptor_is_not_replaced_under_its_writer(
        self, opened: tuple[Storage, RecordingProvider], tmp_path: Path, path: str, *, linked: bool
    ) -> None:
        storage, recorder = opened
        file = tmp_path / "out.txt"
        with file.open("wb") as writer:
            writer.write(b"header")
            writer.flush()
            target = path.format(writer.fileno(), pid=os.getpid())
            if linked:
                (tmp_path / "link").symlink_to(target)
                target = str(tmp_path / "link")
            with pytest.raises(errors.InvalidRequest, match="has open") as caught:
                storage.download_file("k", target)
            assert "get to '-'" in (caught.value.hint or "")
            assert os.path.samestat(file.stat(), os.fstat(writer.fileno()))
        assert file.read_bytes() == b"header"
        assert recorder.calls == []
        assert sorted(each.name for each in tmp_path.iterdir()) == (["link", "out.txt"] if linked else ["out.txt"])

    def test_a_pipe_is_not_taken_for_a_new_file(self, opened: tuple[Storage, RecordingProvider]) -> None:
        storage, recorder = opened
        reading, writing = os.pipe()
        try:
            with pytest.raises(errors.InvalidRequest, match="has open"):
                storage.download_file("k", f"/dev/fd/{writing}")
        finally:
            os.close(reading)
            os.close(writing)
        assert recorder.calls == []

    def test_a_descriptor_that_is_closed_is_no_new_file_either(self, opened: tuple[Storage, RecordingProvider]) -> None:
        with pytest.raises(errors.InvalidRequest, match="has open"):
            opened[0].download_file("k", "/dev/fd/987654")
        assert opened[1].calls == []


def test_a_name_as_long_as_names_may_be(opened: tuple[Storage, RecordingProvider], tmp_path: Path) -> None:
    target = tmp_path / ("日" * 85)
    assert len(os.fsencode(target.name)) == 255
    opened[0].download_file("k", target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_bytes() == b"new"
    with pytest.raises(errors.InvalidRequest, match="File name too long"):
        opened[0].download_file("k", tmp_path / ("日" * 86))


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("mode", [0o600, 0o640, None])
def test_nobody_reads_on_the_way_what_he_may_not_read_at_the_end(
    tmp_path: Path, mode: int | None, *, pieces: bool
) -> None:
    transfer = TransferSettings.model_validate({"chunk_size": 1024 * 1024}) if pieces else None
    storage, _ = memory_storage(name=uuid.uuid4().hex, transfer=transfer)
    storage.put("k", bytes(3 * 1024 * 1024))
    target = tmp_path / "file"
    usual = tmp_path / "usual"
    usual.touch()
    if mode is not None:
        target.touch()
        target.chmod(mode)
    seen: set[int] = set()

    def look(_: object) -> None:
        seen.update(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(".file.*.part*"))

    storage.download_file("k", target, progress=look)
    final = stat.S_IMODE(usual.stat().st_mode) if mode is None else mode
    assert stat.S_IMODE(target.stat().st_mode) == final
    assert seen == {final if mode is None else 0o600}


def test_a_record_is_shut_off_together_with_its_file(tmp_path: Path) -> None:
    """A target that has come since the first run, and that few may read."""
    target = tmp_path / "file"
    with Partial(target, "ab") as first:
        first.begin({}, [1])
        os.ftruncate(first.fd, 1)
        first.done(0)
        assert first.keep()
    target.touch()
    with Partial(target, "ab") as second:
        second.begin({}, [1])
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(".file.*")}
    assert modes == {0o600}


class TestTargets:
    def test_a_link_stays_and_the_file_behind_it_is_replaced(
        self, opened: tuple[Storage, RecordingProvider], tmp_path: Path
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        file = tmp_path / "elsewhere" / "file"
        file.write_bytes(b"old")
        file.chmod(0o640)
        (tmp_path / "middle").symlink_to("elsewhere/file")
        (tmp_path / "link").symlink_to("middle")
        opened[0].download_file("k", tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "middle").is_symlink()
        assert file.read_bytes() == b"new"
        assert file.stat().st_mode & 0o777 == 0o640
        assert [path.name for path in file.parent.iterdir()] == ["file"]

    def test_a_link_to_nothing_makes_what_it_points_to(
        self, opened: tuple[Storage, RecordingProvider], tmp_path: Path
    ) -> None:
        (tmp_path / "link").symlink_to("file")
        opened[0].download_file("k", tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").read_bytes() == b"new"

    def test_a_link_in_a_folder_that_was_named(self, opened: tuple[Storage, RecordingProvider], tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "k").symlink_to("../file")
        (tmp_path / "to-folder").symlink_to("folder")
        opened[0].download_file("k", tmp_path / "to-folder")
        assert (tmp_path / "file").read_bytes() == b"new"
        assert (tmp_path / "folder" / "k").is_symlink()

    @pytest.mark.parametrize("through_a_link", [False, True])
    def test_a_named_pipe_is_refused_and_stays(
        self, opened: tuple[Storage, RecordingProvider], tmp_path: Path, *, through_a_link: bool
    ) -> None:
        storage, recorder = opened
        pipe, target = tmp_path / "pipe", tmp_path / "pipe"
        os.mkfifo(pipe)
        if through_a_link:
            target = tmp_path / "link"
            target.symlink_to(pipe)
        with pytest.raises(errors.InvalidRequest, match="named pipe") as caught:
            storage.download_file("k", target)
        assert "get" in str(caught.value.hint)
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert recorder.calls == []

    def test_a_socket_is_refused_and_stays(self, opened: tuple[Storage, RecordingProvider], socket_file: Path) -> None:
        storage, recorder = opened
        with pytest.raises(errors.InvalidRequest, match="socket"):
            storage.download_file("k", socket_file)
        assert stat.S_ISSOCK(socket_file.stat().st_mode)
        assert recorder.calls == []

    @pytest.mark.parametrize("name", ["loop", "x" * 300, "nul\0", "file/below", "missing/below", "to-missing"])
    def test_what_can_not_be_a_file_is_refused_before_any_request(
        self, opened: tuple[Storage, RecordingProvider], tmp_path: Path, name: str
    ) -> None:
        storage, recorder = opened
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "to-missing").symlink_to("missing/below")
        (tmp_path / "file").write_bytes(b"old")
        with pytest.raises(errors.InvalidRequest) as caught:
            storage.download_file("k", tmp_path / name)
        assert caught.value.hint
        assert recorder.calls == []
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop", "to-missing"]


def test_the_bytes_and_the_name_are_flushed_to_the_disk_in_this_order(
    opened: tuple[Storage, RecordingProvider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, flushed = tmp_path / "file", []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "file"
        flushed.append(
            (kind, (status.st_dev, status.st_ino), status.st_size if kind == "file" else None, target.exists())
        )
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    opened[0].download_file("k", target)
    file, folder = target.stat(), tmp_path.stat()
    assert flushed == [
        ("file", (file.st_dev, file.st_ino), 3, False),  # all its bytes, before it has its name
        ("folder", (folder.st_dev, folder.st_ino), None, True),  # the name, once it is there
    ]


def test_a_child_that_leaves_the_download_does_not_end_that_of_its_parent(tmp_path: Path) -> None:
    process, forked = os.getpid(), False

    def fork(event: ProgressEvent) -> None:
        nonlocal forked
        if event.kind != "advanced" or forked:
            return
        forked = True
        if (child := os.fork()) == 0:
            raise RuntimeError("only in the child")
        os.waitpid(child, 0)

    storage, _ = memory_storage(name=uuid.uuid4().hex)
    storage.put("k", b"some bytes")
    try:
        storage.download_file("k", tmp_path / "file", progress=fork)
    except RuntimeError:
        assert os.getpid() != process
        os._exit(0)
    assert forked
    assert (tmp_path / "file").read_bytes() == b"some bytes"
