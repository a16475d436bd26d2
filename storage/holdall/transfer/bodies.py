"""Bodies: whatever users hand over, made into what a provider's ``put`` takes."""

from __future__ import annotations

import io
import os
import stat
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from holdall.errors import InvalidRequest, SourceChanged, SourceNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from holdall.models import Body


class SupportsRead(Protocol):
    """Anything with ``read(size)`` that returns bytes: files, pipes, sockets, responses."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, ``b""`` at the end."""
        ...


class FileSlice:
    """A piece of an open file as a body: sized, rewindable, safe beside other slices of the same file.

    It reads with ``pread`` and leaves the file's own position alone. Reading less than promised means that the file
    shrank meanwhile: ``SourceChanged``, never a short object.
    """

    def __init__(self, fileno: int, offset: int, length: int, check: Callable[[], None] | None = None) -> None:
        """Makes a slice.

        Args:
            fileno: Descriptor of a regular file; it stays open and belongs to the caller.
            offset: First byte.
            length: Bytes.
            check: Called before each read; what it raises ends the transfer.
        """
        self._fileno = fileno
        self._check = check
        self._offset = offset
        self._length = length
        self._position = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, all that is left for -1.

        Raises:
            SourceChanged: The file ended before the slice did.
        """
        if self._check is not None:
            self._check()
        with self._lock:
            left = self._length - self._position
            want = left if size < 0 else min(size, left)
            if want == 0:
                return b""
            data = os.pread(self._fileno, want, self._offset + self._position)
            if not data:
                raise SourceChanged(
                    f"the file ends at byte {self._offset + self._position}, although it was longer when the transfer "
                    "began",
                    hint="Let whoever writes the file finish, then transfer it again.",
                )
            self._position += len(data)
            return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves within the slice."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, min(base + offset, self._length))
        return self._position

    def tell(self) -> int:
        """Position within the slice."""
        return self._position

    def slice(self, start: int, length: int) -> FileSlice:
        """A piece of this piece."""
        return FileSlice(self._fileno, self._offset + start, length, self._check)

    def checked(self, check: Callable[[], None]) -> FileSlice:
        """The same bytes, with a ``check`` before each read."""
        return FileSlice(self._fileno, self._offset, self._length, check)

    def duplicate(self) -> FileSlice:
        """The same bytes through a descriptor of their own, which stays good when the caller closes the file.

        Whoever asks for it closes its ``fileno``.
        """
        return FileSlice(os.dup(self._fileno), self._offset, self._length, self._check)

    def fileno(self) -> int:
        """The descriptor that is read."""
        return self._fileno

    def state(self) -> tuple[int, int]:
        """The file's size and the time of its last change: in another state it may have other bytes."""
        status = os.fstat(self._fileno)
        return status.st_size, status.st_mtime_ns


class _IteratorReader:
    """An iterable of bytes, read like a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        pieces = []
        missing = size if size >= 0 else None
        while missing is None or missing > 0:
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                if not isinstance(chunk, (bytes, bytearray, memoryview)):
                    raise InvalidRequest(f"the iterator yielded {type(chunk).__name__}; bytes are needed")
                self._rest = memoryview(chunk).cast("B")
                continue
            piece = self._rest if missing is None else self._rest[:missing]
            self._rest = self._rest[len(piece) :]
            pieces.append(piece)
            if missing is not None:
                missing -= len(piece)
        return b"".join(pieces)


def as_buffer(data: Any) -> bytes | bytearray | memoryview | None:
    """The data itself where it lies in memory already, else ``None``."""
    if isinstance(data, (bytes, bytearray)):
        return data
    if isinstance(data, memoryview):
        return data.cast("B") if data.c_contiguous else data.tobytes()
    if type(data) is io.BytesIO:  # whoever derives from it may read something else than lies there
        return memoryview(data.getvalue())[data.tell() :]  # no copy: BytesIO shares its bytes until it is written to
    return None


def as_file_slice(data: Any) -> FileSlice | None:
    """The rest of a regular file as a sized body, else ``None`` (pipes, sockets, wrapped streams, no size).

    Only Python's own classes: what is derived from them may change the bytes that it reads, or count them.
    """
    if type(data) not in {io.BufferedReader, io.FileIO, io.BufferedRandom}:
        return None
    raw = data if type(data) is io.FileIO else data.raw
    if type(raw) is not io.FileIO:  # a BufferedReader around something that is not a file
        return None
    if type(data) is io.BufferedRandom:  # what was written may wait in it, and a seek need not bring it out
        data.flush()
    status = os.fstat(data.fileno())
    # Files that the system makes up, as those in /proc, have bytes and say that they have none: read, and see.
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return None
    position = data.tell()
    return FileSlice(data.fileno(), position, max(0, status.st_size - position))


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The file that shall be sent.

    Args:
        path: Its path.

    Raises:
        SourceNotFound: There is no such file.
        InvalidRequest: It is a folder.
    """
    source = Path(path)
    try:
        file = source.open("rb")
    except IsADirectoryError as error:
        raise InvalidRequest(f"{str(source)!r} is a folder", hint="Name a file.") from error
    except FileNotFoundError as error:
        raise SourceNotFound(f"there is no file {str(source)!r}") from error
    except ValueError as error:  # a NUL in it
        raise InvalidRequest(f"{str(source)!r} can't be the name of a file: {error}") from error
    with file:
        yield file


def as_reader(data: Any) -> SupportsRead:
    """Anything else as a stream of unknown length.

    Raises:
        InvalidRequest: Text, or nothing that yields bytes.
    """
    if isinstance(data, str):
        raise InvalidRequest("the data is text; a store keeps bytes", hint='Encode it: data.encode("utf-8").')
    if isinstance(data, io.TextIOBase):
        raise InvalidRequest("the file is open in text mode; a store keeps bytes", hint='Open it with mode "rb".')
    if hasattr(data, "read"):
        return cast("SupportsRead", data)
    if hasattr(data, "__iter__") and not isinstance(data, dict):
        return _IteratorReader(data)
    raise InvalidRequest(
        f"can't take bytes from {type(data).__name__}",
        hint="Give bytes, a file opened in binary mode, or an iterator of bytes.",
    )


def read_some(stream: SupportsRead | BinaryIO, size: int) -> bytes:
    """Reads up to ``size`` bytes (pipes return what they have), ``b""`` only at the end of the stream.

    Raises:
        InvalidRequest: The stream yields something else than bytes, or nothing for now.
    """
    data: Any = stream.read(size)
    if isinstance(data, (bytes, bytearray, memoryview)):
        return cast("bytes", data)
    if isinstance(data, str):
        raise InvalidRequest("the stream yields text; a store keeps bytes", hint="Open it in binary mode.")
    if data is None:
        raise InvalidRequest("the stream is non-blocking and has no data now", hint="Use a blocking stream.")
    raise InvalidRequest(f"the stream yields {type(data).__name__}; bytes are needed")


def cut(body: Body, start: int, length: int) -> Body:
    """A piece of a body, without copying it.

    Args:
        body: Bytes or a slice of a file.
        start: First byte.
        length: Bytes.
    """
    if isinstance(body, FileSlice):
        return body.slice(start, length)
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise TypeError(f"can't cut {type(body).__name__}")  # a mistake of ours: other bodies are never large
    return memoryview(body)[start : start + length]


def rewind(body: Body) -> None:
    """To the start, where it may have been sent already."""
    if not isinstance(body, (bytes, bytearray, memoryview)):
        body.seek(0)


def length_of(body: Body) -> int:
    """Bytes of a body."""
    return body.nbytes if isinstance(body, memoryview) else len(body)
