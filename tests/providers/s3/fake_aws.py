"""A fake of Amazon S3 in two regions, behind a fake proxy. No real server that can be had here redirects.

The client speaks to AWS's real host names; the proxy answers `CONNECT` and then plays the host itself, with a
certificate of the test's own authority, so nothing leaves this machine. It knows where each bucket is, and checks only
what the tests are about: which host was asked, and for which region the request was signed.
"""

from __future__ import annotations

import io
import re
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGIONS = ("us-east-1", "eu-central-1")


@dataclass
class FakeAws:
    """What a test needs of it.

    Attributes:
        proxy_url: The proxy to go through.
        ca_bundle: File with the certificate authority to trust.
        buckets: Region by bucket.
        tell_region: Answers to requests for the wrong region name the right one, as AWS's mostly do.
        failures: Status to answer with instead, as long as there are any.
        requests: `(method, host, region of the signature, status)` of each request.
        objects: Body by `bucket/key`.
    """

    proxy_url: str
    ca_bundle: str
    buckets: dict[str, str] = field(default_factory=dict)
    tell_region: bool = True
    failures: list[int] = field(default_factory=list)
    requests: list[tuple[str, str, str | None, int]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def run_fake_aws(folder: Path) -> Iterator[FakeAws]:
    """Run the fake for the length of a `with` block."""
    authority = trustme.CA()
    names = [name for region in REGIONS for name in (f"s3.{region}.amazonaws.com", f"*.s3.{region}.amazonaws.com")]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    bundle = folder / "fake-aws-ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    fake = FakeAws(proxy_url=f"http://127.0.0.1:{server.server_port}", ca_bundle=str(bundle))
    server.fake, server.context = fake, context  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _chunks(stream: Any) -> bytes:
    """Join the chunks of a body, and read its trailers."""
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def _answer(self) -> None:
        fake: FakeAws = self.server.fake
        body = self._body()
        host = self.headers["Host"]
        bucket, region = self._place(host)
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/s3/", self.headers.get("Authorization", ""))
        signed_for = scope[1] if scope else None
        home = fake.buckets.get(bucket)
        headers: dict[str, str] = {}
        code = ""
        if fake.failures:
            status, code = fake.failures.pop(), "InternalError"
        elif home is None:
            status, code = 404, "NoSuchBucket"
        elif home != region:
            status, code = 301, "PermanentRedirect"
            if fake.tell_region:
                headers["x-amz-bucket-region"] = home
        elif signed_for != region:
            status, code = 400, "AuthorizationHeaderMalformed"
        else:
            status = 200
            if self.command == "PUT":
                fake.objects[bucket + self.path.partition("?")[0]] = body
        if home is not None and self.command == "HEAD" and self.path.partition("?")[0] == "/":
            headers["x-amz-bucket-region"] = home  # HeadBucket always tells
        fake.requests.append((self.command, host, signed_for, status))
        answer = b"" if status == 200 else f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            raw = _chunks(self.rfile)
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return _chunks(io.BytesIO(raw)) if "aws-chunked" in self.headers.get("Content-Encoding", "") else raw

    def finish(self) -> None:
        """Close what the TLS socket took over from the server's own."""
        super().finish()
        self.connection.close()

    do_GET = do_HEAD = do_PUT = _answer  # noqa: N815 - names of the standard library

    def _place(self, host: str) -> tuple[str, str]:
        match = re.fullmatch(r"(?:(.+)\.)?s3\.([a-z0-9-]+)\.amazonaws\.com", host)
        assert match is not None, host
        return match[1] or self.path.strip("/").partition("/")[0], match[2]

    def log_message(self, *_: Any) -> None:
        """Say nothing on standard error."""
