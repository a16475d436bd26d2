"""Page sizes, and the tokens between pages."""

from __future__ import annotations

import base64
import json
from typing import Final

from holdall.errors import InvalidRequest

PAGE_MAX: Final = 1000
"""Items per page, as in S3."""


def page_size(limit: int | None) -> int:
    """How many items a page holds: what was asked for, at most 1,000.

    Raises:
        InvalidRequest: Less than one.
    """
    if limit is not None and limit < 1:
        raise InvalidRequest(f"a page of {limit} items can't be; the limit starts at 1")
    return PAGE_MAX if limit is None else min(limit, PAGE_MAX)


def write_token(*place: str | int) -> str:
    """An opaque token for a place in a listing.

    Args:
        *place: What the provider needs to go on from there: strings, whole numbers, booleans.
    """
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
    except ValueError:  # not base64, not UTF-8, not JSON
        place = None
    if not isinstance(place, list) or [type(piece) for piece in place] != list(kinds):
        raise InvalidRequest(f"{token!r} is not a token of this listing", hint="Give next_token of the page before.")
    return place
