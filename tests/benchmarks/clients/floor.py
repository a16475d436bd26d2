"""The floor: sockets and nothing else. No signature, no checksum, no retries, no errors worth the name.

Not a product, and of no use against a real store: it shows what a job costs where nothing is done but moving the bytes,
in Python, on this machine.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from tests.benchmarks.clients.base import Client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.task import Place

BLOCK = 1024 * 1024
PART = 16 * BLOCK  # bytes of a part, and of a range of a download
AT_ONCE = 4
HEAD = 65536

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ENTRY = re.compile(rb"<Key>([^<]*)</Key>.*?<Size>(\d+)</Size>")
_TOKEN = re.compile(rb"<NextContinuationToken>([^<]*)<")


class _Connection:
    """One connection of one thread, with one buffer."""

    def __init__(self, place: Place) -> None:
        host, port = place.netloc.split(":")
        self.host = place.netloc
        plain = socket.create_connection((host, int(port)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = ssl.create_default_context(cafile=place.ca) if place.secure else None
        self.socket = context.wrap_socket(plain, server_hostname=host) if context else plain
        self.buffer = memoryview(bytearray(BLOCK))

    def send(self, method: str, target: str, length: int = 0, headers: str = "", body: bytes = b"") -> None:
        head = f"{method} /{target} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {length}\r\n{headers}\r\n"
        self.socket.sendall(head.encode() + body)

    def receive_head(self) -> tuple[int, bytes]:
        """The length of the answer's body, and what has come of it."""
        got = self.socket.recv_into(self.buffer[:HEAD])
        data = bytes(self.buffer[:got])
        while b"\r\n\r\n" not in data:
            got = self.socket.recv_into(self.buffer[:HEAD])
            data += bytes(self.buffer[:got])
        head, _, begin = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(head[:100].decode())
        length = _LENGTH.search(head)
        return int(length[1]) if length else 0, begin

    def receive(self) -> bytes:
        """All of the answer's body."""
        length, begin = self.receive_head()
        if len(begin) == length:
            return begin
        body = bytearray(length)
        body[: len(begin)] = begin
        view, filled = memoryview(body), len(begin)
        while filled < length:
            filled += self.socket.recv_into(view[filled:])
        return bytes(body)


class Floor(Client):
    """Bare sockets."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._local = threading.local()

    @property
    def connection(self) -> _Connection:
        """This thread's."""
        if not hasattr(self._local, "connection"):
            self._local.connection = _Connection(self.place)
        found: _Connection = self._local.connection
        return found

    def download(self, key: str, path: Path) -> None:
        size = self.head(key)
        file = os.open(path, os.O_CREAT | os.O_WRONLY)

        def fetch(start: int) -> None:
            connection, stop = self.connection, min(start + PART, size)
            connection.send("GET", self.path(key), headers=f"Range: bytes={start}-{stop - 1}\r\n")
            _, begin = connection.receive_head()
            at = start + os.pwrite(file, begin, start)
            while at < stop:
                got = connection.socket.recv_into(connection.buffer[: stop - at])
                at += os.pwrite(file, connection.buffer[:got], at)

        list(self.pool(AT_ONCE).map(fetch, range(0, size, PART)))
        os.close(file)

    def upload(self, path: Path, key: str) -> None:
        size = path.stat().st_size
        file = os.open(path, os.O_RDONLY)
        target = self.path(key)
        self.connection.send("POST", f"{target}?uploads")
        self.connection.receive()

        def send(start: int) -> None:
            connection, stop = self.connection, min(start + PART, size)
            connection.send("PUT", f"{target}?partNumber={start // PART + 1}&uploadId=null-upload", stop - start)
            for at in range(start, stop, BLOCK):
                got = os.preadv(file, [connection.buffer[: stop - at]], at)
                connection.socket.sendall(connection.buffer[:got])
            connection.receive()

        list(self.pool(AT_ONCE).map(send, range(0, size, PART)))
        os.close(file)
        self.connection.send("POST", f"{target}?uploadId=null-upload")
        self.connection.receive()

    def get(self, key: str) -> bytes:
        self.connection.send("GET", self.path(key))
        return self.connection.receive()

    def put(self, key: str, data: bytes) -> None:
        self.connection.send("PUT", self.path(key), len(data), body=data)
        self.connection.receive()

    def head(self, key: str) -> int:
        self.connection.send("HEAD", self.path(key))
        return self.connection.receive_head()[0]

    def get_range(self, key: str, start: int, stop: int) -> bytes:
        self.connection.send("GET", self.path(key), headers=f"Range: bytes={start}-{stop - 1}\r\n")
        return self.connection.receive()

    def list(self, prefix: str) -> int:
        count, more = 0, ""
        while True:
            self.connection.send("GET", f"{self.place.bucket}?list-type=2&prefix={self.full(prefix)}{more}")
            page = self.connection.receive()
            count += sum(1 for entry in _ENTRY.finditer(page) if int(entry[2]) >= 0)
            token = _TOKEN.search(page)
            if token is None:
                return count
            more = f"&continuation-token={token[1].decode()}"
