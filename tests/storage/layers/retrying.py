"""What the tests of retries stand on: a memory store that fails when told to, in layers, and a fake clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdall.config import ResilienceSettings
from holdall.layers.context import ErrorContext
from holdall.layers.retry import Retry
from holdall.layers.retry_policy import RetryPolicy
from holdall.testing.fakes import FakeClock, FaultyProvider, RecordingProvider
from holdall_memory.kind import MEMORY

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall.testing.fakes import Fault


@dataclass
class Rig:
    """A store in layers.

    Attributes:
        store: The retry layer.
        inner: The memory store itself, which never fails.
        recorder: What reached it, and what was to fail.
        clock: Moved by waiting.
    """

    store: Retry
    inner: StorageProvider
    recorder: RecordingProvider
    clock: FakeClock

    def count(self, operation: str) -> int:
        """How often a method was called."""
        return self.recorder.operations.count(operation)


def rig(*faults: Fault, versioning: bool = False, capabilities: dict[str, Any] | None = None, **resilience: Any) -> Rig:
    """A store of its own that fails as told.

    Args:
        *faults: What goes wrong.
        versioning: Keep versions.
        capabilities: Overrides by feature id.
        **resilience: Settings of retries.
    """
    name = f"retry-{uuid.uuid4().hex}"
    settings = MEMORY.settings(provider="memory", name=name, versioning=versioning, capabilities=capabilities or {})
    inner = MEMORY.open(settings, name)
    recorder = RecordingProvider(FaultyProvider(inner, *faults))
    clock = FakeClock()
    policy = RetryPolicy(ResilienceSettings(**resilience), clock=clock, sleep=clock.sleep)
    return Rig(Retry(ErrorContext(recorder), policy), inner, recorder, clock)
