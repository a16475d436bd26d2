"""What contradicts the bytes and may be of something else: the object is fetched once more, and that decides.

ETags that may be MD5s or not, and what is of an object's parts where the store does not tell their sizes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from holdall.errors import ChecksumMismatch
from holdall.transfer import verify
from holdall.transfer.progress import Meter
from holdall.transfer.receiving import Receiver, digests_of, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.claims import Claim, Piece
    from holdall.models import Proof
    from holdall.provider import StorageProvider
    from holdall.transfer.partial import Partial
    from holdall.transfer.pinning import PinnedObject

logger = logging.getLogger(__name__)

_other: WeakKeyDictionary[StorageProvider, set[tuple[Proof, bool]]] = WeakKeyDictionary()
"""What was seen to be of something else, by provider: the kind of proof, and whether the parts' sizes were known."""


def holds_after_all(
    provider: StorageProvider,
    source: PinnedObject,
    claim: Claim,
    found: Mapping[Piece, bytes],
    partial: Partial,
    step: int | None,
    workers: int,
) -> bool:
    """Whether a claim holds for the bytes that come when the object is fetched once more, into the same file.

    Bytes that come the same twice were hardly damaged on the way: then the ETag is no MD5, or the parts have other
    sizes, and no later download from this provider object is fetched twice for such a claim.

    Args:
        provider: The store.
        source: The object.
        claim: What did not hold: it is not surely an MD5, or not surely of the parts' sizes.
        found: The digests of its units in the file.
        partial: The file.
        step: Bytes of a piece; ``None`` to fetch it in one stream.
        workers: Threads.

    Raises:
        ChecksumMismatch: Other bytes came than the first time, and the claim agrees with neither.
        StorageError: They did not come.
    """
    known, kind = _other.get(provider, set()), (claim.proof, claim.exact)
    if kind not in known:
        again = _fetched_again(source, claim, partial, step, workers)
        if claim.holds(again):
            logger.warning(
                "the bytes of %s were damaged on the way; fetched again, they agree with the %s", source.info.key,
                claim.proof,
            )  # fmt: skip
            return True
        if again != found:
            raise ChecksumMismatch(
                f"the {claim.proof} ({claim.algorithm}) of the object is {claim.value}; it was fetched twice, "
                "the bytes were not the same, and it is that of neither",
                key=source.info.key,
                hint="The bytes change on the way: try again over another network, or in smaller pieces.",
            )
        _other[provider] = {*known, kind}
    if not claim.exact:
        logger.warning(
            "the %s of %s is not that of the bytes that arrived, in parts of any usual size, and the store does not "
            "tell the sizes: they are others, or the object is damaged at rest. Nothing proves the bytes",
            claim.proof,
            source.info.key,
        )
        return False
    logger.warning(
        "the ETag of %s, %s, is not the MD5 of the bytes that arrived: the store's ETags are no MD5s (it has sent the "
        "same bytes twice), or the object is damaged at rest. Nothing proves the bytes. If its ETags are MD5s, say so: "
        'capabilities."checksums.md5_etag" = "yes"; if not, "no"',
        source.info.key,
        claim.value,
    )
    return False


def _fetched_again(
    source: PinnedObject, claim: Claim, partial: Partial, step: int | None, workers: int
) -> Mapping[Piece, bytes]:
    """The digests of the claim's units, of bytes that were fetched just now; the file has them."""
    size = source.info.size
    pieces, hashed = verify.cut(claim, size, step)
    result = source.get_whole(checksums=False)
    result.compare_with(None)
    # No progress: the caller was told of all bytes already.
    receiver = Receiver(partial.fd, claim.algorithm if hashed else None, Meter(None, source.info.key, size))
    if step is None:
        with result:
            digests: Mapping[Piece, bytes] = {piece: receiver.take(result, piece, lambda: None) for piece in pieces}
    else:
        digests = fetch(receiver, source, result, pieces, set(), partial, workers)
    return digests if hashed else digests_of(partial, claim.units(), claim.algorithm, workers)
