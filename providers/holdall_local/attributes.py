"""What is known about an object beside its bytes, and where it is kept."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from holdall.models import Checksum, ChecksumAlgorithm, ObjectEntry, ObjectInfo, ObjectVersion
from holdall.semantics.headers import NO_HEADERS, Headers
from holdall_local.disk import read_file, remove
from holdall_local.state import State, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

NULL: Final = "null"
"""Version id of what was written while the bucket kept no versions (S3's word)."""
STANDARD: Final = "STANDARD"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger("holdall.local")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """All that is kept beside an object's bytes.

    Attributes:
        headers: Content headers and metadata.
        tags: Tags.
        storage_class: Kept and told; it changes nothing.
        checksums: Those that were given or asked for at the write.
        part_sizes: Bytes of each part of a multipart object; empty for others.
        version_id: Version id, ``null`` for what was written while the bucket kept no versions.
        serial: Orders the versions of a key; ``None`` for what was written while the bucket kept no versions.
        inode: Number of the content file as it was written; tells a file that was put back from a backup.
    """

    headers: Headers = NO_HEADERS
    tags: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = STANDARD
    checksums: tuple[Checksum, ...] = ()
    part_sizes: tuple[int, ...] = ()
    version_id: str = NULL
    serial: int | None = None
    inode: int = 0

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        headers = {name: getattr(self.headers, name) for name in Headers.__slots__}
        if self.headers.expires is not None:
            headers["expires"] = self.headers.expires.isoformat()
        return {
            "headers": {name: value for name, value in headers.items() if value},
            "tags": self.tags,
            "storage_class": self.storage_class,
            "checksums": [[known.algorithm.value, known.value, known.composite] for known in self.checksums],
            "part_sizes": self.part_sizes,
            "version_id": self.version_id,
            "serial": self.serial,
            "inode": self.inode,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """From what ``as_json`` made.

        Raises:
            ValueError, KeyError, TypeError: It is something else.
        """
        headers = dict(values["headers"])
        if "expires" in headers:
            headers["expires"] = datetime.fromisoformat(headers["expires"])
        return cls(
            headers=Headers(**headers),
            tags=values["tags"],
            storage_class=values["storage_class"],
            checksums=tuple(
                Checksum(ChecksumAlgorithm(algorithm), value, composite)
                for algorithm, value, composite in values["checksums"]
            ),
            part_sizes=tuple(values["part_sizes"]),
            version_id=values["version_id"],
            serial=values["serial"],
            inode=values["inode"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object, or one of its versions, as it lies on the disk.

    Attributes:
        key: Its key.
        size: Bytes.
        modified_ns: When it was written, in nanoseconds since 1970.
        inode: Number of the content file.
        name: Name of the content file in its folder.
        attributes: What is kept beside the bytes.
    """

    key: str
    size: int
    modified_ns: int
    inode: int
    name: str
    attributes: Attributes

    @property
    def etag(self) -> str:
        """Changes with every write, by whomever: every write sets a time that no earlier one of the key had."""
        return f"{self.modified_ns:x}-{self.size:x}"

    @property
    def modified(self) -> datetime:
        """When it was written, to the microsecond."""
        return moment(self.modified_ns)

    def is_file(self, status: os.stat_result) -> bool:
        """Whether a file is the very content that this record was made of."""
        return (status.st_ino, status.st_mtime_ns, status.st_size) == (self.inode, self.modified_ns, self.size)

    def as_info(self, *, version_id: str | None, checksums: bool, part: bool) -> ObjectInfo:
        """As ``head`` and ``get`` tell of it.

        Args:
            version_id: The version id to tell; ``None`` in a bucket that never kept versions.
            checksums: Tell the checksums too.
            part: One part was asked for, so tell how many there are.
        """
        attributes, headers = self.attributes, self.attributes.headers
        return ObjectInfo(
            key=self.key,
            size=self.size,
            etag=self.etag,
            last_modified=self.modified,
            version_id=version_id,
            content_type=headers.content_type,
            content_encoding=headers.content_encoding,
            content_language=headers.content_language,
            content_disposition=headers.content_disposition,
            cache_control=headers.cache_control,
            expires=headers.expires,
            metadata=dict(headers.metadata),
            storage_class=attributes.storage_class,
            checksums=attributes.checksums if checksums else (),
            tag_count=len(attributes.tags),
            parts_count=len(attributes.part_sizes) or None if part else None,
            accept_ranges=True,
        )

    def as_entry(self) -> ObjectEntry:
        """As a listing of objects tells of it."""
        return ObjectEntry(
            key=self.key,
            size=self.size,
            etag=self.etag,
            last_modified=self.modified,
            storage_class=self.attributes.storage_class,
            checksum_algorithms=tuple(known.algorithm.value for known in self.attributes.checksums),
        )

    def as_version(self, *, is_latest: bool) -> ObjectVersion:
        """As a listing of versions tells of it."""
        return ObjectVersion(
            key=self.key,
            version_id=self.attributes.version_id,
            is_latest=is_latest,
            size=self.size,
            etag=self.etag,
            last_modified=self.modified,
            storage_class=self.attributes.storage_class,
            checksum_algorithms=tuple(known.algorithm.value for known in self.attributes.checksums),
        )


def moment(nanoseconds: int) -> datetime:
    """A time of the file system, in UTC; integers throughout, because a float has not room for nanoseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


class Sidecars:
    """The attributes of current objects, one small file each (see ``State.attributes_path``)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def load(self, key: str, status: os.stat_result) -> Attributes | None:
        """The attributes of a content file; ``None`` where the file was not written by us."""
        path = self._state.attributes_path(digest(key), status.st_mtime_ns, status.st_size)
        written = read_file(path)
        if written is None:
            return None
        try:
            return Attributes.from_json(json.loads(written))
        except (ValueError, KeyError, TypeError):
            # After a loss of power without `durable`. The content is there: better plain than out of reach.
            _log.warning("the attributes of %r are damaged (%s); the object is taken for a plain file", key, path)
            return None

    def create(self, key: str, attributes: Attributes, fd: int, current: Record | None) -> os.stat_result:
        """Writes the attributes of a content file that has not got its place yet.

        If the file's time is not after that of the object there is, it gets a later one: that happens where the clock
        was set back, or where it or the file system counts in coarse steps.

        Args:
            key: The object's key.
            attributes: What to keep.
            fd: The content file.
            current: The object that will be replaced.

        Returns:
            The content file as it is now.
        """
        status, step = os.fstat(fd), 1
        name = digest(key)
        # Not after the time of a file of another program, which may be any, also one in a far future.
        last = current.modified_ns if current is not None and current.attributes.inode else 0
        while True:
            if status.st_mtime_ns <= last:
                os.utime(fd, ns=(last + step, last + step))
                self._state.disk.sync(fd)
                status, step = os.fstat(fd), step * 2
                continue
            path = self._state.attributes_path(name, status.st_mtime_ns, status.st_size)
            data = json.dumps(replace(attributes, inode=status.st_ino).as_json()).encode()
            try:
                with suppress(FileExistsError):
                    os.mkdir(os.path.dirname(path))
                    self._state.disk.sync_folder(self._state.sub("attributes"))
                self._state.disk.create(path, data)
            except FileExistsError:  # a leftover; or a file of another program has got tags
                last = status.st_mtime_ns
            else:
                return status

    def write(self, record: Record) -> None:
        """Changes the attributes of a content file, in one step."""
        name = digest(record.key)
        path = self._state.attributes_path(name, record.modified_ns, record.size)
        self._state.disk.make_folders(os.path.dirname(path), self._state.path)
        data = json.dumps(replace(record.attributes, inode=record.inode).as_json()).encode()
        self._state.disk.replace(path, data, self._state.temporary_path())

    def drop(self, key: str, modified_ns: int, size: int) -> None:
        """Removes the attributes of a content file that is no longer there."""
        remove(self._state.attributes_path(digest(key), modified_ns, size))
