"""Old versions and delete markers: ``.holdall/versions/<path of the key>%/<serial>-<version id>.json`` and ``.data``.

The serial number (nanoseconds since 1970, at least one more than the one before) orders the versions of a key. A
version is there when its ``.json`` is; the ``.data`` beside it is written first and removed last.

**What is not finished does not count.** The current object is at the key's own path and carries its serial number. An
entry here with the same or a greater number is a copy that was made before a change that never came about, or one that
was about to be removed after it. Readers leave it out, and the next change of the key removes it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from holdall.models import ObjectVersion
from holdall_local.attributes import Attributes, Record, moment
from holdall_local.disk import opened, read_file, remove, remove_empty_folders
from holdall_local.names import ASIDE, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_local.state import State

_ATTEMPTS: Final = 100
"""How often a folder is made again that others find empty and remove."""

# What file systems without hard links answer, and those where a file has as many as it may.
_NO_LINKS: Final = {errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV}

_log = logging.getLogger("holdall.local")


@dataclass(frozen=True, slots=True)
class Entry:
    """A version that is not the current object, or a delete marker.

    Attributes:
        key: Its key.
        serial: Its place in the order.
        version_id: Its version id.
        path: Where it is, without the ending.
    """

    key: str
    serial: int
    version_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry is.

    Attributes:
        entry: The entry.
        record: The object; ``None`` makes this a delete marker.
        modified_ns: When it was written.
    """

    entry: Entry
    record: Record | None
    modified_ns: int

    def as_version(self, *, is_latest: bool) -> ObjectVersion:
        """As a listing of versions tells of it."""
        if self.record is not None:
            return self.record.as_version(is_latest=is_latest)
        return ObjectVersion(
            key=self.entry.key,
            version_id=self.entry.version_id,
            is_latest=is_latest,
            is_delete_marker=True,
            last_modified=moment(self.modified_ns),
        )


class History:
    """The old versions of one bucket. Whoever changes something holds the key's lock."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def top(self) -> str:
        """The folder of all versions."""
        return self._state.sub("versions")

    def folder(self, key: str) -> str:
        """The folder of a key's versions."""
        *above, last = split(key, self._state.names)
        return os.path.join(self.top, *above, last + ASIDE)

    def entries(self, key: str, folder: str | None = None) -> list[Entry]:
        """All entries of a key, the newest first, unfinished ones too.

        Args:
            key: The key.
            folder: Its folder, where that is known already.
        """
        folder = folder or self.folder(key)
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            return []
        found = []
        for name in names:
            base, ending = os.path.splitext(name)
            if ending == ".json":
                serial, _, version_id = base.partition("-")
                found.append(Entry(key, int(serial, 16), version_id, os.path.join(folder, base)))
        return sorted(found, key=lambda entry: entry.serial, reverse=True)

    def load(self, entry: Entry) -> Version | None:
        """Reads an entry; ``None`` where it was removed meanwhile."""
        written = read_file(f"{entry.path}.json")
        if written is None:
            return None
        values = _read(written, entry)
        if values["marker"]:
            return Version(entry, None, values["modified_ns"])
        try:
            status = os.stat(f"{entry.path}.data", follow_symlinks=False)
        except FileNotFoundError:
            return None
        record = Record(
            key=entry.key,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            inode=status.st_ino,
            name=f"{entry.path}.data",
            attributes=replace(values["attributes"], version_id=entry.version_id, serial=entry.serial),
        )
        return Version(entry, record, status.st_mtime_ns)

    def add_marker(self, key: str, serial: int, version_id: str, modified_ns: int) -> None:
        """Writes a delete marker."""
        self._write(self._base(key, serial, version_id), {"marker": True, "modified_ns": modified_ns})

    def add(self, record: Record, serial: int, folder: int | None) -> None:
        """Keeps the current object as a version.

        Args:
            record: The object.
            serial: Its serial number.
            folder: The open folder that its content is in.
        """
        base = self._base(record.key, serial, record.attributes.version_id)

        def link() -> None:
            remove(f"{base}.data")  # of an attempt that was not finished
            self.link(record, f"{base}.data", folder)

        self._in_folder(base, link)
        self.rewrite(base, record.attributes)

    def rewrite(self, base: str, attributes: Attributes) -> None:
        """Writes the attributes of a version, in one step."""
        self._write(base, {"marker": False, "attributes": attributes.as_json()})

    def drop(self, entry: Entry) -> None:
        """Removes an entry."""
        remove(f"{entry.path}.json")
        remove(f"{entry.path}.data")
        folder = os.path.dirname(entry.path)
        if os.path.isdir(folder):
            self._state.disk.sync_folder(folder)
        remove_empty_folders(folder, self.top)

    def _base(self, key: str, serial: int, version_id: str) -> str:
        return os.path.join(self.folder(key), f"{serial:016x}-{version_id}")

    def link(self, record: Record, target: str, folder: int | None = None) -> None:
        """Gives a content file a second name; where the file system can't do that, makes a copy of the same time.

        Args:
            record: The content.
            target: The second name.
            folder: The open folder that the content is in, unless its name is a whole path.
        """
        try:
            os.link(record.name, target, src_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._copy(record, folder, target)

    def _copy(self, record: Record, folder: int | None, target: str) -> None:
        with (
            opened(record.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, folder=folder) as source,
            self._state.temporary() as temporary,
            os.fdopen(os.dup(source), "rb") as reader,
            os.fdopen(os.dup(temporary.fd), "wb") as writer,
        ):
            shutil.copyfileobj(reader, writer, 1024 * 1024)
            writer.flush()
            os.utime(temporary.fd, ns=(record.modified_ns, record.modified_ns))
            self._state.disk.sync(temporary.fd)
            os.rename(temporary.path, target)

    def _write(self, base: str, values: dict[str, Any]) -> None:
        data = json.dumps(values).encode()
        self._in_folder(base, lambda: self._state.disk.replace(f"{base}.json", data, self._state.temporary_path()))

    def _in_folder(self, base: str, act: Callable[[], None]) -> None:
        """Does something in a key's folder, which others remove when it is empty."""
        for attempt in range(_ATTEMPTS):
            try:
                self._state.disk.make_folders(os.path.dirname(base), self.top)
                act()
            except FileNotFoundError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


def _read(written: bytes, entry: Entry) -> dict[str, Any]:
    """What the ``.json`` of an entry says."""
    try:
        values: dict[str, Any] = json.loads(written)
        if values["marker"]:
            return {"marker": True, "modified_ns": int(values["modified_ns"])}
        return {"marker": False, "attributes": Attributes.from_json(values["attributes"])}
    except (ValueError, KeyError, TypeError):
        # After a loss of power without `durable`. The content is there: better plain than out of reach.
        _log.warning("the attributes of version %s of %r are damaged", entry.version_id, entry.key)
        if os.path.exists(f"{entry.path}.data"):
            return {"marker": False, "attributes": Attributes()}
        return {"marker": True, "modified_ns": entry.serial}
