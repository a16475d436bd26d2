"""Bodies made ready to be sent: their checksum, what the signature says of them, and chunks with a checksum behind.

A body in memory is hashed where it lies. A source is read once for all hashes that are needed, and once more to be
sent; over TLS to AWS it is read once only, and its checksum is sent behind it (``aws-chunked``), as the S3 user guide's
"Trailing checksums" has it. Other stores get no chunks: many do not read them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from holdall import checksums
from holdall_s3.bodies import CHUNK, GuardedReader
from holdall_s3.direct.signer import EMPTY_PAYLOAD, UNSIGNED_PAYLOAD, UNSIGNED_TRAILER

if TYPE_CHECKING:
    from holdall.models import ChecksumAlgorithm

    Sendable = bytes | bytearray | memoryview | GuardedReader


class Payload(NamedTuple):
    """A body, and what the headers and the signature say of it.

    Attributes:
        body: What is sent.
        length: Bytes of that.
        hash: What the signature covers.
        headers: Further headers; names in lower case.
    """

    body: Any
    length: int
    hash: str
    headers: dict[str, str]


def prepare(
    body: Sendable | None, algorithm: ChecksumAlgorithm | None, *, signed: bool, trailer: bool, encoding: str | None
) -> Payload:
    """Makes a body ready.

    Args:
        body: The body, at its start.
        algorithm: Checksum to compute and send.
        signed: The signature covers the body.
        trailer: The store reads checksums behind bodies.
        encoding: Content encoding that the object has of its own.
    """
    if body is None:
        return Payload(None, 0, EMPTY_PAYLOAD if signed else UNSIGNED_PAYLOAD, {})
    if isinstance(body, GuardedReader):
        return _of_source(body, algorithm, signed=signed, trailer=trailer, encoding=encoding)
    headers = {}
    if algorithm is not None:
        headers[_header(algorithm)] = checksums.checksum(algorithm, body).value
    length = body.nbytes if isinstance(body, memoryview) else len(body)
    return Payload(body, length, hashlib.sha256(body).hexdigest() if signed else UNSIGNED_PAYLOAD, headers)


def _of_source(
    body: GuardedReader, algorithm: ChecksumAlgorithm | None, *, signed: bool, trailer: bool, encoding: str | None
) -> Payload:
    size = len(body)
    if algorithm is not None and trailer and not signed:
        chunks = ChunkedBody(body, algorithm)
        headers = {
            "content-encoding": f"aws-chunked,{encoding}" if encoding else "aws-chunked",
            "x-amz-decoded-content-length": str(size),
            "x-amz-trailer": _header(algorithm),
        }
        return Payload(chunks, len(chunks), UNSIGNED_TRAILER, headers)
    hasher = checksums.new(algorithm) if algorithm is not None else None
    digest = hashlib.sha256() if signed else None
    if hasher is not None or digest is not None:
        for data in body.blocks_to_hash():
            if hasher is not None:
                hasher.update(data)
            if digest is not None:
                digest.update(data)
    headers = {}
    if algorithm is not None and hasher is not None:
        headers[_header(algorithm)] = checksums.encode(hasher.digest())
    return Payload(body, size, digest.hexdigest() if digest is not None else UNSIGNED_PAYLOAD, headers)


def _header(algorithm: ChecksumAlgorithm) -> str:
    return f"x-amz-checksum-{algorithm.lower()}"


class ChunkedBody:
    """A source in chunks, with its checksum behind the last one (``aws-chunked``); computed while it is read.

    Args:
        source: The source, at its start.
        algorithm: The checksum.
    """

    def __init__(self, source: GuardedReader, algorithm: ChecksumAlgorithm) -> None:
        self._source = source
        self._hasher = checksums.new(algorithm)
        self._name = _header(algorithm)
        self._ended = False
        full, rest = divmod(len(source), CHUNK)
        trailer = len(self._trailer())  # of the same length whatever the value
        self._length = full * _framed(CHUNK) + (_framed(rest) if rest else 0) + trailer

    def __len__(self) -> int:
        return self._length

    def read(self, _size: int | None = None, /) -> bytes:
        """One whole chunk, whatever size is asked for; at last the checksum, then ``b""``."""
        data = self._read_chunk()
        if data:
            self._hasher.update(data)
            return b"%x\r\n%b\r\n" % (len(data), data)
        if self._ended:
            return b""
        self._ended = True
        return self._trailer()

    def _read_chunk(self) -> bytes:
        """A chunk of ``CHUNK`` bytes but for the last: the length was announced so, and sources may return less."""
        data = self._source.read(CHUNK)
        while data and len(data) < CHUNK and (more := self._source.read(CHUNK - len(data))):
            data += more
        return data

    def _trailer(self) -> bytes:
        return f"0\r\n{self._name}:{checksums.encode(self._hasher.digest())}\r\n\r\n".encode()


def _framed(size: int) -> int:
    """Bytes of a chunk with its length before it."""
    return len(f"{size:x}") + 2 + size + 2
