"""Listings by key ranges: the same entries in the same order, whatever the keys, in bounded memory."""

from __future__ import annotations

import threading
import time
import uuid
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall import errors
from holdall import options as opt
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import ListPage, ObjectEntry, Owner
from holdall.storage import Storage
from holdall.transfer import key_ranges
from holdall.transfer.cuts import LONGEST, cuts
from holdall.transfer.spool import Spool
from tests.storage.support import memory_storage, peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider

CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.text(CHARACTERS, max_size=6)
KEYS = st.one_of(
    st.sets(st.text(CHARACTERS, min_size=1, max_size=5), max_size=60),
    st.sets(st.text("ab/", min_size=1, max_size=7), max_size=60),
    st.sets(st.integers(0, 99_999).map("logs/2026/{:05}".format), max_size=60),
    st.sets(st.text("\x01/\x7f\u0080\ud7ff\ue000\uffff\U00010000\U0010ffff", min_size=1, max_size=4), max_size=60),
)


class Keys(ForwardingProvider):
    """Lists keys that exist only as names: ``key_of`` of each number below ``count``, ascending."""

    def __init__(self, inner: StorageProvider, count: int, key_of: Callable[[int], str], page: int = 1000) -> None:
        super().__init__(inner)
        self.count, self.key_of, self.page = count, key_of, page
        self.requests = self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.latency = 0.0

    def list_page(self, options: opt.ListOptions = opt.LIST) -> ListPage:
        with self.lock:
            self.requests += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.latency)
        behind = options.token or options.start_after
        start = bisect_right(range(self.count), behind, key=self.key_of) if behind else 0
        size = options.limit or self.page
        numbers = range(start, min(start + size, self.count))
        entries = tuple(ObjectEntry(self.key_of(number), number, f"{number:032x}") for number in numbers)
        more = start + size < self.count
        with self.lock:
            self.at_once -= 1
        return ListPage(entries, (), entries[-1].key if more else None)


def names(count: int, key_of: Callable[[int], str] = "data/{:09}.parquet".format, **more: Any) -> tuple[Storage, Keys]:
    provider = Keys(memory_storage(name=uuid.uuid4().hex)[0].provider, count, key_of, **more)
    return Storage(provider), provider


@settings(max_examples=150, deadline=None)
@given(
    keys=KEYS, prefix=TEXT, after=TEXT, page_size=st.integers(1, 7), parallel=st.integers(2, 6),
    limit=st.none() | st.integers(0, 30),
)  # fmt: skip
def test_the_same_as_one_page_after_the_other(
    keys: set[str], prefix: str, after: str, page_size: int, parallel: int, limit: int | None
) -> None:
    storage, _ = memory_storage(name=uuid.uuid4().hex)
    for key in keys:
        storage.put(key, b"")
    for chosen in {"", prefix, "logs/2026/0", "a"}:
        listed = storage.list(chosen, start_after=after, page_size=page_size, parallel=parallel, limit=limit)
        expected = sorted(key for key in keys if key.startswith(chosen) and key > after)[:limit]
        assert [entry.key for entry in listed] == expected


@settings(max_examples=300, deadline=None)
@given(low=TEXT, high=st.none() | TEXT, prefix=TEXT, alphabet=st.sets(CHARACTERS), count=st.integers(1, 9))
def test_cuts_are_between_and_ascend(low: str, high: str | None, prefix: str, alphabet: set[str], count: int) -> None:
    low, high = prefix + low, None if high is None else prefix + high
    if high is not None and high <= low:
        low, high = high, low + "\0"
    found = cuts(low, high, prefix, sorted(alphabet), count)
    assert found == sorted(set(found))
    assert len(found) <= count
    for cut in found:
        assert low < cut
        assert high is None or cut < high
        assert cut.startswith(prefix)
    if high is None and alphabet:
        assert found  # there is always room behind a key


def test_cuts_part_evenly_what_fits() -> None:
    digits = "0123456789"
    assert cuts("k/0001", None, "k/", digits, 3) == ["k/3", "k/5", "k/7"]
    assert cuts("k/0001", "k/1", "k/", digits, 1) == ["k/05"]
    assert cuts("k/0999", "k/1", "k/", digits, 1) == ["k/09995"]
    assert cuts("k/5", "k/6", "k/", digits, 2) == ["k/53", "k/56"]
    assert cuts("k/5", "k/50", "k/", digits, 2) == []
    assert cuts("k" * LONGEST, None, "", digits, 2) == []  # no store begins behind a key that can't be


def test_a_prefix_of_the_storage_is_taken_off() -> None:
    storage, _ = memory_storage(name=uuid.uuid4().hex, prefix="below/")
    for number in range(50):
        storage.put(f"k{number:02}", b"")
    found = [entry.key for entry in storage.list("k", page_size=3, parallel=4)]
    assert found == [f"k{number:02}" for number in range(50)]


SHAPES: dict[str, Callable[[int], str]] = {
    "counted": "data/{:09}.parquet".format,
    "by day": lambda number: f"logs/2026/{number // 2000:03}/{number % 2000:06}.json",
    "hashed": lambda number: f"{number * 0x10000000000 // 40_000:010x}/{number}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_several_pages_are_under_way_and_few_are_asked_for_in_vain(shape: str) -> None:
    storage, provider = names(40_000, SHAPES[shape], page=500)
    provider.latency = 0.005
    found = [entry.key for entry in storage.list(parallel=6)]
    assert found == [SHAPES[shape](number) for number in range(40_000)]
    assert provider.most_at_once == 6
    assert provider.requests < 2.5 * 80


def test_one_page_is_one_request() -> None:
    storage, provider = names(10)
    assert len(list(storage.list(parallel=8))) == 10
    assert provider.requests == 1


def test_what_is_ahead_waits_in_a_file_with_all_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ranges, "KEEP", 10)
    storage, provider = names(5000, page=50)
    list_page = provider.list_page

    def owned(options: opt.ListOptions) -> ListPage:
        page = list_page(options)
        return replace(page, entries=tuple(replace(entry, owner=Owner(entry.key)) for entry in page.entries))

    monkeypatch.setattr(provider, "list_page", owned)
    written: list[int] = []
    write = Spool.write

    def counted(spool: Spool, data: bytes) -> None:
        written.append(len(data))
        write(spool, data)

    monkeypatch.setattr(Spool, "write", counted)
    key = provider.key_of
    expected = [ObjectEntry(key(at), at, f"{at:032x}", owner=Owner(key(at))) for at in range(5000)]
    assert list(storage.list(parallel=5)) == expected
    assert written


def test_no_more_than_so_much_is_ahead_of_a_slow_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ranges, "AHEAD", 500)
    storage, _ = names(20_000, page=50)
    waiting: list[int] = []
    put_up = key_ranges._Listing._put_up

    def watched(listing: key_ranges._Listing, *arguments: Any) -> None:
        put_up(listing, *arguments)
        waiting.append(listing._waiting)

    monkeypatch.setattr(key_ranges._Listing, "_put_up", watched)
    assert sum(1 for _ in storage.list(parallel=4)) == 20_000
    assert 300 < max(waiting) <= 500 + 4 * 50  # the pages that were under way still come


@pytest.mark.parametrize("parallel", [1, 8])
def test_however_many_keys_take_little_memory(parallel: int) -> None:
    """Ten times as many as may wait in memory; a million take no more, and take the test a minute."""
    storage, _ = names(200_000)
    count: list[int] = []
    peak = peak_memory(lambda: count.append(sum(1 for _ in storage.list(parallel=parallel))))
    assert count == [200_000]
    assert peak < 16 * 1024 * 1024


def test_one_level_is_listed_page_by_page() -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex)
    for number in range(30):
        storage.put(f"{number // 3:02}/{number}", b"")
    recorder.calls.clear()
    pages = list(storage.list_pages(delimiter="/", page_size=2, parallel=4))
    assert [name for page in pages for name in page.prefixes] == [f"{number:02}/" for number in range(10)]
    assert recorder.operations == ["list_page"] * 5


@pytest.mark.parametrize("lacks", ["list.ordered", "list.start_after"])
def test_where_ranges_would_be_wrong_the_pages_are_asked_for_one_by_one(lacks: str) -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, capabilities={lacks: "unknown"})
    for number in range(30):
        storage.put(f"k{number:02}", b"")
    recorder.calls.clear()
    assert len(list(storage.list(page_size=3, parallel=4))) == 30
    assert recorder.operations == ["list_page"] * 10
    assert not any(call.args[0].start_after for call in recorder.calls)


def test_a_store_that_is_not_in_order_though_it_says_so_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, provider = names(1000, page=50)
    list_page = provider.list_page
    monkeypatch.setattr(
        provider, "list_page", lambda options: replace(page := list_page(options), entries=page.entries[::-1])
    )
    with pytest.raises(errors.InvalidResponse, match="not in order") as caught:
        list(storage.list(parallel=3))
    assert "parallel" in str(caught.value.hint)


def test_a_request_that_fails_ends_the_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, provider = names(5000, page=50)
    list_page = provider.list_page

    def fails(options: opt.ListOptions) -> ListPage:
        if provider.requests > 20:
            raise errors.AccessDenied("no")
        return list_page(options)

    monkeypatch.setattr(provider, "list_page", fails)
    with pytest.raises(errors.AccessDenied):
        list(storage.list(parallel=3))


def test_a_listing_that_is_left_early_stops_asking() -> None:
    storage, provider = names(100_000, page=50)
    listing = storage.list(parallel=4)
    assert next(listing).size == 0
    listing.close()  # type: ignore[attr-defined]
    asked = provider.requests
    time.sleep(0.05)
    assert provider.requests == asked
    assert asked < 20


@pytest.mark.parametrize("parallel", [0, -1, 1.5, True, "4"])
def test_a_number_of_requests_that_there_can_not_be(parallel: Any) -> None:
    storage, provider = names(1)
    with pytest.raises(errors.InvalidRequest, match="parallel"):
        storage.list(parallel=parallel)
    assert provider.requests == 0
