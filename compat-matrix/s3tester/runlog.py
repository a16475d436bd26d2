"""``--log``: one JSON object per line, of every step and scenario as it ends."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO


def now() -> str:
    """The time, UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class RunLog:
    """Writes lines; safe to share between threads.

    Args:
        stream: Where to; ``None`` writes nothing.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, event: str, **fields: Any) -> None:
        """Writes one event. Whoever calls has taken out what must not be shown."""
        if self._stream is None:
            return
        line = json.dumps({"time": now(), "event": event, **fields}, ensure_ascii=False, default=str)
        with self._lock:
            self._stream.write(f"{line}\n")
            self._stream.flush()
