"""Making an object out of parts that may be made in any order: all of them, or none."""

from __future__ import annotations

import contextvars
import dataclasses
import os
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from holdall.errors import RequestIgnored, StorageError
from holdall.layers.lookup import may_be_done
from holdall.semantics.encryption import check_what_is_told
from holdall.transfer.completing import with_etag
from holdall.transfer.confirming import confirmed
from holdall.transfer.crew import Crew, aside
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.leftovers import LITTLE_PATIENCE, Leftover, drop, leave, note_dropped
from holdall.transfer.orphans import Note, drop_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from holdall.groups import MultipartUploads
    from holdall.models import EncryptionInfo, PartInfo, PutResult
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
        orphan: If this process dies, nobody will go on with the upload: see ``orphans``.
        gone: Is called when the upload is no more: completed, or dropped.
    """

    upload_id: str | None = None
    arrived: Mapping[int, PartInfo] = dataclasses.field(default_factory=dict)
    begun: Callable[[str], None] | None = None
    keep: Callable[[BaseException], bool] = lambda _: False
    resumable: bool = False
    orphan: bool = True
    gone: Callable[[], None] = lambda: None


ALL_OR_NOTHING = Fate()
"""Begun here, and dropped when it fails."""


class Assembly(Generic[P]):
    """An object that is being put together: an upload is begun, its parts are made by several threads, it is completed.

    Used in a ``with`` block, whose exception drops the upload, or leaves it as its fate says. The first failure, or
    Ctrl-C, stops everything within a second. Who can't use a block, since pieces come by calls, calls ``fail``.

    Args:
        provider: The store; it has multipart uploads.
        key: Full key.
        create: How to begin.
        make: Makes one part out of the upload's id, the part's number and the piece; called in several threads. It
            calls its last argument between blocks of bytes, which ends it when the transfer is given up.
        workers: Parts at the same time.
        when_idle: Is called when nothing uses the pieces any more.
        fate: Where the upload comes from, and what becomes of it when it fails.
    """

    def __init__(
        self,
        provider: StorageProvider,
        key: str,
        create: CreateUploadOptions,
        make: Callable[[str, int, P, Callable[[], None]], PartInfo],
        *,
        workers: int,
        when_idle: Callable[[], None] = lambda: None,
        fate: Fate = ALL_OR_NOTHING,
    ) -> None:
        self._provider = provider
        self._key = key
        self._create = create
        self._make = make
        self._fate = fate
        self._upload = _Upload(provider, key, fate, when_idle)
        self._crew = Crew[tuple[int, P], None](self._work, workers, when_idle=self._upload.settle)
        self._at_work = ExitStack()
        self._at_work.enter_context(self._crew)

    def begin(self) -> None:
        """Begins the upload, unless it was begun earlier.

        Raises:
            RequestIgnored: The store tells that the object will not be encrypted as it was asked to be.
        """
        self._check_told(self._upload.begin(self._create))

    def run(self, pieces: Iterable[P], done: Callable[[P], None]) -> None:
        """Makes all parts.

        Args:
            pieces: What the parts are made of, in order; those whose part has arrived are passed over. Each is drawn
                when a thread is free for it.
            done: Is told each piece whose part is there.
        """
        wanted = (numbered for numbered in enumerate(pieces, start=1) if numbered[0] not in self._fate.arrived)
        with _landing(self._crew, self._fate):
            for (_, piece), _ in self._crew.run(wanted):
                done(piece)

    def give(self, number: int, piece: P) -> None:
        """Has one part made when a thread is free; for callers whom pieces come to one by one (else ``run``)."""
        self._crew.give((number, piece))

    def take(self, *, wait: bool) -> bool:
        """Whether one more of the pieces that were given is a part by now.

        Args:
            wait: Until there is one.

        Raises:
            Exception: What making a part raised.
        """
        return self._crew.take(wait=wait) is not None

    def complete(self, confirm: Callable[[Sequence[PartInfo]], CompleteOptions]) -> PutResult:
        """Completes the upload, after the last part.

        Args:
            confirm: Gets all parts in order, and says how to complete; what it raises counts as a failure.

        Raises:
            RequestIgnored: The object is not encrypted as it was asked to be; the hint says whether it is there.
        """
        self._at_work.close()
        parts = sorted(self._upload.parts, key=lambda part: part.part_number)
        for part in parts:  # MinIO tells nothing at the beginning, and then of each part
            self._check_told(part.encryption)
        ending = confirm(parts)
        self._upload.completing = True
        result = self._upload.multipart.complete_upload(self._key, self._upload.id or "", parts, ending)
        self._upload.ended = True
        self._upload.gone()
        drop_orphans(self._provider, self._key)
        result = with_etag(self._provider, result, parts, ending)
        if result.size is None:
            result = dataclasses.replace(result, size=_size(parts))
        return confirmed(self._provider, self._create.encryption, result)

    def fail(self, error: BaseException) -> None:
        """Gives up; does nothing where that was done, or where the upload was completed.

        Args:
            error: Why; where something is left at the store, it tells.
        """
        self._at_work.close()
        self._upload.end(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)

    def _check_told(self, told: EncryptionInfo | None) -> None:
        """Refuses to go on where the store tells that the object will not be encrypted as it was asked to be."""
        try:
            check_what_is_told(self._create.encryption, told)
        except RequestIgnored as error:
            error.hint = "No object was written."
            info = self._provider.info
            error.add_context(store=info.store, bucket=info.bucket, key=self._key)
            raise

    def _work(self, numbered: tuple[int, P]) -> None:
        self._upload.touched = True
        self._upload.parts.append(self._make(self._upload.id or "", *numbered, self._crew.check))


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
        ended: It was completed, or given up.
    """

    def __init__(self, provider: StorageProvider, key: str, fate: Fate, when_idle: Callable[[], None]) -> None:
        self.multipart = cast("MultipartUploads", provider)
        self.id = fate.upload_id
        self.parts = list(fate.arrived.values())
        self.touched = bool(fate.arrived)
        self.completing = False
        self.ended = False
        self._asked = False  # the store may have begun one
        self._info = provider.info
        self._note: Note | None = None
        self._key = key
        self._fate = fate
        self._when_idle = when_idle
        self._lock = threading.Lock()  # of the id and the end: a beginning may be answered after it
        self._idle = threading.Event()
        self._dropped = threading.Event()
        self._process = os.getpid()

    def begin(self, create: CreateUploadOptions) -> EncryptionInfo | None:
        """Begins it, unless it was begun earlier; returns what the store tells of the encryption."""
        if self.id is not None:
            return None
        if self._fate.orphan:
            self._note = Note(self._info, self._key)
        self._asked = True
        with interrupts_wait():
            return aside(lambda _check: self._ask(create), grace=LITTLE_PATIENCE)

    def _ask(self, create: CreateUploadOptions) -> EncryptionInfo | None:
        upload = self.multipart.create_upload(self._key, create)
        with self._lock:
            too_late = self.ended
            if not too_late:
                self.id = upload.upload_id
                if self._note is not None:
                    self._note.begun(self.id)
                if self._fate.begun is not None:
                    self._fate.begun(self.id)
        if too_late:  # the call was cancelled; what is done for it must not end with it
            with suppress(StorageError):
                contextvars.Context().run(self.multipart.abort_upload, self._key, upload.upload_id)
        return upload.encryption

    def settle(self) -> None:
        """No request is under way any more."""
        self._when_idle()
        self._idle.set()
        if self._dropped.is_set() and self.id is not None:
            # A part that was under way when the upload was aborted may have brought parts back (API reference,
            # AbortMultipartUpload): once more, now that there are none.
            with suppress(StorageError):
                self.multipart.abort_upload(self._key, self.id)

    def gone(self) -> None:
        """There is no such upload at the store any more."""
        self._fate.gone()
        if self._note is not None:
            self._note.gone()
            self._note.close()

    def end(self, error: BaseException) -> None:
        """It has failed: it stays at the store, or is dropped."""
        if os.getpid() != self._process:  # one that was forked from it ends nothing of its parent's
            return
        with self._lock:
            if self.ended:
                return
            self.ended = True
        self._tidy_up(error)
        if self._note is not None:
            self._note.close()

    def _tidy_up(self, error: BaseException) -> None:
        unknown = not isinstance(error, StorageError) or may_be_done(error)
        if self.id is None:
            if self._asked and unknown:
                leave(error, Leftover(self._key, None, kept=False))
            else:
                self.gone()
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
            self.gone()


def _size(parts: Sequence[PartInfo]) -> int | None:
    sizes = [part.size for part in parts if part.size is not None]
    return sum(sizes) if len(sizes) == len(parts) else None
