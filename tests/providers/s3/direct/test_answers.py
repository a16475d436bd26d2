"""Bodies of answers, in whatever pieces they arrive."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import BotoCoreError, ConnectionClosedError, IncompleteReadError

from holdall_s3.direct import answers
from holdall_s3.direct.heads import MOST_BYTES
from holdall_s3.direct.sockets import SocketTransport
from holdall_s3.direct.transport import BadAnswer, Origin
from tests.providers.s3.direct.scripted import PieceSocket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdall_s3.direct.transport import HttpAnswer

    Ask = Callable[..., HttpAnswer]

ORIGIN = Origin("http", "store.example", 80)

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nx-a: b\r\n\r\nhello world"
LINE_FEEDS = LENGTH.replace(b"\r\n", b"\n")
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + LENGTH
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-a: b\r\n\r\n"
    b"5\r\nhello\r\n001 ;name=value\r\n \r\nC\r\nworld\r\n\r\n0!!\r\n0;last\r\nx-trailer: 1\r\n\r\n"
)
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nx-a: b\r\n\r\nhello world"
OLD = b"HTTP/1.0 200 OK\r\nx-a: b\r\n\r\nhello world"
EMPTY = b"HTTP/1.1 204 No Content\r\nx-a: b\r\n\r\n"

WHOLE = {
    "length": (LENGTH, b"hello world"),
    "line feeds": (LINE_FEEDS, b"hello world"),
    "interim": (INTERIM, b"hello world"),
    "chunks": (CHUNKS, b"hello world\r\n\r\n0!!"),
    "close": (CLOSE, b"hello world"),
    "1.0": (OLD, b"hello world"),
    "204": (EMPTY, b""),
}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that sends a request, and gets an answer in exactly these pieces."""

    def send(pieces: Sequence[bytes], method: str = "GET") -> HttpAnswer:
        monkeypatch.setattr(socket, "create_connection", lambda *_: PieceSocket(pieces))
        transport = SocketTransport(verify=True, connect_timeout=1, read_timeout=1, deadline=60, max_connections=4)
        return transport.send(ORIGIN, method, "/k", {"host": "store.example"}, None)

    return send


def by_readinto(answer: HttpAnswer, size: int) -> bytes:
    buffer, data = memoryview(bytearray(size)), b""
    while count := answer.readinto(buffer):
        data += buffer[:count]
    return data


READERS: dict[str, Callable[[HttpAnswer], bytes]] = {
    "all": lambda answer: answer.read_all(),
    "rest": lambda answer: answer.read() + answer.read(),
    "by 3": lambda answer: b"".join(iter(lambda: answer.read(3), b"")),
    "into 4": lambda answer: by_readinto(answer, 4),
    "into 100": lambda answer: by_readinto(answer, 100),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", WHOLE)
def test_wherever_an_answer_is_cut_it_is_the_same(form: str, reader: str, ask: Ask) -> None:
    data, body = WHOLE[form]
    for cut in range(len(data)):
        answer = ask([data[:cut], data[cut:]])
        assert answer.headers["x-a"] == "b"
        assert READERS[reader](answer) == body, cut
        answer.close()


@pytest.mark.parametrize("form", WHOLE)
def test_byte_by_byte(form: str, ask: Ask) -> None:
    data, body = WHOLE[form]
    assert ask([bytes([byte]) for byte in data]).read_all() == body


@pytest.mark.parametrize("form", WHOLE)
def test_an_answer_that_is_cut_short_is_never_taken_for_whole(form: str, ask: Ask) -> None:
    """But for bodies that end with the connection, of which nobody can know."""
    data, body = WHOLE[form]
    end_of_head = data.rindex(b"x-a: b") + len(b"x-a: b") + (2 if form == "line feeds" else 4)
    shortest = end_of_head if form in {"close", "1.0"} else len(data)
    for stop in range(shortest):
        with pytest.raises(BotoCoreError):
            ask([data[:stop]]).read_all()
    assert ask([data]).read_all() == body


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", ["length", "chunks"])
def test_what_is_behind_a_body_is_none_of_it(form: str, reader: str, ask: Ask) -> None:
    data, body = WHOLE[form]
    assert READERS[reader](ask([data[:-3], data[-3:] + b"stray"])) == body


def test_what_came_before_the_break_is_handed_out_first(ask: Ask) -> None:
    answer = ask([LENGTH[:-5]])
    assert answer.read() == b"hello "
    for _ in range(2):
        with pytest.raises(IncompleteReadError):
            answer.read()
    answer.close()
    answer = ask([CHUNKS[: CHUNKS.index(b"world") + 3]])
    assert by_readinto_once(answer) == b"hello wor"
    with pytest.raises(BotoCoreError):
        answer.readinto(memoryview(bytearray(10)))
    answer.close()


def by_readinto_once(answer: HttpAnswer) -> bytes:
    buffer = memoryview(bytearray(100))
    return bytes(buffer[: answer.readinto(buffer)])


def test_no_answer_at_all(ask: Ask) -> None:
    with pytest.raises(ConnectionClosedError):
        ask([])
    with pytest.raises(BadAnswer, match="in the middle"):
        ask([b"HTTP/1.1 2"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_head_has_no_body_whatever_it_announces(method: str, ask: Ask) -> None:
    answer = ask([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + b"hello" * (method == "GET")], method)
    assert answer.read_all() == b"hello" * (method == "GET")
    assert answer.headers["content-length"] == "5"


def test_the_size_of_heads_has_a_limit(ask: Ask) -> None:
    start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-long: ", b"\r\n\r\n"
    room = MOST_BYTES - len(start) - len(end)
    assert ask([start + b"a" * room + end, b"ok"]).read_all() == b"ok"
    with pytest.raises(BadAnswer, match="longer than"):
        ask([start + b"a" * (room + 1) + end, b"ok"])
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"  # it makes room for what comes behind it
    assert ask([interim + start + b"a" * room + end, b"ok"]).read_all() == b"ok"


@pytest.mark.parametrize("status", ["101 Switching Protocols", "100 Continue"])
def test_answers_that_never_come_to_their_point(status: str, ask: Ask) -> None:
    with pytest.raises(BadAnswer, match="another protocol"):
        ask([f"HTTP/1.1 {status}\r\n\r\n".encode() * 200])


@pytest.mark.parametrize(
    "body",
    [
        b"g\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n",
        b"6\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5 5\r\nhello\r\n0\r\n\r\n",
        b"1" * 16 + b"\r\nhello",
        b"5;" + b"x" * 5000 + b"\r\nhello\r\n0\r\n\r\n",
        b"0\r\n" + b"x-trailer: 12345\r\n" * 5000 + b"\r\n",
    ],
)
def test_chunks_that_are_none(body: bytes, ask: Ask) -> None:
    with pytest.raises(BotoCoreError):
        ask([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body]).read_all()


def test_large_bodies(ask: Ask) -> None:
    data = bytes(range(256)) * 4096
    pieces = [data[start : start + 50_000] for start in range(0, len(data), 50_000)]
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data)
    assert ask([head + pieces[0], *pieces[1:]]).read_all() == data
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert ask([head + chunks, b"0\r\n\r\n"]).read_all() == data


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked", b"Connection: close", b"Content-Length: 500000"])
def test_documents_without_an_end_are_not_read_for_ever(
    framing: bytes, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers so, with a refusal or a listing, would be listened to until the memory is full."""
    monkeypatch.setattr(answers, "_DOCUMENT", 20_000)
    monkeypatch.setattr(answers, "_MOST_DOCUMENT", 200_000)
    piece = b"186a0\r\n" + bytes(100_000) + b"\r\n" if b"chunked" in framing else bytes(100_000)
    with pytest.raises(BadAnswer, match="no end"):
        ask([b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n", *[piece] * 5]).read_all()
    assert ask([b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", bytes(200_000)]).read_all() == bytes(200_000)


def test_a_length_that_nobody_has_the_memory_for(ask: Ask) -> None:
    with pytest.raises(IncompleteReadError):
        ask([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nhello" % 10**17]).read_all()
    answer = ask([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nhello" % 10**17])
    assert answer.read() == b"hello"
    with pytest.raises(IncompleteReadError):
        answer.read()


def test_reading_a_closed_answer_is_a_mistake(ask: Ask) -> None:
    answer = ask([LENGTH])
    answer.close()
    answer.close()
    with pytest.raises(ValueError, match="closed"):
        answer.read()


def test_answers_that_are_forgotten_leave_no_socket_open(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # what other tests left
    closed: list[PieceSocket] = []
    close = PieceSocket.close

    def note(piece: PieceSocket) -> None:
        closed.append(piece)
        close(piece)

    monkeypatch.setattr(PieceSocket, "close", note)
    answer = ask([LENGTH])
    assert not closed
    del answer
    gc.collect()
    assert len(closed) == 1
