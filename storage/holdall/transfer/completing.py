"""What the completion of an upload is good for besides: it may keep a condition that nothing else keeps."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall.errors import StorageError
from holdall.layers.lookup import is_made_of
from holdall.options import CopyOptions, HeadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.models import PartInfo, PutResult
    from holdall.options import CompleteOptions, PutOptions
    from holdall.provider import StorageProvider


def needs_parts(provider: StorageProvider, options: PutOptions | CopyOptions) -> bool:
    """Whether an object with a condition is made of parts whatever its size.

    So it is where a store is proved to keep the condition at the completion of an upload, and not at a ``put`` (or a
    copy): the promise is the same, and it costs three requests in place of one.

    Args:
        provider: The store.
        options: What to write.
    """
    condition = "if_absent" if options.if_absent else "if_match" if options.if_match is not None else None
    if condition is None:
        return False
    can = provider.capabilities.supports
    verb, parts = ("copy", "copy_part") if isinstance(options, CopyOptions) else ("put", "uploads")
    return (
        not can(f"{verb}.{condition}", safety=True)
        and can(f"multipart.complete_{condition}", safety=True)
        and can(f"multipart.{parts}")
    )


def with_etag(
    provider: StorageProvider, result: PutResult, parts: Sequence[PartInfo], options: CompleteOptions
) -> PutResult:
    """What became of an upload, with its object's ETag where the store did not tell it and it can be found out.

    Some stores (old Ceph) complete an upload and leave the ETag empty. What is there now is looked at; its ETag counts
    only where it is surely that of an object of these parts, and not of one that was written right after it.

    Args:
        provider: The store.
        result: What completing told.
        parts: All parts, in order.
        options: How it was completed.
    """
    if result.etag is not None:
        return result
    version = None if result.version_id == "null" else result.version_id  # "null" is whatever was written last
    head = HeadOptions(version_id=version, customer_key=options.customer_key, checksums=True)
    try:
        found = provider.head(result.key, head)
    except StorageError:  # it was completed, whatever this says
        return result
    if version is None and not is_made_of(found, parts, options.checksum):
        return result
    return dataclasses.replace(result, etag=found.etag, encryption=result.encryption or found.encryption)
