"""Which family of stores this is: from its host, from names of buckets, from answers. Pure functions of what is told.

In order of trust: the user's word (``store_family``, or the kind of the store), the host, headers that nobody else
sends, the shape of request ids, the shape of error documents. ``Server: AmazonS3`` is worth nothing: other servers say
it, too. The marks themselves stand in the profiles.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from holdall_s3.profiles import Recognition, families, recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PIECES = {"*": "[a-z0-9-]+", "{region}": "(?P<region>[a-z0-9-]+)"}
_PIECE = re.compile(r"\*|\{[a-z]+\}")


class Recognised(NamedTuple):
    """What a store was recognised as.

    Attributes:
        family: Name of the profile.
        version: The server's version, where it could be read.
        by: What told it, for readers, e.g. ``host s3.fr-par.scw.cloud``.
        region: Region that the host names.
    """

    family: str
    version: str | None
    by: str
    region: str | None = None


def by_host(endpoint_url: str) -> Recognised | None:
    """The family of an endpoint, by its host.

    Args:
        endpoint_url: A checked URL; see ``check_endpoint``.
    """
    host = (urlsplit(endpoint_url).hostname or "").rstrip(".")
    for family, pattern in _hosts():
        match = pattern.fullmatch(host)
        if match is not None:
            return Recognised(family, None, f"host {host}", match.groupdict().get("region"))
    return None


def by_bucket(name: str) -> Recognised | None:
    """The family of a bucket that only one family can have, by its name."""
    for family, marks in _marks():
        if marks.buckets and re.search(marks.buckets, name):
            return Recognised(family, None, f"bucket {name}")
    return None


def by_answer(headers: Mapping[str, str], error: Mapping[str, str]) -> Recognised | None:
    """The family of a store by one of its answers.

    Args:
        headers: The answer's, names in lower case.
        error: Elements of its error document by name; empty where there is none.
    """
    looks: tuple[Callable[[Recognition], str | None], ...] = (
        lambda marks: _own_header(marks, headers),
        lambda marks: _request_id(marks, headers),
        lambda marks: _error(marks, error),
    )
    for look in looks:
        for family, marks in _shown_in_answers():
            by = look(marks)
            if by is not None:
                return Recognised(family, read_version(marks, headers), by)
    return None


def read_version(marks: Recognition, headers: Mapping[str, str]) -> str | None:
    """The server's version, where its answers tell it."""
    for name, pattern in marks.version.items():
        match = re.search(pattern, headers.get(name, ""))
        if match is not None:
            return marks.releases.get(match[1], match[1] if re.search("[0-9]", match[1]) else None)
    return None


def shows_in_answers(marks: Recognition) -> bool:
    """Whether a family's answers have marks; those of services that run another's software have not, or the other's."""
    return bool(marks.headers or marks.request_id or marks.error)


def _own_header(marks: Recognition, headers: Mapping[str, str]) -> str | None:
    for name, pattern in marks.headers.items():
        found = [each for each in headers if each.startswith(name[:-1])] if name.endswith("*") else [name]
        for each in found:
            if each in headers and re.search(pattern, headers[each]):
                return f"header {each}"
    return None


def _request_id(marks: Recognition, headers: Mapping[str, str]) -> str | None:
    if not marks.request_id or not re.search(marks.request_id, headers.get("x-amz-request-id", "")):
        return None
    if marks.host_id and not re.search(marks.host_id, headers.get("x-amz-id-2", "")):
        return None
    return "shape of its request ids"


def _error(marks: Recognition, error: Mapping[str, str]) -> str | None:
    if not marks.error or not all(re.search(pattern, error.get(name, "")) for name, pattern in marks.error.items()):
        return None
    return "shape of its error documents"


def _marks() -> Iterator[tuple[str, Recognition]]:
    for family in families():
        yield family, recognition(family)


@functools.cache
def _shown_in_answers() -> tuple[tuple[str, Recognition], ...]:
    return tuple((family, marks) for family, marks in _marks() if shows_in_answers(marks))


@functools.cache
def _hosts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns of hosts; names in full come before those with a part left open."""
    patterns = [(family, host) for family, marks in _marks() for host in marks.hosts]
    patterns.sort(key=lambda each: bool(_PIECE.search(each[1])))
    return tuple((family, _compiled(host)) for family, host in patterns)


def _compiled(host: str) -> re.Pattern[str]:
    text, last = "", 0
    for piece in _PIECE.finditer(host):
        text += re.escape(host[last : piece.start()]) + _PIECES.get(piece[0], _PIECES["*"])
        last = piece.end()
    return re.compile(text + re.escape(host[last:]))
