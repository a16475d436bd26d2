"""Stores that run without a terminal: started by one command, ended by another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from s3tester.stores.installing import stores_folder

if TYPE_CHECKING:
    from pathlib import Path

LAST_LINE = "# Ctrl-C ends it."
"""The last line that `up` prints when the store answers."""

_PATIENCE = 30.0  # seconds for a store to end


class CannotStartError(RuntimeError):
    """The store runs already, or did not start; the message says which and why."""


def start(name: str) -> str:
    """Starts a store in a session of its own, and waits until it answers.

    Args:
        name: The store.

    Returns:
        What `up` printed: lines for a shell.

    Raises:
        CannotStartError: As it says.
    """
    note = _note(name)
    if (pid := _running(note)) is not None:
        raise CannotStartError(f"{name} runs already, as process {pid}: python -m s3tester.stores down {name}")
    note.parent.mkdir(parents=True, exist_ok=True)
    errors = note.with_suffix(".log")
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "s3tester.stores", "up", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    note.write_text(json.dumps({"pid": process.pid, "began": _began(process.pid)}), "utf-8")
    lines = []
    assert process.stdout is not None  # noqa: S101 - started with a pipe
    for line in process.stdout:
        if line.rstrip() == LAST_LINE:
            break
        lines.append(line)
    else:
        process.wait()
        note.unlink()
        raise CannotStartError(errors.read_text("utf-8", "replace").strip())
    process.stdout.close()
    process.returncode = 0  # it is on its own from here, and nobody waits for it
    return "".join(lines)


def stop(name: str) -> bool:
    """Ends a store that `start` started.

    Args:
        name: The store.

    Returns:
        Whether there was one.
    """
    note = _note(name)
    pid = _running(note)
    if pid is None:
        note.unlink(missing_ok=True)
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while _running(note) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    note.unlink()
    return True


def _note(name: str) -> Path:
    return stores_folder() / "running" / f"{name}.json"


def _running(note: Path) -> int | None:
    """The process that a note is about, if it is still the same and alive."""
    try:
        noted = json.loads(note.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return int(noted["pid"]) if _began(noted["pid"]) == noted["began"] else None


def _began(pid: int) -> str | None:
    """When a process began, in ticks since the system started: with its id, that names it for good.

    `None` where it has ended.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - short
            state, *rest = file.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    return None if state == "Z" else rest[18]
