"""Between rows of the table and the framework's models, and options that this store does not know."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from holdall.errors import IncompleteBody, OptionNotSupported
from holdall.models import ObjectEntry, ObjectInfo

if TYPE_CHECKING:
    from holdall.models import Body
    from holdall.options import WriteOptions

HEADERS = ("content_type", "content_encoding", "content_language", "content_disposition", "cache_control")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def refuse_others(options: Any, *known: str) -> None:
    """Refuses options that are set and not known here. Nothing is dropped in silence.

    Args:
        options: Options of any operation.
        *known: The fields that the caller of this function acts upon.

    Raises:
        OptionNotSupported: Another one is set.
    """
    unset = type(options)()
    for field in dataclasses.fields(options):
        if field.name not in known and getattr(options, field.name) != getattr(unset, field.name):
            raise OptionNotSupported(
                f"the sqlite provider does not know the option {field.name!r}", hint="Leave it out for this store."
            )


def read_body(body: Body) -> bytes:
    """All bytes of a body.

    Raises:
        IncompleteBody: The reader ended before its announced length.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    pieces, left = [], len(body)
    while left:
        if not (piece := body.read(left)):
            raise IncompleteBody(f"the body ended {left} bytes too early")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def new_etag() -> str:
    """An ETag for one write. Nobody may read anything out of it; a write of the same bytes gets another."""
    return uuid.uuid4().hex


def now() -> int:
    """The time as the table keeps it."""
    return time.time_ns() // 1000


def moment(modified: int) -> datetime:
    """The table's time as the framework has it."""
    return _EPOCH + timedelta(microseconds=modified)


def headers_json(options: WriteOptions) -> str:
    """Content headers and metadata as the table keeps them."""
    return json.dumps({**{name: getattr(options, name) for name in HEADERS}, "metadata": dict(options.metadata)})


def as_info(key: str, size: int, etag: str, modified: int, headers: str) -> ObjectInfo:
    """What ``head`` and ``get`` tell."""
    return ObjectInfo(key=key, size=size, etag=etag, last_modified=moment(modified), **json.loads(headers))


def as_entry(row: tuple[bytes, int, str, int]) -> ObjectEntry:
    """What a listing tells."""
    key, size, etag, modified = row
    return ObjectEntry(key.decode(), size, etag, moment(modified))
