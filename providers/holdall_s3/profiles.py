"""What each family of S3 stores can do: one data file per family in ``profiles/``.

A file has a ``[profile]`` table (title, the versions it is about, source and date of most of what it says), then one
table per group of capabilities. A value is plain, or a table of ``value`` with a ``note`` and a ``date`` of its own.
What a file does not name is ``unknown``, and limits that it does not name are none: nothing is taken over from AWS.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from importlib.resources import files
from typing import Any

from holdall.capabilities import FEATURES, UNKNOWN, Capabilities, Evidence, Source
from holdall.errors import InvalidConfiguration


def families() -> tuple[str, ...]:
    """Names of all families that there are profiles of."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in (files("holdall_s3") / "profiles").iterdir()
            if entry.name.endswith(".toml")
        )
    )


def check_family(family: str) -> None:
    """Refuses the name of a family that there is no profile of.

    Raises:
        InvalidConfiguration: With the nearest name.
    """
    known = families()
    if family not in known:
        near = difflib.get_close_matches(family, known, n=1)
        raise InvalidConfiguration(
            f"there is no store family {family!r}",
            hint=f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(known)}.",
        )


@functools.cache
def profile(family: str) -> Capabilities:
    """The capabilities of a family of stores, each with its evidence.

    Args:
        family: e.g. ``minio``.

    Raises:
        InvalidConfiguration: There is no such family.
    """
    check_family(family)
    text = (files("holdall_s3") / "profiles" / f"{family}.toml").read_text("utf-8")
    document = tomllib.loads(text)
    head = document["profile"]
    default = Evidence(Source.PROFILE, head["date"], f"profile {family}: {head['source']}")
    capabilities = Capabilities().replace(
        {feature: UNKNOWN for feature, kind in FEATURES.items() if kind == "Support"},
        Evidence(Source.PROFILE, None, f"profile {family} does not say"),
    )
    for group, leaves in document["capabilities"].items():
        for leaf, entry in leaves.items():
            plain, evidence = _read(family, entry, default)
            capabilities = capabilities.replace({f"{group}.{leaf}": plain}, evidence)
    return capabilities


def _read(family: str, entry: Any, default: Evidence) -> tuple[Any, Evidence]:
    if not isinstance(entry, dict):
        return entry, default
    note = f"profile {family}: {entry['note']}" if "note" in entry else default.note
    return entry["value"], Evidence(Source.PROFILE, entry.get("date", default.date), note)
