"""Servers that never fall silent and never get on: what ends them, and what must not be taken for one."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from holdall.config.store import PROGRESS
from holdall_s3.direct.sockets import SocketTransport
from holdall_s3.direct.transport import Origin
from holdall_s3.pace import PacedStream, TooSlow
from tests.providers.s3.direct.scripted import OK, PieceSocket, read_request, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall_s3.direct.answers import Answer
    from tests.providers.s3.direct.scripted import Server

DEADLINE = 0.4  # seconds
STEP = 0.05  # seconds
PATIENCE = 5.0  # seconds: more than any of this may last


@pytest.fixture
def transport() -> Iterator[SocketTransport]:
    with closing(
        SocketTransport(verify=True, connect_timeout=5, read_timeout=5, deadline=DEADLINE, max_connections=8)
    ) as made:
        yield made


def ask(transport: SocketTransport, server: Server, body: bytes | None = None) -> Answer:
    headers = {"host": "h"} if body is None else {"host": "h", "content-length": str(len(body))}
    return transport.send(server.origin, "GET" if body is None else "PUT", "/k", headers, body)


def drip(connection: socket.socket, data: bytes, pace: float = STEP) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pace)


SIZE = 100_000
HEADS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE,
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % SIZE,
    "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
}


def test_a_head_that_drips(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        drip(connection, b"HTTP/1.1 200 OK\r\n" + b"x-filler: x\r\n" * 1000)

    with serving(talk) as server:
        began = time.monotonic()
        with pytest.raises(TooSlow, match=r"less than 256 KiB came or went in 0\.4 s"):
            ask(transport, server)
        assert DEADLINE <= time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("framing", HEADS)
def test_a_body_that_drips_is_handed_out_as_far_as_it_came(framing: str, transport: SocketTransport) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number:
            connection.sendall(OK)
            return
        connection.sendall(HEADS[framing] + b"begun")
        drip(connection, b"d" * SIZE)

    with serving(talk) as server:
        began = time.monotonic()
        answer = ask(transport, server)
        got = answer.read(SIZE)
        assert DEADLINE <= time.monotonic() - began < PATIENCE
        assert got.startswith(b"begund")
        assert set(got[5:]) == set(b"d")
        for _ in range(2):
            with pytest.raises(TooSlow):
                answer.read(1)
        answer.close()
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2


def test_chunks_that_drip_one_byte_each(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(STEP)

    with serving(talk) as server:
        began = time.monotonic()
        with pytest.raises(TooSlow):
            ask(transport, server).read_all()
        assert time.monotonic() - began < PATIENCE


class Sipping(PieceSocket):
    """Takes a little at a time. A real system takes in advance, and says for long that it is full."""

    def __init__(self, sip: int) -> None:
        super().__init__([OK])
        self._sip = sip

    def send(self, data: memoryview) -> int:
        time.sleep(STEP)
        return super().send(data[: self._sip])


ORIGIN = Origin("http", "store.example", 80)


def test_a_server_that_takes_a_body_in_drops(transport: SocketTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: Sipping(1000))
    with pytest.raises(TooSlow):
        transport.send(ORIGIN, "PUT", "/k", {"host": "h"}, bytes(200_000))


def test_one_that_takes_slowly_and_goes_on_is_waited_for(
    transport: SocketTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: Sipping(PROGRESS // 3))
    began = time.monotonic()
    assert transport.send(ORIGIN, "PUT", "/k", {"host": "h"}, bytes(5 * PROGRESS)).read_all() == b"ok"
    assert time.monotonic() - began > 1.5 * DEADLINE


def test_a_large_body_may_take_its_time(transport: SocketTransport) -> None:
    """Ten times the deadline in all, and progress within each."""
    data = bytes(range(256)) * (PROGRESS // 256) * 10

    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
        for at in range(0, len(data), PROGRESS // 2):
            time.sleep(DEADLINE / 3)
            connection.sendall(data[at : at + PROGRESS // 2])

    with serving(talk) as server:
        began = time.monotonic()
        assert ask(transport, server).read_all() == data
        assert time.monotonic() - began > 3 * DEADLINE


def test_what_the_reader_does_meanwhile_is_not_counted(transport: SocketTransport) -> None:
    data = b"y" * 200_000

    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data))

    with serving(talk) as server:
        answer = ask(transport, server)
        got = b""
        while piece := answer.read(50_000):
            got += piece
            time.sleep(DEADLINE)
        assert got == data


def test_each_request_of_a_connection_has_its_own_time(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        while read_request(connection):
            time.sleep(DEADLINE * 0.7)
            connection.sendall(OK[:-2])
            time.sleep(0.01)
            connection.sendall(OK[-2:])

    with serving(talk) as server:
        for _ in range(4):
            assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 1


# --- answers of urllib3's: engine sdk, and proxies ---------------------------------------------------------------


class Pieces:
    """Stands for an answer of urllib3's. It takes its time before each piece, and breaks at an exception."""

    def __init__(self, pieces: list[bytes | Exception], pace: float = 0.0) -> None:
        self._pieces = pieces
        self._pace = pace

    def read1(self, size: int) -> bytes:
        time.sleep(self._pace)
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, Exception):
            raise piece
        if piece[size:]:
            self._pieces.insert(0, piece[size:])
        return piece[:size]

    def read(self, size: int) -> bytes:
        raise AssertionError("it would wait until all is there")


def read_all(stream: PacedStream, size: int) -> bytes:
    return b"".join(iter(lambda: stream.read(size), b""))


def readinto_all(stream: PacedStream, size: int) -> bytes:
    got = b""
    with memoryview(bytearray(size)) as view:
        while count := stream.readinto(view):
            got += view[:count]
    return got


READERS = [read_all, readinto_all]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("size", [1, 3, 100, 1_000_000])
def test_a_stream_is_what_came(reader: Any, size: int) -> None:
    assert reader(PacedStream(Pieces([b"hello", b" ", b"world!", b"x" * 700]), 1), size) == b"hello world!" + b"x" * 700


@pytest.mark.parametrize("method", ["read", "readinto"])
def test_a_stream_fills_what_it_is_asked_for(method: str) -> None:
    stream = PacedStream(Pieces([b"he", b"l", b"lo", b"wor", b"ld"]), 1)
    if method == "read":
        assert (stream.read(5), stream.read(9)) == (b"hello", b"world")
    else:
        buffer = bytearray(5)
        with memoryview(buffer) as view:
            assert stream.readinto(view) == 5
        assert buffer == b"hello"


@pytest.mark.parametrize("method", ["read", "readinto"])
def test_what_came_before_a_stream_broke_is_handed_out(method: str) -> None:
    stream = PacedStream(Pieces([b"some", b"more", ConnectionResetError("gone"), b"lies"]), 1)
    buffer = bytearray(100)
    with memoryview(buffer) as view:
        got = stream.read(100) if method == "read" else bytes(view[: stream.readinto(view)])
        assert got == b"somemore"
        for _ in range(2):
            with pytest.raises(ConnectionResetError):
                stream.read(100) if method == "read" else stream.readinto(view)


def test_a_length_that_no_memory_holds() -> None:
    stream = PacedStream(Pieces([b"so", b"me"]), 1)
    assert stream.read(1 << 60) + stream.read(1 << 60) == b"some"


@pytest.mark.parametrize("reader", READERS)
def test_a_stream_that_drips_is_ended(reader: Any) -> None:
    with pytest.raises(TooSlow):
        reader(PacedStream(Pieces([b"x"] * 1000, STEP), DEADLINE), 1000)


def test_a_stream_that_gets_on_is_not() -> None:
    pieces: list[bytes | Exception] = [b"x" * (PROGRESS // 2)] * 8
    assert len(read_all(PacedStream(Pieces(pieces, DEADLINE / 3), DEADLINE), PROGRESS)) == 4 * PROGRESS
