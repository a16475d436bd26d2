"""Checksums against published values, and the ways in which they are computed against one another."""

from __future__ import annotations

import base64
import hashlib
import random
import warnings
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall import checksums
from holdall.models import Checksum, ChecksumAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

# The check values of the CRC catalogues (reveng.sourceforge.io) and of FIPS 180-4's implementations, for "123456789".
PUBLISHED = {
    ChecksumAlgorithm.CRC32: "CBF43926",
    ChecksumAlgorithm.CRC32C: "E3069283",
    ChecksumAlgorithm.CRC64NVME: "AE8B14860A799888",
    ChecksumAlgorithm.SHA1: "F7C3BC1D808E04732ADF679965CCC34CA7AE3441",
    ChecksumAlgorithm.SHA256: "15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225",
}


@pytest.fixture(params=["what is installed", "the table"])
def _implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a test with the accelerators that are there, and without any."""
    cached = (checksums._crc32c, checksums._crc64nvme)
    for function in cached:
        function.cache_clear()
    if request.param == "the table":
        monkeypatch.setattr(checksums, "find_spec", lambda _name: None)
    yield
    for function in cached:
        function.cache_clear()


def test_every_algorithm_has_a_published_value() -> None:
    assert set(PUBLISHED) == set(ChecksumAlgorithm)


@pytest.mark.usefixtures("_implementation")
@pytest.mark.parametrize(("algorithm", "value"), PUBLISHED.items())
def test_published_values(algorithm: ChecksumAlgorithm, value: str) -> None:
    hasher = checksums.new(algorithm)
    hasher.update(b"123456789")
    assert hasher.digest().hex().upper() == value


@pytest.mark.usefixtures("_implementation")
@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_pieces_of_every_kind_give_the_same_as_the_whole(algorithm: ChecksumAlgorithm) -> None:
    whole, pieces = checksums.new(algorithm), checksums.new(algorithm)
    whole.update(bytes(range(256)))
    for piece in (b"", bytes(range(100)), bytearray(range(100, 101)), memoryview(bytes(range(101, 256)))):
        pieces.update(piece)
    assert pieces.digest() == whole.digest()
    whole.update(b"more")
    assert pieces.digest() != whole.digest()


@pytest.mark.usefixtures("_implementation")
def test_crcs_of_nothing_are_zero() -> None:
    assert checksums.new(ChecksumAlgorithm.CRC32C).digest() == bytes(4)
    assert checksums.new(ChecksumAlgorithm.CRC64NVME).digest() == bytes(8)


def test_the_ways_to_compute_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    data = hashlib.shake_128(b"data").digest(10_000)
    installed = [checksums.checksum(algorithm, data) for algorithm in ChecksumAlgorithm]
    monkeypatch.setattr(checksums, "find_spec", lambda _name: None)
    for function in (checksums._crc32c, checksums._crc64nvme):
        monkeypatch.setattr(checksums, function.__name__, function.__wrapped__)
    assert [checksums.checksum(algorithm, data) for algorithm in ChecksumAlgorithm] == installed


def test_a_google_crc32c_that_is_not_compiled_is_left_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = checksums._google_crc32c_is_compiled()
    if compiled:  # the two answers must be the same
        from google_crc32c import implementation

        assert implementation == "c"


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


def test_all_crcs_can_be_combined_and_no_hash_can() -> None:
    assert {each for each in ChecksumAlgorithm if checksums.can_combine(each)} == {
        ChecksumAlgorithm.CRC32,
        ChecksumAlgorithm.CRC32C,
        ChecksumAlgorithm.CRC64NVME,
    }
