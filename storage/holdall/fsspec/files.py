"""Objects as the files that fsspec and those who build on it expect."""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from fsspec.caching import caches
from fsspec.spec import AbstractBufferedFile

from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from holdall.fsspec.places import Entry
    from holdall.transfer.reader import ObjectReader
    from holdall.transfer.writer import ObjectWriter

logger = logging.getLogger(__name__)

READ_AHEAD = 1024 * 1024
"""Bytes that a reader fetches beyond what is asked for, unless ``block_size`` says otherwise."""
LINE_STEP = 64 * 1024


class BlobReader(AbstractBufferedFile):  # type: ignore[misc] # fsspec has no annotations
    """Reads one version of an object, through any of fsspec's caches.

    A fetch that goes on where the one before ended reads on from an open connection; any other is a request for just
    its range. So reading from one end to the other costs a few requests, and jumping about costs no unwanted bytes.
    """

    DEFAULT_BLOCK_SIZE = READ_AHEAD

    def __init__(self, fs: Any, path: str, source: io.BufferedReader, details: Entry, **buffering: Any) -> None:
        """Made by ``BlobFileSystem.open``.

        Args:
            fs: The file system.
            path: The object; with ``?versionId=`` where a version was asked for, so that a pickled file finds it again.
            source: What ``Storage.open`` gave.
            details: The entry of the object.
            **buffering: ``block_size``, ``cache_type``, ``cache_options`` of fsspec.
        """
        if (cache_type := buffering.get("cache_type")) not in caches:
            raise InvalidRequest(
                f"{cache_type!r} is not one of fsspec's caches", hint=f"There are: {', '.join(filter(None, caches))}."
            )
        self._source = source
        self._object: ObjectReader = source.raw  # type: ignore[assignment] # what Storage.open puts there
        self._fetched_to: int | None = None
        self._fetching = threading.Lock()  # the caches "background" and "mmap" fetch from several threads
        super().__init__(fs, path, "rb", size=details["size"], **buffering)
        self.details = details

    @property
    def name(self) -> str:
        """The path, as files tell their name."""
        return str(self.path)

    def _fetch_range(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        if start >= end:
            return b""
        with self._fetching:
            going_on = start == self._fetched_to or (start == 0 and end == self.size)
            self._fetched_to = end
            if going_on:
                self._object.seek(start)
                return _read_exactly(self._object, end - start)
        return self._object.read_range(start, end)

    def read(self, length: int | None = -1) -> bytes:
        """Reads up to ``length`` bytes; all that is left for -1 and ``None``."""
        left = max(0, self.size - self.loc)  # some of fsspec's caches fail where they are asked for more
        return bytes(super().read(left if length is None or length < 0 else min(length, left)))

    def readline(self, size: int | None = -1) -> bytes:
        """Reads up to and with the next newline, or ``size`` bytes if that is less."""
        # fsspec's own copies a whole block for each line.
        line: bytes = self.readuntil(b"\n", blocks=LINE_STEP)
        if size is not None and 0 <= size < len(line):
            self.seek(size - len(line), io.SEEK_CUR)
            return line[:size]
        return line

    def close(self) -> None:
        """Gives the connection back."""
        super().close()
        if source := getattr(self, "_source", None):  # not there when opening failed
            source.close()


def _read_exactly(source: ObjectReader, size: int) -> bytes:
    pieces = []
    while size and (piece := source.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class BlobWriter(io.BufferedIOBase):
    """Collects what is written, and publishes it when it is closed; in a transaction, when that is committed.

    Whatever fails publishes nothing. An exception in the ``with`` block of this file is the plain case. But the block
    may be another's, which only calls ``close`` in the end: ``fsspec.open``, ``gzip.GzipFile``, pandas' handles. So
    ``close`` also publishes nothing while an exception is on its way that was not there when the file was opened, and
    logs a warning. Who handles that exception and wants the object all the same calls ``commit``.
    """

    def __init__(self, fs: Any, path: str, mode: str, target: ObjectWriter, *, autocommit: bool) -> None:
        """Made by ``BlobFileSystem.open``.

        Args:
            fs: The file system; told when the object is there.
            path: The object.
            mode: ``wb`` or ``xb``.
            target: Takes the bytes.
            autocommit: Publish at ``close``; else wait for ``commit`` or ``discard``.
        """
        super().__init__()
        self.fs = fs
        self.path = path
        self.mode = mode
        self.autocommit = autocommit
        self._target = target
        self._raised_before = _exceptions_under_way()

    @property
    def name(self) -> str:
        """The path, as files tell their name."""
        return self.path

    def writable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self._target.tell()

    def write(self, data: Any, /) -> int:
        """Takes bytes."""
        return self._target.write(data)

    def flush(self) -> None:
        """Tells what went wrong with the parts that were sent so far.

        Raises:
            StorageError: One could not be sent. Nothing is published.
        """
        if not self._target.closed:
            self._target.flush()

    def close(self) -> None:
        """Publishes the object, unless it is part of a transaction or something went wrong.

        Raises:
            StorageError: It could not be published, and is not there.
        """
        if self.closed:
            return
        error = sys.exception()
        if error is not None and all(error is not before for before in self._raised_before):
            logger.warning("%s is not published: it was closed because of %s", self.path, type(error).__name__)
            self.abort()
            return
        super().close()
        if self.autocommit:
            self.commit()

    def commit(self) -> None:
        """Publishes the object now. Does nothing where it was given up, or is published already."""
        super().close()
        self._target.close()
        self.fs.invalidate_cache(self.path)

    def discard(self) -> None:
        """Gives up: nothing is published."""
        self.abort()

    def abort(self) -> None:
        """Gives up: nothing is published."""
        try:
            self._target.abort()
        finally:
            super().close()

    def drop(self) -> None:
        """What happens to a writer that nobody closed."""
        if not self.closed:
            warnings.warn(f"unfinished writer of {self.path!r} dropped; nothing was published", ResourceWarning, 2)
            self.abort()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if hasattr(self, "_target"):  # not there when opening failed
            self.drop()  # io's own __del__ would call close, and with it publish what is not finished


class _Compressor(Protocol):
    def write(self, data: Any, /) -> int: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class CompressedWriter(io.BufferedIOBase):
    """A compressor and the file that it writes into, closed as one; a compressor by itself leaves its file open."""

    def __init__(self, target: BlobWriter, compress: Callable[..., _Compressor]) -> None:
        """Made by ``BlobFileSystem.open``.

        Args:
            target: Takes the compressed bytes.
            compress: Makes a compressor around a file, as ``fsspec.compression`` has them.
        """
        super().__init__()
        self._target = target
        self._compressor = compress(target, mode="w")

    @property
    def name(self) -> str:
        """The path, as files tell their name."""
        return self._target.name

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any, /) -> int:
        """Takes bytes that are not compressed yet."""
        return self._compressor.write(data)

    def close(self) -> None:
        """Writes the compressor's end, then publishes."""
        if self.closed:
            return
        super().close()
        try:
            self._compressor.close()
        except BaseException:
            self._target.abort()
            raise
        self._target.close()

    def abort(self) -> None:
        """Gives up: nothing is published."""
        super().close()
        self._end()
        self._target.abort()

    def drop(self) -> None:
        """What happens to a writer that nobody closed."""
        super().close()
        self._end()
        self._target.drop()

    def _end(self) -> None:
        with suppress(Exception):  # closed it must be, or it writes when it is garbage-collected
            self._compressor.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if hasattr(self, "_compressor"):
            self.drop()


def _exceptions_under_way() -> list[BaseException]:
    """What is being handled just now, innermost first: a writer opened in an ``except`` block is not failing."""
    found: list[BaseException] = []
    error = sys.exception()
    while error is not None and all(error is not before for before in found):
        found.append(error)
        error = error.__context__
    return found
