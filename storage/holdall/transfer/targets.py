"""Where a download may go: what can become a file, and what is said when it can't be written."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from holdall.errors import InvalidRequest, TransferError

_DESCRIPTORS = re.compile(r"/dev/fd|/proc/[^/]+(/task/[^/]+)?/fd")
"""Folders with a process's descriptors."""
_MAX_LINKS = 40
"""Symbolic links that Linux follows in one path (path_resolution(7))."""
_HINTS = {
    errno.ENOSPC: "Free some space, then try again.",
    errno.EDQUOT: "Free some space, since the disk quota is used up, then try again.",
    errno.EACCES: "Choose a folder that you may write to.",
    errno.EPERM: "Choose a folder that you may write to.",
    errno.EROFS: "The file system is read-only.",
    errno.EFBIG: "The file system, or a limit of this process, does not allow files so large: choose another place.",
    errno.ENAMETOOLONG: "Choose a shorter file name.",
}


def file_for(path: Path, key: str) -> Path:
    """The file to write for an object: the path itself, or the object's last name where the path is a folder.

    Raises:
        InvalidRequest: As ``check_target``.
    """
    with suppress(OSError):  # check_target says what is wrong with it
        name = key.rpartition("/")[2]
        if path.is_dir() and name not in {"", ".", ".."}:
            path /= name
    return check_target(path)


def check_target(path: Path) -> Path:
    """Refuses a target that can't become a file, before anything is read.

    Args:
        path: The path as the user named it.

    Returns:
        The file to write: the same path, or what it points to where it is a symbolic link.

    Raises:
        InvalidRequest: It is a folder, a device, a named pipe or a socket (renaming a file onto one of these would
            remove it), a link to what a process has open, a loop of links, no possible name, or its folder is not
            there.
    """
    target, mode, is_stream = path, None, False
    try:
        is_stream = _is_stream(path)
        if path.is_symlink():
            target = Path(os.path.realpath(path))
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        pass  # not there yet; whether its folder is, comes below
    except (OSError, ValueError) as error:  # a loop of links, a name that is too long, a NUL in it
        raise InvalidRequest(
            f"{str(path)!r} can't be written: {getattr(error, 'strerror', None) or error}",
            hint=_HINTS.get(getattr(error, "errno", None) or 0, "Name another file."),
        ) from error
    if is_stream:
        raise InvalidRequest(
            f"{str(path)!r} leads to what a process has open; a download replaces files, and does not write into them",
            hint="At a shell get to '-': blob get LOCATION -; in Python write the bytes of 'get' yourself.",
        )
    if mode is None:
        if target.parent.exists() and not target.parent.is_dir():
            raise InvalidRequest(f"{str(target.parent)!r} is no folder", hint="Name a file in a folder.")
        if not target.parent.is_dir():
            raise InvalidRequest(f"the folder {str(target.parent)!r} is not there", hint="Create it first.")
    elif stat.S_ISDIR(mode):
        raise InvalidRequest(f"{str(path)!r} is a folder", hint="Name a file in it.")
    elif not stat.S_ISREG(mode):
        raise InvalidRequest(
            f"{str(path)!r} is a device, a named pipe or a socket; a download replaces files only",
            hint="Write the bytes of 'get' into it yourself; at a shell: blob get LOCATION - > TARGET.",
        )
    return target


def _is_stream(path: Path) -> bool:
    """Whether a path is, or leads over, a process's descriptor: /dev/stdout, /dev/fd/1, /proc/self/fd/1, bash's >(…).

    The file behind such a link would be replaced under the feet of whoever writes to it.
    """
    for _ in range(_MAX_LINKS):
        folder = os.path.realpath(path.parent)
        if _DESCRIPTORS.fullmatch(folder):
            return True
        if not path.is_symlink():
            return False
        path = Path(folder, path.readlink())
    return False  # a loop, which whoever follows it finds, too


def local_error(error: OSError, path: Path, key: str, store: str | None) -> TransferError:
    """What a file that can't be written is told as.

    Args:
        error: What the system said.
        path: The file.
        key: Full key of the object.
        store: Name of the store that the object is in.
    """
    message = f"can't write {str(path)!r}: {error.strerror or error}"
    return TransferError(message, hint=local_hint(error), operation="get", key=key, store=store)


def local_hint(error: OSError) -> str | None:
    """What to do where this machine can't write; ``None`` where nothing is known."""
    return _HINTS.get(error.errno or 0)
