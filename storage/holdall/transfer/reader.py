"""``ObjectReader``: an object as a read-only, seekable file."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from holdall.errors import ChecksumMismatch

if TYPE_CHECKING:
    from holdall.reading import GetResult
    from holdall.transfer.pinning import PinnedObject
    from holdall.transfer.verify import Verify

SKIP = 256 * 1024
"""A seek forward by less than this reads on instead of asking anew: cheaper than another request."""
AHEAD = 1024 * 1024
"""After a seek a request is for what is read and, where that is more than this, so many bytes beyond it."""
MOST_AHEAD = 64 * 1024 * 1024
"""While reading goes on from there, each further request is for twice as much as the one before, up to this."""


class ObjectReader(io.RawIOBase):
    """Reads one version of an object: a replaced object is never mixed in, whether the store has conditions or not.

    What is read from the beginning to the end without a seek back or a failure is compared with what the store tells
    of the object, a checksum or an ETag; the last bytes are not handed out when they differ.

    Reading from the beginning on is one request for the whole object. After a seek, requests have an end: whoever jumps
    about (the footer of a Parquet file, then some columns) fetches little that nobody reads, and a connection that was
    read to its end serves the next request. Who reads on gets more with every request. Wrap it in
    ``io.BufferedReader`` for small reads (``Storage.open`` does).
    """

    def __init__(self, source: PinnedObject, verify: Verify, *, checksums: bool) -> None:
        """Made by ``Storage.open``.

        Args:
            source: The object as ``head`` told it.
            verify: What is read from beginning to end is compared with what the store tells of the whole, and where
                that is of the parts, whose size takes a request, if all is asked for at once, or with ``strict``.
            checksums: Ask for a checksum.
        """
        super().__init__()
        self.info = source.info
        self._source = source
        self._verify: Verify = verify
        self._checksums = checksums
        self._position = 0
        self._stream: GetResult | None = None
        self._stream_at = 0
        self._ahead = 0  # bytes of the last request that had an end
        self._read_to: int | None = None  # where the last of them ended, whoever made it

    @property
    def name(self) -> str:
        """The key, as files tell their name."""
        return self.info.key

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves the position; no request."""
        self._check_open()
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.info.size}[whence]
        if base + offset < 0:
            raise ValueError(f"seek to {base + offset}: before the start of the object")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview | bytearray, /) -> int:  # type: ignore[override] # the stubs' WriteableBuffer
        """Reads into a buffer; 0 at the end.

        Raises:
            SourceChanged: The object was replaced or deleted since it was opened.
            ChecksumMismatch: These were the last bytes, and all of them are not the object's.
        """
        self._check_open()
        view = memoryview(buffer).cast("B")
        if self._position >= self.info.size or not view:
            return 0
        try:
            count = self._at_position(len(view)).readinto(view)
            self._position += count
            self._stream_at += count
        except BaseException as error:
            self._broke(error)
            raise
        return count

    def readall(self) -> bytes:
        """All from the position to the end."""
        self._check_open()
        if self._position >= self.info.size:
            return b""
        pieces, start = [], self._position
        try:
            while self._position < self.info.size:
                data = self._at_position(None).read()
                self._position += len(data)
                self._stream_at += len(data)
                pieces.append(data)
        except BaseException as error:
            self._broke(error)
            self._position = start
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_range(self, start: int, stop: int) -> bytes:
        """Bytes ``start`` to ``stop`` (exclusive, not past the end) in a request of their own; the position stays.

        Raises:
            SourceChanged: The object is another one by now.
        """
        self._read_to = stop
        with self._source.get(start, stop) as result:
            return result.read()

    def close(self) -> None:
        """Gives the connection back."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        super().close()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def _broke(self, error: BaseException) -> None:
        """After a read that failed nobody knows where the stream is: who reads on gets another one.

        Not so where the bytes are not the object's: what is left of them would come unproved from another one.
        """
        if self._stream is not None and not isinstance(error, ChecksumMismatch):
            stream, self._stream = self._stream, None
            stream.close()

    def _at_position(self, size: int | None) -> GetResult:
        """A stream at the position.

        Args:
            size: Bytes that are wanted of it; ``None``: all.
        """
        stream, ahead = self._stream, self._position - self._stream_at
        if stream is not None:
            left = stream.start + stream.length - self._stream_at
            if 0 <= ahead <= SKIP and ahead < left:
                if ahead:
                    self._stream_at += len(stream.read(ahead))
                if self._stream_at == self._position:
                    return stream
            stream.close()
            self._stream = None  # what comes next may fail, and this one is of no use any more
        if self._position:
            self._stream = self._source.get(self._position, self._next_stop(size))
        else:
            self._stream = self._source.get_whole(checksums=self._checksums)
            self._source.prove(self._stream, self._verify, parts=size is None or self._verify == "strict")
        self._stream_at = self._position
        return self._stream

    def _next_stop(self, size: int | None) -> int:
        """Where the next request ends."""
        if size is None:
            return self.info.size
        # A buffer that reads more than its own size asks first for what is wanted, then once more to fill itself.
        wanted = size + AHEAD if size > AHEAD else size
        if self._read_to is not None and 0 <= self._position - self._read_to <= SKIP:
            wanted = max(wanted, min(max(AHEAD, 2 * self._ahead), MOST_AHEAD))
        self._ahead = wanted
        self._read_to = min(self._position + wanted, self.info.size)
        return self._read_to
