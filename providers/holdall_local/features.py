"""What folders can do, and options that none of them can."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall import capabilities as caps
from holdall.capabilities import NO, YES, Capabilities, Evidence, Source
from holdall.errors import OptionNotSupported, UnsupportedOperation
from holdall.models import ChecksumAlgorithm, StorageClass
from holdall.semantics.multipart import MAX_PARTS
from holdall.semantics.paging import PAGE_MAX
from holdall.validation import check_tags, clean_metadata
from holdall_local.names import MAX_SEGMENT

if TYPE_CHECKING:
    from holdall.options import WriteOptions
    from holdall_local.kind import LocalSettings

MAX_KEY = 1024
"""Longest key in bytes, as S3: what is written here can be copied there."""
MAX_TAGS = 10
METADATA_MAX_BYTES = 2048

_ALGORITHMS = tuple(algorithm.value for algorithm in ChecksumAlgorithm)

_PLAIN = Capabilities(
    put=caps.Put(if_absent=YES, content_md5=YES),
    get=caps.Get(
        range=YES,
        suffix_range=YES,
        part_number=NO,
        if_match=YES,
        if_none_match=YES,
        if_modified_since=YES,
        if_unmodified_since=YES,
    ),
    list=caps.List(delimiter=YES, start_after=YES, ordered=YES, page_max=PAGE_MAX),
    # Replacing on condition needs a lock that all writers know; a plain folder has no place for one.
    copy=caps.Copy(server_side=YES, if_absent=YES, source_if_match=YES, source_conditions=YES),
    keys=caps.Keys(max_bytes=MAX_KEY, max_segment_bytes=MAX_SEGMENT),
    checksums=caps.Checksums(algorithms=_ALGORITHMS),
)

_MANAGED = dataclasses.replace(
    _PLAIN,
    put=caps.Put(
        if_absent=YES,
        if_match=YES,
        metadata=YES,
        metadata_max_bytes=METADATA_MAX_BYTES,
        content_headers=YES,
        expires=YES,
        content_md5=YES,
    ),
    get=dataclasses.replace(_PLAIN.get, part_number=YES, response_headers=YES),
    delete=caps.Delete(if_match=YES, batch=YES, batch_versions=YES, batch_max=PAGE_MAX),
    copy=caps.Copy(
        server_side=YES,
        replace_metadata=YES,
        if_absent=YES,
        if_match=YES,
        source_if_match=YES,
        source_conditions=YES,
    ),
    multipart=caps.Multipart(
        uploads=YES,
        copy_part=YES,
        list_parts=YES,
        list_uploads=YES,
        list_uploads_of_key=YES,
        complete_if_absent=YES,
        complete_if_match=YES,
        min_part_size=1,
        max_parts=MAX_PARTS,
    ),
    versions=caps.Versions(list=YES, get=YES, delete=YES, enable=YES, suspend=YES, newest_first=YES),
    tags=caps.Tags(objects=YES, versions=YES, on_put=YES, on_copy=YES, on_multipart=YES, max_tags=MAX_TAGS),
    checksums=caps.Checksums(algorithms=_ALGORITHMS, stored=YES, composite=YES, full_object=YES),
    # Any class is kept and told. None is slower or cheaper than another, and none archives.
    tiers=caps.Tiers(storage_class=YES, classes=tuple(known.value for known in StorageClass)),
)


def capabilities(settings: LocalSettings) -> Capabilities:
    """The store's capabilities with the user's overrides.

    Args:
        settings: The store's settings.
    """
    stated = _PLAIN if settings.plain else _MANAGED
    if settings.bucket is not None:
        stated = dataclasses.replace(
            stated,
            copy=dataclasses.replace(stated.copy, across_buckets=YES),
            buckets=caps.Buckets(create=YES, delete=YES, head=YES, list=YES, location=YES),
        )
    if not settings.capabilities:
        return stated
    return stated.replace(settings.capabilities, Evidence(Source.OVERRIDDEN, note="the store's settings"))


def check_described(options: WriteOptions) -> None:
    """Checks what an object is to be described with.

    Raises:
        OptionNotSupported, UnsupportedOperation: As ``refuse_unknown``.
        InvalidMetadata: Names or values that are none, or more than 2 KiB.
        InvalidTags: Too many, or too long ones.
    """
    refuse_unknown(options)
    clean_metadata(options.metadata, METADATA_MAX_BYTES)
    check_tags(options.tags, MAX_TAGS)


def refuse_unknown(options: object) -> None:
    """Refuses what no folder can do.

    Args:
        options: Options of any operation.

    Raises:
        OptionNotSupported: Another provider's options.
        UnsupportedOperation: Encryption at rest.
    """
    backend = getattr(options, "backend", None)
    if backend is not None:
        raise OptionNotSupported(
            f"the local provider has no options of its own and was given {type(backend).__name__}",
            hint="Leave 'backend' out for this store.",
        )
    for name in ("encryption", "customer_key", "source_customer_key"):
        if getattr(options, name, None) is not None:
            raise UnsupportedOperation(
                f"{name}: the local provider does not encrypt",
                hint="Leave it out, and let the disk or the file system encrypt, or choose a store that does.",
            )
