"""Proxies that the environment names, on real servers, with both engines."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from holdall import options as opt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server


@contextmanager
def forward_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy for plain http: its URL, and the requests that came through it."""
    seen: list[str] = []

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            seen.append(f"{self.command} {self.path}")
            url = urlsplit(self.path)
            headers = dict(self.headers.items()) | {"Connection": "close"}
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            upstream = http.client.HTTPConnection(url.netloc, timeout=30)
            upstream.request(self.command, f"{url.path}?{url.query}".rstrip("?"), body, headers)
            answer = upstream.getresponse()
            data = answer.read()
            self.send_response_only(answer.status)
            own = {"content-length", "transfer-encoding", "connection"}
            for name, value in answer.getheaders():
                if name.lower() not in own:
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.headers.get("Content-Length", str(len(data))))
            self.end_headers()
            self.wfile.write(data)
            upstream.close()

        do_GET = do_HEAD = do_PUT = do_DELETE = forward  # noqa: N815 - named by http.server

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("straight", [False, True], ids=["through it", "past it"])
def test_the_environment_names_the_proxy(
    straight: bool,  # noqa: FBT001
    swift_server: S3Server,
    fresh_bucket: Callable[[S3Server], str],
    provider_on: MakeProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Swift checks signatures: what a proxy sees of them and does to a request must leave them valid."""
    bucket = fresh_bucket(swift_server)
    with forward_proxy() as (url, seen):
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "127.0.0.1" if straight else "elsewhere.test")
        provider = provider_on(swift_server, bucket=bucket)
        provider.put("a key", b"data", opt.PUT)
        with provider.get("a key", opt.GET) as got:
            assert got.read() == b"data"
        assert provider.head("a key", opt.HEAD).size == 4
        assert [entry.key for entry in provider.list_page(opt.LIST).entries] == ["a key"]
        provider.delete("a key", opt.DELETE)
        provider.close()
    assert [line.split()[0] for line in seen] == ([] if straight else ["PUT", "GET", "HEAD", "GET", "DELETE"])
    assert all(f" {swift_server.endpoint_url}/{bucket}" in line for line in seen)
