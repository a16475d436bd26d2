"""Listings: order, pages, roll-ups, tokens, and what a page costs."""

from __future__ import annotations

import base64
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall.errors import InvalidRequest, UnsupportedOperation
from holdall.models import Versioning
from holdall.options import DELETE, PUT, CreateUploadOptions, ListOptions, PutOptions
from holdall.semantics.headers import Headers
from holdall.semantics.paging import read_token, write_token
from holdall_memory import listing
from holdall_memory.bucket import Bucket
from holdall_memory.objects import Content
from holdall_memory.paging import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdall_memory.provider import MemoryProvider

# Few letters, so that prefixes are shared; beyond U+FFFF, where UTF-16 order and UTF-8 order part.
KEYS = st.text(alphabet="ab/-\uffee\U0001f600", min_size=1, max_size=6)


def fill(provider: MemoryProvider, *keys: str) -> None:
    for key in keys:
        provider.put(key, b"", PUT)


def pages(provider: MemoryProvider, **options: object) -> Iterator[list[str]]:
    """Names on each page, prefixes and keys in one order."""
    token = None
    while True:
        page = provider.list_page(ListOptions(token=token, **options))  # type: ignore[arg-type]  # passed on as given
        yield sorted([entry.key for entry in page.entries] + list(page.prefixes))
        token = page.next_token
        if token is None:
            return


def rolled_up(keys: set[str], prefix: str, delimiter: str, start_after: str) -> list[str]:
    """What a listing has to show, computed the slow way."""
    shown = set()
    for key in keys:
        if key.startswith(prefix) and key > start_after:
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            shown.add(prefix + head + found if found else key)
    return sorted(shown, key=lambda name: name.encode())


def a_bucket(keys: Sequence[str]) -> Bucket:
    bucket = Bucket("b", Versioning.OFF)
    for serial, key in enumerate(keys, 1):
        bucket.add(key, Content(body=b"", etag="e", headers=Headers()), serial)
    return bucket


@settings(max_examples=200, deadline=None)
@given(
    keys=st.sets(KEYS, max_size=15),
    prefix=st.text(alphabet="ab/\U0001f600", max_size=2),
    delimiter=st.sampled_from(["", "/", "a", "//", "b/"]),
    start_after=st.one_of(st.just(""), KEYS),
    limit=st.integers(1, 5),
)
def test_pages_of_every_size_show_the_same(
    keys: set[str], prefix: str, delimiter: str, start_after: str, limit: int
) -> None:
    bucket = a_bucket(sorted(keys, reverse=True))
    shown: list[str] = []
    token: str | None = None
    while True:
        options = ListOptions(prefix=prefix, delimiter=delimiter, start_after=start_after, limit=limit, token=token)
        page = listing.list_objects(bucket, options)
        names = [entry.key for entry in page.entries] + list(page.prefixes)
        assert [entry.key for entry in page.entries] == sorted(entry.key for entry in page.entries)
        assert 0 < len(names) <= limit or (not shown and not names)
        shown += sorted(names)
        token = page.next_token
        if token is None:
            break
        assert len(names) == limit
    assert shown == rolled_up(keys, prefix, delimiter, start_after)


def test_order_is_that_of_utf8(provider: MemoryProvider) -> None:
    fill(provider, "\U0001f600", "\uffee", "z", "Z", "a/b", "a-b", "a")
    assert [entry.key for entry in provider.list_page(ListOptions()).entries] == [
        "Z", "a", "a-b", "a/b", "z", "\uffee", "\U0001f600",
    ]  # fmt: skip


def test_keys_and_prefixes_share_a_page(provider: MemoryProvider) -> None:
    fill(provider, "a/1", "a/2", "b", "c/1", "d")
    assert list(pages(provider, delimiter="/", limit=2)) == [["a/", "b"], ["c/", "d"]]
    assert list(pages(provider, delimiter="/", prefix="a/", limit=2)) == [["a/1", "a/2"]]


def test_writes_between_pages_disturb_nothing(provider: MemoryProvider) -> None:
    fill(provider, "a", "b/1", "c", "d")
    walker = pages(provider, delimiter="/", limit=1)
    assert next(walker) == ["a"]
    provider.delete("a", DELETE)
    fill(provider, "A")
    assert next(walker) == ["b/"]
    fill(provider, "b/2")
    provider.delete("c", DELETE)
    assert next(walker) == ["d"]
    assert next(walker, None) is None


def test_entries_are_lean_and_right(provider: MemoryProvider) -> None:
    result = provider.put("key", b"data", PutOptions(storage_class="GLACIER_IR", content_type="text/plain"))
    (entry,) = provider.list_page(ListOptions()).entries
    assert (entry.size, entry.etag, entry.storage_class, entry.owner) == (4, result.etag, "GLACIER_IR", None)
    assert entry.last_modified is not None


def test_a_page_has_a_thousand_items_at_most(provider: MemoryProvider) -> None:
    fill(provider, *(f"{number:04}" for number in range(1001)))
    for limit in (None, 1000, 5000):
        page = provider.list_page(ListOptions(limit=limit))
        assert len(page.entries) == 1000
        assert [entry.key for entry in provider.list_page(ListOptions(token=page.next_token)).entries] == ["1000"]


class CountingKeys(list[str]):
    """Keys that count how often one is looked at."""

    looks = 0

    def __getitem__(self, index: object) -> str:  # type: ignore[override]  # no slices are taken
        self.looks += 1
        return super().__getitem__(index)  # type: ignore[call-overload,no-any-return]  # no slices are taken


def test_a_page_looks_only_at_what_it_shows() -> None:
    keys = CountingKeys(f"{folder:03}/{number:03}" for folder in range(100) for number in range(100))
    shown = list(islice(walk(keys, ListOptions(delimiter="/"), 0), 10))
    assert shown == [(f"{folder:03}/", True) for folder in range(10)]
    assert keys.looks < 300  # of 10,000: some 14 to jump over each folder


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_nothing_is_refused(provider: MemoryProvider, limit: int) -> None:
    with pytest.raises(InvalidRequest, match="starts at 1"):
        provider.list_page(ListOptions(limit=limit))


def test_owners_are_refused(provider: MemoryProvider) -> None:
    with pytest.raises(UnsupportedOperation):
        provider.list_page(ListOptions(owner=True))
    with pytest.raises(UnsupportedOperation):
        provider.list_versions_page(ListOptions(owner=True))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "key",
        "ä",
        "====",
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"{}").decode(),
        write_token("key", "x"),
    ],
)
def test_what_is_no_token_is_refused(provider: MemoryProvider, token: str) -> None:
    for call in (
        lambda: provider.list_page(ListOptions(token=token)),
        lambda: provider.list_versions_page(ListOptions(token=token)),
        lambda: provider.list_uploads("", token, None),
        lambda: provider.list_buckets(token, None),
    ):
        with pytest.raises(InvalidRequest, match="token"):
            call()


@given(st.text(), st.integers())
def test_tokens_survive_any_key(key: str, number: int) -> None:
    assert read_token(write_token(key, number), str, int) == [key, number]


def test_uploads_in_pages(provider: MemoryProvider) -> None:
    begun = [provider.create_upload(key, CreateUploadOptions()).upload_id for key in ("b", "a", "b", "other")]
    first = provider.list_uploads("", None, 2)
    assert [(upload.key, upload.upload_id) for upload in first.uploads] == [("a", begun[1]), ("b", begun[0])]
    second = provider.list_uploads("", first.next_token, 2)
    assert [upload.upload_id for upload in second.uploads] == [begun[2], begun[3]]
    assert second.next_token is None
    assert [upload.upload_id for upload in provider.list_uploads("o", None, None).uploads] == [begun[3]]
