"""What can show that the bytes that arrived are the object's, and how it is computed from them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Literal, get_args

from holdall.claims import Claim, Piece, can_combine
from holdall.errors import Unverifiable
from holdall.models import ChecksumAlgorithm, Proof, StorageClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from holdall.capabilities import Capabilities
    from holdall.models import ObjectInfo
    from holdall.reading import GetResult

    PartSize = Callable[[int], int | None]

MIB = 1024 * 1024

METADATA_NAME = "holdall-checksum"
"""Metadata entry with an object's own checksum, ``<algorithm>:<base64>``, for stores that keep none."""
USUAL_PART_SIZES = tuple(number * MIB for number in (5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024))
"""What the common tools cut uploads into; tried where the store does not tell the size of a part."""
ASK_FOR = 100
"""Up to so many parts are asked for one by one where they are of different sizes."""
IN_ORDER = 128 * MIB
"""A part up to this size is fetched as one piece where its hash must see its bytes in order; else it is read again."""
MOST_PIECES = 100_000
"""Of one download, whose list is held in memory (a few megabytes): above 1.5 TiB pieces are larger than asked for."""

Verify = Literal["auto", "strict", "off"]
VERIFY = get_args(Verify)

_MD5 = re.compile(r"[0-9a-f]{32}(?:-([1-9][0-9]{0,4}))?")
_COUNT = re.compile(r"[1-9][0-9]{0,4}")  # S3 takes 10,000 parts


def claims(info: ObjectInfo, capabilities: Capabilities, part_size: PartSize) -> Iterator[Claim]:
    """Yields what can prove the whole object, strongest first.

    Args:
        info: The object.
        capabilities: The store's.
        part_size: Asks the store for the bytes of a part by its number, from 1; ``None`` where it can't tell.
    """
    size = info.size
    for told in info.checksums:
        if not told.composite:
            yield Claim(Proof.CHECKSUM, told.algorithm, told.value, (size,))
    for told in info.checksums:
        count = told.value.rpartition("-")[2]
        if told.composite and _COUNT.fullmatch(count):
            for sizes, exact in _layouts(size, int(count), part_size):
                yield Claim(Proof.COMPOSITE, told.algorithm, told.value, sizes, by_parts=True, exact=exact)
    own = own_checksum(info.metadata)
    if own is not None:
        yield Claim(Proof.METADATA, *own, (size,))
    yield from _of_etag(info, capabilities, part_size)


def exactly(claim: Claim, part_size: PartSize) -> Claim | None:
    """The claim with what the store says of each part, asked for only because a conclusion did not hold."""
    sizes = exact_sizes(len(claim.sizes), part_size)
    return None if sizes is None or sum(sizes) != sum(claim.sizes) else claim.with_sizes(sizes)


def check_stream(
    result: GetResult, capabilities: Capabilities, part_size: PartSize, mode: Verify, *, parts: bool = True
) -> None:
    """Sets what the bytes of one stream are compared with when the last has come; before the first is read.

    A stream's bytes are used before they are proved, and can't be fetched again: only what surely is what it is taken
    for serves, not an ETag that may be an MD5.

    Args:
        result: The answer of ``get``.
        capabilities: The store's.
        part_size: See ``claims``.
        mode: ``strict`` raises where there is nothing, ``off`` does not look.
        parts: Also what follows from the object's parts, whose size takes a request.

    Raises:
        Unverifiable: ``strict``, and there is nothing.
    """
    if mode == "off":
        result.compare_with(None)
        return
    if result.compared_with is None and result.length == result.info.size:
        found = claims(result.info, capabilities, part_size if parts else lambda _: None)
        serving = (claim for claim in found if claim.trusted and (parts or not claim.by_parts))
        if (claim := next(serving, None)) is not None:
            result.compare_with(claim, _asking(part_size, result.info.key, strict=mode == "strict"))
    if mode == "strict" and result.compared_with is None:
        raise Unverifiable(
            "the store tells nothing that could prove these bytes in a stream",
            key=result.info.key,
            hint=hint_for(result) or "Write it to a file, which other things can prove, or use verify 'auto'.",
        )


def hint_for(result: GetResult) -> str | None:
    """What to do where a range can't be proved; ``None`` for a whole object."""
    whole = result.length == result.info.size
    return None if whole else "No store tells the checksum of a range: get the whole object, or use verify 'auto'."


def _asking(part_size: PartSize, key: str, *, strict: bool) -> Callable[[Claim], Claim | None]:
    """``exactly`` for a stream; with ``strict`` it raises where nobody knows, when the last byte has come."""

    def ask(claim: Claim) -> Claim | None:
        exact = exactly(claim, part_size)
        if strict and (exact is None or exact.sizes != claim.sizes):
            raise Unverifiable(
                f"the {claim.proof} ({claim.algorithm}) {claim.value}, which the store tells, does not agree with "
                "these bytes, and nothing says surely that they are wrong",
                key=key,
            )
        return exact

    return ask


def cut(claim: Claim | None, size: int, step: int | None) -> tuple[list[Piece], bool]:
    """Cuts an object into pieces that can be fetched in any order.

    Args:
        claim: What will be computed from them; ``None`` for nothing.
        size: Bytes of the object.
        step: Most bytes of a piece, unless that made more than ``MOST_PIECES``; ``None`` for as few pieces as the claim
            allows, which are then read in order.

    Returns:
        The pieces, and whether their digests give the claim. If not (a hash that must see in order what is too much
        for one piece), the bytes are read again afterwards.
    """
    units = claim.units() if claim else (Piece(0, size),)
    if step is None:
        return list(units), True
    step = max(step, -(-size // MOST_PIECES))
    if claim is None or can_combine(claim.algorithm):
        return [piece for unit in units for piece in _steps(unit, step)], True
    if claim.by_parts and max(claim.sizes) <= max(step, IN_ORDER):
        return list(units), True
    return list(_steps(Piece(0, size), step)), False


def _steps(unit: Piece, step: int) -> Iterator[Piece]:
    for start in range(unit.start, unit.stop, step):
        yield Piece(start, min(start + step, unit.stop))


def own_checksum(metadata: Mapping[str, str]) -> tuple[ChecksumAlgorithm, str] | None:
    """The checksum in an object's metadata, where there is one that can be understood: algorithm and base64."""
    if METADATA_NAME not in metadata:
        return None
    name, _, value = metadata[METADATA_NAME].partition(":")
    try:
        base64.b64decode(value, validate=True)
        return (ChecksumAlgorithm(name.upper()), value) if value else None
    except ValueError:  # somebody else's, of the same name
        return None


def _of_etag(info: ObjectInfo, capabilities: Capabilities, part_size: PartSize) -> Iterator[Claim]:
    """The ETag as an MD5 (S3 user guide, "Checking object integrity": not with SSE-KMS, SSE-C, directory buckets)."""
    match = _MD5.fullmatch(info.etag or "")
    encryption = info.encryption
    own_keys = encryption is None or (encryption.algorithm == "AES256" and encryption.customer_key_md5 is None)
    if (
        match is None
        or not own_keys
        or info.storage_class == StorageClass.EXPRESS_ONEZONE
        or not capabilities.supports("checksums.md5_etag")
    ):
        return
    trusted = capabilities.supports("checksums.md5_etag", safety=True)
    if match[1] is None:
        yield Claim(Proof.ETAG, "MD5", match[0], (info.size,), trusted=trusted)
        return
    for sizes, exact in _layouts(info.size, int(match[1]), part_size):
        yield Claim(Proof.MULTIPART_ETAG, "MD5", match[0], sizes, by_parts=True, trusted=trusted, exact=exact)


def _layouts(size: int, count: int, part_size: PartSize) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yields the sizes that an object's parts may have, and whether they surely have them.

    Nearly every tool cuts an object into parts of one size, but for the last; then the size of the first tells all.
    """
    if count == 1:
        yield (size,), True
        return
    first = part_size(1)
    for part in USUAL_PART_SIZES if first is None else (first,):
        if part and -(-size // part) == count:
            yield (*(part,) * (count - 1), size - part * (count - 1)), False
            if first is not None:
                return
    if first is not None and count <= ASK_FOR:
        sizes = exact_sizes(count, part_size)
        if sizes is not None and sum(sizes) == size:
            yield sizes, True


def exact_sizes(count: int, part_size: PartSize) -> tuple[int, ...] | None:
    """Bytes of every part, with a request for each; ``None`` where the store can't tell."""
    sizes = []
    for number in range(1, count + 1):
        told = part_size(number)
        if told is None:
            return None
        sizes.append(told)
    return tuple(sizes)
