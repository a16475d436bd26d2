"""Downloads to where a file can't be written: said kindly, and nothing is left."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import PART, Place, nothing_left

if TYPE_CHECKING:
    from pathlib import Path

DOWNLOAD = """
import os, resource, sys
import holdall

with holdall.open_storage("faulty") as storage:
    storage.download_file("k", "before")  # all that is imported late has been
    os.unlink("before")
    PREPARE
    try:
        storage.download_file("k", "TARGET")
    except holdall.errors.TransferError as error:
        print(error)
        sys.exit(3)
"""
REFUSED = 3


def download(prepare: str, *before: str, target: str = "file") -> str:
    """Downloads in another process after it has limited itself; returns the error's text."""
    program = DOWNLOAD.replace("PREPARE", prepare).replace("TARGET", target)
    command = [*before, sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == REFUSED, done.stderr
    return done.stdout


@pytest.fixture
def stored(place: Place, data: bytes) -> bytes:
    """An object of several pieces."""
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    return data


@pytest.fixture
def small_disk() -> list[str]:
    """What runs a command in which the folder ``disk`` is a file system of a bit more than one piece."""
    mount = f'mount -t tmpfs -o size={PART + 1_000_000} none disk && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    works = shutil.which("unshare") and subprocess.run([*command[:4], "true"], capture_output=True, check=False)
    if not works or works.returncode != 0:
        pytest.skip("the kernel lets nobody mount here; a file limit, and faults in unit tests, stand for it")
    return command


@pytest.mark.usefixtures("stored")
def test_a_full_disk_leaves_nothing(place: Place, tmp_path: Path, small_disk: list[str]) -> None:
    (tmp_path / "disk").mkdir()
    and_look = ("sh", "-c", '"$@"; code=$?; echo "left: $(ls -A disk)"; exit $code', "sh")
    said = download("pass", *small_disk, *and_look, target="disk/file")
    assert "No space left on device" in said
    assert "Free some space" in said
    assert said.splitlines()[-1] == "left: "
    nothing_left(place, tmp_path, "disk")


@pytest.mark.usefixtures("stored")
def test_a_limit_of_file_sizes_leaves_nothing(place: Place, tmp_path: Path) -> None:
    said = download("resource.setrlimit(resource.RLIMIT_FSIZE, (7_000_000, 7_000_000))")
    assert "'file'" in said
    nothing_left(place, tmp_path)


@pytest.mark.usefixtures("stored")
def test_a_folder_without_permission_stays_as_it_is(place: Place, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "file").write_bytes(b"old")
    closed.chmod(0o555)
    tmp_path.chmod(0o755)  # nothing is closed to root, so it becomes nobody, who has to find the folder
    said = download("os.getuid() or os.setuid(65534)", target="closed/file")
    closed.chmod(0o755)
    assert "Permission denied" in said
    assert "Choose a folder that you may write to." in said
    assert [path.name for path in closed.iterdir()] == ["file"]
    assert (closed / "file").read_bytes() == b"old"
    nothing_left(place, tmp_path, "closed")


@pytest.mark.usefixtures("stored")
def test_a_folder_in_the_place_of_the_file(place: Place, tmp_path: Path) -> None:
    (tmp_path / "folder" / "k").mkdir(parents=True)
    with place.open() as storage:
        with pytest.raises(e.InvalidRequest, match="k' is a folder"):
            storage.download_file("k", tmp_path / "folder")
        with pytest.raises(e.InvalidRequest, match="is not there"):
            storage.download_file("k", tmp_path / "nowhere" / "file")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "k"]
    nothing_left(place, tmp_path, "folder")
