"""Listings: order, pages, and that they read no more than they need."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall import options as opt
from holdall.errors import InvalidRequest
from holdall_local import walking
from tests.providers.local.stores import keys, local, pages

KEYS = st.lists(st.text("ab/-0%.", min_size=1, max_size=6), max_size=12, unique=True)


def rolled_up(every: list[str], prefix: str, delimiter: str, after: str) -> list[str]:
    """What a listing shall show: the rule, without folders."""
    shown = []
    for key in sorted(every, key=str.encode):
        if key.startswith(prefix) and key > after:
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            name = key if cut < 0 else key[: cut + len(delimiter)]
            if name not in shown:
                shown.append(name)
    return shown


QUERIES = st.tuples(
    st.text("ab/-", max_size=3), st.sampled_from(["", "/", "-", "//", "b/"]), st.text("ab/-", max_size=3)
)


@settings(max_examples=30, deadline=None)
@given(KEYS, st.lists(QUERIES, min_size=5, max_size=5))  # several of each store: most of the time goes into making it
def test_pages_of_every_size_show_the_same(every: list[str], queries: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = local(Path(folder))
        for key in every:
            store.put(key, b"", opt.PUT)
        for prefix, delimiter, after in queries:
            expected = rolled_up(every, prefix, delimiter, after)
            for limit in (1, 2, 1000):
                found = []
                for page in pages(store, prefix=prefix, delimiter=delimiter, start_after=after, limit=limit):
                    assert len(page.entries) + len(page.prefixes) <= limit
                    found += sorted([*(entry.key for entry in page.entries), *page.prefixes])
                assert found == expected


def test_a_folder_larger_than_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "WINDOW", 7)
    store = local(tmp_path)
    every = [f"{number:03d}" for number in range(50)] + ["010/x", "025/x"]
    for key in every:
        store.put(key, b"", opt.PUT)
    assert keys(store) == sorted(every)
    assert keys(store, limit=3) == sorted(every)
    assert keys(store, start_after="024") == [key for key in sorted(every) if key > "024"]


def test_a_listing_of_folders_does_not_go_down_into_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path)
    for number in range(5):
        store.put(f"a/{number}/deep/key", b"", opt.PUT)
        store.put(f"b/{number}", b"", opt.PUT)
    read, scandir = [], os.scandir

    def spy(path: str) -> object:
        read.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", spy)
    assert [page.prefixes for page in pages(store, delimiter="/", prefix="b/")] == [()]
    assert read == ["b"]
    read.clear()
    assert [page.prefixes for page in pages(store, delimiter="/")] == [("a/", "b/")]
    assert len(read) <= 5  # the root, one way down to a key of `a`, and `b`
    read.clear()
    assert keys(store, start_after="b/3") == ["b/4"]
    assert read == [".", "b"]


def test_a_page_goes_on_where_the_one_before_ended_without_reading_the_folder_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = local(tmp_path)
    for number in range(9):
        store.put(f"{number}", b"", opt.PUT)
    read, scandir = [], os.scandir

    def spy(path: str) -> object:
        read.append(path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", spy)
    assert len(pages(store, limit=3)) == 3
    assert len(read) == 1


def test_a_write_between_two_pages_is_seen_by_the_second(tmp_path: Path) -> None:
    store = local(tmp_path)
    for key in ("a", "b", "c"):
        store.put(key, b"", opt.PUT)
    first = store.list_page(opt.ListOptions(limit=1))
    store.put("bb", b"", opt.PUT)
    store.delete("c", opt.DELETE)
    second = store.list_page(opt.ListOptions(token=first.next_token))
    assert [entry.key for entry in second.entries] == ["b", "bb"]


def test_a_token_works_again_and_in_another_process(tmp_path: Path) -> None:
    store = local(tmp_path)
    for key in ("a", "b", "c"):
        store.put(key, b"", opt.PUT)
    token = store.list_page(opt.ListOptions(limit=1)).next_token
    for provider in (store, store, local(tmp_path)):
        assert [entry.key for entry in provider.list_page(opt.ListOptions(token=token)).entries] == ["b", "c"]


@pytest.mark.parametrize("token", ["nonsense", "", "WzFd"])
def test_a_token_from_elsewhere_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(InvalidRequest, match="token"):
        local(tmp_path).list_page(opt.ListOptions(token=token))


def test_names_that_are_no_keys_are_left_out(tmp_path: Path) -> None:
    for name in ("%zz", "%41", "a%", "x%2fy", os.fsdecode(b"caf\xe9")):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "100%").mkdir()
    (tmp_path / "100%" / "a").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    assert keys(local(tmp_path)) == ["a"]  # `a%`: the object `a`, as it lies where a folder was in its way
