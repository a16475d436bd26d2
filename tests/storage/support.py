"""What the framework's own tests stand on: a memory store that shows what reached it, and a measure of memory."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

from holdall.config.store import ResilienceSettings, TransferSettings
from holdall.layers import stack
from holdall.storage import Storage
from holdall.testing.fakes import FaultyProvider, RecordingProvider
from holdall_memory.kind import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.config.store import DefaultsSettings
    from holdall.testing.fakes import Fault

NO_RETRIES = ResilienceSettings(max_attempts=1)
SMALL_PARTS = TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4})


def memory_storage(
    *faults: Fault,
    name: str,
    prefix: str = "",
    transfer: TransferSettings | None = None,
    defaults: DefaultsSettings | None = None,
    capabilities: dict[str, Any] | None = None,
    versioning: bool = False,
    resilience: ResilienceSettings = NO_RETRIES,
) -> tuple[Storage, RecordingProvider]:
    """A storage on a memory store of its own, and the recorder below its layers.

    Args:
        *faults: What shall go wrong.
        name: Name of the data in this process; give each test its own.
        prefix: Of the storage.
        transfer: Threshold and part size.
        defaults: What new objects get.
        capabilities: Overrides by feature id.
        versioning: Keep versions.
        resilience: Retries; without any, what went wrong is reported at once.
    """
    settings = MEMORY.settings(provider="memory", name=name, versioning=versioning, capabilities=capabilities or {})
    recorder = RecordingProvider(FaultyProvider(MEMORY.open(settings, name), *faults))
    return (
        Storage(stack.build(recorder, resilience), name=name, prefix=prefix, transfer=transfer, defaults=defaults),
        recorder,
    )


def peak_memory(call: Callable[[], object]) -> int:
    """Bytes that Python held at most during a call, beyond those before it."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
