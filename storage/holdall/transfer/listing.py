"""Listings: pages from a provider, as entries and with the prefix taken off. Constant memory."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall.errors import InvalidResponse
from holdall.models import ListPage
from holdall.transfer.key_ranges import list_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from holdall.models import ObjectEntry
    from holdall.options import ListOptions
    from holdall.provider import StorageProvider


def pages(provider: StorageProvider, options: ListOptions, prefix: str, workers: int = 1) -> Iterator[ListPage]:
    """Yields all pages of a listing.

    Args:
        provider: The store.
        options: The first page's options.
        prefix: Taken off keys and prefixes.
        workers: Requests at the same time, where the order of the store's listings allows it.

    Raises:
        InvalidResponse: The store gave the same token twice; going on would never end.
    """
    known = provider.capabilities.supports("list.ordered", safety=True)
    known = known and provider.capabilities.supports("list.start_after", safety=True)
    parallel = workers > 1 and known and not options.delimiter  # common prefixes are cut in two by ranges
    found = list_ranges(provider, options, workers) if parallel else _one_by_one(provider, options)
    return found if not prefix else (_without(prefix, page) for page in found)


def _one_by_one(provider: StorageProvider, options: ListOptions) -> Iterator[ListPage]:
    while True:
        page = provider.list_page(options)
        yield page
        if page.next_token is None:
            return
        if page.next_token == options.token:
            raise InvalidResponse(f"the listing of {options.prefix!r} does not get on: the same token came twice")
        options = dataclasses.replace(options, token=page.next_token)


def _without(prefix: str, page: ListPage) -> ListPage:
    return ListPage(
        tuple(dataclasses.replace(entry, key=entry.key.removeprefix(prefix)) for entry in page.entries),
        tuple(name.removeprefix(prefix) for name in page.prefixes),
        page.next_token,
    )


def entries(listing: Iterable[ListPage], limit: int | None) -> Iterator[ObjectEntry]:
    """Yields the objects of all pages, at most ``limit``."""
    left = limit
    if left == 0:
        return
    for page in listing:
        if left is None:
            yield from page.entries
            continue
        yield from page.entries[:left]
        left -= len(page.entries)
        if left <= 0:
            return
