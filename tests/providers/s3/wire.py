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

from holdall_s3.direct.proxied import UrllibAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3 import S3Client

    from holdall_s3.direct.transport import Origin


class Sent:
    """One request, taken apart."""

    def __init__(self, method: str, url: str, headers: Mapping[str, Any], body: Any) -> None:
        parts = urlsplit(url)
        self.method = method
        self.host = parts.netloc
        self.path = unquote(parts.path)
        self.raw_path = parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): _text(value) for name, value in headers.items()}
        if hasattr(body, "read"):
            body = body.read()
        self.body: bytes = body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class Wire:
    """Keeps every request of a client, and answers it. It is also a transport for requests of our own.

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
        self.sent.append(Sent(request.method, request.url, dict(request.headers.items()), request.body))
        status, headers, raw = self._raw(request.method)
        return AWSResponse(request.url, status, HTTPHeaders.from_pairs(list(headers.items())), raw)

    def send(self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: Any) -> UrllibAnswer:
        self.sent.append(Sent(method, f"{origin.scheme}://{headers['host']}{target}", headers, body))
        return UrllibAnswer(self._raw(method)[2], deadline=60)

    def close(self) -> None:
        """There are no connections."""

    def _raw(self, method: str) -> tuple[int, dict[str, str], urllib3.HTTPResponse]:
        status, given, body = self._answer
        if method == "HEAD":
            body = b""
        headers = {"content-length": str(len(body)), **given}
        raw = urllib3.HTTPResponse(
            io.BytesIO(body),
            headers=headers,
            status=status,
            request_method=method,
            preload_content=False,
            decode_content=False,
        )
        return status, headers, raw
