"""Answers of a ``Connection``: their bodies, by content length, in chunks, or up to the connection's end.

What arrived before a connection broke is handed out, and the next call says that it broke: so nothing is fetched twice
where a transfer goes on after it.
"""

from __future__ import annotations

import io
import re
import ssl
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError, SSLError

from holdall_s3.direct.heads import CHUNKED, CLOSE, MOST_BYTES, framing
from holdall_s3.direct.transport import BadAnswer
from holdall_s3.pace import TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.direct.connection import Connection
    from holdall_s3.direct.heads import Head
    from holdall_s3.direct.transport import Origin

    GiveBack = Callable[[Connection], None]

_BLOCK = 64 * 1024  # bytes that are asked for at a time where nobody knows how many will come
_DOCUMENT = 16 * 1024 * 1024  # bytes; no document of S3's is as long
_MOST_DOCUMENT = 4 * _DOCUMENT  # bytes; whoever sends more will not end, either
_LONGEST_LINE = 4096  # bytes: the size of a chunk, with extensions; a trailer
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


class Answer:
    """An answer whose body has a length.

    Args:
        head: Its head.
        connection: Where its body comes from.
        give_back: Called with the connection when the body was read to its end and more answers may come.
        place: Where it came from, for errors.
        length: Bytes of the body.
    """

    __slots__ = ("_connection", "_failure", "_give_back", "_keeps", "_left", "_place", "headers", "status")

    def __init__(self, head: Head, connection: Connection, give_back: GiveBack, place: Origin, length: int) -> None:
        self.status, self.headers, self._keeps = head
        self._connection: Connection | None = connection
        self._give_back = give_back
        self._place = place
        self._left = length
        self._failure: BotoCoreError | None = None

    def read(self, size: int | None = None, /) -> bytes:
        """See ``HttpAnswer``."""
        wanted = self._left if size is None or size > self._left else size
        if wanted == 0:
            return b""
        data = self._open().take(wanted)
        if data is None:
            return self._read_block(wanted)
        self._left -= wanted
        return data

    def _read_block(self, size: int) -> bytes:
        """Reads into fresh memory that becomes the result without being copied.

        Where there is not so much, it is less: a length of whatever size is easily announced, and need not come true.
        """
        try:
            block = io.BytesIO(bytes(size))
        except MemoryError:
            if size <= _DOCUMENT:
                raise
            return self._read_block(_DOCUMENT)
        with block.getbuffer() as view:
            count = self.readinto(view)
        return block.getvalue() if count == size else block.getvalue()[:count]

    def readinto(self, buffer: memoryview, /) -> int:
        """See ``HttpAnswer``. The buffer is filled, unless the body ends or the connection breaks before."""
        filled = 0
        while filled < len(buffer):
            try:
                # Released whatever happens: an error's traceback would keep it, and with it the buffer of a BytesIO,
                # which in a reference cycle crashes the garbage collector of Python 3.12.1.
                with buffer[filled:] as rest:
                    count = self._receive(rest)
            except BotoCoreError as error:
                if filled == 0:
                    raise
                self._failure = error
                break
            if count == 0:
                break
            filled += count
        return filled

    def _receive(self, buffer: memoryview) -> int:
        """Some bytes of the body; 0 at its end."""
        if self._left == 0:
            return 0
        with buffer[: self._left] as piece:
            count = self._take(piece)
        if count == 0:
            raise self._fail(IncompleteReadError(actual_bytes=0, expected_bytes=self._left))
        self._left -= count
        return count

    def _take(self, buffer: memoryview) -> int:
        try:
            return self._open().receive(buffer)
        except OSError as error:
            raise self._fail(_broken(error, self._place)) from error

    def _open(self) -> Connection:
        """The connection, unless it broke."""
        if self._failure is not None:
            raise self._failure
        if self._connection is None:
            raise ValueError("read of a closed answer")
        return self._connection

    def _fail(self, error: BotoCoreError) -> BotoCoreError:
        self._failure = error
        return error

    def read_all(self) -> bytes:
        """See ``HttpAnswer``."""
        pieces, left = [], _MOST_DOCUMENT
        try:
            while piece := self.read(_DOCUMENT):  # in pieces, since a length of whatever size is easily announced
                pieces.append(piece)
                left -= len(piece)
                if left < 0:
                    raise self._fail(BadAnswer(error=f"of a document {_MOST_DOCUMENT} bytes came, and no end"))
        finally:
            self.close()
        return b"".join(pieces)

    def _is_at_end(self) -> bool:
        return self._left == 0

    def close(self) -> None:
        """See ``HttpAnswer``."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._keeps and self._failure is None and self._is_at_end():
            self._give_back(connection)
        else:
            connection.close()


class EndlessAnswer(Answer):
    """An answer whose body ends with the connection."""

    __slots__ = ("_ended",)

    def __init__(self, head: Head, connection: Connection, give_back: GiveBack, place: Origin) -> None:
        super().__init__(head, connection, give_back, place, 0)
        self._ended = False

    def read(self, size: int | None = None, /) -> bytes:
        """See ``HttpAnswer``."""
        return self._read_rest() if size is None else self._read_block(min(size, _BLOCK))

    def _read_rest(self) -> bytes:
        return b"".join(iter(lambda: self._read_block(_BLOCK), b""))

    def _receive(self, buffer: memoryview) -> int:
        count = 0 if self._ended else self._take(buffer)
        self._ended = count == 0
        return count

    def _is_at_end(self) -> bool:
        return self._ended


class ChunkedAnswer(EndlessAnswer):
    """An answer whose body comes in chunks (RFC 9112, section 7.1)."""

    __slots__ = ("_begun",)

    def __init__(self, head: Head, connection: Connection, give_back: GiveBack, place: Origin) -> None:
        super().__init__(head, connection, give_back, place)
        self._begun = False  # there was a chunk

    def _receive(self, buffer: memoryview) -> int:
        if self._ended:
            return 0
        try:
            if self._left == 0 and not self._begin_chunk():
                return 0
            with buffer[: self._left] as piece:
                count = self._take(piece)
            if count == 0:
                raise IncompleteReadError(actual_bytes=0, expected_bytes=self._left)
        except BotoCoreError as error:
            self._failure = error
            raise
        self._left -= count
        return count

    def _begin_chunk(self) -> bool:
        """Reads the size of the next chunk; behind the last one the trailers, which nobody asked for.

        Returns:
            Whether there is a chunk.
        """
        if self._begun and self._line():
            raise BadAnswer(error="a chunk of its body is longer than it says")
        self._begun = True
        size = _CHUNK_SIZE.fullmatch(self._line())
        if size is None:
            raise BadAnswer(error="a chunk of its body does not say how long it is")
        self._left = int(size[1], 16)
        if self._left == 0:
            trailers = 0
            while line := self._line():
                trailers += len(line)
                if trailers > MOST_BYTES:
                    raise BadAnswer(error=f"there are more than {MOST_BYTES} bytes behind its body")
            self._ended = True
        return not self._ended

    def _line(self) -> bytes:
        try:
            return self._open().read_line(_LONGEST_LINE)
        except OSError as error:
            raise _broken(error, self._place) from error


def answer_of(method: str, head: Head, connection: Connection, give_back: GiveBack, place: Origin) -> Answer:
    """The answer that a head begins.

    Args:
        method: The request's.
        head: The head.
        connection: What comes behind it.
        give_back: See ``Answer``.
        place: See ``Answer``.

    Raises:
        BadAnswer: Nobody can tell for sure where its body ends.
    """
    kind, length = framing(method, head)
    if kind is CHUNKED:
        return ChunkedAnswer(head, connection, give_back, place)
    if kind is CLOSE:
        return EndlessAnswer(head, connection, give_back, place)
    return Answer(head, connection, give_back, place, length)


def _broken(error: OSError, place: Origin) -> BotoCoreError:
    """What to raise from an error of the system's while an answer is read.

    Args:
        error: The error.
        place: Where the answer came from.
    """
    if isinstance(error, TooSlow):
        return TooSlow(**error.kwargs)
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=str(place))
    if isinstance(error, ssl.SSLError):
        return SSLError(endpoint_url=str(place), error=error)
    return ResponseStreamingError(error=error)
