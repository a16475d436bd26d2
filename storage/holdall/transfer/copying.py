"""Copying inside a store, by the store itself, at any size."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from holdall import checks
from holdall import options as opt
from holdall.errors import ObjectNotFound, PreconditionFailed, SourceChanged, StorageError, UnsupportedOperation
from holdall.layers.lookup import may_be_done
from holdall.models import ByteRange, CopyResult, CopySource, SseC
from holdall.semantics.conditions import check_copy_source
from holdall.semantics.headers import check_replaced
from holdall.transfer.assembling import Assembly
from holdall.transfer.completing import needs_parts
from holdall.transfer.confirming import confirmed
from holdall.transfer.plan import MIB, Limits, part_size
from holdall.transfer.progress import Meter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.config.store import TransferSettings
    from holdall.groups import Buckets, MultipartUploads, Tags
    from holdall.models import ObjectInfo, PartInfo, PutResult
    from holdall.provider import StorageProvider
    from holdall.transfer.progress import Progress

HEADERS = (*checks.HEADERS, "expires")
PART = 128 * MIB
"""Bytes per part: no byte passes here, so that a part costs a request, whatever its size."""


def copy(
    provider: StorageProvider,
    source: CopySource,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
    *,
    keep_class: bool,
) -> CopyResult:
    """Copies inside the store: in one request up to the store's limit, in parts above it.

    Args:
        provider: The store.
        source: Full key, perhaps in another bucket, perhaps a version.
        key: Full key of the object to be.
        options: What shall be different.
        settings: Part size, and parts at the same time.
        progress: Is told how far it is, by the part.
        keep_class: The storage class comes along where the options name none.

    Raises:
        InvalidRequest: Something is given that the copy would not use. Nothing was sent.
        OptionNotSupported: ``copy`` has no use for one of the provider's own options. Nothing was sent.
        UnsupportedOperation: The store can't copy by itself, or not what was asked for.
        SourceChanged: The source was replaced or deleted while its parts were copied. Nothing was written.
    """
    _check(provider, source, options)
    capabilities = provider.capabilities
    in_parts = needs_parts(provider, options)
    matters = progress is not None or capabilities.copy.max_size is not None or in_parts
    # Where neither size nor class of the source can matter, no request is spent on them.
    looked = matters or capabilities.supports("tiers.storage_class")
    info = _look(provider, source, options) if looked else None
    return _copy(provider, source, info, key, options, settings, progress, keep_class=keep_class)


def move(
    provider: StorageProvider,
    source: CopySource,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
    *,
    keep_class: bool,
) -> CopyResult:
    """Copies inside the bucket, and then deletes the source: the one that was copied, and none that took its place.

    Args:
        provider: The store.
        source: Full key in the same bucket, and no version.
        key: Full key of the object to be.
        options: As in ``copy``.
        settings: As in ``copy``.
        progress: As in ``copy``.
        keep_class: As in ``copy``.

    Raises:
        InvalidRequest, OptionNotSupported, UnsupportedOperation: As in ``copy``.
        SourceChanged: The source was replaced meanwhile: the new one is not deleted. The copy may be there.
    """
    _check(provider, source, options)
    info = _look(provider, source, options)
    pinned = options
    if options.source_if_match is None and info.etag and _can_pin(provider):
        check_conditions(provider, source, info, options)  # the ETag will outrank source_if_unmodified_since
        pinned = dataclasses.replace(options, source_if_match=info.etag)
    result = _copy(provider, source, info, key, pinned, settings, progress, keep_class=keep_class)
    delete_source(provider, source, info, options)
    return result


def _check(provider: StorageProvider, source: CopySource, options: opt.CopyOptions) -> None:
    """Refuses what can't be done, or would be dropped, whatever the size of the source."""
    check_replaced(options)
    checks.require(provider, "copy.server_side", what="server-side copy")
    if source.bucket is not None and source.bucket != provider.info.bucket:
        checks.require(provider, "copy.across_buckets", what="copy from another bucket")
    if source.version_id is not None:
        checks.require(provider, "versions.get", what="version_id")
    table = checks.COPY_IN_PARTS if needs_parts(provider, options) else checks.COPY
    checks.check_write(provider, options, table)


def _copy(
    provider: StorageProvider,
    source: CopySource,
    info: ObjectInfo | None,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    progress: Progress | None,
    *,
    keep_class: bool,
) -> CopyResult:
    # S3's CopyObject gives the copy the class STANDARD unless told; the contract says that the class comes along.
    if keep_class and info and options.storage_class is None and info.storage_class != "STANDARD":
        options = dataclasses.replace(options, storage_class=info.storage_class)
    limit = provider.capabilities.copy.max_size
    with Meter(progress, key, info.size if info else None) as meter:
        if info is None or ((limit is None or info.size <= limit) and not needs_parts(provider, options)):
            result = provider.copy(source, key, options)
            meter.advance(info.size if info else 0)
            return confirmed(provider, options.encryption, result)
        return _copy_parts(provider, source, info, key, options, settings, meter)


def bound_to(provider: StorageProvider, source: CopySource) -> StorageProvider:
    """The provider of the source's bucket."""
    if source.bucket is None or source.bucket == provider.info.bucket:
        return provider
    return cast("StorageProvider", cast("Buckets", provider).bind(source.bucket))


def _look(provider: StorageProvider, source: CopySource, options: opt.CopyOptions) -> ObjectInfo:
    """What is known about the source."""
    bound = bound_to(provider, source)
    backend = options.backend
    if backend is not None:
        backend = backend.for_operation("head", "copy") if bound is provider else backend.for_source_bucket()
    head = opt.HeadOptions(version_id=source.version_id, customer_key=options.source_customer_key, backend=backend)
    return bound.head(source.key, head)


def check_conditions(provider: StorageProvider, source: CopySource, info: ObjectInfo, options: opt.CopyOptions) -> None:
    """Decides the conditions on the source, on what was looked at; the copy is then pinned to just that."""
    modified = info.last_modified or datetime.now(UTC)
    try:
        check_copy_source(options, key=source.key, etag=info.etag or "", modified=modified)
    except PreconditionFailed as error:
        store = provider.info
        error.add_context(operation="copy", store=store.store, bucket=source.bucket or store.bucket, key=source.key)
        raise


def _can_pin(provider: StorageProvider) -> bool:
    return provider.capabilities.supports("copy.source_if_match", safety=True)


def _copy_parts(
    provider: StorageProvider,
    source: CopySource,
    info: ObjectInfo,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    meter: Meter,
) -> CopyResult:
    """A copy of which only the parts are the store's own work: everything else is taken from the source by us."""
    checks.require(provider, "multipart.copy_part", what=f"copy of {info.size} bytes")
    check_conditions(provider, source, info, options)
    given = like_source(bound_to(provider, source), source, info, options, "create_upload")
    create = opt.CreateUploadOptions(**given, of_copies=info.size > 0)  # of nothing there is no range to copy
    checks.check_write(provider, create, checks.CREATE_UPLOAD)
    complete = opt.CompleteOptions(
        if_absent=options.if_absent,
        if_match=options.if_match,
        customer_key=options.encryption if isinstance(options.encryption, SseC) else None,
        backend=opt.backend_for(options.backend, "complete_upload", "copy"),
    )
    checks.check_options(provider, complete, checks.COMPLETE)
    limits = Limits.of(provider.capabilities)
    most = min(limits.max_part, provider.capabilities.copy.max_size or limits.max_part)
    step = part_size(info.size, limits, min(settings.chunk_size or PART, most))
    part_options = opt.PartOptions(
        customer_key=complete.customer_key,
        source_customer_key=options.source_customer_key,
        # All parts must come from the same object, even if the source is replaced meanwhile.
        source_if_match=info.etag if _can_pin(provider) else None,
        backend=opt.backend_for(options.backend, "copy_part", "copy"),
    )
    multipart = cast("MultipartUploads", provider)

    def copy_part(upload_id: str, number: int, piece: ByteRange, _check: object) -> PartInfo:
        if piece.start == piece.stop:  # there is no range of nothing
            return multipart.upload_part(
                key, upload_id, number, b"", opt.PartOptions(customer_key=complete.customer_key)
            )
        try:
            return multipart.copy_part(key, upload_id, number, source, piece, part_options)
        except (PreconditionFailed, ObjectNotFound) as error:
            raise _changed(source) from error

    def confirm(_parts: object) -> opt.CompleteOptions:
        # "null" names whatever was written last while versioning is off or suspended; other versions never change.
        if source.version_id in {None, "null"} and part_options.source_if_match is None:
            _check_unchanged(provider, source, info, options)
        return complete

    pieces = (ByteRange(start, min(start + step, info.size)) for start in range(0, info.size or 1, step))
    with Assembly(provider, key, create, copy_part, workers=settings.max_concurrency) as assembly:
        assembly.begin()
        assembly.run(pieces, lambda piece: meter.advance((piece.stop or 0) - piece.start))
        result = assembly.complete(confirm)
    return as_copy(result, source, info)


def as_copy(written: PutResult, source: CopySource, info: ObjectInfo) -> CopyResult:
    """What became of a copy that was written as an object of its own.

    Args:
        written: What became of that object.
        source: What was copied.
        info: What is known of it.
    """
    return CopyResult(
        key=written.key,
        etag=written.etag,
        version_id=written.version_id,
        source_version_id=source.version_id or info.version_id,
        checksums=written.checksums,
        encryption=written.encryption,
        expiration=written.expiration,
        request_charged=written.request_charged,
        emulated=written.emulated,
    )


def _check_unchanged(provider: StorageProvider, source: CopySource, info: ObjectInfo, options: opt.CopyOptions) -> None:
    """For stores that don't compare a part's source themselves: the source is still what it was at the beginning.

    An object that is replaced is another one for good; one look after the last part is enough.
    """
    try:
        now = _look(provider, source, options)
    except ObjectNotFound as error:
        raise _changed(source) from error
    if not _same(now, info):
        raise _changed(source)


def delete_source(provider: StorageProvider, source: CopySource, copied: ObjectInfo, options: opt.CopyOptions) -> None:
    """Deletes what has been copied, and nothing that took its place meanwhile.

    The store decides where it can. Elsewhere a look comes first, which a write may still slip in behind.

    Args:
        provider: The store.
        source: The source.
        copied: What it was before the copy.
        options: Those of the copy.

    Raises:
        SourceChanged: There is another object by now; it stays.
    """
    delete = opt.DeleteOptions(backend=opt.backend_for(options.backend, "delete", "copy"))
    guarded = copied.etag is not None and provider.capabilities.supports("delete.if_match", safety=True)
    refused: PreconditionFailed | None = None
    lost: StorageError | None = None
    if guarded:
        try:
            provider.delete(source.key, dataclasses.replace(delete, if_match=copied.etag))
        except ObjectNotFound:  # somebody else deleted it
            return
        except PreconditionFailed as error:  # what some stores also say of an object that is not there
            refused = error
        except StorageError as error:
            if not may_be_done(error):
                raise
            lost = error  # by whose doing it is gone is no matter here
        else:
            return
    try:
        now = _look(provider, source, options)
    except ObjectNotFound:
        return
    if lost and _same(now, copied):
        raise lost
    if refused or not _same(now, copied):
        raise SourceChanged(
            f"{source.key!r} was replaced while it was moved; what is there now was not deleted",
            key=source.key,
            operation="move",
            hint="Look which of the two is wanted, then move it again or delete the other.",
        ) from refused or lost
    provider.delete(source.key, delete)


def _same(one: ObjectInfo, other: ObjectInfo) -> bool:
    return (one.etag, one.size, one.last_modified) == (other.etag, other.size, other.last_modified)


def _changed(source: CopySource) -> SourceChanged:
    return SourceChanged(
        f"{source.key!r} was replaced or deleted while it was copied; nothing was written",
        key=source.key,
        operation="copy",
        hint="Copy it again, or copy a version by its version_id.",
    )


def like_source(
    reading: StorageProvider, source: CopySource, info: ObjectInfo, options: opt.CopyOptions, operation: str
) -> dict[str, Any]:
    """Options of a write that makes a copy: what is given, and from the source what is not.

    Args:
        reading: The provider of the source's bucket.
        source: What is copied.
        info: What is known of it.
        options: What shall be different.
        operation: The provider's method that writes.
    """
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(opt.WriteOptions)}
    given["backend"] = opt.backend_for(options.backend, operation, "copy")
    if not options.replace_metadata:
        given |= {name: getattr(info, name) for name in HEADERS}
        given["metadata"] = info.metadata
    if not options.replace_tags:
        given["tags"] = tags_of(reading, source.key, source.version_id, info)
    return given


UNKNOWN_TAGS = (
    "The tags could not be read, and whether the store keeps any is not known. If it keeps none, say so in its "
    'settings: capabilities."tags.objects" = "no".'
)


def tags_of(provider: StorageProvider, key: str, version_id: str | None, info: ObjectInfo) -> Mapping[str, str]:
    """Tags of an object, with a request only where there may be some."""
    if not provider.capabilities.supports("tags.objects") or info.tag_count == 0:
        return {}
    try:
        return cast("Tags", provider).get_tags(key, version_id)
    except UnsupportedOperation:  # it was not known before; now it is: there can't be tags
        return {}
    except StorageError as error:
        if not provider.capabilities.supports("tags.objects", safety=True):
            error.hint = UNKNOWN_TAGS
        raise
