"""Uploads of files that outlive what interrupts them: kept by a stated policy, found again, and gone on with."""

from __future__ import annotations

import dataclasses
import logging
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from holdall.checks import require
from holdall.errors import (
    ChecksumMismatch,
    CredentialsError,
    ExpiredToken,
    InvalidRequest,
    NetworkError,
    Retry,
    ServerError,
    StorageError,
    UploadNotFound,
)
from holdall.models import ChecksumAlgorithm
from holdall.transfer import journal, orphans
from holdall.transfer.arrived import changed, check_parts, part_pages, part_size_of, proven_parts, uploads_of
from holdall.transfer.assembling import Fate
from holdall.transfer.bodies import as_file_slice
from holdall.transfer.crew import aside
from holdall.transfer.leftovers import left_by
from holdall.transfer.own_checksum import with_own_checksum
from holdall.transfer.parts import Parts, stays
from holdall.transfer.plan import part_size
from holdall.transfer.upload import goes_at_once, upload
from holdall.transfer.watching import watch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from holdall.config.store import TransferSettings
    from holdall.models import PartInfo, PutResult
    from holdall.options import PutOptions
    from holdall.provider import StorageProvider
    from holdall.transfer.bodies import FileSlice
    from holdall.transfer.journal import Entry, Slot, Source
    from holdall.transfer.progress import Progress

logger = logging.getLogger(__name__)

FRUITLESS = 3
"""How often an upload is gone on with in vain before it is begun anew: some servers never take the rest of an upload in
which a connection broke."""


def will_pass(error: BaseException) -> bool:
    """Whether what ended an upload is of the kind that passes: a later attempt may well succeed.

    Interruptions (Ctrl-C, whatever a progress callback raises) are; what this machine's files raise is not.
    """
    if not isinstance(error, StorageError):
        return not isinstance(error, OSError)
    if isinstance(error, ChecksumMismatch):  # what arrived can't be trusted, or it would be the same again
        return False
    passing = (NetworkError, ServerError, ExpiredToken, CredentialsError)
    return isinstance(error, passing) or error.retry is not Retry.NEVER


def upload_file(
    provider: StorageProvider,
    key: str,
    path: str | os.PathLike[str],
    file: BinaryIO,
    options: PutOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
    expected_size: int | None = None,
) -> PutResult:
    """Sends a file; goes on with an earlier upload of the same file, if there is one and nothing has changed.

    What has arrived of that is compared with the file first: only parts that are proved to be its own stay.

    Args:
        provider: The store.
        key: Full key.
        path: The file's path.
        file: The file, open at its start.
        options: What to write.
        settings: Threshold, part size, parts at the same time, and what becomes of an upload that fails.
        progress: Is told how far it is.
        expected_size: About how long a pipe will be.

    Raises:
        UploadInUse: Somebody else is sending this file to this key.
        SourceChanged: The file changed while it was sent.
    """
    body = as_file_slice(file)
    if body is None or goes_at_once(provider, len(body), options, settings) or settings.on_failure == "abort":
        return upload(provider, key, file, options, settings, progress, expected_size)
    source, check_source = journal.Source.of(path, file.fileno()), watch(body)
    options = _provable(provider, with_own_checksum(provider, body, options, settings))
    parts = Parts(provider, key, options, settings)
    step = part_size(len(body), parts.limits, settings.chunk_size)
    with _held(provider, key, source.path) as slot:
        lost = aside(lambda _check: _lost(provider, slot))
        entry = _usable(provider, slot, source, parts) if slot is not None else None
        if entry is not None:
            try:
                arrived, _ = _listed(provider, key, cast("str", entry.upload_id))
            except UploadNotFound:  # completed, aborted, or tidied away
                logger.info("the earlier upload of %s is not at the store any more", source.path)
            else:
                arrived = proven_parts(_whole(arrived, entry, body), body, entry.part_size, settings.max_concurrency)
                return _go_on(parts, slot, entry, body, arrived, settings, progress, check_source)
        entry = journal.Entry.begin(provider.info, key, source, step, parts.create, parts.complete)
        written = slot if slot is not None and _write(slot, entry) else None
        result = _go_on(parts, written, entry, body, {}, settings, progress, check_source)
        orphans.drop_lost(provider, key, lost)
        return result


def resume(
    provider: StorageProvider,
    key: str,
    path: str | os.PathLike[str],
    file: BinaryIO,
    options: PutOptions,
    settings: TransferSettings,
    upload_id: str | None = None,
    progress: Progress | None = None,
) -> PutResult:
    """Goes on with an upload that was begun here or elsewhere, by what the store lists of it.

    Args:
        provider: The store.
        key: Full key.
        path: The file's path.
        file: The file, open at its start.
        options: Conditions and checksum of the completion, and the customer's key; the rest is in the upload already.
        settings: Parts at the same time, and what becomes of an upload that fails.
        upload_id: The upload; default: that of the journal, else the only one of this key.
        progress: Is told how far it is.

    Raises:
        UploadNotFound: There is none.
        InvalidRequest: There are several, or this is no file that can be read anywhere.
        SourceChanged: The file is not what the parts were made of.
        UploadInUse: Somebody else is sending this file to this key.
    """
    body = as_file_slice(file)
    if body is None:
        raise InvalidRequest(f"{str(path)!r} is no regular file, or an empty one; only others can be gone on with")
    source, check_source = journal.Source.of(path, file.fileno()), watch(body)
    with _held(provider, key, source.path) as slot:
        known = slot.entry if slot is not None else None
        upload_id = upload_id or (known.upload_id if known else None) or _only_upload(provider, key, slot)
        if known is not None and known.upload_id != upload_id:
            known = None
        if known is not None and known.source != source:
            raise changed(str(path))
        try:
            arrived, algorithm = _listed(provider, key, upload_id)
        except UploadNotFound:
            if known is not None and slot is not None:
                slot.forget()
            raise
        if known is not None and options.if_match is None:
            options = dataclasses.replace(
                options, if_absent=options.if_absent or known.if_absent, if_match=known.if_match
            )
        parts = Parts(
            provider,
            key,
            dataclasses.replace(options, checksum_algorithm=None if options.checksum else algorithm),
            settings,
        )
        written = slot
        if known is not None:
            arrived = proven_parts(_whole(arrived, known, body), body, known.part_size, settings.max_concurrency)
        else:
            step = part_size_of(arrived, len(body), parts.limits, settings.chunk_size)
            if step is None:
                raise changed(str(path))
            arrived = check_parts(arrived, body, step, str(path), settings.max_concurrency)
            known = journal.Entry.begin(provider.info, key, source, step, parts.create, parts.complete)
            known = dataclasses.replace(known, upload_id=upload_id)
            written = slot if slot is not None and _write(slot, known) else None
        return _go_on(parts, written, known, body, arrived, settings, progress, check_source)


def _provable(provider: StorageProvider, options: PutOptions) -> PutOptions:
    """Has the parts' checksums kept where nothing else could prove what has arrived: their ETags are no MD5s."""
    capabilities, algorithm = provider.capabilities, ChecksumAlgorithm.CRC64NVME
    if (
        options.checksum is not None
        or options.checksum_algorithm is not None
        or capabilities.supports("checksums.md5_etag", safety=True)
        or algorithm not in capabilities.checksums.algorithms
    ):
        return options
    return dataclasses.replace(options, checksum_algorithm=algorithm)


def _whole(arrived: Mapping[int, PartInfo], entry: Entry, body: FileSlice) -> dict[int, PartInfo]:
    """The parts that are as long as such a piece of the file."""
    step, total = entry.part_size, len(body)
    return {
        number: part
        for number, part in arrived.items()
        if (number - 1) * step < total and part.size == min(step, total - (number - 1) * step)
    }


def _go_on(
    parts: Parts,
    slot: Slot | None,
    entry: Entry,
    body: FileSlice,
    arrived: Mapping[int, PartInfo],
    settings: TransferSettings,
    progress: Progress | None,
    check_source: Callable[[PutResult | None], None],
) -> PutResult:
    """Sends what has not arrived yet, with the journal as the place to find it again."""
    if entry.upload_id is not None:
        done, total = sum(part.size or 0 for part in arrived.values()), len(body)
        logger.info("going on with the upload of %s: %d of %d bytes have arrived", entry.title, done, total)
        if slot is not None:
            _write(slot, dataclasses.replace(entry, arrived=done, fruitless=_fruitless(entry, done)))

    def begun(upload_id: str) -> None:
        _write(cast("Slot", slot), dataclasses.replace(entry, upload_id=upload_id))

    policy = settings.on_failure
    findable = slot is not None or policy == "keep"
    fate = Fate(
        upload_id=entry.upload_id,
        arrived=arrived,
        begun=None if slot is None else begun,
        keep=lambda error: findable and (stays(error, policy) or (policy == "auto" and will_pass(error))),
        resumable=slot is not None,
        orphan=False,  # where the journal did not take it, it takes no other entry either
        gone=slot.forget if slot is not None else lambda: None,
    )
    try:
        return parts.send_body(body, progress, size=entry.part_size, fate=fate, check_source=check_source)
    except BaseException as error:
        if slot is not None and slot.entry and slot.entry.upload_id is None and left_by(error) is None:
            slot.forget()  # no upload was asked for
        raise


def _fruitless(entry: Entry, done: int) -> int:
    return 0 if done > entry.arrived else entry.fruitless + 1


@contextmanager
def _held(provider: StorageProvider, key: str, path: str) -> Iterator[Slot | None]:
    """The journal's place for an upload; ``None`` where there can't be a journal, which is no reason not to send."""
    with ExitStack() as stack:
        slot = None
        try:
            slot = stack.enter_context(journal.hold(provider.info, key, path))
        except OSError as error:
            _no_journal(path, error)
        yield slot


def _write(slot: Slot, entry: Entry) -> bool:
    try:
        slot.write(entry)
    except OSError as error:
        _no_journal(entry.title, error)
        return False
    return True


def _no_journal(path: str, error: OSError) -> None:
    logger.warning("should the upload of %s fail, it can't be resumed by itself: no journal (%s)", path, error)


def _usable(provider: StorageProvider, slot: Slot, source: Source, parts: Parts) -> Entry | None:
    """The upload that can be gone on with; one that can't is dropped."""
    entry = slot.entry
    if entry is None:
        return None
    if entry.upload_id is None:
        pass  # nobody knows which one it is
    elif entry.source != source or entry.options != journal.fingerprint(parts.create):
        logger.warning(
            "the file or the options have changed since the upload of %s was interrupted; "
            "it is sent from the beginning",
            source.path,
        )
        orphans.drop_upload(provider, entry.key, entry.upload_id)
    elif entry.fruitless >= FRUITLESS:
        if not orphans.drop_upload(provider, entry.key, entry.upload_id):
            return entry  # the store is not there at all: that is another matter
        logger.warning("the upload of %s does not get on; it is sent from the beginning", source.path)
    elif not provider.capabilities.supports("multipart.list_parts"):
        orphans.drop_upload(provider, entry.key, entry.upload_id)
    else:
        return entry
    slot.forget()
    return None


def _lost(provider: StorageProvider, slot: Slot | None) -> Sequence[str]:
    """What an earlier process may have begun for this entry without getting to know the id."""
    if slot is None or slot.entry is None or slot.entry.upload_id is not None:
        return ()
    return orphans.lost(provider, slot.entry) or ()


def _only_upload(provider: StorageProvider, key: str, slot: Slot | None) -> str:
    """The one upload of a key.

    Raises:
        UploadNotFound: There is none.
        InvalidRequest: There are several.
    """
    require(provider, "multipart.list_uploads_of_key", what="list of a key's unfinished uploads")
    found = [each.upload_id for each in uploads_of(provider, key)]
    if not found:
        if slot is not None:  # its upload's beginning was never answered: there was none
            slot.forget()
        raise UploadNotFound(f"there is no unfinished upload of {key!r}", key=key)
    if len(found) > 1:
        raise InvalidRequest(
            f"there are {len(found)} unfinished uploads of {key!r}", key=key, hint=f"Name one: {', '.join(found)}."
        )
    return found[0]


def _listed(
    provider: StorageProvider, key: str, upload_id: str
) -> tuple[dict[int, PartInfo], ChecksumAlgorithm | None]:
    """The parts of an upload by number, and the algorithm of their checksums."""
    require(provider, "multipart.list_parts", what="list of an upload's parts")
    pages = aside(lambda _check: list(part_pages(provider, key, upload_id)))
    return {part.part_number: part for page in pages for part in page.parts}, pages[0].checksum_algorithm
