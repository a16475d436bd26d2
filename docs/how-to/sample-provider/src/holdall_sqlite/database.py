"""The file: its one table, connections to it, and SQLite's errors in holdall's words."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from holdall.errors import AccessDenied, BucketNotFound, EntityTooLarge, InternalError, ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.errors import StorageError

# Keys are BLOB, not TEXT: SQLite compares them byte by byte, which is the order that listings promise, and no
# character means anything to it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    key BLOB PRIMARY KEY,
    body BLOB NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,  -- microseconds since 1970, UTC
    headers TEXT NOT NULL       -- JSON: content headers and metadata
) WITHOUT ROWID
"""
MAX_SIZE = 1_000_000_000
"""Bytes in one value: SQLITE_MAX_LENGTH, unless SQLite was compiled with another."""
WAIT = 60.0
"""Seconds to wait for another writer."""

ERRORS: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_CANTOPEN: BucketNotFound,
    sqlite3.SQLITE_BUSY: ServiceUnavailable,
    sqlite3.SQLITE_PERM: AccessDenied,
    sqlite3.SQLITE_READONLY: AccessDenied,
    sqlite3.SQLITE_TOOBIG: EntityTooLarge,
}

# No thread is inside SQLite while the process forks: the child would inherit SQLite's own locks as they are.
_INSIDE = threading.RLock()
os.register_at_fork(before=_INSIDE.acquire, after_in_parent=_INSIDE.release, after_in_child=_INSIDE.release)


def create(path: Path) -> None:
    """Makes the file and its table where they are missing.

    Args:
        path: The file.
    """
    with _connection(path, "rwc") as db:
        db.execute(SCHEMA)


@contextmanager
def transaction(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """One transaction on a connection of its own, so that no thread or forked child shares one.

    Args:
        path: The file.
        write: Take the write lock at once: what is read in the transaction then still holds when it writes.

    Yields:
        The connection. An exception rolls everything back.

    Raises:
        BucketNotFound: There is no such file.
        StorageError: As ``ERRORS`` says.
    """
    with _connection(path, "rw") as db:
        db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        yield db
        db.execute("COMMIT")  # without it, closing the connection rolls back


@contextmanager
def _connection(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    uri = f"{path.as_uri()}?mode={mode}"
    try:
        with _INSIDE, closing(sqlite3.connect(uri, uri=True, timeout=WAIT, isolation_level=None)) as db:
            yield db
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it is detail
        raise ERRORS.get(code, InternalError)(f"SQLite: {error}") from error
