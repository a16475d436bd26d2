"""One measurement, in a process of its own: `python -m tests.benchmarks.worker`, the task as JSON on standard input.

The answer is one line of JSON: a `Measured`, or `{"missing": reason}`, or `{"failed": reason}`.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import resource
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import content, seeding
from tests.benchmarks.clients import CLIENTS, connect, kind_of
from tests.benchmarks.clients.base import Client
from tests.benchmarks.clients.commands import run
from tests.benchmarks.jobs import JOBS, SMALL
from tests.benchmarks.task import Measured, NotMeasuredError, Place, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

KIB = 1024


def resident(field: str) -> int:
    """A figure from the system's record of this process, in bytes: `VmRSS` (now) or `VmHWM` (the most so far)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * KIB
    raise RuntimeError(f"the system tells no {field}")


@contextmanager
def metered(operations: int, *, children: bool) -> Iterator[list[Measured]]:
    """Measures a block; the list has the result afterwards.

    Args:
        operations: How many there are in the block.
        children: Count the processes that it starts, not this one.
    """
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    result: list[Measured] = []
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # VmHWM begins anew
    memory = resident("VmRSS")
    before, start = resource.getrusage(who), time.perf_counter()
    yield result
    wall, after = time.perf_counter() - start, resource.getrusage(who)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    grown = after.ru_maxrss * KIB if children else resident("VmHWM") - memory
    result.append(Measured(user + system, user, wall, grown, operations))


def measure(task: Task) -> Measured:
    """Does the job and measures it.

    Raises:
        NotMeasuredError: The client has not got that.
        WrongResultError: What came out is wrong.
        RuntimeError: A program failed.
    """
    known = CLIENTS[task.client]
    match task.job:
        case "import":
            return measure_import(known.imports)
        case "help":
            return measure_help(known.help)
        case "first":
            return measure_first(task)
    make = JOBS[task.job].work
    assert make is not None
    client = connect(task.client, task.place)
    work = make(client, task)
    if not client.is_command:
        work.warm()
    with metered(task.operations, children=client.is_command) as result:
        outcome = work.run()
    work.check(outcome)
    return result[0]


def measure_import(statement: str) -> Measured:
    """A fresh interpreter that does nothing but import."""
    if not statement:
        raise NotMeasuredError("a command, not a library")
    with metered(1, children=True) as result:
        run(["python", "-c", statement])
    return result[0]


def measure_first(task: Task) -> Measured:
    """A fresh interpreter that imports a client, connects it, and asks for one object."""
    if kind_of(task.client).head is Client.head:
        raise NotMeasuredError(kind_of(task.client).lacks)
    place = json.dumps(dataclasses.asdict(task.place))
    with metered(1, children=True) as result:
        run(["python", "-m", "tests.benchmarks.first", task.client, place, content.key(task.small, SMALL)])
    return result[0]


def measure_help(command: tuple[str, ...]) -> Measured:
    """A command that tells what it can do."""
    if not command:
        raise NotMeasuredError("a library, not a command")
    with metered(1, children=True) as result:
        run(command)
    return result[0]


def read_task(text: str) -> Task:
    """A task from JSON."""
    fields: dict[str, Any] = json.loads(text)
    return Task(**fields | {"place": Place(**fields["place"])})


def main() -> None:
    """Reads the task, does it, and answers."""
    task = read_task(sys.stdin.read())
    answer: dict[str, Any]
    try:
        if task.job in seeding.STEPS:
            seeding.STEPS[task.job](task)
            answer = {}
        else:
            answer = dataclasses.asdict(measure(task))
    except NotMeasuredError as error:
        answer = {"missing": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the table shall say it
        answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
