"""Making an object out of parts that may be made in any order: all of them, or none."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from holdall.errors import StorageError
from holdall.transfer.crew import Crew
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.leftovers import Leftover, drop, leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from holdall.groups import MultipartUploads
    from holdall.models import PartInfo, PutResult
    from holdall.options import CompleteOptions, CreateUploadOptions
    from holdall.provider import StorageProvider

P = TypeVar("P")


@dataclasses.dataclass(frozen=True, slots=True)
class Fate:
    """Where an upload comes from, and what becomes of it when it fails.

    Attributes:
        upload_id: An upload that was begun earlier; ``None`` begins one.
        arrived: Its parts that need not be made again, by number.
        begun: Is told the id of an upload that was begun here, before its first part is made.
        keep: Whether an upload that ended by this error shall stay at the store.
        resumable: What is kept is in the journal.
        gone: Is called when the upload is no more: completed, or dropped.
    """

    upload_id: str | None = None
    arrived: Mapping[int, PartInfo] = dataclasses.field(default_factory=dict)
    begun: Callable[[str], None] | None = None
    keep: Callable[[BaseException], bool] = lambda _: False
    resumable: bool = False
    gone: Callable[[], None] = lambda: None


ALL_OR_NOTHING = Fate()
"""Begun here, and dropped when it fails."""


def assemble(
    provider: StorageProvider,
    key: str,
    create: CreateUploadOptions,
    complete: CompleteOptions,
    pieces: Iterable[P],
    make: Callable[[str, int, P, Callable[[], None]], PartInfo],
    *,
    workers: int,
    done: Callable[[P], None],
    confirm: Callable[[Sequence[PartInfo]], CompleteOptions | None],
    when_idle: Callable[[], None] = lambda: None,
    fate: Fate = ALL_OR_NOTHING,
) -> PutResult:
    """Begins an upload, makes its parts with several threads, and completes it.

    The first failure, or Ctrl-C, stops everything within a second.

    Args:
        provider: The store; it has multipart uploads.
        key: Full key.
        create: How to begin.
        complete: How to end.
        pieces: What the parts are made of, in order; those whose part has arrived are passed over.
        make: Makes one part out of the upload's id, the part's number and the piece; called in several threads. It
            calls its last argument between blocks of bytes, which ends it when the transfer is given up.
        workers: Parts at the same time.
        done: Is told each piece whose part is there.
        confirm: Gets all parts in order when they are there; what it raises counts as a failure. It may return other
            options to complete with.
        when_idle: Is called when nothing uses the pieces any more.
        fate: Where the upload comes from, and what becomes of it when it fails.
    """
    multipart = cast("MultipartUploads", provider)
    upload_id = fate.upload_id
    parts = list(fate.arrived.values())
    idle, dropped = threading.Event(), threading.Event()

    def settle() -> None:
        when_idle()
        idle.set()
        if dropped.is_set() and upload_id is not None:
            # A part that was under way when the upload was aborted may have brought parts back (API reference,
            # AbortMultipartUpload): once more, now that no request is left.
            with suppress(StorageError):
                multipart.abort_upload(key, upload_id)

    def work(numbered: tuple[int, P]) -> PartInfo:
        return make(cast("str", upload_id), *numbered, crew.check)

    crew = Crew[tuple[int, Any], "PartInfo"](work, workers, when_idle=settle)
    try:
        with crew:
            if upload_id is None:
                with interrupts_wait():
                    upload_id = multipart.create_upload(key, create).upload_id
                    if fate.begun is not None:
                        fate.begun(upload_id)
            wanted = (numbered for numbered in enumerate(pieces, start=1) if numbered[0] not in fate.arrived)
            for (_, piece), part in crew.run(wanted):
                parts.append(part)
                done(piece)
        parts.sort(key=lambda part: part.part_number)
        complete = confirm(parts) or complete
        result = multipart.complete_upload(key, upload_id, parts, complete)
    except BaseException as error:
        if upload_id is not None and not _kept(error, key, upload_id, parts, fate):
            dropped.set()
            if drop(multipart, key, upload_id, error, idle=idle.is_set()):
                fate.gone()
        raise
    fate.gone()
    return result if result.size is not None else dataclasses.replace(result, size=_size(parts))


def _kept(error: BaseException, key: str, upload_id: str, parts: Sequence[PartInfo], fate: Fate) -> bool:
    """Whether an upload that failed stays at the store; the error tells then. One without any part is not worth it."""
    if not parts or not fate.keep(error):
        return False
    leave(error, Leftover(key, upload_id, kept=True, size=_size(parts) or 0, resumable=fate.resumable))
    return True


def _size(parts: Sequence[PartInfo]) -> int | None:
    sizes = [part.size for part in parts if part.size is not None]
    return sum(sizes) if len(sizes) == len(parts) else None
