"""Bytes on their way: sources that fail or change, connections that break, connections that are given back."""

from __future__ import annotations

import io
import socket
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from holdall import errors as e
from holdall import options as opt
from holdall.models import ByteRange, ChecksumAlgorithm
from holdall_s3.provider import S3Provider
from holdall_s3.settings import S3CompatibleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.providers.s3.wire import Wire


class Source(io.BytesIO):
    """A sized body."""

    def __init__(self, data: bytes, announced: int | None = None) -> None:
        super().__init__(data)
        self._announced = len(data) if announced is None else announced

    def __len__(self) -> int:
        return self._announced


class Failing(Source):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("the disk is on fire")


# --- what is sent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"hello", bytearray(b"hello"), memoryview(b"hello"), Source(b"hello"), b"", Source(b"")]
)
@pytest.mark.parametrize("algorithm", [None, ChecksumAlgorithm.CRC32C])
def test_every_form_of_body_arrives(body: Any, algorithm: ChecksumAlgorithm | None, provider: S3Provider) -> None:
    options = opt.PutOptions(checksum_algorithm=algorithm)
    if isinstance(body, Source):
        body.seek(0)
    assert provider.put("k", body, options).size == len(body)
    with provider.get("k", opt.GET) as got:
        assert got.read() == (body.getvalue() if isinstance(body, Source) else bytes(body))


def test_what_the_source_raises_comes_out_as_it_was(provider: S3Provider) -> None:
    for checksum in (None, ChecksumAlgorithm.SHA256):
        with pytest.raises(OSError, match="on fire") as caught:
            provider.put("k", Failing(b"hello"), opt.PutOptions(checksum_algorithm=checksum))
        assert not isinstance(caught.value, e.StorageError)
    with pytest.raises(e.ObjectNotFound):
        provider.head("k", opt.HEAD)


def test_a_source_that_is_cut_off_sends_nothing_that_counts(provider: S3Provider) -> None:
    with pytest.raises(e.SourceChanged, match="after 5 of 9"):
        provider.put("k", Source(b"hello", announced=9), opt.PUT)
    with pytest.raises(e.ObjectNotFound):
        provider.head("k", opt.HEAD)


def test_a_source_that_grows_sends_what_was_announced(provider: S3Provider) -> None:
    provider.put("k", Source(b"hello world", announced=5), opt.PUT)
    with provider.get("k", opt.GET) as got:
        assert got.read() == b"hello"


# --- what arrives ------------------------------------------------------------------------------------------------


def answer(length: int, body: bytes, extra: str = "") -> bytes:
    return f'HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nETag: "e"\r\n{extra}\r\n'.encode() + body


class Fake:
    """A fake server that says what it is told and then breaks off, hangs, or goes on. No real one does so on demand."""

    def __init__(self, *answers: bytes, then: str = "close") -> None:
        self._answers = list(answers)
        self._then = then
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._closing = False
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self._open.append(connection)
            if self._closing:
                return
            self.connections += 1
            with suppress(OSError):  # the client went away
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while self._answers and self._request(connection):
            connection.sendall(self._answers.pop(0))
            if self._then == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if self._then in {"close", "reset"}:
                connection.close()
                return

    def _request(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        return True

    def close(self) -> None:
        self._closing = True
        with suppress(OSError):  # wakes whatever the thread waits for
            for connection in self._open:
                connection.shutdown(socket.SHUT_RDWR)
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        for connection in self._open:
            connection.close()
        self._listener.close()


@contextmanager
def broken(*answers: bytes, then: str = "close", **connection: Any) -> Iterator[tuple[S3Provider, Fake]]:
    with closing(Fake(*answers, then=then)) as fake:
        settings = S3CompatibleSettings.model_validate(
            {
                "provider": "s3-compatible",
                "endpoint_url": fake.url,
                "bucket": "bucket",
                "access_key_id": SecretStr("AKIAIOSFODNN7EXAMPLE"),
                "secret_access_key": SecretStr("secret"),
                "connection": connection,
            }
        )
        with closing(S3Provider(settings.to_config(), "broken")) as provider:
            yield provider, fake


def test_a_body_that_ends_early_is_incomplete() -> None:
    with broken(answer(10, b"hello")) as (provider, _):
        got = provider.get("k", opt.GET)
        with pytest.raises(e.IncompleteBody) as caught:
            got.read()
    assert caught.value.retry is e.Retry.SAFE


def test_a_body_that_is_reset_was_interrupted() -> None:
    with broken(answer(10_000_000, b"hello"), then="reset") as (provider, _):
        got = provider.get("k", opt.GET)
        with pytest.raises((e.StreamInterrupted, e.IncompleteBody)) as caught:
            got.read()
    assert caught.value.retry is e.Retry.SAFE


def test_a_body_that_stops_coming_times_out() -> None:
    with broken(answer(10, b"hello"), then="hang", read_timeout=0.3) as (provider, _):
        got = provider.get("k", opt.GET)
        with pytest.raises(e.OperationTimeout):
            got.read()


def test_an_answer_that_does_not_come_times_out() -> None:
    with (
        broken(b"HTTP/1.1 100 Continue\r\n\r\n", then="hang", read_timeout=0.3) as (provider, _),
        pytest.raises(e.OperationTimeout),
    ):
        provider.head("k", opt.HEAD)


def test_a_connection_that_is_closed_without_an_answer() -> None:
    with broken(b"") as (provider, _), pytest.raises(e.ConnectionFailed):
        provider.put("k", b"x", opt.PUT)


def test_nobody_there() -> None:
    with broken() as (provider, fake):
        pass
    settings = provider._clients.config
    with closing(S3Provider(settings)) as alone, pytest.raises(e.ConnectionFailed) as caught:
        alone.head("k", opt.HEAD)
    assert fake.url in str(caught.value)


def test_a_wrong_checksum_is_found_before_the_last_byte_is_handed_out() -> None:
    wrong = answer(5, b"hellO", "x-amz-checksum-crc32: NhCmhg==\r\n")
    for size in (-1, 1, 5, 100):
        with broken(wrong) as (provider, _):
            got = provider.get("k", opt.GetOptions(checksums=True))
            for _ in range(4 if size == 1 else 0):
                assert len(got.read(1)) == 1
            with pytest.raises(e.ChecksumMismatch):
                got.read(size)


def test_a_right_checksum_is_no_error_nor_is_that_of_the_object_with_a_range() -> None:
    right = answer(5, b"hello", "x-amz-checksum-crc32: NhCmhg==\r\n")
    part = answer(2, b"he", "x-amz-checksum-crc32: NhCmhg==\r\nContent-Range: bytes 0-1/5\r\n")
    # On one connection: whether a client has noticed that a connection was closed behind its back is a matter of luck.
    with broken(right, part, then="go on") as (provider, _):
        assert provider.get("k", opt.GetOptions(checksums=True)).read() == b"hello"
        got = provider.get("k", opt.GetOptions(checksums=True, range=ByteRange(0, 2)))
        assert got.read() == b"he"
        assert got.info.checksums[0].value == "NhCmhg=="


def test_a_connection_is_given_back_after_the_last_byte() -> None:
    with broken(answer(5, b"hello"), answer(5, b"world"), answer(0, b""), then="go on") as (provider, fake):
        with provider.get("k", opt.GET) as got:
            assert got.read(5) == b"hello"
        with provider.get("k", opt.GET) as got:
            assert b"".join(got) == b"world"
        assert provider.get("k", opt.GET).read() == b""
        assert fake.connections == 1


def test_a_connection_with_bytes_left_is_not_used_again() -> None:
    with broken(answer(500_000, b"x" * 500_000), answer(5, b"world"), then="go on") as (provider, fake):
        with provider.get("k", opt.GET) as got:
            assert got.read(5) == b"xxxxx"
        assert provider.get("k", opt.GET).read() == b"world"
        assert fake.connections == 2


def test_a_store_that_answers_the_whole_object_for_a_piece_is_found_out(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"etag": '"e"'}, b"hello")
    with pytest.raises(e.RequestIgnored, match="bytes=1-2"):
        aws.get("k", opt.GetOptions(range=ByteRange(1, 3)))
    with pytest.raises(e.RequestIgnored, match="part 2"):
        aws.get("k", opt.GetOptions(part_number=2))
    with pytest.raises(e.RequestIgnored, match="part 2"):
        aws.head("k", opt.HeadOptions(part_number=2))
    # The whole object is what these ask for.
    assert aws.get("k", opt.GetOptions(range=ByteRange(0))).read() == b"hello"
    assert aws.get("k", opt.GetOptions(range=ByteRange(-9))).read() == b"hello"
    assert aws.get("k", opt.GetOptions(part_number=1)).read() == b"hello"
    for place in ({"content-range": "bytes 0-1/*"}, {}):
        wire.answer(206, {"etag": '"e"'} | place, b"he")
        for options in (opt.GetOptions(range=ByteRange(0, 2)), opt.GetOptions(part_number=1), opt.GET):
            with pytest.raises(e.InvalidResponse, match="known size"):
                aws.get("k", options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (opt.GetOptions(range=ByteRange(50, 60)), "0-9/100"),
        (opt.GetOptions(range=ByteRange(50, 60)), "50-58/100"),
        (opt.GetOptions(range=ByteRange(50, 60)), "50-60/100"),
        (opt.GetOptions(range=ByteRange(-10)), "0-9/100"),
        (opt.GetOptions(range=ByteRange(10, 20)), "10-5/100"),
        (opt.GetOptions(range=ByteRange(100, 110)), "90-99/100"),
        (opt.GetOptions(part_number=2), "10-5/100"),
        (opt.GetOptions(part_number=2), "90-109/100"),
        (opt.GET, "0-9/100"),
    ],
)
def test_another_piece_than_was_asked_for_is_none(
    options: opt.GetOptions, told: str, aws: S3Provider, wire: Wire
) -> None:
    wire.answer(206, {"etag": '"e"', "content-range": f"bytes {told}"}, b"0123456789")
    with pytest.raises(e.InvalidResponse, match="was asked for"):
        aws.get("k", options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (opt.GetOptions(range=ByteRange(50, 60)), "50-59/100"),
        (opt.GetOptions(range=ByteRange(50, 60)), "50-54/55"),
        (opt.GetOptions(range=ByteRange(90)), "90-99/100"),
        (opt.GetOptions(range=ByteRange(-10)), "90-99/100"),
        (opt.GetOptions(range=ByteRange(-10)), "0-4/5"),
        (opt.GetOptions(part_number=2), "50-59/100"),
        (opt.GET, "0-9/10"),
    ],
)
def test_the_piece_that_was_asked_for_is_clipped_by_the_object(
    options: opt.GetOptions, told: str, aws: S3Provider, wire: Wire
) -> None:
    start, stop = (int(number) for number in told.partition("/")[0].split("-"))
    wire.answer(206, {"etag": '"e"', "content-range": f"bytes {told}"}, b"0123456789"[: stop + 1 - start])
    with aws.get("k", options) as got:
        assert (got.start, len(got.read())) == (start, stop + 1 - start)
