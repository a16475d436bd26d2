"""Checksums of a body: what is verified, what is kept, what can't be."""

from __future__ import annotations

import base64
import hashlib

import pytest

from holdall import checksums
from holdall.errors import ChecksumMismatch, InvalidRequest
from holdall.models import Checksum, ChecksumAlgorithm
from holdall.semantics.integrity import Digests, digests_of

CRC32, SHA256 = ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256
MD5 = base64.b64encode(hashlib.md5(b"some data").digest()).decode()  # noqa: S324 - an S3 header
SHA1_OF_ABC = Checksum(ChecksumAlgorithm.SHA1, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")  # FIPS 180-4's example


def fed(digests: Digests, *pieces: bytes) -> tuple[Checksum, ...]:
    for piece in pieces:
        digests.update(piece)
    return digests.verified()


def test_nothing_asked_for() -> None:
    digests = digests_of(None, None)
    assert not digests.needed
    assert fed(digests, b"some data") == ()


@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_computed(algorithm: ChecksumAlgorithm) -> None:
    digests = digests_of(None, algorithm)
    assert digests.needed
    assert fed(digests, b"some ", b"data") == (checksums.checksum(algorithm, b"some data"),)


def test_several_are_computed_in_one_pass() -> None:
    found = fed(Digests(algorithms=[CRC32, SHA256]), b"some data")
    assert found == (checksums.checksum(CRC32, b"some data"), checksums.checksum(SHA256, b"some data"))


@pytest.mark.parametrize("algorithm", [None, ChecksumAlgorithm.SHA1])
def test_verified_and_kept(algorithm: ChecksumAlgorithm | None) -> None:
    assert fed(digests_of(SHA1_OF_ABC, algorithm), b"a", b"bc") == (SHA1_OF_ABC,)
    digests = digests_of(SHA1_OF_ABC, algorithm)
    with pytest.raises(ChecksumMismatch, match=r"SHA1: .* announced was qZk\+NkcG"):
        fed(digests, b"abd")


def test_the_md5_is_verified_and_not_kept() -> None:
    digests = digests_of(None, None, MD5)
    assert digests.needed
    assert fed(digests, b"some ", b"data") == ()
    with pytest.raises(ChecksumMismatch, match="content_md5"):
        fed(digests_of(None, None, MD5), b"other data")


def test_md5_and_checksum_together() -> None:
    wanted = checksums.checksum(CRC32, b"some data")
    assert fed(digests_of(wanted, CRC32, MD5), b"some data") == (wanted,)
    with pytest.raises(ChecksumMismatch, match="CRC32"):
        fed(digests_of(checksums.checksum(CRC32, b"other"), None, MD5), b"some data")


@pytest.mark.parametrize(
    ("checksum", "algorithm", "content_md5", "message"),
    [
        (Checksum(CRC32, "AAAA"), None, None, "3 bytes where 4 are needed"),
        (Checksum(CRC32, "AAAAA"), None, None, "not base64"),
        (Checksum(CRC32, "ÄÄÄÄ"), None, None, "not base64"),
        (Checksum(CRC32, "AAAAAA==-2", composite=True), None, None, "multipart"),
        (Checksum(CRC32, "AAAAAA=="), SHA256, None, "a CRC32 checksum was given where SHA256 is expected"),
        (None, None, "AAAA", "3 bytes where 16 are needed"),
        (None, None, "no base64", "not base64"),
    ],
)
def test_what_can_not_be_is_refused_before_any_byte(
    checksum: Checksum | None, algorithm: ChecksumAlgorithm | None, content_md5: str | None, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        digests_of(checksum, algorithm, content_md5)
