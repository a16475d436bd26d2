"""The provider: each method of the contract is one transaction."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from holdall import capabilities as caps
from holdall.capabilities import YES, Capabilities, Evidence, Source
from holdall.errors import EntityTooLarge, InvalidRequest, ObjectNotFound
from holdall.models import CopyResult, DeleteResult, ProviderInfo, PutResult
from holdall.provider import StorageProvider
from holdall.reading import GetResult
from holdall.semantics.conditions import check_match, check_read, check_write
from holdall.semantics.paging import PAGE_MAX
from holdall.semantics.ranges import selected
from holdall_sqlite import database, listing, rows

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager

    from holdall.models import Body, CopySource, ListPage, ObjectInfo
    from holdall.options import CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutOptions
    from holdall_sqlite.kind import SqliteSettings

# --8<-- [start:capabilities]
CAPABILITIES = Capabilities(
    put=caps.Put(
        if_absent=YES,
        if_match=YES,
        metadata=YES,
        metadata_max_bytes=2048,  # as S3: what is written here can be copied there
        content_headers=YES,
        max_size=database.MAX_SIZE,
    ),
    get=caps.Get(
        range=YES,
        suffix_range=YES,
        if_match=YES,
        if_none_match=YES,
        if_modified_since=YES,
        if_unmodified_since=YES,
    ),
    delete=caps.Delete(if_match=YES),
    list=caps.List(delimiter=YES, start_after=YES, ordered=YES, page_max=PAGE_MAX),
    copy=caps.Copy(server_side=YES, replace_metadata=YES),
    keys=caps.Keys(max_bytes=1024),
)
# --8<-- [end:capabilities]

READ = ("if_match", "if_none_match", "if_modified_since", "if_unmodified_since", "range")
WRITE = (*rows.HEADERS, "metadata")


class SqliteProvider(StorageProvider):
    """The objects of one SQLite file."""

    def __init__(self, settings: SqliteSettings, store: str | None) -> None:
        """Opens nothing that would stay open.

        Args:
            settings: The store's settings.
            store: The store's name in the user's configuration, for messages.
        """
        self._settings = settings
        self._store = store
        self._capabilities = CAPABILITIES.replace(
            settings.capabilities, Evidence(Source.OVERRIDDEN, note="the store's settings")
        )
        self._closed = False
        if settings.create:
            database.create(settings.path)

    @property
    def info(self) -> ProviderInfo:
        path = self._settings.path
        return ProviderInfo(kind="sqlite", store=self._store, bucket=path.stem, endpoint=path.as_uri())

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    # --- reading -------------------------------------------------------------------------------------------------

    def head(self, key: str, options: HeadOptions) -> ObjectInfo:
        rows.refuse_others(options, *READ)
        with self._transaction(write=False) as db:
            info = _find(db, key, options)
        selected(options, info.size)
        return info

    def get(self, key: str, options: GetOptions) -> GetResult:
        rows.refuse_others(options, *READ)
        with self._transaction(write=False) as db:
            info = _find(db, key, options)
            start, stop = selected(options, info.size)
            # Bytes in SQL are counted from 1. They are in memory before the transaction ends, so the stream stays with
            # this version of the object, whatever others write.
            [body] = db.execute(
                "SELECT substr(body, ?, ?) FROM objects WHERE key = ?", (start + 1, stop - start, key.encode())
            ).fetchone()
        return GetResult(info, io.BytesIO(body), start=start, length=stop - start)

    def list_page(self, options: ListOptions) -> ListPage:
        rows.refuse_others(options, "prefix", "delimiter", "start_after", "token", "limit")
        with self._transaction(write=False) as db:
            return listing.list_page(db, options)

    # --- writing -------------------------------------------------------------------------------------------------

    # --8<-- [start:put]
    def put(self, key: str, body: Body, options: PutOptions) -> PutResult:
        rows.refuse_others(options, "if_absent", "if_match", *WRITE)
        if len(body) > database.MAX_SIZE:
            raise EntityTooLarge(f"{len(body)} bytes; SQLite holds {database.MAX_SIZE} in one value")
        data = rows.read_body(body)  # before the write lock is taken: a reader may be slow
        etag = rows.new_etag()
        with self._transaction(write=True) as db:
            check_write(_etag(db, key), if_absent=options.if_absent, if_match=options.if_match)
            db.execute(
                "INSERT OR REPLACE INTO objects (key, body, etag, modified, headers) VALUES (?, ?, ?, ?, ?)",
                (key.encode(), data, etag, rows.now(), rows.headers_json(options)),
            )
        return PutResult(key=key, etag=etag, size=len(data))

    # --8<-- [end:put]

    def delete(self, key: str, options: DeleteOptions) -> DeleteResult:
        rows.refuse_others(options, "if_match")
        with self._transaction(write=True) as db:
            check_match(_etag(db, key), options.if_match)
            db.execute("DELETE FROM objects WHERE key = ?", (key.encode(),))  # what is not there is deleted already
        return DeleteResult()

    def copy(self, source: CopySource, key: str, options: CopyOptions) -> CopyResult:
        rows.refuse_others(options, "replace_metadata", *(WRITE if options.replace_metadata else ()))
        if source.bucket not in {None, self.info.bucket} or source.version_id is not None:
            raise InvalidRequest("a copy comes from this file, and from no version of it")
        etag, modified = rows.new_etag(), rows.now()
        headers = rows.headers_json(options) if options.replace_metadata else None
        with self._transaction(write=True) as db:
            copied = db.execute(
                "INSERT OR REPLACE INTO objects (key, body, etag, modified, headers)"
                " SELECT ?, body, ?, ?, coalesce(?, headers) FROM objects WHERE key = ?",
                (key.encode(), etag, modified, headers, source.key.encode()),
            )
            if copied.rowcount == 0:
                raise ObjectNotFound("there is no such object to copy", key=source.key)
        return CopyResult(key=key, etag=etag, last_modified=rows.moment(modified))

    def close(self) -> None:
        self._closed = True  # connections live only as long as their transaction

    # --- inside --------------------------------------------------------------------------------------------------

    def _transaction(self, *, write: bool) -> AbstractContextManager[sqlite3.Connection]:
        if self._closed:
            raise InvalidRequest("the store was closed", hint="Open it again.")
        return database.transaction(self._settings.path, write=write)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._settings, self._store)


def _find(db: sqlite3.Connection, key: str, options: HeadOptions) -> ObjectInfo:
    """An object that meets the conditions of a read."""
    row = db.execute(
        "SELECT length(body), etag, modified, headers FROM objects WHERE key = ?", (key.encode(),)
    ).fetchone()
    if row is None:
        raise ObjectNotFound("there is no such object")
    _, etag, modified, _ = row
    check_read(options, etag=etag, modified=rows.moment(modified))
    return rows.as_info(key, *row)


def _etag(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT etag FROM objects WHERE key = ?", (key.encode(),)).fetchone()
    return None if row is None else str(row[0])
