"""``Answer``: what a store said to one step, in one form for all kinds of steps."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 64 << 10
"""Bytes of a body that are kept; of all of it there are size and digests."""


@dataclass(frozen=True)
class SeenBody:
    """The body of an answer, read to its end.

    Attributes:
        size: Bytes.
        sha256: Hexadecimal digits.
        md5: Hexadecimal digits.
        start: The first ``KEPT`` bytes.
    """

    size: int
    sha256: str
    md5: str
    start: bytes

    @property
    def text(self) -> str:
        """The beginning, as text."""
        return self.start.decode("utf-8", "backslashreplace")


def read_body(chunks: Iterable[bytes]) -> SeenBody:
    """Reads a body and keeps little of it.

    Args:
        chunks: The body, piece by piece.
    """
    size, sha256, md5, start = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False), b""
    for chunk in chunks:
        size += len(chunk)
        sha256.update(chunk)
        md5.update(chunk)
        if len(start) < KEPT:
            start += chunk[: KEPT - len(start)]
    return SeenBody(size, sha256.hexdigest(), md5.hexdigest(), start)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        what: The operation, or method and path.
        status: HTTP status; ``None`` where nothing was sent.
        code: Error code; of answers without a body ``None``.
        message: Error message.
        result: What the answer says, plain values by name.
        headers: Headers by name in small letters.
        body: The body, where it is content.
        unmet: What the step by itself expects and what is there instead, where it is not so: a success that is no
            answer to the operation, a value that a check refuses, a listing out of order.
        bodiless: The answer can't have a body, and so no error code.
    """

    what: str
    status: int | None = None
    code: str | None = None
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: SeenBody | None = None
    unmet: tuple[str, str] | None = None
    bodiless: bool = False

    @property
    def ok(self) -> bool:
        """A success, as far as status and code say. An error inside a 200 is none."""
        return self.code is None and (self.status is None or self.status < 300)  # noqa: PLR2004

    @property
    def request_id(self) -> str | None:
        """The store's id for the request."""
        names = ("x-amz-request-id", "x-amzn-requestid", "x-trans-id", "x-openstack-request-id")
        return next((self.headers[name] for name in names if name in self.headers), None)

    def view(self) -> dict[str, Any]:
        """What paths lead into: the result's names, and in small letters all that is not the result."""
        error = {"code": self.code, "message": self.message} if not self.ok else None
        seen = self.body
        body = seen and {"size": seen.size, "sha256": seen.sha256, "md5": seen.md5, "text": seen.text}
        return {"status": self.status, "error": error, "headers": self.headers, "body": body, **self.result}


def plain(value: Any) -> Any:
    """A value of boto3's as JSON has it: times as ISO text in UTC, bytes as base64."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
