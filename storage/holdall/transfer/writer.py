"""``ObjectWriter``: an object as a write-only file that appears as a whole, or not at all."""

from __future__ import annotations

import io
import os
import warnings
import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, TextIO, cast

from holdall.checks import PUT, check_write
from holdall.errors import TransferError, UploadAborted
from holdall.transfer.bodies import cut, length_of
from holdall.transfer.completing import needs_parts
from holdall.transfer.leftovers import left_by
from holdall.transfer.parts import Parts, split_options
from holdall.transfer.plan import Limits, check_stream, stream_part_size
from holdall.transfer.spool import Spool, in_flight
from holdall.transfer.upload import put_once

if TYPE_CHECKING:
    from types import TracebackType

    from holdall import options as opt
    from holdall.config.store import TransferSettings
    from holdall.models import Body, PutResult
    from holdall.provider import StorageProvider
    from holdall.transfer.assembling import Assembly


class ObjectWriter(io.RawIOBase):
    """Collects what is written and publishes it at ``close``: in one request, or in parts where it grows large.

    Parts are sent in the background, several at a time, while more is written; ``write`` waits where they would take
    more than ``STREAM_MEMORY``. What goes wrong with one is raised by the next ``write`` or ``flush``, or by ``close``.

    Used in a ``with`` block, an exception in the block publishes nothing. ``abort`` gives up by hand. A writer that is
    garbage-collected without ``close`` publishes nothing either, and warns.
    """

    def __init__(
        self, provider: StorageProvider, key: str, options: opt.PutOptions, settings: TransferSettings
    ) -> None:
        """Made by ``Storage.open``.

        Args:
            provider: The store.
            key: Full key.
            options: What to write.
            settings: Threshold, part size, and parts at the same time.
        """
        super().__init__()
        self.result: PutResult | None = None
        """What became of it, after ``close``."""
        self._provider = provider
        self._key = key
        self._options = options
        self._settings = settings
        self._limits = Limits.of(provider.capabilities)
        self._has_parts = provider.capabilities.supports("multipart.uploads")
        self._spool = Spool()  # what has not been given away yet
        self._written = 0
        self._parts: Parts | None = None  # once the object is sent in parts
        self._assembly: Assembly[Body | Spool] | None = None
        self._pieces = ExitStack()  # closes what nobody has sent
        self._workers = 1
        self._keep = 0  # bytes of each part that stay in memory
        self._given = 0  # parts
        self._given_bytes = 0
        self._under_way = 0  # parts
        self._process = os.getpid()
        self._at_exit: weakref.finalize[..., Any] | None = None
        try:  # whatever will be refused is refused now, not when everything has been written
            self._needs_parts = needs_parts(provider, options)
            if self._needs_parts:
                Parts(provider, key, options, settings)
            else:
                check_write(provider, options, PUT)
            if self._has_parts:
                split_options(options)
        except BaseException:
            super().close()
            raise

    @property
    def name(self) -> str:
        """The key, as files tell their name."""
        return self._key

    def writable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self._written

    def write(self, data: Any, /) -> int:
        """Takes bytes; has a part sent when enough have come.

        Raises:
            StorageError: A part could not be sent. Nothing is published.
        """
        self.flush()
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while self._has_parts and len(view) >= (missing := self._due() - len(self._spool)):
                self._collect(view[:missing])
                view = view[missing:]
                self._send()
            self._collect(view)
        except BaseException as error:
            self._give_up(error)  # a part of what was written is missing: nothing of it may appear
            raise
        self._written += size
        return size

    def flush(self) -> None:
        """Sends nothing, since parts have their size; but tells what went wrong with those that were sent.

        Raises:
            StorageError: A part could not be sent. Nothing is published.
        """
        if self.closed:
            raise ValueError("I/O operation on closed file")
        try:
            self._land(self._under_way)
        except BaseException as error:
            self._give_up(error)
            raise

    def _due(self) -> int:
        if self._assembly is None:
            return max(self._settings.multipart_threshold, self._part_size())
        return self._part_size()

    def _part_size(self) -> int:
        return stream_part_size(self._given + 1, self._limits, self._settings.chunk_size)

    def _collect(self, view: memoryview) -> None:
        """Takes bytes, once there is room for another part."""
        if view:
            self._land(self._workers - 1)
            self._spool.write(view)

    def _send(self) -> None:
        """Has what has been collected sent."""
        if self._assembly is not None:
            self._give(self._pieces.enter_context(self._spool))
            self._spool = Spool(self._keep)
            return
        self._parts = Parts(self._provider, self._key, self._options, self._settings)
        self._workers, self._keep = in_flight(self._part_size(), self._settings.max_concurrency)
        self._assembly = self._parts.begin(workers=self._workers, when_idle=self._pieces.close)
        # When the interpreter ends, threads do nothing any more: what is still open then is given up before.
        self._at_exit = weakref.finalize(self, _abandon, self._assembly, self._process)
        head, start = self._pieces.enter_context(self._spool), 0
        self._spool = Spool(self._keep)
        while len(head) - start >= (size := self._part_size()):
            self._give(cut(head.body(), start, size))
            start += size
        self._spool.add(cut(head.body(), start, len(head) - start))

    def _give(self, piece: Body | Spool) -> None:
        length = len(piece) if isinstance(piece, Spool) else length_of(piece)
        self._given += 1
        self._given_bytes += length
        check_stream(self._given, self._given_bytes, self._limits)
        cast("Assembly[Body | Spool]", self._assembly).give(self._given, piece)
        self._under_way += 1

    def _land(self, most: int) -> None:
        """Hears of parts that are done, and waits until no more than so many are under way.

        Raises:
            StorageError: One could not be sent.
        """
        if self._assembly is None:
            return
        if os.getpid() != self._process:
            raise TransferError(
                "the object is being written by the process that this one was forked from",
                key=self._key,
                hint="Open the object in the process that writes it.",
            )
        while self._under_way and self._assembly.take(wait=self._under_way > most):
            self._under_way -= 1

    def close(self) -> None:
        """Publishes the object.

        Raises:
            ChecksumMismatch: What arrived is not what was written; the message says whether an object is there.
            StorageError: It could not be published, and is not there unless the hint says that nobody knows.
        """
        if self.closed:
            return
        try:
            self._publish()
        finally:
            self._spool.close()
            super().close()

    def _publish(self) -> None:
        if self._parts is None and not self._needs_parts:
            self.result = put_once(self._provider, self._key, self._spool.body(), self._options)
            return
        try:
            if self._assembly is None:
                self._send()
            if len(self._spool) or not self._given:
                self._send()
            self._land(0)
            assembly = cast("Assembly[Body | Spool]", self._let_go())
            self.result = cast("Parts", self._parts).finish(assembly)
        except BaseException as error:
            self._give_up(error)
            raise

    def abort(self) -> None:
        """Gives up: nothing is published, parts that were sent are dropped.

        Raises:
            UploadAborted: Nothing was published, but the store could not be told to drop the parts.
        """
        error = UploadAborted("the object that was being written was given up", key=self._key)
        self._give_up(error)
        if left_by(error) is not None:
            raise error

    def _give_up(self, error: BaseException) -> None:
        """Publishes nothing; where parts are left at the store, the error tells."""
        if self.closed:
            return
        assembly = self._let_go()
        super().close()
        self._spool.close()
        if assembly is not None and os.getpid() == self._process:
            assembly.fail(error)

    def _let_go(self) -> Assembly[Body | Spool] | None:
        assembly, self._assembly = self._assembly, None
        if self._at_exit is not None:
            self._at_exit.detach()
        return assembly

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._give_up(error)

    def drop(self) -> None:
        """What happens to a writer that nobody closed."""
        if not self.closed:
            warnings.warn(f"unfinished writer of {self._key!r} dropped; nothing was published", ResourceWarning, 2)
            self._give_up(UploadAborted("the writer was dropped"))

    def __del__(self) -> None:
        self.drop()  # io's own __del__ would call close, and with it publish what is not finished


def _abandon(assembly: Assembly[Body | Spool], process: int) -> None:
    if os.getpid() == process:
        assembly.fail(UploadAborted("the program ended before the object was closed"))


class TextWriter(io.TextIOWrapper):
    """Text into an ``ObjectWriter``; unlike io's wrapper, an exception in its ``with`` block publishes nothing."""

    def __init__(self, writer: ObjectWriter, **text: Any) -> None:
        """Made by ``Storage.open``.

        Args:
            writer: Takes the bytes.
            **text: ``encoding``, ``errors``, ``newline``.
        """
        super().__init__(cast("TextIO", writer), write_through=True, **text)  # type: ignore[arg-type] # raw is enough
        self._writer = writer

    def abort(self) -> None:
        """Gives up: nothing is published."""
        self._writer.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._writer.__exit__(kind, error, trace)

    def __del__(self) -> None:
        self._writer.drop()
