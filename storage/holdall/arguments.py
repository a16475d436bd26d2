"""The keyword arguments of ``Storage``'s verbs, each described once.

They have the names of the fields in ``holdall.options``; an unknown one is a ``TypeError``, as for any function.
"""

from __future__ import annotations

import difflib
import inspect
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from holdall.models import Checksum, ChecksumAlgorithm, Encryption, SseC
    from holdall.options import BackendOptions, Unset


class HeadArgs(TypedDict, total=False):
    """Arguments of ``head``.

    Attributes:
        version_id: A version; default: the latest.
        part_number: One part of a multipart object, from 1.
        if_match: Only if the ETag is this one; else ``PreconditionFailed``.
        if_none_match: Only if the ETag is another one; else ``NotModified``.
        if_modified_since: Only if changed after that (timezone-aware); else ``NotModified``.
        if_unmodified_since: Only if not changed after that; else ``PreconditionFailed``.
        customer_key: The key of an object encrypted with SSE-C.
        checksums: Also tell the checksums that the store keeps.
        backend: The provider's own options, e.g. ``holdall_s3.S3Options(request_payer=True)``.
    """

    version_id: str | None
    part_number: int | None
    if_match: str | None
    if_none_match: str | None
    if_modified_since: datetime | None
    if_unmodified_since: datetime | None
    customer_key: SseC | None
    checksums: bool
    backend: BackendOptions | None


class GetArgs(HeadArgs, total=False):
    """Arguments of ``get``: those of ``head``, and headers that the store shall answer with instead of its own."""

    response_content_type: str | None
    response_content_encoding: str | None
    response_content_language: str | None
    response_content_disposition: str | None
    response_cache_control: str | None
    response_expires: datetime | None


class WriteArgs(TypedDict, total=False):
    """Arguments of everything that makes an object.

    Attributes:
        content_type: MIME type; default: guessed from the key's ending where it suggests one.
        content_encoding: e.g. ``gzip``.
        content_language: e.g. ``de``.
        content_disposition: e.g. ``attachment; filename="report.csv"``.
        cache_control: e.g. ``max-age=3600``.
        expires: When caches shall forget the object (timezone-aware).
        metadata: User metadata; names become lower case. S3: 2 KB in all.
        tags: Object tags. S3: 10 at most.
        storage_class: Default: the store's ``defaults.storage_class``, for copies that of the source; ``None``:
            whatever the store takes.
        encryption: Default: the store's ``defaults.encryption``; ``None``: whatever the store does.
        checksum_algorithm: A checksum to compute, send and keep, e.g. ``CRC32``.
        backend: The provider's own options, e.g. ``holdall_s3.S3Options(acl="private")``.
    """

    content_type: str | None
    content_encoding: str | None
    content_language: str | None
    content_disposition: str | None
    cache_control: str | None
    expires: datetime | None
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    storage_class: str | Unset | None
    encryption: Encryption | Unset | None
    checksum_algorithm: ChecksumAlgorithm | str | None
    backend: BackendOptions | None


class PutArgs(WriteArgs, total=False):
    """Arguments of ``put``, ``upload_file`` and ``open`` for writing.

    Attributes:
        if_absent: Create only: ``ObjectAlreadyExists`` if there is an object of that key.
        if_match: Replace only the object with this ETag: else ``PreconditionFailed``.
        checksum: Checksum of all the data; the store must refuse anything else.
        content_md5: Base64 MD5 of the data, likewise (not for data that is sent in parts).
    """

    if_absent: bool
    if_match: str | None
    checksum: Checksum | None
    content_md5: str | None


class CopyArgs(WriteArgs, total=False):
    """Arguments of ``copy`` and ``move``. Without any, the copy is like its source.

    Only its encryption is that of new objects: the store's ``defaults.encryption``, else whatever the store does.
    Metadata, content headers and tags are for ``replace_metadata`` and ``replace_tags``, and refused without.

    Attributes:
        replace_metadata: Take metadata and content headers from these arguments, none from the source.
        replace_tags: Take the tags from these arguments, none from the source.
        if_absent: Create only.
        if_match: Replace only the destination with this ETag.
        source_if_match: Only if the source's ETag is this one.
        source_if_none_match: Only if the source's ETag is another one.
        source_if_modified_since: Only if the source changed after that.
        source_if_unmodified_since: Only if the source did not change after that.
        source_customer_key: Key of a source encrypted with SSE-C.
    """

    replace_metadata: bool
    replace_tags: bool
    if_absent: bool
    if_match: str | None
    source_if_match: str | None
    source_if_none_match: str | None
    source_if_modified_since: datetime | None
    source_if_unmodified_since: datetime | None
    source_customer_key: SseC | None


SETTINGS = frozenset({"multipart_threshold", "chunk_size", "max_concurrency", "on_failure", "own_checksum"})
"""What is a setting of a store's transfers (``TransferSettings``) and no argument of a verb."""

HEAD_NAMES = HeadArgs.__optional_keys__
GET_NAMES = GetArgs.__optional_keys__
PUT_NAMES = PutArgs.__optional_keys__
COPY_NAMES = CopyArgs.__optional_keys__


def check_names(verb: Callable[..., Any], given: Collection[str], known: Collection[str]) -> None:
    """Refuses arguments that a verb has not got, as Python does where they are spelled out in the signature.

    Args:
        verb: The method that was called.
        given: Names of its ``**`` arguments.
        known: Those that it has; its other arguments are read off its signature.

    Raises:
        TypeError: Names the verb, the argument, and the nearest one that there is.
    """
    unknown = [name for name in given if name not in known]
    if not unknown:
        return
    signature = inspect.signature(verb).parameters.values()
    own = [parameter.name for parameter in signature if parameter.kind is not parameter.VAR_KEYWORD]
    near = difflib.get_close_matches(unknown[0], [*known, *own], n=1)
    instead = f"; did you mean {near[0]!r}?" if near else ""
    if unknown[0] in SETTINGS:
        instead = f"; it is a setting: open_storage(..., transfer={{{unknown[0]!r}: ...}})"
    raise TypeError(f"{verb.__name__}() has no argument {unknown[0]!r}{instead}")
