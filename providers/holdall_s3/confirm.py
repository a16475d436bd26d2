"""That the piece of an object, or the keys, which a store answers are those that it was asked for. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidResponse, RequestIgnored, Retry
from holdall.semantics.ranges import not_satisfiable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdall.models import ObjectInfo
    from holdall.options import HeadOptions


def of_prefix(prefix: str, keys: Iterable[str]) -> None:
    """Makes sure that a listing holds only keys of the prefix that it was asked for: who lists may be about to delete.

    Args:
        prefix: What was asked for.
        keys: Keys and common prefixes of the answer.

    Raises:
        RequestIgnored: There is another key.
    """
    if not prefix:
        return
    for key in keys:
        if not key.startswith(prefix):
            raise RequestIgnored(
                f"the store was asked for keys that begin with {prefix!r} and listed {key!r}",
                hint="It does not heed prefixes; list the whole bucket, and choose by name.",
            )


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
