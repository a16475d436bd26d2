"""Many ranges of one object: near ones in one request, several requests at a time, all of one version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall.errors import RangeNotSatisfiable
from holdall.models import ByteRange
from holdall.transfer.crew import Crew
from holdall.transfer.pinning import PinnedObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from holdall import options as opt
    from holdall.provider import StorageProvider

MAX_GAP = 1024 * 1024
"""Bytes between two ranges that are read and thrown away rather than asking once more: some 10 ms at 100 MB/s, and the
first byte of another answer takes longer than that."""
MAX_BLOCK = 16 * 1024 * 1024
"""Most bytes that are read at once for several ranges; what is longer by itself stays one request."""


def get_ranges(
    provider: StorageProvider, key: str, wanted: Sequence[ByteRange], options: opt.GetOptions, workers: int
) -> list[bytes]:
    """Reads ranges of an object.

    The first answer tells which version it is and how long; all further requests are for just that.

    Args:
        provider: The store.
        key: Full key.
        wanted: The ranges, in any order; they may overlap. Of none that is empty anything is asked.
        options: What else is asked for.
        workers: Requests at the same time.

    Returns:
        The bytes of each range, in the order given.

    Raises:
        RangeNotSatisfiable: A range begins past the end.
        SourceChanged: The object was replaced meanwhile.
    """
    blocks = join((each for each in wanted if not _is_empty(each)), MAX_GAP, MAX_BLOCK)
    requests = list(dict.fromkeys(blocks.values()))
    if not requests:
        return [b""] * len(wanted)
    first, *others = requests
    with provider.get(key, dataclasses.replace(options, range=first)) as result:
        bodies = {first: result.read()}
        info = result.info
        found = {(result.start, result.start + result.length): bodies[first]}
    # Now that the size is known, blocks that reach beyond the end may turn out to be the same.
    places = {block: _place(block, info.size, key) for block in others}
    missing = [place for place in dict.fromkeys(places.values()) if place not in found]
    if missing:
        source = PinnedObject(provider, key, options, info)

        def read(place: tuple[int, int]) -> bytes:
            with source.get(*place) as answer:
                return answer.read()

        with Crew(read, workers) as crew:
            found.update(crew.run(missing))
    bodies.update({block: found[place] for block, place in places.items()})

    def cut(each: ByteRange) -> bytes:
        if _is_empty(each):
            return b""
        block = blocks[each]
        body = bodies[block]
        if block == each:
            return body
        if each.start >= info.size:
            raise RangeNotSatisfiable(f"the range {each.header()} begins past the end, at {info.size}", key=key)
        return body[each.start - block.start : (each.stop or 0) - block.start]

    return [cut(each) for each in wanted]


def join(ranges: Iterable[ByteRange], max_gap: int, max_block: int) -> Mapping[ByteRange, ByteRange]:
    """Joins near ranges.

    Args:
        ranges: None of them empty. Those that are counted from the end, or have none, stay by themselves: where they
            lie is not known before the size is.
        max_gap: Ranges with at most so many bytes between them are joined,
        max_block: unless that made more than so many bytes.

    Returns:
        For each range the one that it is read with.
    """
    found = {}
    members: list[ByteRange] = []
    start = stop = 0
    for each in sorted(set(ranges), key=lambda each: (each.start, each.stop or 0)):
        if each.start < 0 or each.stop is None:
            found[each] = each
            continue
        if members and each.start - stop <= max_gap and max(stop, each.stop) - start <= max_block:
            stop = max(stop, each.stop)
        else:
            found.update(dict.fromkeys(members, ByteRange(start, stop)))
            members, start, stop = [], each.start, each.stop
        members.append(each)
    found.update(dict.fromkeys(members, ByteRange(start, stop)))
    return found


def _place(block: ByteRange, size: int, key: str) -> tuple[int, int]:
    place = block.resolve(size)
    if place is None:
        raise RangeNotSatisfiable(f"the range {block.header()} begins past the end, at {size}", key=key)
    return place


def _is_empty(each: ByteRange) -> bool:
    return each.stop is not None and each.stop <= each.start
