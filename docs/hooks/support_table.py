"""mkdocs hook: what the stores support, read from their own capabilities, in place of two marks.

`<!-- support table -->`: each column is a store that is opened as users open it; no request is sent. What stands in the
table is what the library acts upon. `<!-- families -->`: the families of S3 stores, each from its profile.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from holdall import registry
from holdall.capabilities import FEATURES, UNKNOWN, Support
from holdall_s3 import profiles

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities

MARK = "<!-- support table -->"
FAMILIES_MARK = "<!-- families -->"

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


# What decides for most programs whether a store will do.
ASKED_FIRST = (
    "put.if_absent",
    "put.if_match",
    "delete.batch",
    "copy.server_side",
    "multipart.copy_part",
    "multipart.max_parts",
    "versions.enable",
    "tags.objects",
    "encryption.sse_c",
    "checksums.algorithms",
)


def families() -> str:
    """What each family of S3 stores can do, as far as it is known: a table, and per family what is behind it."""
    lines = [
        f"| `store_family` | store | {' | '.join(f'`{feature}`' for feature in ASKED_FIRST)} | known |",
        f"| --- | --- |{' :-: |' * len(ASKED_FIRST)} --: |",
    ]
    details = []
    for family in profiles.families():
        capabilities, head = profiles.profile(family), profiles.about(family)
        supports = [value for _, value in capabilities.leaves() if isinstance(value, Support)]
        known = sum(value is not UNKNOWN for value in supports)
        cells = " | ".join(cell(capabilities.lookup(feature)) for feature in ASKED_FIRST)
        lines.append(f"| `{family}` | {head['title']} | {cells} | {known} of {len(supports)} |")
        hosts = ", ".join(f"`{host}`" for host in profiles.recognition(family).hosts)
        details.append(
            f"- **{head['title']}** (`{family}`): versions {head['versions']}; {head['source']}, {head['date']}."
            + (f" Hosts: {hosts}." if hosts else "")
        )
    return "\n".join(lines) + "\n\n" + "\n".join(details)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    for mark, make in ((MARK, support_table), (FAMILIES_MARK, families)):
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown
