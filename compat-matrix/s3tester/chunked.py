"""``aws-chunked`` bodies: cut into chunks, each signed or not, with headers behind them or not.

Rules: Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
Chunks", with and without trailing headers.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from holdall_s3.direct.signer import EMPTY_PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s3tester.bodies import BodySource
    from s3tester.target import Keys

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_SIGNATURE_LENGTH = 64


@dataclass
class ChunkSigner:
    """Signs chunk after chunk, each with the signature before it.

    Attributes:
        keys: Who signs.
        region: Region of the endpoint.
        at: Time of the request's signature.
        previous: Signature of the request, then of the last chunk.
    """

    keys: Keys
    region: str
    at: str
    previous: str

    def chunk(self, data: bytes) -> str:
        """The signature of the next chunk."""
        return self._sign("PAYLOAD", f"{EMPTY_PAYLOAD}\n{sha256(data).hexdigest()}")

    def trailer(self, lines: str) -> str:
        """The signature of the headers behind the chunks."""
        return self._sign("TRAILER", sha256(lines.encode()).hexdigest())

    def _sign(self, what: str, digests: str) -> str:
        scope = f"{self.at[:8]}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256-{what}\n{self.at}\n{scope}\n{self.previous}\n{digests}"
        key = f"AWS4{self.keys.secret_key}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        self.previous = hmac.digest(key, text.encode(), "sha256").hex()
        return self.previous


def _head(size: int, signature: str | None) -> bytes:
    return f"{size:x}{f';chunk-signature={signature}' if signature is not None else ''}\r\n".encode()


def _end(trailer: Mapping[str, str], signer: ChunkSigner | None) -> bytes:
    if not trailer:
        return b"\r\n"
    text = "".join(f"{name}:{value}\r\n" for name, value in trailer.items())
    if signer is not None:
        signature = signer.trailer("".join(f"{name}:{value}\n" for name, value in trailer.items()))
        text += f"x-amz-trailer-signature:{signature}\r\n"
    return f"{text}\r\n".encode()


def encode(
    source: BodySource, chunk_size: int, trailer: Mapping[str, str], signer: ChunkSigner | None
) -> Iterator[bytes]:
    """The body as it goes over the wire.

    Args:
        source: The body.
        chunk_size: Bytes of a chunk.
        trailer: Headers behind it, names in small letters.
        signer: Signs the chunks; ``None``: they are not signed.
    """
    for data in source.chunks(chunk_size):
        yield _head(len(data), signer.chunk(data) if signer is not None else None) + data + b"\r\n"
    yield _head(0, signer.chunk(b"") if signer is not None else None) + _end(trailer, signer)


def encoded_length(source: BodySource, chunk_size: int, trailer: Mapping[str, str], *, signed: bool) -> int:
    """Bytes of ``encode``'s output, without making it."""
    whole, rest = divmod(source.size, chunk_size)
    placeholder = "0" * _SIGNATURE_LENGTH if signed else None

    def framed(size: int) -> int:
        return len(_head(size, placeholder)) + size + 2

    length = whole * framed(chunk_size) + (framed(rest) if rest else 0) + len(_head(0, placeholder))
    length += len(_end(trailer, None))
    if trailer and signed:
        length += len("x-amz-trailer-signature:\r\n") + _SIGNATURE_LENGTH
    return length
