"""``GetResult``: an object's bytes on their way, with what is known about the object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from holdall import checksums
from holdall.claims import Claim, InOrder, refuted
from holdall.errors import ChecksumMismatch, IncompleteBody, Retry, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from holdall.models import ObjectInfo

CHUNK = 1024 * 1024
"""Bytes per chunk when iterating: large enough that the loop costs nothing, small enough to stay in cache."""


class ByteSource(Protocol):
    """What a provider hands to ``GetResult``: a stream that it translates errors for. Files that never fail are one."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end."""
        ...

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Reads into a buffer and returns the number of bytes, 0 at the end; large bodies are moved by this."""
        ...

    def close(self) -> None:
        """Gives the connection back. May be called twice."""
        ...


class GetResult:
    """The answer of ``get``: read it, iterate over it, or use it as a context manager.

    It closes itself when it has been read to its end; who stops before that closes it. Reading past an early end of
    the connection raises ``IncompleteBody``: a short object is never taken for a whole one. A body that is the whole
    object is compared with the object's checksum while it is read, where the store tells one; the last bytes are not
    handed out when they differ. What a read raised, be it an interrupt, ends the body: it can't be read any further.

    Attributes:
        info: The object; ``info.size`` is the whole object's size, also for a range.
        start: Position in the object of the first byte of this body.
        length: Bytes in this body.
        compared_with: What the body is compared with: a checksum, or an ETag; ``None`` where there is nothing.
        exactly: See ``compare_with``.
    """

    __slots__ = (
        "_closed", "_context", "_hasher", "_left", "_recover", "_source", "compared_with", "exactly", "info",
        "length", "start",
    )  # fmt: skip

    def __init__(
        self,
        info: ObjectInfo,
        source: ByteSource,
        *,
        start: int = 0,
        length: int | None = None,
    ) -> None:
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
        self.compared_with: Claim | None = None
        self._source = source
        self._left = self.length
        self._closed = False
        self._context: Mapping[str, Any] = {}
        self._recover: Callable[[int, StorageError], ByteSource] | None = None
        self._hasher: InOrder | None = None
        self.exactly: Callable[[Claim], Claim | None] = _nobody_knows
        if info.checksums and self.length == info.size:
            whole = checksums.comparable(info.checksums)
            if whole is not None:
                self.compare_with(Claim.of(whole, info.size))

    def compare_with(self, wanted: Claim | None, exactly: Callable[[Claim], Claim | None] | None = None) -> None:
        """Sets what must follow from the bytes; before the first of them is read.

        Args:
            wanted: What the store says of exactly this body; ``None`` compares with nothing.
            exactly: See ``claims.refuted``; default: nobody knows.
        """
        self.compared_with = wanted
        self.exactly = exactly or _nobody_knows
        self._hasher = None if wanted is None else InOrder(wanted)

    def bind_context(self, context: Mapping[str, Any]) -> None:
        """Sets the fields that errors raised while reading shall carry (see ``StorageError.add_context``)."""
        self._context = context

    def bind_recovery(self, recover: Callable[[int, StorageError], ByteSource]) -> None:
        """Sets what is done when the stream breaks.

        Args:
            recover: Takes the position in the object from which bytes are missing and what went wrong; returns the
                bytes from there on, of the same version of the object, or raises what the reader shall get.
        """
        self._recover = recover

    def read(self, size: int = -1, /) -> bytes:
        """Reads up to ``size`` bytes, all that is left for -1; ``b""`` at the end.

        Raises:
            IncompleteBody: The stream ended before ``length`` bytes.
            StreamInterrupted: The connection broke.
            ChecksumMismatch: All bytes came, and they are not the object's.
            ValueError: It was closed before its end, or a read of it has failed; ``b""`` here would pass for the end of
                the object, and what comes next need not be what follows.
        """
        if self._left <= 0:
            self.close()
            return b""
        if self._closed:
            raise ValueError("read of a closed GetResult")
        if size < 0:
            return self._read_rest()
        return self._read_some(min(size, self._left))

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Reads into a buffer and returns the number of bytes, 0 at the end.

        Raises:
            StorageError, ValueError: As ``read``.
        """
        if self._left <= 0:
            self.close()
            return 0
        if self._closed:
            raise ValueError("read of a closed GetResult")
        view = memoryview(buffer)[: self._left]
        try:
            while True:
                try:
                    count = self._source.readinto(view) or 0
                    if count == 0 and len(view):
                        self._ended_early()
                except StorageError as error:
                    self._go_on_after(error)
                    continue
                self._take(view[:count])
                return count
        except StorageError:
            raise
        except BaseException:  # an interrupt: bytes may have left the source that nobody got
            self.close()
            raise

    def _read_rest(self) -> bytes:
        data = self._read_some(self._left)
        if self._left <= 0:  # the ordinary case: nothing to join
            return data
        pieces = [data]
        while self._left > 0:
            pieces.append(self._read_some(self._left))
        return b"".join(pieces)

    def _read_some(self, size: int) -> bytes:
        try:
            while True:
                try:
                    data = self._source.read(size)
                    if not data and size:
                        self._ended_early()
                except StorageError as error:
                    self._go_on_after(error)
                    continue
                self._take(data)
                return data
        except StorageError:
            raise
        except BaseException:  # as in ``readinto``
            self.close()
            raise

    def _ended_early(self) -> None:
        raise IncompleteBody(f"the body ended {self._left} bytes before its announced {self.length}")

    def _go_on_after(self, error: StorageError) -> None:
        """Replaces a stream that broke by one that goes on where it stopped, or raises."""
        self._source.close()
        try:
            if self._recover is None or error.retry is not Retry.SAFE:
                raise error
            self._source = self._recover(self.start + self.length - self._left, error)
        except StorageError as final:
            self._closed = True
            final.add_context(**self._context)
            raise

    def _take(self, data: bytes | memoryview) -> None:
        """Counts bytes that came, and compares them all when they are the last."""
        left = self._left - len(data)
        if self._hasher is not None:
            self._hasher.update(data)
        if left <= 0:
            self.close()
            if self._hasher is not None:
                self._compare(self._hasher)
        self._left = left  # not where they differ: who reads once more must not be told that this was the end

    def _compare(self, hasher: InOrder) -> None:
        wanted, found = hasher.claim, hasher.found()
        if not refuted(wanted, found, self.exactly, self.info.key):
            return
        raise ChecksumMismatch(
            f"the {wanted.proof} ({wanted.algorithm}) of the object is {wanted.value}, that of the bytes that arrived "
            f"{found}",
            hint="The bytes changed on the way or at rest; try again, then restore the object from elsewhere.",
        ).add_context(**{"key": self.info.key, **self._context})

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


def _nobody_knows(_claim: Claim) -> Claim | None:
    return None
