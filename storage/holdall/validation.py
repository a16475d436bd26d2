"""What is checked before any request leaves: keys, metadata, tags, ranges. Pure functions; the rules' one place."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdall.errors import InvalidMetadata, InvalidObjectKey, InvalidRange, InvalidTags
from holdall.models import ByteRange

KEY_MAX_BYTES = 1024
"""Longest key of S3, in UTF-8 (user guide, "Naming Amazon S3 objects")."""
TAG_KEY_MAX = 128
TAG_VALUE_MAX = 256
"""Longest tag key and value of S3, in characters (user guide, "Object tagging")."""

_HEADER_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of keys, and what becomes of such keys where they are not held.

    Attributes:
        pattern: What is searched for.
        what: What such a key does.
        taken: What it is taken for.
        instead: What to do.
    """

    pattern: re.Pattern[str]
    what: str
    taken: str
    instead: str


_FORMS = {
    "leading-slash": _Form(re.compile(r"\A/"), "begins with a slash", "'/a' for 'a'", "Leave that slash out."),
    "empty-segment": _Form(re.compile("//"), "has slashes in a row", "'a//b' for 'a/b'", "Put one slash."),
    "dot-segment": _Form(
        re.compile(r"(?:\A|/)\.\.?(?:/|\Z)"),
        "has '.' or '..' between slashes",
        "'a/./b' for 'a/b', and 'a/../b' for 'b'",
        "Put another name there.",
    ),
    "trailing-slash": _Form(re.compile(r"/\Z"), "ends with a slash", "'a/' for 'a'", "Leave that slash out."),
    "backslash": _Form(re.compile(r"\\"), "has a backslash", r"'a\b' for 'a/b'", "Put another sign."),
}
"""By the names in ``capabilities.KEY_FORMS``."""


def check_key(key: str, max_bytes: int | None = KEY_MAX_BYTES, not_held: Sequence[str] = ()) -> None:
    """Refuses keys that no request can carry, or that the store can't hold. All else about a key is opaque and legal.

    Args:
        key: The full key.
        max_bytes: Longest key of the store, in UTF-8.
        not_held: Forms of keys that the store can't hold as they are; see ``capabilities.Keys``. They are refused for
            reading and deleting, too: it would be another object's turn.

    Raises:
        InvalidObjectKey: Not a string, empty, too long, not encodable in UTF-8, or of such a form.
    """
    if not isinstance(key, str):
        raise InvalidObjectKey(f"a key is a string, not {type(key).__name__}")
    if not key:
        raise InvalidObjectKey("the key is empty", hint="Name an object, e.g. 'reports/2026.csv'.")
    limit = max_bytes or KEY_MAX_BYTES
    if len(key) * 4 > limit and (size := len(key.encode("utf-8", "surrogatepass"))) > limit:
        raise InvalidObjectKey(
            f"the key has {size} bytes in UTF-8; this store takes {limit} at most", hint="Use a shorter key."
        )
    if not key.isascii():
        try:
            key.encode()
        except UnicodeEncodeError as error:
            raise InvalidObjectKey(
                "the key has a lone surrogate and can't be written in UTF-8",
                hint="It may come from a file name with undecodable bytes; choose a key for it.",
            ) from error
    if not_held:
        _check_form(key, not_held)


def _check_form(key: str, not_held: Sequence[str]) -> None:
    for form in map(_FORMS.__getitem__, not_held):
        if form.pattern.search(key):
            raise InvalidObjectKey(
                f"the key {form.what}; this store takes {form.taken}, or refuses such keys",
                key=key,
                hint=f"{form.instead} Nothing was sent.",
            )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean_metadata(metadata: Mapping[Any, Any], max_bytes: int | None = None) -> dict[str, str]:
    """Checks user metadata and gives it back with lower-case names (HTTP headers know no case).

    Args:
        metadata: Names and values.
        max_bytes: Largest sum of names and values in UTF-8; S3: 2,048.

    Raises:
        InvalidMetadata: A name is no HTTP token, a value can't be a header, two names differ by case only, or too much.
    """
    cleaned: dict[str, str] = {}
    size = 0
    for name, value in metadata.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise InvalidMetadata(f"metadata names and values are strings; {name!r} is not")
        lower = name.lower()
        if not _HEADER_TOKEN.fullmatch(lower):
            raise InvalidMetadata(
                f"metadata name {name!r} can't be sent as a header", hint="Use letters, digits, '-', '_' and '.'."
            )
        if lower in cleaned:
            raise InvalidMetadata(f"metadata name {name!r} is given twice in different case; stores keep one of them")
        if not _encodable(value):
            raise InvalidMetadata(f"the value of metadata {name!r} has a lone surrogate and can't be written in UTF-8")
        if _CONTROL.search(value) or value != value.strip():
            raise InvalidMetadata(
                f"the value of metadata {name!r} has control characters, or blanks at its ends, and would not survive",
                hint="Encode it, e.g. as JSON or base64.",
            )
        cleaned[lower] = value
        size += len(lower) + len(value.encode("utf-8", "surrogatepass"))
    if max_bytes is not None and size > max_bytes:
        raise InvalidMetadata(
            f"metadata of {size} bytes; this store takes {max_bytes} at most", hint="Keep the rest in an object."
        )
    return cleaned


def check_tags(tags: Any, max_tags: int | None = None) -> None:
    """Checks object tags against S3's limits.

    Args:
        tags: Keys and values.
        max_tags: Most tags per object; S3: 10.

    Raises:
        InvalidTags: No mapping, too many, too long, empty key, control characters, or the reserved beginning ``aws:``.
    """
    if not isinstance(tags, Mapping):
        raise InvalidTags(f"tags are a mapping of keys to values, not {type(tags).__name__}")
    if max_tags is not None and len(tags) > max_tags:
        raise InvalidTags(f"{len(tags)} tags; this store takes {max_tags} per object at most")
    for key, value in tags.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidTags(f"tag keys and values are strings; {key!r} is not")
        if not key:
            raise InvalidTags("a tag's key is empty")
        if len(key) > TAG_KEY_MAX:
            raise InvalidTags(f"tag key of {len(key)} characters; {TAG_KEY_MAX} at most: {key[:40]!r}…")
        if len(value) > TAG_VALUE_MAX:
            raise InvalidTags(f"tag {key!r} has a value of {len(value)} characters; {TAG_VALUE_MAX} at most")
        if _CONTROL.search(key) or _CONTROL.search(value) or not (_encodable(key) and _encodable(value)):
            raise InvalidTags(f"tag {key!r}: control characters and lone surrogates can't be sent")
        if key.lower().startswith("aws:"):
            raise InvalidTags(f"tag key {key!r}: the beginning 'aws:' is reserved")


def clean_range(value: ByteRange | tuple[int, int | None], *, empty: bool = False) -> ByteRange:
    """Accepts ``(start, stop)`` beside ``ByteRange``, half-open as Python's slices.

    Args:
        value: What the caller gave.
        empty: A range may hold no byte.

    Raises:
        InvalidRange: Not two whole numbers, empty or backwards, or a negative start together with a stop.
    """
    given: Any = (value.start, value.stop) if isinstance(value, ByteRange) else value
    try:
        start, stop = given if isinstance(given, (tuple, list)) else ()
        wanted = ByteRange(operator.index(start), None if stop is None else operator.index(stop))
    except (TypeError, ValueError) as error:
        raise InvalidRange(
            f"{value!r} is no range: that is two whole numbers, the first byte and the one past the last",
            hint="e.g. (0, 1024), (1024, None) for the rest, (-1024, None) for the end.",
        ) from error
    if wanted.start < 0 and wanted.stop is not None:
        raise InvalidRange(
            f"range {wanted.start}:{wanted.stop}: a start counted from the end goes to the end; leave the stop out"
        )
    if wanted.stop is not None and (wanted.stop < wanted.start or (wanted.stop == wanted.start and not empty)):
        raise InvalidRange(f"range {wanted.start}:{wanted.stop} holds no byte", hint="The stop is exclusive.")
    return wanted
