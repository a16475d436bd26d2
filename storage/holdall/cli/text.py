"""Text for terminals and for machines: nothing in a key may steer a terminal or pass for a second line."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

# Control characters, line and paragraph separators, what turns the direction of writing, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PREFIXES = ("kB", "MB", "GB", "TB", "PB", "EB")
_KILO = 1000


def escape(text: str) -> str:
    r"""A text in which unsafe characters are written as ``\n``, ``\x1b``, ``\u202e``; all others stay as they are."""
    return _UNSAFE.sub(lambda found: repr(found[0])[1:-1], text)


def shortened(text: str, most: int) -> str:
    """A text of at most so many columns of a terminal, with its middle left out: both ends of a key tell something.

    Args:
        text: Without control characters.
        most: Columns; at least 3.
    """
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - takes long, and most runs need no bar

    if cell_len(text) <= most:
        return text
    begin = set_cell_size(text, (most - 1) // 2).rstrip()
    rest = most - 1 - cell_len(begin)
    at = len(text)
    while cell_len(text[at - 1 :]) <= rest:
        at -= 1
    return f"{begin}…{text[at:]}"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON in which text stays readable, and unsafe characters are escaped as JSON escapes."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    # Line feeds outside of strings come from indent; inside they have been escaped by json itself.
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", written)


def rfc3339(time: datetime | None) -> str | None:
    """A time as ``2025-11-15T10:30:00Z``; fractions of a second are cut off."""
    if time is None:
        return None
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def epoch(time: datetime | None) -> int | None:
    """A time in whole seconds since 1970."""
    return None if time is None else int(time.timestamp())


def told_time(time: datetime | None, form: str) -> int | str | None:
    """A time in whole seconds since 1970 for programs (``json``), as RFC 3339 has it where people may read it."""
    return epoch(time) if form == "json" else rfc3339(time)


def human_size(size: int) -> str:
    """A size for people: ``999 B``, ``1.2 MB`` (1000 based, as ``--min-size 1MB`` is)."""
    if size < _KILO:
        return f"{size} B"
    power = min((len(str(size)) - 1) // 3, len(_PREFIXES))
    return f"{size / _KILO**power:.1f} {_PREFIXES[power - 1]}"


def plural(count: int, noun: str) -> str:
    """``1 object``, ``2 objects``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
