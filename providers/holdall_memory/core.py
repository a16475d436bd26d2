"""``MemoryCore``: the methods that every provider has."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest
from holdall.models import CopyResult, DeleteResult, ProviderInfo, PutResult, Versioning
from holdall.provider import StorageProvider
from holdall.reading import GetResult
from holdall.semantics.conditions import check_copy_source, check_match, check_read, check_write
from holdall.semantics.headers import Headers, check_replaced, with_response_headers
from holdall.semantics.integrity import digests_of
from holdall.semantics.ranges import selected
from holdall_memory import copying, events, listing
from holdall_memory.account import account
from holdall_memory.features import capabilities
from holdall_memory.incoming import check_described, md5, read_body, refuse_unknown, verified
from holdall_memory.objects import STANDARD, Content, as_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.capabilities import Capabilities
    from holdall.models import Body, CopySource, ListPage, ObjectInfo
    from holdall.options import CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutOptions
    from holdall_memory.account import Account
    from holdall_memory.bucket import Bucket
    from holdall_memory.kind import MemorySettings


class MemoryCore(StorageProvider):
    """Objects of one bucket in this process's memory.

    Each method takes the account's lock once, so all that it does is atomic for other threads.
    """

    def __init__(self, settings: MemorySettings, store: str | None, bucket: str | None) -> None:
        """Finds the account; no bucket is made.

        Args:
            settings: The store's settings.
            store: The store's name in the user's configuration.
            bucket: The bucket to work on; ``None`` reaches the account only.
        """
        self._settings = settings
        self._store = store
        self._bucket_name = bucket
        self._account = account(settings.name or store or "default")
        self._capabilities = capabilities(settings)
        self._closed = False

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(
            kind="memory", store=self._store, bucket=self._bucket_name, endpoint=f"memory://{self._account.name}"
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def head(self, key: str, options: HeadOptions) -> ObjectInfo:
        return self._read(key, options)[0]

    def get(self, key: str, options: GetOptions) -> GetResult:
        info, content, (start, stop) = self._read(key, options)
        # A BytesIO of all the bytes shares them; only a range is copied.
        body = content.body if stop - start == len(content.body) else content.body[start:stop]
        return GetResult(with_response_headers(info, options), io.BytesIO(body), start=start, length=stop - start)

    def put(self, key: str, body: Body, options: PutOptions) -> PutResult:
        check_described(options)
        digests = digests_of(options.checksum, options.checksum_algorithm, options.content_md5)
        data = read_body(body)  # before the lock is taken: a reader may be slow, or use the store itself
        known = verified(data, digests)
        content = Content(
            body=data,
            etag=md5(data).hex(),
            headers=Headers.of(options),
            storage_class=options.storage_class or STANDARD,
            tags=dict(options.tags),
            checksums=known,
        )
        with self._locked_bucket() as bucket:
            check_write(bucket.etag(key), if_absent=options.if_absent, if_match=options.if_match)
            return self._publish(bucket, key, content, events.CREATED_PUT)

    def delete(self, key: str, options: DeleteOptions) -> DeleteResult:
        refuse_unknown(options)
        with self._locked_bucket() as bucket:
            return self._remove(bucket, key, options.version_id, options.if_match)

    def list_page(self, options: ListOptions) -> ListPage:
        refuse_unknown(options)
        with self._locked_bucket() as bucket:
            return listing.list_objects(bucket, options)

    def copy(self, source: CopySource, key: str, options: CopyOptions) -> CopyResult:
        check_described(options)
        check_replaced(options)
        with self._locked_bucket() as bucket:
            origin = bucket if source.bucket is None else self._account.bucket(source.bucket)
            version, content = origin.find(source.key, source.version_id)
            check_copy_source(options, key=version.key, etag=content.etag, modified=version.modified)
            check_write(bucket.etag(key), if_absent=options.if_absent, if_match=options.if_match)
            content = copying.copied(content, options)
            made = bucket.add(key, content, self._account.next_serial())
            events.announce(self._account, bucket, events.CREATED_COPY, made)
            return CopyResult(
                key=key,
                etag=content.etag,
                last_modified=made.modified,
                version_id=bucket.told_id(made),
                source_version_id=origin.told_id(version),
                checksums=content.checksums,
            )

    def close(self) -> None:
        self._closed = True  # the data stays: it belongs to the account

    # --- what the groups use too ---------------------------------------------------------------------------------

    @contextmanager
    def _locked_account(self) -> Iterator[Account]:
        """The account, for one operation under its lock."""
        if self._closed:
            raise InvalidRequest("the store was closed", hint="Open it again.")
        with self._account.lock:
            yield self._account

    @contextmanager
    def _locked_bucket(self) -> Iterator[Bucket]:
        """The bucket, for one operation under the account's lock."""
        with self._locked_account() as known:
            if self._bucket_name is None:
                raise InvalidRequest("this store spans an account and names no bucket", hint="Bind a bucket first.")
            yield known.bucket(self._bucket_name)

    def _read(self, key: str, options: HeadOptions) -> tuple[ObjectInfo, Content, tuple[int, int]]:
        refuse_unknown(options)
        with self._locked_bucket() as bucket:
            version, content = bucket.find(key, options.version_id)
            told_id = bucket.told_id(version)
        check_read(options, etag=content.etag, modified=version.modified)
        place = selected(options, len(content.body), content.part_sizes)
        part = options.part_number is not None
        return as_info(version, content, told_id, checksums=options.checksums, part=part), content, place

    def _publish(self, bucket: Bucket, key: str, content: Content, event: str) -> PutResult:
        """Makes an object visible. The lock is held and conditions have been checked."""
        version = bucket.add(key, content, self._account.next_serial())
        events.announce(self._account, bucket, event, version)
        return PutResult(
            key=key,
            etag=content.etag,
            size=len(content.body),
            version_id=bucket.told_id(version),
            checksums=content.checksums,
        )

    def _remove(self, bucket: Bucket, key: str, version_id: str | None, if_match: str | None) -> DeleteResult:
        """Deletes an object, or one version of it. The lock is held."""
        if version_id is None:
            current = bucket.current(key)
            check_match(bucket.etag(key), if_match)
            if bucket.versioning is not Versioning.OFF:
                marker = bucket.add(key, None, self._account.next_serial())
                events.announce(self._account, bucket, events.REMOVED_MARKER, marker)
                return DeleteResult(delete_marker=True, version_id=marker.id)
            if current is not None:
                bucket.remove(key, current[0].id)
                events.announce(self._account, bucket, events.REMOVED, current[0])
            return DeleteResult()
        version = bucket.version(key, version_id)
        check_match(version.content.etag if version and version.content else None, if_match)
        if version is None:
            return DeleteResult()
        bucket.remove(key, version_id)
        events.announce(self._account, bucket, events.REMOVED, version)
        return DeleteResult(delete_marker=version.content is None, version_id=bucket.told_id(version))
