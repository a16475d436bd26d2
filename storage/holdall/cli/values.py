"""What people write for sizes, durations, times, ranges and pairs, read into values. Pure functions.

Each raises ``ValueError`` with a message for people; ``param_types.py`` makes options of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from holdall.models import ByteRange

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip
_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_RANGE = re.compile(r"(?P<first>\d+)-(?P<last>\d*)|-(?P<suffix>\d+)")


def parse_duration(text: str) -> timedelta:
    """Reads ``90d``, ``1h30m``, ``2 weeks``.

    Args:
        text: Amounts with units from seconds to weeks.

    Raises:
        ValueError: It is not that, or longer than time goes.
    """
    rest, seconds = text.lower(), 0.0
    while found := _AMOUNT.match(rest):
        if found[2] not in _UNITS:
            break
        seconds += float(found[1]) * _UNITS[found[2]]
        rest = rest[found.end() :]
    if rest or not text:
        raise ValueError(f"{text!r} is not a duration; write an amount and its unit, e.g. 45s, 30m, 24h, 90d, 2w")
    try:
        return timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError(f"{text!r} is longer than time goes") from error


def parse_time(text: str, now: datetime | None = None) -> datetime:
    """Reads ``2025-11-01``, ``2025-11-01T10:30:00Z``, ``7 days ago``, ``now``, ``today``, ``yesterday``.

    Args:
        text: A date, a time or a time ago. Without a zone it is UTC, as all times that the command prints.
        now: What "ago" counts from. Default: the clock.

    Returns:
        The time in UTC.

    Raises:
        ValueError: It is none of these.
    """
    now = now or datetime.now(UTC)
    words = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    if words in named:
        return named[words]
    try:
        if words.endswith("ago"):
            return now - parse_duration(words.removesuffix("ago"))
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is not a time; write e.g. 2025-11-01, 2025-11-01T10:30:00Z or '7 days ago'"
        ) from error


def parse_range(text: str) -> ByteRange:
    """Reads a byte range as HTTP writes them, both ends included: ``0-1023``, ``100-``, ``-500`` (the last 500).

    Raises:
        ValueError: It is not that, or holds no byte.
    """
    found = _RANGE.fullmatch(text.strip().removeprefix("bytes="))
    if found is None:
        raise ValueError(f"{text!r} is not a byte range; write first-last, first- or -length, e.g. 0-1023, 100-, -500")
    if found["suffix"] is not None:
        if not int(found["suffix"]):
            raise ValueError(f"{text!r} holds no byte")
        return ByteRange(-int(found["suffix"]))
    first = int(found["first"])
    if not found["last"]:
        return ByteRange(first)
    last = int(found["last"])
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return ByteRange(first, last + 1)


def parse_size(text: str) -> int:
    """Reads a size in bytes: ``1048576``, ``8MiB`` (1024 based), ``1MB`` (1000 based).

    Raises:
        ValueError: It is not that.
    """
    from pydantic import ByteSize, TypeAdapter, ValidationError  # noqa: PLC0415 - takes longer than all the rest

    try:
        size = int(TypeAdapter(ByteSize).validate_python(text.strip()))
    except ValidationError:
        size = -1
    if size < 0:
        raise ValueError(f"{text!r} is not a size; write bytes or a unit, e.g. 1048576, 8MiB, 1MB")
    return size


def parse_pairs(texts: Iterable[str], *, commas: bool) -> dict[str, str]:
    """Reads ``name=value`` pairs.

    Args:
        texts: The pairs, as they were given one after the other.
        commas: One text may hold several pairs with commas between them.

    Raises:
        ValueError: One has no ``=`` or no name, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for piece in (piece for text in texts for piece in (text.split(",") if commas else [text])):
        name, equals, value = piece.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{piece!r} is not name=value")
        if name.strip() in pairs:
            raise ValueError(f"{name.strip()!r} is given twice")
        pairs[name.strip()] = value
    return pairs
