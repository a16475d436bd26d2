"""Starts a server program, waits until it answers, and stops it."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

START_TIMEOUT = 60.0  # seconds; the servers need one to five, a machine under load may need many
STOP_TIMEOUT = 10.0  # seconds between asking and killing
_ATTEMPTS = 3  # at starting a program that can't take a free port by itself


class ServerDidNotStart(RuntimeError):
    """The program ended, or said nothing in time; the message carries the end of its output."""


class Program:
    """A program that was started, and the end of what it has printed.

    Attributes:
        process: The program.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: deque[str] = deque(maxlen=50)
        self._ready: re.Pattern[str] | None = None
        self._match: re.Match[str] | None = None
        self._changed = threading.Event()
        # In a thread, so that a full pipe never stops the program.
        self._thread = threading.Thread(target=self._read, name="server-output", daemon=True)

    def read(self, ready: str | None = None) -> None:
        """Begin to read the output, and look for a line that has this regular expression."""
        self._ready = re.compile(ready) if ready else None
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.append(line)
            if self._ready and self._match is None and (match := self._ready.search(line)):
                self._match = match
                self._changed.set()
        self._changed.set()  # the end of the output is news, too

    @property
    def _stream(self) -> IO[str]:
        assert self.process.stdout is not None  # noqa: S101 - started with a pipe, below
        return self.process.stdout

    def wait_for_match(self) -> re.Match[str]:
        """Wait for the line.

        Raises:
            ServerDidNotStart: It did not come within `START_TIMEOUT` seconds, or the program ended.
        """
        self._changed.wait(START_TIMEOUT)
        if self._match is None:
            wanted = self._ready.pattern if self._ready else ""
            raise ServerDidNotStart(f"no line like {wanted!r} in the server's output:\n{self.text()}")
        return self._match

    def wait_until(self, works: Callable[[], bool], what: str) -> None:
        """Ask again and again whether something works.

        Args:
            works: Asked every 50 ms.
            what: The thing, for the message.

        Raises:
            ServerDidNotStart: It did not within `START_TIMEOUT` seconds, or the program ended.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while not works():
            ended = self.process.poll()
            if ended is not None:
                self._thread.join(STOP_TIMEOUT)
                raise ServerDidNotStart(f"the program ended with {ended} before {what}:\n{self.text()}")
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"{START_TIMEOUT:.0f} s were not enough for {what}:\n{self.text()}")
            time.sleep(0.05)

    def text(self) -> str:
        """The last lines of its output."""
        return "".join(self._lines) or "(no output)"

    def stop(self) -> None:
        """End it by its id, firmly if need be, and collect it."""
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        self._thread.join(STOP_TIMEOUT)
        self._stream.close()


@contextmanager
def run_program(
    command: Sequence[str],
    *,
    ready: str | None = None,
    environment: Mapping[str, str] | None = None,
    watches_input: bool = False,
) -> Iterator[Program]:
    """Run a program for the length of a `with` block.

    Args:
        command: The program and its arguments. It gets a pipe as standard input, which ends when this process ends,
            however that happens.
        ready: A regular expression to look for in its output (standard output and error).
        environment: All of its environment; `None` is this process's own.
        watches_input: It ends by itself when its standard input does. Any other gets SIGTERM when this process is
            killed, where the system can do so (`setpriv`, which Debian always has).
    """
    setpriv = None if watches_input else shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    process = subprocess.Popen(
        [*prefix, *command],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    program = Program(process)
    program.read(ready)
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def run_until_done(command: Sequence[str], ready: str, *, watches_input: bool = False) -> Iterator[re.Match[str]]:
    """Run a server program that takes a free port itself (port 0) and prints it, for the length of a `with` block.

    Args:
        command: The program and its arguments; see `run_program`.
        ready: A regular expression; the line of output that has it says that the server accepts connections.
        watches_input: It ends by itself when its standard input does.

    Yields:
        The match, so that the port can be read from its groups.

    Raises:
        ServerDidNotStart: No such line within `START_TIMEOUT` seconds, or the program ended.
    """
    with run_program(command, ready=ready, watches_input=watches_input) as program:
        yield program.wait_for_match()


@contextmanager
def run_until_answers(
    command: Callable[[int], Sequence[str]],
    path: str = "/",
    *,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a server program that has to be told a port, for the length of a `with` block.

    Args:
        command: Makes the program and its arguments, given a port that was free a moment ago. Should somebody else be
            quicker to take it, another one is tried.
        path: What is asked for until it is answered by anything but a 5xx.
        environment: All of its environment; `None` is this process's own.

    Yields:
        `http://127.0.0.1:<port>`.

    Raises:
        ServerDidNotStart: No answer within `START_TIMEOUT` seconds, or the program ended.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        port = free_port()
        with contextlib.ExitStack() as opened:
            program = opened.enter_context(run_program(command(port), environment=environment))
            endpoint = f"http://127.0.0.1:{port}"
            try:
                program.wait_until(lambda endpoint=endpoint: answers(endpoint + path), "it answered")  # type: ignore[misc]
            except ServerDidNotStart as error:
                if attempt < _ATTEMPTS and "address already in use" in str(error).lower():
                    continue
                raise
            yield endpoint
            return


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether a GET is answered, and not by a 5xx."""
    with urllib3.PoolManager() as pool:
        try:
            answer = pool.request("GET", url, timeout=5, retries=False, redirect=False)
        except urllib3.exceptions.HTTPError:
            return False
    return answer.status < 500  # noqa: PLR2004 - HTTP's own
