"""Listings of objects and of versions. Callers hold the account's lock."""

from __future__ import annotations

import bisect
from itertools import islice
from typing import TYPE_CHECKING

from holdall.errors import UnsupportedOperation
from holdall.models import ListPage, VersionPage
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_memory.objects import as_entry, as_version
from holdall_memory.paging import past_key, past_prefix, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.options import ListOptions
    from holdall_memory.bucket import Bucket
    from holdall_memory.objects import Version


def list_objects(bucket: Bucket, options: ListOptions) -> ListPage:
    """One page of the objects that readers see."""
    _refuse_owner(options)
    keys = bucket.visible
    size = page_size(options.limit)
    items = list(islice(walk(keys, options, _first_object(keys, options)), size + 1))
    page = items[:size]
    shown = (bucket.current(name) for name, rolled_up in page if not rolled_up)
    return ListPage(
        entries=tuple(as_entry(*current) for current in shown if current),
        prefixes=tuple(name for name, rolled_up in page if rolled_up),
        next_token=write_token(*page[-1]) if len(items) > size else None,
    )


def _first_object(keys: list[str], options: ListOptions) -> int:
    if options.token is not None:
        name, rolled_up = read_token(options.token, str, bool)
        return past_prefix(keys, str(name)) if rolled_up else past_key(keys, str(name))
    return past_key(keys, options.start_after) if options.start_after else 0


def list_versions(bucket: Bucket, options: ListOptions) -> VersionPage:
    """One page of versions and delete markers, by key, the newest first."""
    _refuse_owner(options)
    size = page_size(options.limit)
    items = list(islice(_versions(bucket, options), size + 1))
    page = items[:size]
    next_token = None
    if len(items) > size:
        last = page[-1]
        next_token = write_token(last, 0) if isinstance(last, str) else write_token(last.key, last.serial)
    return VersionPage(
        versions=tuple(
            as_version(item, is_latest=item is bucket.history(item.key)[-1])
            for item in page
            if not isinstance(item, str)
        ),
        prefixes=tuple(item for item in page if isinstance(item, str)),
        next_token=next_token,
    )


def _versions(bucket: Bucket, options: ListOptions) -> Iterator[str | Version]:
    """Versions and rolled-up prefixes after the place where the page begins.

    A token is a key with the serial of the version that was listed last (older ones follow, whatever was written or
    removed in between), or a prefix with 0.
    """
    keys = bucket.known
    key, serial = "", 0
    position = past_key(keys, options.start_after) if options.start_after else 0
    if options.token is not None:
        place = read_token(options.token, str, int)
        key, serial = str(place[0]), int(place[1])
        position = bisect.bisect_left(keys, key) if serial else past_prefix(keys, key)
    for name, rolled_up in walk(keys, options, position):
        if rolled_up:
            yield name
            continue
        for version in reversed(bucket.history(name)):
            if not serial or name != key or version.serial < serial:
                yield version


def _refuse_owner(options: ListOptions) -> None:
    if options.owner:
        raise UnsupportedOperation("objects in memory have no owners", hint="List without 'owner'.")
