"""Sizes, durations, times, ranges and pairs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall.cli.values import parse_duration, parse_pairs, parse_range, parse_size, parse_time
from holdall.models import ByteRange

NOW = datetime(2025, 11, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("1h", timedelta(hours=1)),
        ("90d", timedelta(days=90)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(minutes=90)),
        ("7 days", timedelta(days=7)),
        ("1 Week", timedelta(weeks=1)),
        ("0.5h", timedelta(minutes=30)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "90", "d", "90x", "-1d", "1d!", "1 2d", "99999999999d", "nan d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|longer than time"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-01", datetime(2025, 11, 1, tzinfo=UTC)),
        ("2025-11-01T10:00:00Z", datetime(2025, 11, 1, 10, tzinfo=UTC)),
        ("2025-11-01 10:00", datetime(2025, 11, 1, 10, tzinfo=UTC)),
        ("2025-11-01T10:00:00+02:00", datetime(2025, 11, 1, 8, tzinfo=UTC)),
        ("7 days ago", datetime(2025, 11, 8, 10, 30, tzinfo=UTC)),
        ("1h ago", datetime(2025, 11, 15, 9, 30, tzinfo=UTC)),
        ("now", NOW),
        ("Today", datetime(2025, 11, 15, tzinfo=UTC)),
        ("yesterday", datetime(2025, 11, 14, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert parse_time(text, NOW) == expected


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-23, 23))  # noqa: DTZ001
def test_times_with_a_zone_are_read_as_they_are(time: datetime, hours: int) -> None:
    zoned = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_time(zoned.isoformat()) == zoned


@pytest.mark.parametrize("text", ["", "soon", "7 days", "ago", "2025-13-01", "99999999 weeks ago", "7 months ago"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0-1023", ByteRange(0, 1024)),
        ("5-5", ByteRange(5, 6)),
        ("100-", ByteRange(100)),
        ("-500", ByteRange(-500)),
        ("bytes=0-9", ByteRange(0, 10)),
    ],
)
def test_ranges_include_both_ends(text: str, expected: ByteRange) -> None:
    assert parse_range(text) == expected
    assert expected.header().removeprefix("bytes=") == text.removeprefix("bytes=")


@pytest.mark.parametrize("text", ["", "-", "5", "9-5", "-0", "1-2-3", "a-b", "1-2,4-5"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a byte range|holds no byte|ends before"):
        parse_range(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("1048576", 2**20), ("8MiB", 8 * 2**20), ("1MB", 10**6), ("1.5 kB", 1500)]
)
def test_sizes(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "big", "-5", "8 miles"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)


def test_pairs() -> None:
    assert parse_pairs(["a=1", "b=x=y", "c="], commas=False) == {"a": "1", "b": "x=y", "c": ""}
    assert parse_pairs(["a=1,b=2", "c=3"], commas=True) == {"a": "1", "b": "2", "c": "3"}
    assert parse_pairs(["a=1,2"], commas=False) == {"a": "1,2"}


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a=1", "a=2"], ["a=1,b"]])
def test_what_are_no_pairs_is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"not name=value|given twice"):
        parse_pairs(texts, commas=True)
