"""Uploads in parts on real servers, with both engines: at the same time, kept, gone on with, verified."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from holdall import checks, errors
from holdall.checksums import checksum
from holdall.config.store import ResilienceSettings, TransferSettings
from holdall.layers import stack
from holdall.models import ChecksumAlgorithm, SseKms, SseS3
from holdall.storage import Storage
from holdall.testing.fakes import Fault, FaultyProvider, RecordingProvider
from holdall.transfer import journal
from holdall.transfer.leftovers import left_by
from tests.servers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.models import Encryption
    from holdall.provider import StorageProvider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

MIB = 1024 * 1024
PART = 5 * MIB
SIZE = 3 * PART + 7


@pytest.fixture(params=CHOSEN)
def server(request: pytest.FixtureRequest, server_named: Callable[[str], S3Server]) -> S3Server:
    return server_named(request.param)


@pytest.fixture
def provider(server: S3Server, provider_on: MakeProvider) -> StorageProvider:
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


def interrupt(provider: StorageProvider, path: Path, key: str = "k", **write: Any) -> None:
    """Two parts of four arrive."""
    storage, _ = opened(provider, Fault("upload_part", errors.ConnectionFailed("gone"), call=3), workers=1)
    with pytest.raises(errors.ConnectionFailed) as caught:
        storage.upload_file(path, key, **write)
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


@pytest.mark.parametrize("key", ["k", "a folder/ü+x%20.bin"])
def test_any_machine_goes_on_by_what_the_store_lists(
    provider: StorageProvider, data: bytes, path: Path, key: str
) -> None:
    interrupt(provider, path, key)
    (entry,) = journal.entries()
    (journal.folder() / f"{entry.name}.json").unlink()
    storage, recorder = opened(provider)
    assert [each.upload_id for each in storage.uploads.list(key, exact=True)] == [entry.upload_id]
    storage.uploads.resume(key, path)  # nobody tells it the id
    assert numbers(recorder) == [3, 4]  # the ETags of all of these are MD5s, which prove the first two
    with storage.get(key) as answer:
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


@pytest.mark.parametrize("way", ["bytes", "stream", "file", "writer", "copy"])
def test_an_object_in_parts_is_encrypted_as_asked_or_an_error(
    server: S3Server, provider_on: MakeProvider, data: bytes, path: Path, way: str
) -> None:
    """Whenever it is that a store tells of it: MinIO does not at the beginning and at the end, but of each part."""
    kind: Encryption = SseS3() if server.kms_key_id is None else SseKms(server.kms_key_id)
    said = {checks.encryption_feature(kind): "yes", "copy.max_size": 2 * PART}
    storage, _ = opened(provider_on(server, capabilities=said))
    ways: dict[str, Callable[[], Any]] = {
        "bytes": lambda: storage.put("k", data, encryption=kind),
        "stream": lambda: storage.put("k", iter([data]), encryption=kind),
        "file": lambda: storage.upload_file(path, "k", encryption=kind),
        "writer": lambda: write(storage, data, kind),
        "copy": lambda: storage.copy("source", "k", encryption=kind),
    }
    if way == "copy":
        if not storage.supports("multipart.copy_part"):
            pytest.skip(f"{server.name} copies no parts")
        storage.put("source", data)
    try:
        ways[way]()
    except errors.StorageError as error:
        assert server.name in {"swift", "rclone"} or (server.name, way) == ("ceph-rgw", "copy")  # RGW 16 answers 501
        assert isinstance(error, errors.RequestIgnored) == storage.exists("k")  # noqa: PT017 - an error, or encrypted
        return
    found = storage.head("k").encryption
    assert found is not None
    assert found.algorithm == ("AES256" if server.kms_key_id is None else "aws:kms")
    assert storage.get("k").read() == data
    assert provider_uploads(storage) == []


def write(storage: Storage, data: bytes, kind: Encryption) -> None:
    with storage.open("k", "wb", encryption=kind) as file:
        file.write(data)


def provider_uploads(storage: Storage) -> list[str]:
    return [each.upload_id for each in storage.provider.list_uploads("k", None, None).uploads]  # type: ignore[attr-defined]
