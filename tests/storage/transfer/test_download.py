"""Where a download may go, and that what it wrote survives a power cut."""

from __future__ import annotations

import os
import socket
import stat
import uuid
from typing import TYPE_CHECKING

import pytest

from holdall import errors
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider


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
