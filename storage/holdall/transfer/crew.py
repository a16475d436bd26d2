"""``Crew``: threads that carry out the pieces of one transfer; bounded in number, stopped together."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from typing import TYPE_CHECKING, Generic, Self, TypeVar, cast

from holdall import cancelling
from holdall.cancelling import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import TracebackType

P = TypeVar("P")
R = TypeVar("R")

GRACE = 0.8
"""Seconds that a crew which was given up waits for its threads: cancelling shall take less than a second."""


LANDING = 0.5
"""Seconds of these in which pieces that are under way may still get done, where that is of use."""


class Stopped(BaseException):
    """Ends a piece whose transfer was given up. It never leaves the crew, and no ``except Exception`` holds it up."""


class _End:
    """What tells a thread that there are no more pieces."""


class Crew(Generic[P, R]):
    """Runs one function over many pieces with several threads. Used in a ``with`` block, whose end stops them all.

    The threads are daemons: one that hangs in a dead connection holds up neither Ctrl-C nor the end of the program.
    What such a thread still uses must not be closed under it (a file descriptor may be another file's by then):
    ``when_idle`` is the place to close it.

    A call that can be cancelled (``holdall.cancelling``) is woken from waiting for its crew, and leaves the block.

    Args:
        work: Carries out one piece. It calls ``check`` between blocks of bytes, so that it can be stopped.
        workers: Threads at most; they are started as pieces come.
        when_idle: Called once, when the block has ended and no thread is at work any more.
        grace: Seconds that the end of the block waits for them.
    """

    def __init__(
        self,
        work: Callable[[P], R],
        workers: int,
        *,
        when_idle: Callable[[], None] | None = None,
        grace: float = GRACE,
    ) -> None:
        self._work = work
        self._workers = workers
        self._when_idle = when_idle
        self._todo: queue.SimpleQueue[P | type[_End]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[P, R | None, BaseException | None]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._cancellation = cancelling.current()
        self._grace = grace
        self._users = 1  # the block and the threads
        self._lock = threading.Lock()

    def run(self, pieces: Iterable[P]) -> Generator[tuple[P, R], None, None]:
        """Yields each piece with its result, in the order in which they get done.

        With one worker no thread is started, unless the call can be cancelled: what it waits in could not be left.

        Pieces are drawn in the caller's thread, each when a thread is free for it: what a piece holds in memory is held
        ``workers`` times at most, and once more while the next one is made.

        Raises:
            Exception: What a piece raised. Leave the block then; that stops the others.
            Cancelled: The call was cancelled; likewise.
        """
        if self._workers == 1 and self._cancellation is None:  # whoever would wait for one thread can do its work
            for piece in pieces:
                yield piece, self._work(piece)
            return
        source, flying, ended = iter(pieces), 0, False
        while True:
            while not ended and flying < self._workers and (flying == 0 or self._done.empty()):
                try:
                    piece = next(source)
                except StopIteration:
                    ended = True
                else:
                    self.give(piece)
                    flying += 1
                    del piece  # it would be held while the next one is made
            if flying == 0:
                return
            done = self._done.get()
            flying -= 1
            yield _raise_or_return(*done)
            del done

    def give(self, piece: P) -> None:
        """Has a piece done when a thread is free; for callers who decide by results what comes next (else ``run``)."""
        if len(self._threads) < self._workers:
            thread = threading.Thread(target=self._labour, name=f"holdall-{len(self._threads) + 1}", daemon=True)
            with self._lock:
                self._users += 1
            self._threads.append(thread)
            thread.start()
        self._todo.put(piece)

    def take(self, *, wait: bool) -> tuple[P, R] | None:
        """A piece that is done, with its result.

        Args:
            wait: Until there is one; else ``None`` where there is none yet.

        Raises:
            Exception: What a piece raised, as in ``run``.
        """
        try:
            done = self._done.get(block=wait)
        except queue.Empty:
            return None
        return _raise_or_return(*done)

    def check(self) -> None:
        """For pieces: ends them when the transfer was given up.

        Raises:
            Stopped: It was.
        """
        if self._stop.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """For pieces: waits, as ``time.sleep`` does, and no longer than the transfer lives.

        Raises:
            Stopped: It was given up.
        """
        if self._stop.wait(seconds):
            raise Stopped

    def land(self) -> None:
        """Waits ``LANDING`` seconds for the pieces under way; no more are begun. The end of the block comes next."""
        self._join(LANDING)
        self._grace = GRACE - LANDING

    def _wake(self) -> None:
        self._done.put((cast("P", None), None, Cancelled()))

    def __enter__(self) -> Self:
        if self._cancellation is not None:
            self._cancellation.wakes(self._wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._cancellation is not None:
            self._cancellation.forget(self._wake)
        try:
            self._join(self._grace)
        finally:
            self._leave()

    def _join(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for _ in self._threads:
            self._todo.put(_End)
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _labour(self) -> None:
        try:
            while (piece := self._todo.get()) is not _End and not self._stop.is_set():
                self._carry_out(cast("P", piece))
                del piece  # it would be held while waiting for the next one
        finally:
            self._leave()

    def _carry_out(self, piece: P) -> None:
        try:
            result = self._work(piece)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the results are waited for
            self._done.put((piece, None, error))
        else:
            self._done.put((piece, result, None))

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last and self._when_idle is not None:
            self._when_idle()


def aside(
    work: Callable[[Callable[[], None]], R], *, when_idle: Callable[[], None] | None = None, grace: float = GRACE
) -> R:
    """Does something that waits for the network: here, or where the call can be cancelled in a thread of its own.

    Args:
        work: Gets the ``check`` of a crew; see ``Crew``. What it does after the call was cancelled nobody waits for.
        when_idle: Called when it is done, or when its thread has ended.
        grace: Seconds that a cancelled call waits for it all the same.
    """
    context = contextvars.copy_context()  # tracing goes by it
    crew: Crew[Callable[[Callable[[], None]], R], R] = Crew(
        lambda piece: context.run(piece, crew.check), 1, when_idle=when_idle, grace=grace
    )
    with crew:
        ((_, result),) = crew.run([work])
        return result


def _raise_or_return(piece: P, result: R | None, error: BaseException | None) -> tuple[P, R]:
    if error is not None:
        raise error
    return piece, cast("R", result)
