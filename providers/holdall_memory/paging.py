"""Pages of sorted keys: where a page begins, and what rolls up.

A page costs what is on it: the keys are kept in order and found by bisection, and a rolled-up prefix is jumped over.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdall.options import ListOptions


def walk(keys: Sequence[str], options: ListOptions, position: int) -> Iterator[tuple[str, bool]]:
    """Yields what a listing shows, in order: names, and whether each is a rolled-up prefix.

    Args:
        keys: All keys, in order.
        options: Prefix and delimiter.
        position: Index of the first key to look at.
    """
    position = max(position, bisect.bisect_left(keys, options.prefix))
    while position < len(keys) and keys[position].startswith(options.prefix):
        key = keys[position]
        cut = key.find(options.delimiter, len(options.prefix)) if options.delimiter else -1
        if cut < 0:
            yield key, False
            position += 1
        else:
            rolled_up = key[: cut + len(options.delimiter)]
            yield rolled_up, True
            position = past_prefix(keys, rolled_up)


def past_key(keys: Sequence[str], key: str) -> int:
    """Index of the first key after this one."""
    return bisect.bisect_right(keys, key)


def past_prefix(keys: Sequence[str], prefix: str) -> int:
    """Index of the first key after all that begin with the prefix."""
    return bisect.bisect_right(keys, prefix, key=lambda key: key[: len(prefix)])
