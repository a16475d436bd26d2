"""Receiving one object into a file: whole and checked, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, StorageError, TransferError
from holdall.reading import CHUNK
from holdall.transfer.progress import ProgressEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.reading import GetResult
    from holdall.transfer.progress import Progress


_HINTS = {
    errno.ENOSPC: "Free some space, then try again.",
    errno.EDQUOT: "Free some space, since the disk quota is used up, then try again.",
    errno.EACCES: "Choose a folder that you may write to.",
    errno.EPERM: "Choose a folder that you may write to.",
    errno.EROFS: "The file system is read-only.",
    errno.ENAMETOOLONG: "Choose a shorter file name.",
}


def download(result: GetResult, target: str | os.PathLike[str], progress: Progress | None = None) -> None:
    """Writes an object's body to a file.

    The bytes go to a temporary file beside the target, are checked against the object's size and checksum, flushed to
    the disk, and renamed: the target is the old file or the whole new one, never a part.

    Args:
        result: The answer of ``get``; it is closed in any case.
        target: Path of the file to be. A symbolic link stays: the file that it points to is written.
        progress: Is told how far it is.

    Raises:
        InvalidRequest: The target is no file and can't become one (see ``check_target``). Nothing was read.
        ChecksumMismatch, IncompleteBody, StreamInterrupted: The bytes are not the object's. No file is left.
        TransferError: The file could not be written (disk full, no permission).
    """
    with result:
        path = check_target(Path(target))
        # The suffix makes the name unique among parallel downloads; the leading dot hides it from "ls" and globs.
        temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}.part")
        try:
            _receive(result, temporary, progress)
            _publish(temporary, path)
        except OSError as error:
            if isinstance(error, StorageError):
                raise
            raise _local_error(error, path) from error
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


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
            remove it), a loop of links, no possible name, or its folder is not there.
    """
    target, mode = path, None
    try:
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
    if mode is None:
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


def _receive(result: GetResult, temporary: Path, progress: Progress | None) -> None:
    with temporary.open("xb", buffering=0) as file:
        receive(result, lambda chunk: _write_all(file.fileno(), chunk), progress)
        os.fsync(file.fileno())


def receive(result: GetResult, write: Callable[[bytes], object], progress: Progress | None = None) -> None:
    """Takes an object's body to its end, and checks it.

    Args:
        result: The answer of ``get``, read from where it stands.
        write: Takes the chunks; it has had all of them when a wrong checksum is found.
        progress: Is told how far it is.

    Raises:
        ChecksumMismatch, IncompleteBody, StreamInterrupted: The bytes are not the object's.
    """
    key, total, done = result.info.key, result.length, 0
    if progress:
        progress(ProgressEvent("started", key, 0, total))
    try:
        while chunk := result.read(CHUNK):
            write(chunk)
            done += len(chunk)
            if progress:
                progress(ProgressEvent("advanced", key, done, total))
    except BaseException:
        if progress:
            progress(ProgressEvent("failed", key, done, total))
        raise
    if progress:
        progress(ProgressEvent("finished", key, done, total))


def _write_all(fileno: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(fileno, view) :]


def _publish(temporary: Path, path: Path) -> None:
    """Gives the file its name, and makes the name survive a power cut."""
    with suppress(FileNotFoundError):  # an existing target keeps its permissions
        temporary.chmod(path.stat().st_mode & 0o7777)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _local_error(error: OSError, path: Path) -> TransferError:
    return TransferError(
        f"can't write {str(path)!r}: {error.strerror or error}", hint=_HINTS.get(error.errno or 0), operation="get"
    )
