"""Uploads that are gone on with: only what is proved to be the file's stays of what had arrived."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import MAIN, Place, nothing_left
from tests.servers import faults

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("place", [MAIN, "rclone-direct"], indirect=True)
def test_a_file_rewritten_in_place_whose_time_was_set_back_is_never_mixed_with_the_old_one(
    place: Place, file: Path, data: bytes
) -> None:
    place.proxy.add(faults.refuse(503, "SlowDown"), method="PUT", target="partNumber=4", times=1000)
    with place.open(resilience={"max_attempts": 1}) as storage, pytest.raises(e.SlowDown, match="was kept"):
        storage.upload_file(file, "k")
    place.proxy.clear()
    status, other = file.stat(), os.urandom(len(data))
    file.write_bytes(other)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with place.open() as storage:
        storage.upload_file(file, "k")
    assert place.stored() == other
    nothing_left(place, file.parent, "file")


@pytest.mark.parametrize("place", ["rclone-direct"], indirect=True)  # it checks nothing, and keeps what arrives
def test_a_part_that_arrived_damaged_is_sent_again(place: Place, file: Path, data: bytes) -> None:
    place.proxy.add(faults.flip_request(50), method="PUT", target="partNumber=2", times=1000)
    with (
        place.open(transfer={"on_failure": "keep", "max_concurrency": 1}) as storage,
        pytest.raises(e.ChecksumMismatch, match="was kept"),
    ):
        storage.upload_file(file, "k")
    place.proxy.clear()
    with place.open() as storage:
        storage.upload_file(file, "k")
    assert place.stored() == data
    nothing_left(place, file.parent, "file")
