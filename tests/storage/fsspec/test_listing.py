"""Entries, directories, patterns and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import fsspec
import pytest

from holdall import errors
from holdall.testing.fakes import Fault, FaultyProvider, RecordingProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.fsspec import BlobFileSystem
    from holdall.storage import Storage


@pytest.fixture
def tree(fs: BlobFileSystem, store: str) -> str:
    """Some objects on three levels; return the store's name."""
    for key in ("a.txt", "d/b.csv", "d/b.parquet", "d/e/c.csv", "d/e/f/deep.csv", "data.csv"):
        fs.pipe(f"{store}/{key}", key.encode())
    return store


@pytest.fixture
def recorded(memory_fs: BlobFileSystem, memory: str) -> Iterator[RecordingProvider]:
    """The requests that a file system over memory makes."""
    storage: Storage = memory_fs._place(memory).in_bucket()
    before = storage.provider
    storage.provider = recording = RecordingProvider(before)
    yield recording
    storage.provider = before


def test_names_are_paths_without_protocol(fs: BlobFileSystem, tree: str) -> None:
    assert fs.ls(f"blob://{tree}/d/", detail=False) == [f"{tree}/d/b.csv", f"{tree}/d/b.parquet", f"{tree}/d/e"]
    assert fs.ls(tree, detail=False) == [f"{tree}/a.txt", f"{tree}/d", f"{tree}/data.csv"]
    assert fs.ls(f"{tree}/a.txt", detail=False) == [f"{tree}/a.txt"]
    assert fs.unstrip_protocol(f"{tree}/d") == f"blob://{tree}/d"
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{tree}/nothing")


def test_info(fs: BlobFileSystem, tree: str) -> None:
    entry = fs.info(f"blob://{tree}/d/b.csv")
    assert (entry["name"], entry["size"], entry["type"]) == (f"{tree}/d/b.csv", 7, "file")
    assert fs.info(f"{tree}/d") == fs.info(f"{tree}/d/") == {"name": f"{tree}/d", "size": 0, "type": "directory"}
    assert fs.info(tree)["type"] == "directory"
    listed = next(each for each in fs.ls(f"{tree}/d") if each["name"] == entry["name"])
    assert {name: entry[name] for name in ("size", "etag", "type")} == {
        name: listed[name] for name in ("size", "etag", "type")
    }
    with pytest.raises(FileNotFoundError):
        fs.info(f"{tree}/d/b")  # the beginning of a name is no directory


def test_find_with_several_requests_at_a_time(fs: BlobFileSystem, tree: str) -> None:
    for arguments in ({}, {"maxdepth": 1}, {"maxdepth": 2, "withdirs": True}, {"detail": True}):
        expected = fs.find(tree, **arguments)
        assert expected
        assert fs.find(tree, page_size=1, parallel=3, **arguments) == expected
    assert fs.du(tree, parallel=3) == fs.du(tree)


def test_find(fs: BlobFileSystem, tree: str) -> None:
    files = [f"{tree}/d/b.csv", f"{tree}/d/b.parquet", f"{tree}/d/e/c.csv", f"{tree}/d/e/f/deep.csv"]
    assert fs.find(f"{tree}/d") == files
    assert fs.find(f"{tree}/d", withdirs=True) == sorted([*files, f"{tree}/d", f"{tree}/d/e", f"{tree}/d/e/f"])
    assert fs.find(f"{tree}/d", maxdepth=1) == files[:2]
    assert fs.find(f"{tree}/d", maxdepth=2, withdirs=True) == sorted(
        [*files[:3], f"{tree}/d", f"{tree}/d/e", f"{tree}/d/e/f"]
    )
    assert fs.find(f"{tree}/d", prefix="b.") == files[:2]
    assert fs.find(f"{tree}/a.txt") == [f"{tree}/a.txt"]
    assert fs.find(f"{tree}/nothing") == []
    assert {entry["size"] for entry in fs.find(f"{tree}/d", detail=True).values()} == {7, 11, 7 + 2, 14}
    assert fs.du(f"{tree}/d") == 7 + 11 + 9 + 14
    assert fs.du(f"{tree}/d", total=False, maxdepth=1) == {files[0]: 7, files[1]: 11}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("d/*.csv", ["d/b.csv"]),
        ("d/**/*.csv", ["d/b.csv", "d/e/c.csv", "d/e/f/deep.csv"]),
        ("d*", ["d", "data.csv"]),
        ("d/?.csv", ["d/b.csv"]),
        ("[ab]*", ["a.txt"]),
        ("*/e/*", ["d/e/c.csv", "d/e/f"]),
        ("d/e/", ["d/e"]),
        ("nothing*", []),
    ],
)
def test_glob(fs: BlobFileSystem, tree: str, pattern: str, expected: list[str]) -> None:
    assert [name.rstrip("/") for name in fs.glob(f"blob://{tree}/{pattern}")] == [f"{tree}/{key}" for key in expected]


def test_walk(fs: BlobFileSystem, tree: str) -> None:
    assert list(fs.walk(f"{tree}/d")) == [
        (f"{tree}/d", ["e"], ["b.csv", "b.parquet"]),
        (f"{tree}/d/e", ["f"], ["c.csv"]),
        (f"{tree}/d/e/f", [], ["deep.csv"]),
    ]


def test_a_pattern_lists_only_what_begins_like_it(
    memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider
) -> None:
    for key in ("logs/2025.csv", "logs/2026-01.csv", "logs/2026-02.csv", "other/x"):
        memory_fs.pipe(f"{memory}/{key}", b"")
    recorded.calls.clear()
    assert len(memory_fs.glob(f"{memory}/logs/2026-*.csv")) == 2
    assert [(call.args[0].prefix, call.args[0].delimiter) for call in recorded.calls] == [("logs/2026-", "/")]


def test_one_listing_whatever_the_depth(memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider) -> None:
    for number in range(20):
        memory_fs.pipe(f"{memory}/a/{number}/b/{number}.csv", b"x")
    recorded.calls.clear()
    assert memory_fs.du(f"{memory}/a") == 20
    assert len(memory_fs.find(f"{memory}/a", withdirs=True)) == 61
    assert recorded.operations == ["list_page", "list_page"]


def test_keys_are_not_normalised(memory_fs: BlobFileSystem, memory: str) -> None:
    keys = ["/leading", "a//b", "a/./c", "sp ace+%20#"]
    for key in keys:
        memory_fs.pipe(f"blob://{memory}/{key}", key.encode())
    assert memory_fs.find(memory) == sorted(f"{memory}/{key}" for key in keys)
    for key in keys:
        assert memory_fs.cat(f"{memory}/{key}") == key.encode()


def test_a_marker_is_a_directory_and_no_file(memory_fs: BlobFileSystem, memory: str) -> None:
    storage = memory_fs._place(memory).in_bucket()
    storage.put("empty/", b"")
    storage.put("full/", b"")
    storage.put("full/x", b"1")
    assert memory_fs.isdir(f"{memory}/empty")
    assert memory_fs.ls(f"{memory}/empty") == []
    assert memory_fs.ls(f"{memory}/full", detail=False) == memory_fs.find(f"{memory}/full") == [f"{memory}/full/x"]
    assert memory_fs.find(memory) == [f"{memory}/full/x"]
    assert memory_fs.find(memory, withdirs=True) == [memory, *(f"{memory}/{x}" for x in ("empty", "full", "full/x"))]
    memory_fs.rmdir(f"{memory}/empty")
    assert not memory_fs.exists(f"{memory}/empty")
    with pytest.raises(OSError, match="not empty"):
        memory_fs.rmdir(f"{memory}/full")
    memory_fs.rm(f"{memory}/full", recursive=True)
    assert list(storage.list()) == []


def test_directories_need_no_making(fs: BlobFileSystem, store: str) -> None:
    fs.mkdir(f"{store}/new")
    fs.makedirs(f"{store}/new/deep", exist_ok=True)
    fs.makedirs(f"{store}/new/deep")
    assert not fs.exists(f"{store}/new")


def test_times_are_utc(fs: BlobFileSystem, tree: str) -> None:
    modified = fs.modified(f"{tree}/a.txt")
    assert modified.utcoffset() == timedelta(0)
    assert abs(modified - datetime.now(UTC)) < timedelta(minutes=1)
    assert fs.created(f"{tree}/a.txt") == modified
    assert fs.info(f"{tree}/a.txt")["mtime"] == modified.timestamp()
    with pytest.raises(IsADirectoryError):
        fs.modified(f"{tree}/d")


def test_the_key_of_a_state_changes_with_it(fs: BlobFileSystem, tree: str) -> None:
    ukey, checksum = fs.ukey(f"{tree}/a.txt"), fs.checksum(f"{tree}/a.txt")
    assert ukey == fs.ukey(f"blob://{tree}/a.txt")
    assert checksum == int(ukey, 16)
    fs.pipe(f"{tree}/a.txt", b"B.txt")
    assert fs.ukey(f"{tree}/a.txt") != ukey
    assert fs.size(f"{tree}/a.txt") == 5


def test_no_is_never_a_guess(memory_fs: BlobFileSystem, memory: str) -> None:
    storage = memory_fs._place(memory).in_bucket()
    denied = [Fault("head", errors.AccessDenied("no"), call=number) for number in (1, 2, 3)]
    before, storage.provider = storage.provider, FaultyProvider(storage.provider, *denied)
    try:
        for ask in (memory_fs.exists, memory_fs.isfile, memory_fs.isdir):
            with pytest.raises(PermissionError):
                ask(f"{memory}/x")
        assert not memory_fs.exists(f"{memory}/x")
    finally:
        storage.provider = before


class TestListingsCache:
    def test_off_nothing_grows_old(self, fs: BlobFileSystem, tree: str) -> None:
        assert fs.info(f"{tree}/a.txt")["size"] == len(fs.ls(tree)) + 2
        other = fsspec.filesystem("blob", store=tree)
        other.pipe(f"{tree}/a.txt", b"longer now")
        other.pipe(f"{tree}/new.txt", b"")
        assert fs.info(f"{tree}/a.txt")["size"] == 10
        assert f"{tree}/new.txt" in fs.ls(tree, detail=False)

    def test_on_listings_are_kept_until_something_is_written_through_the_same(self, memory: str) -> None:
        kept = fsspec.filesystem("blob", store=memory, use_listings_cache=True)
        other = fsspec.filesystem("blob", store=memory)
        kept.pipe(f"{memory}/d/a", b"1")
        assert kept.ls(f"{memory}/d", detail=False) == [f"{memory}/d/a"]
        other.pipe(f"{memory}/d/a", b"22")
        other.pipe(f"{memory}/d/b", b"1")
        assert kept.ls(f"{memory}/d", detail=False) == [f"{memory}/d/a"]
        assert kept.info(f"{memory}/d/a")["size"] == 1
        assert kept.exists(f"{memory}/d/b")  # that it was not listed does not mean that it is not there
        assert len(kept.ls(f"{memory}/d", refresh=True)) == 2
        other.pipe(f"{memory}/d/c", b"")
        kept.pipe(f"{memory}/d/d", b"")
        assert len(kept.ls(f"{memory}/d")) == 4
        kept.ls(f"{memory}/d").clear()
        kept.ls(f"{memory}/d")[0]["size"] = -1
        assert [entry["size"] for entry in kept.ls(f"{memory}/d")] == [2, 1, 0, 0]
        kept.rm(f"{memory}/d/a")
        assert not kept.exists(f"{memory}/d/a")

    def test_on_for_so_long(self, memory: str) -> None:
        kept = fsspec.filesystem("blob", store=memory, use_listings_cache=True, listings_expiry_time=0)
        kept.ls(memory)
        fsspec.filesystem("blob", store=memory).pipe(f"{memory}/new", b"")
        assert kept.ls(memory, detail=False) == [f"{memory}/new"]
