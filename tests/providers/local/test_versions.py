"""Versions: their order, what brings one back, and what a crash in the middle leaves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.errors import ObjectNotFound, VersionNotFound
from holdall.models import Versioning
from holdall_local.history import History
from tests.providers.local.stores import keys, local, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.models import ObjectVersion
    from holdall_local.provider import LocalProvider


def versions(store: LocalProvider, **options: object) -> list[ObjectVersion]:
    found: list[ObjectVersion] = []
    token = None
    while True:
        page = store.list_versions_page(opt.ListOptions(**{**options, "token": token}))  # type: ignore[arg-type]
        found += page.versions
        token = page.next_token
        if token is None:
            return found


def test_old_versions_share_their_bytes_with_nobody(tmp_path: Path) -> None:
    store = local(tmp_path, versioning=True)
    first = store.put("a", b"first", opt.PUT)
    inode = (tmp_path / "a").stat().st_ino
    store.put("a", b"second", opt.PUT)
    (data,) = (tmp_path / ".holdall" / "versions" / "a%").glob("*.data")
    assert data.stat().st_ino == inode  # kept by a link, not by a copy
    (tmp_path / "a").write_bytes(b"changed in place by another program")
    assert read(store, "a", version_id=first.version_id) == b"first"


def test_old_versions_where_the_file_system_has_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path, versioning=True)
    first = store.put("a", b"first", opt.PutOptions(metadata={"k": "1"}))

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    second = store.put("a", b"second", opt.PUT)
    info = store.head("a", opt.HeadOptions(version_id=first.version_id))
    assert (info.etag, info.metadata) == (first.etag, {"k": "1"})
    store.delete("a", opt.DeleteOptions(version_id=second.version_id))
    assert read(store, "a") == b"first"
    assert store.head("a", opt.HEAD).etag == first.etag


def test_deleting_version_after_version_uncovers_those_below(tmp_path: Path) -> None:
    store = local(tmp_path, versioning=True)
    store.put("x/a", b"1", opt.PUT)
    store.delete("x/a", opt.DELETE)
    store.put("x/a", b"2", opt.PutOptions(tags={"t": "2"}))
    store.put("x/a", b"3", opt.PUT)
    store.delete("x/a", opt.DELETE)
    expected = [None, b"3", b"2", None, b"1"]
    while expected:
        newest, *_ = listed = versions(store)
        assert len(listed) == len(expected)
        assert [version.is_latest for version in listed] == [True] + [False] * (len(listed) - 1)
        assert newest.is_delete_marker is (expected[0] is None)
        if expected[0] is None:
            with pytest.raises(ObjectNotFound):
                store.head("x/a", opt.HEAD)
            with pytest.raises(VersionNotFound, match="delete marker"):
                store.head("x/a", opt.HeadOptions(version_id=newest.version_id))
        else:
            assert read(store, "x/a") == expected[0]
            assert store.get_tags("x/a", None) == ({"t": "2"} if expected[0] == b"2" else {})
        done = store.delete("x/a", opt.DeleteOptions(version_id=newest.version_id))
        assert (done.delete_marker, done.version_id) == (expected[0] is None, newest.version_id)
        expected = expected[1:]
    assert versions(store) == []
    assert os.listdir(tmp_path) == [".holdall"]
    assert os.listdir(tmp_path / ".holdall" / "versions") == []


def test_a_version_comes_back_beside_a_folder_that_took_its_place(tmp_path: Path) -> None:
    store = local(tmp_path, versioning=True)
    store.put("a", b"object", opt.PUT)
    marker = store.delete("a", opt.DELETE)
    store.put("a/b", b"below", opt.PUT)
    store.delete("a", opt.DeleteOptions(version_id=marker.version_id))
    assert (read(store, "a"), read(store, "a/b")) == (b"object", b"below")
    assert keys(store) == ["a", "a/b"]


def test_while_suspended_there_is_one_version_without_an_id(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"before", opt.PUT)
    store.set_versioning(Versioning.ENABLED)
    kept = store.put("a", b"kept", opt.PUT)
    store.set_versioning(Versioning.SUSPENDED)
    assert store.put("a", b"null 1", opt.PUT).version_id == "null"
    store.put("a", b"null 2", opt.PUT)
    assert [version.version_id for version in versions(store)] == ["null", kept.version_id]
    assert read(store, "a", version_id="null") == b"null 2"
    assert store.delete("a", opt.DELETE).version_id == "null"
    listed = versions(store)
    assert [(version.version_id, version.is_delete_marker) for version in listed] == [
        ("null", True),
        (kept.version_id, False),
    ]
    store.delete("a", opt.DeleteOptions(version_id="null"))
    assert read(store, "a") == b"kept"


def test_serial_numbers_grow_when_the_clock_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path, versioning=True)
    monkeypatch.setattr("time.time_ns", lambda: 2_000_000_000_000_000_000)
    store.put("a", b"1", opt.PUT)
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000_000_000_000)
    store.put("a", b"2", opt.PUT)
    store.put("a", b"3", opt.PUT)
    assert [read(store, "a", version_id=version.version_id) for version in versions(store)] == [b"3", b"2", b"1"]


def test_two_writes_in_one_tick_of_the_clock_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path)
    monkeypatch.setattr("time.time_ns", lambda: 2_000_000_000_000_000_000)
    etags = {store.put("a", data, opt.PutOptions(metadata={"k": data.decode()})).etag for data in (b"1", b"2", b"3")}
    assert len(etags) == 3
    assert store.head("a", opt.HEAD).metadata == {"k": "3"}


@pytest.mark.parametrize("step", ["rewrite", "add", "add_marker", "drop"])
def test_a_crash_in_the_middle_is_as_if_nothing_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The steps around the one rename or unlink that counts; here the process ends at each."""
    store = local(tmp_path, versioning=True)
    first = store.put("a", b"1", opt.PUT)
    second = store.put("a", b"2", opt.PUT)
    real = getattr(History, step)

    def crash(self: History, *args: object) -> None:
        if step in {"add", "add_marker"}:  # right after these, and right before the others
            real(self, *args)
        raise KeyboardInterrupt

    monkeypatch.setattr(History, step, crash)
    changes: dict[str, Callable[[], object]] = {
        "rewrite": lambda: store.put("a", b"3", opt.PUT),
        "add": lambda: store.put("a", b"3", opt.PUT),
        "add_marker": lambda: store.delete("a", opt.DELETE),
        "drop": lambda: store.delete("a", opt.DeleteOptions(version_id=second.version_id)),
    }
    with pytest.raises(KeyboardInterrupt):
        changes[step]()
    monkeypatch.undo()
    expected = [first] if step == "drop" else [second, first]  # before `drop` the rename was made
    listed = versions(store)
    assert [version.version_id for version in listed] == [put.version_id for put in expected]
    assert [version.is_latest for version in listed] == [True] + [False] * (len(expected) - 1)
    assert read(store, "a") == (b"1" if step == "drop" else b"2")
    third = store.put("a", b"3", opt.PUT)  # the next change clears up
    assert [version.version_id for version in versions(store, prefix="a")] == [
        put.version_id for put in [third, *expected]
    ]
    assert [read(store, "a", version_id=version.version_id) for version in versions(store, prefix="a")] == (
        [b"3", b"1"] if step == "drop" else [b"3", b"2", b"1"]
    )


def test_a_crash_before_the_replaced_version_goes_leaves_one_without_an_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = local(tmp_path)
    store.put("a", b"null 1", opt.PUT)
    store.set_versioning(Versioning.ENABLED)
    kept = store.put("a", b"kept", opt.PUT)
    store.set_versioning(Versioning.SUSPENDED)

    def crash(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(History, "drop", crash)
    with pytest.raises(KeyboardInterrupt):
        store.put("a", b"null 2", opt.PUT)
    monkeypatch.undo()
    assert [version.version_id for version in versions(store)] == ["null", kept.version_id]
    assert read(store, "a", version_id="null") == b"null 2"


def test_pages_of_versions(tmp_path: Path) -> None:
    store = local(tmp_path, versioning=True)
    expected = []
    for key in ("a", "a/b", "b"):
        ids = [store.put(key, b"", opt.PUT).version_id for _ in range(3)]
        expected += [(key, version_id) for version_id in reversed(ids)]
    for limit in (1, 2, 4, 1000):
        assert [(found.key, found.version_id) for found in versions(store, limit=limit)] == expected
    page = store.list_versions_page(opt.ListOptions(delimiter="/"))
    assert page.prefixes == ("a/",)
    assert {version.key for version in page.versions} == {"a", "b"}


def test_tags_of_one_version(tmp_path: Path) -> None:
    store = local(tmp_path, versioning=True)
    first = store.put("a", b"1", opt.PutOptions(tags={"t": "1"}))
    second = store.put("a", b"2", opt.PutOptions(tags={"t": "2"}))
    assert store.put_tags("a", {"t": "one"}, first.version_id) == first.version_id
    assert store.get_tags("a", first.version_id) == {"t": "one"}
    assert store.get_tags("a", None) == {"t": "2"}
    assert store.head("a", opt.HEAD).etag == second.etag
    store.delete_tags("a", None)
    assert store.get_tags("a", second.version_id) == {}
