"""Progress: what a transfer tells while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from types import TracebackType

    from holdall.models import SizedReader

Kind = Literal["started", "advanced", "rewound", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """Something happened in a transfer.

    Attributes:
        kind: ``started``, ``advanced``, ``rewound`` (bytes must be moved again), ``finished`` or ``failed``.
        key: The object.
        transferred: Bytes moved so far.
        total: Bytes in all; ``None`` where nobody knows.
    """

    kind: Kind
    key: str
    transferred: int
    total: int | None


Progress = Callable[[ProgressEvent], None]
"""Called in the threads that move the bytes, one call at a time; be quick. What it raises stops the transfer."""


class Meter:
    """Counts the bytes of one transfer, from any thread, and tells somebody. A ``with`` block begins and ends it.

    Args:
        tell: Is told; ``None`` tells nobody and costs next to nothing.
        key: The object.
        total: Bytes in all, where known.
        done: Bytes that need not be moved (a transfer that is resumed).
    """

    def __init__(self, tell: Progress | None, key: str, total: int | None, *, done: int = 0) -> None:
        self._tell = tell
        self._key = key
        self._total = total
        self._lock = threading.Lock()
        self.transferred = done

    def advance(self, count: int) -> None:
        """So many bytes were moved; a negative number must be moved again."""
        if count == 0:
            return
        with self._lock:
            self.transferred += count
            self._say("advanced" if count > 0 else "rewound")

    def watch(self, body: SizedReader) -> SizedReader:
        """A body that is counted while it is read, and back when it is rewound."""
        return body if self._tell is None else _Watched(body, self)

    def __enter__(self) -> Self:
        self._say("started")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if kind is None:
                self._say("finished")
            else:
                with suppress(Exception):  # the failure itself matters more, and tells what is left of the transfer
                    self._say("failed")
            self._tell = None  # threads that were given up may still move bytes; that is nobody's progress any more

    def _say(self, kind: Kind) -> None:
        if self._tell is not None:
            self._tell(ProgressEvent(kind, self._key, self.transferred, self._total))


def unwatched(body: SizedReader) -> SizedReader:
    """The body below a meter; the position is shared.

    For providers that read a body for its checksum before they send it: that is no progress.
    """
    return body.unwatched if isinstance(body, _Watched) else body


class _Watched:
    """A body whose reading is counted."""

    def __init__(self, body: SizedReader, meter: Meter) -> None:
        self.unwatched = body
        self._body = body
        self._meter = meter
        self._counted = 0  # bytes that the meter has been told of

    def __len__(self) -> int:
        return len(self._body)

    def read(self, size: int = -1, /) -> bytes:
        data = self._body.read(size)
        self._follow()
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        position = self._body.seek(offset, whence)
        self._follow()
        return position

    def tell(self) -> int:
        return self._body.tell()

    def _follow(self) -> None:
        position = self._body.tell()
        self._meter.advance(position - self._counted)
        self._counted = position
