"""What callers may ask for: frozen options, one class per kind of request.

``None`` (or the default) means "not asked for": a provider sends nothing for it. Nothing is ever dropped in silence: a
provider that does not know an option raises ``OptionNotSupported``, a store that lacks the feature
``UnsupportedOperation``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdall.models import ByteRange, Checksum, ChecksumAlgorithm, Encryption, SseC


class Unset(enum.Enum):
    """The type of ``UNSET``."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""Not given, where ``None`` means something else (e.g. "none, although the store has a default")."""


class BackendOptions:
    """Base of a provider's own options, e.g. ``holdall_s3.S3Options``.

    They travel in the ``backend`` field. A provider given another provider's options raises ``OptionNotSupported``.

    One verb may take several requests: a large ``put`` is ``create_upload``, ``upload_part`` and ``complete_upload``, a
    ``copy`` may begin with ``head``. Which option belongs to which of them only the provider knows, so that its class
    overrides the two methods here, unless every operation takes every option.
    """

    __slots__ = ()

    def for_operation(self, operation: str, verb: Literal["put", "copy"]) -> BackendOptions | None:
        """The options that go with one of the requests which a verb is made of.

        Every option that the verb takes must belong to at least one of the requests that it is replaced by.

        Args:
            operation: The provider's method that makes the request, e.g. ``"create_upload"``.
            verb: The provider's method that these options were given for.

        Returns:
            What belongs to the request, ``None`` for nothing; of this class: all.

        Raises:
            OptionNotSupported: The verb has no use for an option; so nothing has been sent.
        """
        return self

    def for_source_bucket(self) -> BackendOptions | None:
        """Of a ``copy``'s options those for reading the source, where that is in another bucket.

        Returns:
            What ``head`` and ``get`` of that bucket take, ``None`` for nothing; of this class: all.

        Raises:
            OptionNotSupported: ``copy`` has no use for an option.
        """
        return self


def backend_for(backend: BackendOptions | None, operation: str, verb: Literal["put", "copy"]) -> BackendOptions | None:
    """As ``BackendOptions.for_operation``, also of none."""
    return None if backend is None else backend.for_operation(operation, verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOptions:
    """Options of ``head``.

    Attributes:
        version_id: A version; ``None`` is the latest.
        range: Only these bytes (the store checks the range and says what it would send).
        part_number: One part of a multipart object, from 1.
        if_match: Only if the ETag is this one (unquoted, or ``*``).
        if_none_match: Only if the ETag is another one; else ``NotModified``.
        if_modified_since: Only if changed after that; else ``NotModified``.
        if_unmodified_since: Only if not changed after that; else ``PreconditionFailed``.
        customer_key: The key of an object encrypted with SSE-C.
        checksums: Ask the store for the checksums it keeps.
        backend: The provider's own options.
    """

    version_id: str | None = None
    range: ByteRange | None = None
    part_number: int | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None
    customer_key: SseC | None = None
    checksums: bool = False
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOptions(HeadOptions):
    """Options of ``get``: those of ``head``, and headers that the store shall answer with instead of its own."""

    response_content_type: str | None = None
    response_content_encoding: str | None = None
    response_content_language: str | None = None
    response_content_disposition: str | None = None
    response_cache_control: str | None = None
    response_expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What every way of making an object has: ``put``, ``copy``, a multipart upload.

    Attributes:
        content_type: MIME type, and likewise the other content headers.
        metadata: User metadata; names in lower case.
        tags: Tags of the object.
        storage_class: A storage class of the store.
        encryption: How to encrypt at rest.
        checksum_algorithm: Which checksum the store shall compute, check or keep.
        backend: The provider's own options.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_disposition: str | None = None
    cache_control: str | None = None
    expires: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    storage_class: str | None = None
    encryption: Encryption | None = None
    checksum_algorithm: ChecksumAlgorithm | None = None
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOptions(WriteOptions):
    """Options of ``put``.

    Attributes:
        if_absent: Create only: ``ObjectAlreadyExists`` if there is an object of that key.
        if_match: Replace only the object with this ETag: else ``PreconditionFailed`` (``ObjectNotFound`` if gone).
        checksum: Checksum of the whole body, computed by the caller; the store must refuse a body that differs.
        content_md5: Base64 MD5 of the body, likewise.
    """

    if_absent: bool = False
    if_match: str | None = None
    checksum: Checksum | None = None
    content_md5: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOptions(WriteOptions):
    """Options of ``copy``. Without any, the copy has the source's metadata, tags and content headers.

    The storage class comes along where ``Storage.copy`` is not told another one; the encryption does not.

    Attributes:
        replace_metadata: Take metadata and content headers from these options, not from the source.
        replace_tags: Take the tags from these options, not from the source.
        if_absent: Create only.
        if_match: Replace only the destination with this ETag.
        source_if_match: Only if the source's ETag is this one.
        source_if_none_match: Only if the source's ETag is another one.
        source_if_modified_since: Only if the source changed after that.
        source_if_unmodified_since: Only if the source did not change after that.
        source_customer_key: Key of a source encrypted with SSE-C.
    """

    replace_metadata: bool = False
    replace_tags: bool = False
    if_absent: bool = False
    if_match: str | None = None
    source_if_match: str | None = None
    source_if_none_match: str | None = None
    source_if_modified_since: datetime | None = None
    source_if_unmodified_since: datetime | None = None
    source_customer_key: SseC | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """Options of ``delete``.

    Attributes:
        version_id: Remove that version for good; ``None`` removes the object (in a versioned bucket: hides it).
        if_match: Only if the ETag is this one.
        backend: The provider's own options.
    """

    version_id: str | None = None
    if_match: str | None = None
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """Options of one page of a listing (objects or versions).

    Attributes:
        prefix: Only keys that begin so.
        delimiter: Roll up keys that share a beginning up to it into ``prefixes``.
        start_after: Only keys after this one (exclusive).
        token: ``next_token`` of the page before.
        limit: At most so many entries and prefixes on the page; ``None`` is the store's own page size.
        owner: Also tell the owners.
        backend: The provider's own options.
    """

    prefix: str = ""
    delimiter: str = ""
    start_after: str = ""
    token: str | None = None
    limit: int | None = None
    owner: bool = False
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUploadOptions(WriteOptions):
    """Options of the beginning of a multipart upload.

    Attributes:
        checksum_composite: Whether the object's checksum shall be composite; ``None`` leaves it to the algorithm.
        of_copies: Its parts will be copies of what the store has. A provider that sends a checksum with each body,
            where nobody asked for one, announces none then: there are no bodies.
    """

    checksum_composite: bool | None = None
    of_copies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOptions:
    """Options of one part.

    Attributes:
        checksum: Checksum of the part, computed by the caller.
        checksum_algorithm: The algorithm of the upload, where the provider shall compute it.
        content_md5: Base64 MD5 of the part.
        customer_key: The upload's SSE-C key (needed with every part).
        source_customer_key: Key of the source (part by copy).
        source_if_match: Only if the source's ETag is this one (part by copy).
        backend: The provider's own options.
    """

    checksum: Checksum | None = None
    checksum_algorithm: ChecksumAlgorithm | None = None
    content_md5: str | None = None
    customer_key: SseC | None = None
    source_customer_key: SseC | None = None
    source_if_match: str | None = None
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteOptions:
    """Options of the completion of a multipart upload.

    Attributes:
        if_absent: Create only.
        if_match: Replace only the object with this ETag.
        checksum: Checksum of the whole object.
        size: Bytes of the whole object, for the store to check.
        customer_key: The upload's SSE-C key.
        backend: The provider's own options.
    """

    if_absent: bool = False
    if_match: str | None = None
    checksum: Checksum | None = None
    size: int | None = None
    customer_key: SseC | None = None
    backend: BackendOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignOptions:
    """Options of a presigned URL.

    Attributes:
        method: What the URL is good for.
        expires_in: Life in seconds (S3: 1 to 604,800).
        read: For GET and HEAD: version, conditions, overrides of the answer's headers. For DELETE: the version.
        write: For PUT: what the upload must send (content type, metadata, class, encryption, checksum).
        content_length: For PUT: the upload must have exactly so many bytes.
    """

    method: Literal["GET", "PUT", "HEAD", "DELETE"] = "GET"
    expires_in: int = 3600
    read: GetOptions | None = None
    write: PutOptions | None = None
    content_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignPostOptions:
    """Options of a presigned HTML form upload.

    Attributes:
        expires_in: Life in seconds.
        key_is_prefix: The key is only a prefix; whoever uploads chooses the rest.
        min_size: Smallest upload in bytes.
        max_size: Largest upload in bytes.
        write: What the upload must send.
    """

    expires_in: int = 3600
    key_is_prefix: bool = False
    min_size: int = 0
    max_size: int | None = None
    write: PutOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBucketOptions:
    """Options of a new bucket.

    Attributes:
        region: Where; ``None`` is the store's region.
        object_lock: Enable object lock (can't be switched on later on every store).
        backend: The provider's own options (ACL, ownership).
    """

    region: str | None = None
    object_lock: bool = False
    backend: BackendOptions | None = None


# One shared instance of each: a call without options builds nothing.
HEAD: Final = HeadOptions()
GET: Final = GetOptions()
PUT: Final = PutOptions()
COPY: Final = CopyOptions()
DELETE: Final = DeleteOptions()
LIST: Final = ListOptions()
CREATE_UPLOAD: Final = CreateUploadOptions()
PART: Final = PartOptions()
COMPLETE: Final = CompleteOptions()
CREATE_BUCKET: Final = CreateBucketOptions()
