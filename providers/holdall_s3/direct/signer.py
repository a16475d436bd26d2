"""``AwsSigner``: Signature Version 4 for S3, in headers and in query strings.

Rules: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)". S3's variant differs from other
services': the path is signed as it is sent, encoded once and never normalised.

Everything here is a pure function of a request, credentials and a time; all names and values of query strings are
encoded by ``canonical_query``, so that what is signed and what is sent are one string.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
"""Stands for a body that the signature does not cover; TLS and a checksum protect it."""

UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
"""Stands for such a body in chunks, with a checksum behind it."""

EMPTY_PAYLOAD = sha256(b"").hexdigest()
"""SHA-256 of no body."""

_ALGORITHM = "AWS4-HMAC-SHA256"
_MOST_KEYS = 64  # signing keys that are remembered: one per day, region and secret


class Keys(Protocol):
    """Credentials at one moment, as botocore's ``get_frozen_credentials`` gives them."""

    @property
    def access_key(self) -> str | None:
        """The access key id."""
        ...

    @property
    def secret_key(self) -> str | None:
        """The secret."""
        ...

    @property
    def token(self) -> str | None:
        """Token of temporary credentials."""
        ...


class AwsSigner:
    """Signs requests. It remembers the keys that it derived, one per day and region; safe to share between threads.

    Args:
        service: Name of the service in the signature's scope.
    """

    def __init__(self, service: str = "s3") -> None:
        self._service = service
        self._keys: dict[tuple[str, str, str], bytes] = {}

    def sign(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        payload: str,
        *,
        keys: Keys,
        region: str,
        at: str,
    ) -> None:
        """Signs a request by adding to its headers: ``x-amz-date``, the payload's hash, the token, the signature.

        Args:
            method: HTTP method.
            path: Path as it is sent, encoded.
            query: Query as it is sent, from ``canonical_query``.
            headers: All headers to sign, names in lower case, with ``host``. What is added later is not signed.
            payload: SHA-256 of the body in hexadecimal digits, or one of the constants above.
            keys: Who signs.
            region: Region of the endpoint.
            at: Time from ``timestamp``.
        """
        headers["x-amz-content-sha256"] = payload
        headers["x-amz-date"] = at
        if keys.token:
            headers["x-amz-security-token"] = keys.token
        names, lines = _canonical_headers(headers)
        scope = f"{at[:8]}/{region}/{self._service}/aws4_request"
        signature = self._signature(f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}", keys, region, at, scope)
        headers["authorization"] = (
            f"{_ALGORITHM} Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )

    def presign(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]],
        headers: Mapping[str, str],
        *,
        keys: Keys,
        region: str,
        at: str,
        expires_in: int,
    ) -> str:
        """The query string of a request that is signed there; its body is not covered.

        Args:
            method: HTTP method.
            path: Path as it is sent, encoded.
            query: The query's own names and values, not encoded.
            headers: Headers that the request must have, names in lower case, with ``host``.
            keys: Who signs.
            region: Region of the endpoint.
            at: Time from ``timestamp``.
            expires_in: Life in seconds.
        """
        names, lines = _canonical_headers(headers)
        scope = f"{at[:8]}/{region}/{self._service}/aws4_request"
        signed = [
            *query,
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", f"{keys.access_key}/{scope}"),
            ("X-Amz-Date", at),
            ("X-Amz-Expires", str(expires_in)),
            ("X-Amz-SignedHeaders", names),
        ]
        if keys.token:
            signed.append(("X-Amz-Security-Token", keys.token))
        full = canonical_query(signed)
        request = f"{method}\n{path}\n{full}\n{lines}\n{names}\n{UNSIGNED_PAYLOAD}"
        return f"{full}&X-Amz-Signature={self._signature(request, keys, region, at, scope)}"

    def _signature(self, request: str, keys: Keys, region: str, at: str, scope: str) -> str:
        text = f"{_ALGORITHM}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        return hmac.digest(self._key(keys.secret_key or "", at[:8], region), text.encode(), "sha256").hex()

    def _key(self, secret: str, day: str, region: str) -> bytes:
        known = self._keys.get((secret, day, region))
        if known is not None:
            return known
        key = f"AWS4{secret}".encode()
        for step in (day, region, self._service, "aws4_request"):
            key = hmac.digest(key, step.encode(), "sha256")
        if len(self._keys) >= _MOST_KEYS:  # the days and the secrets of the past
            self._keys.clear()
        self._keys[secret, day, region] = key
        return key


def _canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """The names of the headers, and the headers as they are signed: sorted, blanks brought together."""
    pairs = sorted(headers.items())
    names = ";".join([name for name, _ in pairs])
    return names, "".join([f"{name}:{' '.join(value.split())}\n" for name, value in pairs])


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string as it is sent and signed: encoded, then sorted by name and value.

    Args:
        pairs: Names and values, not encoded.
    """
    encoded = sorted([(quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs])
    return "&".join([f"{name}={value}" for name, value in encoded])


def canonical_path(path: str) -> str:
    """A path as it is sent and signed: encoded but for its slashes.

    Args:
        path: The path, not encoded.
    """
    return quote(path, safe="/~")


def timestamp(seconds: float | None = None) -> str:
    """A time as signatures want it, e.g. ``20260102T030405Z``.

    Args:
        seconds: Seconds since the epoch; ``None`` is now.
    """
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))
