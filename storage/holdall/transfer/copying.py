"""Copying inside a store, by the store itself, at any size."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

from holdall import checks
from holdall import options as opt
from holdall.errors import UnsupportedOperation
from holdall.models import ByteRange, CopyResult, CopySource, SseC
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.plan import Limits, part_size
from holdall.transfer.upload import abort_quietly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.groups import Buckets, MultipartUploads, Tags
    from holdall.models import ObjectInfo
    from holdall.provider import StorageProvider

HEADERS = (*checks.HEADERS, "expires")


def copy(
    provider: StorageProvider, source: CopySource, key: str, options: opt.CopyOptions, *, keep_class: bool
) -> CopyResult:
    """Copies inside the store: in one request up to the store's limit, in parts above it.

    Args:
        provider: The store.
        source: Full key, perhaps in another bucket, perhaps a version.
        key: Full key of the object to be.
        options: What shall be different.
        keep_class: The storage class comes along where the options name none.

    Raises:
        UnsupportedOperation: The store can't copy by itself, or not what was asked for.
    """
    checks.require(provider, "copy.server_side", what="server-side copy")
    if source.bucket is not None and source.bucket != provider.info.bucket:
        checks.require(provider, "copy.across_buckets", what="copy from another bucket")
    if source.version_id is not None:
        checks.require(provider, "versions.get", what="version_id")
    checks.check_write(provider, options, checks.COPY)
    info = _look(provider, source, options)
    # S3's CopyObject gives the copy the class STANDARD unless told; the contract says that the class comes along.
    if keep_class and info and options.storage_class is None and info.storage_class != "STANDARD":
        options = dataclasses.replace(options, storage_class=info.storage_class)
    limit = provider.capabilities.copy.max_size
    if info is None or limit is None or info.size <= limit:
        return provider.copy(source, key, options)
    return _copy_parts(provider, source, info, key, options)


def _bound(provider: StorageProvider, source: CopySource) -> StorageProvider:
    """The provider of the source's bucket."""
    if source.bucket is None or source.bucket == provider.info.bucket:
        return provider
    return cast("StorageProvider", cast("Buckets", provider).bind(source.bucket))


def _look(provider: StorageProvider, source: CopySource, options: opt.CopyOptions) -> ObjectInfo | None:
    """Size and class of the source; ``None`` where neither can matter, and no request is needed."""
    capabilities = provider.capabilities
    if capabilities.copy.max_size is None and not capabilities.supports("tiers.storage_class"):
        return None
    head = opt.HeadOptions(version_id=source.version_id, customer_key=options.source_customer_key)
    return _bound(provider, source).head(source.key, head)


def _copy_parts(
    provider: StorageProvider, source: CopySource, info: ObjectInfo, key: str, options: opt.CopyOptions
) -> CopyResult:
    """A copy above the store's limit: the parts are copied, everything else is taken from the source by us."""
    checks.require(provider, "multipart.copy_part", what=f"copy of {info.size} bytes")
    create = _like_source(provider, source, info, options)
    checks.check_write(provider, create, checks.CREATE_UPLOAD)
    complete = opt.CompleteOptions(
        if_absent=options.if_absent,
        if_match=options.if_match,
        customer_key=options.encryption if isinstance(options.encryption, SseC) else None,
    )
    checks.check_options(provider, complete, checks.COMPLETE)
    multipart = cast("MultipartUploads", provider)
    limits = Limits.of(provider.capabilities)
    step = part_size(info.size, limits, min(limits.max_part, provider.capabilities.copy.max_size or limits.max_part))
    part = opt.PartOptions(
        customer_key=complete.customer_key,
        source_customer_key=options.source_customer_key,
        # All parts must come from the same object, even if the source is replaced meanwhile.
        source_if_match=info.etag if source.version_id is None else None,
        backend=options.backend,
    )
    upload_id = None
    try:
        with interrupts_wait():
            upload_id = multipart.create_upload(key, create).upload_id
        done = [
            multipart.copy_part(key, upload_id, number, source, ByteRange(start, min(start + step, info.size)), part)
            for number, start in enumerate(range(0, info.size, step), start=1)
        ]
        result = multipart.complete_upload(key, upload_id, done, complete)
    except BaseException:
        if upload_id is not None:
            abort_quietly(multipart, key, upload_id)
        raise
    return CopyResult(
        key=key,
        etag=result.etag,
        version_id=result.version_id,
        source_version_id=source.version_id or info.version_id,
        checksums=result.checksums,
        encryption=result.encryption,
        expiration=result.expiration,
        request_charged=result.request_charged,
    )


def _like_source(
    provider: StorageProvider, source: CopySource, info: ObjectInfo, options: opt.CopyOptions
) -> opt.CreateUploadOptions:
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(opt.WriteOptions)}
    if not options.replace_metadata:
        given |= {name: getattr(info, name) for name in HEADERS}
        given["metadata"] = info.metadata
    if not options.replace_tags:
        given["tags"] = tags_of(_bound(provider, source), source.key, source.version_id, info)
    return opt.CreateUploadOptions(**given)


def tags_of(provider: StorageProvider, key: str, version_id: str | None, info: ObjectInfo) -> Mapping[str, str]:
    """Tags of an object, with a request only where there may be some."""
    if not provider.capabilities.supports("tags.objects") or info.tag_count == 0:
        return {}
    try:
        return cast("Tags", provider).get_tags(key, version_id)
    except UnsupportedOperation:  # it was not known before; now it is: there can't be tags
        return {}
