"""mkdocs hook: the tree of errors, as `holdall.errors` draws it, in place of `<!-- error tree -->`."""

from __future__ import annotations

import inspect
from typing import Any

from holdall import errors

MARK = "<!-- error tree -->"


def error_tree() -> str:
    """The drawing, as a block."""
    lines = inspect.cleandoc(errors.__doc__ or "").splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip() == "StorageError")
    last = max(number for number, line in enumerate(lines) if line.lstrip().startswith(("├", "└", "│")))
    drawing = inspect.cleandoc("\n".join(lines[first : last + 1]))
    return f"```text\n{drawing}\n```"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    return markdown.replace(MARK, error_tree()) if MARK in markdown else markdown
