"""Buckets: the folders inside a root. Functions of the root's path."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from holdall.errors import (
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    BucketNotFound,
    InvalidBucketName,
    OptionNotSupported,
    UnsupportedOperation,
)
from holdall.models import BucketInfo, BucketPage
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_local.disk import is_folder
from holdall_local.names import STATE

if TYPE_CHECKING:
    from holdall.options import CreateBucketOptions
    from holdall_local.disk import Disk
    from holdall_local.kind import LocalSettings


def account(settings: LocalSettings) -> str:
    """The folder that holds the buckets.

    Raises:
        UnsupportedOperation: The store is one bucket and nothing else.
    """
    if settings.bucket is None:
        raise UnsupportedOperation(
            f"the folder {settings.root} is one bucket and holds no others",
            hint="Name a 'bucket' in the store's settings: then the folders inside the root are buckets.",
        )
    return str(settings.root)


def bucket_name(settings: LocalSettings, bucket: str | None = None) -> str:
    """What a bucket is called in messages: where the root is the bucket, by the root's own name."""
    return bucket or settings.root.name or str(settings.root)


def check_name(name: str) -> None:
    """Checks that a name can be a folder that is not hidden.

    Raises:
        InvalidBucketName: It can't.
    """
    if not name or name.startswith(".") or "/" in name or "\0" in name or len(name.encode()) > 255:  # noqa: PLR2004
        raise InvalidBucketName(
            f"{name!r} can't be the name of a bucket's folder", hint="Use letters, digits, '-' and '.' inside."
        )


def create(root: str, name: str, options: CreateBucketOptions, disk: Disk) -> BucketInfo:
    """Makes a bucket.

    Raises:
        BucketAlreadyOwnedByYou: There is one of that name.
        OptionNotSupported: A region, object lock or another provider's options are asked for.
    """
    check_name(name)
    if options.region is not None or options.object_lock or options.backend is not None:
        raise OptionNotSupported("a folder has no region, no object lock and no further options", bucket=name)
    try:
        os.mkdir(os.path.join(root, name))
    except FileExistsError as error:
        raise BucketAlreadyOwnedByYou("there is a folder of that name", bucket=name) from error
    disk.sync_folder(root)
    return BucketInfo(name=name)


def head(root: str, name: str) -> BucketInfo:
    """Whether a bucket is there.

    Raises:
        BucketNotFound: It is not.
    """
    check_name(name)
    path = os.path.join(root, name)
    if os.path.islink(path) or not is_folder(path):
        raise BucketNotFound(f"there is no folder {path}", bucket=name)
    return BucketInfo(name=name)


def delete(root: str, name: str) -> None:
    """Removes an empty bucket. Unfinished uploads go with it.

    The folder is taken out of sight first, so that nobody writes into it while it is being looked through.

    Raises:
        BucketNotEmpty: There are files in it, be they objects or not, or old versions.
        BucketNotFound: It is not there.
    """
    head(root, name)
    path = os.path.join(root, name)
    _check_empty(path, name)
    hidden = os.path.join(root, f"{STATE}-deleted-{secrets.token_hex(8)}")
    os.rename(path, hidden)
    try:
        _check_empty(hidden, name)
    except BucketNotEmpty:
        os.rename(hidden, path)
        raise
    shutil.rmtree(hidden)


def _check_empty(path: str, name: str) -> None:
    folders = [path, os.path.join(path, STATE, "versions")]
    while folders:
        folder = folders.pop()
        with suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    raise BucketNotEmpty("there are objects, old versions or other files in the bucket", bucket=name)
                if folder != path or entry.name != STATE:
                    folders.append(entry.path)


def list_page(root: str, token: str | None, limit: int | None, to_be: str | None = None) -> BucketPage:
    """One page of the buckets, by name.

    Args:
        root: The folder that holds them.
        token: Where the page begins.
        limit: Most buckets on the page.
        to_be: A bucket whose folder the first write will make.
    """
    size = page_size(limit)
    after = str(read_token(token, str)[0]) if token is not None else ""
    found = set() if to_be is None else {to_be}
    if is_folder(root):  # else the first bucket makes it
        with os.scandir(root) as entries:
            found |= {
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            }
    names = sorted(name for name in found if name > after)
    return BucketPage(
        buckets=tuple(BucketInfo(name=name) for name in names[:size]),
        next_token=write_token(names[size - 1]) if len(names) > size else None,
    )
