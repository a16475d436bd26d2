"""``ObjectWriter``: an object as a write-only file that appears as a whole, or not at all."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Self, TextIO, cast

from holdall.checks import PUT, check_write
from holdall.errors import StorageError, UploadAborted
from holdall.layers.lookup import may_be_done
from holdall.transfer.bodies import cut, length_of
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.leftovers import Leftover, drop, leave, left_by
from holdall.transfer.parts import Parts, split_options
from holdall.transfer.plan import Limits, check_stream, stream_part_size
from holdall.transfer.spool import Spool
from holdall.transfer.upload import put_once

if TYPE_CHECKING:
    from types import TracebackType

    from holdall import options as opt
    from holdall.config.store import TransferSettings
    from holdall.groups import MultipartUploads
    from holdall.models import PartInfo, PutResult
    from holdall.provider import StorageProvider


class ObjectWriter(io.RawIOBase):
    """Collects what is written and publishes it at ``close``: in one request, or in parts where it grows large.

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
            settings: Threshold and part size.
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
        self._spool = Spool()  # what has not been sent yet
        self._written = 0
        self._parts: Parts | None = None  # once the object is sent in parts
        self._upload_id: str | None = None
        self._sent: list[PartInfo] = []
        self._sent_bytes = 0
        try:  # whatever will be refused is refused now, not when everything has been written
            check_write(provider, options, PUT)
            if self._has_parts:
                split_options(options)
        except BaseException:
            super().close()
            raise

    @property
    def _multipart(self) -> MultipartUploads:
        return cast("MultipartUploads", self._provider)

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
        """Takes bytes; sends a part when enough have come."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while self._has_parts and len(view) >= (missing := self._due() - len(self._spool)):
                self._spool.write(view[:missing])
                view = view[missing:]
                self._send()
            self._spool.write(view)
        except BaseException as error:
            self._give_up(error)  # a part of what was written is missing: nothing of it may appear
            raise
        self._written += size
        return size

    def _due(self) -> int:
        if self._upload_id is None:
            return max(self._settings.multipart_threshold, self._part_size())
        return self._part_size()

    def _part_size(self) -> int:
        return stream_part_size(len(self._sent) + 1, self._limits, self._settings.chunk_size)

    def _send(self, *, rest: bool = False) -> None:
        """Sends the full parts of what has been collected; with ``rest`` what is left behind them too."""
        if self._parts is None:
            self._parts = Parts(self._provider, self._key, self._options, self._settings)
        if self._upload_id is None:
            with interrupts_wait():
                self._upload_id = self._multipart.create_upload(self._key, self._parts.create).upload_id
        body, start, end = self._spool.body(), 0, len(self._spool)
        while start < end and (rest or end - start >= self._part_size()):
            piece = cut(body, start, min(self._part_size(), end - start))
            number = len(self._sent) + 1
            self._sent_bytes += length_of(piece)
            check_stream(number, self._sent_bytes, self._limits)
            self._sent.append(self._parts.send_part(self._upload_id, number, piece))
            start += length_of(piece)
        sent, self._spool = self._spool, Spool()
        with sent:
            self._spool.add(cut(body, start, end - start))

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
        if self._parts is None or self._upload_id is None:
            self.result = put_once(self._provider, self._key, self._spool.body(), self._options)
            return
        upload_id, completing = self._upload_id, False
        try:
            self._send(rest=True)
            completion = self._parts.completion(self._sent)
            completing = True
            result = self._multipart.complete_upload(self._key, upload_id, self._sent, completion)
        except BaseException as error:
            self._give_up(error)
            if completing and (not isinstance(error, StorageError) or may_be_done(error)):
                leave(error, Leftover(self._key, upload_id, kept=False, completing=True))
            raise
        self._parts.check(result, self._sent)
        self.result = result

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
        super().close()
        self._spool.close()
        if self._upload_id is not None:
            drop(self._multipart, self._key, self._upload_id, error)
            self._upload_id = None

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
