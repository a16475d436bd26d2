"""Copies inside the store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from holdall import options as opt
from holdall.errors import ObjectAlreadyExists, ObjectNotFound, PreconditionFailed
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import body_of
from holdall.testing.calls import copy, head, keys, put, read
from holdall.testing.suites.objects import CONTENT_HEADERS

if TYPE_CHECKING:
    from holdall import groups
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class CopySuite(Suite):
    """A copy is the whole object: bytes, metadata, content headers, tags."""

    @needs("copy.server_side")
    def test_a_copy_has_the_bytes(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(100_000)
        put(provider, "from/here", body)
        result = copy(provider, "from/here", "to/there")
        assert result.key == "to/there"
        assert read(provider, "to/there") == read(provider, "from/here") == body
        assert result.etag in {None, head(provider, "to/there").etag}

    @needs("copy.server_side")
    @pytest.mark.parametrize("key", ["a+b c%41/ü 日.txt", "a/b/c", "#?&=", "empty"])
    def test_any_key_can_be_copied(self, provider: StorageProvider, harness: Harness, key: str) -> None:
        body = b"" if key == "empty" else b"data"
        put(provider, key, body)
        copy(provider, key, f"copy of {key}")
        assert read(provider, f"copy of {key}") == body

    @needs("copy.server_side")
    def test_a_copy_is_an_object_of_its_own(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"before")
        copy(provider, "source", "copy")
        put(provider, "source", b"after")
        assert read(provider, "copy") == b"before"

    @needs("copy.server_side")
    def test_a_copy_replaces_what_was_there(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"new")
        put(provider, "target", body_of(1000))
        copy(provider, "source", "target")
        assert read(provider, "target") == b"new"

    @needs("copy.server_side", "put.metadata", "put.content_headers")
    def test_metadata_and_content_headers_come_along(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"data", metadata={"origin": "here"}, **CONTENT_HEADERS)
        copy(provider, "source", "copy")
        info = head(provider, "copy")
        assert info.metadata == {"origin": "here"}
        assert {name: getattr(info, name) for name in CONTENT_HEADERS} == CONTENT_HEADERS

    @needs("copy.replace_metadata", "put.metadata", "put.content_headers")
    def test_metadata_and_content_headers_can_be_replaced(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"data", metadata={"origin": "here"}, **CONTENT_HEADERS)
        copy(provider, "source", "copy", replace_metadata=True, metadata={"new": "1"}, content_type="text/csv")
        info = head(provider, "copy")
        assert info.metadata == {"new": "1"}
        assert (info.content_type, info.cache_control, info.content_disposition) == ("text/csv", None, None)

    @needs("copy.replace_metadata", "put.metadata")
    def test_metadata_can_be_replaced_in_place(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", metadata={"old": "1"})
        copy(provider, "key", "key", replace_metadata=True, metadata={"new": "2"})
        assert head(provider, "key").metadata == {"new": "2"}
        assert read(provider, "key") == b"data"

    @needs("copy.server_side", "tags.objects")
    def test_tags_come_along(self, provider: StorageProvider, harness: Harness) -> None:
        tags = cast("groups.Tags", provider)
        put(provider, "source", b"data")
        tags.put_tags("source", {"team": "blue"}, None)
        copy(provider, "source", "copy")
        assert tags.get_tags("copy", None) == {"team": "blue"}

    @needs("tags.on_copy")
    def test_tags_can_be_replaced(self, provider: StorageProvider, harness: Harness) -> None:
        tags = cast("groups.Tags", provider)
        put(provider, "source", b"data")
        tags.put_tags("source", {"team": "blue"}, None)
        copy(provider, "source", "copy", replace_tags=True, tags={"team": "red", "n": "1"})
        assert tags.get_tags("copy", None) == {"team": "red", "n": "1"}

    @needs("copy.server_side", "copy.across_buckets")
    def test_copy_from_another_bucket(self, provider: StorageProvider, harness: Harness) -> None:
        bucket = provider.info.bucket
        assert bucket is not None
        put(provider, "key", b"data")
        other_name = f"{bucket[:50]}-other"
        account = cast("groups.Buckets", provider)
        account.create_bucket(other_name, opt.CREATE_BUCKET)
        other = cast("StorageProvider", account.bind(other_name))
        try:
            copy(other, "key", "copy", bucket=bucket)
            assert read(other, "copy") == b"data"
            assert keys(provider) == ["key"]
        finally:
            for key in keys(other):
                other.delete(key, opt.DELETE)
            account.delete_bucket(other_name)

    @needs("copy.server_side")
    def test_there_must_be_a_source(self, provider: StorageProvider, harness: Harness) -> None:
        with pytest.raises(ObjectNotFound):
            copy(provider, "missing", "copy")
        assert keys(provider) == []

    @needs("copy.if_absent")
    def test_create_only(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"data")
        copy(provider, "source", "copy", if_absent=True)
        put(provider, "source", b"later")
        with pytest.raises(ObjectAlreadyExists):
            copy(provider, "source", "copy", if_absent=True)
        assert read(provider, "copy") == b"data"

    @needs("copy.if_match")
    def test_replace_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "source", b"new")
        other = put(provider, "target", b"older").etag
        current = put(provider, "target", b"old").etag
        with pytest.raises(PreconditionFailed):
            copy(provider, "source", "target", if_match=other)
        assert read(provider, "target") == b"old"
        copy(provider, "source", "target", if_match=current)
        assert read(provider, "target") == b"new"

    @needs("copy.source_if_match")
    def test_source_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        other = put(provider, "source", b"older").etag
        current = put(provider, "source", b"data").etag
        with pytest.raises(PreconditionFailed):
            copy(provider, "source", "copy", source_if_match=other)
        assert keys(provider) == ["source"]
        copy(provider, "source", "copy", source_if_match=current)
        assert read(provider, "copy") == b"data"

    @needs("copy.source_conditions")
    def test_other_conditions_on_the_source(self, provider: StorageProvider, harness: Harness) -> None:
        other = put(provider, "source", b"older").etag
        current = put(provider, "source", b"data").etag
        modified = head(provider, "source").last_modified
        assert modified is not None
        for condition in (
            {"source_if_none_match": current},
            {"source_if_modified_since": modified},
            {"source_if_unmodified_since": modified - DAY},
        ):
            with pytest.raises(PreconditionFailed):
                copy(provider, "source", "copy", **condition)
        assert keys(provider) == ["source"]
        copy(provider, "source", "one", source_if_none_match=other)
        copy(provider, "source", "two", source_if_modified_since=modified - DAY)
        copy(provider, "source", "three", source_if_unmodified_since=modified + SECOND)
        assert keys(provider) == ["one", "source", "three", "two"]
