"""``GetResult``: an object's bytes on their way, with what is known about the object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from holdall.errors import IncompleteBody, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from holdall.models import ObjectInfo

CHUNK = 1024 * 1024
"""Bytes per chunk when iterating: large enough that the loop costs nothing, small enough to stay in cache."""


class ByteSource(Protocol):
    """What a provider hands to ``GetResult``: a stream that it translates errors for."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end."""
        ...

    def close(self) -> None:
        """Gives the connection back. May be called twice."""
        ...


class GetResult:
    """The answer of ``get``: read it, iterate over it, or use it as a context manager.

    It closes itself when it has been read to its end; who stops before that closes it. Reading past an early end of
    the connection raises ``IncompleteBody``: a short object is never taken for a whole one.

    Attributes:
        info: The object; ``info.size`` is the whole object's size, also for a range.
        start: Position in the object of the first byte of this body.
        length: Bytes in this body.
    """

    __slots__ = ("_closed", "_context", "_left", "_source", "info", "length", "start")

    def __init__(self, info: ObjectInfo, source: ByteSource, *, start: int = 0, length: int | None = None) -> None:
        """Made by providers.

        Args:
            info: The object.
            source: Its bytes.
            start: Position of the first byte.
            length: Bytes that will come; default: the rest of the object.
        """
        self.info = info
        self.start = start
        self.length = info.size - start if length is None else length
        self._source = source
        self._left = self.length
        self._closed = False
        self._context: Mapping[str, Any] = {}

    def bind_context(self, context: Mapping[str, Any]) -> None:
        """Sets the fields that errors raised while reading shall carry (see ``StorageError.add_context``)."""
        self._context = context

    def read(self, size: int = -1, /) -> bytes:
        """Reads up to ``size`` bytes, all that is left for -1; ``b""`` at the end.

        Raises:
            IncompleteBody: The stream ended before ``length`` bytes.
            StreamInterrupted: The connection broke.
            ValueError: It was closed before its end; ``b""`` here would pass for the end of the object.
        """
        if self._left <= 0:
            self.close()
            return b""
        if self._closed:
            raise ValueError("read of a closed GetResult")
        try:
            if size < 0:
                return self._read_rest()
            data = self._source.read(min(size, self._left))
            self._count(len(data), asked=size)
        except StorageError as error:
            self.close()
            error.add_context(**self._context)
            raise
        return data

    def _read_rest(self) -> bytes:
        data = self._source.read(self._left)
        if len(data) == self._left:  # the ordinary case: nothing to join
            self._count(len(data), asked=len(data))
            return data
        pieces = [data]
        self._count(len(data), asked=1)
        while self._left:
            pieces.append(self._source.read(self._left))
            self._count(len(pieces[-1]), asked=1)
        return b"".join(pieces)

    def _count(self, got: int, *, asked: int) -> None:
        if got == 0 and asked and self._left:
            raise IncompleteBody(f"the body ended {self._left} bytes before its announced {self.length}")
        self._left -= got
        if self._left <= 0:
            self.close()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Reads into a buffer and returns the number of bytes, 0 at the end."""
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def iter_chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """Yields the body in pieces of at most ``size`` bytes."""
        while data := self.read(size):
            yield data

    def __iter__(self) -> Iterator[bytes]:
        return self.iter_chunks()

    def readable(self) -> bool:
        """True, as files say it."""
        return True

    def close(self) -> None:
        """Gives the connection back. May be called twice."""
        self._closed = True
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<GetResult {self.info.key!r} bytes {self.start}-{self.start + self.length} of {self.info.size}>"
