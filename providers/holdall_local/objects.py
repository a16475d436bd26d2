"""The objects of one bucket: finding them, and the few ways in which they change.

Every change of a key happens under its lock, and becomes visible by one rename or one unlink. Readers take no lock.

**Where an object is.** At the path of its key; or, if a folder of that name was needed (``a`` beside ``a/b``), at the
same name with a ``%`` at the end. It moves there once and stays until it is deleted, so a reader who looks at the first
place and then at the second can't miss it.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from holdall.errors import ObjectNotFound, VersionNotFound
from holdall.models import Versioning
from holdall.semantics.conditions import check_match, check_write
from holdall_local.attributes import NULL, Attributes, Record, Sidecars
from holdall_local.disk import remove
from holdall_local.folders import Folders, file_type, link_in_the_way, not_a_file
from holdall_local.history import Entry, History
from holdall_local.names import ASIDE, split
from holdall_local.state import State, Temporary, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdall_local.disk import Disk

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Objects:
    """The objects of one bucket.

    Attributes:
        state: The bucket's state folder.
        folders: The folders that the contents are in.
        sidecars: Attributes of the current objects.
        history: Old versions.
    """

    def __init__(self, state: State, disk: Disk) -> None:
        self.state = state
        self.disk = disk
        self.folders = Folders(state.root, disk)
        self.sidecars = Sidecars(state)
        self.history = History(state)

    # --- finding -------------------------------------------------------------------------------------------------

    def current(self, key: str) -> Record | None:
        """The object that readers see, if there is one."""
        *above, last = split(key, self.state.names)
        with self.folders.opened(above) as folder:
            return None if folder is None else self._find(folder, key, last)

    def find(self, key: str, version_id: str | None) -> Record:
        """An object, or one version of it.

        Raises:
            ObjectNotFound: No such object.
            VersionNotFound: No such version, or it is a delete marker.
        """
        if version_id is None:
            record = self.current(key)
            if record is None:
                raise ObjectNotFound("there is no such object", key=key)
            return record
        # Twice: a version may have become the current object, or an old one, between the two looks.
        for _ in range(2):
            record = self.current(key)
            if record is not None and record.attributes.version_id == version_id:
                return record
            for entry in self._finished(key, record):
                if entry.version_id == version_id and (version := self.history.load(entry)) is not None:
                    if version.record is None:
                        raise VersionNotFound("the version is a delete marker", key=key, version_id=version_id)
                    return version.record
        raise VersionNotFound("there is no such version", key=key, version_id=version_id)

    @contextmanager
    def opened(self, key: str, version_id: str | None) -> Iterator[tuple[int, Record]]:
        """As ``find``, with the content open: whatever becomes of the object, this file stays what it is.

        The caller may keep the file by duplicating it.
        """
        *above, _ = split(key, self.state.names)
        while True:
            record = self.find(key, version_id)
            with self.folders.opened(above) as folder:
                if folder is None and not os.path.isabs(record.name):
                    continue
                try:
                    fd = os.open(record.name, _READ, dir_fd=folder)
                except FileNotFoundError:  # moved aside, replaced or deleted in this moment: look again
                    continue
            try:
                if record.is_file(os.fstat(fd)):
                    yield fd, record
                    return
            finally:
                os.close(fd)

    def at(self, key: str, path: str) -> Record | None:
        """As ``current``, where a listing has found the content file already."""
        return self._find(None, key, path)

    def _find(self, folder: int | None, key: str, name: str) -> Record | None:
        """The object in an open folder; without one, that of a whole path."""
        while True:
            found = self._look(folder, name)
            if found is None:
                return None
            place, status = found
            attributes = self.sidecars.load(key, status)
            # The attributes name the file that they were written for. If it is another one, or there are none, then
            # the object was replaced in this moment, or another program put the file there, or a backup did.
            if attributes is None or attributes.inode != status.st_ino:
                again = self._look(folder, name)
                if again is None or _identity(again[1]) != _identity(status):
                    continue
            return Record(
                key=key,
                size=status.st_size,
                modified_ns=status.st_mtime_ns,
                inode=status.st_ino,
                name=place,
                attributes=attributes or Attributes(),
            )

    def _look(self, folder: int | None, name: str) -> tuple[str, os.stat_result] | None:
        """The name and the state of the content file, in an open folder."""
        for place in (name, aside(name)):
            try:
                status = os.stat(place, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                return place, status
            if stat.S_ISLNK(status.st_mode):
                raise link_in_the_way(place)
            if not stat.S_ISDIR(status.st_mode):
                raise not_a_file(place)
        return None

    def _finished(self, key: str, current: Record | None, folder: str | None = None) -> list[Entry]:
        """The entries of a key's history that count, the newest first (see ``history``)."""
        if self.state.versioning is Versioning.OFF:
            return []
        entries = self.history.entries(key, folder)
        if current is None:
            return entries
        serial, version_id = current.attributes.serial, current.attributes.version_id
        return [
            entry for entry in entries if entry.version_id != version_id and (serial is None or entry.serial < serial)
        ]

    def versions(self, key: str, folder: str | None = None) -> tuple[Record | None, list[Entry]]:
        """The current object and the entries of its history that count, the newest first."""
        current = self.current(key)
        return current, self._finished(key, current, folder)

    def told_id(self, record: Record) -> str | None:
        """The version id to tell callers: none in a bucket that never kept versions."""
        return None if self.state.versioning is Versioning.OFF else record.attributes.version_id

    # --- changing ------------------------------------------------------------------------------------------------

    def commit(
        self,
        key: str,
        content: Temporary,
        attributes: Attributes,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> Record:
        """Makes a finished content file the object of a key.

        Args:
            key: The key.
            content: The content, sealed.
            attributes: What to keep beside it; version id and serial number are filled in here.
            if_absent: Create only.
            if_match: Replace only the object with this ETag.

        Raises:
            ObjectAlreadyExists, PreconditionFailed, ObjectNotFound: A condition does not hold; nothing was changed.
        """
        *above, last = split(key, self.state.names)
        while True:
            with self.state.lock(digest(key)), self.folders.opened(above) as folder:
                if folder is not None:
                    current = self._find(folder, key, last)
                    check_write(etag_of(current), if_absent=if_absent, if_match=if_match)
                    record = self._replace(folder, key, last, current, content, attributes)
                    if record is not None:
                        return record
                elif if_match is not None:
                    check_write(None, if_absent=if_absent, if_match=if_match)
            # Without the lock of this key: making room needs that of another one, and nobody may wait holding one.
            self.folders.make(above, lambda fd, index: self._move_aside(fd, key, index))

    def _replace(
        self, folder: int, key: str, name: str, current: Record | None, content: Temporary, attributes: Attributes
    ) -> Record | None:
        """Puts a content file in its place; ``None`` where the folder went away or a folder came into the place."""
        versioning = self.state.versioning
        stale: list[Entry] = []
        if versioning is not Versioning.OFF:
            serial, stale = self._keep_current(folder, key, current, versioning)
            attributes = replace(attributes, version_id=_new_version_id(versioning, serial), serial=serial)
        status = self.sidecars.create(key, attributes, content.fd, current)
        place = current.name if current is not None else name
        if place == name and _is_folder(folder, name):
            place = aside(name)
        try:
            os.rename(content.path, place, dst_dir_fd=folder)
        except (FileNotFoundError, IsADirectoryError):
            self.sidecars.drop(key, status.st_mtime_ns, status.st_size)
            return None
        except BaseException:
            self.sidecars.drop(key, status.st_mtime_ns, status.st_size)
            raise
        self.disk.sync(folder)
        self._forget(current)
        for entry in stale:
            self.history.drop(entry)
        return Record(
            key=key,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            inode=status.st_ino,
            name=place,
            attributes=replace(attributes, inode=status.st_ino),
        )

    def _keep_current(
        self, folder: int | None, key: str, current: Record | None, versioning: Versioning
    ) -> tuple[int, list[Entry]]:
        """Before a new version or delete marker: keeps the current object as an old version.

        Returns:
            The serial number for the new one, and the entries that it takes the place of: what is written while
            versioning is suspended has the version id ``null``, and there is one of these.
        """
        entries = self._clean(key, current)
        newest = max((entry.serial for entry in entries), default=0)
        replaced: list[Entry] = []
        if versioning is Versioning.SUSPENDED:
            replaced = [entry for entry in entries if entry.version_id == NULL]
        if current is not None:
            serial = current.attributes.serial
            newest = newest + 1 if serial is None else serial
            if versioning is Versioning.ENABLED or current.attributes.version_id != NULL:
                self.history.add(current, newest, folder)
        return max(time.time_ns(), newest + 1), replaced

    def _clean(self, key: str, current: Record | None) -> list[Entry]:
        """Removes the entries that do not count and returns the others, the newest first."""
        if self.state.versioning is Versioning.OFF:
            return []
        finished = self._finished(key, current)
        for entry in self.history.entries(key):
            if entry not in finished:
                self.history.drop(entry)
        return finished

    def delete(self, key: str, *, if_match: str | None) -> str | None:
        """Removes the object; where versions are kept, hides it behind a delete marker.

        Returns:
            The version id of the delete marker; ``None`` where none was made.

        Raises:
            PreconditionFailed: ``if_match``, and it is another one.
        """
        *above, last = split(key, self.state.names)
        with self.state.lock(digest(key)), self.folders.opened(above) as folder:
            current = None if folder is None else self._find(folder, key, last)
            check_match(etag_of(current), if_match)
            versioning = self.state.versioning
            marker = None
            stale: list[Entry] = []
            if versioning is not Versioning.OFF:
                serial, stale = self._keep_current(folder, key, current, versioning)
                marker = _new_version_id(versioning, serial)
                self.history.add_marker(key, serial, marker, time.time_ns())
            if folder is not None and current is not None:
                self._unlink(folder, current)
            for entry in stale:
                self.history.drop(entry)
        if current is not None:
            self.folders.remove_empty(above)
        return marker

    def delete_version(self, key: str, version_id: str, *, if_match: str | None) -> bool | None:
        """Removes one version or delete marker for good. The one before it becomes the current object, if it was that.

        Returns:
            Whether it was a delete marker; ``None`` where there was no such version.

        Raises:
            PreconditionFailed: ``if_match``, and the version has another ETag.
        """
        *above, last = split(key, self.state.names)
        while True:
            with self.state.lock(digest(key)), self.folders.opened(above) as folder:
                done, marker = self._remove_version(folder, key, last, version_id, if_match)
            if done:
                self.folders.remove_empty(above)
                return marker
            self.folders.make(above, lambda fd, index: self._move_aside(fd, key, index))

    def _remove_version(
        self, folder: int | None, key: str, name: str, version_id: str, if_match: str | None
    ) -> tuple[bool, bool | None]:
        """Whether it is done (if not, the folder of the content is needed), and what ``delete_version`` returns."""
        current = None if folder is None else self._find(folder, key, name)
        entries = self._clean(key, current)
        if current is not None and current.attributes.version_id == version_id:
            check_match(etag_of(current), if_match)
            return self._uncover(folder, key, name, current, entries), False
        target = next((entry for entry in entries if entry.version_id == version_id), None)
        version = self.history.load(target) if target is not None else None
        check_match(etag_of(version.record if version is not None else None), if_match)
        if target is None or version is None:
            return True, None
        is_newest = current is None and target is entries[0]
        if is_newest and not self._uncover(folder, key, name, None, entries[1:]):
            return False, None
        self.history.drop(target)
        return True, version.record is None

    def _uncover(self, folder: int | None, key: str, name: str, current: Record | None, entries: list[Entry]) -> bool:
        """Takes the newest version away, so that the one below it becomes the newest.

        Args:
            folder: The folder of the content, if it is there.
            key: The key.
            name: The name of its content file.
            current: The object that goes; ``None`` where it is a delete marker that goes.
            entries: The versions that stay, the newest first.

        Returns:
            False where nothing was done, because the folder is needed and not there.
        """
        below = self.history.load(entries[0]) if entries else None
        if below is None or below.record is None:
            if folder is not None and current is not None:
                self._unlink(folder, current)
            return True
        old = below.record
        if folder is None:
            return False
        place = current.name if current is not None else name
        if place == name and _is_folder(folder, name):
            place = aside(name)
        self.sidecars.write(old)
        temporary = self.state.temporary_path()
        try:
            self.history.link(old, temporary)
            os.rename(temporary, place, dst_dir_fd=folder)
        except (FileNotFoundError, IsADirectoryError):
            return False
        finally:
            remove(temporary)
        self.disk.sync(folder)
        if current is not None and current.etag != old.etag:
            self._forget(current)
        self.history.drop(entries[0])
        return True

    def set_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> Record:
        """Replaces the tags of an object or of one version; that makes no new version.

        Raises:
            ObjectNotFound, VersionNotFound: It is not there.
        """
        with self.state.lock(digest(key)):
            found = self.find(key, version_id)
            record = replace(found, attributes=replace(found.attributes, tags=dict(tags)))
            if os.path.isabs(record.name):
                self.history.rewrite(record.name.removesuffix(".data"), record.attributes)
            else:
                self.sidecars.write(record)
        return record

    def _unlink(self, folder: int, current: Record) -> None:
        remove(current.name, folder)
        self.disk.sync(folder)
        self._forget(current)

    def _forget(self, replaced: Record | None) -> None:
        """Drops the attributes of a content that is no longer the current one."""
        if replaced is not None:
            self.sidecars.drop(replaced.key, replaced.modified_ns, replaced.size)

    def _move_aside(self, fd: int, key: str, index: int) -> None:
        """Moves the file of an object that is where a folder must be."""
        above = "/".join(key.split("/")[: index + 1])
        name = split(above, self.state.names)[-1]
        with self.state.lock(digest(above)):
            kind = file_type(fd, name)
            if kind is None or stat.S_ISDIR(kind):
                return
            if stat.S_ISLNK(kind):
                raise link_in_the_way(name)
            if not stat.S_ISREG(kind):
                raise not_a_file(name)
            os.rename(name, aside(name), src_dir_fd=fd, dst_dir_fd=fd)
            self.disk.sync(fd)


def aside(name: str) -> str:
    """The name of the file of an object that made room for a folder."""
    return name + ASIDE


def etag_of(record: Record | None) -> str | None:
    """The ETag of an object that may not be there."""
    return None if record is None else record.etag


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _is_folder(fd: int, name: str) -> bool:
    kind = file_type(fd, name)
    return kind is not None and stat.S_ISDIR(kind)


def _new_version_id(versioning: Versioning, serial: int) -> str:
    """Not to be guessed and not to be repeated; in order of time, for whoever looks at the folder."""
    return f"{serial:016x}{secrets.token_hex(4)}" if versioning is Versioning.ENABLED else NULL
