"""What a copy takes from its source and what from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall import checksums
from holdall.errors import InvalidRequest
from holdall_memory.incoming import md5
from holdall_memory.objects import Content, Headers, headers_of

if TYPE_CHECKING:
    from holdall.options import CopyOptions


def check(options: CopyOptions) -> None:
    """Checks that nothing is asked for that the copy would not do.

    Raises:
        InvalidRequest: Metadata, content headers or tags are given, and those of the source are to be kept.
    """
    if not options.replace_metadata and headers_of(options) != Headers():
        raise InvalidRequest(
            "metadata or content headers are given, and the copy keeps those of the source",
            hint="Say replace_metadata=True: the copy then has exactly what is given.",
        )
    if not options.replace_tags and options.tags:
        raise InvalidRequest(
            "tags are given, and the copy keeps those of the source",
            hint="Say replace_tags=True: the copy then has exactly what is given.",
        )


def copied(source: Content, options: CopyOptions) -> Content:
    """The content of the copy: one object, even where the source was uploaded in parts."""
    algorithm = options.checksum_algorithm
    algorithms = [known.algorithm for known in source.checksums] if algorithm is None else [algorithm]
    return Content(
        body=source.body,
        etag=md5(source.body).hex(),
        headers=headers_of(options) if options.replace_metadata else source.headers,
        storage_class=options.storage_class or source.storage_class,
        tags=dict(options.tags) if options.replace_tags else source.tags,
        checksums=tuple(checksums.checksum(known, source.body) for known in algorithms),
    )
