"""Multipart uploads: which parts make an object, and what is known of its checksum.

The kinds of checksum are those of the S3 user guide, "Checking object integrity": CRC64NVME is always that of the whole
object, SHA-1 and SHA-256 are always composite, CRC32 and CRC32C may be either.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from holdall import checksums
from holdall.errors import ChecksumMismatch, InvalidPart, InvalidPartOrder, InvalidRequest, TooManyParts
from holdall.models import ChecksumAlgorithm
from holdall.semantics.integrity import Digests, digests_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from holdall.models import Checksum, PartInfo
    from holdall.options import CreateUploadOptions, PartOptions

MAX_PARTS: Final = 10_000
"""As S3; the numbers of parts end there."""


class KeptPart(Protocol):
    """A part as a provider keeps it."""

    @property
    def info(self) -> PartInfo:
        """What callers are told of it."""
        ...


PartT = TypeVar("PartT", bound=KeptPart)


def is_composite(options: CreateUploadOptions) -> bool:
    """Whether the checksum of the object to be is composite; false where the upload has no algorithm.

    Raises:
        InvalidRequest: A kind of checksum that the algorithm has not got, or a kind without an algorithm.
    """
    algorithm, wanted = options.checksum_algorithm, options.checksum_composite
    if algorithm is None:
        if wanted is not None:
            raise InvalidRequest("checksum_composite needs a checksum_algorithm")
        return False
    usual = checksums.composite_by_default(algorithm)
    either = algorithm in {ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C}
    if wanted is not None and wanted != usual and not either:
        raise InvalidRequest(f"a multipart object has no {_kind(composite=wanted)} {algorithm} checksum")
    return usual if wanted is None else wanted


def check_part_number(number: int) -> None:
    """Checks the number of a part to be kept.

    Raises:
        InvalidRequest: Below 1.
        TooManyParts: Above 10,000.
    """
    if number < 1:
        raise InvalidRequest(f"part number {number}: parts are counted from 1")
    if number > MAX_PARTS:
        raise TooManyParts(f"part number {number}: an upload has at most {MAX_PARTS} parts")


def part_digests(options: PartOptions, agreed: ChecksumAlgorithm | None) -> Digests:
    """What to verify and compute while a part comes in. A part of an upload with an algorithm always gets a checksum.

    Args:
        options: What the caller gives or asks for.
        agreed: The algorithm that the upload was begun with.

    Raises:
        InvalidRequest: A checksum of another algorithm than the upload's, or a value that can't be one.
    """
    algorithm = options.checksum_algorithm or (options.checksum.algorithm if options.checksum else None)
    if agreed is not None and algorithm not in {None, agreed}:
        raise InvalidRequest(f"the upload was begun with {agreed}; its parts can't have another checksum")
    return digests_of(options.checksum, agreed or algorithm, options.content_md5)


def named_parts(named: Sequence[PartInfo], find: Callable[[int], PartT | None]) -> list[PartT]:
    """The parts that the completion of an upload names, as the provider keeps them.

    Args:
        named: What the caller was told of them, in order.
        find: Finds a part by its number; ``None`` where it was never uploaded.

    Raises:
        InvalidPart: None is named, or one was never uploaded, or was replaced since.
        InvalidPartOrder: Their numbers do not ascend.
    """
    if not named:
        raise InvalidPart("an upload is completed with one part at least")
    if any(first.part_number >= second.part_number for first, second in pairwise(named)):
        raise InvalidPartOrder("the parts are not in ascending order of their numbers")
    parts = []
    for told in named:
        part = find(told.part_number)
        if part is None:
            raise InvalidPart(f"part {told.part_number} was never uploaded")
        if part.info.etag != told.etag or _contradict(part.info.checksums, told.checksums):
            raise InvalidPart(f"part {told.part_number} was replaced by another one")
        parts.append(part)
    return parts


def _contradict(kept: tuple[Checksum, ...], told: tuple[Checksum, ...]) -> bool:
    algorithms = {value.algorithm for value in kept}
    return any(value.algorithm in algorithms and value not in kept for value in told)


def check_size(size: int, announced: int | None) -> None:
    """Checks the size of the whole object.

    Args:
        size: Bytes that the parts make.
        announced: Bytes that the caller expects; ``None`` where he does not say.

    Raises:
        InvalidRequest: It is another one.
    """
    if announced is not None and announced != size:
        raise InvalidRequest(f"the parts make {size} bytes, announced were {announced}")


def object_digests(given: Checksum | None, agreed: ChecksumAlgorithm | None, *, composite: bool) -> Digests:
    """What to verify and compute while the parts become an object: nothing where the checksum is composite.

    Args:
        given: Checksum of the whole object that the caller computed.
        agreed: The algorithm that the upload was begun with.
        composite: The kind that it was begun with.

    Raises:
        InvalidRequest: A checksum of another algorithm or kind than the upload's.
    """
    if given is not None and (given.algorithm, given.composite) != (agreed, composite):
        if agreed is None:
            raise InvalidRequest("the upload was begun without a checksum algorithm; the object can't have a checksum")
        raise InvalidRequest(f"the upload was begun for a {_kind(composite=composite)} {agreed} checksum")
    return Digests() if composite else digests_of(given, agreed)


def composite_of(algorithm: ChecksumAlgorithm, parts: Iterable[PartInfo], given: Checksum | None) -> Checksum:
    """The composite checksum of the object.

    Args:
        algorithm: That of the upload; each part has a checksum of it.
        parts: The object's parts, in order.
        given: The composite checksum that the caller computed (``object_digests`` has checked its kind).

    Raises:
        ChecksumMismatch: It is another one.
    """
    found = checksums.composite(algorithm, (part.checksums[0] for part in parts))
    if given is not None and given.value != found.value:
        raise ChecksumMismatch(f"{algorithm}: the parts make {found.value}, announced was {given.value}")
    return found


def _kind(*, composite: bool) -> str:
    return "composite" if composite else "full-object"
