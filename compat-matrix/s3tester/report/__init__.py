"""Results for readers and for programs: one function for each format."""

from __future__ import annotations

import io
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from s3tester.report.data import as_json, as_yaml
from s3tester.report.html import as_html
from s3tester.report.junit import as_junit
from s3tester.report.markdown import as_markdown
from s3tester.report.table import print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from s3tester.results import Results

__all__ = ["FORMATS", "print_table", "render", "write"]


def _as_table(runs: Sequence[Results]) -> str:
    stream = io.StringIO()
    print_table(runs, stream)
    return stream.getvalue()


FORMATS: Mapping[str, Callable[[Sequence[Results]], str]] = MappingProxyType(
    {
        "table": _as_table,
        "json": as_json,
        "yaml": as_yaml,
        "junit": as_junit,
        "markdown": as_markdown,
        "html": as_html,
    }
)
"""What makes the text of each format."""


def render(form: str, runs: Sequence[Results]) -> str:
    """Results as text.

    Args:
        form: One of ``FORMATS``.
        runs: One for each store.
    """
    return FORMATS[form](runs)


def write(form: str, runs: Sequence[Results], output: Path | None) -> None:
    """Writes results.

    Args:
        form: One of ``FORMATS``.
        runs: One for each store.
        output: Where to; ``None``: standard output, where a table has colours and the terminal's width.
    """
    if output is not None:
        output.write_text(render(form, runs), encoding="utf-8")
    elif form == "table":
        print_table(runs, sys.stdout)
    else:
        sys.stdout.buffer.write(render(form, runs).encode())
