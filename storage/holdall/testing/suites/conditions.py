"""Conditions of reads, writes and deletes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from holdall.errors import NotModified, ObjectAlreadyExists, ObjectNotFound, PreconditionFailed
from holdall.testing.base import Suite, needs
from holdall.testing.calls import delete, head, keys, put, read

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)  # what HTTP dates can tell apart


def etags(provider: StorageProvider) -> tuple[str, str]:
    """Puts an object twice and returns its ETag and the one that it had before."""
    other = put(provider, "key", b"old").etag
    current = put(provider, "key", b"data").etag
    assert other is not None
    assert current is not None
    return current, other


class ConditionSuite(Suite):
    """Nothing is read, written or deleted when a condition does not hold."""

    @needs("get.if_match")
    def test_read_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        current, other = etags(provider)
        assert read(provider, "key", if_match=current) == b"data"
        assert head(provider, "key", if_match=current).size == 4
        for call in (read, head):
            with pytest.raises(PreconditionFailed):
                call(provider, "key", if_match=other)

    @needs("get.if_none_match")
    def test_read_if_none_match(self, provider: StorageProvider, harness: Harness) -> None:
        current, other = etags(provider)
        assert read(provider, "key", if_none_match=other) == b"data"
        assert head(provider, "key", if_none_match=other).size == 4
        for call in (read, head):
            with pytest.raises(NotModified):
                call(provider, "key", if_none_match=current)

    @needs("get.if_modified_since")
    def test_read_if_modified_since(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        modified = head(provider, "key").last_modified
        assert modified is not None
        assert read(provider, "key", if_modified_since=modified - DAY) == b"data"
        for call in (read, head):
            with pytest.raises(NotModified):
                call(provider, "key", if_modified_since=modified)

    @needs("get.if_unmodified_since")
    def test_read_if_unmodified_since(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        modified = head(provider, "key").last_modified
        assert modified is not None
        assert read(provider, "key", if_unmodified_since=modified + SECOND) == b"data"
        for call in (read, head):
            with pytest.raises(PreconditionFailed):
                call(provider, "key", if_unmodified_since=modified - DAY)

    @needs("get.if_match", "get.if_unmodified_since")
    def test_if_match_overrules_if_unmodified_since(self, provider: StorageProvider, harness: Harness) -> None:
        # RFC 9110, 13.2.2; S3's reference of GetObject says the same.
        current, _ = etags(provider)
        modified = head(provider, "key").last_modified
        assert modified is not None
        assert read(provider, "key", if_match=current, if_unmodified_since=modified - DAY) == b"data"

    @needs("get.if_none_match", "get.if_modified_since")
    def test_if_none_match_overrules_if_modified_since(self, provider: StorageProvider, harness: Harness) -> None:
        current, other = etags(provider)
        modified = head(provider, "key").last_modified
        assert modified is not None
        with pytest.raises(NotModified):
            read(provider, "key", if_none_match=current, if_modified_since=modified - DAY)
        assert read(provider, "key", if_none_match=other, if_modified_since=modified) == b"data"

    @needs("put.if_absent")
    def test_create_only(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"first", if_absent=True)
        with pytest.raises(ObjectAlreadyExists):
            put(provider, "key", b"second", if_absent=True)
        assert read(provider, "key") == b"first"
        delete(provider, "key")
        put(provider, "key", b"third", if_absent=True)
        assert read(provider, "key") == b"third"

    @needs("put.if_match")
    def test_replace_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        current, other = etags(provider)
        with pytest.raises(PreconditionFailed):
            put(provider, "key", b"lost", if_match=other)
        assert read(provider, "key") == b"data"
        put(provider, "key", b"next", if_match=current)
        with pytest.raises(PreconditionFailed):
            put(provider, "key", b"lost", if_match=current)
        assert read(provider, "key") == b"next"

    @needs("put.if_match")
    def test_there_must_be_something_to_replace(self, provider: StorageProvider, harness: Harness) -> None:
        current, _ = etags(provider)
        delete(provider, "key")
        with pytest.raises(ObjectNotFound):
            put(provider, "key", b"lost", if_match=current)
        assert keys(provider) == []

    @needs("delete.if_match")
    def test_delete_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        current, other = etags(provider)
        with pytest.raises(PreconditionFailed):
            delete(provider, "key", if_match=other)
        assert read(provider, "key") == b"data"
        delete(provider, "key", if_match=current)
        assert keys(provider) == []
