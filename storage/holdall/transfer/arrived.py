"""What has arrived of an upload: as the store lists it, and whether it is what a local file has."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, cast

from holdall import checksums
from holdall.errors import InvalidResponse, SourceChanged
from holdall.transfer.crew import Crew
from holdall.transfer.plan import part_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdall.groups import MultipartUploads
    from holdall.models import PartInfo, PartPage, UploadInfo
    from holdall.provider import StorageProvider
    from holdall.transfer.bodies import FileSlice
    from holdall.transfer.plan import Limits

CHUNK = 1024 * 1024
"""Bytes read at a time."""
READERS = 4
"""Parts that are read at the same time to be compared; a disk has no use for more."""
_MD5 = re.compile(r"[0-9a-f]{32}")


def part_pages(provider: StorageProvider, key: str, upload_id: str) -> Iterator[PartPage]:
    """Yields the listing of an upload's parts, page by page.

    Args:
        provider: The store.
        key: Full key.
        upload_id: The upload.

    Raises:
        UploadNotFound: There is no such upload.
        InvalidResponse: The listing does not get on.
    """
    marker = 0
    while True:
        page = cast("MultipartUploads", provider).list_parts(key, upload_id, marker, None)
        yield page
        if page.next_marker is None:
            return
        if page.next_marker <= marker:
            raise InvalidResponse("the list of parts does not get on: the same marker came twice", key=key)
        marker = page.next_marker


def upload_pages(provider: StorageProvider, prefix: str) -> Iterator[UploadInfo]:
    """Yields the unfinished uploads of full keys that begin with a prefix.

    Raises:
        InvalidResponse: The listing does not get on.
    """
    token = None
    while True:
        page = cast("MultipartUploads", provider).list_uploads(prefix, token, None)
        yield from page.uploads
        if page.next_token is None:
            return
        if page.next_token == token:
            raise InvalidResponse("the list of uploads does not get on: the same token came twice")
        token = page.next_token


def uploads_of(provider: StorageProvider, key: str) -> Iterator[UploadInfo]:
    """Yields the unfinished uploads of one key. The prefix is the whole key: MinIO lists by no other."""
    return (upload for upload in upload_pages(provider, key) if upload.key == key)


def part_size_of(
    arrived: Mapping[int, PartInfo], total: int, limits: Limits, chunk_size: int | None = None
) -> int | None:
    """The size of an upload's parts, from those that have arrived: all but the last are of one size.

    Args:
        arrived: Parts by number.
        total: Bytes of the file.
        limits: The store's limits.
        chunk_size: The user's wish, where nothing has arrived yet.

    Returns:
        Bytes, or ``None`` where no size makes these parts pieces of such a file.
    """
    planned = part_size(total, limits, chunk_size)
    last = max(arrived, default=1)
    candidates = [planned, *sorted({part.size or 0 for part in arrived.values()}, reverse=True)]
    if last > 1:  # if only the last part has arrived, those before it share the rest evenly
        candidates.append((total - (arrived[last].size or 0)) // (last - 1))
    for step in candidates:
        if (
            step > 0
            and -(-total // step) <= limits.max_parts
            and all(part.size == _length(number, step, total) for number, part in arrived.items())
        ):
            return step
    return None


def _length(number: int, step: int, total: int) -> int:
    return min(step, total - (number - 1) * step)


def check_parts(
    arrived: Mapping[int, PartInfo], body: FileSlice, step: int, name: str, workers: int
) -> dict[int, PartInfo]:
    """Compares parts that have arrived with a file of which nothing else says that they were made of it.

    An ETag may be the MD5 of the part, or anything else. If that of one part is, they all are taken for such, and a
    part with another one differs from the file. If none is, nothing is known of them, and they have to be sent again.

    Args:
        arrived: Parts by number.
        body: The file.
        step: Bytes of every part but the last.
        name: The file's name, for errors.
        workers: Parts to read at the same time.

    Returns:
        The parts that are the file's, surely.

    Raises:
        SourceChanged: A part differs: they are another file's, or of another time.
    """
    same: dict[int, PartInfo] = {}
    proven = differing = False
    for part, by_etag, found in _compared(arrived, body, step, workers):
        if found:
            same[part.part_number] = part
            proven = proven or by_etag
        elif by_etag:
            differing = True
        else:
            raise changed(name)
    if proven and differing:
        raise changed(name)
    return same


def proven_parts(arrived: Mapping[int, PartInfo], body: FileSlice, step: int, workers: int) -> dict[int, PartInfo]:
    """The parts that surely have the file's bytes, by checksum or MD5; all others have to be sent again.

    For the file that they were made of, as the journal says: one that differs was damaged on its way.

    Args:
        arrived: Parts by number.
        body: The file.
        step: Bytes of every part but the last.
        workers: Parts to read at the same time.
    """
    return {part.part_number: part for part, _, found in _compared(arrived, body, step, workers) if found}


def _compared(
    arrived: Mapping[int, PartInfo], body: FileSlice, step: int, workers: int
) -> Iterator[tuple[PartInfo, bool, bool]]:
    """Yields each part that can be compared, whether it is by its ETag alone, and whether it has the file's bytes."""

    def compare(part: PartInfo) -> tuple[bool, bool] | None:
        piece = body.slice((part.part_number - 1) * step, part.size or 0).checked(crew.check)
        known = checksums.comparable(part.checksums)
        if known is not None:
            return False, checksums.encode(_digest(checksums.new(known.algorithm), piece)) == known.value
        if not _MD5.fullmatch(part.etag):
            return None
        return True, _digest(hashlib.md5(usedforsecurity=False), piece).hex() == part.etag

    crew = Crew["PartInfo", "tuple[bool, bool] | None"](compare, min(workers, READERS))
    with crew:
        for part, found in crew.run(arrived.values()):
            if found is not None:
                yield part, *found


def changed(name: str) -> SourceChanged:
    """What is raised where a file is not what an upload was begun with.

    Args:
        name: The file's.
    """
    return SourceChanged(
        f"{name!r} is not what the upload was begun with: its parts do not fit this file",
        hint="Send the file anew, and abort the old upload ('blob uploads --abort').",
    )


def _digest(hasher: checksums.Hasher, piece: FileSlice) -> bytes:
    while data := piece.read(CHUNK):
        hasher.update(data)
    return hasher.digest()
