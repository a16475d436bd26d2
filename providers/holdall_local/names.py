"""Keys as file names: what lies where on the disk.

A key is split at its slashes, and each segment is a file or folder name. A segment is its own name wherever that is
safe, so that other programs find ``a/b.csv`` at ``a/b.csv``. Where it is not, bytes are written as ``%xx`` (lower-case
hex of the UTF-8 byte):

* ``%`` itself, and control characters;
* a dot of ``.``, ``..`` and of the store's own folder ``.holdall``;
* in *portable* mode everything but lower-case ASCII letters, digits and some punctuation, so that hosts which take
  ``A`` for ``a``, or rewrite accented letters, keep keys apart.

A lone ``%`` is the empty segment (``a//b``, ``/a``, ``a/``). A ``%`` at the end of another name marks an object that
had to make room for a folder of its own name (``a`` beside ``a/b``). Neither can be the result of encoding.

Encoding is one to one, and ``decode`` refuses every name that ``encode`` would not have chosen.
"""

from __future__ import annotations

import re
from typing import Final, Protocol
from urllib.parse import unquote_to_bytes

from holdall.errors import InvalidObjectKey

STATE: Final = ".holdall"
"""The folder that holds everything but the contents; at any depth, because buckets may lie inside buckets."""

ASIDE: Final = "%"
"""Ending of the file of an object that made room for a folder."""

MAX_SEGMENT: Final = 254
"""Longest encoded segment in bytes: file systems take 255, and one is kept free for ``ASIDE``."""

TEMPORARY: Final = ".holdall-"
"""Beginning of the temporary files of plain folders."""

_EXACT: Final = re.compile(r"[^%\x00-\x1f\x7f]+")
_PORTABLE: Final = re.compile(r"[a-z0-9._~!@#$&'()+,;=^{}\[\] -]+")
_ENCODED: Final = re.compile(r"(?:[^%]|%[0-9a-f]{2})+")


class Names(Protocol):
    """How the segments of keys are written as file names."""

    def encode(self, segment: str) -> str:
        """The file name of a segment.

        Raises:
            InvalidObjectKey: No file can have that name; the message says why.
        """
        ...

    def decode(self, name: str) -> str | None:
        """The segment of a file name, ``None`` where the name is not one that ``encode`` makes."""
        ...


class EncodedNames:
    """Names of managed folders.

    Attributes:
        portable: Whether the names must hold on hosts that fold case or normalise Unicode.
    """

    def __init__(self, *, portable: bool) -> None:
        self.portable = portable
        self._safe = _PORTABLE if portable else _EXACT

    def encode(self, segment: str) -> str:
        if not segment:
            return "%"
        if not self._safe.fullmatch(segment):
            name = "".join(self._character(character) for character in segment)
        else:
            name = segment
        # Compared without case: ``.HOLDALL`` is the same folder where the host folds case and the mode is forced.
        if segment in {".", ".."} or segment.lower() == STATE or (self.portable and segment.endswith((".", " "))):
            name = _guarded(name)
        return _checked(name)

    def _character(self, character: str) -> str:
        if self._safe.fullmatch(character):
            return character
        return "".join(f"%{byte:02x}" for byte in character.encode())

    def decode(self, name: str) -> str | None:
        if name == "%":
            return ""
        if not _ENCODED.fullmatch(name):
            return None
        try:
            segment = unquote_to_bytes(name.encode()).decode()
            return segment if self.encode(segment) == name else None
        except (UnicodeError, InvalidObjectKey):  # not UTF-8, or longer than any name of ours
            return None


class PlainNames:
    """Names of plain folders: every segment is its own name, or is refused."""

    def encode(self, segment: str) -> str:
        if not segment:
            raise _unholdable("it begins or ends with '/' or has '//' in it, and a file name can't be empty")
        if segment in {".", ".."}:
            raise _unholdable(f"the segment {segment!r} means a folder to the operating system")
        if "\0" in segment:
            raise _unholdable("no file name can have a NUL character")
        if segment == STATE or segment.startswith(TEMPORARY):
            raise _unholdable(f"names like {segment!r} are the store's own")
        return _checked(segment)

    def decode(self, name: str) -> str | None:
        try:
            return name if self.encode(name) == name else None
        except (UnicodeError, InvalidObjectKey):  # undecodable bytes, or one of our own files
            return None


def split(key: str, names: Names) -> tuple[str, ...]:
    """The file names on the way to a key's file, that of the file last.

    Args:
        key: The key.
        names: How segments are written.

    Raises:
        InvalidObjectKey: A segment can't be a file name.
    """
    try:
        return tuple(names.encode(segment) for segment in key.split("/"))
    except InvalidObjectKey as error:
        error.add_context(key=key)
        raise


def _guarded(name: str) -> str:
    """The name with a character encoded that makes it special: a dot at its end or else at its start."""
    if name.endswith(" "):
        return f"{name[:-1]}%20"
    return f"{name[:-1]}%2e" if name.endswith(".") else f"%2e{name[1:]}"


def _checked(name: str) -> str:
    size = len(name) if name.isascii() else len(name.encode())
    if size > MAX_SEGMENT:
        raise _unholdable(f"a part between two slashes takes {size} bytes as a file name; {MAX_SEGMENT} are the limit")
    return name


def _unholdable(reason: str) -> InvalidObjectKey:
    return InvalidObjectKey(f"a folder can't hold this key: {reason}", hint="Choose another key.")
