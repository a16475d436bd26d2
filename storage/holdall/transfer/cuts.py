"""Where a range of keys may be cut, so that its pieces can be listed at the same time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 1024
"""Bytes of a key at most (S3 user guide, "Object key names"); stores refuse to begin behind a longer one."""


def cuts(low: str, high: str | None, prefix: str, alphabet: Sequence[str], count: int) -> list[str]:
    """Strings between two keys, as even as can be told without knowing the keys in between.

    Nobody knows how keys are spread, but those that were seen tell which characters they are made of: the cuts differ
    from ``low`` in the first place where one of these fits, and divide those that fit into equal parts.

    Args:
        low: A key that begins with ``prefix``.
        high: A string behind it that begins with ``prefix``; ``None`` is the end of all keys that do.
        prefix: What all keys begin with.
        alphabet: Characters that keys were seen to have, ascending.
        count: Cuts at most.

    Returns:
        ``low < cut < high`` in the order of code points, which is UTF-8's byte order, ascending; perhaps none.
    """
    bounded = high is not None
    for place in range(len(prefix), len(low) + 1):
        here = low[place : place + 1]
        end = high[place : place + 1] if bounded and high is not None else ""
        fitting = [character for character in alphabet if here < character and (not bounded or character < end)]
        if fitting:
            chosen = min(count, len(fitting))
            places = [(number + 1) * len(fitting) // (chosen + 1) for number in range(chosen)]
            found = [low[:place] + fitting[each] for each in places]
            return [cut for cut in found if len(cut.encode()) <= LONGEST]
        bounded = bounded and here == end  # else whatever begins as "low" does up to here comes before "high"
    return []
