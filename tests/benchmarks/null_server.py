"""The null store in Python, for machines without a C compiler: the same arguments, the same answers, much slower.

What it takes is not the client's CPU, but on few cores it is the client's time, and a slow server makes a client wait
where a quick one would keep it busy. Figures taken with it are not comparable with others.
"""

from __future__ import annotations

import re
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks import content

FOLDER = re.compile(r"(?:.*/)?(\d+)x(\d+)/")
BLOCK = 1024 * 1024
PAGE = 1000
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

written: dict[str, int] = {}
"""Sizes of what was written, by path; also those of unfinished uploads, with `?` behind the path."""


def size_of(path: str) -> int | None:
    """The size of an object, if there is one."""
    if path in written:
        return written[path]
    folder, _, name = path.rpartition("/")
    found = FOLDER.fullmatch(f"{folder}/")
    number = re.fullmatch(r"part-(\d{7})\.bin", name)
    if found and number and int(number[1]) < int(found[1]):
        return int(found[2])
    return None


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of a small answer go out together
    pattern = Path()
    checksums: dict[int, tuple[str, str]] = {}  # noqa: RUF012 - set once, before the server runs

    def handle_one(self) -> None:
        """Reads the body and answers."""
        size = self._drop_body()
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        of_bucket = not url.path.strip("/").partition("/")[2]
        if "uploads" in query or "uploadId" in query:
            self._upload(url.path, query, size)
        elif of_bucket and "list-type" in query:
            self._page(query)
        elif of_bucket and "location" in query:
            self._xml(200, f"<LocationConstraint {SPACE}/>")
        elif of_bucket and self.command in {"HEAD", "PUT"}:
            self._empty(200)
        elif self.command == "PUT":
            written[url.path] = size
            self._empty(200, size)
        elif self.command == "DELETE":
            written.pop(url.path, None)
            self._empty(204)
        elif (there := size_of(url.path)) is None:
            self._xml(404, "<Error><Code>NoSuchKey</Code><Message>No such key</Message></Error>")
        else:
            self._object(there)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one  # noqa: N815 - the names that http.server looks for

    def handle_expect_100(self) -> bool:
        """Lets the body come: at once, since clients wait for it."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""

    def _drop_body(self) -> int:
        """Reads a body away; returns the object's size."""
        left, counted = int(self.headers.get("Content-Length", 0)), 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
                counted += size
            while self.rfile.readline().strip():  # trailers
                pass
        counted += left
        while left:
            left -= len(self.rfile.read(min(left, BLOCK)))
        return int(self.headers.get("x-amz-decoded-content-length", counted))

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("x-amz-request-id", "656C76696E672773")
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _empty(self, status: int, size: int | None = None) -> None:
        headers = {} if size is None else {"ETag": f'"null-{size}"'}
        headers |= {
            name: value
            for name, value in self.headers.items()
            if name.lower().startswith(("x-amz-checksum-crc", "x-amz-checksum-sha"))
        }
        self._head(status, 0, headers)

    def _xml(self, status: int, text: str) -> None:
        body = (XML + text).encode()
        self._head(status, len(body), {"Content-Type": "application/xml"})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _object(self, size: int) -> None:
        start, stop, status = 0, size, 200
        headers = {"ETag": f'"null-{size}"', "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT", "Accept-Ranges": "bytes"}
        if wanted := re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")):
            status = 206
            start = int(wanted[1]) if wanted[1] else max(0, size - int(wanted[2]))
            stop = min(size, int(wanted[2]) + 1) if wanted[1] and wanted[2] else size
            if start >= size:
                self._xml(416, "<Error><Code>InvalidRange</Code><Message>Not satisfiable</Message></Error>")
                return
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        elif size in self.checksums and self.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            name, value = self.checksums[size]
            headers |= {name: value, "x-amz-checksum-type": "FULL_OBJECT"}
        self._head(status, stop - start, headers)
        if self.command == "HEAD":
            return
        for at in range(start, stop, BLOCK):
            self.wfile.write(content.piece(self.pattern, at, min(at + BLOCK, stop)))

    def _page(self, query: dict[str, str]) -> None:
        prefix, start = query.get("prefix", ""), 0
        found = FOLDER.fullmatch(prefix)
        count, size = (int(found[1]), found[2]) if found else (0, "0")
        if "continuation-token" in query:
            start = int(query["continuation-token"])
        elif after := re.fullmatch(re.escape(prefix) + r"part-(\d+).*", query.get("start-after", "")):
            start = int(after[1]) + 1
        stop = max(start, min(count, start + min(PAGE, int(query.get("max-keys", PAGE)))))
        token = f"<NextContinuationToken>{stop}</NextContinuationToken>" if stop < count else ""
        entries = "".join(
            f"<Contents><Key>{prefix}{content.name(number)}</Key><LastModified>2026-01-02T03:{number // 60 % 60:02}:"
            f"{number % 60:02}.000Z</LastModified><ETag>&quot;null-{size}&quot;</ETag><Size>{size}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for number in range(start, stop)
        )
        encoding = "<EncodingType>url</EncodingType>" if "encoding-type" in query else ""
        self._xml(
            200,
            f"<ListBucketResult {SPACE}><Name>bucket</Name><Prefix>{prefix}</Prefix><KeyCount>{stop - start}</KeyCount>"
            f"<MaxKeys>{PAGE}</MaxKeys><IsTruncated>{str(bool(token)).lower()}</IsTruncated>{encoding}{token}{entries}"
            "</ListBucketResult>",
        )

    def _upload(self, path: str, query: dict[str, str], size: int) -> None:
        unfinished = f"{path}?"
        if "uploads" in query:
            written[unfinished] = 0
            text = f"<Bucket>bucket</Bucket><Key>{path}</Key><UploadId>null-upload</UploadId>"
            self._xml(200, f"<InitiateMultipartUploadResult {SPACE}>{text}</InitiateMultipartUploadResult>")
        elif self.command == "PUT":
            with _lock:
                written[unfinished] = written.get(unfinished, 0) + size
            self._empty(200, size)
        elif self.command == "POST" and unfinished in written:
            written[path] = written.pop(unfinished)
            text = f"<Bucket>bucket</Bucket><Key>{path}</Key><ETag>&quot;null-{written[path]}&quot;</ETag>"
            self._xml(200, f"<CompleteMultipartUploadResult {SPACE}>{text}</CompleteMultipartUploadResult>")
        else:
            self._empty(204)


_lock = threading.Lock()


def serve(pattern: Path, rest: list[str], output: IO[str]) -> ThreadingHTTPServer:
    """Starts a server in a thread, and prints its port.

    Args:
        pattern: The pattern's file.
        rest: Perhaps files with a certificate and its key; then checksums, as `<size>=<header>:<value>`.
        output: Where the port is printed.
    """
    files = [each for each in rest if "=" not in each]
    Handler.pattern = pattern
    for each in rest[len(files) :]:
        size, _, header = each.partition("=")
        name, _, value = header.partition(":")
        Handler.checksums[int(size)] = (name, value.strip())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    output.write(f"{server.server_port}\n")
    output.flush()
    return server


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2:], sys.stdout)
    sys.stdin.read()
