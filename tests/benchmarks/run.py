"""Plans the measurements and carries them out, one fresh process after the other, the clients taking turns."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import content, environments
from tests.benchmarks.clients import CLIENTS
from tests.benchmarks.jobs import FAR, JOBS, NEAR, SMALL
from tests.benchmarks.task import Measured, Place, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

RANGES = 1000
LISTED_SIZE = 1000
TIMEOUT = 1200  # seconds for one measurement


@dataclass(frozen=True)
class Amounts:
    """How much is done.

    Attributes:
        size: Bytes of the large object.
        small: Small objects and files of a tree.
        requests: Calls where they are made one at a time; twice as many at 32.
        rounds: How often each measurement is made.
    """

    size: int
    small: int
    requests: int
    rounds: int

    def operations(self, job: str, *, stand_in: bool) -> int:
        """How many requests, keys, ranges or files there are in a job.

        Args:
            job: A name in `JOBS`.
            stand_in: The server is the null store, which has as many keys as one wants.
        """
        many = {"list": 100_000, "list-million": 1_000_000} if stand_in else {}
        there = {
            **dict.fromkeys(("get", "put", "head"), self.requests),
            **dict.fromkeys(("get32", "put32"), 2 * self.requests),
            **dict.fromkeys(("list", "list-million", "tree-down", "tree-up"), self.small),
            "ranges-far": min(RANGES, (self.size - SMALL) // FAR + 1),
            "ranges-near": min(RANGES, (self.size - SMALL) // NEAR + 1),
        }
        return (there | many).get(job, 1)


@dataclass
class Series:
    """All measurements of one client in one job, by round from 0; or the reason why there are none."""

    job: str
    protocol: str
    client: str
    measured: dict[int, Measured] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Session:
    """Where and how the measurements of one run are made.

    Attributes:
        places: Where the objects are, by protocol.
        keys: Access key id and secret.
        stand_in: The server is the null store.
        amounts: How much is done.
        scratch: Folder for everything; best in memory.
        missing: Packages that could not be installed, with the reason.
    """

    places: dict[str, Place]
    keys: tuple[str, str]
    stand_in: bool
    amounts: Amounts
    scratch: Path
    missing: dict[str, str]

    @property
    def pattern(self) -> Path:
        """File with the pattern."""
        return self.scratch / "pattern"

    def work(self, client: str, job: str, protocol: str) -> dict[str, Any]:
        """Runs one worker; returns its answer."""
        place = self.places[protocol]
        operations = self.amounts.operations(job, stand_in=self.stand_in)
        listed = content.folder(operations, LISTED_SIZE) if self.stand_in else content.folder(self.amounts.small, SMALL)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            task = Task(
                client=client, job=job, place=place, stand_in=self.stand_in, size=self.amounts.size,
                small=self.amounts.small, listed=listed, operations=operations, scratch=folder,
                pattern=str(self.pattern), source=str(self._source(job)),
            )  # fmt: skip
            python = environments.python(CLIENTS[client].environment)
            try:
                done = subprocess.run(
                    [str(python), "-m", "tests.benchmarks.worker"],
                    input=json.dumps(dataclasses.asdict(task)),
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT,
                    cwd=folder,
                    env=environments.variables(self.keys, Path(folder), place.ca),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return {"failed": f"not done after {TIMEOUT} seconds"}
        if done.returncode:
            return {"failed": f"the worker ended with {done.returncode}: {done.stderr.strip()[-300:]}"}
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _source(self, job: str) -> Path:
        """What is uploaded, made when it is first needed."""
        if job == "upload":
            file = self.scratch / "source"
            if not file.exists():
                content.write_object(self.pattern, self.amounts.size, file)
            return file
        folder = self.scratch / "tree"
        if job == "tree-up" and not folder.exists():
            folder.mkdir()
            data = content.piece(self.pattern, 0, SMALL)
            for number in range(self.amounts.small):
                (folder / content.name(number)).write_bytes(data)
        return folder

    def without_paths(self, reason: str) -> str:
        """A reason as others may read it: without this machine's folders, and on one line."""
        for folder in (environments.ROOT, self.scratch):
            reason = reason.replace(str(folder), "...")
        return " ".join(reason.split())

    def take_turns(self, job: str, protocol: str, clients: list[str]) -> list[Series]:
        """Measures a job, each client once in each round; who comes first changes."""
        clients = [name for name in clients if CLIENTS[name].takes(job)]
        found = {name: Series(job, protocol, name) for name in clients}
        for number in range(self.amounts.rounds):
            turn = number % len(clients)
            for name in clients[turn:] + clients[:turn]:
                series = found[name]
                if series.reason:
                    continue
                if reason := self.missing.get(CLIENTS[name].package):
                    series.reason = reason
                    continue
                answer = self.work(name, job, protocol)
                series.reason = self.without_paths(answer.get("missing") or answer.get("failed") or "")
                if not series.reason:
                    series.measured[number] = Measured(**answer)
                tell(f"{job:12} {protocol:5} {number + 1}/{self.amounts.rounds} {name:12} {describe(answer)}")
        return list(found.values())


def describe(answer: dict[str, Any]) -> str:
    """An answer in a few words."""
    if "cpu" in answer:
        return f"{answer['cpu']:.3f} s CPU, {answer['wall']:.3f} s, {answer['memory'] / 2**20:.0f} MiB"
    return str(answer.get("missing") or answer.get("failed"))


def tell(text: str) -> None:
    """A line for who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def plan(jobs: list[str], places: dict[str, Place]) -> list[tuple[str, str]]:
    """The jobs with their protocols."""
    planned = []
    for job in jobs:
        protocols = ["https"] if "http" not in places else ["http"]
        if JOBS[job].tls and "https" in places and "https" not in protocols:
            protocols.append("https")
        planned += [(job, protocol) for protocol in protocols]
    return planned


@contextmanager
def scratch_folder(given: str | None, amounts: Amounts) -> Iterator[Path]:
    """A folder for files: in memory if there is room, so that no disk is measured.

    Args:
        given: What the user wants.
        amounts: How much is done.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the system's file system in memory
    if given is None and memory.is_dir() and shutil.disk_usage(memory).free > 4 * amounts.size:
        given = str(memory)
    with tempfile.TemporaryDirectory(prefix="holdall-benchmark-", dir=given) as folder:
        content.write_pattern(Path(folder, "pattern"))
        yield Path(folder)


def keys_from_environment() -> tuple[str, str]:
    """The user's keys, for a store of theirs.

    Raises:
        SystemExit: They are not there.
    """
    try:
        return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    except KeyError as error:
        raise SystemExit(f"{error.args[0]} is not set: the keys for --endpoint come from the environment") from None
