"""Copies inside the store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from holdall import checksums
from holdall.errors import (
    BucketNotFound,
    InvalidRequest,
    ObjectAlreadyExists,
    ObjectNotFound,
    PreconditionFailed,
)
from holdall.models import ChecksumAlgorithm, CopySource
from holdall.options import (
    COMPLETE,
    COPY,
    CREATE_BUCKET,
    GET,
    HEAD,
    LIST,
    PART,
    PUT,
    CopyOptions,
    CreateUploadOptions,
    HeadOptions,
    PutOptions,
)

if TYPE_CHECKING:
    from holdall_memory.provider import MemoryProvider

SOURCE = CopySource("source")
SHA256, CRC32 = ChecksumAlgorithm.SHA256, ChecksumAlgorithm.CRC32


@pytest.fixture
def etag(provider: MemoryProvider) -> str:
    options = PutOptions(
        content_type="text/csv",
        cache_control="no-store",
        metadata={"a": "1"},
        tags={"t": "1"},
        storage_class="STANDARD_IA",
        checksum_algorithm=SHA256,
    )
    made = provider.put("source", b"data", options).etag
    assert made is not None
    return made


@pytest.mark.usefixtures("etag")
def test_everything_comes_along(provider: MemoryProvider) -> None:
    result = provider.copy(SOURCE, "copy", COPY)
    info = provider.head("copy", HeadOptions(checksums=True))
    assert provider.get("copy", GET).read() == b"data"
    assert (info.content_type, info.cache_control, info.metadata) == ("text/csv", "no-store", {"a": "1"})
    assert (info.storage_class, provider.get_tags("copy", None)) == ("STANDARD_IA", {"t": "1"})
    assert info.checksums == result.checksums == (checksums.checksum(SHA256, b"data"),)
    assert (result.etag, result.last_modified) == (info.etag, info.last_modified)
    assert (result.version_id, result.source_version_id) == (None, None)


@pytest.mark.usefixtures("etag")
def test_what_is_said_is_replaced_as_a_whole(provider: MemoryProvider) -> None:
    provider.copy(SOURCE, "copy", CopyOptions(replace_metadata=True, content_type="text/plain", metadata={"b": "2"}))
    info = provider.head("copy", HEAD)
    assert (info.content_type, info.cache_control, info.metadata) == ("text/plain", None, {"b": "2"})
    assert (info.storage_class, info.tag_count) == ("STANDARD_IA", 1)
    provider.copy(SOURCE, "copy", CopyOptions(replace_tags=True, tags={"n": "1", "m": "2"}, storage_class="GLACIER"))
    info = provider.head("copy", HEAD)
    assert (info.metadata, info.storage_class, info.tag_count) == ({"a": "1"}, "GLACIER", 2)
    provider.copy(SOURCE, "copy", CopyOptions(checksum_algorithm=CRC32))
    assert provider.head("copy", HeadOptions(checksums=True)).checksums == (checksums.checksum(CRC32, b"data"),)


@pytest.mark.parametrize(
    "options",
    [CopyOptions(content_type="text/plain"), CopyOptions(metadata={"b": "2"}), CopyOptions(tags={"t": "2"})],
)
@pytest.mark.usefixtures("etag")
def test_what_would_be_dropped_is_refused(provider: MemoryProvider, options: CopyOptions) -> None:
    with pytest.raises(InvalidRequest, match="keeps those of the source") as caught:
        provider.copy(SOURCE, "copy", options)
    assert "replace_" in str(caught.value.hint)
    assert [entry.key for entry in provider.list_page(LIST).entries] == ["source"]


@pytest.mark.usefixtures("etag")
def test_an_object_is_copied_onto_itself(provider: MemoryProvider) -> None:
    provider.copy(SOURCE, "source", CopyOptions(replace_metadata=True, metadata={"new": "1"}))
    assert provider.head("source", HEAD).metadata == {"new": "1"}
    assert provider.get("source", GET).read() == b"data"


def test_a_copy_of_parts_is_one_object(provider: MemoryProvider) -> None:
    upload_id = provider.create_upload("source", CreateUploadOptions(checksum_algorithm=SHA256)).upload_id
    parts = [provider.upload_part("source", upload_id, number, b"data", PART) for number in (1, 2)]
    provider.complete_upload("source", upload_id, parts, COMPLETE)
    provider.copy(SOURCE, "copy", COPY)
    info = provider.head("copy", HeadOptions(checksums=True, part_number=1))
    assert (info.parts_count, info.checksums) == (None, (checksums.checksum(SHA256, b"datadata"),))
    assert info.etag != provider.head("source", HEAD).etag


@pytest.mark.usefixtures("etag")
def test_across_buckets(provider: MemoryProvider) -> None:
    with pytest.raises(BucketNotFound):
        provider.copy(CopySource("source", bucket="other"), "copy", COPY)
    provider.create_bucket("other", CREATE_BUCKET)
    provider.bind("other").copy(CopySource("source", bucket="memory"), "copy", COPY)
    assert provider.bind("other").get("copy", GET).read() == b"data"
    with pytest.raises(ObjectNotFound) as missing:
        provider.copy(CopySource("source", bucket="other"), "copy", COPY)
    assert (missing.value.key, missing.value.bucket) == ("source", "other")  # the source, not the copy


def test_conditions_on_the_source(provider: MemoryProvider, etag: str) -> None:
    modified = provider.head("source", HEAD).last_modified
    assert modified is not None
    earlier, later = modified - timedelta(seconds=1), modified + timedelta(seconds=1)
    for fails in (
        CopyOptions(source_if_match="other"),
        CopyOptions(source_if_none_match=etag),
        CopyOptions(source_if_modified_since=later),
        CopyOptions(source_if_unmodified_since=earlier),
    ):
        with pytest.raises(PreconditionFailed):
            provider.copy(SOURCE, "copy", fails)
    assert [entry.key for entry in provider.list_page(LIST).entries] == ["source"]
    for holds in (
        CopyOptions(source_if_match=etag, source_if_unmodified_since=earlier),
        CopyOptions(source_if_none_match="other", source_if_modified_since=later),
        CopyOptions(source_if_modified_since=earlier),
        CopyOptions(source_if_unmodified_since=later),
    ):
        provider.copy(SOURCE, "copy", holds)


def test_conditions_on_the_destination(provider: MemoryProvider, etag: str) -> None:
    with pytest.raises(ObjectNotFound):
        provider.copy(SOURCE, "copy", CopyOptions(if_match="*"))
    there = provider.put("copy", b"there", PUT).etag
    with pytest.raises(ObjectAlreadyExists):
        provider.copy(SOURCE, "copy", CopyOptions(if_absent=True))
    with pytest.raises(PreconditionFailed):
        provider.copy(SOURCE, "copy", CopyOptions(if_match=etag))
    assert provider.get("copy", GET).read() == b"there"
    provider.copy(SOURCE, "copy", CopyOptions(if_match=there))
    provider.copy(SOURCE, "new", CopyOptions(if_absent=True))
    assert provider.get("copy", GET).read() == provider.get("new", GET).read() == b"data"
