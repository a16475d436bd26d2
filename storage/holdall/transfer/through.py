"""Copying inside a store that can't copy by itself: its bytes are read and written again, through this machine.

Only where the store's settings ask for it (``on_unsupported = "emulate"``); the result says that it was done so.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall import checks
from holdall import options as opt
from holdall.semantics.headers import check_replaced
from holdall.transfer.copying import as_copy, bound_to, check_conditions, delete_source, like_source
from holdall.transfer.pinning import PinnedObject
from holdall.transfer.upload import upload

if TYPE_CHECKING:
    from holdall.config.store import TransferSettings
    from holdall.models import CopyResult, CopySource, ObjectInfo
    from holdall.provider import StorageProvider
    from holdall.transfer.progress import Progress


def is_needed(provider: StorageProvider, source: CopySource) -> bool:
    """Whether a copy has to be made through this machine, and is to be."""
    return bool(provider.emulates) and _lacking(provider, source) in provider.emulates


def _lacking(provider: StorageProvider, source: CopySource) -> str | None:
    """What the store would need for this copy, and has not got."""
    supports = provider.capabilities.supports
    if not supports("copy.server_side"):
        return "copy.server_side"
    other = source.bucket is not None and source.bucket != provider.info.bucket
    return "copy.across_buckets" if other and not supports("copy.across_buckets") else None


def copy(
    provider: StorageProvider,
    source: CopySource,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
) -> tuple[CopyResult, ObjectInfo]:
    """Reads an object and writes it again, in bounded memory, with all that a copy takes along but the storage class.

    The bytes are of one version of the source and are compared with what the store tells of them, as
    ``transfer.verify`` says. Conditions on the source are decided on just that version.

    Args:
        provider: The store.
        source: Full key, perhaps in another bucket, perhaps a version.
        key: Full key of the object to be.
        options: What shall be different.
        settings: As for an upload.
        progress: Is told how far it is.

    Returns:
        What became of the copy, and what is known of the source.

    Raises:
        ObjectNotFound: No source.
        PreconditionFailed: A condition did not hold. Nothing was written.
        UnsupportedOperation: The store can't keep what the copy shall have. Nothing was written.
        ChecksumMismatch: The bytes that came are not the source's. Nothing was written.
    """
    check_replaced(options)
    reading = bound_to(provider, source)
    read = opt.GetOptions(
        version_id=source.version_id,
        customer_key=options.source_customer_key,
        checksums=settings.verify != "off" and provider.capabilities.supports("checksums.stored"),
    )
    checks.check_options(reading, read, checks.GET)
    with reading.get(source.key, read) as result:
        info = result.info
        check_conditions(provider, source, info, options)
        if settings.verify != "off":
            PinnedObject(reading, source.key, read, info).prove(result, settings.verify)
        given = like_source(reading, source, info, options, "put")
        write = opt.PutOptions(**given, if_absent=options.if_absent, if_match=options.if_match)
        written = upload(provider, key, result, write, settings, progress, expected_size=info.size)
    lacking = _lacking(provider, source) or "copy.server_side"
    emulated = (f"{lacking}: {checks.EMULATED[lacking]}", *written.emulated)
    return dataclasses.replace(as_copy(written, source, info), emulated=emulated), info


def move(
    provider: StorageProvider,
    source: CopySource,
    key: str,
    options: opt.CopyOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
) -> CopyResult:
    """As ``copy``, and then deletes the source: the one that was copied, and none that took its place.

    Raises:
        SourceChanged: The source was replaced meanwhile: the new one is not deleted. The copy may be there.
    """
    result, info = copy(provider, source, key, options, settings, progress)
    delete_source(provider, source, info, options)
    return result
