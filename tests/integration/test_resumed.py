"""Uploads that are gone on with: only what is proved to be the file's stays of what had arrived."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import PART, Place, nothing_left
from tests.places import MAIN, at
from tests.servers import faults

if TYPE_CHECKING:
    from pathlib import Path


@at(MAIN, "rclone-direct")
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


@at(MAIN, "rclone-direct")
def test_an_upload_with_a_part_that_arrived_damaged_is_not_gone_on_with(place: Place, file: Path, data: bytes) -> None:
    place.proxy.add(faults.flip_request(50), method="PUT", target="partNumber=2", times=1000)
    with place.open(transfer={"on_failure": "keep"}) as storage, pytest.raises(e.StorageError) as caught:
        storage.upload_file(file, "k")
    if isinstance(caught.value, e.ChecksumMismatch):  # Swift refuses such a part, and the upload is kept without it
        assert place.uploads() == []
    place.proxy.clear()
    with place.open() as storage:
        storage.upload_file(file, "k")
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@at(MAIN, but={"rclone-*": "rclone refuses to replace a part"})
def test_a_part_that_differs_from_the_file_is_sent_again(place: Place, file: Path, data: bytes) -> None:
    """As one does that was damaged on its way when the process was killed, before it could be sent again."""
    place.proxy.add(faults.refuse(503, "SlowDown"), method="PUT", target="partNumber=4", times=1000)
    with place.open(resilience={"max_attempts": 1}) as storage, pytest.raises(e.SlowDown, match="was kept"):
        storage.upload_file(file, "k")
    place.proxy.clear()
    (upload,) = place.witness.list_multipart_uploads(Bucket=place.bucket)["Uploads"]
    part = {"Bucket": place.bucket, "Key": "k", "UploadId": upload["UploadId"], "PartNumber": 2}
    place.witness.upload_part(**part, Body=os.urandom(PART))
    with place.open() as storage:
        storage.upload_file(file, "k")
    assert place.stored() == data
    nothing_left(place, file.parent, "file")
