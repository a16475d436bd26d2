"""Plain folders: files and nothing else, and nothing that can't be kept is taken."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from holdall import options as opt
from holdall.errors import (
    AccessDenied,
    BucketNotFound,
    InvalidObjectKey,
    NotModified,
    ObjectAlreadyExists,
    ObjectNotFound,
    StorageError,
    UnsupportedOperation,
)
from holdall.models import CopySource
from tests.providers.local.stores import files, keys, pages, plain, read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_write_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    store = plain(tmp_path)
    store.put("a/100%.csv", b"data", opt.PUT)
    assert (tmp_path / "a" / "100%.csv").read_bytes() == b"data"
    store.copy(CopySource("a/100%.csv"), "b", opt.COPY)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert keys(store) == ["a/100%.csv", "b"]
    store.delete("a/100%.csv", opt.DELETE)
    assert os.listdir(tmp_path) == ["b"]


@pytest.mark.parametrize(
    "asked",
    [
        {"metadata": {"k": "v"}},
        {"tags": {"k": "v"}},
        {"content_type": "text/plain"},
        {"storage_class": "STANDARD_IA"},
        {"expires": datetime(2030, 1, 1, tzinfo=UTC)},
        {"if_match": "x"},
    ],
)
def test_what_it_has_no_place_for_is_refused_before_anything_is_written(tmp_path: Path, asked: dict[str, Any]) -> None:
    store = plain(tmp_path)
    with pytest.raises(UnsupportedOperation, match=next(iter(asked))):
        store.put("a", b"data", opt.PutOptions(**asked))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("key", ["a/", "/a", "a//b", "../a", "./a", ".holdall/format.json"])
def test_keys_that_are_no_paths_are_refused_and_never_there(tmp_path: Path, key: str) -> None:
    (tmp_path / "a").mkdir()
    store = plain(tmp_path / "a")
    with pytest.raises(InvalidObjectKey):
        store.put(key, b"", opt.PUT)
    with pytest.raises(ObjectNotFound):
        store.head(key, opt.HEAD)
    assert files(tmp_path) == set()


def test_a_file_and_a_folder_of_one_name_are_refused(tmp_path: Path) -> None:
    store = plain(tmp_path)
    store.put("a/b", b"1", opt.PUT)
    with pytest.raises(InvalidObjectKey, match="folder of that name"):
        store.put("a", b"2", opt.PUT)
    with pytest.raises(InvalidObjectKey, match="a file 'b'"):
        store.put("a/b/c", b"2", opt.PUT)
    with pytest.raises(ObjectNotFound):
        store.get("a", opt.GET)
    assert files(tmp_path) == {"a/b"}


def test_create_only(tmp_path: Path) -> None:
    store = plain(tmp_path)
    store.put("a", b"1", opt.PutOptions(if_absent=True))
    with pytest.raises(ObjectAlreadyExists):
        store.put("a", b"2", opt.PutOptions(if_absent=True))
    with pytest.raises(ObjectAlreadyExists):
        store.copy(CopySource("a"), "a", opt.CopyOptions(if_absent=True))
    assert read(store, "a") == b"1"
    assert os.listdir(tmp_path) == ["a"]


def test_links_are_followed_inside_the_root_only(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"secret")
    store = plain(root)
    store.put("real/file", b"inside", opt.PUT)
    (root / "linked").symlink_to("real")
    (root / "out").symlink_to(outside)
    (root / "up").symlink_to("../outside/file")
    (root / "loop").symlink_to(".")
    assert read(store, "linked/file") == b"inside"
    store.put("linked/more", b"more", opt.PUT)
    assert (root / "real" / "more").read_bytes() == b"more"
    for key in ("out/file", "up"):
        with pytest.raises(AccessDenied, match="leads out"):
            store.get(key, opt.GET)
    for call in (lambda: store.put("out/new", b"", opt.PUT), lambda: store.delete("out/file", opt.DELETE)):
        with pytest.raises(AccessDenied):
            call()
    assert keys(store) == ["real/file", "real/more"]  # links are not walked, so a loop has no end to find
    assert os.listdir(outside) == ["file"]


def test_a_listing_that_begins_behind_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    store = plain(root)
    for key in ("real/a", "real/deep/b", "real/deep/c", "z"):
        store.put(key, b"1", opt.PUT)
    (root / "linked").symlink_to("real")
    (root / "twice").symlink_to("linked")
    (root / "real" / "up").symlink_to("..")
    (root / "out").symlink_to(outside)
    (root / "round").symlink_to("round")
    assert keys(store, prefix="linked/", limit=1) == ["linked/a", "linked/deep/b", "linked/deep/c"]
    assert keys(store, prefix="linked/d") == ["linked/deep/b", "linked/deep/c"]
    assert keys(store, prefix="twice/deep/") == ["twice/deep/b", "twice/deep/c"]
    assert pages(store, prefix="linked/", delimiter="/")[0].prefixes == ("linked/deep/",)
    assert keys(store, prefix="linked/up/z") == ["linked/up/z"]
    for key in keys(store, prefix="linked/"):
        assert read(store, key) == b"1"
    with pytest.raises(AccessDenied, match="leads out"):
        keys(store, prefix="out/")
    with pytest.raises(StorageError, match="symbolic links"):
        keys(store, prefix="round/")


def test_a_root_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    store = plain(tmp_path / "link")
    store.put("a/b", b"1", opt.PUT)
    assert (read(store, "a/b"), keys(store)) == (b"1", ["a/b"])


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    store = plain(tmp_path / "missing")
    assert keys(store) == []
    with pytest.raises(ObjectNotFound):
        store.head("a", opt.HEAD)
    store.delete("a", opt.DELETE)
    assert os.listdir(tmp_path) == []
    with pytest.raises(BucketNotFound):
        plain(tmp_path / "missing", create=False).put("a", b"", opt.PUT)
    store.put("a", b"1", opt.PUT)
    assert keys(store) == ["a"]


def test_reading_on_condition(tmp_path: Path) -> None:
    store = plain(tmp_path)
    etag = store.put("a", b"data", opt.PUT).etag
    assert store.put("a", b"data", opt.PUT).etag != etag
    info = store.head("a", opt.HEAD)
    with pytest.raises(NotModified):
        store.get("a", opt.GetOptions(if_none_match=info.etag))
    with pytest.raises(NotModified):
        store.head("a", opt.HeadOptions(if_modified_since=info.last_modified))
    assert read(store, "a", if_match=info.etag) == b"data"


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    store = plain(tmp_path)
    store.put("a", b"old" * 1000, opt.PUT)
    with store.get("a", opt.GET) as result:
        store.put("a", b"new", opt.PUT)
        store.delete("a", opt.DELETE)
        assert result.read() == b"old" * 1000
