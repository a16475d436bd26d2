"""Locations: the URLs that name an object, a bucket, a store or a file.

====================================  ==============================================================================
``blob://<store>/<rest>``             A configured store. Where the store names no bucket, the first segment of the
                                      rest is the bucket; that is found out when the store is known, not here.
``s3://<bucket>/<key>``               Any bucket, through an S3 store.
``file:///<path>``                    A file or folder of this machine.
``memory://<name>/<key>``             A store in this process's memory.
====================================  ==============================================================================

Keys are opaque. Nothing is unquoted or normalised: ``%20``, ``+``, ``//``, ``?`` and ``#`` are what they are, and
belong to the key. There is one exception: ``?versionId=<id>`` at the end names a version (not in ``file://`` URLs,
since files have none). The last ``?versionId=`` counts, so a key that ends so itself can't be written as a URL; nor
can one that ends almost so (``?versionid=``, ``?version_id=``), since it is a slip, and would name another object.

Parsing is pure: no file, setting or store is looked at. Errors never repeat the URL, which may hold a signature or a
password.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal, cast

from holdall.errors import InvalidLocation

Scheme = Literal["blob", "s3", "file", "memory"]

_FORMS: dict[str, str] = {
    "blob": "blob://<store>/<key>",
    "s3": "s3://<bucket>/<key>",
    "file": "file:///<path>",
    "memory": "memory://<name>/<key>",
}
# Two characters at least: `C:\data` and `C://data` are Windows paths.
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)", re.DOTALL)
_STORE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# A URL that lacks a slash or two. `file:` is not among them: such URLs are legal elsewhere, and paths begin so, too.
_ALMOST = re.compile(r"(?P<scheme>blob|s3|memory):/?(?P<rest>[^/].*)", re.DOTALL | re.IGNORECASE)
_VERSION = "?versionId="
# Version ids are opaque; what can't be in one is what shows that more was meant: another parameter, or a fragment.
_VERSION_ID = re.compile(r"[^\s?&#]+")
_NEAR_VERSION = re.compile(r"\?version[-_ ]?id=[^?]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Location:
    """What a URL says, taken apart.

    ``str()`` writes the URL again, and ``parse_location(str(location)) == location`` for every parsed location.

    Attributes:
        scheme: ``blob``, ``s3``, ``file`` or ``memory``.
        store: Store name of a ``blob`` URL, name of the in-memory store of a ``memory`` URL, else ``None``.
        bucket: Bucket of an ``s3`` URL, else ``None``.
        path: What follows: the key, or bucket and key, or the file's absolute path without its leading slash. May be
            empty.
        version_id: Object version, or ``None``.
    """

    scheme: Scheme
    store: str | None
    bucket: str | None
    path: str
    version_id: str | None = None

    def __str__(self) -> str:
        version = "" if self.version_id is None else f"{_VERSION}{self.version_id}"
        return f"{self.scheme}://{self.store or self.bucket or ''}/{self.path}{version}"


def is_url(text: str) -> bool:
    r"""Whether a text is a URL (of whatever scheme), and not a plain path or key; ``C:\data`` is a path."""
    return _URL.match(text) is not None


def is_store_name(text: str) -> bool:
    """Whether a text can name a store: letters, digits, ``.``, ``_``, ``-``; the first and last a letter or digit."""
    return _STORE_NAME.fullmatch(text) is not None


def parse_location(text: str) -> Location:
    """Takes a URL apart.

    Args:
        text: A URL of one of the forms in the module's docstring; the scheme in small or capital letters.

    Raises:
        InvalidLocation: It is none of them; says which form is expected.
    """
    url = _URL.fullmatch(text)
    if url is None:
        check_slashes(text)
        raise InvalidLocation("this is a plain path, not a URL", hint=f"Write one of {', '.join(_FORMS.values())}.")
    scheme, rest = url["scheme"].lower(), url["rest"]
    if scheme not in _FORMS:
        near = difflib.get_close_matches(scheme, _FORMS, n=1)
        raise InvalidLocation(
            f"{scheme}:// is not a scheme that holdall knows",
            hint=f"Did you mean {_FORMS[near[0]]}?" if near else f"Write one of {', '.join(_FORMS.values())}.",
        )
    name, _, path = rest.partition("/")
    if scheme == "file":
        if name or not rest:
            raise _unlike("file", "it names a host" if name else "it names no path", "Write three slashes.")
        return Location("file", None, None, path)
    if "@" in name:
        raise _unlike(scheme, "there is a user or password in it", "Credentials belong in the store's settings.")
    path, version_id = _split_version(scheme, path)
    if scheme == "s3":
        if not name or any(character in name for character in "?#"):
            raise _unlike("s3", "it names no bucket")
        return Location("s3", None, name, path, version_id)
    if not is_store_name(name):
        raise _unlike(
            scheme,
            "it names no store" if not name else "the store's name is not one",
            "Store names are letters, digits, '.', '_' and '-', and begin and end with a letter or digit.",
        )
    return Location(cast("Scheme", scheme), name, None, path, version_id)


def check_slashes(text: str) -> None:
    """Refuses a URL of ours that lacks a slash, which would else be taken for a name or a path.

    Raises:
        InvalidLocation: It is one; the hint has the URL that was meant.
    """
    almost = _ALMOST.fullmatch(text)
    if almost is None or is_url(text):
        return
    scheme, rest = almost["scheme"].lower(), almost["rest"]
    secret = any(character in rest for character in "@?")
    meant = _FORMS[scheme] if secret else f"{scheme}://{rest}"
    raise InvalidLocation(f"after {scheme}: two slashes have to come", hint=f"Did you mean {meant}?")


def _split_version(scheme: str, path: str) -> tuple[str, str | None]:
    if (near := _NEAR_VERSION.search(path)) and not near[0].startswith(_VERSION):
        raise _unlike(
            scheme, "it ends almost as a version does, and would name an object", "Did you mean ?versionId=<id>?"
        )
    key, found, version_id = path.rpartition(_VERSION)
    if not found:
        return path, None
    if not key:
        raise _unlike(scheme, "it names a version and no key")
    if not _VERSION_ID.fullmatch(version_id):
        # Taking it for a part of the key would read, or delete, something else than was meant.
        raise _unlike(scheme, "what follows ?versionId= is not a version id", "Nothing may come after the id.")
    return key, version_id


def _unlike(scheme: str, reason: str, advice: str = "") -> InvalidLocation:
    form = _FORMS[scheme] + ("" if scheme == "file" else "[?versionId=<id>]")
    return InvalidLocation(f"not a good {scheme}:// URL: {reason}", hint=f"Expected is {form}. {advice}".rstrip())
