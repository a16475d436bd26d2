"""A proxy between a client and a real S3 server that does on demand what no real server does on demand.

    with run_faults(server.endpoint_url) as proxy:
        proxy.add(lose_answer(), method="PUT", target=r"partNumber=2")
        ...  # a client that has proxy.endpoint_url for its endpoint

Requests pass through as they are, ``Host`` included, so that signatures stay valid. A rule acts on the first requests
that it matches; what no rule matches is forwarded.
"""

from __future__ import annotations

import io
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 64 * 1024
_PATIENCE = 60.0  # seconds that the proxy waits for either side
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: close() sends RST


@dataclass(frozen=True)
class Fault:
    """What happens to a request and its answer.

    Attributes:
        answer: Sent in place of the server's answer.
        forward: The request reaches the server, and is carried out.
        request_bytes: After so many bytes of the request's body the connection is reset.
        flip_request: A bit of this byte of the request's body is turned.
        answer_bytes: After so many bytes of the answer's body something ends it; ``ending`` says what.
        ending: ``reset``, ``close`` or ``stall`` (silence on an open connection).
        flip_answer: A bit of this byte of the answer's body is turned.
        rate: Bytes per second of bodies, both ways; 0 is as fast as it goes.
        head_rate: Bytes per second of the answer's head.
        call: Called when the request has come, before anything else.
        at_end: Called when all has happened but the end of the connection.
    """

    answer: bytes | None = None
    forward: bool = True
    request_bytes: int | None = None
    flip_request: int | None = None
    answer_bytes: int | None = None
    ending: str = "reset"
    flip_answer: int | None = None
    rate: int = 0
    head_rate: int = 0
    call: Callable[[], None] | None = None
    at_end: Callable[[], None] | None = None


def refuse(status: int, code: str, *, headers: dict[str, str] | None = None) -> Fault:
    """An S3 error in place of an answer; the server does not get the request."""
    return Fault(answer=error_answer(status, code, headers or {}), forward=False)


def refuse_after(status: int, code: str) -> Fault:
    """An S3 error in place of an answer, although the server has carried the request out."""
    return Fault(answer=error_answer(status, code, {}))


def reset_before() -> Fault:
    """The connection is reset before the body of the request was read."""
    return Fault(forward=False, request_bytes=0)


def reset_in_request(count: int) -> Fault:
    """The connection is reset after so many bytes of the request's body."""
    return Fault(forward=False, request_bytes=count)


def lose_answer() -> Fault:
    """The server carries the request out; the connection is reset before a byte of its answer has come."""
    return Fault(answer=b"")


def cut_answer(count: int, ending: str = "reset") -> Fault:
    """The answer's body ends after so many bytes: by ``reset``, ``close`` or ``stall``."""
    return Fault(answer_bytes=count, ending=ending)


def stall() -> Fault:
    """No answer ever comes, on a connection that stays open."""
    return Fault(forward=False, answer=b"", ending="stall")


def flip_answer(offset: int) -> Fault:
    """One bit of the answer's body is turned on the way."""
    return Fault(flip_answer=offset)


def flip_request(offset: int) -> Fault:
    """One bit of the request's body is turned on the way."""
    return Fault(flip_request=offset)


def slow(rate: int) -> Fault:
    """Bodies move at so many bytes per second."""
    return Fault(rate=rate)


def drip_head(rate: int) -> Fault:
    """The answer's head comes at so many bytes per second."""
    return Fault(head_rate=rate)


def error_answer(status: int, code: str, headers: dict[str, str]) -> bytes:
    """An S3 error as it stands on the wire."""
    body = f"<Error><Code>{code}</Code><Message>made by a test</Message><RequestId>F00D</RequestId></Error>".encode()
    lines = [f"HTTP/1.1 {status} Made", "Content-Type: application/xml", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Rule:
    """Which requests a fault is for.

    Attributes:
        fault: The fault.
        method: HTTP method; ``None`` is any.
        target: Regular expression that is searched in path and query.
        header: Regular expression that is searched in the headers, as they stand on the wire.
        skip: Matching requests that are let through first.
        times: Matching requests that it acts on after those.
        hits: How often it has acted.
    """

    fault: Fault
    method: str | None = None
    target: str = ""
    header: str = ""
    skip: int = 0
    times: int = 1
    hits: int = 0

    def matches(self, method: str, target: str, head: str) -> bool:
        """Whether it acts on a request; counts."""
        if self.times == 0 or self.method not in {None, method} or not re.search(self.target, target):
            return False
        if not re.search(self.header, head):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        self.hits += 1
        return True


class _Over(Exception):
    """The connection to the client ends now."""


@dataclass
class Head:
    """First line and headers of a message, and the bytes that they were."""

    raw: bytes
    first: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Bytes of the body, as the headers tell."""
        return int(self.headers.get("content-length", "0"))


def _read_head(stream: IO[bytes]) -> Head | None:
    raw = first = stream.readline()
    if not first:
        return None
    headers = {}
    while (line := stream.readline()) not in {b"\r\n", b"\n", b""}:
        raw += line
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Head(raw + b"\r\n", first.decode("latin-1").strip(), headers)


class FaultProxy:
    """The proxy; made by ``run_faults``.

    Attributes:
        endpoint_url: Where clients find it.
        requests: Method and target of every request so far, in the order of their coming.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[tuple[str, str]] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._closed = threading.Event()
        threading.Thread(target=self._accept, name="faults", daemon=True).start()

    def add(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        target: str = "",
        header: str = "",
        skip: int = 0,
        times: int = 1,
    ) -> Rule:
        """Sets a fault; of several rules that match, the first one set acts."""
        rule = Rule(fault, method, target, header, skip, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forgets all rules, and the requests so far."""
        with self._lock:
            self._rules.clear()
            self.requests.clear()

    def count(self, method: str, target: str = "") -> int:
        """How many such requests have come."""
        return sum(one == method and bool(re.search(target, where)) for one, where in list(self.requests))

    def close(self) -> None:
        """Ends everything, stalled connections too."""
        self._closed.set()
        self._listener.close()
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="faults", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_PATIENCE)
        with self._lock:
            self._sockets.add(client)
        try:
            with _reading(client) as stream, suppress(OSError, _Over):
                while (head := _read_head(stream)) is not None:
                    self._exchange(client, stream, head)
        finally:
            with self._lock:
                self._sockets.discard(client)
            client.close()

    def _fault_for(self, method: str, target: str, head: str) -> Fault:
        with self._lock:
            self.requests.append((method, target))
            return next((rule.fault for rule in self._rules if rule.matches(method, target, head)), Fault())

    def _exchange(self, client: socket.socket, stream: IO[bytes], head: Head) -> None:
        method, target, _ = head.first.split(" ", 2)
        fault = self._fault_for(method, target, head.raw.decode("latin-1"))
        if fault.call is not None:
            fault.call()
        if fault.request_bytes is not None:
            stream.read(min(fault.request_bytes, head.length))
            self._end(client, fault, "reset")
        if not fault.forward:
            _read_away(stream, head.length)
            self._answer_ourselves(client, method, fault)
            return
        with socket.create_connection(self._upstream, timeout=_PATIENCE) as server:
            server.sendall(
                re.sub(rb"(?im)^(connection|expect):.*\r\n", b"", head.raw[:-2]) + b"Connection: close\r\n\r\n"
            )
            if "100-continue" in head.headers.get("expect", "").lower():
                client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if _move(stream, server, head.length, fault.flip_request, fault.rate) < head.length:
                raise _Over  # the client has gone: the server must not wait for the rest, nor we for its answer
            with _reading(server) as answer:
                if fault.answer is not None:
                    answer.read()
                    self._answer_ourselves(client, method, fault)
                    return
                self._pass_on(client, answer, method, fault)

    def _answer_ourselves(self, client: socket.socket, method: str, fault: Fault) -> None:
        if fault.answer:
            head, _, body = fault.answer.partition(b"\r\n\r\n")
            client.sendall(head + b"\r\n\r\n" + (b"" if method == "HEAD" else body))
        else:
            self._end(client, fault)

    def _pass_on(self, client: socket.socket, answer: IO[bytes], method: str, fault: Fault) -> None:
        head = _read_head(answer)
        if head is None:
            self._end(client, fault, "close")
            return
        chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        until_close = chunked or "content-length" not in head.headers
        # The server closes after each answer; towards the client the connection stays unless its end is the body's.
        raw = re.sub(rb"(?im)^connection:.*\r\n", b"", head.raw)
        if until_close:
            raw = raw[:-2] + b"Connection: close\r\n\r\n"
        _move(io.BytesIO(raw), client, len(raw), None, fault.head_rate)
        if method == "HEAD" or head.first.split(" ")[1] in {"204", "304"}:
            return
        if fault.answer_bytes is not None:
            _move(answer, client, min(fault.answer_bytes, head.length), fault.flip_answer, fault.rate)
            self._end(client, fault)
        _move(answer, client, None if until_close else head.length, fault.flip_answer, fault.rate)
        if until_close:
            raise _Over

    def _end(self, client: socket.socket, fault: Fault, how: str = "") -> None:
        if fault.at_end is not None:
            fault.at_end()
        how = how or fault.ending
        if how == "stall":
            self._closed.wait(_PATIENCE)
        elif how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        raise _Over


def _reading(connection: socket.socket) -> IO[bytes]:
    return cast("IO[bytes]", connection.makefile("rb", _BLOCK))


def _read_away(stream: IO[bytes], length: int) -> None:
    while length > 0 and (data := stream.read(min(_BLOCK, length))):
        length -= len(data)


def _move(source: IO[bytes], target: socket.socket, length: int | None, flip: int | None, rate: int) -> int:
    """Moves a body: ``length`` bytes, or all until the end. Returns how many came."""
    done = 0
    block = _BLOCK if not rate else max(1, min(_BLOCK, rate // 20))
    while length is None or done < length:
        data = source.read(block if length is None else min(block, length - done))
        if not data:
            break
        if flip is not None and done <= flip < done + len(data):
            turned = bytearray(data)
            turned[flip - done] ^= 0x10
            data = bytes(turned)
        target.sendall(data)
        done += len(data)
        if rate:
            time.sleep(len(data) / rate)
    return done


def calling(fault: Fault, call: Callable[[], None], *, at_end: bool = False) -> Fault:
    """A fault that also calls something: when its request has come, or just before it ends the connection."""
    return replace(fault, at_end=call) if at_end else replace(fault, call=call)


@contextmanager
def run_faults(upstream: str) -> Iterator[FaultProxy]:
    """Runs a proxy before a server for the length of a ``with`` block.

    Args:
        upstream: The server's ``http://`` endpoint.
    """
    proxy = FaultProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
