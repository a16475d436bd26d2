"""How the kit reaches each of our providers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from holdall.testing import Harness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.models import ObjectEvent
    from holdall.provider import StorageProvider


class MemoryHarness(Harness):
    """A store of its own for every provider."""

    def make_provider(self) -> StorageProvider:
        return self._open("bucket")

    def missing_bucket_provider(self) -> StorageProvider:
        return self._open(None).bind("missing")  # type: ignore[attr-defined, no-any-return]

    def _open(self, bucket: str | None) -> StorageProvider:
        from holdall_memory.kind import MEMORY, MemorySettings

        return MEMORY.open(MemorySettings(name=f"test-{uuid.uuid4().hex}", bucket=bucket), "test")

    def notification_destination(self) -> str | None:
        return "memory:events"

    def receive_events(self, provider: StorageProvider) -> Sequence[ObjectEvent]:
        from holdall_memory.provider import MemoryProvider

        assert isinstance(provider, MemoryProvider)
        queue, events = provider.events("events"), []
        while not queue.empty():
            events.append(queue.get())
        return events
