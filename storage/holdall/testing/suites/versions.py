"""Versions of objects."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import pytest

from holdall import options as opt
from holdall.errors import ObjectNotFound, StorageError, VersionNotFound
from holdall.models import ObjectRef, Versioning
from holdall.testing.base import Suite, needs
from holdall.testing.calls import copy, delete, head, keys, put, read, version_pages, versions

if TYPE_CHECKING:
    from holdall import groups
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness


def enable(provider: StorageProvider) -> groups.Versions:
    """Switches versioning on."""
    group = cast("groups.Versions", provider)
    group.set_versioning(Versioning.ENABLED)
    return group


def put_version(provider: StorageProvider, key: str, body: bytes) -> str:
    """Puts an object and returns its version id."""
    version_id = put(provider, key, body).version_id
    assert version_id is not None
    return version_id


class VersionsSuite(Suite):
    """Nothing that was written is lost while versioning is on."""

    @needs("versions.enable", "versions.list")
    def test_the_state_is_told(self, provider: StorageProvider, harness: Harness) -> None:
        group = cast("groups.Versions", provider)
        assert group.get_versioning() is Versioning.OFF
        assert put(provider, "key", b"data").version_id is None
        assert head(provider, "key").version_id is None
        group.set_versioning(Versioning.ENABLED)
        assert group.get_versioning() is Versioning.ENABLED

    @needs("versions.enable", "versions.get")
    def test_every_version_can_be_read(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        first = put_version(provider, "key", b"one")
        second = put_version(provider, "key", b"second")
        assert first != second
        assert read(provider, "key") == b"second"
        assert (head(provider, "key").version_id, head(provider, "key").size) == (second, 6)
        for version_id, body in ((first, b"one"), (second, b"second")):
            assert read(provider, "key", version_id=version_id) == body
            info = head(provider, "key", version_id=version_id)
            assert (info.version_id, info.size) == (version_id, len(body))

    @needs("versions.enable", "versions.get", "versions.delete")
    def test_an_empty_version_id_does_not_mean_the_latest(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        version_id = put_version(provider, "key", b"data")
        for ask in (head, read):
            with pytest.raises(StorageError):
                ask(provider, "key", version_id="")
        with suppress(StorageError):  # deleting what is not there may succeed; it must not delete the object
            delete(provider, "key", version_id="")
        if provider.capabilities.supports("delete.batch_versions"):
            with suppress(StorageError):
                cast("groups.BatchDelete", provider).delete_batch([ObjectRef("key", "")], opt.DELETE)
        assert (head(provider, "key").version_id, read(provider, "key")) == (version_id, b"data")

    @needs("versions.enable", "versions.list", "versions.newest_first")
    def test_versions_are_listed_newest_first(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        written = [put_version(provider, "b", body) for body in (b"1", b"22", b"333")]
        alone = put_version(provider, "a", b"4444")
        marker = delete(provider, "b").version_id
        found = versions(provider)
        assert [(version.key, version.version_id) for version in found] == [
            ("a", alone), ("b", marker), ("b", written[2]), ("b", written[1]), ("b", written[0]),
        ]  # fmt: skip
        assert [version.is_latest for version in found] == [True, True, False, False, False]
        assert [version.is_delete_marker for version in found] == [False, True, False, False, False]
        assert [version.size for version in found if not version.is_delete_marker] == [4, 3, 2, 1]

    @needs("versions.enable", "versions.list")
    @pytest.mark.parametrize("limit", [1, 2, 5])
    def test_versions_in_pages(self, provider: StorageProvider, harness: Harness, limit: int) -> None:
        enable(provider)
        for key in ("a", "b/1", "b/2"):
            for body in (b"1", b"2"):
                put(provider, key, body)
            delete(provider, key)
        in_order = list if provider.capabilities.supports("versions.newest_first") else sorted
        whole = [(version.key, version.version_id) for version in versions(provider)]
        assert len(whole) == len(set(whole)) == 9
        paged = []
        for page in version_pages(provider, limit=limit):
            assert len(page.versions) + len(page.prefixes) <= limit
            paged += [(version.key, version.version_id) for version in page.versions]
        assert in_order(paged) == in_order(whole)
        below = [(version.key, version.version_id) for version in versions(provider, prefix="b/", limit=limit)]
        assert in_order(below) == in_order(found for found in whole if found[0].startswith("b/"))

    @needs("versions.enable", "versions.list", "list.delimiter")
    def test_versions_below_a_delimiter(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        for key in ("a", "b/1", "b/2"):
            put(provider, key, b"data")
        [page] = version_pages(provider, delimiter="/")
        assert ([version.key for version in page.versions], page.prefixes) == (["a"], ("b/",))

    @needs("versions.enable", "versions.delete")
    def test_delete_hides_and_can_be_undone(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        written = put_version(provider, "key", b"data")
        deleted = delete(provider, "key")
        assert deleted.delete_marker
        assert deleted.version_id not in {None, written}
        assert keys(provider) == []
        with pytest.raises(ObjectNotFound):
            read(provider, "key")
        with pytest.raises(ObjectNotFound):
            head(provider, "key")
        undone = delete(provider, "key", version_id=deleted.version_id)
        assert undone.version_id == deleted.version_id
        assert read(provider, "key") == b"data"
        assert keys(provider) == ["key"]

    @needs("versions.enable", "versions.delete")
    def test_it_is_told_that_a_delete_marker_was_removed(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        written = put_version(provider, "key", b"data")
        marker = delete(provider, "key").version_id
        assert delete(provider, "key", version_id=marker).delete_marker
        assert not delete(provider, "key", version_id=written).delete_marker

    @needs("versions.enable", "versions.get")
    def test_a_delete_marker_holds_nothing_to_read(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        written = put_version(provider, "key", b"data")
        marker = delete(provider, "key").version_id
        for call in (read, head):
            with pytest.raises(VersionNotFound):
                call(provider, "key", version_id=marker)
        assert read(provider, "key", version_id=written) == b"data"

    @needs("versions.enable", "versions.delete")
    def test_a_version_can_be_deleted_for_good(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        first = put_version(provider, "key", b"one")
        second = put_version(provider, "key", b"two")
        result = delete(provider, "key", version_id=second)
        assert (result.delete_marker, result.version_id) == (False, second)
        assert read(provider, "key") == b"one"
        with pytest.raises(VersionNotFound):
            read(provider, "key", version_id=second)
        delete(provider, "key", version_id=second)  # deleting what is not there succeeds
        delete(provider, "key", version_id=first)
        assert versions(provider) == []

    @needs("versions.enable", "versions.delete", "delete.batch_versions")
    def test_versions_can_be_deleted_in_a_batch(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        first = put_version(provider, "key", b"one")
        second = put_version(provider, "key", b"two")
        batch = cast("groups.BatchDelete", provider)
        [outcome] = batch.delete_batch([ObjectRef("key", second)], opt.DELETE)
        assert (outcome.key, outcome.version_id, outcome.error) == ("key", second, None)
        assert read(provider, "key") == b"one"
        [hidden] = batch.delete_batch([ObjectRef("key")], opt.DELETE)
        assert hidden.error is None
        assert keys(provider) == []
        assert read(provider, "key", version_id=first) == b"one"

    @needs("versions.enable", "versions.delete", "delete.batch")
    def test_it_is_told_that_a_batch_made_delete_markers(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        first = put_version(provider, "key", b"one")
        [hidden] = cast("groups.BatchDelete", provider).delete_batch([ObjectRef("key")], opt.DELETE)
        assert hidden.delete_marker
        assert hidden.delete_marker_version_id not in {None, first}

    @needs("versions.enable", "versions.delete", "delete.batch_versions")
    def test_all_versions_of_a_key_in_one_batch(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        refs = [ObjectRef("key", put_version(provider, "key", body)) for body in (b"1", b"2", b"3")]
        outcomes = cast("groups.BatchDelete", provider).delete_batch(refs, opt.DELETE)
        assert [(done.version_id, done.error) for done in outcomes] == [(ref.version_id, None) for ref in refs]
        assert versions(provider) == []

    @needs("versions.enable", "versions.get", "copy.server_side")
    def test_an_old_version_can_be_copied(self, provider: StorageProvider, harness: Harness) -> None:
        enable(provider)
        first = put_version(provider, "key", b"one")
        put_version(provider, "key", b"two")
        result = copy(provider, "key", "restored", version_id=first)
        assert read(provider, "restored") == b"one"
        assert result.source_version_id == first
        assert result.version_id == head(provider, "restored").version_id

    @needs("versions.suspend", "versions.enable", "versions.get")
    def test_while_suspended_only_the_null_version_is_replaced(
        self, provider: StorageProvider, harness: Harness
    ) -> None:
        group = enable(provider)
        kept = put_version(provider, "key", b"kept")
        group.set_versioning(Versioning.SUSPENDED)
        assert group.get_versioning() is Versioning.SUSPENDED
        for body in (b"three", b"four"):
            assert put(provider, "key", body).version_id in {None, "null"}
        assert read(provider, "key") == b"four"
        assert read(provider, "key", version_id="null") == b"four"
        assert read(provider, "key", version_id=kept) == b"kept"
        assert {version.version_id for version in versions(provider)} == {"null", kept}

    @needs("versions.enable", "versions.get")
    def test_what_was_there_before_becomes_the_version_null(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"before")
        enable(provider)
        put(provider, "key", b"after")
        assert read(provider, "key", version_id="null") == b"before"

    @needs("versions.enable", "versions.list")
    def test_versioning_can_not_be_switched_off_again(self, provider: StorageProvider, harness: Harness) -> None:
        group = enable(provider)
        with pytest.raises(StorageError):
            group.set_versioning(Versioning.OFF)
        assert group.get_versioning() is Versioning.ENABLED
