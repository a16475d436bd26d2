"""Uploads whose process died: written down while they run, and dropped when their key is written in parts again.

Of a file's upload the journal's entry serves to go on with it (``resume``). Whatever else is sent in parts, streams and
copies, would be begun anew anyway: what ``kill -9`` leaves of it only costs money.
"""

from __future__ import annotations

import dataclasses
import logging
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from holdall.checks import require
from holdall.errors import Retry, StorageError, UploadNotFound
from holdall.transfer import journal
from holdall.transfer.arrived import part_pages, uploads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.groups import MultipartUploads
    from holdall.models import ProviderInfo
    from holdall.provider import StorageProvider
    from holdall.transfer.journal import Entry, Slot

logger = logging.getLogger(__name__)

_LOST = timedelta(seconds=60)
"""How long after its entry was written an upload may have been begun whose id never came to be known."""
_SKEW = timedelta(seconds=2)
"""How far this machine's clock may be ahead of the store's when such an upload is looked for."""


class Note:
    """The journal's entry of an upload that nobody can go on with, held as long as the upload runs.

    Where there can't be a journal, there is none: no reason not to send.
    """

    def __init__(self, info: ProviderInfo, key: str) -> None:
        """Writes down that an upload is about to be begun.

        Args:
            info: The store.
            key: Full key.
        """
        self._held = ExitStack()
        self._slot: Slot | None = None
        entry = journal.Entry.once(info, key)
        try:
            slot = self._held.enter_context(journal.hold(info, key, run=entry.run))
            slot.write(entry)
        except OSError as error:
            self._held.close()
            _unwritten(key, error)
        else:
            self._slot = slot

    def begun(self, upload_id: str) -> None:
        """The store has told the id."""
        if self._slot is not None and self._slot.entry is not None:
            try:
                self._slot.write(dataclasses.replace(self._slot.entry, upload_id=upload_id))
            except OSError as error:
                _unwritten(self._slot.entry.key, error)

    def gone(self) -> None:
        """The upload is no more."""
        if self._slot is not None:
            with suppress(OSError):
                self._slot.forget()

    def close(self) -> None:
        """The upload does not run any more. If it is not ``gone``, it is an orphan."""
        self._held.close()


def _unwritten(key: str, error: OSError) -> None:
    logger.info("should this process die, its upload of %r is left at the store: no journal (%s)", key, error)


def drop_orphans(provider: StorageProvider, key: str) -> None:
    """Drops this machine's uploads of a key whose process is gone, and that nobody can go on with.

    None that a living process sends: its entry is locked. What can't be dropped now stays written down.

    Args:
        provider: The store.
        key: Full key; an upload of it has just been completed.
    """
    with suppress(OSError):
        for slot in journal.abandoned(provider.info, key):
            entry = cast("Entry", slot.entry)
            if entry.upload_id:
                gone = drop_upload(provider, key, entry.upload_id)
            else:
                found = lost(provider, entry)
                gone = found is not None
                drop_lost(provider, key, found or ())
            if gone:
                logger.info("tidied up after an upload of %r whose process had died", key)
                slot.forget()


def drop_upload(provider: StorageProvider, key: str, upload_id: str) -> bool:
    """Aborts an upload that is of no use any more.

    Args:
        provider: The store.
        key: Full key.
        upload_id: The upload.

    Returns:
        Whether it is gone.
    """
    try:
        cast("MultipartUploads", provider).abort_upload(key, upload_id)
    except UploadNotFound:
        return True
    except StorageError as error:
        logger.warning("upload %s of %r is left at the store, since it could not be aborted: %s", upload_id, key, error)
        return False
    return True


def lost(provider: StorageProvider, entry: Entry) -> Sequence[str] | None:
    """The uploads that may be that of a process which died before it could write down the id.

    They are of this key, were begun just after the entry was written, and nobody else's entry names them. Whoever does
    not know the id can't have sent a part, but another machine that has just begun may not have done so yet, either:
    see ``drop_lost``.

    Args:
        provider: The store.
        entry: What the process wrote down.

    Returns:
        Their ids; ``None`` where the store did not tell, and may do so later.
    """
    written = datetime.fromtimestamp(entry.created, UTC)
    known = journal.known_ids(provider.info, entry.key)
    try:
        return [
            found.upload_id
            for found in uploads_of(provider, entry.key)
            if found.initiated is not None
            and written - _SKEW <= found.initiated <= written + _LOST
            and found.upload_id not in known
        ]
    except StorageError as error:  # tidying up must not keep anybody from sending
        logger.info("could not look for uploads of %r that were lost: %s", entry.key, error)
        return () if error.retry is Retry.NEVER else None


def drop_lost(provider: StorageProvider, key: str, found: Sequence[str]) -> None:
    """Drops those that have no part even now that an upload of our own is complete, as ``layers/strays.py`` does.

    A writer elsewhere who began within that minute and has sent nothing in all that time would be told that his upload
    is gone; no bytes of his are lost.

    Args:
        provider: The store.
        key: Full key.
        found: What ``lost`` found.
    """
    for upload_id in found:
        with suppress(StorageError):
            require(provider, "multipart.list_parts", what="list of an upload's parts")
            if not any(page.parts for page in part_pages(provider, key, upload_id)):
                drop_upload(provider, key, upload_id)
