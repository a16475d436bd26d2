"""mkdocs hook: a page that would fetch something from elsewhere while it is viewed fails the build."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.exceptions import PluginError

_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>
      | <link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|preload|icon)\b)[^>]*\bhref=["']?(?:https?:)?//[^>]*>
      | @import\s+url\((?:["']?)(?:https?:)?//[^)]*\)""",
    re.VERBOSE,
)


def fetched_from_elsewhere(html: str) -> list[str]:
    """The tags of a page that make a browser fetch something from another host; links to follow are none."""
    return [found[0] for found in _FETCHED.finditer(html)]


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Checks each page."""
    if found := fetched_from_elsewhere(output):
        raise PluginError(f"{page.file.src_path} fetches from elsewhere: {', '.join(found)}")
    return output
