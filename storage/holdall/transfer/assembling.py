"""Making an object out of parts that may be made in any order: all of them, or none."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from holdall.errors import StorageError
from holdall.layers.lookup import may_be_done
from holdall.transfer.crew import Crew
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.leftovers import Leftover, drop, leave, note_dropped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
    upload = _Upload(cast("MultipartUploads", provider), key, fate, when_idle)

    def work(numbered: tuple[int, P]) -> None:
        upload.touched = True
        upload.parts.append(make(upload.id or "", *numbered, crew.check))

    crew = Crew[tuple[int, Any], None](work, workers, when_idle=upload.settle)
    try:
        with crew:
            upload.begin(create)
            wanted = (numbered for numbered in enumerate(pieces, start=1) if numbered[0] not in fate.arrived)
            with _landing(crew, fate):
                for (_, piece), _ in crew.run(wanted):
                    done(piece)
        parts = sorted(upload.parts, key=lambda part: part.part_number)
        ending = confirm(parts) or complete
        upload.completing = True
        result = upload.multipart.complete_upload(key, upload.id or "", parts, ending)
    except BaseException as error:
        upload.end(error)
        raise
    fate.gone()
    return result if result.size is not None else dataclasses.replace(result, size=_size(parts))


@contextmanager
def _landing(crew: Crew[Any, Any], fate: Fate) -> Iterator[None]:
    """When an upload fails that will be gone on with, what is nearly there need not be sent again."""
    try:
        yield
    except StorageError as error:
        if fate.keep(error):
            crew.land()
        raise


class _Upload:
    """The upload that is under way.

    Attributes:
        multipart: The store.
        id: The upload's id, once it is known.
        parts: Those that are there, in any order.
        touched: Something of a part was sent.
        completing: The completion was asked for.
    """

    def __init__(self, multipart: MultipartUploads, key: str, fate: Fate, when_idle: Callable[[], None]) -> None:
        self.multipart = multipart
        self.id = fate.upload_id
        self.parts = list(fate.arrived.values())
        self.touched = bool(fate.arrived)
        self.completing = False
        self._asked = False  # the store may have begun one
        self._key = key
        self._fate = fate
        self._when_idle = when_idle
        self._idle = threading.Event()
        self._dropped = threading.Event()

    def begin(self, create: CreateUploadOptions) -> None:
        """Begins it, unless it was begun earlier."""
        if self.id is not None:
            return
        self._asked = True
        with interrupts_wait():
            self.id = self.multipart.create_upload(self._key, create).upload_id
            if self._fate.begun is not None:
                self._fate.begun(self.id)

    def settle(self) -> None:
        """No request is under way any more."""
        self._when_idle()
        self._idle.set()
        if self._dropped.is_set() and self.id is not None:
            # A part that was under way when the upload was aborted may have brought parts back (API reference,
            # AbortMultipartUpload): once more, now that there are none.
            with suppress(StorageError):
                self.multipart.abort_upload(self._key, self.id)

    def end(self, error: BaseException) -> None:
        """It has failed: it stays at the store, or is dropped."""
        unknown = not isinstance(error, StorageError) or may_be_done(error)
        if self.id is None:
            if self._asked and unknown:
                leave(error, Leftover(self._key, None, kept=False))
            else:
                self._fate.gone()
            return
        parts = list(self.parts)
        if self.touched and self._fate.keep(error):
            left = Leftover(
                self._key,
                self.id,
                kept=True,
                size=_size(parts) or 0,
                resumable=self._fate.resumable,
                completing=self.completing and unknown,
            )
            leave(error, left)
            return
        self._dropped.set()
        gone = drop(self.multipart, self._key, self.id, error, idle=self._idle.is_set())
        if self.completing and unknown:  # of an upload that was completed stores say, too, that it is gone
            leave(error, Leftover(self._key, self.id, kept=False, completing=True))
        elif gone:
            note_dropped(error, _size(parts) or 0)
        if gone:
            self._fate.gone()


def _size(parts: Sequence[PartInfo]) -> int | None:
    sizes = [part.size for part in parts if part.size is not None]
    return sum(sizes) if len(sizes) == len(parts) else None
