"""From the operating system's errors to ours: one pure table."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from holdall.errors import (
    AccessDenied,
    InternalError,
    InvalidObjectKey,
    InvalidObjectState,
    ObjectTooLarge,
    ServiceUnavailable,
    StorageError,
    TransferError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE: dict[int, tuple[type[StorageError], str]] = {
    errno.EACCES: (AccessDenied, "Check the permissions of the folder and of those above it."),
    errno.EPERM: (AccessDenied, "Check the owner and the flags (immutable, append-only) of the file."),
    errno.EROFS: (AccessDenied, "The file system is mounted read-only."),
    errno.ELOOP: (AccessDenied, "A symbolic link is in the way; links are not followed."),
    errno.ENOSPC: (TransferError, "Free some space on the disk, then try again; nothing was changed."),
    errno.EDQUOT: (
        TransferError,
        "Free some space, since the disk quota is used up, then try again; nothing was changed.",
    ),
    errno.EFBIG: (ObjectTooLarge, "The file system, or a limit of this process, does not allow files so large."),
    errno.ENAMETOOLONG: (InvalidObjectKey, "The file system does not take so long a name; use a shorter key."),
    errno.EILSEQ: (InvalidObjectKey, "The file system does not take this name; set names = 'portable'."),
    errno.ENOTDIR: (InvalidObjectState, "Something that is not a folder is in the way."),
    errno.EISDIR: (InvalidObjectState, "A folder is in the way."),
    errno.EXDEV: (InvalidObjectState, "All of the store must be on one file system; another is mounted inside it."),
    errno.EMFILE: (ServiceUnavailable, "Close streams that were read only in part, or raise the limit of open files."),
    errno.ENFILE: (ServiceUnavailable, "The machine has too many open files."),
}


def translate(error: OSError) -> StorageError:
    """The storage error that an error of the operating system stands for.

    Args:
        error: What the operating system said.
    """
    kind, hint = _TABLE.get(error.errno or 0, (InternalError, ""))
    where = f" ({error.filename})" if isinstance(error.filename, str) else ""
    return kind(
        f"the file system says: {error.strerror or error}{where}",
        code=errno.errorcode.get(error.errno or 0),
        hint=hint or None,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Raises the operating system's errors as storage errors."""
    try:
        yield
    except StorageError:  # some of ours are also an OSError
        raise
    except OSError as error:
        raise translate(error) from error
