"""Content headers and metadata: what a write gives, what a copy takes along, what a read is answered with."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdall.models import ObjectInfo
    from holdall.options import CopyOptions, GetOptions, WriteOptions


@dataclass(frozen=True, slots=True)
class Headers:
    """Content headers and user metadata of an object: what ``replace_metadata`` of a copy replaces as a whole.

    Attributes:
        content_type: MIME type, and likewise the other content headers; ``None`` where the object has none.
        metadata: User metadata, names in lower case.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_disposition: str | None = None
    cache_control: str | None = None
    expires: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: WriteOptions) -> Self:
        """Those that a write asks for; copied, so that later changes of the caller's do not reach them."""
        return cls(
            content_type=options.content_type,
            content_encoding=options.content_encoding,
            content_language=options.content_language,
            content_disposition=options.content_disposition,
            cache_control=options.cache_control,
            expires=options.expires,
            metadata=dict(options.metadata),
        )


NO_HEADERS: Final = Headers()
"""No headers and no metadata."""


def check_replaced(options: CopyOptions) -> None:
    """Checks that a copy is given nothing that it would not use, and so drop in silence.

    Raises:
        InvalidRequest: Metadata, content headers or tags are given, and those of the source are to be kept.
    """
    if not options.replace_metadata and Headers.of(options) != NO_HEADERS:
        raise InvalidRequest(
            "metadata or content headers are given, and the copy keeps those of the source",
            hint="Say replace_metadata=True: the copy then has exactly what is given.",
        )
    if not options.replace_tags and options.tags:
        raise InvalidRequest(
            "tags are given, and the copy keeps those of the source",
            hint="Say replace_tags=True: the copy then has exactly what is given.",
        )


def with_response_headers(info: ObjectInfo, options: GetOptions) -> ObjectInfo:
    """What is known about an object, with the headers that the caller wants to be answered instead.

    They replace those of the object, for this answer (``response-content-type`` and so on of S3's GetObject).
    """
    wanted = {
        "content_type": options.response_content_type,
        "content_encoding": options.response_content_encoding,
        "content_language": options.response_content_language,
        "content_disposition": options.response_content_disposition,
        "cache_control": options.response_cache_control,
        "expires": options.response_expires,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return dataclasses.replace(info, **given) if given else info  # type: ignore[arg-type]  # each value has its field's type
