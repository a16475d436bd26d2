"""Uploads that were begun twice, because the answer to their first beginning was lost: the stray one is dropped.

Nothing tells an upload without parts from one that another writer has just begun under the same key. So the ones that
may be ours are noted when it happens (begun at the store between the first attempt and the one that succeeded), and
looked at again when our own upload has ended: one that has no parts even then is dropped. A writer who began within
that moment and has sent nothing in all that time would be told that his upload is gone; no bytes of his are lost.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from holdall.errors import StorageError

if TYPE_CHECKING:
    from holdall.groups import MultipartUploads
    from holdall.models import UploadInfo
    from holdall.provider import StorageProvider

MOST = 1000
"""Uploads that are looked through; a bucket with more of them below one key has other troubles."""
ROUNDING = timedelta(seconds=1)
"""Stores tell times in whole seconds."""


class Strays:
    """What may have been begun twice, by the upload that goes on."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def note(self, provider: StorageProvider, key: str, upload_id: str, took: float) -> None:
        """Looks for the other one.

        Args:
            provider: The store.
            key: The object to be.
            upload_id: The upload that goes on.
            took: Seconds between the first attempt and the success.
        """
        uploads = [upload for upload in _uploads(provider, key) if upload.initiated is not None]
        begun = next((upload.initiated for upload in uploads if upload.upload_id == upload_id), None)
        if begun is None:
            return
        first = begun - timedelta(seconds=took) - ROUNDING
        others = [
            upload.upload_id
            for upload in uploads
            if upload.upload_id != upload_id and upload.initiated is not None and first <= upload.initiated <= begun
        ]
        if others:
            self._found[upload_id] = others

    def drop(self, provider: StorageProvider, key: str, upload_id: str) -> None:
        """Drops the stray ones of an upload that has ended, as far as they have no parts. Failures are no matter."""
        multipart = cast("MultipartUploads", provider)
        for other in self._found.pop(upload_id, ()):
            with suppress(StorageError):
                if not multipart.list_parts(key, other, 0, 1).parts:
                    multipart.abort_upload(key, other)


def _uploads(provider: StorageProvider, key: str) -> list[UploadInfo]:
    try:
        page = cast("MultipartUploads", provider).list_uploads(key, None, MOST)
    except StorageError:  # not allowed, or not there: then nothing can be done about it
        return []
    return [upload for upload in page.uploads if upload.key == key]
