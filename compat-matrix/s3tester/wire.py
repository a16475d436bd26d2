"""``Wire``: HTTP requests that say exactly what a scenario wants, signed, unsigned, or wrong on purpose."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import urllib3
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from holdall_s3.direct import tls
from holdall_s3.direct.signer import (
    EMPTY_PAYLOAD,
    UNSIGNED_PAYLOAD,
    UNSIGNED_TRAILER,
    AwsSigner,
    canonical_query,
    timestamp,
)
from s3tester import chunked
from s3tester.answers import Answer, SeenBody, read_body
from s3tester.bodies import BodySource, digest
from s3tester.target import CONNECT_SECONDS, READ_SECONDS
from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from s3tester.scenario import Signing
    from s3tester.target import Keys, Target

_IN_CHUNKS = {"chunked", "chunked-trailer", "unsigned-trailer"}
_STAND_INS = {
    "chunked": chunked.SIGNED,
    "chunked-trailer": chunked.SIGNED_TRAILER,
    "unsigned-trailer": UNSIGNED_TRAILER,
    "unsigned-payload": UNSIGNED_PAYLOAD,
}
"""What stands for a body in its signature; else its SHA-256 does."""
_CHUNK = 1 << 20
_FIRST_ERROR = 300
_LONGEST_XML = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose variables have been replaced; see ``scenario.HttpRequest`` for what each part means.

    Attributes:
        path: The path as it is sent, encoded.
        url: A whole URL instead; then it is sent as it is.
        headers: Headers to sign, names in small letters; those of ``unsigned_headers`` and ``trailer`` are, too.
        chunk_size: Bytes.
    """

    method: str
    path: str
    url: str | None
    query: dict[str, str]
    headers: dict[str, str]
    unsigned_headers: dict[str, str]
    body: BodySource | None
    sign: Signing
    payload: str | None
    trailer: dict[str, str]
    chunk_size: int
    expires: int
    skew: int
    region: str | None
    host: str | None


class Wire:
    """Sends requests of our own; safe to share between threads.

    Args:
        target: The store.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._signer = AwsSigner()
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str, int], urllib3.HTTPConnectionPool] = {}
        self._endpoint = target.endpoint_url or f"https://s3.{target.region}.amazonaws.com"

    def send(self, request: Request, keys: Keys | None, going_on: Callable[[], None]) -> Answer:
        """Sends a request and reads its answer to the end. Nothing is tried again, and no redirect is followed.

        Args:
            request: The request.
            keys: Who signs; ``None`` leaves it unsigned.
            going_on: Called now and then; raises to stop.

        Raises:
            Ended: There was no answer.
        """
        url = urlsplit(request.url or self._endpoint)
        headers = {"host": request.host or url.netloc.rpartition("@")[2], **request.headers}
        body: Iterable[bytes] | None
        if request.url is not None:
            target, payload = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}", request.body
            body = None if payload is None else payload.chunks()
            length = None if payload is None else payload.size
        else:
            target, body, length = self._signed(request, headers, keys)
        if length is not None:
            headers["content-length"] = str(length)
        elif request.method in {"PUT", "POST"}:
            headers["content-length"] = "0"
        headers |= request.unsigned_headers
        what = f"{request.method} {'a URL' if request.url else target.partition('?')[0]}"
        return self._exchange(
            what, (url.scheme, url.hostname or "", url.port), request.method, target, headers, body, going_on
        )

    def close(self) -> None:
        """Closes all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _signed(
        self, request: Request, headers: dict[str, str], keys: Keys | None
    ) -> tuple[str, Iterable[bytes] | None, int | None]:
        """Signs a request: its headers grow.

        Returns:
            The request's target, its body, and the body's bytes.
        """
        source, sign, path = request.body, request.sign, request.path
        query = canonical_query(request.query.items())
        region, at = request.region or self._target.region, timestamp(time.time() + request.skew)
        plain = (None, None) if source is None else (source.chunks(), source.size)
        if sign == "query" and keys is not None:
            full = self._signer.presign(
                request.method, path, request.query.items(), headers, keys=keys, region=region, at=at,
                expires_in=request.expires,
            )  # fmt: skip
            return f"{path}?{full}", *plain
        target = f"{path}{f'?{query}' if query else ''}"
        if keys is None or sign == "none":
            return target, *plain
        payload = request.payload or _STAND_INS.get(sign)
        if payload is None:
            payload = EMPTY_PAYLOAD if source is None else digest(source, "sha256").hex()
        in_chunks = source if sign in _IN_CHUNKS else None
        if in_chunks is not None:
            headers.setdefault("content-encoding", "aws-chunked")
            headers.setdefault("x-amz-decoded-content-length", str(in_chunks.size))
            if request.trailer:
                headers.setdefault("x-amz-trailer", ",".join(request.trailer))
        self._signer.sign(request.method, path, query, headers, payload, keys=keys, region=region, at=at)
        signature = headers["authorization"].rpartition("=")[2]
        if sign == "broken-signature":
            headers["authorization"] = headers["authorization"][:-1] + ("0" if signature[-1] != "0" else "1")
        if in_chunks is None:
            return target, *plain
        signer = None if sign == "unsigned-trailer" else chunked.ChunkSigner(keys, region, at, signature)
        size, trailer = request.chunk_size, request.trailer
        length = chunked.encoded_length(in_chunks, size, trailer, signed=signer is not None)
        return target, chunked.encode(in_chunks, size, trailer, signer), length

    def _exchange(
        self,
        what: str,
        place: tuple[str, str, int | None],
        method: str,
        target: str,
        headers: dict[str, str],
        body: Iterable[bytes] | None,
        going_on: Callable[[], None],
    ) -> Answer:
        try:
            response = self._pool(*place).urlopen(
                method, target, body=body, headers=_bytes_of(headers), retries=False, redirect=False,
                preload_content=False, decode_content=False, assert_same_host=False,
            )  # fmt: skip
            try:
                seen = read_body(_chunks(response, going_on))
            finally:
                response.release_conn()
        except (HTTPError, OSError) as error:
            raise Ended(Verdict.ERROR, f"{what}: {type(error).__name__}: {error}") from error
        names = {name.lower(): _utf8(value) for name, value in response.headers.items()}
        return _answer(what, method, response.status, names, seen)

    def _pool(self, scheme: str, host: str, port: int | None) -> urllib3.HTTPConnectionPool:
        place = (scheme, host, port or (443 if scheme == "https" else 80))
        with self._lock:
            if place not in self._pools:
                options: dict[str, Any] = {
                    "maxsize": 64, "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                }  # fmt: skip
                if scheme == "https":
                    options["ssl_context"] = tls.context(_verify(self._target))
                if (proxy := self._proxy(scheme, host)) is not None:
                    manager = urllib3.ProxyManager(proxy, **options)
                    self._pools[place] = manager.connection_from_host(host, place[2], scheme)
                elif scheme == "https":
                    self._pools[place] = urllib3.HTTPSConnectionPool(host, place[2], **options)
                else:
                    self._pools[place] = urllib3.HTTPConnectionPool(host, place[2], **options)
            return self._pools[place]

    def _proxy(self, scheme: str, host: str) -> str | None:
        """The proxy on the way to a host, as boto3 chooses it."""
        proxies = self._target.proxies
        found: dict[str, str] = dict(get_environ_proxies(f"{scheme}://{host}") if proxies is None else proxies)
        return found.get(scheme)


def _verify(target: Target) -> bool | str:
    """Which certificates to trust, as boto3 finds them."""
    if target.verify is not None:
        return target.verify
    return os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True


def _bytes_of(headers: dict[str, str]) -> dict[str, str]:
    """Headers whose UTF-8 Python's HTTP client sends: it takes each letter for a byte."""
    return {name: value.encode().decode("latin-1") for name, value in headers.items()}


def _utf8(value: str) -> str:
    """A header that Python's HTTP client read, with a letter for each byte."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _chunks(response: urllib3.BaseHTTPResponse, going_on: Callable[[], None]) -> Iterator[bytes]:
    for chunk in response.stream(_CHUNK):
        going_on()
        yield chunk


def _answer(what: str, method: str, status: int, headers: dict[str, str], seen: SeenBody) -> Answer:
    root = None
    if seen.start and seen.size <= _LONGEST_XML and seen.start.lstrip()[:1] == b"<":
        with suppress(ET.ParseError):
            root = ET.fromstring(seen.start)  # noqa: S314 - of the store under test; kept to 64 KiB
    result = _element(root) if root is not None else {}
    told = result if isinstance(result, dict) else {}
    is_error = status >= _FIRST_ERROR or (root is not None and _name(root) == "Error")
    return Answer(
        what=what,
        status=status,
        code=told.get("Code") if is_error else None,
        message=(told.get("Message") or "") if is_error else "",
        result=told,
        headers=headers,
        body=seen,
        bodiless=method == "HEAD" or status == 304,  # noqa: PLR2004 - not modified
    )


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _element(element: ET.Element) -> Any:
    """An element of XML as plain values: text, or children by name, those of one name as a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name, value = _name(child), _element(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
