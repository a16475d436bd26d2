"""How values travel in S3's headers and URLs: ETags, metadata, tags, keys of listings. Pure functions."""

from __future__ import annotations

import base64
import binascii
import email.errors
import email.header
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus, urlencode

from holdall.errors import InvalidRequest
from holdall.semantics.encryption import customer_key_md5

if TYPE_CHECKING:
    from collections.abc import Mapping


def quote_etag(etag: str) -> str:
    """An ETag as HTTP conditions want it: in quotes, but for ``*`` (RFC 9110, 8.8.3)."""
    return etag if etag == "*" else f'"{etag}"'


def unquote_etag(etag: str | None) -> str | None:
    """An ETag without its quotes; ``None`` for an empty one, which Ceph sends when an upload is completed."""
    return (etag.strip('"') or None) if etag else None


def encode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """User metadata as headers: what is not ASCII as one encoded word of RFC 2047, as S3's user guide asks for.

    ASCII that could be taken for an encoded word is encoded too, so that everything comes back as it was given.
    """
    return {name: _encode_word(value) for name, value in metadata.items()}


def _encode_word(value: str) -> str:
    if value.isascii() and "=?" not in value:
        return value
    # In capitals Swift writes what it has encoded itself; see ``_decode_value``.
    charset = "UTF-8" if _from_latin_1(value) == value else "utf-8"
    return f"=?{charset}?B?{base64.b64encode(value.encode()).decode()}?="


# One or more encoded words, and nothing beside them: what stores, and we, make of a value that is not ASCII.
_WORDS = re.compile(r"\s*=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)*\s*")


def decode_metadata(metadata: Mapping[str, str], *, encoded_twice: bool = False) -> dict[str, str]:
    """User metadata of a response: names in lower case, whatever the store makes of them, and values decoded.

    Stores answer non-ASCII values as encoded words (AWS) or as raw UTF-8, which Python's HTTP client reads as
    Latin-1; both are understood. What is neither comes back as it is.

    Args:
        metadata: As it came.
        encoded_twice: The store took bare UTF-8 for Latin-1 before it encoded it (``dialect.metadata_utf8``).
    """
    return {name.lower(): _decode_value(value, twice=encoded_twice) for name, value in metadata.items()}


def _decode_value(value: str, *, twice: bool) -> str:
    if value.isascii():
        if "=?" not in value or _WORDS.fullmatch(value) is None:
            return value
        try:
            decoded = str(email.header.make_header(email.header.decode_header(value)))
        except (email.errors.HeaderParseError, LookupError, UnicodeDecodeError, binascii.Error):
            return value
        return _from_latin_1(decoded) if twice and value.startswith("=?UTF-8?") else decoded
    return _from_latin_1(value)


def _from_latin_1(value: str) -> str:
    """UTF-8 that somebody has read as Latin-1; other text as it is."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def encode_tags(tags: Mapping[str, str]) -> str:
    """Tags as the ``x-amz-tagging`` header wants them: form encoding, with ``%20`` since not all read ``+``."""
    return urlencode(tags, quote_via=quote)


def decode_key(value: str) -> str:
    """A key or prefix of a listing that was asked for with ``encoding-type=url``.

    Blanks come as ``+`` (AWS, rclone) or ``%20`` (others); a literal ``+`` always as ``%2B``.
    """
    if "%" not in value and "+" not in value:  # most keys; nothing to decode
        return value
    return unquote_plus(value, errors="surrogateescape")


def sse_c_parameters(key: bytes, prefix: str = "") -> dict[str, str]:
    """The three parameters of a customer's key: algorithm, key, MD5 of the key, the latter two in base64.

    Args:
        key: 32 bytes.
        prefix: ``CopySource`` for the key of a copy's source.
    """
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": base64.b64encode(key).decode(),
        f"{prefix}SSECustomerKeyMD5": customer_key_md5(key),
    }


def encode_context(context: Mapping[str, str]) -> str:
    """A KMS encryption context: base64 of JSON."""
    return base64.b64encode(json.dumps(dict(context), sort_keys=True).encode()).decode()


def pack_token(**fields: str | None) -> str:
    """Several markers of a listing as one opaque token."""
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


def unpack_token(token: str) -> dict[str, Any]:
    """The markers of a token.

    Raises:
        InvalidRequest: It was not made by ``pack_token``.
    """
    try:
        fields = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise InvalidRequest("the token of this listing can't be read", hint="Start the listing again.") from error
    if not isinstance(fields, dict):
        raise InvalidRequest("the token belongs to another kind of listing", hint="Start the listing again.")
    return fields
