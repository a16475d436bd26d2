"""The head of an answer in HTTP/1.1: status line and headers, and how its body ends. Pure functions.

Read strictly (RFC 9112): what two readers could understand in two ways is refused, since that is how one answer passes
for another's. Lines may end in a bare line feed, as section 2.2 allows and as ``http.client`` reads them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from holdall_s3.direct.transport import BadAnswer

MOST_BYTES = 64 * 1024
"""Bytes of a head. S3 allows 8 KB, of which metadata 2 KB; proxies add a few hundred."""

MOST_HEADERS = 1000
"""Headers of an answer. Metadata of 2 KB are some 700 headers at most."""

# How a body ends.
LENGTH = "length"
CHUNKED = "chunked"
CLOSE = "close"

_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DIGITS = re.compile(r"[0-9]{1,18}")
_NO_BODY = frozenset({204, 304})
_MOST_NAMES = 1000
_names: dict[str, str] = {}  # as they arrived -> in lower case; found to be names before


class Head(NamedTuple):
    """The head of an answer.

    Attributes:
        status: HTTP status.
        headers: Names in lower case; values of a name that came more than once are joined by commas.
        keeps: The connection may be used again after the body.
    """

    status: int
    headers: dict[str, str]
    keeps: bool


def end_of_head(data: bytearray, start: int, stop: int) -> int:
    """Position behind the empty line that ends a head; -1 where it has not come yet.

    Args:
        data: What has arrived.
        start: Position of the head, or of where it can't have ended before.
        stop: Position behind the last byte.
    """
    found = _END.search(data, start, stop)
    return -1 if found is None else found.end()


def parse_head(data: bytes | bytearray) -> Head:
    """Reads a head.

    Args:
        data: The head with the empty line behind it.

    Raises:
        BadAnswer: It is none.
    """
    text = data.decode("latin-1").replace("\r\n", "\n")
    if "\r" in text or "\0" in text:
        raise BadAnswer(error="there is a control character in its head")
    first, *lines = text[:-2].split("\n")
    match = _STATUS.fullmatch(first)
    if match is None:
        raise BadAnswer(error="it does not begin with a status line of HTTP/1")
    if len(lines) > MOST_HEADERS:
        raise BadAnswer(error=f"it has more than {MOST_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        told, colon, value = line.partition(":")
        name = _names.get(told) or _name(told)
        if not colon:
            raise BadAnswer(error=f"its header {name} has no colon")
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    connection = headers.get("connection")
    keeps = match[1] == "1"
    if connection is not None:
        tokens = {token.strip() for token in connection.lower().split(",")}
        keeps = "close" not in tokens and (keeps or "keep-alive" in tokens)
    return Head(int(match[2]), headers, keeps)


def _name(told: str) -> str:
    """A header's name in lower case. Neither a continued line nor a blank before the colon passes for one."""
    if not _NAME.fullmatch(told):
        raise BadAnswer(error="it has a header without a proper name")
    name = told.lower()
    if len(_names) < _MOST_NAMES:  # names of user metadata are many
        _names[told] = name
    return name


def framing(method: str, head: Head) -> tuple[str, int]:
    """How the body of an answer ends: ``LENGTH`` with its bytes, ``CHUNKED``, or ``CLOSE``.

    Args:
        method: The request's.
        head: The answer's head.

    Raises:
        BadAnswer: That can't be told for sure.
    """
    if method == "HEAD" or head.status in _NO_BODY:
        return LENGTH, 0
    coding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise BadAnswer(error="it has both content-length and transfer-encoding")
        if coding.lower() != "chunked":
            raise BadAnswer(error="its transfer-encoding is not 'chunked'")
        return CHUNKED, 0
    if length is not None:
        return LENGTH, _length(length)
    if head.keeps:
        raise BadAnswer(error="it does not say where its body ends")
    return CLOSE, 0


def _length(value: str) -> int:
    """A content length; the same one told more than once is one (RFC 9110, section 8.6)."""
    told = {part.strip() for part in value.split(",")} if "," in value else {value}
    length = told.pop()
    if told or not _DIGITS.fullmatch(length):
        raise BadAnswer(error="its content-length is not one number")
    return int(length)
