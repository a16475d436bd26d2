"""Tags of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from holdall.errors import ObjectNotFound
from holdall.models import Versioning
from holdall.testing.base import Suite, needs
from holdall.testing.calls import head, put, read

if TYPE_CHECKING:
    from holdall import groups
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

GIVEN = {"team": "blue", "path": "a/b+c=d@e.f:g-h", "with space": "x y", "empty": "", "wörd": "größe"}


def tags_of(provider: StorageProvider) -> groups.Tags:
    """The provider, as the group."""
    return cast("groups.Tags", provider)


class TagsSuite(Suite):
    """Tags are set, replaced and removed as a whole, and leave the object alone."""

    @needs("tags.objects")
    def test_tags_come_back_as_they_were_given(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        before = head(provider, "key")
        assert tags_of(provider).get_tags("key", None) == {}
        tags_of(provider).put_tags("key", GIVEN, None)
        assert tags_of(provider).get_tags("key", None) == GIVEN
        info = head(provider, "key")
        assert info.tag_count in {None, len(GIVEN)}
        assert (info.etag, info.size) == (before.etag, before.size)
        assert read(provider, "key") == b"data"

    @needs("tags.objects")
    def test_tags_are_replaced_as_a_whole(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        tags_of(provider).put_tags("key", {"a": "1", "b": "2"}, None)
        tags_of(provider).put_tags("key", {"b": "3"}, None)
        assert tags_of(provider).get_tags("key", None) == {"b": "3"}

    @needs("tags.objects")
    def test_tags_can_be_removed(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        tags_of(provider).put_tags("key", {"a": "1"}, None)
        tags_of(provider).delete_tags("key", None)
        assert tags_of(provider).get_tags("key", None) == {}
        tags_of(provider).delete_tags("key", None)
        assert read(provider, "key") == b"data"

    @needs("tags.objects")
    def test_no_tags_is_a_set_of_tags_too(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        tags_of(provider).put_tags("key", {"a": "1"}, None)
        tags_of(provider).put_tags("key", {}, None)
        assert tags_of(provider).get_tags("key", None) == {}

    @needs("tags.objects")
    def test_as_many_as_the_store_says(self, provider: StorageProvider, harness: Harness) -> None:
        most = {f"k{number}": "v" for number in range(provider.capabilities.tags.max_tags or 10)}
        put(provider, "key", b"data")
        tags_of(provider).put_tags("key", most, None)
        assert tags_of(provider).get_tags("key", None) == most

    @needs("tags.objects")
    def test_there_must_be_an_object(self, provider: StorageProvider, harness: Harness) -> None:
        group = tags_of(provider)
        with pytest.raises(ObjectNotFound):
            group.get_tags("missing", None)
        with pytest.raises(ObjectNotFound):
            group.put_tags("missing", {"a": "1"}, None)

    @needs("tags.objects", "tags.on_put")
    def test_tags_with_the_object(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", tags=GIVEN)
        assert tags_of(provider).get_tags("key", None) == GIVEN
        put(provider, "key", b"data")
        assert tags_of(provider).get_tags("key", None) == {}

    @needs("tags.objects", "tags.versions", "versions.enable")
    def test_each_version_has_its_own(self, provider: StorageProvider, harness: Harness) -> None:
        cast("groups.Versions", provider).set_versioning(Versioning.ENABLED)
        group = tags_of(provider)
        first = put(provider, "key", b"one").version_id
        second = put(provider, "key", b"two").version_id
        group.put_tags("key", {"n": "1"}, first)
        group.put_tags("key", {"n": "2"}, None)
        assert group.get_tags("key", first) == {"n": "1"}
        assert group.get_tags("key", second) == group.get_tags("key", None) == {"n": "2"}
        group.delete_tags("key", first)
        assert (group.get_tags("key", first), group.get_tags("key", second)) == ({}, {"n": "2"})
