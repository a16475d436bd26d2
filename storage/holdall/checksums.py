"""The checksum algorithms of the S3 API, all with one interface.

CRC32 comes from zlib, SHA-1 and SHA-256 from hashlib. For CRC32C and CRC64NVME the first of these that is there:
awscrt (``pip install awscrt``), google-crc32c (CRC32C only), and else a table in plain Python, which is right and slow
(some 10 MB/s). Nothing is imported before an algorithm is first asked for.

Values travel as base64 of the big-endian digest; a composite checksum is that of the parts' digests, one after the
other, followed by ``-<number of parts>`` (S3 user guide, "Checking object integrity").
"""

from __future__ import annotations

import base64
import functools
import hashlib
import zlib
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from holdall.models import Checksum, ChecksumAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Crc = Callable[[bytes | bytearray | memoryview, int], int]
    """Goes on with a CRC: takes the next bytes and the CRC so far (0 at first)."""

# Reversed polynomials: RFC 3720 (iSCSI) for CRC32C, the NVM Express base specification for CRC64NVME.
_CRC32C_POLYNOMIAL = 0x82F63B78
_CRC64NVME_POLYNOMIAL = 0x9A6C9329AC4BC9B5
_CRC32_POLYNOMIAL = 0xEDB88320  # of zlib and Ethernet
_CRCS = {
    ChecksumAlgorithm.CRC32: (_CRC32_POLYNOMIAL, 32),
    ChecksumAlgorithm.CRC32C: (_CRC32C_POLYNOMIAL, 32),
    ChecksumAlgorithm.CRC64NVME: (_CRC64NVME_POLYNOMIAL, 64),
}
"""Reversed polynomial and width in bits of the checksums that can be combined."""


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
        case ChecksumAlgorithm.CRC32:
            return _Crc32Hasher()
        case ChecksumAlgorithm.CRC32C:
            return _CrcHasher(_crc32c(), 4)
        case ChecksumAlgorithm.CRC64NVME:
            return _CrcHasher(_crc64nvme(), 8)


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
    return algorithm in _CRCS


def combine(algorithm: ChecksumAlgorithm, first: bytes, second: bytes, second_length: int) -> bytes:
    """The digest of two pieces in a row, from the digests of each; under a millisecond, however long they are.

    A CRC is the remainder of a polynomial: bytes that follow multiply what was before them by x to the power of their
    number of bits. (The bits that these CRCs turn at both ends cancel each other out.)

    Args:
        algorithm: One that ``can_combine``.
        first: Digest of the first piece, as ``Hasher.digest`` gives it.
        second: Digest of the piece that follows.
        second_length: Bytes of the piece that follows.
    """
    polynomial, bits = _CRCS[algorithm]
    shifted = _multiply(_shift(second_length, polynomial, bits), int.from_bytes(first), polynomial, bits)
    return (shifted ^ int.from_bytes(second)).to_bytes(bits // 8)


def composite_by_default(algorithm: ChecksumAlgorithm) -> bool:
    """Whether a multipart object's checksum is composite where nobody says: so for all but CRC64NVME."""
    return algorithm is not ChecksumAlgorithm.CRC64NVME


def is_quick(algorithm: ChecksumAlgorithm) -> bool:
    """Whether an algorithm is computed by a library here, not by the table in plain Python.

    Args:
        algorithm: Which checksum.
    """
    match algorithm:
        case ChecksumAlgorithm.CRC32C:
            return find_spec("awscrt") is not None or _google_crc32c_is_compiled()
        case ChecksumAlgorithm.CRC64NVME:
            return find_spec("awscrt") is not None
    return True


def comparable(found: Iterable[Checksum], *, at_any_cost: bool = False) -> Checksum | None:
    """The checksum to compare an object's bytes with: of the whole object, and the quickest to compute.

    Args:
        found: What the store tells of the object.
        at_any_cost: Even one that takes longer than the transfer (see ``is_quick``).
    """
    whole = [checksum for checksum in found if not checksum.composite]
    quick = [checksum for checksum in whole if is_quick(checksum.algorithm)]
    return next(iter(quick or (whole if at_any_cost else ())), None)


def encode(digest: bytes) -> str:
    """A digest as it travels: base64."""
    return base64.b64encode(digest).decode("ascii")


class _Crc32Hasher:
    """CRC32 by zlib, which takes any buffer as it is."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _CrcHasher:
    """A CRC function as a hasher."""

    __slots__ = ("_crc", "_value", "_width")

    def __init__(self, crc: Crc, width: int) -> None:
        self._crc = crc
        self._width = width  # bytes
        self._value = 0

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        self._value = self._crc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width, "big")


def _multiply(left: int, right: int, polynomial: int, bits: int) -> int:
    """The product of two polynomials modulo a third, all with their bits reversed: the highest bit is x to the 0."""
    product, place = 0, 1 << (bits - 1)
    while left:
        if left & place:
            product ^= right
            left ^= place
        place >>= 1
        right = (right >> 1) ^ (polynomial if right & 1 else 0)
    return product


@functools.lru_cache(maxsize=64)  # the pieces of a transfer are of one length, but for the last
def _shift(length: int, polynomial: int, bits: int) -> int:
    """The polynomial x to the power of the bits of ``length`` bytes, by squaring."""
    result, power = 1 << (bits - 1), 1 << (bits - 1 - 8)
    while length:
        if length & 1:
            result = _multiply(result, power, polynomial, bits)
        power = _multiply(power, power, polynomial, bits)
        length >>= 1
    return result


@functools.cache
def _crc32c() -> Crc:
    if find_spec("awscrt"):
        from awscrt import checksums  # noqa: PLC0415  # optional, and loaded only when needed

        return lambda data, value: int(checksums.crc32c(data, value))
    if _google_crc32c_is_compiled():
        from google_crc32c import extend  # noqa: PLC0415

        return lambda data, value: int(extend(value, bytes(data)))  # it takes nothing else; for bytes this is no copy
    return _table_crc(_CRC32C_POLYNOMIAL, 32)


@functools.cache
def _crc64nvme() -> Crc:
    if find_spec("awscrt"):
        from awscrt import checksums  # noqa: PLC0415

        return lambda data, value: int(checksums.crc64nvme(data, value))
    return _table_crc(_CRC64NVME_POLYNOMIAL, 64)


def _google_crc32c_is_compiled() -> bool:
    """Without its C extension google_crc32c is no quicker than the table here, and warns when it is imported."""
    package = find_spec("google_crc32c")
    return package is not None and bool(
        PathFinder.find_spec("google_crc32c._crc32c", package.submodule_search_locations)
    )


def _table_crc(polynomial: int, bits: int) -> Crc:
    """A reflected CRC, byte by byte through a table of 256 values; starts and ends with all bits turned."""
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    mask = (1 << bits) - 1

    def crc(data: bytes | bytearray | memoryview, value: int) -> int:
        value ^= mask
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return value ^ mask

    return crc
