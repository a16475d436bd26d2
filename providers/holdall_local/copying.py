"""What a copy takes from its source and what from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest
from holdall_local.attributes import Attributes, Headers
from holdall_local.integrity import Digests

if TYPE_CHECKING:
    from holdall.models import Checksum
    from holdall.options import CopyOptions


def check(options: CopyOptions) -> None:
    """Checks that nothing is asked for that the copy would not do.

    Raises:
        InvalidRequest: Metadata, content headers or tags are given, and those of the source are to be kept.
    """
    if not options.replace_metadata and Headers.of(options) != Headers():
        raise InvalidRequest(
            "metadata or content headers are given, and the copy keeps those of the source",
            hint="Say replace_metadata=True: the copy then has exactly what is given.",
        )
    if not options.replace_tags and options.tags:
        raise InvalidRequest(
            "tags are given, and the copy keeps those of the source",
            hint="Say replace_tags=True: the copy then has exactly what is given.",
        )


def plan_checksums(source: Attributes, options: CopyOptions) -> tuple[tuple[Checksum, ...], Digests]:
    """Checksums of the copy: those that come along, and those that must be computed on the way.

    A copy is one object, even where the source was uploaded in parts, so composite checksums don't fit it.
    """
    known = {kept.algorithm: kept for kept in source.checksums if not kept.composite}
    if options.checksum_algorithm is not None:
        wanted = [options.checksum_algorithm]
    else:
        wanted = [kept.algorithm for kept in source.checksums]
    kept = tuple(known[algorithm] for algorithm in wanted if algorithm in known)
    return kept, Digests(algorithms=[algorithm for algorithm in wanted if algorithm not in known])


def attributes_of(source: Attributes, options: CopyOptions, checksums: tuple[Checksum, ...]) -> Attributes:
    """What is kept beside the copy."""
    return Attributes(
        headers=Headers.of(options) if options.replace_metadata else source.headers,
        tags=dict(options.tags) if options.replace_tags else source.tags,
        storage_class=options.storage_class or source.storage_class,
        checksums=checksums,
    )
