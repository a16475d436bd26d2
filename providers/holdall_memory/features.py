"""What the memory provider can do, and its limits (those of S3, so that what works here works there)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall import capabilities as caps
from holdall.capabilities import YES, Capabilities, Evidence, Source
from holdall.models import ChecksumAlgorithm, StorageClass
from holdall.semantics.multipart import MAX_PARTS
from holdall.semantics.paging import PAGE_MAX

if TYPE_CHECKING:
    from holdall_memory.kind import MemorySettings

BATCH_MAX = 1000
METADATA_MAX_BYTES = 2048
MAX_TAGS = 10


def capabilities(settings: MemorySettings) -> Capabilities:
    """The store's capabilities with the user's overrides.

    Args:
        settings: The store's settings.
    """
    stated = Capabilities(
        put=caps.Put(
            if_absent=YES,
            if_match=YES,
            metadata=YES,
            metadata_max_bytes=METADATA_MAX_BYTES,
            content_headers=YES,
            expires=YES,
            content_md5=YES,
        ),
        get=caps.Get(
            range=YES,
            suffix_range=YES,
            part_number=YES,
            if_match=YES,
            if_none_match=YES,
            if_modified_since=YES,
            if_unmodified_since=YES,
            response_headers=YES,
        ),
        delete=caps.Delete(if_match=YES, batch=YES, batch_versions=YES, batch_max=BATCH_MAX),
        list=caps.List(delimiter=YES, start_after=YES, ordered=YES, page_max=PAGE_MAX),
        copy=caps.Copy(
            server_side=YES,
            across_buckets=YES,
            replace_metadata=YES,
            if_absent=YES,
            if_match=YES,
            source_if_match=YES,
            source_conditions=YES,
        ),
        keys=caps.Keys(max_bytes=1024),
        multipart=caps.Multipart(
            uploads=YES,
            copy_part=YES,
            list_parts=YES,
            list_uploads=YES,
            list_uploads_of_key=YES,
            complete_if_absent=YES,
            complete_if_match=YES,
            min_part_size=settings.min_part_size,
            max_parts=MAX_PARTS,
        ),
        versions=caps.Versions(list=YES, get=YES, delete=YES, enable=YES, suspend=YES, newest_first=YES),
        tags=caps.Tags(objects=YES, versions=YES, on_put=YES, on_copy=YES, on_multipart=YES, max_tags=MAX_TAGS),
        checksums=caps.Checksums(
            algorithms=tuple(algorithm.value for algorithm in ChecksumAlgorithm),
            stored=YES,
            composite=YES,
            full_object=YES,
            md5_etag=YES,
        ),
        # Any class is kept and told. None is slower or cheaper than another, and none archives.
        tiers=caps.Tiers(storage_class=YES, classes=tuple(known.value for known in StorageClass)),
        notifications=caps.Notifications(rules=YES),
        buckets=caps.Buckets(create=YES, delete=YES, head=YES, list=YES, location=YES),
    )
    if not settings.capabilities:
        return stated
    return stated.replace(settings.capabilities, Evidence(Source.OVERRIDDEN, note="the store's settings"))
