"""Short ways to call a provider, for tests: options by name, listings as a whole."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from holdall import options as opt
from holdall.models import CopySource
from holdall.transfer.confirming import confirmed
from holdall.validation import check_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall import groups
    from holdall.models import (
        Body,
        CopyResult,
        DeleteResult,
        ListPage,
        ObjectInfo,
        ObjectVersion,
        PutResult,
        VersionPage,
    )
    from holdall.provider import StorageProvider

MANY_PAGES = 10_000
"""More pages than any listing of a test has: one that gives more does not end."""


def put(provider: StorageProvider, key: str, body: Body = b"", **options: Any) -> PutResult:
    """Puts with options given by name; as the framework does, with a look at the key, and at what is not confirmed."""
    limits = provider.capabilities.keys
    check_key(key, limits.max_bytes, limits.not_held)
    return confirmed(provider, options.get("encryption"), provider.put(key, body, opt.PutOptions(**options)))


def read(provider: StorageProvider, key: str, **options: Any) -> bytes:
    """The bytes of an object, or of a range of it."""
    with provider.get(key, opt.GetOptions(**options)) as result:
        return result.read()


def head(provider: StorageProvider, key: str, **options: Any) -> ObjectInfo:
    """Heads with options given by name."""
    return provider.head(key, opt.HeadOptions(**options))


def delete(provider: StorageProvider, key: str, **options: Any) -> DeleteResult:
    """Deletes with options given by name."""
    return provider.delete(key, opt.DeleteOptions(**options))


def copy(
    provider: StorageProvider,
    source: str,
    key: str,
    *,
    bucket: str | None = None,
    version_id: str | None = None,
    **options: Any,
) -> CopyResult:
    """Copies with options given by name; what the answer does not confirm is looked at, as the framework does."""
    result = provider.copy(CopySource(source, bucket, version_id), key, opt.CopyOptions(**options))
    return confirmed(provider, options.get("encryption"), result)


def pages(provider: StorageProvider, **options: Any) -> Iterator[ListPage]:
    """All pages of a listing; a listing that does not end is an error."""
    wanted = opt.ListOptions(**options)
    for _ in range(MANY_PAGES):
        page = provider.list_page(wanted)
        yield page
        if page.next_token is None:
            return
        wanted = dataclasses.replace(wanted, token=page.next_token)
    raise AssertionError(f"a listing with {options} did not end after {MANY_PAGES} pages")


def keys(provider: StorageProvider, **options: Any) -> list[str]:
    """The keys of a listing, in the order in which they came."""
    return [entry.key for page in pages(provider, **options) for entry in page.entries]


def version_pages(provider: StorageProvider, **options: Any) -> Iterator[VersionPage]:
    """All pages of a listing of versions."""
    wanted = opt.ListOptions(**options)
    for _ in range(MANY_PAGES):
        page = cast("groups.Versions", provider).list_versions_page(wanted)
        yield page
        if page.next_token is None:
            return
        wanted = dataclasses.replace(wanted, token=page.next_token)
    raise AssertionError(f"a listing of versions with {options} did not end after {MANY_PAGES} pages")


def versions(provider: StorageProvider, **options: Any) -> list[ObjectVersion]:
    """All versions and delete markers of a listing, in the order in which they came."""
    return [version for page in version_pages(provider, **options) for version in page.versions]


def in_utf8_order(names: list[str]) -> list[str]:
    """Names in the order that listings promise."""
    return sorted(names, key=str.encode)
