"""A recorded wire: what requests look like, and what becomes of answers that no server here gives.

It shows the shape of requests and answers and nothing about how stores behave; that is for the tests on real servers.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import urllib3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3 import S3Client


class Sent:
    """One request, taken apart."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        parts = urlsplit(request.url)
        self.method: str = request.method
        self.host = parts.netloc
        self.path = unquote(parts.path)
        self.raw_path = parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body: Any = request.body
        if hasattr(body, "read"):
            body = body.read()
        self.body: bytes = body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class Wire:
    """Keeps every request of a client, and answers it.

    Attributes:
        sent: The requests, the latest last.
    """

    def __init__(self, client: S3Client) -> None:
        self.sent: list[Sent] = []
        self._answer: tuple[int, Mapping[str, str], bytes] = (200, {}, b"")
        client.meta.events.register("before-send.s3", self._send)  # type: ignore[arg-type]

    def reset(self) -> None:
        """Forgets what was sent, and answers 200 and nothing else."""
        self.sent.clear()
        self.answer()

    @property
    def last(self) -> Sent:
        """The latest request."""
        return self.sent[-1]

    def answer(self, status: int = 200, headers: Mapping[str, str] | None = None, body: str | bytes = b"") -> None:
        """Says what to answer from now on."""
        self._answer = (status, headers or {}, body.encode() if isinstance(body, str) else body)

    def refuse(self, status: int, code: str, message: str = "said no", extra: str = "", **headers: str) -> None:
        """Answers S3's XML of an error."""
        body = f"<Error><Code>{code}</Code><Message>{message}</Message>{extra}</Error>"
        self.answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.sent.append(Sent(request))
        status, headers, body = self._answer
        if request.method == "HEAD":
            body = b""
        raw = urllib3.HTTPResponse(
            io.BytesIO(body),
            headers=dict(headers),
            status=status,
            request_method=request.method,
            preload_content=False,
            decode_content=False,
        )
        given = HTTPHeaders.from_pairs(list({"content-length": str(len(body)), **headers}.items()))
        return AWSResponse(request.url, status, given, raw)
