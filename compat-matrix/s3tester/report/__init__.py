"""Results for readers and for programs: one function for each format."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from s3tester.report.data import as_json, as_yaml
from s3tester.report.html import as_html
from s3tester.report.junit import as_junit
from s3tester.report.markdown import as_markdown
from s3tester.report.table import as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s3tester.results import Results

__all__ = ["FORMATS", "as_table", "render"]

FORMATS: Mapping[str, Callable[[Sequence[Results]], str]] = MappingProxyType(
    {"json": as_json, "yaml": as_yaml, "junit": as_junit, "markdown": as_markdown, "html": as_html}
)
"""What makes the text of each format; ``as_table`` is for terminals."""


def render(format_name: str, runs: Sequence[Results]) -> str:
    """Results as text.

    Args:
        format_name: One of ``FORMATS``.
        runs: One for each store.
    """
    return FORMATS[format_name](runs)
