"""What a copy takes from its source and what from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall import checksums
from holdall.semantics.headers import Headers
from holdall_memory.incoming import md5
from holdall_memory.objects import Content

if TYPE_CHECKING:
    from holdall.options import CopyOptions


def copied(source: Content, options: CopyOptions) -> Content:
    """The content of the copy: one object, even where the source was uploaded in parts."""
    algorithm = options.checksum_algorithm
    algorithms = [known.algorithm for known in source.checksums] if algorithm is None else [algorithm]
    return Content(
        body=source.body,
        etag=md5(source.body).hex(),
        headers=Headers.of(options) if options.replace_metadata else source.headers,
        storage_class=options.storage_class or source.storage_class,
        tags=dict(options.tags) if options.replace_tags else source.tags,
        checksums=tuple(checksums.checksum(known, source.body) for known in algorithms),
    )
