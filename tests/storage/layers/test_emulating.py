"""`on_unsupported`: what it makes up for, where it is set, and what goes on being told of the store."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import holdall
from holdall import errors as e
from holdall.checks import EMULATED
from holdall.layers.emulating import Emulating
from holdall.layers.forwarding import ForwardingProvider, innermost

WITHOUT = {
    "put.if_absent": "no",
    "put.if_match": "no",
    "multipart.complete_if_absent": "no",
    "copy.server_side": "no",
    "delete.batch": "no",
}


def test_the_setting_makes_the_layer_the_outermost_one() -> None:
    with holdall.open_storage("memory://a", on_unsupported="emulate") as store:
        assert isinstance(store.provider, Emulating)
        assert store.provider.emulates == frozenset()  # it has them all
    with holdall.open_storage("memory://a") as store:
        assert not isinstance(store.provider, Emulating)


def test_it_goes_along_with_buckets_and_pickles() -> None:
    settings: dict[str, Any] = {"on_unsupported": "emulate", "capabilities": WITHOUT}
    with holdall.open_storage("memory://a", **settings) as store:
        again = pickle.loads(pickle.dumps(store))
        assert again.put("k", b"one", if_absent=True).emulated
        assert store.below("p/").put("k", b"one", if_absent=True).emulated


def test_what_a_program_requires_nothing_racy_makes_up_for() -> None:
    with pytest.raises(e.UnsupportedOperation):
        holdall.open_storage(
            "memory://a", require={"put.if_absent"}, on_unsupported="emulate", capabilities={"put.if_absent": "no"}
        )


def test_a_look_and_a_write_are_two_requests_and_the_look_decides() -> None:
    with holdall.open_storage("memory://emulated", on_unsupported="emulate", capabilities=WITHOUT) as store:
        store.put("k", b"one", if_absent=True)
        rival = Rival(store.provider)
        racing = holdall.Storage(Emulating(rival))
        # The other one's object comes between the look and the write, and is lost: this is what "racy" means.
        done = racing.put("new", b"mine", if_absent=True)
        assert done.emulated == (f"put.if_absent: {EMULATED['put.if_absent']}",)
        assert store.get("new").read() == b"mine"


class Rival(ForwardingProvider):
    """Writes an object right after somebody has looked for it."""

    @property
    def emulates(self) -> frozenset[str]:
        return frozenset()

    def head(self, key: str, options: holdall.options.HeadOptions) -> holdall.ObjectInfo:
        try:
            return self.inner.head(key, options)
        finally:
            innermost(self.inner).put(key, b"the rival's", holdall.options.PUT)


def test_a_delete_one_by_one_says_so() -> None:
    with holdall.open_storage("memory://emulated", capabilities={"delete.batch": "no"}) as store:
        assert store.delete_many(["a", "b"]).emulated == ("delete.batch: costly: one request for each key",)
    with holdall.open_storage("memory://emulated") as store:
        assert store.delete_many(["a", "b"]).emulated == ()


def test_a_copy_through_this_machine_is_of_any_size_and_proved() -> None:
    settings: dict[str, Any] = {"on_unsupported": "emulate", "capabilities": WITHOUT}
    transfer = {"multipart_threshold": "5 MiB", "chunk_size": "5 MiB"}
    with holdall.open_storage("memory://emulated-copies", transfer=transfer, **settings) as store:
        data = bytes(range(256)) * 4 * 12 * 1024
        store.put("large", data, metadata={"a": "b"})
        copied = store.copy("large", "copy")
        assert copied.emulated == (f"copy.server_side: {EMULATED['copy.server_side']}",)
        assert store.get("copy").read() == data
        assert store.head("copy").metadata == {"a": "b"}
        store.move("copy", "moved")
        assert [entry.key for entry in store.list()] == ["large", "moved"]
