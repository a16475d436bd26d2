"""The least pace at which a server must give or take bytes: ``resilience.deadline``, as both engines keep it.

A socket's time-out counts from the last byte, so a server that lets one drip now and then never meets it.
"""

from __future__ import annotations

import io
from time import monotonic
from typing import Any

from botocore.exceptions import ReadTimeoutError

from holdall.config.store import PROGRESS

_BLOCK = 256 * 1024  # bytes that are asked for at a time: what is not there yet is memory for nothing


class TooSlow(ReadTimeoutError, OSError):
    """Bytes come or go, but too few of them."""

    fmt = f"Too slow: less than {PROGRESS // 1024} KiB came or went in {{seconds:g}} s"


class Pace:
    """Counts the time that is spent waiting for the other side, from one progress to the next.

    What the program does between two reads is not the server's fault, and is not counted.

    Args:
        deadline: Seconds of waiting in which ``PROGRESS`` bytes must have been moved, or all of them.
    """

    __slots__ = ("_deadline", "_moved", "_waited")

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self.begin()

    def begin(self) -> None:
        """Starts anew: with another request."""
        self._moved = 0
        self._waited = 0.0

    def check(self) -> None:
        """Asked before waiting again, so that no byte that came is lost.

        Raises:
            TooSlow: It was waited long enough.
        """
        if self._waited > self._deadline:
            raise TooSlow(seconds=self._deadline)

    def note(self, count: int, waited: float) -> None:
        """Counts what was moved.

        Args:
            count: Bytes.
            waited: Seconds that it took.
        """
        self._moved += count
        self._waited += waited
        if self._moved >= PROGRESS:
            self.begin()


class PacedStream:
    """The body of an answer of urllib3's, read as it comes: its own ``read`` waits until all that is wanted is there.

    Args:
        raw: The answer.
        deadline: See ``Pace``.
    """

    __slots__ = ("_failure", "_pace", "_read")

    def __init__(self, raw: Any, deadline: float) -> None:
        self._read = getattr(raw, "read1", raw.read)  # urllib3 has it since 2.1
        self._pace = Pace(deadline)
        self._failure: Exception | None = None

    def read(self, size: int) -> bytes:
        """So many bytes; less only where the body ends or breaks, or where there is no room for so many.

        Raises:
            botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError, OSError: The connection did not hold. What
                came before is handed out first.
        """
        data = self._some(size)
        if not data or len(data) == size:
            return data
        try:
            block = io.BytesIO(bytes(size))
        except MemoryError:  # a length of whatever size is easily announced
            return data
        with block.getbuffer() as view:
            view[: len(data)] = data
            with view[len(data) :] as rest:
                count = len(data) + self._fill(rest)
        return block.getvalue() if count == size else block.getvalue()[:count]

    def readinto(self, buffer: memoryview) -> int:
        """As ``read``, into a buffer."""
        data = self._some(len(buffer))
        buffer[: len(data)] = data
        with buffer[len(data) :] as rest:
            return len(data) + (self._fill(rest) if data else 0)

    def _fill(self, buffer: memoryview) -> int:
        filled = 0
        while filled < len(buffer):
            try:
                data = self._some(len(buffer) - filled)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised by the next call
                self._failure = error.with_traceback(None)
                break
            if not data:
                break
            buffer[filled : filled + len(data)] = data
            filled += len(data)
        return filled

    def _some(self, size: int) -> bytes:
        if self._failure is not None:
            raise self._failure
        self._pace.check()
        began = monotonic()
        data: bytes = self._read(min(size, _BLOCK))
        self._pace.note(len(data), monotonic() - began)
        return data
