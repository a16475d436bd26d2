"""The progress bar stays on one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from holdall.cli import progress
from holdall.cli.session import Session
from holdall.cli.text import shortened
from holdall.transfer.progress import Meter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

LONG = "projects/2026/very-long-folder-name/another-long-folder-name/measurements-of-the-day.parquet"


@pytest.mark.parametrize("text", [LONG, "漢字" * 40, "a" * 30 + "漢" * 30, "e\u0301" * 40])
@pytest.mark.parametrize("most", [3, 4, 10, 25, 31, 200])
def test_a_long_text_keeps_both_ends_and_fits(text: str, most: int) -> None:
    short = shortened(text, most)
    assert cell_len(short) <= most
    if short != text:
        begin, end = short.split("…")
        assert text.startswith(begin)
        assert text.endswith(end)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_long_key_does_not_wrap_the_bar(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    with (
        progress.progress_bar(Session(), LONG, wanted=True) as tell,
        Meter(tell, LONG, 123_400_000_000) as meter,
    ):
        meter.advance(100_000_000_000)
        meter.advance(23_400_000_000)
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    lines = [line for line in re.split(r"[\r\n]+", written) if line.strip()]
    assert any("123.4 GB" in line for line in lines)
    for line in lines:
        assert line.startswith("proj")
        assert cell_len(line.rstrip()) <= columns


def test_what_would_steer_the_terminal_is_escaped(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"x")
    said = blob("put", "f", "blob://lake/\x1b]0;owned\x07", "--progress").stderr
    assert "\x1b]0;" not in said
    assert "\\x1b]0;" in said
