"""Cancelling a call that runs in another thread: what Ctrl-C is to the main thread, for all others.

Whoever starts the call puts a ``Cancellation`` into its context (``within``); transfers look at it between blocks of
bytes, and are woken where they wait.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Cancelled(BaseException):
    """Ends a call that was cancelled. As with ``KeyboardInterrupt``, what can be gone on with is kept."""


class Cancellation:
    """Whether one call was cancelled. Safe to use from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Cancels the call; it ends within about a second, if it is a transfer."""
        with self._lock:
            self._event.set()
            wakers, self._wakers = self._wakers, []
        for wake in wakers:
            wake()

    def check(self) -> None:
        """Goes between two blocks of bytes.

        Raises:
            Cancelled: The call was.
        """
        if self._event.is_set():
            raise Cancelled

    def pause(self, seconds: float) -> None:
        """Waits, as ``time.sleep`` does, and no longer than the call lives.

        Raises:
            Cancelled: The call was, before or meanwhile.
        """
        if self._event.wait(seconds):
            raise Cancelled

    def wakes(self, wake: Callable[[], None]) -> None:
        """Has a function called, once, when the call is cancelled; at once, if it is already.

        Args:
            wake: Is quick; called in whatever thread cancels.
        """
        with self._lock:
            if not self._event.is_set():
                self._wakers.append(wake)
                return
        wake()

    def forget(self, wake: Callable[[], None]) -> None:
        """Does not have a function called any more."""
        with self._lock:
            if wake in self._wakers:
                self._wakers.remove(wake)


_CURRENT: ContextVar[Cancellation | None] = ContextVar("holdall_cancellation", default=None)


def current() -> Cancellation | None:
    """That of the call that this code is part of; ``None`` where nobody can cancel it."""
    return _CURRENT.get()


@contextmanager
def within(cancellation: Cancellation) -> Iterator[None]:
    """Makes the calls in the block ones that can be cancelled.

    Args:
        cancellation: Is cancelled from another thread.
    """
    token = _CURRENT.set(cancellation)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def check() -> None:
    """Goes between two blocks of bytes, wherever they are read.

    Raises:
        Cancelled: The call was cancelled.
    """
    cancellation = current()
    if cancellation is not None:
        cancellation.check()


def pause(seconds: float) -> None:
    """Waits; ends at once when the call is cancelled.

    Raises:
        Cancelled: It was.
    """
    cancellation = current()
    if cancellation is None:
        time.sleep(seconds)
    else:
        cancellation.pause(seconds)
