"""What the store keeps: immutable versions. Whoever reads one is not disturbed by later writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdall.models import ObjectEntry, ObjectInfo, ObjectVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdall.models import Checksum
    from holdall.semantics.headers import Headers

NULL = "null"
"""Version id of what was written while the bucket did not keep versions (S3's word)."""

STANDARD = "STANDARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An object's bytes and everything that was said about them.

    Attributes:
        body: The bytes.
        etag: MD5 of the bytes, or S3's form for multipart objects. Callers must not rely on either.
        headers: Content headers and metadata.
        storage_class: Kept and told; it changes nothing.
        tags: Tags.
        checksums: Those that were given or asked for at the write.
        part_sizes: Bytes of each part of a multipart object; empty for others.
    """

    body: bytes
    etag: str
    headers: Headers
    storage_class: str = STANDARD
    tags: Mapping[str, str] = field(default_factory=dict)
    checksums: tuple[Checksum, ...] = ()
    part_sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a key, or a delete marker.

    Attributes:
        key: The key.
        id: Version id, ``null`` where the bucket did not keep versions at the time.
        serial: Grows with every write of the account; orders the versions of a key.
        modified: When it was written.
        content: The object; ``None`` makes this a delete marker.
    """

    key: str
    id: str
    serial: int
    modified: datetime
    content: Content | None


def as_info(version: Version, content: Content, version_id: str | None, *, checksums: bool, part: bool) -> ObjectInfo:
    """A version as ``head`` and ``get`` tell of it.

    Args:
        version: The version.
        content: Its content.
        version_id: The version id to tell; ``None`` in a bucket that never kept versions.
        checksums: Tell the checksums too.
        part: One part was asked for, so tell how many there are.
    """
    headers = content.headers
    return ObjectInfo(
        key=version.key,
        size=len(content.body),
        etag=content.etag,
        last_modified=version.modified,
        version_id=version_id,
        content_type=headers.content_type,
        content_encoding=headers.content_encoding,
        content_language=headers.content_language,
        content_disposition=headers.content_disposition,
        cache_control=headers.cache_control,
        expires=headers.expires,
        metadata=dict(headers.metadata),
        storage_class=content.storage_class,
        checksums=content.checksums if checksums else (),
        tag_count=len(content.tags),
        parts_count=len(content.part_sizes) or None if part else None,
        accept_ranges=True,
    )


def as_entry(version: Version, content: Content) -> ObjectEntry:
    """A version as a listing of objects tells of it."""
    return ObjectEntry(
        key=version.key,
        size=len(content.body),
        etag=content.etag,
        last_modified=version.modified,
        storage_class=content.storage_class,
        checksum_algorithms=tuple(known.algorithm.value for known in content.checksums),
    )


def as_version(version: Version, *, is_latest: bool) -> ObjectVersion:
    """A version as a listing of versions tells of it."""
    content = version.content
    if content is None:
        return ObjectVersion(
            key=version.key,
            version_id=version.id,
            is_latest=is_latest,
            is_delete_marker=True,
            last_modified=version.modified,
        )
    return ObjectVersion(
        key=version.key,
        version_id=version.id,
        is_latest=is_latest,
        size=len(content.body),
        etag=content.etag,
        last_modified=version.modified,
        storage_class=content.storage_class,
        checksum_algorithms=tuple(known.algorithm.value for known in content.checksums),
    )
