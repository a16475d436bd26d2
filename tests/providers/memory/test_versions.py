"""Versions, delete markers, the version ``null``, and tags of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall.errors import InvalidBucketState, ObjectNotFound, PreconditionFailed, VersionNotFound
from holdall.models import CopySource, DeleteResult, ObjectRef, Versioning
from holdall.options import COPY, DELETE, GET, HEAD, LIST, PUT, DeleteOptions, GetOptions, ListOptions, PutOptions

if TYPE_CHECKING:
    from holdall_memory.provider import MemoryProvider


def put(provider: MemoryProvider, key: str, data: bytes) -> str:
    version_id = provider.put(key, data, PUT).version_id
    assert version_id is not None
    return version_id


def read(provider: MemoryProvider, key: str, version_id: str | None = None) -> bytes:
    return provider.get(key, GetOptions(version_id=version_id)).read()


def history(provider: MemoryProvider, **options: object) -> list[tuple[str, str, bool, bool]]:
    """Key, id, whether latest, whether a marker, of all versions."""
    page = provider.list_versions_page(ListOptions(**options))  # type: ignore[arg-type]  # passed on as given
    return [(known.key, known.version_id, known.is_latest, known.is_delete_marker) for known in page.versions]


def test_every_version_stays(versioned: MemoryProvider) -> None:
    first, second = put(versioned, "key", b"first"), put(versioned, "key", b"second")
    assert first != second
    assert read(versioned, "key") == b"second"
    assert read(versioned, "key", first) == b"first"
    assert versioned.head("key", HEAD).version_id == second
    assert history(versioned) == [("key", second, True, False), ("key", first, False, False)]


def test_a_delete_hides_and_removing_the_marker_brings_back(versioned: MemoryProvider) -> None:
    version = put(versioned, "key", b"data")
    hidden = versioned.delete("key", DELETE)
    assert hidden.delete_marker
    marker = hidden.version_id
    assert marker is not None
    assert history(versioned) == [("key", marker, True, True), ("key", version, False, False)]
    assert versioned.list_page(LIST).entries == ()
    with pytest.raises(ObjectNotFound) as missing:
        versioned.get("key", GET)
    assert not isinstance(missing.value, VersionNotFound)
    with pytest.raises(VersionNotFound, match="delete marker"):
        read(versioned, "key", marker)
    assert read(versioned, "key", version) == b"data"
    assert versioned.delete("key", DeleteOptions(version_id=marker)) == DeleteResult(
        delete_marker=True, version_id=marker
    )
    assert read(versioned, "key") == b"data"
    assert [entry.key for entry in versioned.list_page(LIST).entries] == ["key"]


def test_deleting_what_never_was_makes_a_marker_too(versioned: MemoryProvider) -> None:
    result = versioned.delete("key", DELETE)
    assert result.version_id is not None
    assert history(versioned) == [("key", result.version_id, True, True)]


def test_a_version_is_removed_for_good(versioned: MemoryProvider) -> None:
    first, second = put(versioned, "key", b"first"), put(versioned, "key", b"second")
    result = versioned.delete("key", DeleteOptions(version_id=second))
    assert result == DeleteResult(delete_marker=False, version_id=second)
    assert read(versioned, "key") == b"first"
    with pytest.raises(VersionNotFound, match="no such version"):
        read(versioned, "key", second)
    assert versioned.delete("key", DeleteOptions(version_id=second)) == DeleteResult()
    versioned.delete("key", DeleteOptions(version_id=first))
    assert history(versioned) == []
    versioned.put("key", b"", PutOptions(if_absent=True))


def test_conditions_look_at_what_readers_see(versioned: MemoryProvider) -> None:
    etag = versioned.put("key", b"data", PUT).etag
    version = versioned.head("key", HEAD).version_id
    versioned.delete("key", DELETE)
    with pytest.raises(ObjectNotFound):
        versioned.put("key", b"", PutOptions(if_match=etag))
    with pytest.raises(PreconditionFailed):
        versioned.delete("key", DeleteOptions(version_id=version, if_match="other"))
    versioned.delete("key", DeleteOptions(version_id=version, if_match=etag))
    versioned.put("key", b"", PutOptions(if_absent=True))


def test_what_was_there_before_versioning_is_the_version_null(provider: MemoryProvider) -> None:
    assert provider.put("key", b"old", PUT).version_id is None
    assert history(provider) == [("key", "null", True, False)]
    provider.set_versioning(Versioning.ENABLED)
    assert provider.head("key", HEAD).version_id == "null"
    new = put(provider, "key", b"new")
    assert history(provider) == [("key", new, True, False), ("key", "null", False, False)]
    assert read(provider, "key", "null") == b"old"


def test_suspended_writes_take_the_place_of_null_alone(versioned: MemoryProvider) -> None:
    kept = put(versioned, "key", b"kept")
    versioned.set_versioning(Versioning.SUSPENDED)
    assert put(versioned, "key", b"one") == put(versioned, "key", b"two") == "null"
    assert history(versioned) == [("key", "null", True, False), ("key", kept, False, False)]
    assert versioned.delete("key", DELETE) == DeleteResult(delete_marker=True, version_id="null")
    assert history(versioned) == [("key", "null", True, True), ("key", kept, False, False)]
    assert read(versioned, "key", kept) == b"kept"
    versioned.set_versioning(Versioning.ENABLED)
    again = put(versioned, "key", b"again")
    assert [known[1] for known in history(versioned)] == [again, "null", kept]


def test_versioning_is_never_off_again(provider: MemoryProvider) -> None:
    provider.set_versioning(Versioning.OFF)
    for state in (Versioning.ENABLED, Versioning.SUSPENDED):
        provider.set_versioning(state)
        assert provider.get_versioning() is state
        with pytest.raises(InvalidBucketState):
            provider.set_versioning(Versioning.OFF)
        assert provider.get_versioning() is state


def test_an_unversioned_bucket_knows_no_other_version(provider: MemoryProvider) -> None:
    provider.put("key", b"data", PUT)
    assert read(provider, "key", "null") == b"data"
    with pytest.raises(VersionNotFound):
        read(provider, "key", "other")
    assert provider.delete("key", DELETE) == DeleteResult()
    assert history(provider) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_pages_of_versions(versioned: MemoryProvider, limit: int) -> None:
    for number in range(3):
        for key in ("b", "a", "folder/1"):
            put(versioned, key, str(number).encode())
    versioned.delete("b", DELETE)
    expected = [known[:2] for known in history(versioned, delimiter="/")]
    assert [key for key, _ in expected] == ["a"] * 3 + ["b"] * 4
    seen: list[tuple[str, str]] = []
    prefixes: list[str] = []
    token = None
    while True:
        page = versioned.list_versions_page(ListOptions(delimiter="/", limit=limit, token=token))
        assert 1 <= len(page.versions) + len(page.prefixes) <= limit
        seen += [(known.key, known.version_id) for known in page.versions]
        prefixes += page.prefixes
        token = page.next_token
        if token is None:
            break
    assert (seen, prefixes) == (expected, ["folder/"])


def test_versions_written_between_pages_disturb_nothing(versioned: MemoryProvider) -> None:
    ids = [put(versioned, "key", b"") for _ in range(4)]
    other = put(versioned, "other", b"")
    first = versioned.list_versions_page(ListOptions(limit=2))
    assert [known.version_id for known in first.versions] == [ids[3], ids[2]]
    put(versioned, "key", b"newer")
    versioned.delete("key", DeleteOptions(version_id=ids[2]))  # the one where the page ended
    second = versioned.list_versions_page(ListOptions(token=first.next_token))
    assert [known.version_id for known in second.versions] == [ids[1], ids[0], other]


def test_a_version_listing_starts_after_a_key(versioned: MemoryProvider) -> None:
    for key in ("a", "b", "c"):
        put(versioned, key, b"")
    assert [known[0] for known in history(versioned, start_after="a")] == ["b", "c"]
    assert [known[0] for known in history(versioned, prefix="b")] == ["b"]


def test_batch_delete_of_versions(versioned: MemoryProvider) -> None:
    version = put(versioned, "key", b"data")
    (hidden,) = versioned.delete_batch([ObjectRef("key")], DELETE)
    assert (hidden.delete_marker, hidden.version_id) == (True, None)
    marker = hidden.delete_marker_version_id
    assert history(versioned)[0] == ("key", marker, True, True)
    gone = versioned.delete_batch([ObjectRef("key", marker), ObjectRef("key", version)], DELETE)
    assert [(one.version_id, one.delete_marker, one.delete_marker_version_id) for one in gone] == [
        (marker, True, marker),
        (version, False, None),
    ]
    assert history(versioned) == []


def test_copy_from_a_version(versioned: MemoryProvider) -> None:
    first = put(versioned, "key", b"first")
    put(versioned, "key", b"second")
    result = versioned.copy(CopySource("key", version_id=first), "key", COPY)
    assert result.source_version_id == first
    assert (read(versioned, "key"), len(history(versioned))) == (b"first", 3)
    marker = versioned.delete("key", DELETE).version_id
    with pytest.raises(VersionNotFound):
        versioned.copy(CopySource("key", version_id=marker), "other", COPY)
    with pytest.raises(ObjectNotFound):
        versioned.copy(CopySource("key"), "other", COPY)


def test_each_version_has_its_tags(versioned: MemoryProvider) -> None:
    first = versioned.put("key", b"", PutOptions(tags={"n": "1"})).version_id
    second = versioned.put("key", b"", PutOptions(tags={"n": "2"})).version_id
    written = versioned.head("key", GetOptions(version_id=first)).last_modified
    assert versioned.put_tags("key", {"n": "one"}, first) == first
    assert versioned.get_tags("key", first) == {"n": "one"}
    assert versioned.get_tags("key", None) == {"n": "2"}
    assert versioned.delete_tags("key", None) == second
    assert versioned.get_tags("key", None) == {}
    assert versioned.head("key", HEAD).tag_count == 0
    # Tags are no new version, and no modification.
    assert [known[1] for known in history(versioned)] == [second, first]
    assert versioned.head("key", GetOptions(version_id=first)).last_modified == written


def test_tags_of_what_is_not_there(versioned: MemoryProvider) -> None:
    put(versioned, "key", b"")
    marker = versioned.delete("key", DELETE).version_id
    for version_id, error in ((None, ObjectNotFound), ("other", VersionNotFound), (marker, VersionNotFound)):
        with pytest.raises(error):
            versioned.get_tags("key", version_id)
        with pytest.raises(error):
            versioned.put_tags("key", {}, version_id)
        with pytest.raises(error):
            versioned.delete_tags("key", version_id)
