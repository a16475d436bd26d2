"""What part of an object ``head`` and ``get`` are about."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, RangeNotSatisfiable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.models import ByteRange
    from holdall.options import HeadOptions


def selected(options: HeadOptions, size: int, part_sizes: Sequence[int] = ()) -> tuple[int, int]:
    """First byte and one past the last byte of what was asked for; the whole object where nothing was.

    Args:
        options: Range or part number.
        size: Bytes of the object.
        part_sizes: Bytes of each of its parts; empty for an object that was not uploaded in parts, which is one part.

    Raises:
        InvalidRequest: A range and a part number at once.
        RangeNotSatisfiable: The range holds no byte of the object, or there is no such part.
    """
    if options.range is not None and options.part_number is not None:
        raise InvalidRequest("range and part_number exclude each other")
    if options.range is not None:
        return resolved(options.range, size)
    if options.part_number is not None:
        return _part(options.part_number, part_sizes or (size,))
    return 0, size


def resolved(wanted: ByteRange, size: int) -> tuple[int, int]:
    """A range inside an object of ``size`` bytes: first byte and one past the last.

    Raises:
        RangeNotSatisfiable: It holds no byte of the object (RFC 9110, section 14.1.2); every range of an empty object
            does.
    """
    found = wanted.resolve(size)
    if found is None:
        raise not_satisfiable(wanted, size)
    return found


def not_satisfiable(wanted: ByteRange, size: int) -> RangeNotSatisfiable:
    """The error for a range that holds no byte of an object of ``size`` bytes, the same whoever finds out."""
    if size == 0:
        return RangeNotSatisfiable("the object is empty; no range holds a byte of it", hint="Read it without a range.")
    return RangeNotSatisfiable(
        f"the object has {size} bytes; the range starts at {wanted.start}",
        hint=f"Ranges start below {size}; one from the end, (-n, None), always holds something.",
    )


def _part(number: int, sizes: Sequence[int]) -> tuple[int, int]:
    if not 1 <= number <= len(sizes):
        raise RangeNotSatisfiable(f"there is no part {number}; the object has {len(sizes)}")
    stop = list(accumulate(sizes))[number - 1]
    return stop - sizes[number - 1], stop
