"""Interrupts that wait: what a request has begun at the store must be known here before anything is given up."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

GRACE = 1.0
"""Seconds that an interrupt waits at most; a store that does not answer must not hold up Ctrl-C any longer."""

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C, and signals that the program handles by raising, act after the block, or after ``GRACE`` seconds.

    They act also where the block raises something else: what that was is then the context of ``KeyboardInterrupt``.

    An upload that is begun while the exception comes would be left at the store, since nobody would know its id. Used
    inside the ``try`` that gives the upload up, so that the exception, when it comes, finds the id.

    Signals are the main thread's, so in other threads this does nothing; nor does it for signals that end the process
    by themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
    came: dict[int, float] = {}
    acted: set[int] = set()
    waiting = True

    def hold(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not waiting or now - came.setdefault(number, now) >= GRACE:
            acted.add(number)
            handlers[number](number, frame)
        elif came[number] == now:
            again = threading.Timer(GRACE, lambda: signal.pthread_kill(threading.main_thread().ident or 0, number))
            again.daemon = True
            timers.append(again)
            again.start()

    timers: list[threading.Timer] = []
    try:
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                handlers[number] = handler
                signal.signal(number, hold)
        yield
    finally:
        waiting = False
        for timer in timers:
            timer.cancel()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came.keys() - acted:
            handlers[number](number, None)
