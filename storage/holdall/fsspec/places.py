"""What a path of the file system stands for, and how objects look as entries of a file system."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from holdall.fsspec.stores import OpenStore
    from holdall.models import ObjectEntry, ObjectInfo
    from holdall.storage import Storage

Entry = dict[str, Any]
"""``name``, ``size`` in bytes and ``type`` (``file`` or ``directory``), as fsspec has it. Files also have ``etag``,
``last_modified`` (UTC) and ``mtime`` (the same in seconds since 1970), ``storage_class``, and from ``info``
``version_id``, ``content_type`` and ``metadata``."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path, taken apart.

    Attributes:
        name: The path without protocol and without slashes at its end.
        store: Its store; ``None`` above all stores.
        bucket: The bucket's name where the path has it, in a store that spans its account.
        storage: Its bucket; ``None`` above all buckets.
        base: What stands before the key: names of entries are base and key.
        key: The key; empty for the bucket itself.
        version_id: A version, from ``?versionId=`` at the path's end.
    """

    name: str
    store: OpenStore | None = None
    bucket: str | None = None
    storage: Storage | None = None
    base: str = ""
    key: str = ""
    version_id: str | None = None

    @property
    def folder(self) -> str:
        """Beginning of the keys that are below this place as a directory."""
        return f"{self.key}/" if self.key else ""

    def in_bucket(self) -> Storage:
        """The bucket.

        Raises:
            IsADirectoryError: The path ends above the buckets.
        """
        if self.storage is None:
            raise IsADirectoryError(errno.EISDIR, "this is above all buckets: no object can be here", self.name)
        return self.storage

    def object(self) -> tuple[Storage, str]:
        """Bucket and key.

        Raises:
            IsADirectoryError: The path has no key.
        """
        storage = self.in_bucket()
        if not self.key:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.name)
        return storage, self.key

    def writable(self) -> tuple[Storage, str]:
        """Bucket and key of what is written: never a version.

        Raises:
            InvalidRequest: The path names a version.
            IsADirectoryError: The path has no key.
        """
        if self.version_id is not None:
            raise InvalidRequest("versions can't be written or removed by a path", hint="Leave ?versionId= out.")
        return self.object()


def directory_entry(name: str) -> Entry:
    """An entry for what has objects below it."""
    return {"name": name, "size": 0, "type": "directory"}


def file_entry(base: str, found: ObjectEntry | ObjectInfo) -> Entry:
    """An entry for an object of a listing."""
    modified = found.last_modified
    return {
        "name": base + found.key,
        "size": found.size,
        "type": "file",
        "etag": found.etag,
        "last_modified": modified,
        "mtime": modified.timestamp() if modified else None,
        "storage_class": found.storage_class,
    }


def info_entry(base: str, info: ObjectInfo) -> Entry:
    """An entry for an object that was looked at by itself."""
    return file_entry(base, info) | {
        "version_id": info.version_id,
        "content_type": info.content_type,
        "metadata": dict(info.metadata),
    }
