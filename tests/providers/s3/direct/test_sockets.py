"""Connections of our own: kept, looked at before they are used again, given up in time; never a request sent twice."""

from __future__ import annotations

import io
import os
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from botocore import exceptions as b

from holdall.errors import InvalidRequest
from holdall_s3.bodies import GuardedReader
from holdall_s3.direct.sockets import SocketTransport
from holdall_s3.direct.transport import BadAnswer, Origin
from tests.providers.s3.direct.scripted import OK, Server, always, read_request, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall_s3.direct.answers import Answer

READ_TIMEOUT = 0.4  # seconds


def transport_for(**options: Any) -> SocketTransport:
    given: dict[str, Any] = {"verify": True, "connect_timeout": 5, "read_timeout": READ_TIMEOUT, "deadline": 60}
    given |= {"max_connections": 8}
    return SocketTransport(**given | options)


@pytest.fixture
def transport() -> Iterator[SocketTransport]:
    with closing(transport_for()) as made:
        yield made


def ask(transport: SocketTransport, server: Server, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    length = {} if body is None else {"content-length": str(len(body))}
    return transport.send(server.origin, method, "/k?q", {"host": "h", **length, **headers}, body)


class Source(io.BytesIO):
    def __len__(self) -> int:
        return len(self.getbuffer())


BODIES = [b"", b"small", b"x" * 65536, b"y" * 3_000_000]


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda data: GuardedReader(Source(data))])
@pytest.mark.parametrize("data", BODIES, ids=len)
def test_what_is_sent(data: bytes, form: Any, transport: SocketTransport) -> None:
    requests: list[bytes] = []

    def talk(connection: socket.socket, _: int) -> None:
        while request := read_request(connection):
            requests.append(request)
            connection.sendall(OK)

    with serving(talk) as server:
        assert ask(transport, server, "PUT", form(data), **{"x-a": "b"}).read_all() == b"ok"
    head = f"PUT /k?q HTTP/1.1\r\nhost: h\r\ncontent-length: {len(data)}\r\nx-a: b\r\n\r\n"
    assert requests == [head.encode() + data]


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx: y", "a\r", "\xe9"])
def test_headers_that_would_be_two_are_refused(value: str, transport: SocketTransport) -> None:
    with serving(always(OK)) as server:
        with pytest.raises(InvalidRequest, match="line break") as caught:
            ask(transport, server, **{"x-amz-security-token": value})
        assert server.connections == 0
    assert value not in str(caught.value)


# --- connections that are kept -----------------------------------------------------------------------------------


def test_a_connection_is_used_again(transport: SocketTransport) -> None:
    with serving(always(OK)) as server:
        for _ in range(5):
            assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 1


def test_but_not_where_its_answer_was_not_read_to_the_end(transport: SocketTransport) -> None:
    with serving(always(OK)) as server:
        answer = ask(transport, server)
        assert answer.read(1) == b"o"
        answer.close()
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2


def test_nor_where_its_answer_has_not_come_to_its_end(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            connection.sendall(OK if number else OK[:-1])

    with serving(talk) as server:
        answer = ask(transport, server)
        assert answer.read(1) == b"o"
        answer.close()
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        OK.replace(b"1.1", b"1.0"),
        OK + b"stray",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ],
)
def test_nor_where_more_came_or_the_server_does_not_want_to(answer: bytes, transport: SocketTransport) -> None:
    with serving(always(answer)) as server:
        assert ask(transport, server).read_all() == b"ok"
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2


def test_a_connection_that_was_closed_meanwhile_is_noticed(transport: SocketTransport) -> None:
    ended = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if number == 0:
            connection.close()
            ended.set()
        else:
            read_request(connection)

    with serving(talk) as server:
        assert ask(transport, server).read_all() == b"ok"
        assert ended.wait(5)
        time.sleep(0.02)  # until the end has come over loopback
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2
        transport.close()


def test_stray_bytes_on_an_idle_connection_are_nobodys_answer(transport: SocketTransport) -> None:
    sent = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if number == 0:
            time.sleep(0.02)
            connection.sendall(OK.replace(b"ok", b"no"))
            sent.set()
        read_request(connection)

    with serving(talk) as server:
        assert ask(transport, server).read_all() == b"ok"
        assert sent.wait(5)
        time.sleep(0.02)
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2
        transport.close()


def test_the_one_given_back_last_is_taken_first_and_few_are_kept() -> None:
    ports: list[int] = []

    def talk(connection: socket.socket, _: int) -> None:
        while read_request(connection):
            ports.append(connection.getpeername()[1])
            connection.sendall(OK)

    with closing(transport_for(max_connections=2)) as transport, serving(talk) as server:
        answers = [ask(transport, server) for _ in range(3)]
        first, second, _ = ports
        for answer in answers:
            answer.read_all()
        ask(transport, server).read_all()
        assert ports[3] == second  # the third was one too many to be kept
        held = [ask(transport, server), ask(transport, server)]
        assert ports[4:] == [second, first]
        for answer in held:
            answer.read_all()
        assert server.connections == 3
        transport.close()


def test_after_closing_connections_are_closed_when_they_are_given_back(transport: SocketTransport) -> None:
    seen_end = threading.Event()

    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if not read_request(connection):
            seen_end.set()

    with serving(talk) as server:
        answer = ask(transport, server)
        transport.close()
        assert answer.read_all() == b"ok"
        assert seen_end.wait(5)


def test_many_threads_mix_up_no_answers() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        while request := read_request(connection):
            told = request.partition(b"x-number: ")[2].partition(b"\r\n")[0]
            body = told * 50
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    with closing(transport_for(max_connections=32, read_timeout=20)) as transport, serving(talk) as server:

        def once(number: int) -> bool:
            answer = ask(transport, server, **{"x-number": str(number)})
            if number % 7 == 0:
                answer.close()
                return True
            return answer.read_all() == str(number).encode() * 50

        open_before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None  # noqa: PTH112, PTH208
        with ThreadPoolExecutor(32) as threads:
            assert all(threads.map(once, range(1000)))
        transport.close()
        if open_before is not None:
            wait_for(lambda: len(os.listdir("/proc/self/fd")) <= open_before)  # noqa: PTH208


def wait_for(condition: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- what goes wrong ---------------------------------------------------------------------------------------------


def test_nobody_listens(transport: SocketTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(b.EndpointConnectionError):
        transport.send(Origin("http", "127.0.0.1", port), "GET", "/", {"host": "h"}, None)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64])
def test_hosts_that_are_none(host: str, transport: SocketTransport) -> None:
    with pytest.raises(b.EndpointConnectionError):
        transport.send(Origin("http", host, 80), "GET", "/", {"host": "h"}, None)


def test_an_address_of_ipv6(transport: SocketTransport) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:

        def answer() -> None:
            accepted, _ = listener.accept()
            with accepted:
                read_request(accepted)
                accepted.sendall(OK)

        thread = threading.Thread(target=answer)
        thread.start()
        origin = Origin("http", "[::1]", listener.getsockname()[1])
        assert transport.send(origin, "GET", "/", {"host": "h"}, None).read_all() == b"ok"
        thread.join(5)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", OK[:-1]], ids=["nothing", "half a head", "half a body"])
def test_a_server_that_stalls_is_noticed(said: bytes, transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(said)
        read_request(connection)

    with serving(talk) as server:
        begin = time.monotonic()
        with pytest.raises(b.ReadTimeoutError):
            ask(transport, server).read_all() if said != OK[:-1] else read_twice(ask(transport, server))
        assert READ_TIMEOUT <= time.monotonic() - begin < READ_TIMEOUT + 2


def read_twice(answer: Answer) -> None:
    with closing(answer):
        assert answer.read() == b"o"
        answer.read()


def test_so_is_one_that_takes_nothing_any_more(transport: SocketTransport) -> None:
    over = threading.Event()

    def talk(_: socket.socket, __: int) -> None:
        over.wait(10)

    with serving(talk) as server:
        with pytest.raises(b.ReadTimeoutError):
            ask(transport, server, "PUT", bytes(64_000_000))
        over.set()


def test_a_slow_server_is_no_stalled_one(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        for byte in OK:
            connection.sendall(bytes([byte]))
            time.sleep(0.015)

    with serving(talk) as server:
        begin = time.monotonic()
        assert ask(transport, server).read_all() == b"ok"
        assert time.monotonic() - begin > READ_TIMEOUT


def test_nor_is_one_that_takes_slowly() -> None:
    size = 48_000_000  # far more than the system takes in advance

    def talk(connection: socket.socket, _: int) -> None:
        taken = 0
        for milestone in range(0, size, 2_000_000):
            time.sleep(0.06)
            while taken < milestone:
                taken += len(connection.recv(1_000_000))
        while taken < size:
            taken += len(connection.recv(1_000_000))
        connection.sendall(OK)

    with closing(transport_for(read_timeout=0.9)) as transport, serving(talk) as server:
        begin = time.monotonic()
        assert ask(transport, server, "PUT", bytes(size)).read_all() == b"ok"
        assert time.monotonic() - begin > 0.9


def test_a_request_is_never_sent_twice(transport: SocketTransport) -> None:
    requests: list[int] = []

    def talk(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            requests.append(number)
            if len(requests) > 1:
                return
            connection.sendall(OK)

    with serving(talk) as server:
        assert ask(transport, server).read_all() == b"ok"
        with pytest.raises(b.ConnectionClosedError):
            ask(transport, server)
        assert requests == [0, 0]


def test_what_is_no_http_is_said_to_be_none(transport: SocketTransport) -> None:
    with serving(always(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")) as server, pytest.raises(BadAnswer, match="status line"):
        ask(transport, server)


REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n"


@pytest.mark.parametrize("form", [bytes, lambda data: GuardedReader(Source(data))])
def test_an_answer_in_the_middle_of_a_large_body_is_heard(form: Any, transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        connection.recv(1000)
        connection.sendall(REFUSAL)  # and close, with bytes unread: the other side gets a reset

    with serving(talk) as server:
        answer = ask(transport, server, "PUT", form(bytes(32_000_000)))
        assert answer.status == 403
        answer.close()
        assert ask(transport, server, "PUT", form(bytes(32_000_000))).status == 403
        assert server.connections == 2


def test_so_is_one_of_a_server_that_only_listens_no_more(transport: SocketTransport) -> None:
    over = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        if number:
            read_request(connection)
            connection.sendall(OK)
        else:
            connection.recv(1000)
            connection.sendall(REFUSAL)
            over.wait(10)

    with serving(talk) as server:
        answer = ask(transport, server, "PUT", bytes(64_000_000))
        assert (answer.status, answer.read_all()) == (403, b"no!\n")
        assert ask(transport, server).read_all() == b"ok"  # and not on that connection
        assert server.connections == 2
        over.set()


def test_a_reset_in_the_middle_of_a_large_body_is_no_answer(transport: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        connection.recv(1000)

    with serving(talk) as server:
        with pytest.raises(b.ConnectionClosedError):
            ask(transport, server, "PUT", bytes(32_000_000))
        assert server.connections == 1


@pytest.mark.parametrize("form", [bytes, lambda data: GuardedReader(Source(data))])
def test_a_yes_to_half_a_body_is_no_answer(form: Any, transport: SocketTransport) -> None:
    """Whoever says so, a proxy or a server that does not wait: there can't be an object of all the bytes."""

    def talk(connection: socket.socket, _: int) -> None:
        connection.recv(1000)
        connection.sendall(OK)

    with serving(talk) as server:
        with pytest.raises(b.ConnectionClosedError):
            ask(transport, server, "PUT", form(bytes(32_000_000)))
        assert server.connections == 1


def test_a_source_that_fails_is_not_the_connections_fault(transport: SocketTransport) -> None:
    class Broken(Source):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "the disk broke")

    ended = threading.Event()

    def talk(connection: socket.socket, _: int) -> None:
        while read_request(connection):
            connection.sendall(OK)
        ended.set()

    with serving(talk) as server:
        with pytest.raises(OSError, match="the disk broke") as caught:
            ask(transport, server, "PUT", GuardedReader(Broken(b"data")))
        assert ended.wait(5)  # although the error, with all that it refers to, is still there
        assert caught.value.errno == 5
        assert ask(transport, server).read_all() == b"ok"
        assert server.connections == 2


# --- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path) -> Iterator[SocketTransport]:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with closing(transport_for(verify=str(bundle), read_timeout=5)) as made:
        yield made


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_connection_of_tls_is_used_again(
    version: ssl.TLSVersion, secure: SocketTransport, server_tls: ssl.SSLContext
) -> None:
    server_tls.minimum_version = server_tls.maximum_version = version
    data = bytes(range(256)) * 8000

    def talk(connection: socket.socket, _: int) -> None:
        while request := read_request(connection):
            body = request.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    with serving(talk, server_tls) as server:
        for body in (b"small", data, GuardedReader(Source(data))):
            assert ask(secure, server, "PUT", body).read_all() == (data if body != b"small" else body)
        assert server.connections == 1
        secure.close()


@pytest.mark.parametrize("size", [2, 100_000])  # one is read with its head, one straight into the reader's memory
@pytest.mark.parametrize("stray", [b"", OK], ids=["closed", "stray bytes"])
def test_news_on_an_idle_connection_of_tls_ends_it(
    size: int, stray: bytes, secure: SocketTransport, server_tls: ssl.SSLContext
) -> None:
    said = threading.Event()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * size)

    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(answer + stray if number == 0 else answer)  # in one record
        said.set()
        if stray or number:
            read_request(connection)

    with serving(talk, server_tls) as server:
        for connections in (1, 2):
            assert ask(secure, server).read_all() == b"x" * size
            assert server.connections == connections
            assert said.wait(5)
            time.sleep(0.02)  # until it has come over loopback
        secure.close()


def test_plain_http_where_tls_is_spoken_to(secure: SocketTransport) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(talk) as server, pytest.raises(b.SSLError):
        secure.send(server.origin._replace(scheme="https"), "GET", "/", {"host": "h"}, None)


def test_a_handshake_that_never_ends() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        while connection.recv(1000):
            """Say nothing."""

    with (
        closing(transport_for(connect_timeout=0.3)) as transport,
        serving(talk) as server,
        pytest.raises(b.ConnectTimeoutError),
    ):
        transport.send(server.origin._replace(scheme="https"), "GET", "/", {"host": "h"}, None)


def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    with closing(transport_for(verify=str(tmp_path / "none.pem"))) as transport, pytest.raises(b.SSLError):
        transport.send(Origin("https", "127.0.0.1", 9), "GET", "/", {"host": "h"}, None)
