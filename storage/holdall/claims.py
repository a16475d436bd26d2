"""``Claim``: something that a store says about an object's bytes and that follows from them, and how it is checked."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from holdall import checksums
from holdall.models import ChecksumAlgorithm, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from holdall.checksums import Hasher
    from holdall.models import Checksum

    Algorithm = ChecksumAlgorithm | Literal["MD5"]

logger = logging.getLogger(__name__)


class Piece(NamedTuple):
    """Bytes ``start`` to ``stop`` (exclusive) of what is fetched."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a store says about an object's bytes and that follows from them.

    Attributes:
        proof: What kind of thing it is.
        algorithm: What it is computed with.
        value: What it must be, as the store writes it.
        sizes: Bytes of each hashed unit: the parts, or one for all the bytes.
        by_parts: It is a hash of the units' hashes.
        trusted: The value surely is what it is taken for; not so where a store's ETags may be MD5s, or may not.
        exact: The sizes are surely those of the parts; not so where they are concluded from the first part.
    """

    proof: Proof
    algorithm: Algorithm
    value: str
    sizes: tuple[int, ...]
    by_parts: bool = False
    trusted: bool = True
    exact: bool = True

    @classmethod
    def of(cls, checksum: Checksum, size: int) -> Claim:
        """What a checksum of so many bytes as a whole says."""
        return cls(Proof.CHECKSUM, checksum.algorithm, checksum.value, (size,))

    def with_sizes(self, sizes: tuple[int, ...]) -> Claim:
        """The same for an object whose parts surely have these sizes."""
        return replace(self, sizes=sizes, exact=True)

    def units(self) -> tuple[Piece, ...]:
        """Where each hashed unit lies."""
        ends = tuple(accumulate(self.sizes))
        return tuple(Piece(end - size, end) for size, end in zip(self.sizes, ends, strict=True))

    def holds(self, digests: Mapping[Piece, bytes]) -> bool:
        """Whether it follows from the digests of pieces that make up the units.

        Args:
            digests: By piece; no piece lies in two units, and only a CRC's units may be of several pieces.
        """
        return self.found(digests) == self.value

    def found(self, digests: Mapping[Piece, bytes]) -> str:
        """The value that follows from the digests of pieces; see ``holds``."""
        pieces = iter(sorted(digests))
        return self.written([self._joined(unit, pieces, digests) for unit in self.units()])

    def written(self, digests: list[bytes]) -> str:
        """The value that follows from the units' digests, as the store would write it."""
        if not self.by_parts:
            return self._encoded(digests[0])
        whole = new(self.algorithm)
        whole.update(b"".join(digests))
        return f"{self._encoded(whole.digest())}-{len(digests)}"

    def _joined(self, unit: Piece, pieces: Iterator[Piece], digests: Mapping[Piece, bytes]) -> bytes:
        piece = next(pieces)
        digest = digests[piece]
        while piece.stop < unit.stop:
            piece = next(pieces)
            # A CRC: of hashes that can't be combined, one piece is made per unit.
            algorithm = cast("ChecksumAlgorithm", self.algorithm)
            digest = checksums.combine(algorithm, digest, digests[piece], piece.stop - piece.start)
        return digest

    def _encoded(self, digest: bytes) -> str:
        return digest.hex() if self.algorithm == "MD5" else checksums.encode(digest)


def new(algorithm: Algorithm) -> Hasher:
    """A hasher that has seen no bytes yet."""
    return hashlib.md5(usedforsecurity=False) if algorithm == "MD5" else checksums.new(algorithm)


def can_combine(algorithm: Algorithm) -> bool:
    """Whether pieces may be hashed in any order."""
    return algorithm != "MD5" and checksums.can_combine(algorithm)


def refuted(claim: Claim, found: str, exactly: Callable[[Claim], Claim | None], key: str) -> bool:
    """Whether the bytes surely are not those that a claim is about.

    Args:
        claim: What the store says.
        found: The value of the bytes.
        exactly: Asks for the sizes of the parts, where they are only concluded; returns the claim with them, or
            ``None`` where nobody knows.
        key: The object.

    Returns:
        False where they are, or where nobody knows; the log says so then.
    """
    if found == claim.value:
        return False
    if not claim.exact:
        exact = exactly(claim)
        if exact is None or exact.sizes != claim.sizes:
            message = "nothing proves the bytes of %s: the sizes of its parts, which its %s is of, are not known"
            logger.warning(message, key, claim.proof)
            return False
    return True


class InOrder:
    """Computes from bytes in their order what a claim says of them.

    Args:
        claim: The claim.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._digests: list[bytes] = []
        self._hasher = new(claim.algorithm)
        self._left = claim.sizes[0]  # of the unit

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Goes on with more bytes."""
        size = data.nbytes if isinstance(data, memoryview) else len(data)
        if size <= self._left:  # the ordinary case: one unit, or all of these in it
            self._hasher.update(data)
            self._left -= size
            return
        view = memoryview(data).cast("B")
        while view:
            if self._left == 0:
                self._digests.append(self._hasher.digest())
                self._hasher, self._left = new(self.claim.algorithm), self.claim.sizes[len(self._digests)]
            step = view[: self._left]
            self._hasher.update(step)
            self._left -= len(step)
            view = view[len(step) :]

    def found(self) -> str:
        """The value of the bytes, once all have come."""
        return self.claim.written([*self._digests, self._hasher.digest()])
