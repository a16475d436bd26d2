"""What a store has not got is refused, or made up for with a word about it: on rclone, which lies, and on Swift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall.config.store import TransferSettings
from holdall.layers import stack
from holdall.models import CopySource
from holdall.storage import Storage

if TYPE_CHECKING:
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

RACY = "racy: somebody else may write between the look and the write"
COSTLY = "costly: all bytes pass this machine"
MIB = 1024 * 1024


@pytest.fixture(params=["swift", "rclone"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    return found


def opened(provider_on: MakeProvider, server: S3Server, *, emulate: bool, **more: Any) -> Storage:
    return Storage(stack.build(provider_on(server), emulate=emulate), **more)


def test_without_the_setting_conditions_are_refused_and_nothing_is_sent(
    server: S3Server, provider_on: MakeProvider
) -> None:
    store = opened(provider_on, server, emulate=False)
    for condition in ({"if_absent": True}, {"if_match": "0123"}):
        with pytest.raises(e.UnsupportedOperation, match="on_unsupported"):
            store.put("k", b"one", **condition)
    assert list(store.list()) == []


def test_with_it_a_put_looks_first_and_says_so(server: S3Server, provider_on: MakeProvider) -> None:
    store = opened(provider_on, server, emulate=True, prefix="p/")
    first = store.put("k", b"one", if_absent=True)
    assert first.emulated == (f"put.if_absent: {RACY}",)
    assert first.key == "k"
    with pytest.raises(e.ObjectAlreadyExists) as refused:
        store.put("k", b"two", if_absent=True)
    assert (refused.value.key, refused.value.operation) == ("p/k", "put")
    second = store.put("k", b"three", if_match=first.etag)
    assert second.emulated == (f"put.if_match: {RACY}",)
    with pytest.raises(e.PreconditionFailed):
        store.put("k", b"four", if_match=first.etag)
    with pytest.raises(e.ObjectNotFound):
        store.put("not there", b"five", if_match=first.etag)
    assert store.get("k").read() == b"three"
    assert store.put("k", b"six").emulated == ()
    # What is believed of the store stays what it is.
    assert not store.supports("put.if_absent", safety=True)


def test_large_objects_are_looked_for_before_they_are_completed(server: S3Server, provider_on: MakeProvider) -> None:
    transfer = TransferSettings.model_validate({"multipart_threshold": 5 * MIB, "chunk_size": 5 * MIB})
    store = opened(provider_on, server, emulate=True, transfer=transfer)
    made = store.put("k", bytes(6 * MIB), if_absent=True)
    assert made.emulated == (f"multipart.complete_if_absent: {RACY}",)
    with pytest.raises(e.ObjectAlreadyExists):
        store.put("k", bytes(7 * MIB), if_absent=True)
    assert store.head("k").size == 6 * MIB
    with store.open("x", "xb") as file:
        file.write(b"one")
    with pytest.raises(FileExistsError), store.open("x", "xb") as file:
        file.write(b"two")
    assert store.get("x").read() == b"one"


def test_deletes_look_first_where_the_store_does_not(rclone_server: S3Server, provider_on: MakeProvider) -> None:
    store = opened(provider_on, rclone_server, emulate=True)
    etag = store.put("k", b"one").etag
    with pytest.raises(e.PreconditionFailed):
        store.delete("k", if_match="0123")
    assert store.exists("k")
    assert store.delete("k", if_match=etag).emulated == (f"delete.if_match: {RACY}",)
    assert not store.exists("k")


def test_a_store_that_loses_metadata_in_copies_copies_through_this_machine(
    rclone_server: S3Server, provider_on: MakeProvider
) -> None:
    refusing = opened(provider_on, rclone_server, emulate=False)
    refusing.put("k", b"one", metadata={"a": "b"}, content_type="text/csv")
    with pytest.raises(e.UnsupportedOperation, match="on_unsupported"):
        refusing.copy("k", "copy")
    store = Storage(stack.build(refusing.provider, emulate=True))
    copied = store.copy("k", "copy")
    assert copied.emulated == (f"copy.server_side: {COSTLY}",)
    info = store.head("copy")
    assert (info.metadata, info.content_type, info.size) == ({"a": "b"}, "text/csv", 3)
    replaced = store.copy("k", "replaced", replace_metadata=True, metadata={"c": "d"})
    assert store.head("replaced").metadata == {"c": "d"}
    assert replaced.key == "replaced"
    once = store.copy("k", "once", if_absent=True)
    assert once.emulated == (f"copy.server_side: {COSTLY}", f"put.if_absent: {RACY}")
    with pytest.raises(e.ObjectAlreadyExists):
        store.copy("k", "once", if_absent=True)
    with pytest.raises(e.PreconditionFailed):
        store.copy("k", "other", source_if_match="0123")
    with pytest.raises(e.ObjectNotFound):
        store.copy("missing", "other")
    assert not store.exists("other")
    moved = store.move("k", "moved")
    assert moved.emulated == (f"copy.server_side: {COSTLY}",)
    assert [entry.key for entry in store.list()] == ["copy", "moved", "once", "replaced"]


def test_a_copy_to_a_key_that_must_be_free_is_looked_for_where_the_store_can_t(
    swift_server: S3Server, provider_on: MakeProvider
) -> None:
    store = opened(provider_on, swift_server, emulate=True)
    store.put("k", b"one")
    assert store.copy("k", "copy", if_absent=True).emulated == (f"copy.if_absent: {RACY}",)
    with pytest.raises(e.ObjectAlreadyExists):
        store.copy("k", "copy", if_absent=True)
    assert store.copy(CopySource("k"), "copy").emulated == ()


def test_what_nothing_can_make_up_for_is_refused_with_either_setting(
    server: S3Server, provider_on: MakeProvider
) -> None:
    from holdall import SseC, SseS3

    store = opened(provider_on, server, emulate=True)
    for encryption in (SseS3(), SseC(bytes(32))):
        with pytest.raises(e.UnsupportedOperation):
            store.put("k", b"one", encryption=encryption)
    with pytest.raises(e.UnsupportedOperation):
        store.put("k", b"one", tags={"a": "b"})
    assert list(store.list()) == []
