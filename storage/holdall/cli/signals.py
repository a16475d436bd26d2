"""What Ctrl-C, a ``kill`` and a closed terminal do: end the command the orderly way, once."""

from __future__ import annotations

import atexit
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
PATIENCE = 1.0
"""Seconds in which a second signal is taken for part of the first; later ones end the process as it is."""


class Stopped(SystemExit):
    """The command was told to stop. What it had begun is undone while this goes up.

    Attributes:
        code: Exit code: 128 and the signal's number, as shells count.
    """


class _Stop:
    """The handler of all of these signals."""

    def __init__(self) -> None:
        self._since: float | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._since is None:
            self._since = now
            raise KeyboardInterrupt if number == signal.SIGINT else Stopped(128 + number)
        if now - self._since > PATIENCE:
            with suppress(OSError):
                os.write(2, b"Gave up tidying; an unfinished upload or a temporary file may be left.\n")
            os._exit(128 + number)


def stop_orderly() -> None:
    """Makes the signals end the command by an exception; those that are ignored (``nohup``) stay so.

    Called before anything else is imported: what is registered first is the last that runs at the end.
    """
    atexit.register(_ignore)
    stop = _Stop()
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def end_with(code: int) -> None:
    """Settles the exit code: the command is done, and a signal that comes now can only end the process sooner.

    Args:
        code: The exit code.
    """
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(code))


def _ignore() -> None:
    """The interpreter ends. It takes every handler away, and a signal that came then would decide the exit code."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
