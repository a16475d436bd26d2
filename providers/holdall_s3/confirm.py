"""What matters for safety is confirmed from the store's answer, never assumed. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidResponse, RequestIgnored, Retry
from holdall.models import SseC, SseS3
from holdall.semantics.ranges import not_satisfiable
from holdall_s3.encoding import customer_key_md5

if TYPE_CHECKING:
    from holdall.models import Encryption, EncryptionInfo, ObjectInfo
    from holdall.options import HeadOptions


def encryption(asked: Encryption | None, told: EncryptionInfo | None, *, version_id: str | None = None) -> None:
    """Makes sure that the store says it encrypted as it was asked to.

    Args:
        asked: What the request asked for.
        told: What the answer says.
        version_id: The version that was written, for the error.

    Raises:
        RequestIgnored: It does not say so.
    """
    if asked is None:
        return
    missing = _missing(asked, told)
    if missing is not None:
        raise RequestIgnored(
            f"the store said yes and {missing}",
            version_id=version_id,
            hint="What was written is there, and not encrypted as asked: delete it if that must not be.",
        )


def is_told(asked: Encryption | None, told: EncryptionInfo | None) -> bool:
    """Whether an answer has enough in it to confirm, or to refute, what was asked for."""
    if asked is None:
        return True
    if told is None:
        return False
    if isinstance(asked, SseC):
        return told.customer_key_md5 is not None
    return isinstance(asked, SseS3) or asked.key_id is None or told.key_id is not None


def _missing(asked: Encryption, told: EncryptionInfo | None) -> str | None:
    if told is None:
        return "says nothing of encryption"
    if isinstance(asked, SseS3):
        return None if told.algorithm == "AES256" and not told.customer_key_md5 else f"tells of {told.algorithm}"
    if isinstance(asked, SseC):
        same = told.customer_key_md5 == customer_key_md5(asked.key)
        return None if same else "does not confirm the customer's key"
    wanted = "aws:kms:dsse" if asked.dual_layer else "aws:kms"
    if told.algorithm != wanted:
        return f"tells of {told.algorithm} instead of {wanted}"
    return None if _same_key(asked.key_id, told.key_id) else f"tells of the key {told.key_id} instead of {asked.key_id}"


def _same_key(asked: str | None, told: str | None) -> bool:
    """Whether a key that was asked for is the one told: an ARN is told whatever form was asked in.

    An alias leads to a key that can't be compared with it: then that there is a key has to do.
    """
    if asked is None or told is None:
        return asked is None
    if "alias/" in asked:
        return True
    return told == asked or told.endswith(f"/{asked}") or asked.endswith(f"/{told}")


def served_piece(options: HeadOptions, info: ObjectInfo, piece: tuple[int, int, int] | None) -> None:
    """Makes sure that a store answered the piece of an object that it was asked for, and no other.

    Args:
        options: What was asked for.
        info: What the answer tells of the object.
        piece: Start, stop (exclusive) and whole size, where the answer says which piece it is.

    Raises:
        RangeNotSatisfiable: The object is empty, and some stores answer 200 to a range of its last bytes.
        InvalidResponse: It answered another piece than it was asked for.
        RequestIgnored: It answered the whole object, and that was not the piece.
    """
    if piece is not None:
        _right_piece(options, piece)
        return
    if options.range is None and options.part_number is None:
        return
    if options.range is not None and options.range.resolve(info.size) == (0, info.size):
        return
    if options.range is not None and info.size == 0:
        raise not_satisfiable(options.range, 0)
    if options.part_number == 1 and info.parts_count in {None, 1}:
        return
    what = f"part {options.part_number}" if options.range is None else f"the range {options.range.header()}"
    raise RequestIgnored(f"the store was asked for {what} and answered the whole object")


def _right_piece(options: HeadOptions, piece: tuple[int, int, int]) -> None:
    """A piece has the place that was asked for; of a part it is not known before where it is."""
    start, stop, size = piece
    if options.range is not None:
        fits = (start, stop) == options.range.resolve(size)
    elif options.part_number is not None:
        fits = start < stop <= size
    else:
        fits = (start, stop) == (0, size)
    if not fits:
        asked = "the whole object" if options.range is None else f"the range {options.range.header()}"
        asked = asked if options.part_number is None else f"part {options.part_number}"
        raise InvalidResponse(
            f"the store was asked for {asked} and answered bytes {start}-{stop - 1}/{size}", retry=Retry.SAFE
        )
