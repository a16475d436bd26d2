"""How text and values are written."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall.cli.text import epoch, escape, human_size, plural, rfc3339, to_json


@settings(deadline=None)
@given(st.text())
def test_no_text_can_steer_a_terminal_or_begin_a_line(text: str) -> None:
    for written in (escape(text), to_json(text), to_json({text: text})):
        assert not [char for char in written if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}]
        assert not [char for char in written if unicodedata.bidirectional(char) in {"RLO", "LRO", "RLE", "RLI"}]


@settings(deadline=None)
@given(st.text())
def test_json_says_what_was_given(text: str) -> None:
    assert json.loads(to_json([text], indent=2)) == [text]


@pytest.mark.parametrize(
    ("text", "written"),
    [("a\nb", r"a\nb"), ("\x1b[31m", r"\x1b[31m"), ("\u202ex", r"\u202ex"), ("ä 日本　.csv", "ä 日本　.csv")],
)
def test_only_what_is_unsafe_is_escaped(text: str, written: str) -> None:
    assert escape(text) == written


def test_times() -> None:
    time = datetime(2025, 11, 15, 12, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(time) == "2025-11-15T10:30:00Z"
    assert epoch(time) == int(datetime(2025, 11, 15, 10, 30, tzinfo=UTC).timestamp())
    assert rfc3339(None) is None
    assert epoch(None) is None


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**21, "1000.0 EB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human_size(size) == text


def test_one_or_many() -> None:
    assert [plural(1, "object"), plural(0, "object"), plural(1234, "object")] == [
        "1 object",
        "0 objects",
        "1,234 objects",
    ]
