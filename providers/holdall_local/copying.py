"""What a copy takes from its source and what from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.semantics.headers import Headers
from holdall.semantics.integrity import Digests
from holdall_local.attributes import Attributes

if TYPE_CHECKING:
    from holdall.models import Checksum
    from holdall.options import CopyOptions


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
