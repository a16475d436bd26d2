"""The values of the verbs' arguments, checked and made into what options hold. Pure functions, by the field's name."""

from __future__ import annotations

import base64
import binascii
import codecs
import io
import operator
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidMetadata, InvalidRequest, InvalidTags
from holdall.models import Checksum, ChecksumAlgorithm, SseC, SseKms, SseS3
from holdall.options import UNSET, BackendOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEADERS_MAX_BYTES = 8192
"""Content headers in all: those of a PUT to S3 have 8 KB at most (API reference, PutObject)."""
MAX_PART_NUMBER = 10_000
"""Most parts of an object of S3 (user guide, "Multipart upload limits")."""
CUSTOMER_KEY_BYTES = 32
"""AES-256."""
MD5_BYTES = 16
DIGEST_BYTES = {
    ChecksumAlgorithm.CRC32: 4,
    ChecksumAlgorithm.CRC32C: 4,
    ChecksumAlgorithm.CRC64NVME: 8,
    ChecksumAlgorithm.SHA1: 20,
    ChecksumAlgorithm.SHA256: 32,
}


def clean(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Checks the arguments of a verb, before anything is sent.

    Args:
        arguments: By name, as the caller gave them; ``None`` is "not asked for" wherever an argument may be left out.

    Returns:
        The same with ETags bare of quotes and checksum algorithms as members of their enum.

    Raises:
        InvalidRequest: A value that its field can't have; the message names the field.
        InvalidMetadata, InvalidTags: No mapping.
    """
    fields: dict[str, Any] = {}
    if not arguments:
        return fields
    for name, value in arguments.items():
        check = _CHECKS.get(name)
        skip = check is None or value is UNSET or (value is None and name not in _NEVER_NONE)
        fields[name] = value if skip or check is None else check(name, value)
    size = sum(len(fields.get(name) or "") for name in _CONTENT_HEADERS)
    if size > HEADERS_MAX_BYTES:
        raise InvalidRequest(
            f"the content headers have {size} bytes; {HEADERS_MAX_BYTES} at most", hint="Keep the rest in an object."
        )
    return fields


def positive(name: str, value: Any) -> int:
    """A whole number of at least 1.

    Raises:
        InvalidRequest: It is not.
    """
    return at_least(name, value, 1)


def at_least(name: str, value: Any, least: int) -> int:
    """A whole number that is not too small.

    Args:
        name: The argument.
        value: What the caller gave.
        least: The smallest that is taken.

    Raises:
        InvalidRequest: It is not.
    """
    number = _whole(name, value)
    if number < least:
        raise InvalidRequest(f"{name} is {number}; it is {least} at least")
    return number


def duration(name: str, value: Any) -> timedelta:
    """A span of time.

    Raises:
        InvalidRequest: It is none.
    """
    if not isinstance(value, timedelta):
        raise InvalidRequest(f"{name} is a timedelta, not {type(value).__name__}", hint="e.g. timedelta(days=7)")
    return value


def upload_id(value: Any) -> str:
    """The id of an upload. An empty one is none: with it, some stores take a request for one about the object.

    Raises:
        InvalidRequest: It can't be one.
    """
    return _header("upload_id", value)


def path(name: str, value: Any) -> Path:
    """The path of a file of this machine.

    Raises:
        InvalidRequest: It is none. An empty one is no name for the current folder here: it is most likely a slip.
    """
    given = value.__fspath__() if isinstance(value, os.PathLike) else value
    if not isinstance(given, str):
        raise InvalidRequest(f"{name} is a string or a Path, not {type(given).__name__}")
    if not given:
        raise InvalidRequest(f"{name} is empty", hint="Name the file; '.' is the current folder.")
    return Path(given)


def text_arguments(encoding: Any, errors: Any, newline: Any) -> None:
    """How text is encoded and decoded: what Python's text files take.

    Raises:
        InvalidRequest: There is no such encoding, error handler or line end.
    """
    try:
        if errors is not None:
            codecs.lookup_error(errors)
        io.TextIOWrapper(io.BytesIO(), encoding, errors, newline)
    except (LookupError, TypeError, ValueError) as error:
        raise InvalidRequest(
            f"encoding, errors or newline can't be used: {error}",
            hint="They are those of Python's 'open', e.g. encoding='utf-8', errors='strict', newline=''.",
        ) from error


def choice(name: str, value: Any, known: Sequence[str]) -> Any:
    """One of a few words.

    Raises:
        InvalidRequest: It is none of them.
    """
    if value not in known:
        raise InvalidRequest(f"{name} is {value!r}; it is one of {', '.join(known)}")
    return value


def listing_text(name: str, value: Any) -> str:
    """A prefix, delimiter or key of a listing: any text that UTF-8 can write, also none.

    Raises:
        InvalidRequest: It is not.
    """
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} is a string, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"{name} has a lone surrogate and can't be written in UTF-8") from error
    return value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool):
        raise InvalidRequest(f"{name} is a whole number, not {value}")
    try:
        return operator.index(value)
    except TypeError as error:
        raise InvalidRequest(f"{name} is a whole number, not {type(value).__name__}") from error


def _part_number(name: str, value: Any) -> int:
    number = positive(name, value)
    if number > MAX_PART_NUMBER:
        raise InvalidRequest(f"{name} is {number}; it is {MAX_PART_NUMBER} at most")
    return number


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequest(f"{name} is True or False, not {type(value).__name__}")
    return value


def _header(name: str, value: Any) -> str:
    """What every HTTP stack sends unchanged: printable ASCII without blanks at its ends (RFC 9110, 5.5)."""
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} is a string, not {type(value).__name__}")
    if not value:
        raise InvalidRequest(f"{name} is empty", hint="Leave it out where nothing is meant.")
    if not value.isascii():
        hint = "Leave out what is not ASCII."
        if name.endswith("disposition"):
            hint = "Encode the file name as RFC 6266 has it: attachment; filename*=UTF-8''%C3%A4.csv"
        raise InvalidRequest(f"{name} has characters that are not ASCII; a header can't carry them", hint=hint)
    if not value.isprintable() or value != value.strip():
        raise InvalidRequest(
            f"{name} has control characters, or blanks at its ends; a header can't carry them", hint="Leave them out."
        )
    return value


def _etag(name: str, value: Any) -> str:
    """An ETag without the quotes that HTTP puts around it."""
    etag = _header(name, value)
    if len(etag) > 1 and etag[0] == etag[-1] == '"':
        etag = etag[1:-1]
    if not etag or '"' in etag:
        raise InvalidRequest(f"{name} is {value!r}, and no ETag", hint="Give the 'etag' of head, get or list.")
    return etag


def _time(name: str, value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise InvalidRequest(f"{name} is a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise InvalidRequest(
            f"{name} has no time zone", hint="Give it one, e.g. datetime(2030, 1, 31, tzinfo=datetime.UTC)."
        )
    return value


def _digest(name: str, value: Any, length: int) -> str:
    """Base64 of so many bytes."""
    try:
        size = len(base64.b64decode(value, validate=True)) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        size = None
    if size != length:
        raise InvalidRequest(
            f"{name} is not the base64 of {length} bytes", hint="Encode the digest itself, not its hexadecimal form."
        )
    return str(value)


def _md5(name: str, value: Any) -> str:
    return _digest(name, value, MD5_BYTES)


def _algorithm(name: str, value: Any) -> ChecksumAlgorithm:
    try:
        return ChecksumAlgorithm(value)
    except ValueError as error:
        raise InvalidRequest(
            f"{name}: there is no checksum algorithm {value!r}", hint=f"Known are {', '.join(ChecksumAlgorithm)}."
        ) from error


def _checksum(name: str, value: Any) -> Checksum:
    if not isinstance(value, Checksum):
        raise InvalidRequest(f"{name} is a Checksum, not {type(value).__name__}")
    algorithm = _algorithm(name, value.algorithm)
    if value.composite:
        raise InvalidRequest(f"{name} is composite: a checksum of parts; that of all the bytes is needed")
    return Checksum(algorithm, _digest(f"{name} ({algorithm})", value.value, DIGEST_BYTES[algorithm]))


def _customer_key(name: str, value: Any) -> SseC:
    if not isinstance(value, SseC):
        raise InvalidRequest(f"{name} is an SseC, not {type(value).__name__}")
    if len(value.key) != CUSTOMER_KEY_BYTES:  # never shown: it is a secret
        raise InvalidRequest(f"{name}: the key of an SseC has {CUSTOMER_KEY_BYTES} bytes, and this one has not")
    return value


def _encryption(name: str, value: Any) -> SseS3 | SseKms | SseC:
    if isinstance(value, SseC):
        return _customer_key(name, value)
    if isinstance(value, SseKms):
        if value.key_id is not None:
            _header(f"{name}.key_id", value.key_id)
        _strings(f"{name}.context", value.context)
        return value
    if isinstance(value, SseS3):
        return value
    raise InvalidRequest(f"{name} is an SseS3, SseKms or SseC, not {type(value).__name__}")


def _strings(name: str, value: Any) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise InvalidRequest(f"{name} is a mapping of strings to strings")


def _backend(name: str, value: Any) -> BackendOptions:
    if not isinstance(value, BackendOptions):
        raise InvalidRequest(f"{name} is a provider's own options, e.g. S3Options, not {type(value).__name__}")
    return value


def _metadata(name: str, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise InvalidMetadata(
            f"{name} is a mapping of names to values, not {type(value).__name__}", hint='e.g. {"author": "Ada"}'
        )
    return value


def _tags(name: str, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise InvalidTags(
            f"{name} is a mapping of keys to values, not {type(value).__name__}", hint='e.g. {"project": "apollo"}'
        )
    return value


_CONTENT_HEADERS = (
    "content_type",
    "content_encoding",
    "content_language",
    "content_disposition",
    "cache_control",
)
_NEVER_NONE = frozenset({"metadata", "tags", "if_absent", "checksums", "replace_metadata", "replace_tags"})
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys((*_CONTENT_HEADERS, *(f"response_{name}" for name in _CONTENT_HEADERS)), _header),
    **dict.fromkeys(("version_id", "storage_class"), _header),
    **dict.fromkeys(("if_match", "if_none_match", "source_if_match", "source_if_none_match"), _etag),
    **dict.fromkeys(("if_modified_since", "if_unmodified_since", "expires", "response_expires"), _time),
    **dict.fromkeys(("source_if_modified_since", "source_if_unmodified_since"), _time),
    **dict.fromkeys(("if_absent", "checksums", "replace_metadata", "replace_tags"), _flag),
    **dict.fromkeys(("customer_key", "source_customer_key"), _customer_key),
    "encryption": _encryption,
    "part_number": _part_number,
    "content_md5": _md5,
    "checksum": _checksum,
    "checksum_algorithm": _algorithm,
    "metadata": _metadata,
    "tags": _tags,
    "backend": _backend,
}
"""How the value of each argument is checked; the checks are the same wherever an argument of that name is taken."""
