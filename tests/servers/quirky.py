"""Quirks of stores that nobody can run here: moto's server behind a thin layer that has one of them.

    with run_quirky(moto_server, BARE_ETAGS) as server:
        ...  # a client that has server.endpoint_url for its endpoint

**This is no evidence of what any store does.** Each quirk repeats what its ``source`` says of a store, and no more; a
test on it shows that we meet just that. moto is behind it because it looks at no signature, so that requests may be
changed on their way.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.header import Header, decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from s3tester.stores.server import S3Server

_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"})
_LENGTH = "x-test-length"  # of what a GET would have answered
_NO_CONTENT = 204


@dataclass
class Request:
    """A request as a quirk sees it, and may change it.

    Attributes:
        method: HTTP method.
        path: As it came, encoded.
        query: Decoded.
        headers: Names in lower case.
        body: All of it.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """An answer as a quirk sees it, and may change it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Refused(Exception):
    """The store says no."""

    def __init__(self, status: int, code: str, message: str = "made by a test") -> None:
        super().__init__(code)
        text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>F00D</RequestId></Error>"
        self.answer = Answer(status, {"content-type": "application/xml"}, text.encode())


def _as_it_is(_request: Request) -> None:
    """Changes nothing."""


def _as_it_was(_request: Request, _answer: Answer) -> None:
    """Changes nothing."""


@dataclass(frozen=True)
class Quirk:
    """What a store does in another way.

    Attributes:
        source: Who says so.
        asked: Looks at a request before moto gets it, changes it, or raises ``Refused``.
        answered: Looks at what moto answered, and changes it.
    """

    source: str
    asked: Callable[[Request], None] = _as_it_is
    answered: Callable[[Request, Answer], None] = _as_it_was


# --- checksums, chunks, signatures -----------------------------------------------------------------------------------


def _no_chunks(request: Request) -> None:
    if "aws-chunked" in request.headers.get("content-encoding", ""):
        raise Refused(400, "InvalidArgument", "aws-chunked encoding is not supported")


NO_CHUNKS = Quirk("Alibaba OSS: https://github.com/iflytek/skillhub/pull/376", _no_chunks)


def _no_checksums(request: Request) -> None:
    if "x-amz-sdk-checksum-algorithm" in request.headers:
        raise Refused(
            400, "InvalidArgument", "Unsupported header 'x-amz-sdk-checksum-algorithm' received for this API call."
        )


NO_CHECKSUMS = Quirk("Backblaze B2 in 2025: https://github.com/jschneier/django-storages/issues/1498", _no_checksums)


def _signed_only(request: Request) -> None:
    if request.headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD" and request.method in {"PUT", "POST"}:
        raise Refused(403, "SignatureDoesNotMatch", "the payload has to be signed")


SIGNED_ONLY = Quirk("Tigris: benbjohnson/litestream@63225f1 replica_url.go (requires signed payloads)", _signed_only)


def signed_for(region: str) -> Quirk:
    """A store that takes signatures for one region only."""

    def check(request: Request) -> None:
        scope = re.search(r"Credential=[^/]+/\d+/([^/]*)/", request.headers.get("authorization", ""))
        if scope is None or scope[1] != region:
            raise Refused(403, "SignatureDoesNotMatch")

    return Quirk(
        "Oracle OCI, which signs for its own region ids: apache/opendal@68a76e499 compatible_services.md", check
    )


# --- addressing -------------------------------------------------------------------------------------------------------


def _virtual_only(request: Request) -> None:
    name, _, rest = request.headers["host"].partition(".")
    if not rest.startswith("s3.localhost"):
        raise Refused(403, "SecondLevelDomainForbidden", "Please use virtual hosted style to access.")
    request.path = f"/{name}{request.path}"


VIRTUAL_ONLY = Quirk("Alibaba OSS: apache/opendal@68a76e499 compatible_services.md", _virtual_only)


# --- batch deletes ----------------------------------------------------------------------------------------------------


def _is_batch(request: Request) -> bool:
    return request.method == "POST" and "delete" in request.query


def _batch_wants_md5(request: Request) -> None:
    if _is_batch(request) and "content-md5" not in request.headers:
        raise Refused(400, "MissingContentMD5", "Missing required header for this request: Content-Md5.")


BATCH_WITH_MD5 = Quirk(
    "stores from before 2025: https://github.com/aws/aws-sdk-js-v3/issues/6819 (MissingContentMD5)", _batch_wants_md5
)


def _batch_wants_better(request: Request) -> None:
    good = {"content-md5", "x-amz-checksum-sha256", "x-amz-checksum-crc32c"}
    if _is_batch(request) and not good & set(request.headers):
        raise Refused(400, "MissingContentMD5", "Content-MD5 or x-amz-checksum-sha256 is wanted")


BATCH_WITHOUT_CRC32 = Quirk(
    "Oracle OCI since 17 July 2026: its release note on DeleteObjects and checksums", _batch_wants_better
)


def _no_batch(request: Request) -> None:
    if _is_batch(request):
        raise Refused(400, "NotImplemented", "POST ?delete is not implemented for objects")


NO_BATCH = Quirk("Google Cloud Storage: https://github.com/supabase/storage/issues/898 (March 2026)", _no_batch)


# --- listings ---------------------------------------------------------------------------------------------------------


def _knows_list_v1(request: Request) -> None:
    for name in ("list-type", "continuation-token", "start-after", "fetch-owner"):
        request.query.pop(name, None)


LIST_V1_ONLY = Quirk("old Ceph: thanos-io/objstore@4e5fd42 README.md (ListObjectsV2 missing)", _knows_list_v1)


def _without_marker(_request: Request, answer: Answer) -> None:
    answer.body = re.sub(rb"<NextMarker>.*?</NextMarker>", b"", answer.body)


LIST_V1_WITHOUT_MARKER = replace(
    LIST_V1_ONLY,
    source="API reference, ListObjects: NextMarker comes with a delimiter only",
    answered=_without_marker,
)


def _forgets_to_encode(request: Request) -> None:
    if request.query.pop("encoding-type", None) is not None:
        request.headers["x-test-encoding"] = "said"


def _says_that_it_encoded(request: Request, answer: Answer) -> None:
    if "x-test-encoding" in request.headers:
        answer.body = answer.body.replace(b"<IsTruncated>", b"<EncodingType>url</EncodingType><IsTruncated>")


UNTRUE_ENCODING = Quirk(
    "DigitalOcean, Ceph and 17 more: rclone@64ab1ac32 backend/s3/provider/*.yaml (list_url_encode: false); that a "
    "store says so and does not do it is the worst that this can mean",
    _forgets_to_encode,
    _says_that_it_encoded,
)


def _heeds_no_prefix(request: Request) -> None:
    request.query.pop("prefix", None)


NO_PREFIX = Quirk("a fake: no server at hand is like that, and what follows from it is lost data", _heeds_no_prefix)


# --- parts ------------------------------------------------------------------------------------------------------------


class _Sizes:
    """Sizes of the parts of uploads, by upload and number."""

    def __init__(self) -> None:
        self._sizes: dict[str, dict[int, int]] = defaultdict(dict)

    def note(self, request: Request) -> None:
        """Notes the size of a part, if the request is one."""
        if request.method == "PUT" and "partNumber" in request.query:
            self._sizes[request.query["uploadId"]][int(request.query["partNumber"])] = len(request.body)

    def of_completion(self, request: Request) -> list[int]:
        """Sizes of an upload's parts in order, if the request completes it; else none."""
        if request.method != "POST" or "uploadId" not in request.query:
            return []
        return [size for _, size in sorted(self._sizes[request.query["uploadId"]].items())]


def equal_parts() -> Quirk:
    """A store whose parts have one size, but for the last."""
    sizes = _Sizes()

    def check(request: Request) -> None:
        sizes.note(request)
        found = sizes.of_completion(request)
        if len({*found[:-1]}) > 1 or (len(found) > 1 and found[-1] > found[0]):
            raise Refused(400, "InvalidPart", "All non-trailing parts must have the same length.")

    return Quirk("Cloudflare R2: apache/opendal@68a76e499 compatible_services.md", check)


def most_parts(count: int) -> Quirk:
    """A store that takes few parts; Scaleway's 1,000 are scaled down, so that a test needs little memory."""

    def check(request: Request) -> None:
        if int(request.query.get("partNumber", "0")) > count:
            raise Refused(400, "InvalidArgument", f"Part number must be an integer between 1 and {count}")

    return Quirk("Scaleway: rclone/rclone@64ab1ac32 backend/s3/provider/Scaleway.yaml (1,000 parts)", check)


def least_part(size: int) -> Quirk:
    """A store that wants large parts; Storj's 64 MiB are scaled down."""
    sizes = _Sizes()

    def check(request: Request) -> None:
        sizes.note(request)
        if any(each < size for each in sizes.of_completion(request)[:-1]):
            raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")

    return Quirk("Storj: rclone/rclone@64ab1ac32 backend/s3/provider/Storj.yaml (parts of 64 MiB)", check)


# --- conditions -------------------------------------------------------------------------------------------------------


def _own_header(request: Request) -> None:
    request.headers.pop("if-none-match", None)
    if request.headers.get("x-oss-forbid-overwrite") == "true":
        request.headers["if-none-match"] = "*"


def _own_error(request: Request, answer: Answer) -> None:
    if answer.status == 412 and "x-oss-forbid-overwrite" in request.headers:
        refused = Refused(
            409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten"
        )
        answer.status, answer.body = refused.answer.status, refused.answer.body


FORBID_OVERWRITE = Quirk(
    "Alibaba OSS: https://help.aliyun.com/en/oss/developer-reference/prevent-objects-from-being-overwritten-by-objects",
    _own_header,
    _own_error,
)


def _only_at_completion(request: Request) -> None:
    if request.method == "PUT":
        request.headers.pop("if-none-match", None)


CONDITION_AT_COMPLETION = Quirk(
    "no store by name: arrow-rs-object-store has this way of creating for those that have no other", _only_at_completion
)


def _takes_bare_etags(request: Request) -> None:
    etag = request.headers.get("if-match")
    if etag is None or request.method not in {"PUT", "POST", "DELETE"}:
        return
    if etag.startswith('"'):
        raise Refused(412, "PreconditionFailed")
    request.headers["if-match"] = f'"{etag}"'


BARE_ETAGS = Quirk("Ceph RGW 16.2.15, measured: the right ETag in quotes answers 412", _takes_bare_etags)


def copies_without_checksum() -> Quirk:
    """A store that takes no copied part for an upload that was begun with a checksum's algorithm."""
    announced = False

    def check(request: Request) -> None:
        nonlocal announced
        if request.method == "POST" and "uploads" in request.query:
            announced = "x-amz-checksum-algorithm" in request.headers
        if announced and "uploadId" in request.query and "x-amz-copy-source" in request.headers:
            raise Refused(400, "InvalidArgument", 'Invalid arguments provided: checksum missing, want "CRC32", got ""')

    return Quirk("MinIO: measured on minio/minio@7aac2a2c5", check)


def _tells_no_etag(request: Request, answer: Answer) -> None:
    if request.method == "POST" and "uploadId" in request.query:
        answer.body = re.sub(rb"<ETag>.*?</ETag>", b"<ETag></ETag>", answer.body)


NO_ETAG_AT_COMPLETION = Quirk("Ceph RGW 16.2.15, measured: an empty ETag in the answer", answered=_tells_no_etag)


# --- metadata ---------------------------------------------------------------------------------------------------------


def _encodes_again(_request: Request, answer: Answer) -> None:
    """Words are decoded when they come, and made again in the other form when they go."""
    for name, value in answer.headers.items():
        if name.lower().startswith("x-amz-meta-") and "=?" in value:
            text = str(make_header(decode_header(value)))
            answer.headers[name] = Header(text, "iso-8859-15", maxlinelen=10_000).encode()


OWN_WORDS = Quirk(
    "Cloudflare R2, which decodes on write and encodes on read: https://developers.cloudflare.com/r2/api/s3/extensions/",
    answered=_encodes_again,
)


# --- the server -------------------------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, moto: S3Server, quirk: Quirk, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.quirk, self.tls = moto, quirk, tls
        self.pool = urllib3.PoolManager(retries=False)
        self.requests: list[Request] = []

    def exchange(self, request: Request) -> Answer:
        """The answer of moto, or of the quirk."""
        self.requests.append(replace(request, headers=dict(request.headers), query=dict(request.query)))
        try:
            self.quirk.asked(request)
            answer = self._forward(request)
            self.quirk.answered(request, answer)
        except Refused as refused:
            return refused.answer
        return answer

    def _forward(self, request: Request) -> Answer:
        query = urlencode(request.query)
        url = f"{self.upstream.endpoint_url}{request.path}{'?' if query else ''}{query}"
        headers = {name: value for name, value in request.headers.items() if name not in {*_HOP_BY_HOP, "host"}}
        told = self.pool.request(
            request.method, url, body=request.body, headers=headers, redirect=False, decode_content=False
        )
        kept = {name: value for name, value in told.headers.items() if name.lower() not in _HOP_BY_HOP}
        if request.method == "HEAD":
            kept[_LENGTH] = told.headers.get("content-length", "0")
        return Answer(told.status, kept, told.data)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _exchange(self) -> None:
        answer = self.server.exchange(self._read())
        self.send_response(answer.status)
        length = answer.headers.pop(_LENGTH, str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != _NO_CONTENT:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _exchange  # noqa: N815 - the names that the base looks for

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "100-continue" in headers.pop("expect", ""):
            self.send_response_only(100)
            self.end_headers()
        if "chunked" in headers.pop("transfer-encoding", ""):
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(headers.get("content-length", 0)))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, body)

    def _chunk(self) -> bytes:
        data = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return data

    def log_message(self, *_: Any) -> None:
        """Say nothing on standard error."""


@dataclass(frozen=True)
class Quirky:
    """The store; made by ``run_quirky``.

    Attributes:
        server: How clients reach it.
        requests: What came so far.
    """

    server: S3Server
    requests: list[Request]


@contextmanager
def run_quirky(moto: S3Server, quirk: Quirk, tls: ssl.SSLContext | None = None) -> Iterator[Quirky]:
    """Runs a store with a quirk for the length of a ``with`` block.

    Args:
        moto: moto's server.
        quirk: The quirk.
        tls: Serve https; the certificate is for ``localhost``.
    """
    running = _Server(moto, quirk, tls)
    scheme, host = ("http", "127.0.0.1") if tls is None else ("https", "localhost")
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        place = replace(moto, endpoint_url=f"{scheme}://{host}:{running.server_port}", notes=quirk.source)
        yield Quirky(place, running.requests)
    finally:
        running.shutdown()
        running.server_close()
        running.pool.clear()
        thread.join()
