"""What a store can do is told by the nearest layer that says so, whatever lies between."""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING

from holdall.capabilities import NO, YES, Evidence, Source
from holdall.layers.forwarding import ForwardingProvider
from holdall.layers.retry import Retry
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from typing import Any

    from holdall.capabilities import Capabilities
    from holdall.models import ProviderInfo


class Narrow(ForwardingProvider):
    """A layer that lets nobody copy."""

    @property
    def capabilities(self) -> Capabilities:
        return super().capabilities.replace({"copy.server_side": "no"}, Evidence(Source.OVERRIDDEN))


class Learning(ForwardingProvider):
    """A provider of which more becomes known."""

    known: Any = YES

    @property
    def capabilities(self) -> Capabilities:
        return super().capabilities.replace({"put.if_absent": self.known}, Evidence(Source.OBSERVED))


def test_a_layer_that_narrows_is_heard_through_those_around_it() -> None:
    inner = memory_storage(name=uuid.uuid4().hex)[0].provider
    outer = Retry(ForwardingProvider(Narrow(Retry(inner))))
    assert inner.capabilities.copy.server_side is YES
    assert outer.capabilities.copy.server_side is NO
    assert outer.info == inner.info


def test_what_is_learned_later_is_told() -> None:
    learning = Learning(memory_storage(name=uuid.uuid4().hex)[0].provider)
    outer = Retry(ForwardingProvider(learning))
    assert outer.capabilities.put.if_absent is YES
    learning.known = NO
    assert outer.capabilities.put.if_absent is NO
    assert learning.inner.capabilities.put.if_absent is YES


class Bound(ForwardingProvider):
    """A provider that is bound to a bucket, and says to which."""

    def bind(self, bucket: str) -> Bound:
        return Bound(self.inner, bucket)

    def __init__(self, inner: Any, bucket: str | None = None) -> None:
        super().__init__(inner)
        self.bucket = bucket

    @property
    def info(self) -> ProviderInfo:
        return dataclasses.replace(super().info, bucket=self.bucket)


def test_a_bound_layer_tells_of_its_own_bucket() -> None:
    account = Retry(ForwardingProvider(Bound(memory_storage(name=uuid.uuid4().hex)[0].provider)))
    assert account.bind("one").info.bucket == "one"
    assert account.info.bucket is None
