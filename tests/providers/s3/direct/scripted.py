"""Servers that say byte for byte what a test tells them to, and a socket that hands out exact pieces."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from holdall_s3.direct.transport import Origin

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence

    Talk = Callable[[socket.socket, int], None]
    """Serves one connection; gets its number, from 0. The connection is closed when it returns."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class PieceSocket:
    """Stands for a connected socket on which an answer comes in certain pieces, and then its end."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self._silent, self._other = socket.socketpair()
        self.sent = b""

    def recv_into(self, buffer: memoryview) -> int:
        if not self._pieces:
            return 0
        piece = self._pieces.pop(0)
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        if piece[count:]:
            self._pieces.insert(0, piece[count:])
        return count

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def send(self, data: memoryview) -> int:
        self.sent += data
        return len(data)

    def fileno(self) -> int:
        return self._silent.fileno()

    def setsockopt(self, *_: int) -> None:
        """There is nothing to set."""

    def settimeout(self, _: float) -> None:
        """Nothing is waited for."""

    def close(self) -> None:
        self._silent.close()
        self._other.close()


class Server:
    """A listening server. Each connection is served by the same function, in a thread."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._threads: list[threading.Thread] = []
        self._accepted: list[socket.socket] = []
        self._stopped = False
        self.connections = 0
        self.origin = Origin("http" if tls is None else "https", "127.0.0.1", self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # closed
                return
            if self._stopped:
                accepted.close()
                return
            thread = threading.Thread(target=self._serve, args=(accepted, self.connections), daemon=True)
            self.connections += 1
            self._accepted.append(accepted)
            self._threads.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket, number: int) -> None:
        with suppress(OSError), accepted:
            accepted.settimeout(20)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                self._talk(accepted, number)
            else:
                with self._tls.wrap_socket(accepted, server_side=True) as wrapped:
                    self._talk(wrapped, number)

    def stop(self) -> None:
        self._stopped = True
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname(), 1).close()
        self._accepting.join(10)
        self._listener.close()
        for accepted in self._accepted:
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)  # whoever waits for a request on it waits no longer
        for thread in self._threads:
            thread.join(10)


@contextmanager
def serving(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(talk, tls)
    try:
        yield server
    finally:
        server.stop()


def read_request(connection: socket.socket) -> bytes:
    """One request, head and body; empty where the other side has closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def always(answer: bytes) -> Talk:
    """Answers every request of every connection alike."""

    def talk(connection: socket.socket, _: int) -> None:
        while read_request(connection):
            connection.sendall(answer)

    return talk
