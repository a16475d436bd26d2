"""A checksum that is given among the metadata: it is that of the bytes, or nothing is sent."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from holdall import checksums, errors
from holdall.models import ChecksumAlgorithm, Proof
from holdall.transfer.verify import METADATA_NAME
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

OTHER = {METADATA_NAME: f"CRC32:{checksums.checksum(ChecksumAlgorithm.CRC32, b'another object').value}"}


@pytest.fixture
def opened() -> tuple[Storage, RecordingProvider]:
    return memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities={"checksums.md5_etag": "no"})


@pytest.mark.parametrize("size", [5, 50])
def test_that_of_another_object_is_refused_before_anything_is_sent(
    opened: tuple[Storage, RecordingProvider], tmp_path: Path, size: int
) -> None:
    storage, recorder = opened
    (tmp_path / "f").write_bytes(bytes(size))
    with pytest.raises(errors.InvalidMetadata, match=METADATA_NAME) as caught:
        storage.put("k", bytes(size), metadata=OTHER)
    assert "Leave" in str(caught.value.hint)
    with pytest.raises(errors.InvalidMetadata, match=METADATA_NAME):
        storage.upload_file(tmp_path / "f", "k", metadata=OTHER)
    with pytest.raises(errors.InvalidMetadata, match=METADATA_NAME):
        storage.put("k", iter([bytes(5)]), metadata=OTHER)
    assert recorder.calls == []


@pytest.mark.parametrize("size", [5, 50])
def test_the_right_one_is_kept(opened: tuple[Storage, RecordingProvider], tmp_path: Path, size: int) -> None:
    storage, _ = opened
    own = checksums.checksum(ChecksumAlgorithm.SHA256, bytes(size)).value
    storage.put("k", bytes(size), metadata={METADATA_NAME.upper(): f"SHA256:{own}"})
    assert storage.download_file("k", tmp_path / "f").verified_by is Proof.METADATA


def test_what_came_in_unseen_is_found_on_the_way_down_with_what_to_do(
    opened: tuple[Storage, RecordingProvider], tmp_path: Path
) -> None:
    """A long stream is sent while it comes. Its bytes may be the right ones, or not: that is for people to decide."""
    storage, _ = opened
    storage.put("k", iter([bytes(50)]), metadata=OTHER)
    with pytest.raises(errors.ChecksumMismatch) as caught:
        storage.download_file("k", tmp_path / "f")
    assert "verify 'off'" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []
    assert storage.download_file("k", tmp_path / "f", verify="off").verified_by is None
