"""Multipart uploads."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest

from holdall import options as opt
from holdall.capabilities import Support
from holdall.errors import (
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    ObjectAlreadyExists,
    ObjectNotFound,
    OptionNotSupported,
    PartTooSmall,
    PreconditionFailed,
    StorageError,
    UploadNotFound,
)
from holdall.models import ByteRange, CopySource, PartInfo
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import Reader, body_of
from holdall.testing.calls import head, keys, put, read
from holdall.testing.suites.objects import CONTENT_HEADERS, ForeignOptions, second_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall import groups
    from holdall.models import PartPage, UploadInfo
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness


def multipart(provider: StorageProvider) -> groups.MultipartUploads:
    """The provider, as the group."""
    return cast("groups.MultipartUploads", provider)


def begin(provider: StorageProvider, key: str, **options: Any) -> str:
    """Begins an upload and returns its id."""
    upload = multipart(provider).create_upload(key, opt.CreateUploadOptions(**options))
    assert upload.key == key
    assert upload.upload_id
    return upload.upload_id


def send(provider: StorageProvider, key: str, upload_id: str, number: int, body: bytes) -> PartInfo:
    """Sends one part."""
    part = multipart(provider).upload_part(key, upload_id, number, body, opt.PART)
    assert (part.part_number, part.size) == (number, len(body))
    return part


def complete(provider: StorageProvider, key: str, upload_id: str, parts: Sequence[PartInfo], **options: Any) -> str:
    """Completes an upload and returns the ETag of the object."""
    result = multipart(provider).complete_upload(key, upload_id, parts, opt.CompleteOptions(**options))
    assert result.key == key
    return result.etag or ""


def smallest_part(provider: StorageProvider) -> int:
    """Bytes that every part but the last must have; at least enough to tell parts apart."""
    return max(provider.capabilities.multipart.min_part_size or 1, 100)


def uploads(provider: StorageProvider, prefix: str = "", limit: int | None = None) -> list[UploadInfo]:
    """All unfinished uploads."""
    found: list[UploadInfo] = []
    token = None
    while True:
        page = multipart(provider).list_uploads(prefix, token, limit)
        assert limit is None or len(page.uploads) <= limit
        found += page.uploads
        if page.next_token is None:
            return found
        token = page.next_token


def part_pages(provider: StorageProvider, key: str, upload_id: str, limit: int | None = None) -> list[PartPage]:
    """All pages of an upload's parts."""
    found: list[PartPage] = []
    marker = 0
    while True:
        page = multipart(provider).list_parts(key, upload_id, marker, limit)
        assert limit is None or len(page.parts) <= limit
        found.append(page)
        if page.next_marker is None:
            return found
        assert page.next_marker > marker
        marker = page.next_marker


class MultipartSuite(Suite):
    """An object in parts is there when it is completed, as a whole, and not before."""

    @needs("multipart.uploads")
    def test_an_empty_upload_id_names_no_upload_and_not_the_object(
        self, provider: StorageProvider, harness: Harness
    ) -> None:
        put(provider, "key", b"data")
        group, part = multipart(provider), PartInfo(part_number=1, etag="0" * 32, size=1)
        with suppress(StorageError):  # aborting what is not there may succeed; it must not delete the object
            group.abort_upload("key", "")
        with pytest.raises((InvalidRequest, UploadNotFound)):
            group.upload_part("key", "", 1, b"x", opt.PART)
        with pytest.raises((InvalidRequest, UploadNotFound)):
            group.complete_upload("key", "", [part], opt.CompleteOptions())
        if provider.capabilities.supports("multipart.list_parts"):
            with pytest.raises((InvalidRequest, UploadNotFound)):
                group.list_parts("key", "", 0, None)
        assert read(provider, "key") == b"data"

    @needs("multipart.uploads")
    def test_parts_become_one_object(self, provider: StorageProvider, harness: Harness) -> None:
        size = smallest_part(provider)
        bodies = [body_of(size, "1"), body_of(50, "2")]
        upload_id = begin(provider, "folder/key")
        parts = [send(provider, "folder/key", upload_id, number, body) for number, body in enumerate(bodies, 1)]
        assert keys(provider) == []
        with pytest.raises(ObjectNotFound):
            head(provider, "folder/key")
        etag = complete(provider, "folder/key", upload_id, parts)
        info = head(provider, "folder/key")
        assert info.size == size + 50
        assert etag in {"", info.etag}
        assert read(provider, "folder/key") == b"".join(bodies)
        assert keys(provider) == ["folder/key"]

    @needs("multipart.uploads")
    def test_parts_may_come_in_any_order_and_again(self, provider: StorageProvider, harness: Harness) -> None:
        size = smallest_part(provider)
        first, last = body_of(size, "first"), b"last"
        upload_id = begin(provider, "key")
        parts = {2: send(provider, "key", upload_id, 2, b"replaced"), 1: send(provider, "key", upload_id, 1, first)}
        parts[2] = send(provider, "key", upload_id, 2, last)
        complete(provider, "key", upload_id, [parts[1], parts[2]])
        assert read(provider, "key") == first + last

    @needs("multipart.uploads")
    def test_parts_that_are_not_named_are_dropped(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"kept")
        send(provider, "key", upload_id, 2, b"dropped")
        complete(provider, "key", upload_id, [part])
        assert read(provider, "key") == b"kept"

    @needs("multipart.uploads")
    def test_numbers_may_have_gaps(self, provider: StorageProvider, harness: Harness) -> None:
        first = body_of(smallest_part(provider))
        upload_id = begin(provider, "key")
        parts = [send(provider, "key", upload_id, 3, first), send(provider, "key", upload_id, 7, b"last")]
        complete(provider, "key", upload_id, parts)
        assert read(provider, "key") == first + b"last"

    @needs("multipart.uploads")
    def test_a_part_can_be_a_reader(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        part = multipart(provider).upload_part("key", upload_id, 1, Reader(b"from a reader"), opt.PART)
        complete(provider, "key", upload_id, [part])
        assert read(provider, "key") == b"from a reader"

    @needs("multipart.uploads")
    def test_an_upload_replaces_the_object_at_its_end_only(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"before")
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"after")
        assert read(provider, "key") == b"before"
        complete(provider, "key", upload_id, [part])
        assert read(provider, "key") == b"after"

    @needs("multipart.uploads", "put.metadata", "put.content_headers")
    def test_metadata_and_content_headers_are_kept(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key", metadata={"a": "1"}, **CONTENT_HEADERS)
        complete(provider, "key", upload_id, [send(provider, "key", upload_id, 1, b"data")])
        info = head(provider, "key")
        assert info.metadata == {"a": "1"}
        assert {name: getattr(info, name) for name in CONTENT_HEADERS} == CONTENT_HEADERS

    @needs("multipart.uploads", "tiers.storage_class")
    def test_the_storage_class_is_kept(self, provider: StorageProvider, harness: Harness) -> None:
        wanted = second_class(provider)
        upload_id = begin(provider, "key", storage_class=wanted)
        complete(provider, "key", upload_id, [send(provider, "key", upload_id, 1, b"data")])
        assert head(provider, "key").storage_class == wanted

    @needs("tags.on_multipart")
    def test_tags_are_kept(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key", tags={"team": "blue + red/2"})
        complete(provider, "key", upload_id, [send(provider, "key", upload_id, 1, b"data")])
        assert cast("groups.Tags", provider).get_tags("key", None) == {"team": "blue + red/2"}

    @needs("multipart.uploads", "get.part_number")
    def test_one_part_can_be_read(self, provider: StorageProvider, harness: Harness) -> None:
        size = smallest_part(provider)
        upload_id = begin(provider, "key")
        bodies = [body_of(size), b"last"]
        parts = [send(provider, "key", upload_id, number, body) for number, body in enumerate(bodies, 1)]
        complete(provider, "key", upload_id, parts)
        for number, body in enumerate(bodies, 1):
            with provider.get("key", opt.GetOptions(part_number=number)) as result:
                assert result.read() == body
            assert (result.info.size, result.info.parts_count) == (size + 4, 2)

    # --- conditions -----------------------------------------------------------------------------------------------

    @needs("multipart.complete_if_absent")
    def test_create_only(self, provider: StorageProvider, harness: Harness) -> None:
        first, second = begin(provider, "key"), begin(provider, "key")
        parts = [send(provider, "key", first, 1, b"first"), send(provider, "key", second, 1, b"second")]
        complete(provider, "key", first, parts[:1], if_absent=True)
        with pytest.raises(ObjectAlreadyExists):
            complete(provider, "key", second, parts[1:], if_absent=True)
        assert read(provider, "key") == b"first"

    @needs("multipart.complete_if_match")
    def test_replace_if_match(self, provider: StorageProvider, harness: Harness) -> None:
        other = put(provider, "key", b"older").etag
        current = put(provider, "key", b"old").etag
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"new")
        with pytest.raises(PreconditionFailed):
            complete(provider, "key", upload_id, [part], if_match=other)
        assert read(provider, "key") == b"old"
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"new")
        complete(provider, "key", upload_id, [part], if_match=current)
        assert read(provider, "key") == b"new"

    # --- refusals -------------------------------------------------------------------------------------------------

    @needs("multipart.uploads")
    def test_an_upload_that_was_aborted_is_gone(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"data")
        multipart(provider).abort_upload("key", upload_id)
        multipart(provider).abort_upload("key", upload_id)
        with pytest.raises(UploadNotFound):
            multipart(provider).upload_part("key", upload_id, 2, b"data", opt.PART)
        with pytest.raises(UploadNotFound):
            complete(provider, "key", upload_id, [part])
        assert keys(provider) == []

    @needs("multipart.uploads")
    def test_parts_must_be_those_that_were_sent(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"data")
        wrong = dataclasses.replace(part, etag="0" * 32)
        missing = dataclasses.replace(part, part_number=2)
        for parts in ([wrong], [part, missing]):
            with pytest.raises(InvalidPart):
                complete(provider, "key", upload_id, parts)
        assert keys(provider) == []
        complete(provider, "key", upload_id, [part])
        assert read(provider, "key") == b"data"

    @needs("multipart.uploads")
    def test_parts_must_ascend(self, provider: StorageProvider, harness: Harness) -> None:
        first, second = body_of(smallest_part(provider), "1"), body_of(smallest_part(provider), "2")
        upload_id = begin(provider, "key")
        parts = [send(provider, "key", upload_id, 1, first), send(provider, "key", upload_id, 2, second)]
        with pytest.raises(InvalidPartOrder):
            complete(provider, "key", upload_id, parts[::-1])
        assert keys(provider) == []
        complete(provider, "key", upload_id, parts)
        assert read(provider, "key") == first + second

    @needs("multipart.uploads")
    def test_small_parts_are_refused_where_they_are_not_allowed(
        self, provider: StorageProvider, harness: Harness
    ) -> None:
        least = provider.capabilities.multipart.min_part_size or 1
        upload_id = begin(provider, "key")
        small, last = b"x" * (least - 1), b"last"
        if small:
            parts = [send(provider, "key", upload_id, 1, small), send(provider, "key", upload_id, 2, last)]
            with pytest.raises(PartTooSmall):
                complete(provider, "key", upload_id, parts)
            assert keys(provider) == []
        else:  # the store says that any size will do
            parts = [send(provider, "key", upload_id, 1, b"1"), send(provider, "key", upload_id, 2, last)]
            complete(provider, "key", upload_id, parts)
            assert read(provider, "key") == b"1last"

    @needs("multipart.uploads")
    def test_options_of_another_provider_are_refused(self, provider: StorageProvider, harness: Harness) -> None:
        foreign: dict[str, Any] = {"backend": ForeignOptions()}
        upload_id = begin(provider, "key")
        part = send(provider, "key", upload_id, 1, b"data")
        with pytest.raises(OptionNotSupported):
            begin(provider, "other", **foreign)
        with pytest.raises(OptionNotSupported):
            multipart(provider).upload_part("key", upload_id, 2, b"data", opt.PartOptions(**foreign))
        with pytest.raises(OptionNotSupported):
            complete(provider, "key", upload_id, [part], **foreign)
        assert keys(provider) == []

    # --- copies and listings --------------------------------------------------------------------------------------

    @needs("multipart.copy_part")
    def test_parts_can_be_copied(self, provider: StorageProvider, harness: Harness) -> None:
        size = smallest_part(provider)
        body = body_of(size + 500)
        put(provider, "source +%ü", body)
        source = CopySource("source +%ü")
        upload_id = begin(provider, "key")
        group = multipart(provider)
        parts = [
            group.copy_part("key", upload_id, 1, source, None, opt.PART),
            group.copy_part("key", upload_id, 2, source, ByteRange(100, 300), opt.PART),
        ]
        assert [part.part_number for part in parts] == [1, 2]
        complete(provider, "key", upload_id, parts)
        assert read(provider, "key") == body + body[100:300]

    @needs("multipart.copy_part")
    def test_a_part_needs_its_source(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        with pytest.raises(ObjectNotFound):
            multipart(provider).copy_part("key", upload_id, 1, CopySource("missing"), None, opt.PART)

    @needs("multipart.list_parts")
    @pytest.mark.parametrize("limit", [None, 1, 2])
    def test_parts_are_listed(self, provider: StorageProvider, harness: Harness, limit: int | None) -> None:
        upload_id = begin(provider, "key")
        assert [page.parts for page in part_pages(provider, "key", upload_id)] == [()]
        sent = [send(provider, "key", upload_id, number, b"x" * number) for number in (4, 1, 2)]
        found = [part for page in part_pages(provider, "key", upload_id, limit) for part in page.parts]
        expected = sorted((part.part_number, part.etag, part.size) for part in sent)
        assert [(part.part_number, part.etag, part.size) for part in found] == expected
        complete(provider, "key", upload_id, found[:1])
        assert read(provider, "key") == b"x"

    @needs("multipart.list_parts")
    def test_parts_of_no_upload(self, provider: StorageProvider, harness: Harness) -> None:
        upload_id = begin(provider, "key")
        multipart(provider).abort_upload("key", upload_id)
        with pytest.raises(UploadNotFound):
            part_pages(provider, "key", upload_id)

    @needs("multipart.list_uploads_of_key")
    def test_unfinished_uploads_of_one_key_are_listed(self, provider: StorageProvider, harness: Harness) -> None:
        def listed() -> list[str]:
            return sorted(each.upload_id for each in uploads(provider, "b/key") if each.key == "b/key")

        begun = sorted(begin(provider, "b/key") for _ in range(2))
        others = {key: begin(provider, key) for key in ("b", "b/key2")}
        assert listed() == begun
        for upload_id in begun:
            multipart(provider).abort_upload("b/key", upload_id)
        assert listed() == []
        for key, upload_id in others.items():
            multipart(provider).abort_upload(key, upload_id)

    @needs("multipart.list_uploads")
    def test_unfinished_uploads_are_listed(self, provider: StorageProvider, harness: Harness) -> None:
        self.check_listed_uploads(provider, None)

    @needs("multipart.list_uploads")
    @pytest.mark.parametrize("limit", [1, 2])
    def test_unfinished_uploads_in_pages(self, provider: StorageProvider, harness: Harness, limit: int) -> None:
        self.check_listed_uploads(provider, limit)

    def check_listed_uploads(self, provider: StorageProvider, limit: int | None) -> None:
        """Begins some uploads and lists them in pages."""
        assert uploads(provider, limit=limit) == []
        begun = {(key, begin(provider, key)) for key in ("a/1", "a/2", "a/2", "b+ü")}
        assert len(begun) == 4
        found = [(upload.key, upload.upload_id) for upload in uploads(provider, limit=limit)]
        assert set(found) == begun
        assert len(found) == 4
        assert {upload.key for upload in uploads(provider, "a/", limit)} == {"a/1", "a/2"}
        key, upload_id = found[0]
        multipart(provider).abort_upload(key, upload_id)
        assert {(upload.key, upload.upload_id) for upload in uploads(provider)} == begun - {found[0]}

    @needs("multipart.uploads")
    def test_limits_are_those_that_a_transfer_can_plan_with(self, provider: StorageProvider, harness: Harness) -> None:
        limits = provider.capabilities.multipart
        assert (limits.min_part_size or 1) <= (limits.max_part_size or 1 << 62)
        assert (limits.max_parts or 1) >= 1
        assert limits.equal_parts in set(Support)
