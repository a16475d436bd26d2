"""What providers return: frozen results, and the small values that requests are made of.

Sizes are bytes, times are timezone-aware UTC, an ETag is an opaque string without quotes (never "the MD5").
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdall.errors import StorageError

# --- bodies ------------------------------------------------------------------------------------------------------


@runtime_checkable
class SizedReader(Protocol):
    """A body whose length is known and which can be read again from its start (for another attempt)."""

    def __len__(self) -> int:
        """Bytes in all."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, all that is left for -1, ``b""`` at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves to a position, as files do."""
        ...

    def tell(self) -> int:
        """The current position."""
        ...


Body = bytes | bytearray | memoryview | SizedReader
"""What a provider's ``put`` and ``upload_part`` take: bytes, or something sized that can be rewound."""


# --- values ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A slice of an object, half-open like Python's slices.

    ``ByteRange(0, 1024)`` is the first KiB, ``ByteRange(1024)`` all but that, ``ByteRange(-1024)`` the last KiB.

    Attributes:
        start: First byte; negative counts from the end (then ``stop`` must be ``None``).
        stop: One past the last byte; ``None`` is the object's end. A ``stop`` past the end is cut, a ``start`` past
            the end raises ``RangeNotSatisfiable``.
    """

    start: int
    stop: int | None = None

    def resolve(self, size: int) -> tuple[int, int] | None:
        """The range inside an object of ``size`` bytes, or ``None`` where it holds no byte of it."""
        if self.start < 0:
            start, stop = max(0, size + self.start), size
        else:
            start, stop = self.start, size if self.stop is None else min(self.stop, size)
        return (start, stop) if start < stop else None

    def header(self) -> str:
        """The value of an HTTP ``Range`` header."""
        if self.start < 0:
            return f"bytes={self.start}"
        return f"bytes={self.start}-" if self.stop is None else f"bytes={self.start}-{self.stop - 1}"


class ChecksumAlgorithm(enum.StrEnum):
    """Checksum algorithms of the S3 API; providers for other stores use those of them that they know."""

    CRC32 = "CRC32"
    CRC32C = "CRC32C"
    CRC64NVME = "CRC64NVME"
    SHA1 = "SHA1"
    SHA256 = "SHA256"


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum of an object or of one part.

    Attributes:
        algorithm: Which one.
        value: Base64 of the big-endian digest; a composite value ends in ``-<number of parts>``.
        composite: True where it is the checksum of the parts' checksums, not of the bytes.
    """

    algorithm: ChecksumAlgorithm
    value: str
    composite: bool = False


class StorageClass(enum.StrEnum):
    """Storage classes of S3. Stores may have others: wherever a class is taken, any string is."""

    STANDARD = "STANDARD"
    REDUCED_REDUNDANCY = "REDUCED_REDUNDANCY"
    STANDARD_IA = "STANDARD_IA"
    ONEZONE_IA = "ONEZONE_IA"
    INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
    GLACIER = "GLACIER"
    GLACIER_IR = "GLACIER_IR"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    OUTPOSTS = "OUTPOSTS"
    SNOW = "SNOW"
    EXPRESS_ONEZONE = "EXPRESS_ONEZONE"


@dataclass(frozen=True, slots=True)
class SseS3:
    """Encrypt at rest with keys that the store manages (``AES256``)."""


@dataclass(frozen=True, slots=True)
class SseKms:
    """Encrypt at rest with a key of the key management service.

    Attributes:
        key_id: Key id, ARN or alias; ``None`` takes the service's default key.
        context: Encryption context, authenticated but not secret.
        bucket_key: Use a bucket key to save KMS requests; ``None`` leaves it to the bucket.
        dual_layer: Two independent layers (``aws:kms:dsse``).
    """

    key_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    bucket_key: bool | None = None
    dual_layer: bool = False


@dataclass(frozen=True, slots=True)
class SseC:
    """Encrypt with a key that only the caller has; it is sent with every request and stored nowhere.

    Attributes:
        key: 32 bytes (AES-256). Never part of a repr.
    """

    key: bytes = field(repr=False)


Encryption = SseS3 | SseKms | SseC


@dataclass(frozen=True, slots=True)
class EncryptionInfo:
    """How an object is encrypted at rest, as the store reports it.

    Attributes:
        algorithm: ``AES256``, ``aws:kms``, ``aws:kms:dsse``; for a customer's key the algorithm of that.
        key_id: KMS key, where one was used.
        bucket_key: Whether a bucket key was used.
        customer_key_md5: Base64 MD5 of the customer's key, where one was used.
    """

    algorithm: str
    key_id: str | None = None
    bucket_key: bool | None = None
    customer_key_md5: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """State of an archived object's temporary copy.

    Attributes:
        restoring: A restore is under way.
        restored_until: The readable copy goes away then; ``None`` where there is none.
    """

    restoring: bool
    restored_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LockStatus:
    """Object lock, as far as the store tells.

    Attributes:
        mode: ``GOVERNANCE`` or ``COMPLIANCE``.
        retain_until: End of the retention.
        legal_hold: Whether a legal hold is on.
    """

    mode: str | None = None
    retain_until: datetime | None = None
    legal_hold: bool | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a bucket, an object or an upload."""

    id: str | None = None
    display_name: str | None = None


# --- objects -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """Everything a store tells about one object (``head``, ``get``).

    Attributes:
        key: Object key.
        size: Bytes of the whole object, also when a range was read.
        etag: Opaque, without quotes; ``None`` where the store gives none.
        last_modified: When this version was written.
        version_id: ``None`` where the bucket was never versioned.
        content_type: MIME type, and likewise the other content headers.
        metadata: User metadata, names in lower case.
        storage_class: ``STANDARD`` where the store does not say.
        checksums: Those that the store keeps and was asked for.
        tag_count: Number of tags; ``None`` where the store does not say.
        parts_count: Parts of a multipart object, where a part was asked for.
        expiration: The lifecycle rule that will remove the object, in the store's words.
        archive: Restore state of an archived object.
        lock: Object lock.
        replication_status: In the store's words.
        website_redirect: Target of a website redirect.
        accept_ranges: Whether the store says that it serves ranges.
        missing_metadata: Number of metadata entries that the store could not return as headers.
        request_charged: The requester pays for this request.
    """

    key: str
    size: int
    etag: str | None = None
    last_modified: datetime | None = None
    version_id: str | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_disposition: str | None = None
    cache_control: str | None = None
    expires: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    checksums: tuple[Checksum, ...] = ()
    encryption: EncryptionInfo | None = None
    tag_count: int | None = None
    parts_count: int | None = None
    expiration: str | None = None
    archive: ArchiveStatus | None = None
    lock: LockStatus | None = None
    replication_status: str | None = None
    website_redirect: str | None = None
    accept_ranges: bool | None = None
    missing_metadata: int = 0
    request_charged: bool = False


class Proof(enum.StrEnum):
    """What showed that bytes are the object's, strongest first (see ``DownloadResult``)."""

    CHECKSUM = "checksum"
    """The store keeps a checksum of all the bytes."""
    COMPOSITE = "composite-checksum"
    """The store keeps a checksum of the parts' checksums."""
    METADATA = "metadata-checksum"
    """Whoever wrote the object put its checksum into the metadata, as ``holdall-checksum``."""
    ETAG = "etag"
    """The ETag is the MD5 of the bytes."""
    MULTIPART_ETAG = "multipart-etag"
    """The ETag is the MD5 of the parts' MD5s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadResult(ObjectInfo):
    """What ``download_file`` returns: the object, and how it is known that the file is it.

    Attributes:
        verified_by: What the file was compared with; ``None`` where the store tells nothing that could prove it (then
            only its size was), or with ``verify="off"``.
    """

    verified_by: Proof | None = None

    @classmethod
    def of(cls, info: ObjectInfo, proof: Proof | None) -> DownloadResult:
        """Of an object and what proved its bytes."""
        return cls(**{each.name: getattr(info, each.name) for each in fields(info)}, verified_by=proof)


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """One object of a listing; lean, because listings are long."""

    key: str
    size: int
    etag: str | None = None
    last_modified: datetime | None = None
    storage_class: str = "STANDARD"
    owner: Owner | None = None
    checksum_algorithms: tuple[str, ...] = ()
    archive: ArchiveStatus | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a listing.

    Attributes:
        entries: Objects, in UTF-8 byte order of their keys (``list.ordered`` says where not).
        prefixes: Common prefixes ("folders") up to and with the delimiter.
        next_token: Give it to the next ``list_page``; ``None`` on the last page.
    """

    entries: tuple[ObjectEntry, ...]
    prefixes: tuple[str, ...] = ()
    next_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectVersion:
    """One version of an object, or a delete marker."""

    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool = False
    size: int = 0
    etag: str | None = None
    last_modified: datetime | None = None
    storage_class: str = "STANDARD"
    owner: Owner | None = None
    checksum_algorithms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of a version listing: by key, newest version first (``versions.newest_first`` says where not)."""

    versions: tuple[ObjectVersion, ...]
    prefixes: tuple[str, ...] = ()
    next_token: str | None = None


class Versioning(enum.StrEnum):
    """State of a bucket's versioning."""

    OFF = "off"
    """Never switched on."""
    ENABLED = "enabled"
    SUSPENDED = "suspended"
    """New writes get the version id ``null``; old versions stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """What became of a ``put`` or of a completed multipart upload.

    Attributes:
        key: Object key.
        etag: Opaque, without quotes; ``None`` where the store gives none.
        size: Bytes of the object where known.
        version_id: ``None`` where the bucket was never versioned.
        checksums: As the store computed or confirmed them.
        encryption: As applied.
        expiration: The lifecycle rule that will remove the object, in the store's words.
        location: URL of the object, where the store gives one (completion of a multipart upload).
        request_charged: The requester pays for this request.
        emulated: What the store has not got and holdall made up for, and at what price: ``"put.if_absent: racy, …"``.
    """

    key: str
    etag: str | None = None
    size: int | None = None
    version_id: str | None = None
    checksums: tuple[Checksum, ...] = ()
    encryption: EncryptionInfo | None = None
    expiration: str | None = None
    location: str | None = None
    request_charged: bool = False
    emulated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyResult:
    """What became of a copy inside a store; ``emulated`` is that of ``PutResult``."""

    key: str
    etag: str | None = None
    last_modified: datetime | None = None
    version_id: str | None = None
    source_version_id: str | None = None
    checksums: tuple[Checksum, ...] = ()
    encryption: EncryptionInfo | None = None
    expiration: str | None = None
    request_charged: bool = False
    emulated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopySource:
    """Where a copy comes from.

    Attributes:
        key: Key of the source.
        bucket: Another bucket of the same account; ``None`` is the provider's own bucket.
        version_id: A version of it; ``None`` is the latest.
    """

    key: str
    bucket: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteResult:
    """What became of a ``delete``.

    Attributes:
        delete_marker: A delete marker was made (or, by version id, removed).
        version_id: Version id of that marker, or of the version that was removed.
        request_charged: The requester pays for this request.
        emulated: As in ``PutResult``.
    """

    delete_marker: bool = False
    version_id: str | None = None
    request_charged: bool = False
    emulated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A key, or one version of it (batch delete)."""

    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOutcome:
    """What became of one key of a batch delete; ``error`` is ``None`` where it is gone."""

    key: str
    version_id: str | None = None
    delete_marker: bool = False
    delete_marker_version_id: str | None = None
    error: StorageError | None = None


# --- multipart ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipartUpload:
    """An upload that was begun.

    Attributes:
        key: Key of the object to be.
        upload_id: The store's id.
        encryption: As it will be applied; ``None`` where the store does not tell.
        checksum_algorithm: The algorithm agreed on, if any.
        checksum_composite: Whether the object's checksum will be composite.
        abort_date: When a lifecycle rule will abort it.
    """

    key: str
    upload_id: str
    encryption: EncryptionInfo | None = None
    checksum_algorithm: ChecksumAlgorithm | None = None
    checksum_composite: bool = False
    abort_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartInfo:
    """One part that the store holds.

    Attributes:
        size: Bytes; ``None`` where the store does not tell (a whole object copied as one part).
    """

    part_number: int
    etag: str
    size: int | None
    checksums: tuple[Checksum, ...] = ()
    last_modified: datetime | None = None
    encryption: EncryptionInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPage:
    """One page of an upload's parts, ascending by number; ``next_marker`` is ``None`` on the last page."""

    parts: tuple[PartInfo, ...]
    next_marker: int | None = None
    storage_class: str = "STANDARD"
    owner: Owner | None = None
    initiator: Owner | None = None
    checksum_algorithm: ChecksumAlgorithm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadInfo:
    """An unfinished upload in a listing."""

    key: str
    upload_id: str
    initiated: datetime | None = None
    storage_class: str = "STANDARD"
    owner: Owner | None = None
    initiator: Owner | None = None


@dataclass(frozen=True, slots=True)
class UploadPage:
    """One page of unfinished uploads."""

    uploads: tuple[UploadInfo, ...]
    next_token: str | None = None


# --- buckets -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketInfo:
    """A bucket.

    Attributes:
        name: Its name.
        created: When, where the store tells.
        region: Where, where the store tells.
        is_access_point_alias: The name is an alias of an access point.
        location: Its path or URL, where the store gave one when it was made.
    """

    name: str
    created: datetime | None = None
    region: str | None = None
    is_access_point_alias: bool = False
    location: str | None = None


@dataclass(frozen=True, slots=True)
class BucketPage:
    """One page of an account's buckets."""

    buckets: tuple[BucketInfo, ...]
    owner: Owner | None = None
    next_token: str | None = None


# --- presign -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedUrl:
    """A URL that lets anyone do one thing for a while. The URL is a secret: its signature is left out of the repr.

    Attributes:
        url: The URL with its signature.
        method: HTTP method it is good for.
        headers: Headers that whoever uses it must send exactly so.
        expires_at: End of its life; never beyond that of temporary credentials.
    """

    url: str = field(repr=False)
    method: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedPost:
    """An HTML form upload: POST ``fields`` and then ``file`` to ``url`` as multipart/form-data."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    expires_at: datetime


# --- notifications -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRule:
    """Send some events of a bucket to one place.

    Attributes:
        events: Event names, e.g. ``ObjectCreated:*`` or ``ObjectRemoved:Delete`` (without the ``s3:`` in front).
        destination: ARN of a queue, topic or function, or whatever names a destination at this provider.
        kind: ``queue``, ``topic`` or ``function``.
        prefix: Only keys that begin so.
        suffix: Only keys that end so.
        id: Name of the rule; the store makes one up where it is ``None``.
    """

    events: tuple[str, ...]
    destination: str
    kind: str = "queue"
    prefix: str = ""
    suffix: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class NotificationConfig:
    """All of a bucket's notification rules.

    Attributes:
        rules: The rules.
        event_bus: Also send every event to the account's event bus (EventBridge).
    """

    rules: tuple[NotificationRule, ...] = ()
    event_bus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEvent:
    """Something happened to an object.

    Attributes:
        name: e.g. ``ObjectCreated:Put``.
        sequencer: Orders events of the same key; compare as strings of equal length.
    """

    name: str
    time: datetime
    bucket: str
    key: str
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None
    sequencer: str | None = None
    rule_id: str | None = None


# --- provider ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """Who a provider is, for messages and diagnosis; nothing secret.

    Attributes:
        kind: Provider kind, e.g. ``minio``.
        store: Name of the store in the user's configuration.
        bucket: The bucket it works on; ``None`` where it reaches the account only.
        endpoint: Where requests go: a URL without credentials, or a folder.
        region: Region, where there is one.
        family: Which of several makes of store it is taken for, where the kind leaves that open, e.g. ``ceph-rgw``.
        version: The server's version, where it is known.
        recognised_by: What told the family, for readers; ``None``: nothing did.
    """

    kind: str
    store: str | None = None
    bucket: str | None = None
    endpoint: str | None = None
    region: str | None = None
    family: str | None = None
    version: str | None = None
    recognised_by: str | None = None
