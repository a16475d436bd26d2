"""The views of ``Storage``: each named after a group, each there only where the store has it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from holdall import checks, fields, validation
from holdall import options as opt
from holdall.arguments import GET_NAMES, PUT_NAMES, check_names
from holdall.errors import InvalidRequest, InvalidResponse, StorageError
from holdall.models import CopySource, NotificationConfig, SseKms, SseS3, Versioning
from holdall.transfer import arrived, journal
from holdall.transfer.bodies import opened
from holdall.transfer.resume import resume
from holdall.transfer.writing import fields_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from holdall import groups
    from holdall.models import (
        Checksum,
        CopyResult,
        DeleteResult,
        Encryption,
        ObjectVersion,
        PartInfo,
        PresignedPost,
        PresignedUrl,
        PutResult,
        SseC,
        UploadInfo,
    )
    from holdall.storage import Storage
    from holdall.transfer.progress import Progress


class Views:
    """What ``Storage`` gains from the groups; a view that the store has not got raises ``UnsupportedOperation``."""

    @property
    def versions(self) -> VersionsView:
        """Versions of objects: list, restore, enable, suspend."""
        return VersionsView(_has(self, "versions.list"))

    @property
    def tags(self) -> TagsView:
        """Tags of objects: get, set, delete."""
        return TagsView(_has(self, "tags.objects"))

    @property
    def uploads(self) -> UploadsView:
        """Unfinished multipart uploads: list, parts, abort, resume."""
        return UploadsView(_has(self, "multipart.uploads"))

    @property
    def encryption(self) -> BucketEncryptionView:
        """Default encryption of the bucket: get, set, delete."""
        return BucketEncryptionView(_has(self, "encryption.bucket_default"))

    @property
    def notifications(self) -> NotificationsView:
        """Event notifications of the bucket: get, set."""
        return NotificationsView(_has(self, "notifications.rules"))

    def presign(
        self,
        /,
        key: str,
        method: Literal["GET", "PUT", "HEAD", "DELETE"] = "GET",
        *,
        expires_in: int | timedelta = 3600,
        content_length: int | None = None,
        **arguments: Any,
    ) -> PresignedUrl:
        """A URL that lets anyone do one thing for a while: ``storage.presign("a.txt").url``. No request.

        Args:
            key: The object.
            method: What the URL is good for.
            expires_in: Life, in seconds or as a ``timedelta``; S3: 7 days at most.
            content_length: For PUT: the upload must have exactly so many bytes.
            **arguments: For GET and HEAD see ``holdall.arguments.GetArgs``, for PUT
                ``holdall.arguments.PutArgs``, for DELETE ``version_id``.

        Returns:
            The URL (``.url``), and the headers that whoever uses it must send (``.headers``).

        Raises:
            InvalidRequest: No such method, a life that the store does not give, or a size that no upload can have.
                Nothing is signed.
        """
        if method not in METHODS:
            raise InvalidRequest(f"there is no presigned {method!r}", hint=f"Known are {', '.join(METHODS)}.")
        check_names(Views.presign, arguments, METHODS[method])
        if content_length is not None:
            fields.at_least("content_length", content_length, 0)
            if method != "PUT":
                raise InvalidRequest(f"content_length is for PUT; the method is {method}")
        storage = _has(self, f"presign.{method.lower()}")
        seconds = _seconds(expires_in, storage.capabilities.presign.max_seconds)
        read, write = None, None
        if method == "PUT":
            write = _put_options(storage, arguments)
            checks.check_write(storage.provider, write, checks.PUT)
        elif arguments:
            read = opt.GetOptions(**fields.clean(arguments))
            checks.check_options(storage.provider, read, checks.GET)
        options = opt.PresignOptions(
            method=method, expires_in=seconds, read=read, write=write, content_length=content_length
        )
        return cast("groups.Presign", storage.provider).presign(storage.full_key(key), options)

    def presign_post(
        self,
        /,
        key: str,
        *,
        expires_in: int | timedelta = 3600,
        key_is_prefix: bool = False,
        min_size: int = 0,
        max_size: int | None = None,
        **write: Any,
    ) -> PresignedPost:
        """An HTML form upload that the store checks. No request.

        Args:
            key: The object, or the beginning of its key.
            expires_in: Life, in seconds or as a ``timedelta``.
            key_is_prefix: Whoever uploads chooses the rest of the key.
            min_size: Smallest upload in bytes.
            max_size: Largest upload in bytes.
            **write: See ``holdall.arguments.PutArgs``.

        Raises:
            InvalidRequest: A life that the store does not give, or sizes that no upload can have. Nothing is signed.
        """
        check_names(Views.presign_post, write, PUT_NAMES)
        fields.at_least("min_size", min_size, 0)
        if max_size is not None:
            fields.at_least("max_size", max_size, min_size)
        storage = _has(self, "presign.post")
        options = opt.PresignPostOptions(
            expires_in=_seconds(expires_in, storage.capabilities.presign.max_seconds),
            key_is_prefix=key_is_prefix,
            min_size=min_size,
            max_size=max_size,
            write=_put_options(storage, write) if write else None,
        )
        return cast("groups.Presign", storage.provider).presign_post(storage.full_key(key), options)


METHODS = {"GET": GET_NAMES, "HEAD": GET_NAMES, "PUT": PUT_NAMES, "DELETE": frozenset({"version_id", "backend"})}
"""What URLs are good for, and the further arguments that each takes."""


def _has(views: Views, feature: str) -> Storage:
    storage = cast("Storage", views)
    checks.require(storage.provider, feature)
    return storage


def _put_options(storage: Storage, write: Mapping[str, Any]) -> opt.PutOptions:
    return opt.PutOptions(**fields_of(storage.capabilities, storage.defaults, write))


def _seconds(expires_in: int | timedelta, most: int | None) -> int:
    seconds = int(expires_in.total_seconds()) if isinstance(expires_in, timedelta) else expires_in
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise InvalidRequest(f"expires_in is a number of whole seconds or a timedelta, not {type(seconds).__name__}")
    if seconds < 1 or (most is not None and seconds > most):
        raise InvalidRequest(f"a life of {seconds} s; this store takes 1 to {most or 'any number of'} s")
    return seconds


@dataclasses.dataclass(frozen=True, slots=True)
class VersionsView:
    """Versions of objects. ``head``, ``get``, ``delete`` and ``copy`` take a ``version_id``."""

    _storage: Storage

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[ObjectVersion]:
        """Yields versions and delete markers: by key, newest first.

        Args:
            prefix: Beginning of the keys.
            page_size: Entries per request.
        """
        own = self._storage.prefix
        if page_size is not None:
            fields.positive("page_size", page_size)
        options = opt.ListOptions(prefix=own + fields.listing_text("prefix", prefix), limit=page_size)
        while True:
            page = self._group().list_versions_page(options)
            for version in page.versions:
                yield dataclasses.replace(version, key=version.key.removeprefix(own)) if own else version
            if page.next_token is None:
                return
            if page.next_token == options.token:
                raise InvalidResponse("the version listing does not get on: the same token came twice")
            options = dataclasses.replace(options, token=page.next_token)

    def of(self, key: str) -> Iterator[ObjectVersion]:
        """Yields the versions of one object, newest first."""
        for version in self.list(key):
            if version.key != key:
                return  # keys are in order: nothing of this key comes behind another
            yield version

    def state(self) -> Versioning:
        """Whether the bucket keeps versions."""
        return self._group().get_versioning()

    def enable(self) -> None:
        """From now on, writes and deletes keep what was there."""
        checks.require(self._storage.provider, "versions.enable")
        self._group().set_versioning(Versioning.ENABLED)

    def suspend(self) -> None:
        """From now on, writes replace the version ``null``; versions that are there stay."""
        checks.require(self._storage.provider, "versions.suspend")
        self._group().set_versioning(Versioning.SUSPENDED)

    def restore(self, key: str, version_id: str) -> CopyResult:
        """Makes an old version the newest, by copying it; nothing is lost.

        Raises:
            VersionNotFound: No such version.
        """
        return self._storage.copy(CopySource(key, version_id=version_id), key)

    def undelete(self, key: str) -> DeleteResult | None:
        """Removes the delete marker that hides an object; ``None`` where none does."""
        latest = next(iter(self.of(key)), None)
        if latest is None or not latest.is_delete_marker:
            return None
        return self._storage.delete(key, version_id=latest.version_id)

    def _group(self) -> groups.Versions:
        return cast("groups.Versions", self._storage.provider)


@dataclasses.dataclass(frozen=True, slots=True)
class TagsView:
    """Tags of objects."""

    _storage: Storage

    def get(self, key: str, *, version_id: str | None = None) -> dict[str, str]:
        """The tags of an object; empty where it has none.

        Raises:
            ObjectNotFound: No such object.
        """
        return dict(self._group(version_id).get_tags(self._storage.full_key(key), version_id))

    def set(self, key: str, tags: Mapping[str, str], *, version_id: str | None = None) -> None:
        """Replaces all tags of an object.

        Raises:
            InvalidTags: Too many or too long; nothing was sent.
            ObjectNotFound: No such object.
            UnsupportedOperation: The store has no tags, or it is not known that it has: see ``delete``.
        """
        self._require()
        validation.check_tags(tags, self._storage.capabilities.tags.max_tags)
        self._group(version_id).put_tags(self._storage.full_key(key), dict(tags), version_id)

    def delete(self, key: str, *, version_id: str | None = None) -> None:
        """Removes all tags of an object.

        Raises:
            UnsupportedOperation: The store has no tags, or it is not known that it has: one that does not know what
                ``?tagging`` is deletes the object itself, and stores new tags as its bytes (so ``rclone serve s3``).
        """
        self._require()
        self._group(version_id).delete_tags(self._storage.full_key(key), version_id)

    def _require(self) -> None:
        checks.require(self._storage.provider, "tags.objects", safety=True)

    def _group(self, version_id: str | None) -> groups.Tags:
        if version_id is not None:
            fields.clean({"version_id": version_id})
            checks.require(self._storage.provider, "tags.versions", what="tags of versions")
        return cast("groups.Tags", self._storage.provider)


@dataclasses.dataclass(frozen=True, slots=True)
class AbortSummary:
    """What became of many uploads that were to be aborted.

    Attributes:
        aborted: Those that are gone.
        failures: Those that are not, and why.
    """

    aborted: tuple[UploadInfo, ...] = ()
    failures: tuple[tuple[UploadInfo, StorageError], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class UploadsView:
    """Unfinished multipart uploads. They cost money until they are completed or aborted."""

    _storage: Storage

    def list(
        self, prefix: str = "", *, older_than: timedelta | None = None, exact: bool = False
    ) -> Iterator[UploadInfo]:
        """Yields the unfinished uploads of keys that begin with ``prefix``.

        Args:
            prefix: Beginning of the keys.
            older_than: Only those that were begun so long ago, by this machine's clock; one whose time the store does
                not tell is none of them.
            exact: ``prefix`` is a whole key, and only its uploads are wanted. MinIO lists no others.

        Raises:
            UnsupportedOperation: The store lists none, or those of one key only.
        """
        provider = self._storage.provider
        checks.require(provider, "multipart.list_uploads_of_key" if exact else "multipart.list_uploads")
        if older_than is not None:
            fields.duration("older_than", older_than)
        own = self._storage.prefix
        if exact:
            found = arrived.uploads_of(provider, self._storage.full_key(prefix))
        else:
            found = arrived.upload_pages(provider, own + fields.listing_text("prefix", prefix))
        for upload in found:
            if older_than is None or (upload.initiated and upload.initiated <= datetime.now(UTC) - older_than):
                yield dataclasses.replace(upload, key=upload.key.removeprefix(own)) if own else upload

    def parts(self, key: str, upload_id: str) -> Iterator[PartInfo]:
        """Yields the parts that have arrived, ascending by number.

        Raises:
            InvalidRequest: That can't be an upload id. Nothing was sent.
            UploadNotFound: No such upload.
        """
        checks.require(self._storage.provider, "multipart.list_parts")
        fields.upload_id(upload_id)
        for page in arrived.part_pages(self._storage.provider, self._storage.full_key(key), upload_id):
            yield from page.parts

    def abort(self, key: str, upload_id: str) -> None:
        """Drops an upload and its parts.

        Raises:
            InvalidRequest: That can't be an upload id. Nothing was sent: without one, some stores delete the object.
        """
        fields.upload_id(upload_id)
        full = self._storage.full_key(key)
        self._group().abort_upload(full, upload_id)
        journal.forget_upload(self._storage.info, full, upload_id)

    def abort_all(self, prefix: str = "", *, older_than: timedelta, exact: bool = False) -> AbortSummary:
        """Drops all unfinished uploads of a certain age; one failure does not stop the others.

        Args:
            prefix: Beginning of the keys.
            older_than: Only those that were begun so long ago. Whoever is still sending one loses it, so take more time
                than any upload needs; ``timedelta(0)`` drops all.
            exact: As in ``list``.
        """
        fields.duration("older_than", older_than)  # None would drop all
        aborted, failures = [], []
        for upload in self.list(prefix, older_than=older_than, exact=exact):
            try:
                self.abort(upload.key, upload.upload_id)
            except StorageError as error:
                failures.append((upload, error))
            else:
                aborted.append(upload)
        return AbortSummary(tuple(aborted), tuple(failures))

    def resume(
        self,
        key: str,
        path: str | os.PathLike[str],
        upload_id: str | None = None,
        *,
        progress: Progress | None = None,
        if_absent: bool = False,
        if_match: str | None = None,
        checksum: Checksum | None = None,
        customer_key: SseC | None = None,
        backend: opt.BackendOptions | None = None,
    ) -> PutResult:
        """Goes on with an upload of a file that was begun on this machine or another one, by what the store lists.

        Parts that have arrived are compared with the file, unless this machine's journal knows that it has not changed:
        by the checksum that the store lists, else by the ETag where it is an MD5. What can't be compared is sent again.
        Everything but what is given here was given when the upload was begun.

        Args:
            key: The object.
            path: The file.
            upload_id: The upload; default: the one in the journal, else the only one of this key.
            progress: Is told how far it is.
            if_absent: Create only; default: as in the journal.
            if_match: Replace only the object with this ETag; default: as in the journal.
            checksum: Checksum of the whole file.
            customer_key: The key of an upload that was begun with SSE-C.
            backend: The provider's own options.

        Raises:
            UploadNotFound: There is no such upload.
            InvalidRequest: There are several uploads of this key, and none was named.
            SourceChanged: The parts that have arrived are not this file's. Nothing was sent.
            UploadInUse: Somebody else is sending this file to this key.
        """
        given = fields.clean(
            {
                "if_absent": if_absent,
                "if_match": if_match,
                "checksum": checksum,
                "customer_key": customer_key,
                "backend": backend,
            }
        )
        if upload_id is not None:
            fields.upload_id(upload_id)
        storage, options = self._storage, opt.PutOptions(encryption=given.pop("customer_key"), **given)
        full = storage.full_key(key)
        with opened(fields.path("path", path)) as file:
            result = resume(storage.provider, full, path, file, options, storage.transfer, upload_id, progress)
        return dataclasses.replace(result, key=key)

    def _group(self) -> groups.MultipartUploads:
        return cast("groups.MultipartUploads", self._storage.provider)


@dataclasses.dataclass(frozen=True, slots=True)
class BucketEncryptionView:
    """Default encryption of the bucket."""

    _storage: Storage

    def get(self) -> Encryption | None:
        """What new objects get; ``None`` where nothing is set."""
        return self._group().get_default_encryption()

    def set(self, encryption: Encryption) -> None:
        """Sets what new objects get.

        Raises:
            InvalidRequest: It is no encryption that a bucket can have. Nothing was sent.
        """
        if not isinstance(encryption, (SseS3, SseKms)):
            raise InvalidRequest(
                f"encryption is an SseS3 or SseKms, not {type(encryption).__name__}",
                hint="storage.encryption.delete() goes back to the store's own default.",
            )
        fields.clean({"encryption": encryption})
        self._group().set_default_encryption(encryption)

    def delete(self) -> None:
        """Back to the store's own default.

        Raises:
            UnsupportedOperation: The store has no default encryption, or it is not known that it has: one that does not
                know what ``?encryption`` is deletes the bucket itself, if it is empty (so Swift, RGW and rclone).
        """
        checks.require(self._storage.provider, "encryption.bucket_default", safety=True)
        self._group().delete_default_encryption()

    def _group(self) -> groups.BucketEncryption:
        return cast("groups.BucketEncryption", self._storage.provider)


@dataclasses.dataclass(frozen=True, slots=True)
class NotificationsView:
    """Event notifications of the bucket."""

    _storage: Storage

    def get(self) -> NotificationConfig:
        """The rules that are set."""
        return self._group().get_notifications()

    def set(self, config: NotificationConfig) -> None:
        """Replaces all rules; an empty configuration removes them.

        Raises:
            InvalidRequest: It is no configuration. Nothing was sent.
        """
        if not isinstance(config, NotificationConfig):
            raise InvalidRequest(f"config is a NotificationConfig, not {type(config).__name__}")
        if config.event_bus:
            checks.require(self._storage.provider, "notifications.event_bus")
        self._group().set_notifications(config)

    def _group(self) -> groups.Notifications:
        return cast("groups.Notifications", self._storage.provider)
