"""Writing so that it lasts: every file and every folder entry that matters goes through here."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Disk:
    """Writes and, if it shall be durable, syncs.

    Attributes:
        durable: Whether data must survive a loss of power once a call has returned.
    """

    def __init__(self, *, durable: bool) -> None:
        self.durable = durable

    def sync(self, fd: int) -> None:
        """Brings an open file or folder to the disk."""
        if self.durable:
            os.fsync(fd)

    def sync_folder(self, path: str) -> None:
        """Brings a folder's entries to the disk."""
        if self.durable:
            with opened(path, FOLDER) as fd:
                os.fsync(fd)

    def create(self, path: str, data: bytes) -> None:
        """Writes a new file; what is there already stays.

        Raises:
            FileExistsError: There is one.
        """
        with opened(path, NEW_FILE, 0o666) as fd:
            try:
                write(fd, data)
                self.sync(fd)
            except BaseException:
                remove(path)
                raise
        self.sync_folder(os.path.dirname(path))

    def replace(self, path: str, data: bytes, temporary: str) -> None:
        """Writes a file in one step: a reader sees the old content or the new.

        Args:
            path: The file.
            data: Its new content.
            temporary: A path on the same file system that nobody else uses.
        """
        try:
            with opened(temporary, NEW_FILE, 0o666) as fd:
                write(fd, data)
                self.sync(fd)
            os.replace(temporary, path)
        except BaseException:
            remove(temporary)
            raise
        self.sync_folder(os.path.dirname(path))

    def make_folders(self, path: str, top: str) -> None:
        """Makes a folder and those above it, as far as they are missing.

        Args:
            path: The folder.
            top: A folder above it that is there.
        """
        missing = []
        while path != top and not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            with suppress(FileExistsError):
                os.mkdir(folder)
            self.sync_folder(os.path.dirname(folder))


@contextmanager
def opened(path: str, flags: int, mode: int = 0o777, folder: int | None = None) -> Iterator[int]:
    """An open file descriptor, closed afterwards.

    Args:
        path: The file.
        flags: As for ``os.open``.
        mode: Permissions of a new file, less the umask.
        folder: Descriptor of the folder that ``path`` is relative to.
    """
    fd = os.open(path, flags, mode, dir_fd=folder)
    try:
        yield fd
    finally:
        os.close(fd)


def write(fd: int, data: bytes | bytearray | memoryview) -> None:
    """Writes all of the data; one call of the system may take less."""
    left = memoryview(data).cast("B")
    while left:
        left = left[os.write(fd, left) :]


def is_folder(path: str) -> bool:
    """Whether a folder is there.

    Raises:
        PermissionError: Nobody can tell: a folder above it may not be entered. ``os.path.isdir`` would say no, and a
            store that may not be read would pass for an empty one.
    """
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def read_file(path: str) -> bytes | None:
    """A small file's content, ``None`` where there is no such file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb", buffering=0) as file:
        return file.read()


def remove(path: str, folder: int | None = None) -> None:
    """Removes a file; that it is not there is fine."""
    with suppress(FileNotFoundError):
        os.unlink(path, dir_fd=folder)


def remove_empty_folders(path: str, top: str) -> None:
    """Removes a folder if it is empty, then those above it, up to but not including ``top``."""
    with suppress(OSError):  # not empty, gone already, or not ours to remove: all fine
        while path != top:
            os.rmdir(path)
            path = os.path.dirname(path)
