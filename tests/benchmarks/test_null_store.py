"""The null store answers as S3 would: what is measured against it is worth something only then."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import sys
import urllib.error
import urllib.request
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import content, servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 1_000_000
LITTLE = 300_007  # bytes of the pattern in these tests: objects go over its end


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pattern") / "pattern"
    path.write_bytes(bytes(number * number % 251 for number in range(LITTLE)))
    return path


# Where there is no compiler, the benchmarks run on the one in Python, and that is what is to be tested there.
@pytest.fixture(scope="module", params=["C", "Python"] if shutil.which("cc") else ["Python"])
def urls(
    request: pytest.FixtureRequest, pattern: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[str, ssl.SSLContext | None]]]:
    """The bucket's URL and what to trust, by protocol."""
    folder = tmp_path_factory.mktemp("server")
    if request.param == "C":
        tls = servers.compile_null_store(folder / "null_store")
        command = [str(folder / "null_store"), str(pattern)]
    else:
        tls, command = True, [sys.executable, "-m", "tests.benchmarks.null_server", str(pattern)]
    checksums = servers.checksum_headers("crc32", pattern, [SIZE])
    with ExitStack() as stack:
        port = stack.enter_context(servers.run_program([*command, *checksums]))
        found: dict[str, tuple[str, ssl.SSLContext | None]] = {"http": (f"http://127.0.0.1:{port}/bucket", None)}
        if tls:
            ca, chain, key = servers.write_certificate(folder)
            secure = stack.enter_context(servers.run_program([*command, str(chain), str(key), *checksums]))
            found["https"] = f"https://127.0.0.1:{secure}/bucket", ssl.create_default_context(cafile=str(ca))
        yield found


def ask(
    url: tuple[str, ssl.SSLContext | None], key: str, *, method: str = "GET", data: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{url[0]}/{key}", data, named, method=method)
    try:
        with urllib.request.urlopen(request, context=url[1]) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def expected(pattern: Path, start: int, stop: int) -> bytes:
    data = pattern.read_bytes() * (stop // LITTLE + 1)
    return data[start:stop]


@pytest.mark.parametrize("protocol", ["http", "https"])
@pytest.mark.parametrize("size", [0, 100, SIZE])
def test_an_object_has_the_bytes_of_the_pattern(
    urls: dict[str, tuple[str, ssl.SSLContext | None]], pattern: Path, protocol: str, size: int
) -> None:
    status, headers, body = ask(urls[protocol], content.key(2, size, 1))
    assert (status, headers["content-length"]) == (200, str(size))
    assert body == expected(pattern, 0, size)
    status, headers, body = ask(urls[protocol], content.key(2, size, 1), method="HEAD")
    assert (status, headers["content-length"], body) == (200, str(size), b"")


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=299990-300020", 299_990, 300_021),
        ("bytes=999990-", 999_990, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=500000-99999999", 500_000, SIZE),
    ],
)
def test_ranges(
    urls: dict[str, tuple[str, ssl.SSLContext | None]], pattern: Path, wanted: str, start: int, stop: int
) -> None:
    status, headers, body = ask(urls["http"], content.key(1, SIZE), Range=wanted)
    assert (status, headers["content-range"]) == (206, f"bytes {start}-{stop - 1}/{SIZE}")
    assert body == expected(pattern, start, stop)


def test_what_is_not_there(urls: dict[str, tuple[str, ssl.SSLContext | None]]) -> None:
    status, _, body = ask(urls["http"], content.key(2, 100, 2))  # the third of two
    assert status == 404
    assert b"<Code>NoSuchKey</Code>" in body
    status, _, body = ask(urls["http"], content.key(1, 100), Range="bytes=100-")
    assert status == 416
    assert b"<Code>InvalidRange</Code>" in body


def test_a_whole_object_comes_with_its_checksum_when_asked(
    urls: dict[str, tuple[str, ssl.SSLContext | None]], pattern: Path
) -> None:
    _, headers, body = ask(urls["http"], content.key(1, SIZE), x_amz_checksum_mode="ENABLED")
    assert servers.checksum_headers("crc32", pattern, [SIZE]) == [
        f"{SIZE}=x-amz-checksum-crc32: {headers['x-amz-checksum-crc32'].strip()}"
    ]
    assert content.crc32_of_object(pattern, SIZE) == zlib.crc32(body)
    assert "x-amz-checksum-crc32" not in ask(urls["http"], content.key(1, SIZE))[1]
    partly = ask(urls["http"], content.key(1, SIZE), x_amz_checksum_mode="ENABLED", Range="bytes=0-9")
    assert "x-amz-checksum-crc32" not in partly[1]


def test_listings_go_page_by_page(urls: dict[str, tuple[str, ssl.SSLContext | None]]) -> None:
    found: list[bytes] = []
    more = ""
    for _ in range(3):
        _, _, page = ask(urls["http"], f"?list-type=2&prefix=2345x7%2F{more}")
        found += re.findall(rb"<Key>([^<]*)</Key>.*?<Size>7</Size>", page)
        token = re.search(rb"<NextContinuationToken>(.*?)<", page)
        assert (b"<IsTruncated>true<" in page) == (token is not None)
        more = f"&continuation-token={token[1].decode()}" if token else ""
    assert not more
    assert found == [content.key(2345, 7, number).encode() for number in range(2345)]
    _, _, page = ask(urls["http"], f"?list-type=2&prefix=5x7/&start-after={content.key(5, 7, 2)}")
    assert re.findall(rb"<Key>([^<]*)</Key>", page) == [content.key(5, 7, number).encode() for number in (3, 4)]


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_what_is_written_is_counted_and_dropped(
    urls: dict[str, tuple[str, ssl.SSLContext | None]], protocol: str
) -> None:
    url = urls[protocol]
    status, headers, _ = ask(url, "up/one", method="PUT", data=b"x" * SIZE, x_amz_checksum_crc32="AAAAAA==")
    assert (status, headers["x-amz-checksum-crc32"]) == (200, "AAAAAA==")
    assert ask(url, "up/one", method="HEAD")[1]["content-length"] == str(SIZE)
    assert ask(url, "up/one", method="DELETE")[0] == 204
    assert ask(url, "up/one", method="HEAD")[0] == 404


def test_uploads_in_parts_add_up(urls: dict[str, tuple[str, ssl.SSLContext | None]]) -> None:
    _, _, body = ask(urls["http"], "up/parts?uploads", method="POST", data=b"")
    upload = re.search(rb"<UploadId>(.*?)</UploadId>", body)
    assert upload
    where = f"uploadId={upload[1].decode()}"
    for number in (1, 2):
        ask(urls["http"], f"up/parts?partNumber={number}&{where}", method="PUT", data=b"x" * 70_000)
    assert ask(urls["http"], "up/parts", method="HEAD")[0] == 404  # not before it is complete
    assert b"CompleteMultipartUploadResult" in ask(urls["http"], f"up/parts?{where}", method="POST", data=b"<x/>")[2]
    assert ask(urls["http"], "up/parts", method="HEAD")[1]["content-length"] == "140000"


def test_chunked_bodies_are_counted_without_their_chunk_lines(
    urls: dict[str, tuple[str, ssl.SSLContext | None]],
) -> None:
    port = int(urls["http"][0].split(":")[2].split("/")[0])
    text = (
        "PUT /bucket/up/chunked HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n{}\r\n"
        "5\r\nhello\r\n3\r\nyou\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n"
    )
    for header, size in (("", 8), ("x-amz-decoded-content-length: 6\r\n", 6)):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(text.format(header).encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert ask(urls["http"], "up/chunked", method="HEAD")[1]["content-length"] == str(size)


def test_two_at_once_are_not_in_each_others_way(pattern: Path, tmp_path: Path) -> None:
    with servers.null_store(tmp_path, pattern, []) as places, servers.null_store(tmp_path, pattern, []) as others:
        for place in (places["https"], others["https"]) if "https" in places else ():
            url = f"{place.url}/{place.bucket}", ssl.create_default_context(cafile=place.ca)
            assert ask(url, content.key(1, 3))[0] == 200
        assert {place.url for place in places.values()}.isdisjoint(place.url for place in others.values())


def test_a_client_that_waits_is_told_to_go_on(urls: dict[str, tuple[str, ssl.SSLContext | None]]) -> None:
    head = "PUT /bucket/up/late HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    port = int(urls["http"][0].split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert ask(urls["http"], "up/late", method="HEAD")[1]["content-length"] == "5"
