"""The checksum algorithms of the S3 API, all with one interface.

SHA-1 and SHA-256 come from hashlib, the CRCs from anycrc, which computes all three of them at some 10 GB/s where the
processor multiplies without carry; zlib's CRC32 takes four times as long. anycrc is imported when a CRC is first asked
for.

Values travel as base64 of the big-endian digest; a composite checksum is that of the parts' digests, one after the
other, followed by ``-<number of parts>`` (S3 user guide, "Checking object integrity").
"""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any, Protocol

from holdall.models import Checksum, ChecksumAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODELS = {
    ChecksumAlgorithm.CRC32: "CRC32-ISO-HDLC",
    ChecksumAlgorithm.CRC32C: "CRC32-ISCSI",
    ChecksumAlgorithm.CRC64NVME: "CRC64-NVME",
}
"""What the catalogue of CRCs (reveng.sourceforge.io) calls them. These can be combined, hashes can't."""
_WIDTHS = {ChecksumAlgorithm.CRC32: 4, ChecksumAlgorithm.CRC32C: 4, ChecksumAlgorithm.CRC64NVME: 8}
"""Bytes of a digest."""


class Hasher(Protocol):
    """Computes a checksum piece by piece, with hashlib's method names."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Goes on with more bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes so far, big-endian; may be asked for in between."""
        ...


def new(algorithm: ChecksumAlgorithm) -> Hasher:
    """A hasher that has seen no bytes yet.

    Args:
        algorithm: Which checksum.
    """
    match algorithm:
        case ChecksumAlgorithm.SHA1:
            return hashlib.sha1(usedforsecurity=False)
        case ChecksumAlgorithm.SHA256:
            return hashlib.sha256()
    return _CrcHasher(_crc(algorithm), _WIDTHS[algorithm])


def checksum(algorithm: ChecksumAlgorithm, data: bytes | bytearray | memoryview) -> Checksum:
    """The checksum of some bytes as a whole.

    Args:
        algorithm: Which checksum.
        data: The bytes.
    """
    hasher = new(algorithm)
    hasher.update(data)
    return Checksum(algorithm, encode(hasher.digest()))


def composite(algorithm: ChecksumAlgorithm, parts: Iterable[Checksum]) -> Checksum:
    """The checksum of the parts' checksums, as S3 computes it for a multipart upload.

    Args:
        algorithm: Which checksum; the parts' are of the same.
        parts: Each part's checksum, in order of the part numbers.
    """
    hasher, count = new(algorithm), 0
    for part in parts:
        hasher.update(base64.b64decode(part.value, validate=True))
        count += 1
    return Checksum(algorithm, f"{encode(hasher.digest())}-{count}", composite=True)


def can_combine(algorithm: ChecksumAlgorithm) -> bool:
    """Whether the checksum of a whole follows from those of its pieces: so for the CRCs."""
    return algorithm in _MODELS


def combine(algorithm: ChecksumAlgorithm, first: bytes, second: bytes, second_length: int) -> bytes:
    """The digest of two pieces in a row, from the digests of each; some microseconds, however long they are.

    Args:
        algorithm: One that ``can_combine``.
        first: Digest of the first piece, as ``Hasher.digest`` gives it.
        second: Digest of the piece that follows.
        second_length: Bytes of the piece that follows.
    """
    whole: int = _crc(algorithm).combine(int.from_bytes(first), int.from_bytes(second), second_length)
    return whole.to_bytes(_WIDTHS[algorithm])


def composite_by_default(algorithm: ChecksumAlgorithm) -> bool:
    """Whether a multipart object's checksum is composite where nobody says: so for all but CRC64NVME."""
    return algorithm is not ChecksumAlgorithm.CRC64NVME


def comparable(found: Iterable[Checksum]) -> Checksum | None:
    """The checksum to compare an object's bytes with: the first that is of the whole object.

    Args:
        found: What the store tells of the object.
    """
    return next((checksum for checksum in found if not checksum.composite), None)


def encode(digest: bytes) -> str:
    """A digest as it travels: base64."""
    return base64.b64encode(digest).decode("ascii")


class _CrcHasher:
    """A CRC as a hasher."""

    __slots__ = ("_crc", "_value", "_width")

    def __init__(self, crc: Any, width: int) -> None:
        self._crc = crc
        self._width = width
        self._value = 0

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        # anycrc would read a view with gaps as if it had none; this refuses it, as hashlib does.
        self._value = self._crc.calc(memoryview(data).cast("B"), self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width)


@functools.cache
def _crc(algorithm: ChecksumAlgorithm) -> Any:
    import anycrc  # noqa: PLC0415  # not every program computes a CRC

    return anycrc.Model(_MODELS[algorithm])
