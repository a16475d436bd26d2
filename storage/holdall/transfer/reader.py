"""``ObjectReader``: an object as a read-only, seekable file."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from holdall import options as opt
from holdall.checksums import comparable
from holdall.models import ByteRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.models import ObjectInfo
    from holdall.reading import GetResult

    Fetch = Callable[[opt.GetOptions], GetResult]

SKIP = 256 * 1024
"""A seek forward by less than this reads on instead of asking anew: cheaper than another request."""
AHEAD = 1024 * 1024
"""After a seek a request is for what is read and, where that is more than this, so many bytes beyond it."""
MOST_AHEAD = 64 * 1024 * 1024
"""While reading goes on from there, each further request is for twice as much as the one before, up to this."""


class ObjectReader(io.RawIOBase):
    """Reads one version of an object: pinned by version id or ETag, so that a replaced object is never mixed in.

    What is read from the beginning to the end without a seek back is compared with the object's checksum, where the
    store tells one that is quick to compute; the last bytes are not handed out when they differ.

    Reading from the beginning on is one request for the whole object. After a seek, requests have an end: whoever jumps
    about (the footer of a Parquet file, then some columns) fetches little that nobody reads, and a connection that was
    read to its end serves the next request. Who reads on gets more with every request. Wrap it in
    ``io.BufferedReader`` for small reads (``Storage.open`` does).
    """

    def __init__(self, info: ObjectInfo, fetch: Fetch, options: opt.GetOptions, *, pin: bool) -> None:
        """Made by ``Storage.open``.

        Args:
            info: The object as ``head`` told it.
            fetch: Makes a ``get`` of the object.
            options: Its options but range and condition; ``checksums`` asks for what the bytes are compared with.
            pin: Send ``if_match`` with the ETag (where the store has that).
        """
        super().__init__()
        self.info = info
        self._fetch = fetch
        # "null" names whatever was written last while versioning is off or suspended: it pins nothing.
        self._version = options.version_id or (None if pin or info.version_id == "null" else info.version_id)
        self._customer_key = options.customer_key
        self._backend = options.backend
        self._checksums = options.checksums
        self._etag = info.etag if pin else None
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
        """Reads into a buffer; 0 at the end."""
        self._check_open()
        if self._position >= self.info.size:
            return 0
        view = memoryview(buffer).cast("B")
        count = self._at_position(len(view)).readinto(view)
        self._position += count
        self._stream_at += count
        return count

    def readall(self) -> bytes:
        """All from the position to the end."""
        self._check_open()
        if self._position >= self.info.size:
            return b""
        pieces = []
        while self._position < self.info.size:
            data = self._at_position(None).read()
            self._position += len(data)
            self._stream_at += len(data)
            pieces.append(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_range(self, start: int, stop: int) -> bytes:
        """Bytes ``start`` to ``stop`` (exclusive) in a request of their own; the position stays."""
        self._read_to = stop
        with self._get(ByteRange(start, stop)) as result:
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
        self._stream = self._get(self._next_range(size))
        if not self._position:
            self._stream.compare_with(comparable(self._stream.info.checksums))
        self._stream_at = self._position
        return self._stream

    def _next_range(self, size: int | None) -> ByteRange | None:
        """What the next request is for."""
        if not self._position:  # without a Range header stores tell, and check, the object's checksum
            return None
        if size is None:
            return ByteRange(self._position)
        # A buffer that reads more than its own size asks first for what is wanted, then once more to fill itself.
        wanted = size + AHEAD if size > AHEAD else size
        if self._read_to is not None and 0 <= self._position - self._read_to <= SKIP:
            wanted = max(wanted, min(max(AHEAD, 2 * self._ahead), MOST_AHEAD))
        self._ahead = wanted
        self._read_to = min(self._position + wanted, self.info.size)
        return ByteRange(self._position, self._read_to)

    def _get(self, wanted: ByteRange | None) -> GetResult:
        return self._fetch(
            opt.GetOptions(
                range=wanted,
                version_id=self._version,
                if_match=self._etag,
                customer_key=self._customer_key,
                checksums=self._checksums and wanted is None,
                backend=self._backend,
            )
        )
