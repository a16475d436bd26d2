"""``Spool``: bytes of a stream between their arrival and the request that carries them."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Self

from holdall.errors import TransferError
from holdall.transfer.bodies import FileSlice, read_some

if TYPE_CHECKING:
    from types import TracebackType

    from holdall.models import Body
    from holdall.transfer.bodies import SupportsRead

MIB = 1024 * 1024

KEEP = 16 * MIB
"""Bytes that one spool keeps in memory at most; whatever is longer waits in a temporary file."""
STREAM_MEMORY = 48 * MIB
"""Bytes of one stream that wait in memory at most, in all of its parts that are being sent or filled."""
CHUNK = MIB
"""Bytes moved at a time."""


def in_flight(part_size: int, max_concurrency: int) -> tuple[int, int]:
    """How many parts of a stream are under way at the same time, and how much of each is in memory.

    Args:
        part_size: Bytes of the first part; later ones are longer, and wait in files.
        max_concurrency: Parts at the same time, if memory allows.

    Returns:
        Parts at the same time, and bytes that each keeps in memory: together ``STREAM_MEMORY`` at most.
    """
    keep = min(part_size, KEEP)
    return max(1, min(max_concurrency, STREAM_MEMORY // keep)), keep


class Spool:
    """Collects bytes whose number nobody knows yet, in bounded memory, and hands them out as a body.

    The first bytes stay in memory. Beyond them everything is in a temporary file without a name, in the folder that
    ``tempfile`` chooses (``TMPDIR``); the system removes it when it is closed, whatever happens to this process.
    """

    def __init__(self, keep: int | None = None) -> None:
        """Makes an empty one.

        Args:
            keep: Bytes that may stay in memory; default: ``KEEP``.
        """
        self._keep = KEEP if keep is None else keep
        # No io.BytesIO: its buffers, in a reference cycle, crash the garbage collector of Python 3.12.1.
        self._memory: bytearray | None = bytearray()
        self._file: Any = None  # typeshed has no common type for what TemporaryFile gives on each platform
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Takes bytes.

        Raises:
            TransferError: The temporary file can't be written.
        """
        view = memoryview(data).cast("B")
        if self._memory is not None and self._length + len(view) <= self._keep:
            self._memory += view
        else:
            self._to_file(view)
        self._length += len(view)

    def fill(self, stream: SupportsRead, most: int | None = None) -> None:
        """Takes bytes of a stream until this holds ``most`` bytes, or until the stream's end.

        Raises:
            InvalidRequest: The stream yields something else than bytes.
            TransferError: The temporary file can't be written.
        """
        while most is None or self._length < most:
            data = read_some(stream, CHUNK if most is None else min(CHUNK, most - self._length))
            if not data:
                return
            self.write(data)

    def add(self, body: Body) -> None:
        """Takes the bytes of a body."""
        if isinstance(body, (bytes, bytearray, memoryview)):
            self.write(body)
        else:
            self.fill(body)

    def body(self) -> Body:
        """All bytes so far, good until the spool is closed or takes more."""
        if self._memory is not None:
            return memoryview(self._memory)
        return FileSlice(self._file.fileno(), 0, self._length)

    def close(self) -> None:
        """Drops the bytes. May be called twice."""
        self._memory = None  # not cleared: a provider may still hold a view of it
        if self._file is not None:
            self._file.close()

    def _to_file(self, view: memoryview) -> None:
        try:
            if self._memory is not None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - close() closes it
                kept, self._memory = self._memory, None
                _write_all(self._file.fileno(), memoryview(kept))
            _write_all(self._file.fileno(), view)
        except OSError as error:
            raise TransferError(
                f"can't keep the stream in the temporary folder {tempfile.gettempdir()!r}: {error.strerror or error}",
                hint="Free some space there, or set TMPDIR to a folder that has it.",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _write_all(fileno: int, view: memoryview) -> None:
    while view:
        view = view[os.write(fileno, view) :]
