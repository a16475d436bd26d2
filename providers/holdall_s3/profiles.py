"""What each family of S3 stores can do, and by what it is recognised: one data file per family in ``profiles/``.

A file has these tables:

* ``[profile]``: title, the versions it is about, source and date of most of what it says. ``like`` names the family
  whose values hold where the file says nothing (``generic``: the limits of the S3 API).
* ``[capabilities.<group>]``: a value is plain, or a table of ``value`` with a ``note`` and a ``date`` of its own.
* ``[[versions]]``: what differs in a ``range`` of versions (``">=18"``, ``">=17,<19"``), with ``capabilities`` as
  above. Where the version is not known, the file's own values hold: they are the cautious ones.
* ``[recognition]``: see ``Recognition``.

What a file does not name is ``unknown``, and limits that it does not name are none: nothing is taken over from AWS.
"""

from __future__ import annotations

import difflib
import functools
import operator
import re
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from holdall.capabilities import FEATURES, UNKNOWN, Capabilities, Evidence, Source
from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPERATORS = {">=": operator.ge, "<": operator.lt}
_CONDITION = re.compile(r"(>=|<)([0-9]+(?:\.[0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Recognition:
    """By what stores of a family are recognised, and what follows for requests where the host tells the family.

    Attributes:
        hosts: Patterns of endpoint hosts: ``*`` is one label or a piece of it, ``{region}`` one that is the region.
        buckets: Regular expression for names of buckets that only this family has; empty: there is none.
        headers: Regular expression by header; the name may end in ``*``. Any one of them is proof.
        request_id: Regular expression for ``x-amz-request-id``; with ``host_id`` it takes both.
        host_id: Regular expression for ``x-amz-id-2``.
        error: Regular expression by element of the error document; all of them must fit.
        version: Regular expression by header, whose first group is the version or the name of a release.
        releases: Version by name of the release.
        region: Region of signatures where the host names none; ``None``: the usual one.
        addressing: Where the bucket's name has to stand.
        double: It is a test double; that it answers in the place of another store is what it is for.
    """

    hosts: tuple[str, ...] = ()
    buckets: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    host_id: str = ""
    error: Mapping[str, str] = field(default_factory=dict)
    version: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    addressing: Literal["path", "virtual"] = "path"
    double: bool = False


@functools.cache
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
def profile(family: str, version: str | None = None) -> Capabilities:
    """The capabilities of a family of stores, each with its evidence.

    Args:
        family: e.g. ``minio``.
        version: The server's; ``None``: not known.

    Raises:
        InvalidConfiguration: There is no such family.
    """
    document = _document(family)
    head = document["profile"]
    default = Evidence(Source.PROFILE, head["date"], f"profile {family}: {head['source']}")
    if "like" in head:
        capabilities = profile(head["like"])
        unsaid = [feature for feature, value in capabilities.leaves() if value is UNKNOWN]
    else:
        capabilities = Capabilities()
        unsaid = [feature for feature, kind in FEATURES.items() if kind == "Support"]
    capabilities = capabilities.replace(
        dict.fromkeys(unsaid, UNKNOWN), Evidence(Source.PROFILE, None, f"profile {family} does not say")
    )
    tables = [(document.get("capabilities", {}), default)]
    for entry in document.get("versions", []):
        if version is not None and in_range(version, entry["range"]):
            said = entry.get("source", f"{head['source']}, for versions {entry['range']}")
            evidence = Evidence(Source.PROFILE, entry.get("date", head["date"]), f"profile {family}: {said}")
            tables.append((entry["capabilities"], evidence))
    for groups, evidence in tables:
        for how, values in _by_evidence(family, groups, evidence).items():
            capabilities = capabilities.replace(values, how)
    return capabilities


def about(family: str) -> Mapping[str, str]:
    """What a profile says of itself: ``title``, ``versions``, ``source``, ``date``."""
    head: Mapping[str, str] = _document(family)["profile"]
    return head


@functools.cache
def recognition(family: str) -> Recognition:
    """By what the stores of a family are recognised."""
    told = tomllib.loads(_text(family)[1])
    told["hosts"] = tuple(told.get("hosts", ()))
    return Recognition(**{name: value for name, value in told.items() if name not in {"source", "date"}})


def in_range(version: str, condition: str) -> bool:
    """Whether a version is in a range.

    Args:
        version: Anything with numbers in it, compared from the first one on; ``RELEASE.2025-09-07T16-13-09Z`` is
            2025, 9, 7, …
        condition: ``>=`` or ``<`` with a version; several of them, separated by commas, must all hold.

    Raises:
        ValueError: The condition is none.
    """
    numbers = _numbers(version)
    for part in condition.split(","):
        match = _CONDITION.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{condition!r} is no range of versions")
        if not _OPERATORS[match[1]](numbers, _numbers(match[2])):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", version)))


_RECOGNITION = "\n[recognition]\n"  # the last table of each file


@functools.cache
def _document(family: str) -> Mapping[str, Any]:
    check_family(family)
    return MappingProxyType(tomllib.loads(_text(family)[0]))


@functools.cache
def _text(family: str) -> tuple[str, str]:
    """A file's two parts: what the stores can do, and by what they are recognised, which is read for all families."""
    text = (files("holdall_s3") / "profiles" / f"{family}.toml").read_text("utf-8")
    capabilities, _, marks = text.partition(_RECOGNITION)
    return capabilities, marks


def _by_evidence(
    family: str, groups: Mapping[str, Mapping[str, Any]], default: Evidence
) -> Mapping[Evidence, dict[str, Any]]:
    found: dict[Evidence, dict[str, Any]] = {}
    for group, leaves in groups.items():
        for leaf, entry in leaves.items():
            value, evidence = _read(family, entry, default)
            found.setdefault(evidence, {})[f"{group}.{leaf}"] = value
    return found


def _read(family: str, entry: Any, default: Evidence) -> tuple[Any, Evidence]:
    if not isinstance(entry, dict):
        return entry, default
    note = f"profile {family}: {entry['note']}" if "note" in entry else default.note
    return entry["value"], Evidence(Source.PROFILE, entry.get("date", default.date), note)
