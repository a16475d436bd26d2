"""Listings: one walk along the table's index."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from holdall.models import ListPage
from holdall.semantics.paging import page_size
from holdall_sqlite.rows import as_entry

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from holdall.options import ListOptions

SELECT = "SELECT key, length(body), etag, modified FROM objects WHERE key >= ? AND key < ? ORDER BY key"

# Places in the index. 0xFF is in no UTF-8 text, so it is behind everything that begins with what is in front of it.
JUST_BEHIND, BEHIND_ALL_OF = b"\x00", b"\xff"


def list_page(db: sqlite3.Connection, options: ListOptions) -> ListPage:
    """One page of keys and common prefixes, in one order.

    Args:
        db: A transaction.
        options: What to list. A token is the place where the next page begins, in hexadecimal.
    """
    limit = page_size(options.limit)
    walk = _walk(db, options)
    items = list(islice(walk, limit))
    more = next(walk, None) is not None
    return ListPage(
        entries=tuple(as_entry(row) for _, row in items if row is not None),
        prefixes=tuple(name.decode() for name, row in items if row is None),
        next_token=_behind(*items[-1]).hex() if more else None,
    )


def _walk(db: sqlite3.Connection, options: ListOptions) -> Iterator[tuple[bytes, tuple[bytes, int, str, int] | None]]:
    """Yields keys with their rows, and common prefixes without one."""
    prefix, delimiter = options.prefix.encode(), options.delimiter.encode()
    place = _first(options)
    while place is not None:
        rows = db.execute(SELECT, (max(place, prefix), prefix + BEHIND_ALL_OF))
        place = None
        for row in rows:
            key: bytes = row[0]
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            if end < 0:
                yield key, row
                continue
            common = key[: end + len(delimiter)]
            yield common, None
            place = _behind(common, None)  # what it stands for is skipped, not read
            break


def _first(options: ListOptions) -> bytes | None:
    if options.token is not None:
        return bytes.fromhex(options.token)
    return options.start_after.encode() + JUST_BEHIND if options.start_after else b""


def _behind(name: bytes, row: object | None) -> bytes:
    return name + (BEHIND_ALL_OF if row is None else JUST_BEHIND)
