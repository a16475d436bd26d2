"""Objects: what is kept, what is told, what is refused."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from holdall import checksums
from holdall.errors import (
    ChecksumMismatch,
    IncompleteBody,
    InvalidMetadata,
    InvalidRequest,
    InvalidTags,
    NotModified,
    ObjectAlreadyExists,
    ObjectNotFound,
    OptionNotSupported,
    PreconditionFailed,
    RangeNotSatisfiable,
    StorageError,
    UnsupportedOperation,
)
from holdall.models import ByteRange, Checksum, ChecksumAlgorithm, CopySource, ObjectRef, SseC, SseS3
from holdall.options import (
    DELETE,
    GET,
    HEAD,
    LIST,
    PUT,
    BackendOptions,
    CompleteOptions,
    CopyOptions,
    CreateBucketOptions,
    CreateUploadOptions,
    DeleteOptions,
    GetOptions,
    HeadOptions,
    ListOptions,
    PartOptions,
    PutOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_memory.provider import MemoryProvider

EXPIRES = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
DESCRIBED = PutOptions(
    content_type="text/csv",
    content_encoding="gzip",
    content_language="de",
    content_disposition="attachment",
    cache_control="no-store",
    expires=EXPIRES,
    metadata={"owner": "me"},
    tags={"a": "1", "b": "2"},
    storage_class="STANDARD_IA",
    checksum_algorithm=ChecksumAlgorithm.CRC32C,
)


class Reader(io.BytesIO):
    """A body of a known length that gives few bytes at a time."""

    announced: int | None = None

    def __len__(self) -> int:
        return len(self.getvalue()) if self.announced is None else self.announced

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(3, size) if size is not None and size >= 0 else 3)


def test_everything_that_was_said_is_told(provider: MemoryProvider) -> None:
    before = datetime.now(UTC)
    result = provider.put("key", b"data", DESCRIBED)
    checksum = checksums.checksum(ChecksumAlgorithm.CRC32C, b"data")
    assert (result.key, result.size, result.version_id, result.checksums) == ("key", 4, None, (checksum,))
    info = provider.head("key", HeadOptions(checksums=True))
    for name in ("content_type", "content_encoding", "content_language", "content_disposition", "cache_control"):
        assert getattr(info, name) == getattr(DESCRIBED, name)
    assert (info.expires, info.metadata, info.storage_class) == (EXPIRES, {"owner": "me"}, "STANDARD_IA")
    assert (info.tag_count, info.checksums, info.etag, info.version_id) == (2, (checksum,), result.etag, None)
    assert info.last_modified is not None
    assert before <= info.last_modified <= datetime.now(UTC)
    assert info.parts_count is None
    assert provider.head("key", HEAD).checksums == ()
    assert provider.get("key", GetOptions(checksums=True)).info == info


def test_the_next_write_starts_from_nothing(provider: MemoryProvider) -> None:
    provider.put("key", b"data", DESCRIBED)
    provider.put("key", b"next", PUT)
    info = provider.head("key", HeadOptions(checksums=True))
    assert (info.content_type, info.metadata, info.tag_count, info.storage_class) == (None, {}, 0, "STANDARD")
    assert (info.expires, info.checksums) == (None, ())


def test_what_the_caller_changes_later_changes_no_object(provider: MemoryProvider) -> None:
    body, metadata, tags = bytearray(b"data"), {"a": "1"}, {"t": "1"}
    provider.put("key", body, PutOptions(metadata=metadata, tags=tags))
    body[:] = b"lost"
    metadata["a"] = tags["t"] = "lost"
    dict_of_info = provider.head("key", HEAD).metadata
    assert isinstance(dict_of_info, dict)
    dict_of_info["a"] = "lost"
    assert provider.get("key", GET).read() == b"data"
    assert provider.head("key", HEAD).metadata == {"a": "1"}
    assert provider.get_tags("key", None) == {"t": "1"}


def test_readers_are_read_to_their_end_and_no_further(provider: MemoryProvider) -> None:
    provider.put("key", Reader(b"0123456789"), PUT)
    assert provider.get("key", GET).read() == b"0123456789"
    longer = Reader(b"0123456789")
    longer.announced = 5
    provider.put("key", longer, PUT)
    assert provider.get("key", GET).read() == b"01234"


def test_a_reader_that_ends_early_writes_nothing(provider: MemoryProvider) -> None:
    provider.put("key", b"old", PUT)
    short = Reader(b"0123456789")
    short.announced = 11
    with pytest.raises(IncompleteBody, match="1 bytes before its announced 11"):
        provider.put("key", short, PUT)
    assert provider.get("key", GET).read() == b"old"


def test_an_open_stream_stays_with_its_version(provider: MemoryProvider) -> None:
    provider.put("key", b"old bytes", PUT)
    stream = provider.get("key", GET)
    assert stream.read(3) == b"old"
    provider.put("key", b"new", PUT)
    provider.delete("key", DELETE)
    assert stream.read() == b" bytes"


@pytest.mark.parametrize(
    ("wanted", "start", "data"),
    [
        (ByteRange(2, 5), 2, b"234"),
        (ByteRange(7), 7, b"789"),
        (ByteRange(7, 100), 7, b"789"),
        (ByteRange(-3), 7, b"789"),
        (ByteRange(-100), 0, b"0123456789"),
    ],
)
def test_ranges(provider: MemoryProvider, wanted: ByteRange, start: int, data: bytes) -> None:
    provider.put("key", b"0123456789", PUT)
    result = provider.get("key", GetOptions(range=wanted))
    assert (result.start, result.length, result.info.size) == (start, len(data), 10)
    assert result.read() == data
    assert provider.head("key", HeadOptions(range=wanted)).size == 10


@pytest.mark.parametrize("read", ["get", "head"])
def test_ranges_past_the_end(provider: MemoryProvider, read: str) -> None:
    provider.put("key", b"0123456789", PUT)
    provider.put("empty", b"", PUT)
    for key, wanted in (("key", ByteRange(10)), ("empty", ByteRange(0)), ("empty", ByteRange(-1))):
        with pytest.raises(RangeNotSatisfiable):
            getattr(provider, read)(key, GetOptions(range=wanted))
    assert provider.get("empty", GET).read() == b""


def test_a_single_object_is_its_own_only_part(provider: MemoryProvider) -> None:
    provider.put("key", b"data", PUT)
    assert provider.get("key", GetOptions(part_number=1)).read() == b"data"
    with pytest.raises(RangeNotSatisfiable):
        provider.get("key", GetOptions(part_number=2))
    with pytest.raises(InvalidRequest):
        provider.get("key", GetOptions(part_number=1, range=ByteRange(1)))


def test_headers_of_the_answer(provider: MemoryProvider) -> None:
    provider.put("key", b"data", DESCRIBED)
    later = EXPIRES + timedelta(days=1)
    info = provider.get("key", GetOptions(response_content_type="text/plain", response_expires=later)).info
    assert (info.content_type, info.expires, info.cache_control) == ("text/plain", later, "no-store")
    assert provider.head("key", HEAD).content_type == "text/csv"


@pytest.mark.parametrize("read", ["get", "head"])
def test_conditions_of_reads(provider: MemoryProvider, read: str) -> None:
    etag = provider.put("key", b"data", PUT).etag
    modified = provider.head("key", HEAD).last_modified
    assert modified is not None
    earlier, later = modified - timedelta(seconds=1), modified + timedelta(seconds=1)
    call: Callable[..., object] = lambda **given: getattr(provider, read)("key", GetOptions(**given))  # noqa: E731

    for holds in (
        {"if_match": etag},
        {"if_match": "*"},
        {"if_none_match": "other"},
        {"if_modified_since": earlier},
        {"if_unmodified_since": modified},
        # The ETag overrules the date (RFC 9110, 13.2.2).
        {"if_match": etag, "if_unmodified_since": earlier},
        {"if_none_match": "other", "if_modified_since": later},
    ):
        call(**holds)
    for fails in (
        {"if_match": "other"},
        {"if_unmodified_since": earlier},
        {"if_match": "other", "if_unmodified_since": later},
        {"if_match": "other", "if_none_match": etag},  # 412 comes before 304
        {"if_unmodified_since": earlier, "if_none_match": etag},
    ):
        with pytest.raises(PreconditionFailed):
            call(**fails)
    for fails in (
        {"if_none_match": etag},
        {"if_none_match": "*"},
        {"if_modified_since": modified},
        {"if_none_match": etag, "if_modified_since": earlier},
        {"if_match": etag, "if_none_match": etag},
    ):
        with pytest.raises(NotModified):
            call(**fails)
    with pytest.raises(InvalidRequest, match="time zone"):
        call(if_modified_since=datetime(2020, 1, 1))  # noqa: DTZ001


def test_conditions_of_writes(provider: MemoryProvider) -> None:
    with pytest.raises(ObjectNotFound):
        provider.put("key", b"data", PutOptions(if_match="*"))
    etag = provider.put("key", b"data", PutOptions(if_absent=True)).etag
    with pytest.raises(ObjectAlreadyExists):
        provider.put("key", b"lost", PutOptions(if_absent=True))
    with pytest.raises(PreconditionFailed):
        provider.put("key", b"lost", PutOptions(if_match="other"))
    with pytest.raises(InvalidRequest, match="exclude"):
        provider.put("key", b"lost", PutOptions(if_absent=True, if_match=etag))
    assert provider.get("key", GET).read() == b"data"
    provider.put("key", b"next", PutOptions(if_match=etag))
    with pytest.raises(PreconditionFailed):
        provider.delete("key", DeleteOptions(if_match=etag))
    provider.delete("key", DeleteOptions(if_match="*"))
    with pytest.raises(PreconditionFailed):
        provider.delete("key", DeleteOptions(if_match="*"))


@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_a_checksum_that_is_given_is_verified_and_kept(provider: MemoryProvider, algorithm: ChecksumAlgorithm) -> None:
    right, wrong = (checksums.checksum(algorithm, data) for data in (b"data", b"other"))
    provider.put("key", b"data", PutOptions(checksum=right))
    assert provider.head("key", HeadOptions(checksums=True)).checksums == (right,)
    with pytest.raises(ChecksumMismatch):
        provider.put("key", b"data", PutOptions(checksum=wrong))
    for nonsense in ("not base64!", "AAA", base64.b64encode(b"short").decode()):
        with pytest.raises(InvalidRequest):
            provider.put("key", b"data", PutOptions(checksum=Checksum(algorithm, nonsense)))


def test_checksums_that_contradict(provider: MemoryProvider) -> None:
    given = checksums.checksum(ChecksumAlgorithm.SHA1, b"data")
    with pytest.raises(InvalidRequest, match="SHA1 checksum was given where SHA256"):
        provider.put("key", b"data", PutOptions(checksum=given, checksum_algorithm=ChecksumAlgorithm.SHA256))
    with pytest.raises(InvalidRequest, match="composite"):
        provider.put("key", b"data", PutOptions(checksum=dataclasses.replace(given, composite=True)))


def test_content_md5_is_verified(provider: MemoryProvider) -> None:
    right, wrong = (base64.b64encode(hashlib.md5(data).digest()).decode() for data in (b"data", b"other"))  # noqa: S324
    provider.put("key", b"data", PutOptions(content_md5=right))
    with pytest.raises(ChecksumMismatch):
        provider.put("new", b"data", PutOptions(content_md5=wrong))
    with pytest.raises(InvalidRequest):
        provider.put("new", b"data", PutOptions(content_md5="?"))
    with pytest.raises(ObjectNotFound):
        provider.head("new", HEAD)


def test_limits_of_metadata_and_tags(provider: MemoryProvider) -> None:
    provider.put("key", b"", PutOptions(metadata={"a": "x" * 2047}, tags={str(n): "" for n in range(10)}))
    with pytest.raises(InvalidMetadata):
        provider.put("key", b"", PutOptions(metadata={"a": "x" * 2048}))
    with pytest.raises(InvalidTags):
        provider.put("key", b"", PutOptions(tags={str(n): "" for n in range(11)}))
    with pytest.raises(InvalidTags):
        provider.put_tags("key", {"a": "x" * 257}, None)
    assert len(provider.get_tags("key", None)) == 10


class OtherOptions(BackendOptions):
    """Another provider's options."""


KEY = SseC(bytes(32))
REF = (ObjectRef("key"),)


@pytest.mark.parametrize(
    "call",
    [
        lambda p, **b: p.head("key", HeadOptions(**b)),
        lambda p, **b: p.get("key", GetOptions(**b)),
        lambda p, **b: p.put("key", b"lost", PutOptions(**b)),
        lambda p, **b: p.delete("key", DeleteOptions(**b)),
        lambda p, **b: p.list_page(ListOptions(**b)),
        lambda p, **b: p.list_versions_page(ListOptions(**b)),
        lambda p, **b: p.copy(CopySource("key"), "other", CopyOptions(**b)),
        lambda p, **b: p.create_upload("key", CreateUploadOptions(**b)),
        lambda p, **b: p.upload_part("key", "id", 1, b"", PartOptions(**b)),
        lambda p, **b: p.copy_part("key", "id", 1, CopySource("key"), None, PartOptions(**b)),
        lambda p, **b: p.complete_upload("key", "id", (), CompleteOptions(**b)),
        lambda p, **b: p.delete_batch(REF, DeleteOptions(**b)),
        lambda p, **b: p.create_bucket("new", CreateBucketOptions(**b)),
    ],
)
def test_another_providers_options_are_refused(provider: MemoryProvider, call: Callable[..., object]) -> None:
    provider.put("key", b"data", PUT)
    with pytest.raises(OptionNotSupported, match="OtherOptions"):
        call(provider, backend=OtherOptions())
    assert provider.get("key", GET).read() == b"data"
    assert [entry.key for entry in provider.list_page(LIST).entries] == ["key"]
    assert provider.list_uploads("", None, None).uploads == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.put("key", b"lost", PutOptions(encryption=SseS3())),
        lambda p: p.create_upload("key", CreateUploadOptions(encryption=SseS3())),
        lambda p: p.copy(CopySource("key"), "other", CopyOptions(encryption=SseS3())),
        lambda p: p.copy(CopySource("key"), "other", CopyOptions(source_customer_key=KEY)),
        lambda p: p.get("key", GetOptions(customer_key=KEY)),
        lambda p: p.head("key", HeadOptions(customer_key=KEY)),
        lambda p: p.upload_part("key", "id", 1, b"", PartOptions(customer_key=KEY)),
        lambda p: p.complete_upload("key", "id", (), CompleteOptions(customer_key=KEY)),
    ],
)
def test_encryption_is_refused(provider: MemoryProvider, call: Callable[..., object]) -> None:
    provider.put("key", b"data", PUT)
    with pytest.raises(UnsupportedOperation, match="does not encrypt") as caught:
        call(provider)
    assert repr(KEY.key) not in str(caught.value)
    assert [entry.key for entry in provider.list_page(LIST).entries] == ["key"]


def test_batch_delete(provider: MemoryProvider) -> None:
    for key in ("a", "b", "c"):
        provider.put(key, b"", PUT)
    outcomes = provider.delete_batch([ObjectRef("c"), ObjectRef("missing"), ObjectRef("a")], DELETE)
    assert [(outcome.key, outcome.error) for outcome in outcomes] == [("c", None), ("missing", None), ("a", None)]
    assert [entry.key for entry in provider.list_page(LIST).entries] == ["b"]


def test_batch_delete_refuses_what_it_would_not_do(provider: MemoryProvider) -> None:
    provider.put("key", b"", PUT)
    refused: tuple[tuple[list[ObjectRef], DeleteOptions, type[StorageError]], ...] = (
        ([ObjectRef("key")] * 1001, DELETE, InvalidRequest),
        ([ObjectRef("key")], DeleteOptions(if_match="*"), OptionNotSupported),
        ([ObjectRef("key")], DeleteOptions(version_id="null"), OptionNotSupported),
    )
    for refs, options, error in refused:
        with pytest.raises(error):
            provider.delete_batch(refs, options)
    provider.head("key", HEAD)
    provider.delete_batch([ObjectRef("key")] * 1000, DELETE)
