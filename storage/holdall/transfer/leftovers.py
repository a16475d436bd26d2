"""How an upload that failed ends: dropped, or left at the store, and then whoever sees the error is told so."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdall.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.groups import MultipartUploads

PATIENCE = 0.9
"""Seconds that an abort may take when somebody has interrupted the transfer: that shall take less than a second."""
LITTLE_PATIENCE = 0.15
"""The same where the threads did not stop in time: the store does not answer, and most of that second is over."""
_ATTRIBUTE = "_holdall_upload"
_DROPPED = "_holdall_dropped"


@dataclass(frozen=True, slots=True)
class Leftover:
    """An upload that is still at the store after the error that ended it, or may be.

    Attributes:
        key: Full key.
        upload_id: The store's id; ``None`` where the store may have begun an upload, and its answer never came.
        kept: On purpose, to be gone on with; else the store could not be told to drop it.
        size: Bytes that had arrived, at least.
        resumable: The journal has it: the same upload of the same file goes on by itself.
        completing: All parts had arrived and the completion was asked for: the object may be there.
    """

    key: str
    upload_id: str | None
    kept: bool
    size: int = 0
    resumable: bool = False
    completing: bool = False

    def __str__(self) -> str:
        """One sentence for people, with what to do."""
        if self.upload_id is None:
            return (
                f"Whether the store has begun an upload of {self.key!r} is not known, since its answer did not come: "
                "'blob uploads' or storage.uploads.list shows it if so, and aborts it."
            )
        name = f"upload {self.upload_id} of {self.key!r}"
        if self.completing and not self.kept:
            return (
                f"Whether the {name} was completed is not known: the object is there as a whole, or not at all. "
                "Look at it; if it is not there, 'blob uploads' or storage.uploads.list tells whether parts are left."
            )
        if self.completing:
            return (
                f"Whether the {name} was completed is not known: the object is there as a whole, or not at all. "
                "Look at it; then upload the same file again, or use storage.uploads.resume or 'blob resume'."
            )
        if not self.kept:
            return (
                f"The {name} could not be aborted and may be left at the store, where its parts cost money: "
                "list with 'blob uploads', remove with 'blob uploads --abort' or storage.uploads.abort."
            )
        again = "Upload the same file again to go on, or" if self.resumable else "To go on,"
        return (
            f"The {name} was kept, with the {self.size} bytes that have arrived. "
            f"{again} use storage.uploads.resume or 'blob resume'."
        )


def left_by(error: BaseException) -> Leftover | None:
    """The upload that an error left at the store, if it did.

    Args:
        error: What a transfer raised.
    """
    found: Leftover | None = error.__dict__.get(_ATTRIBUTE)
    return found


def leave(error: BaseException, leftover: Leftover) -> None:
    """Makes an error tell what it leaves: for programs by ``left_by``, for people in its hint or as a note."""
    error.__dict__[_ATTRIBUTE] = leftover
    if isinstance(error, StorageError):
        error.hint = f"{error.hint} {leftover}" if error.hint else str(leftover)
    else:
        error.add_note(str(leftover))


def note_dropped(error: BaseException, size: int) -> None:
    """Makes an error tell how many bytes had arrived at the store and were dropped with their upload."""
    error.__dict__[_DROPPED] = size


def dropped_by(error: BaseException) -> int:
    """Bytes that had arrived of an upload which an error ended, and that were dropped; 0 where none were.

    Args:
        error: What a transfer raised.
    """
    size: int = error.__dict__.get(_DROPPED, 0)
    return size


def drop(multipart: MultipartUploads, key: str, upload_id: str, error: BaseException, *, idle: bool = True) -> bool:
    """Aborts an upload after a failure; that first failure is the one to report.

    Args:
        multipart: The store.
        key: Full key.
        upload_id: The upload.
        error: The failure. Where the abort fails too, it tells that the upload was left.
        idle: No request of the upload is under way any more.

    Returns:
        Whether the store says that the upload is gone.
    """
    failures: list[StorageError] = []
    done = threading.Event()

    def abort() -> None:
        try:
            multipart.abort_upload(key, upload_id)
        except StorageError as failure:
            failures.append(failure)
        done.set()

    if isinstance(error, StorageError) and idle:
        abort()
    else:  # somebody waits for the end: Ctrl-C must not hang in a store that does not answer
        _in_background(abort)
        done.wait(PATIENCE if idle else LITTLE_PATIENCE)
    if done.is_set() and not failures:
        return True
    leave(error, Leftover(key, upload_id, kept=False))
    return False


def _in_background(call: Callable[[], None]) -> None:
    threading.Thread(target=call, name="holdall-abort", daemon=True).start()
