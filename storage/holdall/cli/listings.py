"""Listings on their way to standard output: written while they come, in constant memory."""

from __future__ import annotations

import codecs
import tempfile
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from holdall.cli.output import plain
from holdall.cli.text import escape, human_size, plural, rfc3339, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from holdall.cli.output import Output
    from holdall.models import ListPage, ObjectEntry

SPOOLED = 1024 * 1024
"""Bytes of common prefixes that are kept in memory until the objects have been written; more go to a file."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects of a listing count. An object whose time the store does not tell passes no filter of time.

    Attributes:
        since: Changed then or later.
        before: Changed before that.
        min_size: At least so many bytes.
        max_size: At most so many bytes.
    """

    since: datetime | None = None
    before: datetime | None = None
    min_size: int | None = None
    max_size: int | None = None

    def __bool__(self) -> bool:
        """Whether it leaves out anything."""
        return any(value is not None for value in (self.since, self.before, self.min_size, self.max_size))

    def passes(self, entry: ObjectEntry) -> bool:
        """Whether an object counts."""
        if (self.min_size is not None and entry.size < self.min_size) or (
            self.max_size is not None and entry.size > self.max_size
        ):
            return False
        if self.since is None and self.before is None:
            return True
        time = entry.last_modified
        if time is None:
            return False
        return (self.since is None or time >= self.since) and (self.before is None or time < self.before)


def select(pages: Iterable[ListPage], chosen: Filter, limit: int | None) -> Iterator[ObjectEntry | str]:
    """Yields the objects that count, and common prefixes as strings.

    Args:
        pages: The listing.
        chosen: Which objects.
        limit: At most so many objects and prefixes.
    """
    left = limit
    for page in pages:
        items: list[ObjectEntry | str] = [*page.prefixes, *filter(chosen.passes, page.entries)]
        for item in items:
            if left is not None and left <= 0:
                return
            yield item
            left = None if left is None else left - 1
        if left is not None and left <= 0:  # before another page is asked for
            return


class Listing:
    """Writes one listing in one of the forms."""

    def __init__(self, output: Output, form: str, head: dict[str, Any], *, end: str = "\n") -> None:
        """Begins it.

        Args:
            output: Where it goes.
            form: ``json``, ``text``, ``table`` or ``keys``.
            head: The first fields of the JSON object.
            end: What follows each key in the form ``keys``; with ``NUL`` keys are not escaped.
        """
        self.count = 0
        self.size = 0
        self._output = output
        self._form = form
        self._head = head
        self._end = end

    def write(self, items: Iterable[ObjectEntry | str]) -> None:
        """Writes objects and common prefixes, and the end; nothing at all if not even the first can be had."""
        coming = iter(items)
        items = chain(tuple(islice(coming, 1)), coming)
        match self._form:
            case "json":
                self._as_json(items)
            case "table":
                self._as_table(items)
            case _:
                self._as_lines(items)

    def _counted(self, item: ObjectEntry | str) -> ObjectEntry | str:
        if not isinstance(item, str):
            self.count += 1
            self.size += item.size
        return item

    def _as_json(self, items: Iterable[ObjectEntry | str]) -> None:
        text = self._output.text
        text("{\n" + "".join(f"  {to_json(name)}: {to_json(value)},\n" for name, value in self._head.items()))
        text('  "objects": [')
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as prefixes:
            found = 0
            for item in map(self._counted, items):
                if isinstance(item, str):
                    prefixes.write((",\n    " if found else "\n    ").encode() + to_json(item).encode())
                    found += 1
                else:
                    text((",\n    " if self.count > 1 else "\n    ") + to_json(entry_record(item)))
            text(("\n  ]" if self.count else "]") + ',\n  "prefixes": [')
            prefixes.seek(0)
            decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")  # a chunk may end within a character
            while chunk := prefixes.read(SPOOLED):
                text(decoder.decode(chunk))
        text("\n  ]" if found else "]")
        text(f',\n  "total_count": {self.count},\n  "total_size": {self.size}\n}}\n')

    def _as_table(self, items: Iterable[ObjectEntry | str]) -> None:
        # Not rich's table, which would wait for the last row. The key comes last, so that it needs no width.
        row = "{:>10}  {:<20}  {:<13}  {}\n".format
        self._output.text(row("SIZE", "MODIFIED", "CLASS", "KEY"))
        for item in map(self._counted, items):
            if isinstance(item, str):
                self._output.text(row("", "", "prefix", escape(item)))
            else:
                cells = human_size(item.size), plain(rfc3339(item.last_modified)), escape(item.storage_class)
                self._output.text(row(*cells, escape(item.key)))
        self._output.text(f"\n{plural(self.count, 'object')}, {human_size(self.size)}\n")

    def _as_lines(self, items: Iterable[ObjectEntry | str]) -> None:
        keys, raw = self._form == "keys", self._end == "\0"
        for item in map(self._counted, items):
            if keys:
                if not isinstance(item, str):
                    self._output.text((item.key if raw else escape(item.key)) + self._end)
            elif isinstance(item, str):
                self._output.text(f"-\t-\t-\t-\t{escape(item)}\n")
            else:
                cells = (item.size, rfc3339(item.last_modified), item.etag, item.storage_class, item.key)
                self._output.text("\t".join(map(plain, cells)) + "\n")


def entry_record(entry: ObjectEntry) -> dict[str, Any]:
    """An object of a listing as JSON has it."""
    return {
        "key": entry.key,
        "size": entry.size,
        "last_modified": rfc3339(entry.last_modified),
        "etag": entry.etag,
        "storage_class": entry.storage_class,
    }
