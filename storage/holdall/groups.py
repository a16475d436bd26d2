"""What only some stores have: small protocols, each method one request, named like the views of ``Storage``.

A provider implements the groups it has. ``Capabilities`` are the authority on what may be called: an ``isinstance``
check sees only that names exist. ``GROUPS`` ties each protocol to the capabilities that need it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall.capabilities import Capabilities
    from holdall.models import (
        Body,
        BucketInfo,
        BucketPage,
        ByteRange,
        CopySource,
        DeleteOutcome,
        Encryption,
        MultipartUpload,
        NotificationConfig,
        ObjectRef,
        PartInfo,
        PartPage,
        PresignedPost,
        PresignedUrl,
        PutResult,
        UploadPage,
        Versioning,
        VersionPage,
    )
    from holdall.options import (
        CompleteOptions,
        CreateBucketOptions,
        CreateUploadOptions,
        DeleteOptions,
        ListOptions,
        PartOptions,
        PresignOptions,
        PresignPostOptions,
    )


@runtime_checkable
class MultipartUploads(Protocol):
    """Objects written in parts. Nothing is visible before the upload is completed.

    The caller gives no empty upload id; a provider that is given one must not take it for the object itself.
    """

    def create_upload(self, key: str, options: CreateUploadOptions) -> MultipartUpload:
        """Begins an upload.

        What the store tells of the encryption stands in the result. The framework gives the upload up where that is not
        what was asked for; where it is nothing, it looks at the completed object.
        """
        ...

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: PartOptions) -> PartInfo:
        """Sends one part; sending the same number again replaces it.

        Raises:
            UploadNotFound: Completed, aborted, or never there.
            ChecksumMismatch: The bytes that arrived differ from the checksum given.
        """
        ...

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: CopySource,
        source_range: ByteRange | None,
        options: PartOptions,
    ) -> PartInfo:
        """Makes one part from (a range of) an object of the store."""
        ...

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[PartInfo], options: CompleteOptions
    ) -> PutResult:
        """Makes the object out of the parts, atomically.

        Args:
            key: Key of the object.
            upload_id: The upload.
            parts: What ``upload_part`` returned, ascending by number; parts that are not named are dropped.
            options: Conditions and checksum.

        Raises:
            InvalidPart, InvalidPartOrder, PartTooSmall: The parts do not make an object.
            UploadNotFound: No such upload.
            ObjectAlreadyExists, PreconditionFailed: A condition did not hold.
        """
        ...

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Drops an upload and its parts. Aborting what is not there succeeds."""
        ...

    def list_parts(self, key: str, upload_id: str, marker: int, limit: int | None) -> PartPage:
        """One page of the parts after number ``marker`` (0 at first).

        Raises:
            UploadNotFound: No such upload.
        """
        ...

    def list_uploads(self, prefix: str, token: str | None, limit: int | None) -> UploadPage:
        """One page of the unfinished uploads whose keys begin with ``prefix``."""
        ...


@runtime_checkable
class BatchDelete(Protocol):
    """Several keys in one request."""

    def delete_batch(self, refs: Sequence[ObjectRef], options: DeleteOptions) -> Sequence[DeleteOutcome]:
        """Deletes up to ``delete.batch_max`` keys; one outcome per key, in the order given."""
        ...


@runtime_checkable
class Versions(Protocol):
    """Versions of objects. ``head``, ``get``, ``delete`` and ``copy`` take a version id in their options."""

    def get_versioning(self) -> Versioning:
        """State of the bucket's versioning."""
        ...

    def set_versioning(self, state: Versioning) -> None:
        """Switches versioning on, or suspends it (it can't be switched off again)."""
        ...

    def list_versions_page(self, options: ListOptions) -> VersionPage:
        """One page of versions and delete markers: by key, newest first."""
        ...


@runtime_checkable
class Tags(Protocol):
    """Tags of objects; they are set and removed as a whole."""

    def get_tags(self, key: str, version_id: str | None) -> Mapping[str, str]:
        """The tags; empty where there are none."""
        ...

    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        """Replaces all tags; returns the version id that they were set on, where the store tells."""
        ...

    def delete_tags(self, key: str, version_id: str | None) -> str | None:
        """Removes all tags; returns the version id, where the store tells."""
        ...


@runtime_checkable
class BucketEncryption(Protocol):
    """Default encryption of the bucket (that of single objects is in the options)."""

    def get_default_encryption(self) -> Encryption | None:
        """What new objects get; ``None`` where nothing is set."""
        ...

    def set_default_encryption(self, encryption: Encryption) -> None:
        """Sets what new objects get."""
        ...

    def delete_default_encryption(self) -> None:
        """Back to the store's own default."""
        ...


@runtime_checkable
class Presign(Protocol):
    """URLs that let others do one thing for a while. Computed here: no request."""

    def presign(self, key: str, options: PresignOptions) -> PresignedUrl:
        """A URL for GET, HEAD, PUT or DELETE."""
        ...

    def presign_post(self, key: str, options: PresignPostOptions) -> PresignedPost:
        """An HTML form upload."""
        ...


@runtime_checkable
class Notifications(Protocol):
    """Events of the bucket, sent somewhere."""

    def get_notifications(self) -> NotificationConfig:
        """The rules that are set."""
        ...

    def set_notifications(self, config: NotificationConfig) -> None:
        """Replaces all rules; an empty configuration removes them."""
        ...


@runtime_checkable
class Buckets(Protocol):
    """Buckets of the account."""

    def create_bucket(self, name: str, options: CreateBucketOptions) -> BucketInfo:
        """Makes a bucket.

        Raises:
            BucketAlreadyOwnedByYou, BucketAlreadyExists: The name is taken.
        """
        ...

    def delete_bucket(self, name: str) -> None:
        """Removes an empty bucket.

        Raises:
            BucketNotEmpty: It has objects, versions or delete markers.
            BucketNotFound: It is not there.
        """
        ...

    def head_bucket(self, name: str) -> BucketInfo:
        """Whether the bucket is there and may be used.

        Raises:
            BucketNotFound: It is not there.
            AccessDenied: It may be there.
        """
        ...

    def list_buckets(self, token: str | None, limit: int | None) -> BucketPage:
        """One page of the account's buckets, by name."""
        ...

    def bucket_location(self, name: str) -> str | None:
        """The bucket's region, ``None`` where the store has none."""
        ...

    def bind(self, bucket: str) -> Self:
        """The same account and connections, working on another bucket; no request."""
        ...


ProbeProgress = Callable[[int, int, str], None]
"""Is told how many probes are done, how many there are, and the feature of the next one."""


@runtime_checkable
class Probing(Protocol):
    """Finding out what the store does, by trying it.

    Optional: no capability promises it and no layer passes it on, since it must see the store's own first answers. It
    is the one method of the contract that takes more than one request: what a probe looks for is the effect of one
    request on another, and which requests show it only the provider knows.
    """

    def probe(self, prefix: str | None, *, fresh: bool, progress: ProbeProgress | None) -> Capabilities:
        """Tries on scratch objects what the store does, learns it, and keeps it for later processes.

        What the provider owes: some seventy requests at most; all scratch objects are deleted, whatever happens; nobody
        else's object is written to, and no configuration of a bucket but a scratch one's is changed; what an answer
        merely says or echoes proves nothing; no permission, or a store that is too busy, is no "no".

        Args:
            prefix: The scratch objects are below it, under a name that nobody else has. ``None``: in a scratch bucket.
            fresh: Do not use what was found out earlier.
            progress: Is told how far it is.

        Returns:
            The capabilities in effect, with what was learned.

        Raises:
            AccessDenied: Nothing may be written there.
            InvalidBucketState: Objects there are locked, so that scratch objects would stay; or some are left over.
        """
        ...

    def forget_probed(self) -> bool:
        """Forgets what was found out; no request. Returns whether something was kept for later processes."""
        ...


GROUPS: Mapping[type, tuple[str, ...]] = {
    MultipartUploads: ("multipart.uploads",),
    BatchDelete: ("delete.batch",),
    Versions: ("versions.list", "versions.enable"),
    Tags: ("tags.objects",),
    BucketEncryption: ("encryption.bucket_default",),
    Presign: ("presign.get", "presign.put", "presign.head", "presign.delete", "presign.post"),
    Notifications: ("notifications.rules", "notifications.event_bus"),
    Buckets: ("buckets.create", "buckets.delete", "buckets.head", "buckets.list", "buckets.location"),
}
"""Each group with the features that promise it: where one of them is ``YES``, the methods must be there."""

BY_SUBRESOURCE: Mapping[str, tuple[str, ...]] = {
    name: GROUPS[group]
    for group in (Versions, Tags, BucketEncryption, Notifications)
    for name in vars(group)
    if not name.startswith("_")
}
"""Methods whose request differs from one of the core by a query only (S3: ``?tagging``), with the features that promise
them. Some stores that do not know the query answer it with an internal error."""
