"""Listings: order, prefixes, delimiters, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from holdall.errors import InvalidObjectKey
from holdall.testing.base import Suite, needs
from holdall.testing.calls import delete, in_utf8_order, keys, pages, put

if TYPE_CHECKING:
    from holdall.models import ListPage
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

KEYS = (
    "Z", "a", "a b", "a!", "a-b", "a.txt", "a/1", "a/2", "a/b/1", "a/b/2", "a/c/1", "a0", "b/1", "b/2", "c", "p+l/us",
    "é", "ü/1", "日/1", "日/2", "\uffee", "🙂",
)  # fmt: skip


def expected_listing(known: list[str], *, prefix: str = "", delimiter: str = "", start_after: str = "") -> list[str]:
    """What a listing must give: keys and common prefixes in one order."""
    found = set()
    for key in known:
        if key.startswith(prefix) and key.encode() > start_after.encode():
            head, divider, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            found.add(prefix + head + divider if divider else key)
    return in_utf8_order(list(found))


def names(page: ListPage) -> list[str]:
    """Keys and common prefixes of a page, in one order."""
    return in_utf8_order([entry.key for entry in page.entries] + list(page.prefixes))


class ListingSuite(Suite):
    """Each key once, in order, whatever the size of the pages."""

    def check(self, provider: StorageProvider, held: list[str], **options: Any) -> None:
        """Compares a listing in pages of every size with what it must be."""
        wanted = {name: value for name, value in options.items() if name != "limits"}
        expected = expected_listing(held, **wanted)
        ordered = provider.capabilities.supports("list.ordered", safety=True)
        for limit in options.get("limits", (None, 1, 2, 3, 7, 1000)):
            found: list[str] = []
            for page in pages(provider, limit=limit, **wanted):
                assert limit is None or len(page.entries) + len(page.prefixes) <= limit
                if ordered:
                    in_page = [entry.key for entry in page.entries]
                    assert in_page == in_utf8_order(in_page)
                    assert list(page.prefixes) == in_utf8_order(list(page.prefixes))
                found += names(page)
            assert (found if ordered else in_utf8_order(found)) == expected, f"in pages of {limit}"

    def put_all(self, provider: StorageProvider) -> list[str]:
        """Puts an object of each key and returns those that the store holds."""
        held = [key for key in KEYS if key != "a"]
        for key in reversed(held):
            put(provider, key, b"data")
        try:
            put(provider, "a", b"data")
        except InvalidObjectKey:  # a store may refuse, by name, an object beside a folder of its name
            return held
        return [*held, "a"]

    def test_an_empty_bucket_is_one_empty_page(self, provider: StorageProvider) -> None:
        for limit in (None, 1):
            [page] = pages(provider, limit=limit)
            assert (page.entries, page.prefixes) == ((), ())

    def test_everything_in_pages_of_every_size(self, provider: StorageProvider) -> None:
        held = self.put_all(provider)
        self.check(provider, held)

    def test_a_full_last_page_ends_the_listing(self, provider: StorageProvider) -> None:
        for key in ("a", "b"):
            put(provider, key, b"data")
        assert [names(page) for page in pages(provider, limit=2) if names(page)] == [["a", "b"]]

    def test_prefixes(self, provider: StorageProvider, harness: Harness) -> None:
        held = self.put_all(provider)
        for prefix in ("a", "a/", "a/b/", "日", "p+", "a b", "missing", "a/b/1"):
            self.check(provider, held, prefix=prefix, limits=(None, 2))

    @needs("list.delimiter")
    def test_delimiters(self, provider: StorageProvider, harness: Harness) -> None:
        held = self.put_all(provider)
        self.check(provider, held, delimiter="/")
        for prefix in ("a", "a/", "a/b/", "日", "missing"):
            self.check(provider, held, delimiter="/", prefix=prefix, limits=(None, 1))

    @needs("list.delimiter")
    def test_any_string_can_be_the_delimiter(self, provider: StorageProvider, harness: Harness) -> None:
        held = self.put_all(provider)
        for delimiter in ("b", " ", "日"):
            self.check(provider, held, delimiter=delimiter, limits=(None, 1))

    @needs("list.delimiter")
    def test_a_key_that_ends_in_the_delimiter_is_its_own_prefix(
        self, provider: StorageProvider, harness: Harness
    ) -> None:
        put(provider, "folder/file", b"data")
        try:
            put(provider, "folder/", b"")
        except InvalidObjectKey:  # refused by name: then there is no such object to list
            assert keys(provider, prefix="folder/", delimiter="/") == ["folder/file"]
            return
        [page] = pages(provider, delimiter="/")
        assert (page.entries, page.prefixes) == ((), ("folder/",))
        assert keys(provider, prefix="folder/", delimiter="/") == ["folder/", "folder/file"]

    @needs("list.start_after")
    def test_start_after(self, provider: StorageProvider, harness: Harness) -> None:
        held = self.put_all(provider)
        for start_after in ("a", "a/", "a/b/1", "b", "not there", "🙂"):
            self.check(provider, held, start_after=start_after, limits=(None, 2))
        self.check(provider, held, start_after="a/b/1", prefix="a/", limits=(None, 1))

    def test_a_key_is_listed_as_long_as_it_is_there(self, provider: StorageProvider) -> None:
        put(provider, "a", b"1")
        put(provider, "b", b"1")
        assert keys(provider) == ["a", "b"]
        delete(provider, "a")
        assert keys(provider) == ["b"]
        put(provider, "0", b"1")
        assert keys(provider) == ["0", "b"]

    def test_keys_deleted_behind_the_reader_disturb_nothing(self, provider: StorageProvider) -> None:
        known = [f"key{number:02}" for number in range(12)]
        for key in known:
            put(provider, key, b"data")
        found = []
        for page in pages(provider, limit=3):
            for entry in page.entries:
                found.append(entry.key)
                delete(provider, entry.key)
        assert found == known
        assert keys(provider) == []

    @needs("list.owner")
    def test_owners_are_told_when_asked_for(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        [entry] = next(pages(provider, owner=True)).entries
        assert entry.owner is not None
        assert entry.owner.id or entry.owner.display_name

    @pytest.mark.parametrize("limit", [1, 5000])
    def test_a_limit_above_the_stores_own_is_no_error(self, provider: StorageProvider, limit: int) -> None:
        put(provider, "a", b"data")
        put(provider, "b", b"data")
        page = next(pages(provider, limit=limit))
        assert len(page.entries) == min(limit, 2)
