"""The local provider: a folder as a store, shared safely by any number of processes.

How it lies on the disk and why is written in ``docs/adr/0007-local-layout.md``. Objects change by one rename each,
under a lock of the operating system; reading takes no lock.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from holdall.errors import BucketNotFound, InvalidBucketState, InvalidRequest, ObjectNotFound, StorageError
from holdall.models import (
    BucketInfo,
    CopyResult,
    CopySource,
    DeleteOutcome,
    DeleteResult,
    ListPage,
    ProviderInfo,
    PutResult,
    Versioning,
    VersionPage,
)
from holdall.options import DELETE
from holdall.provider import StorageProvider
from holdall.reading import GetResult
from holdall.semantics.conditions import check_copy_source, check_match, check_read, check_write
from holdall.semantics.headers import Headers, check_replaced, with_response_headers
from holdall.semantics.integrity import digests_of
from holdall.semantics.paging import PAGE_MAX
from holdall.semantics.ranges import resolved, selected
from holdall.validation import check_tags
from holdall_local import buckets, copying
from holdall_local.attributes import NULL, STANDARD, Attributes, Record
from holdall_local.content import FileSource, copy_bytes, seal, write_body
from holdall_local.disk import Disk, is_folder
from holdall_local.features import MAX_TAGS, capabilities, check_described, refuse_unknown
from holdall_local.listing import KeptWalks, check_options, list_objects, list_versions
from holdall_local.names import split
from holdall_local.objects import Objects, etag_of
from holdall_local.oserrors import translated
from holdall_local.state import State, digest
from holdall_local.uploads import Uploads
from holdall_local.walking import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from holdall import models
    from holdall import options as opt
    from holdall.capabilities import Capabilities
    from holdall.semantics.integrity import Digests
    from holdall_local.kind import LocalSettings


class LocalProvider(StorageProvider):
    """One bucket in a folder.

    Attributes:
        settings: The store's settings.
        root: The bucket's folder.
        objects: The bucket's objects.
    """

    def __init__(self, settings: LocalSettings, store: str | None, bucket: str | None, *, create: bool = False) -> None:
        """Touches nothing on the disk.

        Args:
            settings: The store's settings.
            store: The store's name, for messages.
            bucket: Folder inside the root; ``None``: the root itself.
            create: The first write makes the folder where it is missing; until then it reads as an empty one.
        """
        self.settings = settings
        self.root = os.path.join(settings.root, bucket) if bucket is not None else str(settings.root)
        self._info = ProviderInfo(
            kind="local", store=store, bucket=buckets.bucket_name(settings, bucket), endpoint=str(settings.root)
        )
        self._bucket = bucket
        self._capabilities = capabilities(settings)
        disk = Disk(durable=settings.durable)
        self._state = State(self.root, disk, names=settings.names, versioning=settings.versioning)
        self.objects = Objects(self._state, disk)
        self._uploads = Uploads(self.objects)
        self._kept = KeptWalks()
        self._create = create and _is_missing(self.root)

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[LocalSettings, str | None, str | None]]:
        make = functools.partial(type(self), create=self._create)
        return make, (self.settings, self._info.store, self._bucket)

    @property
    def info(self) -> ProviderInfo:
        return self._info

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def close(self) -> None:
        self._kept.forget()

    # --- reading -------------------------------------------------------------------------------------------------

    def head(self, key: str, options: opt.HeadOptions) -> models.ObjectInfo:
        refuse_unknown(options)
        with self._reading():
            record = self.objects.find(key, options.version_id)
            check_read(options, etag=record.etag, modified=record.modified)
            selected(options, record.size, record.attributes.part_sizes)
            return self._told(record, options)

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        refuse_unknown(options)
        with self._reading(), self.objects.opened(key, options.version_id) as (fd, record):
            check_read(options, etag=record.etag, modified=record.modified)
            start, stop = selected(options, record.size, record.attributes.part_sizes)
            info = with_response_headers(self._told(record, options), options)
            return GetResult(info, FileSource(os.dup(fd), start), start=start, length=stop - start)

    def _told(self, record: Record, options: opt.HeadOptions) -> models.ObjectInfo:
        return record.as_info(
            version_id=self.objects.told_id(record), checksums=options.checksums, part=options.part_number is not None
        )

    def list_page(self, options: opt.ListOptions) -> models.ListPage:
        with self._reading():
            if self._is_to_be():
                check_options(options)
                return ListPage(entries=())
            tree = contents(self.root, self._state.names)
            return list_objects(tree, options, self.objects.at, self._kept)

    # --- writing -------------------------------------------------------------------------------------------------

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> PutResult:
        check_described(options)
        digests = digests_of(options.checksum, options.checksum_algorithm, options.content_md5)
        with self._writing(key):
            if options.if_absent or options.if_match is not None:  # spares writing what will be refused
                check_write(etag_of(self.objects.current(key)), if_absent=options.if_absent, if_match=options.if_match)
            with self._state.temporary(digest(key)) as content:
                write_body(content.fd, body, digests)
                attributes = Attributes(
                    headers=Headers.of(options),
                    tags=dict(options.tags),
                    storage_class=options.storage_class or STANDARD,
                    checksums=digests.verified(),
                )
                seal(content.fd, self._state.disk)
                record = self.objects.commit(
                    key, content, attributes, if_absent=options.if_absent, if_match=options.if_match
                )
            return self._put_result(record)

    def _put_result(self, record: Record) -> PutResult:
        return PutResult(
            key=record.key,
            etag=record.etag,
            size=record.size,
            version_id=self.objects.told_id(record),
            checksums=record.attributes.checksums,
        )

    def copy(self, source: CopySource, key: str, options: opt.CopyOptions) -> CopyResult:
        check_described(options)
        check_replaced(options)
        with self._writing(key), self._source(source).opened(source.key, source.version_id) as (fd, found):
            check_copy_source(options, key=found.key, etag=found.etag, modified=found.modified)
            with self._state.temporary(digest(key)) as content:
                kept, digests = copying.plan_checksums(found.attributes, options)
                copy_bytes(fd, 0, found.size, content.fd, digests)
                attributes = copying.attributes_of(found.attributes, options, kept + digests.verified())
                seal(content.fd, self._state.disk)
                record = self.objects.commit(
                    key, content, attributes, if_absent=options.if_absent, if_match=options.if_match
                )
            return CopyResult(
                key=key,
                etag=record.etag,
                last_modified=record.modified,
                version_id=self.objects.told_id(record),
                source_version_id=self._source(source).told_id(found),
                checksums=record.attributes.checksums,
            )

    def _source(self, source: CopySource) -> Objects:
        if source.bucket is None or source.bucket == self._info.bucket:
            return self.objects
        buckets.head(self._account(), source.bucket)
        return self.bind(source.bucket).objects

    def delete(self, key: str, options: opt.DeleteOptions) -> DeleteResult:
        refuse_unknown(options)
        with self._writing(key):
            off = self._state.versioning is Versioning.OFF
            if options.version_id is not None and not (off and options.version_id == NULL):
                if off:  # no other version was ever there
                    check_match(None, options.if_match)
                    return DeleteResult()
                marker = self.objects.delete_version(key, options.version_id, if_match=options.if_match)
                if marker is None:
                    return DeleteResult()
                return DeleteResult(delete_marker=marker, version_id=options.version_id)
            made = self.objects.delete(key, if_match=options.if_match)
            return DeleteResult(delete_marker=made is not None, version_id=made)

    def delete_batch(self, refs: Sequence[models.ObjectRef], options: opt.DeleteOptions) -> Sequence[DeleteOutcome]:
        refuse_unknown(options)
        if options.version_id is not None or options.if_match is not None:
            raise InvalidRequest("a batch delete takes version ids with its keys, and no conditions")
        if len(refs) > PAGE_MAX:
            raise InvalidRequest(f"{len(refs)} keys in one batch; at most {PAGE_MAX}")
        return [self._delete_one(ref) for ref in refs]

    def _delete_one(self, ref: models.ObjectRef) -> DeleteOutcome:
        try:
            done = self.delete(ref.key, dataclasses.replace(DELETE, version_id=ref.version_id))
        except BucketNotFound:
            raise
        except StorageError as error:
            return DeleteOutcome(key=ref.key, version_id=ref.version_id, error=error)
        return DeleteOutcome(
            key=ref.key,
            version_id=ref.version_id,
            delete_marker=done.delete_marker,
            delete_marker_version_id=done.version_id if done.delete_marker else None,
        )

    # --- multipart uploads ---------------------------------------------------------------------------------------

    def create_upload(self, key: str, options: opt.CreateUploadOptions) -> models.MultipartUpload:
        check_described(options)
        with self._writing(key):
            return self._uploads.create(key, options)

    def upload_part(
        self, key: str, upload_id: str, part_number: int, body: models.Body, options: opt.PartOptions
    ) -> models.PartInfo:
        refuse_unknown(options)

        def write(fd: int, digests: Digests) -> None:
            write_body(fd, body, digests)

        with self._writing(key):
            return self._uploads.add_part(self._uploads.find(key, upload_id), part_number, options, write)

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: CopySource,
        source_range: models.ByteRange | None,
        options: opt.PartOptions,
    ) -> models.PartInfo:
        refuse_unknown(options)
        with self._writing(key), self._source(source).opened(source.key, source.version_id) as (source_fd, found):
            check_match(found.etag, options.source_if_match)
            start, stop = (0, found.size) if source_range is None else resolved(source_range, found.size)

            def write(fd: int, digests: Digests) -> None:
                copy_bytes(source_fd, start, stop - start, fd, digests)

            return self._uploads.add_part(self._uploads.find(key, upload_id), part_number, options, write)

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[models.PartInfo], options: opt.CompleteOptions
    ) -> PutResult:
        refuse_unknown(options)
        with self._writing(key):
            return self._put_result(self._uploads.complete(self._uploads.find(key, upload_id), parts, options))

    def abort_upload(self, key: str, upload_id: str) -> None:
        with self._writing(key):
            self._uploads.abort(key, upload_id)

    def list_parts(self, key: str, upload_id: str, marker: int, limit: int | None) -> models.PartPage:
        with self._reading():
            return self._uploads.list_parts(self._uploads.find(key, upload_id), marker, limit)

    def list_uploads(self, prefix: str, token: str | None, limit: int | None) -> models.UploadPage:
        with self._reading():
            return self._uploads.list(prefix, token, limit)

    # --- versions and tags ---------------------------------------------------------------------------------------

    def get_versioning(self) -> Versioning:
        with self._reading():
            return self._state.versioning

    def set_versioning(self, state: Versioning) -> None:
        with self._writing():
            if state is Versioning.OFF:
                if self._state.versioning is not Versioning.OFF:
                    raise InvalidBucketState(
                        "versioning can't be switched off again", hint="Suspend it: old versions stay."
                    )
                return
            self._state.versioning = state

    def list_versions_page(self, options: opt.ListOptions) -> models.VersionPage:
        with self._reading():
            if self._is_to_be():
                check_options(options)
                return VersionPage(versions=())
            return list_versions(self.objects, options)

    def get_tags(self, key: str, version_id: str | None) -> Mapping[str, str]:
        with self._reading():
            return dict(self.objects.find(key, version_id).attributes.tags)

    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        check_tags(tags, MAX_TAGS)
        with self._writing(key):
            return self.objects.told_id(self.objects.set_tags(key, tags, version_id))

    def delete_tags(self, key: str, version_id: str | None) -> str | None:
        return self.put_tags(key, {}, version_id)

    # --- buckets -------------------------------------------------------------------------------------------------

    def create_bucket(self, name: str, options: opt.CreateBucketOptions) -> models.BucketInfo:
        with translated():
            if self.settings.create:
                os.makedirs(self._account(), exist_ok=True)
            return buckets.create(self._account(), name, options, Disk(durable=self.settings.durable))

    def delete_bucket(self, name: str) -> None:
        with translated():
            buckets.delete(self._account(), name)

    def head_bucket(self, name: str) -> models.BucketInfo:
        with translated():
            account = self._account()
            if name == self._bucket and self._is_to_be():
                return BucketInfo(name=name)
            return buckets.head(account, name)

    def list_buckets(self, token: str | None, limit: int | None) -> models.BucketPage:
        with translated():
            return buckets.list_page(self._account(), token, limit, self._bucket if self._is_to_be() else None)

    def bucket_location(self, name: str) -> str | None:
        self.head_bucket(name)
        return None

    def bind(self, bucket: str) -> Self:
        self._account()
        buckets.check_name(bucket)
        return type(self)(self.settings, self._info.store, bucket, create=self._create and bucket == self._bucket)

    def _account(self) -> str:
        return buckets.account(self.settings)

    def _is_to_be(self) -> bool:
        """Whether the folder is still to be made by the first write."""
        return self._create and not is_folder(self.root)

    # --- around every call ---------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Storage errors instead of those of the operating system."""
        to_be = self._create  # as it is now: a writer in another thread may make the folder at any moment
        with translated():
            try:
                yield
            except BucketNotFound as error:
                if to_be:
                    raise ObjectNotFound("there is no such object", bucket=self._info.bucket) from error
                error.add_context(bucket=self._info.bucket)
                raise
            except FileNotFoundError as error:
                if isinstance(error, StorageError) or os.path.isdir(self.root):
                    raise
                raise BucketNotFound(f"there is no folder {self.root}", bucket=self._info.bucket) from error

    @contextmanager
    def _writing(self, key: str | None = None) -> Iterator[None]:
        """As ``_reading``; makes the state folder and checks that the key can be held, before anything is written."""
        with self._reading():
            if key is not None:
                split(key, self._state.names)
            if self._is_to_be():
                os.makedirs(self.root, exist_ok=True)
            self._create = False  # from now on, a folder that is not there has been removed by somebody
            self._state.ensure()
            try:
                yield
            finally:
                self._kept.forget()


def _is_missing(root: str) -> bool:
    """Whether the root is still to be made. Where nobody can tell, it is not: the first call says what is wrong."""
    try:
        return not is_folder(root)
    except PermissionError:
        return False
