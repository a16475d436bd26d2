"""What parts say about their object agrees with the object's bytes, however they are cut."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.checksums import checksum, composite
from holdall.models import ChecksumAlgorithm, PartInfo
from holdall.transfer.agreement import composite_checksum, multipart_etag, whole_checksum

CRCS = (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.CRC64NVME)
PIECES = st.lists(st.binary(max_size=50), min_size=1, max_size=8)


def parts_of(pieces: list[bytes], algorithm: ChecksumAlgorithm) -> list[PartInfo]:
    return [
        PartInfo(
            part_number=number,
            etag=hashlib.md5(piece, usedforsecurity=False).hexdigest(),
            size=len(piece),
            checksums=(checksum(algorithm, piece),),
        )
        for number, piece in enumerate(pieces, start=1)
    ]


@given(PIECES, st.sampled_from(CRCS))
def test_the_crc_of_all_bytes_follows_from_those_of_the_parts(
    pieces: list[bytes], algorithm: ChecksumAlgorithm
) -> None:
    assert whole_checksum(parts_of(pieces, algorithm), algorithm) == checksum(algorithm, b"".join(pieces))


@given(PIECES, st.sampled_from(list(ChecksumAlgorithm)))
def test_the_checksum_of_checksums(pieces: list[bytes], algorithm: ChecksumAlgorithm) -> None:
    expected = composite(algorithm, [checksum(algorithm, piece) for piece in pieces])
    assert composite_checksum(parts_of(pieces, algorithm), algorithm) == expected


@pytest.mark.parametrize("algorithm", [ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256])
def test_no_sha_of_all_bytes_follows_from_parts(algorithm: ChecksumAlgorithm) -> None:
    assert whole_checksum(parts_of([b"a", b"b"], algorithm), algorithm) is None


@pytest.mark.parametrize(
    "odd",
    [
        PartInfo(part_number=2, etag="x", size=1),
        PartInfo(part_number=2, etag="x", size=1, checksums=(checksum(ChecksumAlgorithm.SHA1, b"b"),)),
        PartInfo(part_number=2, etag="x", size=None, checksums=(checksum(ChecksumAlgorithm.CRC32, b"b"),)),
    ],
)
def test_what_is_not_known_of_one_part_is_not_known_of_all(odd: PartInfo) -> None:
    parts = [*parts_of([b"a"], ChecksumAlgorithm.CRC32), odd]
    assert whole_checksum(parts, ChecksumAlgorithm.CRC32) is None
    assert multipart_etag(parts) is None
    if not any(each.algorithm is ChecksumAlgorithm.CRC32 for each in odd.checksums):
        assert composite_checksum(parts, ChecksumAlgorithm.CRC32) is None


def test_the_etag_of_parts_is_the_md5_of_their_md5s() -> None:
    # hello in three parts, as the aws CLI would cut it; the value is md5(md5(he) + md5(ll) + md5(o)).
    digests = b"".join(hashlib.md5(piece, usedforsecurity=False).digest() for piece in (b"he", b"ll", b"o"))
    expected = hashlib.md5(digests, usedforsecurity=False).hexdigest() + "-3"
    assert multipart_etag(parts_of([b"he", b"ll", b"o"], ChecksumAlgorithm.CRC32)) == expected
