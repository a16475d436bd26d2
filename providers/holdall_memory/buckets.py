"""The account's buckets."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from holdall.errors import (
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    InvalidBucketName,
    OptionNotSupported,
    UnsupportedOperation,
)
from holdall.models import BucketInfo, BucketPage, Versioning
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_memory.bucket import Bucket

if TYPE_CHECKING:
    from holdall.options import CreateBucketOptions
    from holdall_memory.account import Account


def ensure(account: Account, name: str, *, versioning: bool) -> None:
    """Makes a bucket unless it is there. Takes the account's lock; all other functions here want it held.

    Args:
        account: Where.
        name: The bucket.
        versioning: A new bucket, or one that was never versioned, keeps versions from now on.
    """
    with account.lock:
        bucket = account.buckets.setdefault(name, Bucket(name, Versioning.OFF))
        if versioning and bucket.versioning is Versioning.OFF:
            bucket.set_versioning(Versioning.ENABLED)


def create(account: Account, name: str, options: CreateBucketOptions, *, versioning: bool) -> BucketInfo:
    """Makes a bucket.

    Raises:
        InvalidBucketName: Empty, or with a slash, which would cut it in two in a location.
        OptionNotSupported: A region.
        UnsupportedOperation: Object lock.
        BucketAlreadyOwnedByYou: The name is taken.
    """
    if not name or "/" in name:
        raise InvalidBucketName(f"{name!r} can't be a bucket's name: it is empty or has a slash in it")
    if options.region is not None:
        raise OptionNotSupported("memory has no regions", hint="Leave 'region' out for this store.")
    if options.object_lock:
        raise UnsupportedOperation("the memory provider has no object lock")
    if name in account.buckets:
        raise BucketAlreadyOwnedByYou("there is a bucket of that name already", bucket=name)
    bucket = Bucket(name, Versioning.ENABLED if versioning else Versioning.OFF)
    account.buckets[name] = bucket
    return described(bucket)


def delete(account: Account, name: str) -> None:
    """Removes an empty bucket; its unfinished uploads go with it.

    Raises:
        BucketNotFound: It is not there.
        BucketNotEmpty: It has objects, versions or delete markers.
    """
    bucket = account.bucket(name)
    if bucket.known:
        hidden = "" if bucket.visible else "; all it has are older versions or delete markers"
        raise BucketNotEmpty(f"the bucket is not empty{hidden}", bucket=name)
    del account.buckets[name]


def described(bucket: Bucket) -> BucketInfo:
    """A bucket as callers see it."""
    return BucketInfo(name=bucket.name, created=bucket.created)


def list_page(account: Account, token: str | None, limit: int | None) -> BucketPage:
    """One page of the buckets, by name."""
    size = page_size(limit)
    names = sorted(account.buckets)
    start = 0 if token is None else bisect.bisect_right(names, str(read_token(token, str)[0]))
    page = names[start : start + size]
    return BucketPage(
        buckets=tuple(described(account.buckets[name]) for name in page),
        next_token=write_token(page[-1]) if start + size < len(names) else None,
    )
