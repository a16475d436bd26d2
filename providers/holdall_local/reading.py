"""What part of an object ``head`` and ``get`` are about, and the stream of it."""

from __future__ import annotations

import dataclasses
from itertools import accumulate
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, RangeNotSatisfiable

if TYPE_CHECKING:
    from holdall.models import ByteRange, ObjectInfo
    from holdall.options import GetOptions, HeadOptions
    from holdall_local.attributes import Record


def selected(record: Record, options: HeadOptions) -> tuple[int, int]:
    """First byte and one past the last byte of what was asked for.

    Raises:
        InvalidRequest: A range and a part number at once.
        RangeNotSatisfiable: The range holds no byte of the object, or there is no such part.
    """
    if options.range is not None and options.part_number is not None:
        raise InvalidRequest("range and part_number exclude each other")
    if options.range is not None:
        return resolved(options.range, record.size)
    if options.part_number is not None:
        return _part(record, options.part_number)
    return 0, record.size


def resolved(wanted: ByteRange, size: int) -> tuple[int, int]:
    """A range inside an object of ``size`` bytes.

    Raises:
        RangeNotSatisfiable: It holds no byte of the object.
    """
    found = wanted.resolve(size)
    if found is None:
        raise RangeNotSatisfiable(f"{wanted} holds none of the object's {size} bytes")
    return found


def _part(record: Record, number: int) -> tuple[int, int]:
    sizes = record.attributes.part_sizes or (record.size,)  # what was not uploaded in parts is one
    if not 1 <= number <= len(sizes):
        raise RangeNotSatisfiable(f"there is no part {number}; the object has {len(sizes)}")
    ends = list(accumulate(sizes))
    return ends[number - 1] - sizes[number - 1], ends[number - 1]


def with_response_headers(info: ObjectInfo, options: GetOptions) -> ObjectInfo:
    """What is known about an object, with the headers that the caller wants to be answered instead."""
    wanted = {
        "content_type": options.response_content_type,
        "content_encoding": options.response_content_encoding,
        "content_language": options.response_content_language,
        "content_disposition": options.response_content_disposition,
        "cache_control": options.response_cache_control,
        "expires": options.response_expires,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return dataclasses.replace(info, **given) if given else info  # type: ignore[arg-type]  # each value has its field's type
