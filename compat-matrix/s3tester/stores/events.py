"""A place on loopback where servers send the events of buckets by HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class EventReceiver:
    """Takes what is posted to it; made by `run_receiver`.

    Attributes:
        url: Where to post to.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._records: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, document: bytes) -> None:
        """Keep the records of a message."""
        records = json.loads(document).get("Records", []) if document else []
        with self._lock:
            self._records += records

    def take(self) -> list[dict[str, Any]]:
        """The records that have come since the last call, in the order of their coming."""
        with self._lock:
            taken, self._records = self._records, []
        return taken


@contextmanager
def run_receiver() -> Iterator[EventReceiver]:
    """Receive events for the length of a `with` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.add(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            self._ok()

        def do_HEAD(self) -> None:  # some look first whether anybody is there
            self._ok()

        do_GET = do_HEAD  # noqa: N815 - the name that the library looks for

        def _ok(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = EventReceiver(f"http://127.0.0.1:{server.server_port}/events")
        thread = threading.Thread(target=server.serve_forever, name="event-receiver", daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
