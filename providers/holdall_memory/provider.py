"""The memory provider: the reference for what every other provider owes.

A pickled provider carries its settings: unpickled in the same process it finds the same data, in another process an
empty store of the same name. A forked child works on a copy of its own.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Self

from holdall.errors import InvalidRequest, OptionNotSupported
from holdall.models import DeleteOutcome, Versioning
from holdall.semantics.conditions import check_match, check_write
from holdall.semantics.multipart import check_part_number, part_digests
from holdall.semantics.ranges import resolved
from holdall_memory import buckets, events, listing, multipart
from holdall_memory.core import MemoryCore
from holdall_memory.features import BATCH_MAX
from holdall_memory.incoming import check_described, check_tags, read_body, refuse_unknown, verified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from queue import SimpleQueue

    from holdall.models import (
        Body,
        BucketInfo,
        BucketPage,
        ByteRange,
        CopySource,
        MultipartUpload,
        NotificationConfig,
        ObjectEvent,
        ObjectRef,
        PartInfo,
        PartPage,
        PutResult,
        UploadPage,
        VersionPage,
    )
    from holdall.options import (
        CompleteOptions,
        CreateBucketOptions,
        CreateUploadOptions,
        DeleteOptions,
        ListOptions,
        PartOptions,
    )
    from holdall_memory.kind import MemorySettings


class MemoryProvider(MemoryCore):
    """All groups that make sense in memory; ``holdall.groups`` says what each method owes."""

    # --- multipart uploads ---------------------------------------------------------------------------------------

    def create_upload(self, key: str, options: CreateUploadOptions) -> MultipartUpload:
        check_described(options)
        with self._locked_bucket() as bucket:
            return multipart.begin(bucket, key, self._account.next_serial(), options).told()

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: PartOptions) -> PartInfo:
        refuse_unknown(options)
        check_part_number(part_number)
        if options.source_if_match is not None:
            raise OptionNotSupported("source_if_match belongs to a part that is copied")
        data = read_body(body)
        with self._locked_bucket() as bucket:
            agreed = multipart.find(bucket, key, upload_id).checksum_algorithm
        known = verified(data, part_digests(options, agreed))  # without the lock: it takes a while
        with self._locked_bucket() as bucket:
            return multipart.store_part(multipart.find(bucket, key, upload_id), part_number, data, known)

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: CopySource,
        source_range: ByteRange | None,
        options: PartOptions,
    ) -> PartInfo:
        refuse_unknown(options)
        check_part_number(part_number)
        with self._locked_bucket() as bucket:
            upload = multipart.find(bucket, key, upload_id)
            origin = bucket if source.bucket is None else self._account.bucket(source.bucket)
            content = origin.find(source.key, source.version_id)[1]
            check_match(content.etag, options.source_if_match)
            data = content.body
            if source_range is not None:
                start, stop = resolved(source_range, len(data))
                data = data[start:stop]
            known = verified(data, part_digests(options, upload.checksum_algorithm))
            return multipart.store_part(upload, part_number, data, known)

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[PartInfo], options: CompleteOptions
    ) -> PutResult:
        refuse_unknown(options)
        with self._locked_bucket() as bucket:
            upload = multipart.find(bucket, key, upload_id)
            content = multipart.assemble(upload, parts, options, self._settings.min_part_size)
            check_write(bucket.etag(key), if_absent=options.if_absent, if_match=options.if_match)
            del bucket.uploads[upload_id]
            return self._publish(bucket, key, content, events.CREATED_MULTIPART)

    def abort_upload(self, key: str, upload_id: str) -> None:
        with self._locked_bucket() as bucket:
            upload = bucket.uploads.get(upload_id)
            if upload is not None and upload.key == key:
                del bucket.uploads[upload_id]

    def list_parts(self, key: str, upload_id: str, marker: int, limit: int | None) -> PartPage:
        with self._locked_bucket() as bucket:
            return multipart.list_parts(multipart.find(bucket, key, upload_id), marker, limit)

    def list_uploads(self, prefix: str, token: str | None, limit: int | None) -> UploadPage:
        with self._locked_bucket() as bucket:
            return multipart.list_uploads(bucket, prefix, token, limit)

    # --- batch delete --------------------------------------------------------------------------------------------

    def delete_batch(self, refs: Sequence[ObjectRef], options: DeleteOptions) -> Sequence[DeleteOutcome]:
        refuse_unknown(options)
        if options.if_match is not None or options.version_id is not None:
            raise OptionNotSupported(
                "if_match and version_id are options of one object", hint="Name versions in the refs."
            )
        if len(refs) > BATCH_MAX:
            raise InvalidRequest(f"{len(refs)} keys in one batch; at most {BATCH_MAX}")
        outcomes = []
        with self._locked_bucket() as bucket:
            for ref in refs:
                result = self._remove(bucket, ref.key, ref.version_id, None)
                outcomes.append(
                    DeleteOutcome(
                        key=ref.key,
                        version_id=ref.version_id,
                        delete_marker=result.delete_marker,
                        delete_marker_version_id=result.version_id if result.delete_marker else None,
                    )
                )
        return outcomes

    # --- versions ------------------------------------------------------------------------------------------------

    def get_versioning(self) -> Versioning:
        with self._locked_bucket() as bucket:
            return bucket.versioning

    def set_versioning(self, state: Versioning) -> None:
        with self._locked_bucket() as bucket:
            bucket.set_versioning(state)

    def list_versions_page(self, options: ListOptions) -> VersionPage:
        refuse_unknown(options)
        with self._locked_bucket() as bucket:
            return listing.list_versions(bucket, options)

    # --- tags ----------------------------------------------------------------------------------------------------

    def get_tags(self, key: str, version_id: str | None) -> Mapping[str, str]:
        with self._locked_bucket() as bucket:
            return dict(bucket.find(key, version_id)[1].tags)

    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        check_tags(tags)
        return self._set_tags(key, dict(tags), version_id, events.TAGS_PUT)

    def delete_tags(self, key: str, version_id: str | None) -> str | None:
        return self._set_tags(key, {}, version_id, events.TAGS_DELETED)

    def _set_tags(self, key: str, tags: dict[str, str], version_id: str | None, event: str) -> str | None:
        with self._locked_bucket() as bucket:
            version, content = bucket.find(key, version_id)
            bucket.set_content(version, dataclasses.replace(content, tags=tags))
            events.announce(self._account, bucket, event, version)
            return bucket.told_id(version)

    # --- notifications -------------------------------------------------------------------------------------------

    def get_notifications(self) -> NotificationConfig:
        with self._locked_bucket() as bucket:
            return bucket.notifications

    def set_notifications(self, config: NotificationConfig) -> None:
        checked = events.checked(config)
        with self._locked_bucket() as bucket:
            bucket.notifications = checked

    def events(self, queue: str) -> SimpleQueue[ObjectEvent]:
        """The queue that rules with the destination ``memory:<queue>`` send to.

        All stores of one name share it; whoever takes an event has it for himself. It keeps what was sent before it
        was first asked for.

        Args:
            queue: Its name.
        """
        with self._locked_account() as known:
            return known.queue(queue)

    # --- buckets -------------------------------------------------------------------------------------------------

    def create_bucket(self, name: str, options: CreateBucketOptions) -> BucketInfo:
        refuse_unknown(options)
        with self._locked_account() as known:
            return buckets.create(known, name, options, versioning=self._settings.versioning)

    def delete_bucket(self, name: str) -> None:
        with self._locked_account() as known:
            buckets.delete(known, name)

    def head_bucket(self, name: str) -> BucketInfo:
        with self._locked_account() as known:
            return buckets.described(known.bucket(name))

    def list_buckets(self, token: str | None, limit: int | None) -> BucketPage:
        with self._locked_account() as known:
            return buckets.list_page(known, token, limit)

    def bucket_location(self, name: str) -> str | None:
        with self._locked_account() as known:
            known.bucket(name)  # where there is no bucket, there is no location either
            return None

    def bind(self, bucket: str) -> Self:
        return type(self)(self._settings, self._store, bucket)

    # --- pickling ------------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self._settings, self._store, self._bucket_name)


def open_memory(settings: MemorySettings, store: str | None) -> MemoryProvider:
    """Opens a store and makes the bucket that its settings name, unless it is there.

    Args:
        settings: The store's settings.
        store: The store's name in the user's configuration, if it has one.
    """
    return _reopen(settings, store, settings.bucket)


def _reopen(settings: MemorySettings, store: str | None, bucket: str | None) -> MemoryProvider:
    provider = MemoryProvider(settings, store, bucket)
    if settings.bucket is not None:
        buckets.ensure(provider._account, settings.bucket, versioning=settings.versioning)  # noqa: SLF001
    return provider
