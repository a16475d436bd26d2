"""Buckets of the account."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, cast

import pytest

from holdall import options as opt
from holdall.errors import BucketAlreadyExists, BucketNotEmpty, BucketNotFound
from holdall.testing.base import Suite, needs
from holdall.testing.calls import delete, keys, put, read

if TYPE_CHECKING:
    from holdall import groups
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness


def account_of(provider: StorageProvider) -> groups.Buckets:
    """The provider, as the group."""
    return cast("groups.Buckets", provider)


def new_name() -> str:
    """A bucket name that nobody has and every store takes."""
    return f"conformance-{uuid.uuid4().hex}"


def bucket_names(provider: StorageProvider, limit: int | None = None) -> list[str]:
    """All buckets of the account."""
    found: list[str] = []
    token = None
    while True:
        page = account_of(provider).list_buckets(token, limit)
        assert limit is None or len(page.buckets) <= limit
        found += [bucket.name for bucket in page.buckets]
        token = page.next_token
        if token is None:
            return found


class BucketsSuite(Suite):
    """Buckets come and go, and only empty ones go."""

    @needs("buckets.create", "buckets.delete", "buckets.head")
    def test_a_bucket_comes_and_goes(self, provider: StorageProvider, harness: Harness) -> None:
        account, name = account_of(provider), new_name()
        with pytest.raises(BucketNotFound):
            account.head_bucket(name)
        assert account.create_bucket(name, opt.CREATE_BUCKET).name == name
        assert account.head_bucket(name).name == name
        account.delete_bucket(name)
        with pytest.raises(BucketNotFound):
            account.head_bucket(name)
        with pytest.raises(BucketNotFound):
            account.delete_bucket(name)

    @needs("buckets.create", "buckets.delete")
    def test_another_bucket_is_another_world(self, provider: StorageProvider, harness: Harness) -> None:
        account, name = account_of(provider), new_name()
        account.create_bucket(name, opt.CREATE_BUCKET)
        other = cast("StorageProvider", account.bind(name))
        assert other.info.bucket == name
        put(provider, "key", b"here")
        assert keys(other) == []
        put(other, "key", b"there")
        assert (read(provider, "key"), read(other, "key")) == (b"here", b"there")
        delete(other, "key")
        account.delete_bucket(name)
        assert read(provider, "key") == b"here"

    @needs("buckets.create", "buckets.delete")
    def test_a_bucket_that_is_not_empty_stays(self, provider: StorageProvider, harness: Harness) -> None:
        account, name = account_of(provider), new_name()
        account.create_bucket(name, opt.CREATE_BUCKET)
        other = cast("StorageProvider", account.bind(name))
        put(other, "key", b"data")
        with pytest.raises(BucketNotEmpty):
            account.delete_bucket(name)
        assert read(other, "key") == b"data"
        delete(other, "key")
        account.delete_bucket(name)

    @needs("buckets.create", "buckets.delete")
    def test_a_name_is_taken_once(self, provider: StorageProvider, harness: Harness) -> None:
        account, name = account_of(provider), new_name()
        account.create_bucket(name, opt.CREATE_BUCKET)
        put(cast("StorageProvider", account.bind(name)), "key", b"data")
        with pytest.raises(BucketAlreadyExists):
            account.create_bucket(name, opt.CREATE_BUCKET)
        other = cast("StorageProvider", account.bind(name))
        assert read(other, "key") == b"data"
        delete(other, "key")
        account.delete_bucket(name)

    @needs("buckets.list", "buckets.create", "buckets.delete")
    def test_buckets_are_listed_by_name(self, provider: StorageProvider, harness: Harness) -> None:
        account = account_of(provider)
        made = sorted(new_name() for _ in range(3))
        for name in reversed(made):
            account.create_bucket(name, opt.CREATE_BUCKET)
        try:
            for limit in (None, 1):
                assert [name for name in bucket_names(provider, limit) if name in made] == made
            assert provider.info.bucket in bucket_names(provider)
        finally:
            for name in made:
                account.delete_bucket(name)
        assert not set(made) & set(bucket_names(provider))

    @needs("buckets.location")
    def test_the_location_of_a_bucket(self, provider: StorageProvider, harness: Harness) -> None:
        bucket = provider.info.bucket
        assert bucket is not None
        location = account_of(provider).bucket_location(bucket)
        assert location is None or location
        with pytest.raises(BucketNotFound):
            account_of(provider).bucket_location(new_name())
