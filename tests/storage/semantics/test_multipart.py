"""Parts and the object that they make."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from holdall import checksums
from holdall.errors import (
    ChecksumMismatch,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    StorageError,
    TooManyParts,
)
from holdall.models import Checksum, ChecksumAlgorithm, PartInfo
from holdall.options import CreateUploadOptions, PartOptions
from holdall.semantics.multipart import (
    check_part_number,
    check_size,
    composite_of,
    is_composite,
    named_parts,
    object_digests,
    part_digests,
)

CRC32, CRC64, SHA256 = ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC64NVME, ChecksumAlgorithm.SHA256
BODIES = (b"first", b"second")
WHOLE = b"".join(BODIES)


@dataclass(frozen=True)
class Part:
    info: PartInfo


def part(number: int, *, etag: str = "e", known: tuple[Checksum, ...] = ()) -> Part:
    return Part(PartInfo(part_number=number, etag=etag, size=1, checksums=known))


@pytest.mark.parametrize(
    ("algorithm", "wanted", "composite"),
    [
        (None, None, False),
        (CRC32, None, True),
        (CRC32, True, True),
        (CRC32, False, False),
        (ChecksumAlgorithm.CRC32C, None, True),
        (ChecksumAlgorithm.CRC32C, False, False),
        (ChecksumAlgorithm.SHA1, None, True),
        (SHA256, True, True),
        (CRC64, None, False),
        (CRC64, False, False),
    ],
)
def test_kinds_of_checksum(algorithm: ChecksumAlgorithm | None, *, wanted: bool | None, composite: bool) -> None:
    options = CreateUploadOptions(checksum_algorithm=algorithm, checksum_composite=wanted)
    assert is_composite(options) is composite


@pytest.mark.parametrize(
    ("algorithm", "wanted", "message"),
    [
        (CRC64, True, "no composite CRC64NVME"),
        (SHA256, False, "no full-object SHA256"),
        (ChecksumAlgorithm.SHA1, False, "no full-object SHA1"),
        (None, True, "needs a checksum_algorithm"),
        (None, False, "needs a checksum_algorithm"),
    ],
)
def test_kinds_that_an_algorithm_has_not_got(
    algorithm: ChecksumAlgorithm | None, message: str, *, wanted: bool
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        is_composite(CreateUploadOptions(checksum_algorithm=algorithm, checksum_composite=wanted))


@pytest.mark.parametrize(("number", "error"), [(-1, InvalidRequest), (0, InvalidRequest), (10_001, TooManyParts)])
def test_part_numbers_that_can_not_be(number: int, error: type[StorageError]) -> None:
    check_part_number(1)
    check_part_number(10_000)
    with pytest.raises(error, match=str(number)):
        check_part_number(number)


def test_a_part_gets_the_checksum_of_its_upload() -> None:
    for options in (PartOptions(), PartOptions(checksum_algorithm=SHA256)):
        digests = part_digests(options, SHA256)
        digests.update(b"data")
        assert digests.verified() == (checksums.checksum(SHA256, b"data"),)


def test_a_part_of_an_upload_without_an_algorithm() -> None:
    assert not part_digests(PartOptions(), None).needed
    for options in (PartOptions(checksum_algorithm=CRC32), PartOptions(checksum=checksums.checksum(CRC32, b"data"))):
        digests = part_digests(options, None)
        digests.update(b"data")
        assert digests.verified() == (checksums.checksum(CRC32, b"data"),)


def test_what_is_announced_of_a_part_is_verified() -> None:
    digests = part_digests(PartOptions(checksum=checksums.checksum(CRC32, b"data")), CRC32)
    digests.update(b"date")
    with pytest.raises(ChecksumMismatch):
        digests.verified()
    digests = part_digests(PartOptions(content_md5="jXd/OF09/siBXSD3SWAm3A=="), CRC32)  # that of b"data"
    digests.update(b"date")
    with pytest.raises(ChecksumMismatch, match="content_md5"):
        digests.verified()


@pytest.mark.parametrize(
    "options", [PartOptions(checksum_algorithm=CRC32), PartOptions(checksum=checksums.checksum(CRC32, b""))]
)
def test_a_part_with_another_checksum_than_its_upload(options: PartOptions) -> None:
    with pytest.raises(InvalidRequest, match="begun with SHA256"):
        part_digests(options, SHA256)


def test_named_parts_are_found_in_order() -> None:
    kept = {number: part(number) for number in (1, 2, 7)}
    assert named_parts([kept[1].info, kept[7].info], kept.get) == [kept[1], kept[7]]


@pytest.mark.parametrize(
    ("numbers", "error", "message"),
    [
        ([], InvalidPart, "one part at least"),
        ([2, 1], InvalidPartOrder, "ascending"),
        ([1, 1], InvalidPartOrder, "ascending"),
        ([1, 3], InvalidPart, "part 3 was never uploaded"),
        ([0, 1], InvalidPart, "part 0 was never uploaded"),
    ],
)
def test_parts_that_make_no_object(numbers: list[int], error: type[StorageError], message: str) -> None:
    kept = {number: part(number) for number in (1, 2)}
    with pytest.raises(error, match=message):
        named_parts([part(number).info for number in numbers], kept.get)


def test_a_part_that_was_replaced() -> None:
    known, other = checksums.checksum(CRC32, b"data"), checksums.checksum(CRC32, b"other")
    kept = {1: part(1, known=(known,))}
    for told in (part(1), part(1, known=(known,)), part(1, known=(checksums.checksum(SHA256, b"data"),))):
        assert named_parts([told.info], kept.get) == [kept[1]]
    for told in (part(1, etag="other"), part(1, known=(other,))):
        with pytest.raises(InvalidPart, match="replaced"):
            named_parts([told.info], kept.get)


def test_the_size_of_the_object() -> None:
    check_size(11, None)
    check_size(11, 11)
    with pytest.raises(InvalidRequest, match="make 11 bytes, announced were 12"):
        check_size(11, 12)


def test_the_checksum_of_the_whole_object() -> None:
    right = checksums.checksum(CRC64, WHOLE)
    for given in (None, right):
        digests = object_digests(given, CRC64, composite=False)
        for body in BODIES:
            digests.update(body)
        assert digests.verified() == (right,)
    digests = object_digests(right, CRC64, composite=False)
    digests.update(b"other")
    with pytest.raises(ChecksumMismatch):
        digests.verified()


def test_the_composite_checksum() -> None:
    infos = [
        part(number, known=(checksums.checksum(SHA256, body),)).info for number, body in enumerate(BODIES, start=1)
    ]
    right = checksums.composite(SHA256, [info.checksums[0] for info in infos])
    assert not object_digests(right, SHA256, composite=True).needed  # nothing to compute from the bytes
    for given in (None, right):
        assert composite_of(SHA256, infos, given) == right
    with pytest.raises(ChecksumMismatch, match="announced was other-2"):
        composite_of(SHA256, infos, Checksum(SHA256, "other-2", composite=True))


@pytest.mark.parametrize(
    ("given", "agreed", "composite", "message"),
    [
        (Checksum(CRC32, "AAAAAA=="), None, False, "without a checksum algorithm"),
        (Checksum(CRC32, "AAAAAA=="), CRC64, False, "full-object CRC64NVME"),
        (Checksum(CRC32, "AAAAAA=="), CRC32, True, "composite CRC32"),
        (Checksum(CRC32, "AAAAAA==-2", composite=True), CRC32, False, "full-object CRC32"),
    ],
)
def test_checksums_that_the_upload_was_not_begun_for(
    given: Checksum, agreed: ChecksumAlgorithm | None, message: str, *, composite: bool
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        object_digests(given, agreed, composite=composite)
