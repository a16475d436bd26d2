"""Programs in processes of their own, which begin at once: each is forked from one that has loaded what they need."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # each process imports this file: nothing here that takes long
    from collections.abc import Callable

    from tests.servers.faults import Fault, FaultProxy

SECONDS = 60.0
"""That a program may take."""
PATIENCE = 20.0
"""Seconds that a program may take to be so far."""
_TEMPORARY = tempfile.gettempdir()  # now: some tests set TMPDIR
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "boto3.s3.inject",
        "holdall.cli.commands.get",
        "holdall.cli.commands.put",
        "holdall.opening",
        "holdall_s3.kinds",
        "holdall_s3.provider",
        "tenacity",
    ]
)


class Program:
    """A program that runs, in the folder and with the environment of its start.

    Args:
        command: ``blob`` and its arguments, or the text of a Python program.
    """

    def __init__(self, *command: str) -> None:
        handle, self._said = tempfile.mkstemp(dir=_TEMPORARY)
        os.close(handle)
        given = (command, dict(os.environ), str(Path.cwd()), self._said)
        self._process = _FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self._pid = self._process.pid

    def kill(self) -> None:
        """Ends it as it is, and returns when it is gone. Any thread may."""
        end = time.monotonic() + PATIENCE
        try:
            os.kill(self._pid, signal.SIGKILL)
            while time.monotonic() < end:
                os.kill(self._pid, 0)
                time.sleep(0.005)
        except ProcessLookupError:
            return

    def wait(self) -> tuple[int, str]:
        """Its exit code, negative for a signal, and what it said on either stream."""
        self._process.join(SECONDS)
        code = self._process.exitcode
        if code is None:
            self.kill()
            self._process.join()
        self._process.close()
        said = Path(self._said)
        text = said.read_text("utf-8")
        said.unlink()
        assert code is not None, f"it did not end; it said:\n{text}"
        return code, text


def _run(command: tuple[str, ...], environ: dict[str, str], folder: str, said: str) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    tempfile.tempdir = None  # TMPDIR may be another one by now
    output = os.open(said, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    if command[0] == "blob":
        from holdall.cli import main

        sys.argv = list(command)
        main()
    else:
        exec(compile(command[0], "<program>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as `python -c`


def run(*command: str) -> str:
    """Runs a program that succeeds; returns what it said."""
    code, said = Program(*command).wait()
    assert code == 0, said
    return said


def kill_at(
    proxy: FaultProxy,
    fault: Fault,
    *command: str,
    ready: Callable[[], bool] = lambda: True,
    method: str,
    target: str,
    skip: int = 0,
) -> int:
    """Runs a program and kills it at the end of a fault, once it is ready for it.

    Args:
        proxy: Before the store; it has no rules afterwards.
        fault: Happens to the request first.
        *command: See ``Program``.
        ready: Is waited for.
        method: Of the request.
        target: As of a rule.
        skip: So many such requests come before.

    Returns:
        The program's exit code.
    """
    victims: list[Program] = []

    def strike() -> None:
        end = time.monotonic() + PATIENCE
        while not (victims and ready()) and time.monotonic() < end:
            time.sleep(0.005)
        victims[0].kill()

    rule = proxy.add(replace(fault, at_end=strike), method=method, target=target, skip=skip)
    victims.append(Program(*command))
    code, said = victims[0].wait()
    assert rule.hits or code == 0, said
    proxy.clear()
    return code
