"""Moving bytes: into files, between files, and out of files."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING, Final

from holdall.errors import IncompleteBody, SourceChanged, StreamInterrupted
from holdall_local.disk import write

if TYPE_CHECKING:
    from holdall.models import Body
    from holdall.semantics.integrity import Digests
    from holdall_local.disk import Disk

CHUNK: Final = 1024 * 1024
"""Bytes that are moved at a time."""

# What a file system without the call, or two file systems, answer.
_NO_COPY_RANGE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EPERM, errno.EBADF}


def write_body(fd: int, body: Body, digests: Digests) -> int:
    """Writes a body to a file.

    Args:
        fd: The file, at its place.
        body: The bytes.
        digests: See every byte.

    Returns:
        The number of bytes.

    Raises:
        IncompleteBody: The reader ended before its announced length.
        SourceChanged: The reader goes on after its announced length.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        data = memoryview(body).cast("B")
        digests.update(data)
        write(fd, data)
        return len(data)
    size = left = len(body)
    while left:
        piece = body.read(min(left, CHUNK))
        if not piece:
            raise IncompleteBody(f"the body ended {left} bytes before its announced {size}")
        digests.update(piece)
        write(fd, piece)
        left -= len(piece)
    if left < 0 or body.read(1):
        raise SourceChanged(f"the body has more than its announced {size} bytes")
    return size


def copy_bytes(source: int, start: int, length: int, target: int, digests: Digests) -> None:
    """Appends bytes of one file to another; inside the kernel where nobody needs to see them.

    Args:
        source: The file to read; its position stays.
        start: First byte.
        length: How many.
        target: The file to write, at its place.
        digests: See every byte, if they need to.

    Raises:
        SourceChanged: The source ended before that.
    """
    end = start + length
    if not digests.needed:
        start = _copy_in_kernel(source, start, end, target)
    while start < end:
        piece = os.pread(source, min(end - start, CHUNK), start)
        if not piece:
            raise SourceChanged(f"the source ended {end - start} bytes early")
        digests.update(piece)
        write(target, piece)
        start += len(piece)


def _copy_in_kernel(source: int, start: int, end: int, target: int) -> int:
    """Copies as far as the kernel does it (sharing the blocks where the file system can); returns how far that was."""
    if not hasattr(os, "copy_file_range"):  # Linux only
        return start
    try:
        while start < end:
            copied = os.copy_file_range(source, target, min(end - start, 1 << 30), start)
            if copied == 0:
                break
            start += copied
    except OSError as error:
        if error.errno not in _NO_COPY_RANGE:
            raise
    return start


def seal(fd: int, disk: Disk) -> None:
    """Finishes a content file: gives it a time of its own and brings it to the disk.

    The clock of the file system ticks every few milliseconds only; two writes in one tick would look the same.
    """
    now = time.time_ns()
    os.utime(fd, ns=(now, now))
    disk.sync(fd)


class FileSource:
    """An open file as the source of a ``GetResult``. Later writes of the key do not disturb it."""

    def __init__(self, fd: int, start: int) -> None:
        """Takes the file over.

        Args:
            fd: The file.
            start: Position of the first byte to read.
        """
        os.lseek(fd, start, os.SEEK_SET)
        # A file object warns when it is forgotten open.
        self._file = os.fdopen(fd, "rb", buffering=0)

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise StreamInterrupted(f"the file can't be read on: {error.strerror}") from error

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Reads into a buffer; 0 at the end."""
        try:
            return self._file.readinto(buffer)
        except OSError as error:
            raise StreamInterrupted(f"the file can't be read on: {error.strerror}") from error

    def close(self) -> None:
        """Closes the file. May be called twice."""
        self._file.close()
