"""Objects in parts are encrypted as they were asked to be, whenever it is that the store tells of it.

The store in memory encrypts nothing: what stands around it here says when something is told, and what. MinIO, which
tells nothing at the beginning and at the end, is asked in ``tests/providers/s3/test_uploads_live.py``.
"""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import EncryptionInfo, SseKms, SseS3
from holdall.storage import Storage
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.models import Encryption
    from holdall.testing.fakes import RecordingProvider

SMALL_PARTS = TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 40})
DATA = bytes(100)
AES, KMS = EncryptionInfo(algorithm="AES256"), EncryptionInfo(algorithm="aws:kms", key_id="other")
TELLING = ("create_upload", "upload_part", "copy_part", "complete_upload", "head")


class Telling(ForwardingProvider):
    """Takes encryption for granted, and tells of it in the answers of some methods."""

    told: dict[str, EncryptionInfo]

    def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        if operation == "create_upload":
            args = (*args[:-1], dataclasses.replace(args[-1], encryption=None))
        result = call(*args, **kwargs)
        if operation in TELLING:
            result = dataclasses.replace(result, encryption=self.told.get(operation))
        return result


def store(told: dict[str, EncryptionInfo], **known: Any) -> tuple[Storage, RecordingProvider]:
    known = {"encryption.sse_s3": "yes", "encryption.sse_kms": "yes"} | known
    plain, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=known)
    provider = Telling(plain.provider)
    provider.told = told
    return Storage(provider, transfer=SMALL_PARTS), recorder


def put(storage: Storage, _folder: Path, encryption: Encryption | None) -> None:
    storage.put("k", DATA, encryption=encryption)


def stream(storage: Storage, _folder: Path, encryption: Encryption | None) -> None:
    storage.put("k", iter([DATA]), encryption=encryption)


def file(storage: Storage, folder: Path, encryption: Encryption | None) -> None:
    (folder / "file").write_bytes(DATA)
    storage.upload_file(folder / "file", "k", encryption=encryption)


def writer(storage: Storage, _folder: Path, encryption: Encryption | None) -> None:
    with storage.open("k", "wb", encryption=encryption) as written:
        written.write(DATA)


def copy(storage: Storage, _folder: Path, encryption: Encryption | None) -> None:
    storage.put("source", DATA)
    storage.copy("source", "k", encryption=encryption)


WAYS = [put, stream, file, writer, copy]
LIMIT = {"copy.max_size": 50}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_told_of_the_object_only_is_enough(way: Any, tmp_path: Path) -> None:
    storage, recorder = store({"head": AES}, **LIMIT)
    way(storage, tmp_path, SseS3())
    assert recorder.operations[-2:] == ["complete_upload", "head"]
    assert storage.get("k").read() == DATA


def test_the_result_says_how_the_object_is_encrypted() -> None:
    storage, _ = store({"head": AES})
    assert storage.put("k", DATA, encryption=SseS3()).encryption == AES


def test_what_the_completion_tells_is_not_asked_again() -> None:
    storage, recorder = store({"complete_upload": AES})
    storage.put("k", DATA, encryption=SseS3())
    assert "head" not in recorder.operations


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("told", [{}, {"head": KMS}, {"complete_upload": KMS}])
def test_an_object_that_is_not_encrypted_is_there_and_an_error(
    way: Any, told: dict[str, EncryptionInfo], tmp_path: Path
) -> None:
    storage, _ = store(told, **LIMIT)
    with pytest.raises(errors.RequestIgnored) as caught:
        way(storage, tmp_path, SseS3())
    assert caught.value.key == "k"
    assert "is there, and not encrypted as asked" in str(caught.value.hint)
    assert storage.exists("k")
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("early", ["create_upload", "part"])
def test_where_it_is_told_early_that_it_will_not_be_nothing_is_written(way: Any, early: str, tmp_path: Path) -> None:
    told = ["create_upload"] if early == "create_upload" else ["upload_part", "copy_part"]
    storage, recorder = store(dict.fromkeys(told, KMS), **LIMIT)
    with pytest.raises(errors.RequestIgnored) as caught:
        way(storage, tmp_path, SseKms("own"))
    assert str(caught.value.hint) == "No object was written."
    assert recorder.operations.count("complete_upload") == (1 if way is copy else 0)  # that of the source
    assert recorder.operations[-1] == "abort_upload"
    assert not storage.exists("k")
    assert list(storage.uploads.list()) == []


def test_who_may_not_look_hears_that_it_was_written() -> None:
    storage, _ = store({})
    inner = storage.provider

    class Forbidden(ForwardingProvider):
        def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
            if operation == "head":
                raise errors.AccessDenied("no")
            return call(*args, **kwargs)

    with pytest.raises(errors.AccessDenied) as caught:
        Storage(Forbidden(inner), transfer=SMALL_PARTS).put("k", DATA, encryption=SseS3())
    assert "was written" in str(caught.value.hint)
    assert caught.value.retry is errors.Retry.NEVER
    assert storage.get("k").read() == DATA


class OtherEtags(Telling):
    """ETags of parts and objects look like MD5s and are none, as under keys that are not the store's."""

    def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        result = super().around(operation, call, *args, **kwargs)
        etags = {"upload_part": "0" * 32, "complete_upload": "f" * 32 + "-3"}
        return dataclasses.replace(result, etag=etags[operation]) if operation in etags else result


@pytest.mark.parametrize("told", [{"head": KMS}, {"complete_upload": KMS}])
def test_an_etag_that_is_no_md5_is_no_mismatch_where_the_bucket_encrypts(told: dict[str, EncryptionInfo]) -> None:
    with_other_etags(told, ["CRC32"]).put("k", DATA)


@pytest.mark.parametrize("told", [{}, {"head": AES}])
def test_the_same_etag_is_a_mismatch_where_nothing_tells_of_other_keys(told: dict[str, EncryptionInfo]) -> None:
    with pytest.raises(errors.ChecksumMismatch, match="ETag"):
        with_other_etags(told, ["CRC32"]).put("k", DATA)


def test_a_part_under_other_keys_is_not_proved_by_its_etag_where_no_checksum_is() -> None:
    with_other_etags({"upload_part": KMS, "head": KMS}, []).put("k", DATA)
    with pytest.raises(errors.ChecksumMismatch, match="MD5"):
        with_other_etags({"head": KMS}, []).put("k", DATA)


def with_other_etags(told: dict[str, EncryptionInfo], algorithms: list[str]) -> Storage:
    known: dict[str, Any] = {"checksums.md5_etag": "yes", "checksums.algorithms": algorithms}
    plain, _ = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities=known)
    provider = OtherEtags(Unchecked(plain.provider))
    provider.told = told
    return Storage(provider, transfer=SMALL_PARTS)


class Unchecked(ForwardingProvider):
    """Completes an upload with what its parts' ETags really are."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self._etags: dict[int, str] = {}

    def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        if operation == "complete_upload":
            key, upload_id, parts, options = args
            args = (
                key,
                upload_id,
                [dataclasses.replace(each, etag=self._etags[each.part_number]) for each in parts],
                options,
            )
        result = call(*args, **kwargs)
        if operation == "upload_part":
            self._etags[result.part_number] = result.etag
        return result
