"""Buckets of the account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from holdall.errors import (
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    BucketNotFound,
    InvalidBucketName,
    OptionNotSupported,
    UnsupportedOperation,
)
from holdall.models import BucketInfo, CopySource, NotificationConfig, ObjectRef, Versioning
from holdall.options import (
    COPY,
    CREATE_BUCKET,
    CREATE_UPLOAD,
    DELETE,
    GET,
    HEAD,
    LIST,
    PUT,
    CreateBucketOptions,
    DeleteOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_memory.provider import MemoryProvider


def names(buckets: tuple[BucketInfo, ...]) -> list[str]:
    return [bucket.name for bucket in buckets]


def test_a_bucket_comes_and_goes(provider: MemoryProvider) -> None:
    before = datetime.now(UTC)
    made = provider.create_bucket("new", CREATE_BUCKET)
    assert made == provider.head_bucket("new")
    assert made.name == "new"
    assert made.created is not None
    assert before <= made.created <= datetime.now(UTC)
    assert provider.bucket_location("new") is None
    with pytest.raises(BucketAlreadyOwnedByYou):
        provider.create_bucket("new", CREATE_BUCKET)
    provider.delete_bucket("new")
    for call in (provider.head_bucket, provider.delete_bucket, provider.bucket_location):
        with pytest.raises(BucketNotFound):
            call("new")


def test_buckets_are_apart(provider: MemoryProvider) -> None:
    provider.create_bucket("new", CREATE_BUCKET)
    other = provider.bind("new")
    provider.put("key", b"here", PUT)
    other.put("key", b"there", PUT)
    other.set_versioning(Versioning.ENABLED)
    assert provider.get("key", GET).read() == b"here"
    assert provider.get_versioning() is Versioning.OFF


def test_only_empty_buckets_are_removed(versioned: MemoryProvider) -> None:
    version = versioned.put("key", b"", PUT).version_id
    with pytest.raises(BucketNotEmpty):
        versioned.delete_bucket("memory")
    marker = versioned.delete("key", DELETE).version_id
    with pytest.raises(BucketNotEmpty, match="older versions or delete markers"):
        versioned.delete_bucket("memory")
    for version_id in (version, marker):
        versioned.delete("key", DeleteOptions(version_id=version_id))
    versioned.create_upload("key", CREATE_UPLOAD)
    versioned.delete_bucket("memory")
    assert versioned.list_buckets(None, None).buckets == ()


def test_pages_of_buckets(open_store: Callable[..., MemoryProvider]) -> None:
    provider = open_store(bucket=None)
    for name in ("c", "a", "b"):
        provider.create_bucket(name, CREATE_BUCKET)
    first = provider.list_buckets(None, 2)
    assert names(first.buckets) == ["a", "b"]
    second = provider.list_buckets(first.next_token, 2)
    assert (names(second.buckets), second.next_token) == (["c"], None)


@pytest.mark.parametrize("name", ["", "a/b", "/"])
def test_names_that_no_location_could_say(provider: MemoryProvider, name: str) -> None:
    with pytest.raises(InvalidBucketName):
        provider.create_bucket(name, CREATE_BUCKET)


def test_what_memory_has_not(provider: MemoryProvider) -> None:
    with pytest.raises(OptionNotSupported):
        provider.create_bucket("new", CreateBucketOptions(region="eu-west-1"))
    with pytest.raises(UnsupportedOperation):
        provider.create_bucket("new", CreateBucketOptions(object_lock=True))
    assert names(provider.list_buckets(None, None).buckets) == ["memory"]


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.head("key", HEAD),
        lambda p: p.get("key", GET),
        lambda p: p.put("key", b"", PUT),
        lambda p: p.delete("key", DELETE),
        lambda p: p.delete_batch([ObjectRef("key")], DELETE),
        lambda p: p.list_page(LIST),
        lambda p: p.list_versions_page(LIST),
        lambda p: p.copy(CopySource("key", bucket="memory"), "key", COPY),
        lambda p: p.create_upload("key", CREATE_UPLOAD),
        lambda p: p.list_uploads("", None, None),
        lambda p: p.abort_upload("key", "id"),
        lambda p: p.get_tags("key", None),
        lambda p: p.get_versioning(),
        lambda p: p.set_versioning(Versioning.ENABLED),
        lambda p: p.set_notifications(NotificationConfig()),
    ],
)
def test_in_a_bucket_that_is_not_there(provider: MemoryProvider, call: Callable[..., object]) -> None:
    with pytest.raises(BucketNotFound) as caught:
        call(provider.bind("missing"))
    assert caught.value.bucket == "missing"
