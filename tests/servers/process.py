"""Starts a server program, waits until it says where it listens, and stops it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
from collections import deque
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START_TIMEOUT = 60.0  # seconds; the servers need one, a machine under load may need many
STOP_TIMEOUT = 10.0  # seconds between asking and killing


class ServerDidNotStart(RuntimeError):
    """The program ended, or said nothing in time; the message carries the end of its output."""


class _Output:
    """Reads a program's output in a thread, so that a full pipe never stops the program."""

    def __init__(self, stream: IO[str], ready: re.Pattern[str]) -> None:
        self._stream = stream
        self._ready = ready
        self._lines: deque[str] = deque(maxlen=50)
        self._match: re.Match[str] | None = None
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="server-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.append(line)
            if self._match is None and (match := self._ready.search(line)):
                self._match = match
                self._changed.set()
        self._changed.set()  # the end of the output is news, too

    def wait_for_match(self, timeout: float) -> re.Match[str]:
        self._changed.wait(timeout)
        if self._match is None:
            raise ServerDidNotStart(f"no line like {self._ready.pattern!r} in the server's output:\n{self.text()}")
        return self._match

    def text(self) -> str:
        return "".join(self._lines) or "(no output)"

    def close(self) -> None:
        self._thread.join(STOP_TIMEOUT)
        self._stream.close()


@contextmanager
def run_until_done(command: Sequence[str], ready: str) -> Iterator[re.Match[str]]:
    """Run a server program for the length of a `with` block.

    The program takes a free port itself (port 0) and prints it: a port chosen here could be gone before it is used.

    Args:
        command: The program and its arguments. It gets a pipe as standard input, which ends when this process ends,
            however that happens.
        ready: A regular expression; the line of output (standard output or error) that has it says that the server
            accepts connections.

    Yields:
        The match, so that the port can be read from its groups.

    Raises:
        ServerDidNotStart: No such line within `START_TIMEOUT` seconds, or the program ended.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    output = _Output(process.stdout, re.compile(ready))
    try:
        yield output.wait_for_match(START_TIMEOUT)
    finally:
        _stop(process)
        output.close()


def _stop(process: subprocess.Popen[str]) -> None:
    """End one process by its id, firmly if need be, and collect it."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
