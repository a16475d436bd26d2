"""Checksums against published values, and the ways in which they are computed against one another."""

from __future__ import annotations

import base64
import hashlib
import itertools
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall import checksums
from holdall.models import Checksum, ChecksumAlgorithm

# The check values of the CRC catalogues (reveng.sourceforge.io) and of FIPS 180-4's implementations, for "123456789".
PUBLISHED = {
    ChecksumAlgorithm.CRC32: "CBF43926",
    ChecksumAlgorithm.CRC32C: "E3069283",
    ChecksumAlgorithm.CRC64NVME: "AE8B14860A799888",
    ChecksumAlgorithm.SHA1: "F7C3BC1D808E04732ADF679965CCC34CA7AE3441",
    ChecksumAlgorithm.SHA256: "15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225",
}


# Width in bits and reversed polynomial: IEEE 802.3, RFC 3720 (iSCSI), the NVM Express base specification.
POLYNOMIALS = {
    ChecksumAlgorithm.CRC32: (32, 0xEDB88320),
    ChecksumAlgorithm.CRC32C: (32, 0x82F63B78),
    ChecksumAlgorithm.CRC64NVME: (64, 0x9A6C9329AC4BC9B5),
}
crcs = pytest.mark.parametrize("algorithm", POLYNOMIALS)


def by_definition(algorithm: ChecksumAlgorithm, data: bytes) -> bytes:
    """The CRC bit by bit, as its standard has it: no table, no library."""
    bits, polynomial = POLYNOMIALS[algorithm]
    ones = (1 << bits) - 1
    value = ones
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return (value ^ ones).to_bytes(bits // 8)


def test_every_algorithm_has_a_published_value() -> None:
    assert set(PUBLISHED) == set(ChecksumAlgorithm)


@pytest.mark.parametrize(("algorithm", "value"), PUBLISHED.items())
def test_published_values(algorithm: ChecksumAlgorithm, value: str) -> None:
    hasher = checksums.new(algorithm)
    hasher.update(b"123456789")
    assert hasher.digest().hex().upper() == value


@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_pieces_of_every_kind_give_the_same_as_the_whole(algorithm: ChecksumAlgorithm) -> None:
    whole, pieces = checksums.new(algorithm), checksums.new(algorithm)
    whole.update(bytes(range(256)))
    for piece in (b"", bytes(range(100)), bytearray(range(100, 101)), memoryview(bytes(range(101, 256)))):
        pieces.update(piece)
    assert pieces.digest() == whole.digest()
    whole.update(b"more")
    assert pieces.digest() != whole.digest()


def test_crcs_of_nothing_are_zero() -> None:
    assert checksums.new(ChecksumAlgorithm.CRC32C).digest() == bytes(4)
    assert checksums.new(ChecksumAlgorithm.CRC64NVME).digest() == bytes(8)


@crcs
@given(data=st.binary(max_size=700), start=st.integers(0, 70), cuts=st.lists(st.integers(0, 700), max_size=3))
def test_crcs_are_those_of_the_standards_however_the_bytes_lie(
    algorithm: ChecksumAlgorithm, data: bytes, start: int, cuts: list[int]
) -> None:
    lying = memoryview(bytearray(start) + data)[start:]  # at any address: libraries take wide steps at even ones
    hasher, places = checksums.new(algorithm), sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for begin, end in itertools.pairwise(places):
        hasher.update(lying[begin:end])
    assert hasher.digest() == by_definition(algorithm, data)


@pytest.mark.parametrize("size", [4095, 65_536, 1024 * 1024 + 17])
def test_long_data_has_the_crc_that_zlib_computes(size: int) -> None:
    data = hashlib.shake_128(b"data").digest(size)
    assert _digest(ChecksumAlgorithm.CRC32, data) == zlib.crc32(data).to_bytes(4)


@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_a_view_with_gaps_is_refused(algorithm: ChecksumAlgorithm) -> None:
    with pytest.raises((TypeError, ValueError, BufferError)):
        checksums.new(algorithm).update(memoryview(b"123456789")[::2])


def test_a_checksum_travels_as_base64() -> None:
    found = checksums.checksum(ChecksumAlgorithm.CRC32, b"123456789")
    assert found == Checksum(ChecksumAlgorithm.CRC32, "y/Q5Jg==")


def test_a_composite_is_the_checksum_of_the_parts_checksums() -> None:
    parts = [checksums.checksum(ChecksumAlgorithm.SHA256, part) for part in (b"one", b"two")]
    digests = b"".join(hashlib.sha256(part).digest() for part in (b"one", b"two"))
    expected = base64.b64encode(hashlib.sha256(digests).digest()).decode() + "-2"
    assert checksums.composite(ChecksumAlgorithm.SHA256, parts) == Checksum(
        ChecksumAlgorithm.SHA256, expected, composite=True
    )


def test_only_crc64nvme_is_of_the_whole_object_by_default() -> None:
    assert [name for name in ChecksumAlgorithm if not checksums.composite_by_default(name)] == ["CRC64NVME"]


@pytest.mark.parametrize("algorithm", [each for each in ChecksumAlgorithm if checksums.can_combine(each)])
@given(first=st.binary(max_size=200), second=st.binary(max_size=200))
def test_two_digests_combine_to_that_of_both_in_a_row(
    algorithm: ChecksumAlgorithm, first: bytes, second: bytes
) -> None:
    combined = checksums.combine(algorithm, _digest(algorithm, first), _digest(algorithm, second), len(second))
    assert combined == _digest(algorithm, first + second)


def _digest(algorithm: ChecksumAlgorithm, data: bytes) -> bytes:
    hasher = checksums.new(algorithm)
    hasher.update(data)
    return hasher.digest()


@given(sizes=st.lists(st.integers(0, 3 * 1024 * 1024), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_any_number_of_long_pieces_combine(sizes: list[int]) -> None:
    data = random.Random(7).randbytes(sum(sizes))  # noqa: S311 - no secret
    total, position = b"\0\0\0\0", 0
    for size in sizes:
        piece = zlib.crc32(data[position : position + size]).to_bytes(4)
        total = checksums.combine(ChecksumAlgorithm.CRC32, total, piece, size)
        position += size
    assert int.from_bytes(total) == zlib.crc32(data)


@crcs
def test_pieces_of_terabytes_combine(algorithm: ChecksumAlgorithm) -> None:
    """Zeros need not be read: those of 2 n bytes are those of n bytes twice."""
    first, zeros, size = _digest(algorithm, b"x"), _digest(algorithm, b"\0"), 1
    while size < 48 << 40:  # S3's largest object
        twice = checksums.combine(algorithm, zeros, zeros, size)
        one_by_one = checksums.combine(algorithm, checksums.combine(algorithm, first, zeros, size), zeros, size)
        assert checksums.combine(algorithm, first, twice, 2 * size) == one_by_one
        zeros, size = twice, 2 * size


def test_all_crcs_can_be_combined_and_no_hash_can() -> None:
    assert {each for each in ChecksumAlgorithm if checksums.can_combine(each)} == {
        ChecksumAlgorithm.CRC32,
        ChecksumAlgorithm.CRC32C,
        ChecksumAlgorithm.CRC64NVME,
    }
