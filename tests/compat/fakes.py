"""A fake S3 server of ours, for answers that no server at hand gives: it says what a test wants."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = tuple[int, dict[str, str], bytes]
ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKEFAKE", "AWS_SECRET_ACCESS_KEY": "fake/secret+of=the+test"}


def error(status: int, code: str, message: str = "") -> Answer:
    """An error as S3 tells it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, {"content-type": "application/xml", "x-amz-request-id": "REQUEST1"}, body.encode()


def _buckets(method: str, path: str) -> Answer:
    """What every run needs: buckets are made and removed, and hold nothing."""
    if method == "GET" and path == "/":
        return 200, {}, b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
    if "?" in path:
        return error(501, "NotImplemented")
    return {"PUT": 200, "DELETE": 204}.get(method, 200), {"server": "Fake/1"}, b""


class FakeStore:
    """What a running fake has seen.

    Attributes:
        url: Its address.
        requests: Method, path, headers (names in small letters) and body of every request, in order.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []


@contextmanager
def run_fake(
    script: Callable[[str, str, dict[str, str], bytes], Answer | None], *, is_store: bool = True
) -> Iterator[FakeStore]:
    """Run a fake.

    Args:
        script: Gives the answer to a request, from method, path with query, headers and body; ``None`` leaves it to
            the fake, which lets buckets be made and removed and has no objects.
        is_store: By itself it says what every run asks first: that an object that nobody wrote is not there.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # the client went away
                self.close_connection = True

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if is_store and self.path.endswith("/nobody-wrote-this"):
                answer: Answer | None = error(404, "NoSuchKey")
            else:
                store.requests.append((self.command, self.path, headers, body))
                answer = script(self.command, self.path, headers, body)
            status, more, content = answer if answer is not None else _buckets(self.command, self.path)
            self.send_response_only(status)
            for name, value in more.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", more.get("content-length", str(len(content))))
            self.end_headers()
            if self.command != "HEAD" and status not in {204, 304}:
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815 - as http.server names them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    store = FakeStore(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
