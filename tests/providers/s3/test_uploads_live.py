"""Uploads in parts on real servers, with both engines: at the same time, kept, gone on with, verified."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.checksums import checksum
from holdall.config.store import ResilienceSettings, TransferSettings
from holdall.layers import stack
from holdall.models import ChecksumAlgorithm
from holdall.storage import Storage
from holdall.testing.fakes import Fault, FaultyProvider, RecordingProvider
from holdall.transfer import journal
from holdall.transfer.leftovers import left_by

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.provider import StorageProvider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

MIB = 1024 * 1024
PART = 5 * MIB
SIZE = 3 * PART + 7


@pytest.fixture(params=["moto", "swift", "rclone"])
def provider(request: pytest.FixtureRequest, provider_on: MakeProvider) -> StorageProvider:
    server: S3Server = request.getfixturevalue(f"{request.param}_server")
    return provider_on(server)


@pytest.fixture
def data() -> bytes:
    return os.urandom(SIZE)


@pytest.fixture
def path(tmp_path: Path, data: bytes) -> Path:
    file = tmp_path / "file"
    file.write_bytes(data)
    return file


def opened(provider: StorageProvider, *faults: Fault, workers: int = 3) -> tuple[Storage, RecordingProvider]:
    """A storage that begins each request once; three parts at a time."""
    recorder = RecordingProvider(FaultyProvider(provider, *faults))
    transfer: Any = {"multipart_threshold": 2 * PART, "chunk_size": PART, "max_concurrency": workers}
    return (
        Storage(
            stack.build(recorder, ResilienceSettings(max_attempts=1)),
            transfer=TransferSettings.model_validate(transfer),
        ),
        recorder,
    )


def numbers(recorder: RecordingProvider) -> list[int]:
    return sorted(call.args[2] for call in recorder.calls if call.operation == "upload_part")


def interrupt(provider: StorageProvider, path: Path, **write: Any) -> None:
    """Two parts of four arrive."""
    storage, _ = opened(provider, Fault("upload_part", errors.ConnectionFailed("gone"), call=3), workers=1)
    with pytest.raises(errors.ConnectionFailed) as caught:
        storage.upload_file(path, "k", **write)
    left = left_by(caught.value)
    assert left is not None
    assert (left.kept, left.size) == (True, 2 * PART)


@pytest.mark.parametrize("shape", ["file", "bytes", "stream"])
def test_every_byte_arrives_through_several_threads(
    provider: StorageProvider, data: bytes, path: Path, shape: str
) -> None:
    storage, recorder = opened(provider)
    if shape == "file":
        result = storage.upload_file(path, "k", metadata={"by": "me"})
    else:
        body: Any = data if shape == "bytes" else (data[start : start + MIB] for start in range(0, SIZE, MIB))
        result = storage.put("k", body, metadata={"by": "me"})
    assert numbers(recorder) == [1, 2, 3, 4]
    with storage.get("k") as answer:
        assert answer.read() == data
        assert answer.info.metadata["by"] == "me"
    assert result.size == SIZE
    assert journal.entries() == []


def test_the_same_upload_goes_on_by_the_journal(provider: StorageProvider, data: bytes, path: Path) -> None:
    interrupt(provider, path)
    assert [entry.title for entry in journal.entries()] == [str(path)]
    storage, recorder = opened(provider)
    storage.upload_file(path, "k")
    assert numbers(recorder) == [3, 4]
    with storage.get("k") as answer:
        assert answer.read() == data
    assert journal.entries() == []


def test_any_machine_goes_on_by_what_the_store_lists(provider: StorageProvider, data: bytes, path: Path) -> None:
    interrupt(provider, path)
    (entry,) = journal.entries()
    (journal.folder() / f"{entry.name}.json").unlink()
    storage, recorder = opened(provider)
    storage.uploads.resume("k", path, entry.upload_id)
    assert numbers(recorder) == [3, 4]  # the ETags of all three are MD5s, which prove the first two
    with storage.get("k") as answer:
        assert answer.read() == data


def test_another_file_is_refused(provider: StorageProvider, data: bytes, path: Path) -> None:
    interrupt(provider, path)
    (entry,) = journal.entries()
    (journal.folder() / f"{entry.name}.json").unlink()
    path.write_bytes(data[:100] + bytes(100) + data[200:])
    storage, recorder = opened(provider)
    with pytest.raises(errors.SourceChanged):
        storage.uploads.resume("k", path, entry.upload_id)
    assert numbers(recorder) == []
    storage.uploads.abort("k", entry.upload_id or "")


@pytest.mark.parametrize("algorithm", list(ChecksumAlgorithm))
def test_with_a_checksum_from_the_first_part_to_the_object(
    provider: StorageProvider, data: bytes, path: Path, algorithm: ChecksumAlgorithm
) -> None:
    storage, _ = opened(provider)
    if algorithm not in storage.capabilities.checksums.algorithms:
        with pytest.raises(errors.UnsupportedOperation):
            storage.upload_file(path, "k", checksum_algorithm=algorithm)
        return
    interrupt(provider, path, checksum_algorithm=algorithm)
    (upload_id,) = (entry.upload_id or "" for entry in journal.entries())
    listed = all(part.checksums for part in storage.uploads.parts("k", upload_id))
    storage, recorder = opened(provider)
    storage.upload_file(path, "k", checksum_algorithm=algorithm)
    assert numbers(recorder) == [3, 4]
    with storage.get("k") as answer:
        assert answer.read() == data
    (complete,) = (call.args[3] for call in recorder.calls if call.operation == "complete_upload")
    if algorithm is ChecksumAlgorithm.CRC64NVME:  # it follows from those of the parts, where all are known
        assert complete.checksum == (checksum(algorithm, data) if listed else None)


def test_a_failure_leaves_nothing_at_the_store(provider: StorageProvider, data: bytes) -> None:
    storage, recorder = opened(provider, Fault("upload_part", errors.AccessDenied("no"), call=4))
    with pytest.raises(errors.AccessDenied) as caught:
        storage.put("k", data)
    assert left_by(caught.value) is None
    assert "abort_upload" in recorder.operations
    assert list(provider.list_uploads("", None, None).uploads) == []  # type: ignore[attr-defined]
    assert not storage.exists("k")
