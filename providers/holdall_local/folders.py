"""Finding and making the folders that keys lie in, without ever leaving the root.

A path is walked one folder at a time, each opened relative to the one before and without following links. So nothing
that is renamed or linked meanwhile can lead anywhere else, and no path is too long for the operating system.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from holdall.errors import AccessDenied, BucketNotFound, InvalidObjectState
from holdall_local.disk import FOLDER, Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    ClearWay = Callable[[int, int], None]
    """Moves a file that is where a folder must be: takes the open folder and the index of the name in the way."""

_STRICT = FOLDER | os.O_NOFOLLOW


class Folders:
    """The folders below a root.

    Attributes:
        root: The root; it may itself be reached through links.
        disk: How folders are made.
    """

    def __init__(self, root: str, disk: Disk) -> None:
        self.root = root
        self.disk = disk

    @contextmanager
    def opened(self, names: Sequence[str]) -> Iterator[int | None]:
        """A folder below the root, open; ``None`` where it is not there or is no folder.

        Args:
            names: File names on the way from the root.

        Raises:
            BucketNotFound: The root is not there.
            AccessDenied: A link is on the way.
        """
        fd = self._open_root()
        try:
            for name in names:
                inner = _open_inside(fd, name)
                if inner is None:
                    yield None
                    return
                os.close(fd)
                fd = inner
            yield fd
        finally:
            os.close(fd)

    def make(self, names: Sequence[str], clear_way: ClearWay) -> None:
        """Makes a folder and those above it, as far as they are missing.

        Args:
            names: File names on the way from the root.
            clear_way: Called for a file that is where a folder must be.

        Raises:
            BucketNotFound: The root is not there.
            AccessDenied: A link is on the way.
        """
        fd = self._open_root()
        try:
            for index, name in enumerate(names):
                while (inner := _open_inside(fd, name)) is None:
                    try:
                        os.mkdir(name, dir_fd=fd)
                    except FileExistsError:
                        clear_way(fd, index)
                    except FileNotFoundError:  # removed meanwhile, because it was empty: begin again from the root
                        return
                    else:
                        self.disk.sync(fd)
                os.close(fd)
                fd = inner
        finally:
            os.close(fd)

    def remove_empty(self, names: Sequence[str]) -> None:
        """Removes a folder if it is empty, then those above it, but never the root.

        That is safe while others write: a folder that is not empty stays, and a writer whose folder went away makes it
        again.
        """
        for depth in range(len(names), 0, -1):
            with self.opened(names[: depth - 1]) as fd:
                if fd is None:
                    continue
                try:
                    os.rmdir(names[depth - 1], dir_fd=fd)
                except OSError:  # not empty, gone already, or not ours to remove
                    return

    def _open_root(self) -> int:
        try:
            return os.open(self.root, FOLDER)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BucketNotFound(f"there is no folder {self.root}") from error


def _open_inside(fd: int, name: str) -> int | None:
    """Opens a folder inside an open one; ``None`` where there is none."""
    try:
        return os.open(name, _STRICT, dir_fd=fd)
    except FileNotFoundError:
        return None
    except OSError:
        kind = file_type(fd, name)
        if kind is not None and stat.S_ISLNK(kind):
            raise link_in_the_way(name) from None
        if kind is None or not stat.S_ISDIR(kind):
            return None
        raise


def file_type(fd: int, name: str) -> int | None:
    """The mode bits of what has a name in an open folder; ``None`` where there is nothing."""
    with suppress(FileNotFoundError):
        return os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
    return None


def link_in_the_way(name: str) -> AccessDenied:
    """The error for a symbolic link inside the root."""
    return AccessDenied(
        f"{name!r} is a symbolic link, and links below the root are not followed",
        hint="They could lead out of the store. Put the file itself there, or set up a store for the link's target.",
    )


def not_a_file(name: str) -> InvalidObjectState:
    """The error for something that is neither a file nor a folder."""
    return InvalidObjectState(f"{name!r} is a device, pipe or socket; it can't hold an object")
