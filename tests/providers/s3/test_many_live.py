"""Copies at any size, many deletes and listings by key ranges on real servers, with both engines."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import copy_between, errors
from holdall.config.store import TransferSettings
from holdall.layers import stack
from holdall.layers.forwarding import ForwardingProvider
from holdall.storage import Storage
from holdall.testing.fakes import RecordingProvider
from tests.servers import CHOSEN
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall import options as opt
    from holdall.models import ListPage
    from holdall.provider import StorageProvider
    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

MIB = 1024 * 1024
SIZE = 13 * MIB + 7
PARTS = TransferSettings.model_validate({"multipart_threshold": 6 * MIB, "chunk_size": 5 * MIB, "max_concurrency": 3})
LIMIT = {"copy.max_size": 6 * MIB}
"""No server here copies 5 GiB while a test waits: what it copies in one request is said to be less."""


@pytest.fixture(params=CHOSEN)
def any_server(request: pytest.FixtureRequest, server_named: Callable[[str], S3Server]) -> S3Server:
    return server_named(request.param)


@pytest.fixture(scope="module")
def data() -> bytes:
    return os.urandom(SIZE)


def around(provider: StorageProvider) -> tuple[Storage, RecordingProvider]:
    recorder = RecordingProvider(provider)
    return Storage(stack.build(recorder), transfer=PARTS), recorder


class Meddling(ForwardingProvider):
    """Does something else right before the second part."""

    def __init__(self, inner: StorageProvider, meddle: Callable[[], object]) -> None:
        super().__init__(inner)
        self._meddle = meddle

    def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        if operation in {"copy_part", "upload_part"} and args[2] == 2:
            self._meddle()
        return call(*args, **kwargs)


def test_a_copy_above_the_limit_is_made_of_parts_and_like_its_source(
    s3_server: S3Server, provider_on: MakeProvider, data: bytes
) -> None:
    storage, recorder = around(provider_on(s3_server, capabilities=LIMIT))
    written: dict[str, Any] = {"content_type": "text/x-odd", "cache_control": "no-store", "metadata": {"by": "me"}}
    if storage.supports("tags.on_put", safety=True):
        written["tags"] = {"env": "prod"}
    storage.put("a", data, **written)
    told: list[int] = []
    storage.copy("a", "b", progress=lambda event: told.append(event.transferred))
    assert recorder.operations.count("copy_part") == 3
    with storage.get("b") as result:
        assert result.read() == data
        info = result.info
    assert (info.content_type, info.cache_control, dict(info.metadata)) == ("text/x-odd", "no-store", {"by": "me"})
    if "tags" in written:
        assert storage.tags.get("b") == written["tags"]
    assert (told[0], told[-1]) == (0, SIZE)


def test_a_source_that_is_replaced_is_never_mixed(s3_server: S3Server, provider_on: MakeProvider, data: bytes) -> None:
    provider = provider_on(s3_server, capabilities=LIMIT)
    plain = Storage(provider, transfer=PARTS)
    plain.put("a", data)
    meddling = Storage(Meddling(provider, lambda: plain.put("a", data[::-1])), transfer=PARTS)
    with pytest.raises(errors.SourceChanged):
        meddling.copy("a", "b")
    assert not plain.exists("b")
    assert list(plain.uploads.list()) == []


def test_rclone_copies_no_parts_and_large_objects_are_streamed(
    rclone_server: S3Server, provider_on: MakeProvider, data: bytes
) -> None:
    storage, _ = around(provider_on(rclone_server, capabilities=LIMIT))
    storage.put("a", data)
    with pytest.raises(errors.UnsupportedOperation, match="copy_between"):
        storage.copy("a", "b")
    copy_between(storage, "a", storage, "b")
    assert storage.get("b").read() == data


class TestBetween:
    def test_from_and_to_each_server(self, any_server: S3Server, provider_on: MakeProvider, data: bytes) -> None:
        there, recorder = around(provider_on(any_server))
        here, _ = memory_storage(name=uuid.uuid4().hex, transfer=PARTS)
        here.put("a", data, metadata={"by": "me"})
        copy_between(here, "a", there, "b/c")
        assert recorder.operations.count("upload_part") == 3
        with there.get("b/c") as result:
            assert (result.read(), dict(result.info.metadata)) == (data, {"by": "me"})
        recorder.calls.clear()
        told: list[int] = []
        copy_between(there, "b/c", here, "back", progress=lambda event: told.append(event.transferred))
        with here.get("back") as result:
            assert (result.read(), dict(result.info.metadata)) == (data, {"by": "me"})
        ranges = [call.args[1].range for call in recorder.calls if call.operation == "get"]
        assert sorted(each.start for each in ranges if each) == [0, 5 * MIB, 10 * MIB]
        assert (told[0], told[-1]) == (0, SIZE)

    def test_a_source_that_is_replaced(self, any_server: S3Server, provider_on: MakeProvider, data: bytes) -> None:
        source = Storage(provider_on(any_server), transfer=PARTS)
        source.put("a", data)
        target, _ = memory_storage(name=uuid.uuid4().hex)
        one_by_one = PARTS.model_copy(update={"max_concurrency": 1})  # so that the last part is read afterwards
        meddling = Storage(Meddling(target.provider, lambda: source.put("a", data[::-1])), transfer=one_by_one)
        with pytest.raises(errors.SourceChanged):
            copy_between(source, "a", meddling, "b")
        assert not target.exists("b")
        assert list(target.uploads.list()) == []


def test_many_are_deleted_in_several_batches(any_server: S3Server, provider_on: MakeProvider) -> None:
    storage, recorder = around(provider_on(any_server, capabilities={"delete.batch_max": 3}))
    keys = [f"k {number}/ä&<" for number in range(14)]
    for key in keys[:10]:
        storage.put(key, b"")
    storage.put("stays", b"")
    summary = storage.delete_many(keys)
    assert (summary.deleted, summary.failed) == (14, [])
    assert [entry.key for entry in storage.list()] == ["stays"]
    assert recorder.operations.count("delete_batch") == 5


def test_many_are_deleted_one_by_one(any_server: S3Server, provider_on: MakeProvider) -> None:
    storage, recorder = around(provider_on(any_server, capabilities={"delete.batch": "no"}))
    for number in range(6):
        storage.put(f"k{number}", b"")
    assert storage.delete_many(f"k{number}" for number in range(8)).deleted == 8
    assert list(storage.list()) == []
    assert recorder.operations.count("delete") == 8


NAMES = [
    *(f"logs/2026/{number:04}" for number in range(0, 60, 2)),
    *("a b", "a!b", "a-", "a.b", "a/b", "a/b c", "a0", "A", "Z", "zz", "é/x", "ﬀ", "😀", "�x"),
]


def test_a_listing_by_key_ranges_is_that_of_one_page_after_the_other(
    any_server: S3Server, provider_on: MakeProvider
) -> None:
    storage, _ = around(provider_on(any_server))
    for name in NAMES:
        storage.put(name, name.encode())
    seen: list[opt.ListOptions] = []

    class Watching(ForwardingProvider):
        def list_page(self, options: opt.ListOptions) -> ListPage:
            seen.append(options)
            return self.inner.list_page(options)

    watched = Storage(Watching(storage.provider))
    for prefix, start_after in (("", ""), ("", "a/b"), ("logs/2026/", ""), ("a", ""), ("none", "")):
        expected = sorted(name for name in NAMES if name.startswith(prefix) and name > start_after)
        found = list(watched.list(prefix, start_after=start_after, page_size=4, parallel=5))
        assert [entry.key for entry in found] == expected
        assert [entry.size for entry in found] == [len(name.encode()) for name in expected]
    assert len({options.start_after for options in seen}) > 5  # it was cut


def test_a_move(provider: S3Provider) -> None:
    storage = Storage(stack.build(provider))
    storage.put("a", b"data", metadata={"by": "me"})
    storage.move("a", "b")
    assert [entry.key for entry in storage.list()] == ["b"]
    assert storage.head("b").metadata == {"by": "me"}


def test_a_file_is_never_of_two_objects(any_server: S3Server, provider_on: MakeProvider) -> None:
    """rclone knows no If-Match: there, what it tells with each answer has to do."""
    storage = Storage(stack.build(provider_on(any_server)))
    data = bytes(2 * MIB)
    storage.put("k", data)
    with storage.open("k") as file:
        for position in (0, MIB, 0):  # what one answer told fits what the next one tells
            file.seek(position)
            assert file.read(10) == data[:10]
        storage.put("k", b"\xff" * len(data))
        file.seek(MIB + MIB // 2)
        with pytest.raises(errors.SourceChanged):
            file.read(10)
