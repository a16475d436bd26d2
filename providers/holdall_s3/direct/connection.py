"""One connection to a host: a socket, plain or TLS, and the buffer that answers arrive in."""

from __future__ import annotations

import select
import socket
import ssl
from time import monotonic
from typing import TYPE_CHECKING

from holdall_s3.direct.heads import MOST_BYTES, Head, end_of_head, parse_head
from holdall_s3.direct.transport import BadAnswer
from holdall_s3.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.direct.transport import Origin, Sent

_TOGETHER = 64 * 1024  # a body up to so many bytes is sent with the head, by one call of the system
_READ_BLOCK = 1024 * 1024  # bytes that are read from a source at a time
_TLS_BLOCK = 256 * 1024  # bytes that are encrypted and sent at a time: all of them before a time-out
_MOST_INTERIM = 100  # answers 1xx before the answer
_SWITCHING = 101
_FIRST_FINAL = 200


class SendFailed(Exception):
    """The other side does not take what is sent; the cause is the system's error."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause)
        self.cause = cause


class Connection:
    """A connection. One thread uses it at a time.

    Args:
        origin: Where to.
        tls: How TLS is spoken; ``None`` speaks plain HTTP.
        connect_timeout: Seconds for the connection, and again for the handshake.
        read_timeout: Seconds in which at least one byte must come or go.
        deadline: Seconds of waiting in which a request must get on; see ``Pace``.

    Raises:
        OSError: There is none.
    """

    __slots__ = ("_buffer", "_end", "_pace", "_readable", "_send_block", "_socket", "_start", "_view")

    def __init__(
        self,
        origin: Origin,
        tls: ssl.SSLContext | None,
        *,
        connect_timeout: float,
        read_timeout: float,
        deadline: float,
    ) -> None:
        host = origin.host.strip("[]")
        made = socket.create_connection((host, origin.port), connect_timeout)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if tls is not None:
                made = tls.wrap_socket(made, server_hostname=host.rstrip("."))
            made.settimeout(read_timeout)
        except BaseException:
            made.close()
            raise
        self._socket = made
        self._pace = Pace(deadline)
        self._readable = _readable(made)
        self._send_block = _READ_BLOCK if tls is None else _TLS_BLOCK
        self._buffer = bytearray(MOST_BYTES)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0  # what has arrived and was not handed out yet

    # --- the pool's questions ------------------------------------------------------------------------------------

    def is_quiet(self) -> bool:
        """Whether there is nothing to read: neither bytes that nobody asked for nor the end of the connection."""
        return self._start == self._end and not self._readable()

    def close(self) -> None:
        """Ends the connection. May be called twice."""
        self._socket.close()

    def __del__(self) -> None:
        # Who forgets to close an answer or a store leaves it to the garbage collector, as with urllib3's connections.
        if hasattr(self, "_socket"):
            self._socket.close()

    # --- sending -------------------------------------------------------------------------------------------------

    def send(self, head: bytes, body: Sent) -> None:
        """Sends a request.

        Raises:
            SendFailed: The other side does not take it (any more).
            Exception: What reading the body raised.
        """
        self._pace.begin()
        if body is None:
            self._send_all(head)
        elif isinstance(body, (bytes, bytearray, memoryview)):
            size = body.nbytes if isinstance(body, memoryview) else len(body)
            if size <= _TOGETHER:
                self._send_all(b"".join((head, body)))
            else:
                self._send_all(head)
                self._send_all(body)
        else:
            block = body.read(_READ_BLOCK)
            if len(block) <= _TOGETHER:
                self._send_all(head + block)
            else:
                self._send_all(head)
                self._send_all(block)
            while block := body.read(_READ_BLOCK):
                self._send_all(block)

    def _send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            if len(data) <= _TOGETHER:
                self._socket.sendall(data)
                return
            # Not sendall, whose time-out is for all of it: a slow line is no stalled one.
            left = memoryview(data).cast("B")
            while left:
                self._pace.check()
                began = monotonic()
                count = self._socket.send(left[: self._send_block])
                self._pace.note(count, monotonic() - began)
                left = left[count:]
        except OSError as error:
            raise SendFailed(error) from error

    # --- receiving -----------------------------------------------------------------------------------------------

    def read_head(self) -> Head | None:
        """The head of the answer; those that come before it (1xx) are passed over.

        Returns:
            ``None`` where the connection was closed before the first byte of one.

        Raises:
            BadAnswer: It is none.
            OSError: The connection did not hold, or nothing came in time, or too little (``TooSlow``).
        """
        for _ in range(_MOST_INTERIM):
            found = self._next_head()
            if found is None or found.status >= _FIRST_FINAL:
                return found
            if found.status == _SWITCHING:
                break
        raise BadAnswer(error="it speaks of another protocol, or never comes to its point")

    def _next_head(self) -> Head | None:
        looked_at = self._start
        while True:
            end = end_of_head(self._buffer, looked_at, self._end)
            if end >= 0:
                break
            looked_at = max(self._start, self._end - 3)  # the empty line may have come in part
            if self._end == len(self._buffer):
                if self._start == 0:
                    raise BadAnswer(error=f"its head is longer than {MOST_BYTES} bytes")
                looked_at -= self._start
                self._make_room()
            count = self._wait_for(self._view[self._end :])
            if count == 0:
                if self._start < self._end:
                    raise BadAnswer(error="the connection was closed in the middle of its head")
                return None
            self._end += count
        head = parse_head(self._buffer[self._start : end])
        self._start = end
        return head

    def _wait_for(self, target: memoryview) -> int:
        self._pace.check()
        began = monotonic()
        count = self._socket.recv_into(target)
        self._pace.note(count, monotonic() - began)
        return count

    def _make_room(self) -> None:
        """Moves what is in the buffer to its beginning."""
        kept = self._end - self._start
        self._buffer[:kept] = self._buffer[self._start : self._end]
        self._start, self._end = 0, kept

    def take(self, size: int) -> bytes | None:
        """So many bytes, where all of them have arrived already."""
        stop = self._start + size
        if stop > self._end:
            return None
        data = bytes(self._view[self._start : stop])
        self._start = stop
        return data

    def receive(self, target: memoryview) -> int:
        """Reads into a buffer; returns the number of bytes, 0 where the connection was closed.

        Raises:
            OSError: The connection did not hold, or nothing came in time, or too little (``TooSlow``).
        """
        arrived = self._end - self._start
        if arrived == 0:
            return self._wait_for(target)
        count = min(arrived, len(target))
        target[:count] = self._view[self._start : self._start + count]
        self._start += count
        return count

    def read_line(self, most: int) -> bytes:
        """A line of a body in chunks, without the CR and LF at its end.

        Args:
            most: Bytes that it may have, less than those of the buffer.

        Raises:
            BadAnswer: It is longer, it ends otherwise, or the connection was closed.
            OSError: As ``receive``.
        """
        while True:
            end = self._buffer.find(b"\n", self._start, self._end)
            if end >= 0 and end - self._start <= most:
                line = bytes(self._view[self._start : end])
                self._start = end + 1
                if line[-1:] != b"\r":
                    raise BadAnswer(error="a line in its body ends in no CR and LF")
                return line[:-1]
            if end >= 0 or self._end - self._start > most:
                raise BadAnswer(error=f"a line in its body is longer than {most} bytes")
            self._make_room()
            count = self._wait_for(self._view[self._end :])
            if count == 0:
                raise BadAnswer(error="the connection was closed in the middle of a chunk")
            self._end += count


def _readable(made: socket.socket) -> Callable[[], bool]:
    """Makes the question whether something can be read without waiting."""
    if isinstance(made, ssl.SSLSocket):
        arrived = _arrived(made)
        return lambda: made.pending() > 0 or arrived()  # a record may have held more than was asked for
    return _arrived(made)


def _arrived(made: socket.socket) -> Callable[[], bool]:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(made.fileno(), select.POLLIN)
        return lambda: bool(poll.poll(0))
    return lambda: bool(select.select([made], [], [], 0)[0])  # Windows
