"""Receiving one object into a file: whole and checked, or not at all."""

from __future__ import annotations

import base64
import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from holdall import checksums
from holdall.errors import ChecksumMismatch, InvalidRequest, StorageError, TransferError
from holdall.reading import CHUNK
from holdall.transfer.progress import ProgressEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.models import Checksum
    from holdall.reading import GetResult
    from holdall.transfer.progress import Progress


def download(result: GetResult, target: str | os.PathLike[str], progress: Progress | None = None) -> None:
    """Writes an object's body to a file.

    The bytes go to a temporary file beside the target, are checked against the object's size and checksum, flushed to
    the disk, and renamed: the target is the old file or the whole new one, never a part.

    Args:
        result: The answer of ``get``; it is closed in any case.
        target: Path of the file to be.
        progress: Is told how far it is.

    Raises:
        InvalidRequest: The target is a folder, or its folder is not there. Nothing was read.
        ChecksumMismatch, IncompleteBody, StreamInterrupted: The bytes are not the object's. No file is left.
        TransferError: The file could not be written (disk full, no permission).
    """
    path = Path(target)
    with result:
        check_target(path)
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


def check_target(path: Path) -> None:
    """Refuses a target that can't become a file, before anything is read.

    Raises:
        InvalidRequest: It is a folder, or its folder is not there.
    """
    if path.is_dir():
        raise InvalidRequest(f"{str(path)!r} is a folder", hint="Name a file in it.")
    if not path.parent.is_dir():
        raise InvalidRequest(f"the folder {str(path.parent)!r} is not there", hint="Create it first.")


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
    wanted = _checkable(result)
    digest = checksums.new(wanted.algorithm) if wanted else None
    key, total, done = result.info.key, result.length, 0
    if progress:
        progress(ProgressEvent("started", key, 0, total))
    try:
        while chunk := result.read(CHUNK):
            if digest:
                digest.update(chunk)
            write(chunk)
            done += len(chunk)
            if progress:
                progress(ProgressEvent("advanced", key, done, total))
        if wanted and digest:
            _compare(wanted, digest.digest(), key)
    except BaseException:
        if progress:
            progress(ProgressEvent("failed", key, done, total))
        raise
    if progress:
        progress(ProgressEvent("finished", key, done, total))


def _checkable(result: GetResult) -> Checksum | None:
    """A checksum of exactly the bytes that come: of the whole object, and not of its parts' checksums."""
    if result.start or result.length != result.info.size:
        return None
    return next((checksum for checksum in result.info.checksums if not checksum.composite), None)


def _compare(wanted: Checksum, digest: bytes, key: str) -> None:
    got = base64.b64encode(digest).decode()
    if got != wanted.value:
        raise ChecksumMismatch(
            f"the {wanted.algorithm} of the bytes is {got}, that of the object {wanted.value}",
            key=key,
            hint="The bytes changed on the way or at rest; try again, then restore the object from elsewhere.",
        )


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
    hints = {
        errno.ENOSPC: "Free some space, then try again.",
        errno.EDQUOT: "The disk quota is used up.",
        errno.EACCES: "Choose a folder that you may write to.",
        errno.EPERM: "Choose a folder that you may write to.",
        errno.EROFS: "The file system is read-only.",
        errno.ENAMETOOLONG: "Choose a shorter file name.",
    }
    return TransferError(
        f"can't write {str(path)!r}: {error.strerror or error}", hint=hints.get(error.errno or 0), operation="get"
    )
