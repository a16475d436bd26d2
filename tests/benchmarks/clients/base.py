"""What a client offers, and what most of them share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.benchmarks.task import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place

THREADS = 32
"""Calls at the same time where a job is about many small ones."""

FILES = 16
"""Files at the same time in a tree, where the client leaves that to its caller."""


class Client:
    """One client of S3, connected. What it has not got says so.

    A subclass imports its library in `__init__`: that is part of the job `first`. Keys are given below the place's
    prefix. Many small calls run in threads of ours unless the client has a way of its own.

    Attributes:
        place: Where the objects are.
        is_command: It is a program: its CPU is that of child processes, and nothing can be warmed up.
        lacks: What to say where it has no such call.
    """

    is_command = False
    lacks = "it has no call for it"

    def __init__(self, place: Place) -> None:
        self.place = place
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def full(self, key: str) -> str:
        """The key below the prefix of the place."""
        return self.place.prefix + key

    def path(self, key: str) -> str:
        """Bucket and key, as many clients want them."""
        return f"{self.place.bucket}/{self.full(key)}"

    # --- one object ---------------------------------------------------------------------------------------------

    def download(self, key: str, path: Path) -> None:
        """An object to a file."""
        raise NotMeasuredError(self.lacks)

    def upload(self, path: Path, key: str) -> None:
        """A file to an object."""
        raise NotMeasuredError(self.lacks)

    def get(self, key: str) -> bytes:
        """All bytes of a small object."""
        raise NotMeasuredError(self.lacks)

    def put(self, key: str, data: bytes) -> None:
        """A small object."""
        raise NotMeasuredError(self.lacks)

    def head(self, key: str) -> int:
        """The size of an object."""
        raise NotMeasuredError(self.lacks)

    def get_range(self, key: str, start: int, stop: int) -> bytes:
        """Some bytes of an object, `start` to `stop`, half-open."""
        raise NotMeasuredError(self.lacks)

    # --- many objects -------------------------------------------------------------------------------------------

    def list(self, prefix: str) -> int:
        """Lists all objects below a prefix, with their sizes; returns how many."""
        raise NotMeasuredError(self.lacks)

    def get_many(self, keys: Sequence[str]) -> int:
        """Reads small objects, `THREADS` at a time; returns the number of bytes."""
        return sum(self.pool(THREADS).map(lambda key: len(self.get(key)), keys))

    def put_many(self, keys: Sequence[str], data: bytes) -> None:
        """Writes small objects, `THREADS` at a time."""
        self.each(THREADS, lambda key: self.put(key, data), keys)

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        """Reads many ranges of one object."""
        return list(self.pool(FILES).map(lambda each: self.get_range(key, *each), ranges))

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        """All objects below a prefix to files of a folder."""
        self.each(FILES, lambda name: self.download(prefix + name, folder / name), names)

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        """All files of a folder to objects below a prefix."""
        self.each(FILES, lambda name: self.upload(folder / name, prefix + name), names)

    # --- for subclasses -----------------------------------------------------------------------------------------

    def pool(self, threads: int) -> ThreadPoolExecutor:
        """Threads, which stay."""
        if threads not in self._pools:
            self._pools[threads] = ThreadPoolExecutor(threads)
        return self._pools[threads]

    def each(self, threads: int, call: Callable[[str], None], items: Sequence[str]) -> None:
        """Calls a function for every item."""
        for _ in self.pool(threads).map(call, items):
            pass
