"""Pages of sorted keys: where a page begins, what rolls up, and the tokens in between.

A page costs what is on it: the keys are kept in order and found by bisection, and a rolled-up prefix is jumped over.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import json
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest
from holdall_memory.features import PAGE_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdall.options import ListOptions


def page_size(limit: int | None) -> int:
    """How many items a page holds: what was asked for, at most 1,000 (as S3 does).

    Raises:
        InvalidRequest: Less than one.
    """
    if limit is not None and limit < 1:
        raise InvalidRequest(f"a page of {limit} items can't be; the limit starts at 1")
    return PAGE_MAX if limit is None else min(limit, PAGE_MAX)


def write_token(*place: str | int) -> str:
    """An opaque token for a place in a listing."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode("ascii")


def read_token(token: str, *kinds: type) -> list[str | int]:
    """The place that a token stands for.

    Args:
        token: What ``write_token`` made.
        *kinds: The types of the place's pieces.

    Raises:
        InvalidRequest: It is not such a token.
    """
    try:
        place = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):  # ValueError: not UTF-8, not JSON
        place = None
    if not isinstance(place, list) or [type(piece) for piece in place] != list(kinds):
        raise InvalidRequest(f"{token!r} is not a token of this listing", hint="Give next_token of the page before.")
    return place


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
