"""mkdocs hook: what the stores support, read from their own capabilities, in place of `<!-- support table -->`.

Each column is a store that is opened as users open it; no request is sent. What stands in the table is what the library
acts upon.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from holdall import registry
from holdall.capabilities import FEATURES, Support

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities

MARK = "<!-- support table -->"

# As little as each kind takes. The endpoint is never asked.
_S3 = {"bucket": "bucket", "endpoint_url": "http://127.0.0.1:9", "access_key_id": "any", "secret_access_key": "any"}
STORES: dict[str, dict[str, Any]] = {
    "s3": {"bucket": "bucket", "region": "us-east-1"},
    "minio": _S3,
    "ceph-rgw": _S3,
    "s3-compatible": _S3,
    "local": {"root": "/nowhere", "create": False},
    "memory": {},
}
WORDS = {Support.YES: "yes", Support.NO: "no", Support.UNKNOWN: "?"}
MANY = 5  # names in a cell


def columns() -> dict[str, Capabilities]:
    """The capabilities of a store of each kind, without any overrides."""
    found = {}
    for name, settings in STORES.items():
        kind = registry.load(name)
        provider = kind.open(kind.settings(**settings), name)
        found[name] = provider.capabilities
        provider.close()
    return found


def cell(value: Any) -> str:
    """A capability for readers; no limit, or none that is known, is an empty cell."""
    if isinstance(value, Support):
        return WORDS[value]
    if isinstance(value, tuple):
        return ", ".join(value) if len(value) <= MANY else f"{len(value)} names"
    return "" if value is None else f"{value:,}"


def support_table() -> str:
    """One table for each group of features."""
    stores = columns()
    parts = []
    for group, features in groupby(FEATURES, key=lambda feature: feature.split(".")[0]):
        rows = [f"| feature | {' | '.join(stores)} |", f"| --- |{' :-: |' * len(stores)}"]
        for feature in features:
            cells = " | ".join(cell(store.lookup(feature)) for store in stores.values())
            rows.append(f"| `{feature}` | {cells} |")
        parts.append(f"## {group}\n\n" + "\n".join(rows))
    return "\n\n".join(parts)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    return markdown.replace(MARK, support_table()) if MARK in markdown else markdown
