"""``SocketTransport``: requests over connections of our own, kept for the next ones."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

import botocore.exceptions as b

from holdall.errors import InvalidRequest
from holdall_s3.direct import tls
from holdall_s3.direct.answers import answer_of
from holdall_s3.direct.connection import Connection, SendFailed
from holdall_s3.pace import TooSlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.direct.answers import Answer
    from holdall_s3.direct.heads import Head
    from holdall_s3.direct.transport import Origin, Sent

_MULTIPLE_CHOICES = 300  # from here on a status is no success


class SocketTransport:
    """Sends requests straight to their host.

    The connection that was given back last is taken first: it is the least likely to have been closed meanwhile.

    Args:
        verify: ``True``, ``False``, or a file or folder of certificates.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte, in either direction.
        deadline: Seconds of waiting in which a request must get on; see ``Pace``.
        max_connections: Idle connections that are kept per origin.
    """

    def __init__(
        self, *, verify: bool | str, connect_timeout: float, read_timeout: float, deadline: float, max_connections: int
    ) -> None:
        self._verify = verify
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._deadline = deadline
        self._max_connections = max_connections
        self._pools: dict[Origin, _Pool] = {}
        self._tls: ssl.SSLContext | None = None

    def send(self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: Sent) -> Answer:
        pool = self._pools.get(origin) or self._pools.setdefault(origin, _Pool(self._max_connections))
        request = _head(method, target, headers)
        connection = pool.take() or self._connect(origin)
        try:
            head = _exchange(connection, request, body, origin)
            return answer_of(method, head, connection, pool.give_back, origin)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _connect(self, origin: Origin) -> Connection:
        place = str(origin)
        try:
            context = self._context() if origin.scheme == "https" else None
            return Connection(
                origin,
                context,
                connect_timeout=self._connect_timeout,
                read_timeout=self._read_timeout,
                deadline=self._deadline,
            )
        except ssl.SSLError as error:
            raise b.SSLError(endpoint_url=place, error=error) from error
        except TimeoutError as error:
            raise b.ConnectTimeoutError(endpoint_url=place, error=error) from error
        except (ConnectionResetError, BrokenPipeError) as error:  # it was there, and went away in the handshake
            raise b.ConnectionClosedError(endpoint_url=place, error=error) from error
        except (OSError, UnicodeError) as error:  # the latter: a host name that can't be one
            raise b.EndpointConnectionError(endpoint_url=place, error=error) from error

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = tls.context(self._verify)
            except OSError as error:  # no such file, or none of certificates
                raise ssl.SSLError(str(error)) from error
        return self._tls


class _Pool:
    """The idle connections to one origin.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Connection | None:
        """A connection that is as it was left: one that was closed meanwhile, or on which something came, is not."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if connection.is_quiet():
                return connection
            connection.close()
        return None

    def give_back(self, connection: Connection) -> None:
        """Keeps a connection, if there is room."""
        with self._lock:
            if not self._closed and len(self._idle) < self._most:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Closes the idle connections now, and the others when they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """A request's head.

    Raises:
        InvalidRequest: There is in it what can't be sent.
    """
    lines = [f"{name}: {value}" for name, value in headers.items()]
    text = f"{method} {target} HTTP/1.1\r\n{_NEWLINE.join(lines)}\r\n\r\n"
    if text.count("\n") != len(lines) + 2 or text.count("\r") != len(lines) + 2 or not text.isascii():
        raise InvalidRequest(
            "a header of the request has a line break, or characters outside of ASCII",
            hint="Look at the access key id and the session token: is there a line break at the end of one?",
        )
    return text.encode("ascii")


_NEWLINE = "\r\n"


def _exchange(connection: Connection, request: bytes, body: Sent, origin: Origin) -> Head:
    """Sends a request, and reads the head of its answer.

    Raises:
        botocore.exceptions.BotoCoreError: No answer was had.
        Exception: What reading the body raised.
    """
    try:
        connection.send(request, body)
    except SendFailed as failed:
        head = _said_before(connection)
        # A success of what was never sent as a whole is none.
        if head is None or head.status < _MULTIPLE_CHOICES:
            raise _lost(failed.cause, str(origin)) from failed.cause
        return head._replace(keeps=False)
    try:
        head = connection.read_head()
    except OSError as error:
        raise _lost(error, str(origin)) from error
    if head is None:
        raise b.ConnectionClosedError(endpoint_url=str(origin))
    return head


def _said_before(connection: Connection) -> Head | None:
    """What a server answered before it stopped to listen: it may refuse a large body while that is being sent."""
    if connection.is_quiet():
        return None
    try:
        return connection.read_head()
    except (OSError, b.BotoCoreError):
        return None


def _lost(error: OSError, place: str) -> b.BotoCoreError:
    """What to raise from an error of the system's before there is an answer."""
    if isinstance(error, TooSlow):
        return TooSlow(**error.kwargs)
    if isinstance(error, TimeoutError):
        return b.ReadTimeoutError(endpoint_url=place, error=error)
    if isinstance(error, ssl.SSLError):
        return b.SSLError(endpoint_url=place, error=error)
    return b.ConnectionClosedError(endpoint_url=place, error=error)
