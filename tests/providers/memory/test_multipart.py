"""Multipart uploads."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pytest

from holdall import checksums
from holdall.errors import (
    ChecksumMismatch,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    ObjectAlreadyExists,
    ObjectNotFound,
    OptionNotSupported,
    PartTooSmall,
    PreconditionFailed,
    RangeNotSatisfiable,
    TooManyParts,
    UploadNotFound,
    VersionNotFound,
)
from holdall.models import ByteRange, ChecksumAlgorithm, CopySource
from holdall.options import (
    COMPLETE,
    CREATE_BUCKET,
    CREATE_UPLOAD,
    GET,
    HEAD,
    LIST,
    PART,
    PUT,
    CompleteOptions,
    CreateUploadOptions,
    GetOptions,
    HeadOptions,
    PartOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.models import PartInfo
    from holdall_memory.provider import MemoryProvider

CRC32, CRC64, SHA256 = ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC64NVME, ChecksumAlgorithm.SHA256


def begin(provider: MemoryProvider, options: CreateUploadOptions = CREATE_UPLOAD) -> str:
    return provider.create_upload("key", options).upload_id


def upload(provider: MemoryProvider, upload_id: str, *bodies: bytes) -> list[PartInfo]:
    return [provider.upload_part("key", upload_id, number, body, PART) for number, body in enumerate(bodies, 1)]


def test_parts_make_an_object(provider: MemoryProvider) -> None:
    options = CreateUploadOptions(
        content_type="text/csv", metadata={"a": "1"}, tags={"t": "1"}, storage_class="STANDARD_IA"
    )
    upload_id = begin(provider, options)
    parts = upload(provider, upload_id, b"first", b"second")
    assert provider.list_page(LIST).entries == ()
    with pytest.raises(ObjectNotFound):
        provider.head("key", HEAD)
    result = provider.complete_upload("key", upload_id, parts, CompleteOptions(size=11))
    digests = b"".join(hashlib.md5(body).digest() for body in (b"first", b"second"))  # noqa: S324
    assert result.etag == hashlib.md5(digests).hexdigest() + "-2"  # noqa: S324
    assert (result.size, result.checksums) == (11, ())
    info = provider.head("key", HeadOptions(part_number=2))
    assert (info.content_type, info.metadata, info.tag_count) == ("text/csv", {"a": "1"}, 1)
    assert (info.storage_class, info.size, info.etag, info.parts_count) == ("STANDARD_IA", 11, result.etag, 2)
    assert provider.get("key", GET).read() == b"firstsecond"
    second = provider.get("key", GetOptions(part_number=2))
    assert (second.start, second.read()) == (5, b"second")
    with pytest.raises(RangeNotSatisfiable):
        provider.get("key", GetOptions(part_number=3))


def test_a_part_sent_again_takes_the_place_of_the_first(provider: MemoryProvider) -> None:
    upload_id = begin(provider)
    (stale,) = upload(provider, upload_id, b"stale")
    fresh = upload(provider, upload_id, b"fresh")
    with pytest.raises(InvalidPart, match="replaced"):
        provider.complete_upload("key", upload_id, [stale], COMPLETE)
    provider.complete_upload("key", upload_id, fresh, COMPLETE)
    assert provider.get("key", GET).read() == b"fresh"


def test_parts_that_are_not_named_are_dropped(provider: MemoryProvider) -> None:
    upload_id = begin(provider)
    parts = upload(provider, upload_id, b"1", b"2", b"3")
    provider.complete_upload("key", upload_id, parts[::2], COMPLETE)
    assert provider.get("key", GET).read() == b"13"


def test_what_a_caller_changes_later_changes_no_part(provider: MemoryProvider) -> None:
    upload_id, body = begin(provider), bytearray(b"data")
    part = provider.upload_part("key", upload_id, 1, body, PART)
    body[:] = b"lost"
    provider.complete_upload("key", upload_id, [part], COMPLETE)
    assert provider.get("key", GET).read() == b"data"


def test_parts_that_make_no_object(open_store: Callable[..., MemoryProvider]) -> None:
    provider = open_store(min_part_size=3)
    upload_id = begin(provider)
    one, two, three = upload(provider, upload_id, b"one", b"2", b"3")
    unknown = dataclasses.replace(one, part_number=4)
    for parts, error in (
        ([], InvalidPart),
        ([unknown], InvalidPart),
        ([dataclasses.replace(one, etag="other")], InvalidPart),
        ([two, one], InvalidPartOrder),
        ([one, one], InvalidPartOrder),
        ([one, two, three], PartTooSmall),
    ):
        with pytest.raises(error):
            provider.complete_upload("key", upload_id, parts, COMPLETE)
    with pytest.raises(InvalidRequest, match="make 4 bytes, announced were 5"):
        provider.complete_upload("key", upload_id, [one, two], CompleteOptions(size=5))
    assert provider.list_page(LIST).entries == ()
    provider.complete_upload("key", upload_id, [one, two], COMPLETE)  # the upload is still there; the last may be small


@pytest.mark.parametrize(("number", "error"), [(0, InvalidRequest), (-1, InvalidRequest), (10_001, TooManyParts)])
def test_part_numbers(provider: MemoryProvider, number: int, error: type[Exception]) -> None:
    upload_id = begin(provider)
    provider.put("source", b"data", PUT)
    with pytest.raises(error):
        provider.upload_part("key", upload_id, number, b"", PART)
    with pytest.raises(error):
        provider.copy_part("key", upload_id, number, CopySource("source"), None, PART)
    provider.upload_part("key", upload_id, 10_000, b"", PART)


def test_uploads_that_are_not_there(provider: MemoryProvider) -> None:
    completed, aborted, other = begin(provider), begin(provider), begin(provider)
    parts = upload(provider, completed, b"data")
    provider.complete_upload("key", completed, parts, COMPLETE)
    provider.abort_upload("key", aborted)
    provider.abort_upload("key", aborted)
    provider.abort_upload("another key", other)
    assert [known.upload_id for known in provider.list_uploads("", None, None).uploads] == [other]
    for key, upload_id in (("key", completed), ("key", aborted), ("another key", other), ("key", "unknown")):
        for call in (
            lambda key=key, upload_id=upload_id: provider.upload_part(key, upload_id, 1, b"", PART),
            lambda key=key, upload_id=upload_id: provider.copy_part(key, upload_id, 1, CopySource("key"), None, PART),
            lambda key=key, upload_id=upload_id: provider.complete_upload(key, upload_id, parts, COMPLETE),
            lambda key=key, upload_id=upload_id: provider.list_parts(key, upload_id, 0, None),
        ):
            with pytest.raises(UploadNotFound):
                call()


def test_conditions_of_completion(provider: MemoryProvider) -> None:
    upload_id = begin(provider)
    parts = upload(provider, upload_id, b"data")
    with pytest.raises(ObjectNotFound):
        provider.complete_upload("key", upload_id, parts, CompleteOptions(if_match="*"))
    etag = provider.put("key", b"there", PUT).etag
    with pytest.raises(ObjectAlreadyExists):
        provider.complete_upload("key", upload_id, parts, CompleteOptions(if_absent=True))
    with pytest.raises(PreconditionFailed):
        provider.complete_upload("key", upload_id, parts, CompleteOptions(if_match="other"))
    assert provider.get("key", GET).read() == b"there"
    provider.complete_upload("key", upload_id, parts, CompleteOptions(if_match=etag))
    assert provider.get("key", GET).read() == b"data"


def test_pages_of_parts(provider: MemoryProvider) -> None:
    upload_id = begin(provider, CreateUploadOptions(storage_class="GLACIER", checksum_algorithm=SHA256))
    for number in (5, 1, 3):
        provider.upload_part("key", upload_id, number, b"x" * number, PART)
    first = provider.list_parts("key", upload_id, 0, 2)
    assert [(part.part_number, part.size) for part in first.parts] == [(1, 1), (3, 3)]
    assert (first.next_marker, first.storage_class, first.checksum_algorithm) == (3, "GLACIER", SHA256)
    second = provider.list_parts("key", upload_id, 3, 2)
    assert [part.part_number for part in second.parts] == [5]
    assert second.next_marker is None
    assert first.parts[0].last_modified is not None


def test_parts_by_copy(provider: MemoryProvider) -> None:
    etag = provider.put("source", b"0123456789", PUT).etag
    provider.create_bucket("other", CREATE_BUCKET)
    provider.bind("other").put("elsewhere", b"abc", PUT)
    upload_id = begin(provider)
    options = PartOptions(source_if_match=etag)
    parts = [
        provider.copy_part("key", upload_id, 1, CopySource("source"), ByteRange(2, 5), options),
        provider.copy_part("key", upload_id, 2, CopySource("elsewhere", bucket="other"), None, PART),
    ]
    assert [(part.part_number, part.size) for part in parts] == [(1, 3), (2, 3)]
    provider.complete_upload("key", upload_id, parts, COMPLETE)
    assert provider.get("key", GET).read() == b"234abc"


def test_parts_by_copy_that_fail(provider: MemoryProvider) -> None:
    provider.put("source", b"0123456789", PUT)
    upload_id = begin(provider)
    for source, wanted, options, error in (
        (CopySource("missing"), None, PART, ObjectNotFound),
        (CopySource("source", version_id="other"), None, PART, VersionNotFound),
        (CopySource("source"), ByteRange(10), PART, RangeNotSatisfiable),
        (CopySource("source"), None, PartOptions(source_if_match="other"), PreconditionFailed),
        (CopySource("source"), None, PartOptions(content_md5=md5(b"other")), ChecksumMismatch),
    ):
        with pytest.raises(error):
            provider.copy_part("key", upload_id, 1, source, wanted, options)
    assert provider.list_parts("key", upload_id, 0, None).parts == ()


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()  # noqa: S324


def test_parts_are_verified(provider: MemoryProvider) -> None:
    upload_id = begin(provider)
    with pytest.raises(ChecksumMismatch):
        provider.upload_part("key", upload_id, 1, b"data", PartOptions(content_md5=md5(b"other")))
    wrong = checksums.checksum(SHA256, b"other")
    with pytest.raises(ChecksumMismatch):
        provider.upload_part("key", upload_id, 1, b"data", PartOptions(checksum=wrong))
    with pytest.raises(OptionNotSupported):
        provider.upload_part("key", upload_id, 1, b"data", PartOptions(source_if_match="*"))
    assert provider.list_parts("key", upload_id, 0, None).parts == ()
    right = checksums.checksum(SHA256, b"data")
    part = provider.upload_part("key", upload_id, 1, b"data", PartOptions(checksum=right, content_md5=md5(b"data")))
    assert part.checksums == (right,)


def test_the_algorithm_of_the_upload_holds_for_its_parts(provider: MemoryProvider) -> None:
    upload_id = begin(provider, CreateUploadOptions(checksum_algorithm=CRC32))
    with pytest.raises(InvalidRequest, match="begun with CRC32"):
        provider.upload_part("key", upload_id, 1, b"data", PartOptions(checksum_algorithm=SHA256))
    part = provider.upload_part("key", upload_id, 1, b"data", PART)
    assert part.checksums == (checksums.checksum(CRC32, b"data"),)
    forged = dataclasses.replace(part, checksums=(checksums.checksum(CRC32, b"other"),))
    with pytest.raises(InvalidPart):
        provider.complete_upload("key", upload_id, [forged], COMPLETE)


@pytest.mark.parametrize(
    ("algorithm", "wanted", "is_composite"),
    [
        (CRC32, False, False),
        (SHA256, None, True),
        (CRC64, None, False),
    ],
)
def test_the_objects_checksum(
    provider: MemoryProvider, algorithm: ChecksumAlgorithm, *, wanted: bool | None, is_composite: bool
) -> None:
    begun = provider.create_upload("key", CreateUploadOptions(checksum_algorithm=algorithm, checksum_composite=wanted))
    assert (begun.checksum_algorithm, begun.checksum_composite) == (algorithm, is_composite)
    parts = upload(provider, begun.upload_id, b"first", b"second")
    whole = checksums.checksum(algorithm, b"firstsecond")
    composite = checksums.composite(algorithm, (checksums.checksum(algorithm, body) for body in (b"first", b"second")))
    right, of_other_kind = (composite, whole) if is_composite else (whole, composite)
    other = checksums.checksum(algorithm, b"secondfirst")
    wrong = checksums.composite(algorithm, [other, other]) if is_composite else other
    for given, error in ((wrong, ChecksumMismatch), (of_other_kind, InvalidRequest)):
        with pytest.raises(error):
            provider.complete_upload("key", begun.upload_id, parts, CompleteOptions(checksum=given))
    result = provider.complete_upload("key", begun.upload_id, parts, CompleteOptions(checksum=right))
    assert result.checksums == (right,)
    assert provider.head("key", HeadOptions(checksums=True)).checksums == (right,)


def test_checksums_that_no_upload_can_have(provider: MemoryProvider) -> None:
    for options in (
        CreateUploadOptions(checksum_algorithm=CRC64, checksum_composite=True),
        CreateUploadOptions(checksum_algorithm=SHA256, checksum_composite=False),
        CreateUploadOptions(checksum_composite=True),
    ):
        with pytest.raises(InvalidRequest):
            begin(provider, options)
    assert provider.list_uploads("", None, None).uploads == ()
    upload_id = begin(provider)
    parts = upload(provider, upload_id, b"data")
    given = checksums.checksum(SHA256, b"data")
    with pytest.raises(InvalidRequest, match="without a checksum algorithm"):
        provider.complete_upload("key", upload_id, parts, CompleteOptions(checksum=given))
