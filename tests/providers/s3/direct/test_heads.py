"""Heads of answers: what is one, and how the body behind it ends."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall_s3.direct.heads import CHUNKED, CLOSE, LENGTH, MOST_HEADERS, end_of_head, framing, parse_head
from holdall_s3.direct.transport import BadAnswer


def head(*lines: str, first: str = "HTTP/1.1 200 OK", end: str = "\r\n") -> bytes:
    return (end.join([first, *lines]) + end + end).encode("latin-1")


def test_status_and_headers() -> None:
    found = parse_head(head('ETag: "abc"', "Content-Length:5", "X-Amz-Meta-Name: \t a: b \t", "empty:"))
    assert found.status == 200
    assert found.headers == {"etag": '"abc"', "content-length": "5", "x-amz-meta-name": "a: b", "empty": ""}
    assert list(found.headers) == ["etag", "content-length", "x-amz-meta-name", "empty"]
    assert found.keeps


def test_a_name_that_comes_twice_is_one_header() -> None:
    assert parse_head(head("A: 1", "b: 2", "a: 3")).headers == {"a": "1, 3", "b": "2"}


def test_values_are_latin_1() -> None:
    assert parse_head(head("x: \xe9\x85")).headers == {"x": "\xe9\x85"}


def test_lines_may_end_in_a_line_feed_alone() -> None:
    assert parse_head(head("a: 1", "b: 2", end="\n")) == parse_head(head("a: 1", "b: 2"))


@pytest.mark.parametrize("first", ["HTTP/1.1 404", "HTTP/1.1 404 ", "HTTP/1.1 404 Not \xe4", "HTTP/1.0 404 No"])
def test_status_lines(first: str) -> None:
    assert parse_head(head(first=first)).status == 404


@pytest.mark.parametrize(
    "first",
    [
        "HTTP/2 200 OK",
        "HTTP/1.2 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1  200 OK",
        "http/1.1 200 OK",
        " HTTP/1.1 200 OK",
        "ICY 200 OK",
        "<html>",
        "",
    ],
)
def test_other_first_lines_are_refused(first: str) -> None:
    with pytest.raises(BadAnswer, match="status line"):
        parse_head(head(first=first))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (" folded", "proper name"),
        ("\tfolded", "proper name"),
        ("a : 1", "proper name"),
        (": 1", "proper name"),
        ("na me: 1", "proper name"),
        ("n\xe4me: 1", "proper name"),
        ("etag", "no colon"),
        ("a: 1\r2", "control"),
        ("a: 1\0", "control"),
    ],
)
def test_bad_headers_are_refused(line: str, why: str) -> None:
    parse_head(head("ETag: known"))  # names that were seen before are no exception
    with pytest.raises(BadAnswer, match=why):
        parse_head(head("before: 1", line, "behind: 2"))


def test_there_is_an_end_to_headers() -> None:
    assert len(parse_head(head(*[f"h{n}: 1" for n in range(MOST_HEADERS)])).headers) == MOST_HEADERS
    with pytest.raises(BadAnswer, match="more than"):
        parse_head(head(*[f"h{n}: 1" for n in range(MOST_HEADERS + 1)]))


@pytest.mark.parametrize(
    ("first", "connection", "keeps"),
    [
        ("HTTP/1.1 200 OK", None, True),
        ("HTTP/1.1 200 OK", "close", False),
        ("HTTP/1.1 200 OK", "Keep-Alive, CLOSE", False),
        ("HTTP/1.1 200 OK", "closet", True),
        ("HTTP/1.0 200 OK", None, False),
        ("HTTP/1.0 200 OK", "Keep-Alive", True),
        ("HTTP/1.0 200 OK", "close", False),
    ],
)
def test_whether_the_connection_stays(first: str, connection: str | None, keeps: bool) -> None:  # noqa: FBT001
    lines = [] if connection is None else [f"Connection: {connection}"]
    assert parse_head(head(*lines, first=first)).keeps is keeps


@pytest.mark.parametrize(
    ("method", "status", "lines", "expected"),
    [
        ("GET", 200, ["Content-Length: 5"], (LENGTH, 5)),
        ("GET", 200, ["Content-Length: 5", "Content-Length: 5"], (LENGTH, 5)),
        ("GET", 200, ["Content-Length: 0"], (LENGTH, 0)),
        ("HEAD", 200, ["Content-Length: 5"], (LENGTH, 0)),
        ("HEAD", 200, [], (LENGTH, 0)),
        ("DELETE", 204, [], (LENGTH, 0)),
        ("GET", 304, ["Content-Length: 5"], (LENGTH, 0)),
        ("GET", 200, ["Transfer-Encoding: Chunked"], (CHUNKED, 0)),
        ("GET", 200, ["Connection: close"], (CLOSE, 0)),
    ],
)
def test_how_bodies_end(method: str, status: int, lines: list[str], expected: tuple[str, int]) -> None:
    assert framing(method, parse_head(head(*lines, first=f"HTTP/1.1 {status} x"))) == expected


def test_http_1_0_ends_with_the_connection() -> None:
    assert framing("GET", parse_head(head(first="HTTP/1.0 200 OK"))) == (CLOSE, 0)


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5, 6"],
        ["Content-Length: -5"],
        ["Content-Length: +5"],
        ["Content-Length: 5 5"],
        ["Content-Length: 0x5"],
        ["Content-Length: \xb2"],
        ["Content-Length:"],
        ["Content-Length: " + "9" * 19],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked, chunked"],
        [],
    ],
)
def test_bodies_whose_end_is_in_doubt_are_refused(lines: list[str]) -> None:
    with pytest.raises(BadAnswer):
        framing("GET", parse_head(head(*lines)))


@given(st.binary(max_size=60), st.sampled_from([b"\r\n\r\n", b"\n\n", b"\n\r\n", b"\r\n\n"]), st.binary(max_size=20))
def test_the_head_ends_with_the_first_empty_line(before: bytes, ending: bytes, behind: bytes) -> None:
    before = before.replace(b"\n", b" ").rstrip(b"\r")
    data = bytearray(before + ending + behind)
    assert end_of_head(data, 0, len(data)) == len(before) + len(ending)
    assert end_of_head(data, 0, len(before) + len(ending) - 1) == -1


@given(st.binary(max_size=200))
def test_nothing_else_is_raised(data: bytes) -> None:
    with suppress(BadAnswer):
        framing("GET", parse_head(b"HTTP/1.1 200 OK\r\n" + data + b"\r\n\r\n"))
