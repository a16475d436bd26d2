"""``AsyncStorage``: the same storage, awaited. One implementation, run in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import functools
import inspect
import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, cast

from holdall import cancelling
from holdall.errors import InvalidRequest
from holdall.storage import Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
    from types import TracebackType

    from holdall.capabilities import Capabilities
    from holdall.models import ListPage, ObjectEntry, ObjectInfo, ProviderInfo
    from holdall.reading import GetResult

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

THREADS = 32
"""Calls at the same time; more wait their turn."""


PAGE = 1000
"""Objects on a page of S3 (API reference, ListObjectsV2)."""


def _take(items: Iterator[T], most: int) -> list[T]:
    return list(itertools.islice(items, most))


GRACE = 1.0
"""Seconds that a cancelled transfer is waited for: it shall have let go of its files before the task goes on."""


def _awaited(
    method: Callable[Concatenate[Storage, P], R], *, transfer: bool = False
) -> Callable[Concatenate[AsyncStorage, P], Awaitable[R]]:
    """A method of ``Storage``, with the same arguments and documentation, to be awaited."""

    @functools.wraps(method)
    async def call(self: AsyncStorage, /, *args: P.args, **kwargs: P.kwargs) -> R:
        run = self.run_transfer if transfer else self.run
        return await run(method, self.storage, *args, **kwargs)

    return call


class _Turns:
    """The calls of one stream: one after the other, whatever was cancelled meanwhile.

    A call that is cancelled goes on in its thread. What it reads nobody gets, so what the next one read would come with
    a gap before it; and of a write nobody knows whether it is in.
    """

    def __init__(self, owner: AsyncStorage) -> None:
        self._owner = owner
        self._turn = threading.Lock()
        self._cancelled = False

    async def run(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a call that moves the stream.

        Raises:
            InvalidRequest: One before was cancelled.
        """
        if self._cancelled:
            raise InvalidRequest(
                "a call of this stream was cancelled (a time-out?): its bytes are lost, and what follows has a gap",
                hint="Get the rest anew, from the last byte that came; what is written must be written anew.",
            )
        try:
            return await self.run_anyhow(call, *args, **kwargs)
        except asyncio.CancelledError:
            self._cancelled = True
            raise

    async def run_anyhow(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a call that is right also after one that was cancelled."""

        def in_turn() -> R:
            with self._turn:
                return call(*args, **kwargs)

        return await self._owner.run(in_turn)

    async def seek(self, call: Callable[[int, int], int], offset: int, whence: int) -> int:
        """Runs a seek; after one that is not relative, the position is known again."""
        if whence == os.SEEK_CUR:
            return await self.run(call, offset, whence)
        self._cancelled = True  # unless it comes to its end
        position = await self.run_anyhow(call, offset, whence)
        self._cancelled = False
        return position


class AsyncGetResult:
    """The answer of an awaited ``get``: ``await result.read()``, ``async for chunk in result``, ``async with``."""

    def __init__(self, owner: AsyncStorage, result: GetResult) -> None:
        """Made by ``AsyncStorage.get``."""
        self._turns = _Turns(owner)
        self._result = result

    @property
    def info(self) -> ObjectInfo:
        """The object."""
        return self._result.info

    async def read(self, size: int = -1, /) -> bytes:
        """Reads up to ``size`` bytes, all that is left for -1."""
        return await self._turns.run(self._result.read, size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read(1024 * 1024):
            yield chunk

    async def close(self) -> None:
        """Gives the connection back."""
        await self._turns.run_anyhow(self._result.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncFile:
    """An object as a file, awaited: what ``AsyncStorage.open`` gives. Use it in an ``async with``.

    What is written appears at ``close``; an exception in the ``async with`` publishes nothing.
    """

    def __init__(self, owner: AsyncStorage, file: Any) -> None:
        """Made by ``AsyncStorage.open``."""
        self._turns = _Turns(owner)
        self._file = file

    async def read(self, size: int = -1, /) -> Any:
        """Reads up to ``size`` bytes (characters of a text), all that is left for -1."""
        return await self._turns.run(self._file.read, size)

    async def readline(self) -> Any:
        """Reads one line; empty at the end."""
        return await self._turns.run(self._file.readline)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while line := await self.readline():
            yield line

    async def write(self, data: Any, /) -> int:
        """Takes bytes (or text); returns how many."""
        return int(await self._turns.run(self._file.write, data))

    async def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves the position of a file that is read."""
        return int(await self._turns.seek(self._file.seek, offset, whence))

    async def tell(self) -> int:
        """The position."""
        return int(await self._turns.run_anyhow(self._file.tell))

    async def close(self) -> None:
        """Publishes what was written, or gives the connection back."""
        await self._turns.run_anyhow(self._file.close)

    async def abort(self) -> None:
        """Gives up what was written: nothing is published."""
        await self._turns.run_anyhow(self._file.abort)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The file's own rule for the end of a "with": a writer publishes, or gives up where there was an exception.
        await self._turns.run_anyhow(self._file.__exit__, kind, error, trace)


class AsyncView:
    """A view of ``Storage``, awaited: the same methods, and ``async for`` over what they yield.

    Which methods there are, and their arguments, is documented at the view itself, e.g. ``holdall.views.VersionsView``.
    """

    def __init__(self, owner: AsyncStorage, view: Any, *, transfers: Collection[str] = ()) -> None:
        """Made by ``AsyncStorage``; ``transfers`` are the methods that move bytes."""
        self._owner = owner
        self._view = view
        self._transfers = transfers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._view, name)  # an unknown one is the view's own AttributeError
        if name.startswith("_") or not callable(method):
            raise AttributeError(name)
        if inspect.isgeneratorfunction(method):
            return lambda *args, **arguments: self._owner.iterate(method(*args, **arguments))
        run = self._owner.run_transfer if name in self._transfers else self._owner.run
        return functools.partial(run, method)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._view) if not name.startswith("_")]


class AsyncStorage:
    """A ``Storage`` for asyncio: the same verbs and views with the same arguments, awaited.

    What needs no request is not awaited: ``info``, ``capabilities``, ``supports``, ``unwrap``, ``below``.

    A transfer that is cancelled (``put`` of a file, ``upload_file``, ``download_file``, ``copy``, ``move``,
    ``get_ranges``, ``delete_many``, ``uploads.resume``) ends within about a second, as by Ctrl-C: what can be gone on
    with is kept (``transfer.on_failure``), and the same call goes on from there. Any other call that is cancelled while
    it runs goes on in its thread to its end; its result is dropped. So a stream or file
    of which a read or write was cancelled (say, by a time-out) can't be read or written further: ``InvalidRequest``.
    """

    def __init__(self, storage: Storage, *, threads: int = THREADS) -> None:
        """Around a storage.

        Args:
            storage: Made by ``open_storage``.
            threads: Calls at the same time.

        Raises:
            InvalidRequest: It is none.
        """
        if not isinstance(storage, Storage):
            raise InvalidRequest(
                f"storage is {type(storage).__name__}; a store is needed", hint="Open it: holdall.open_storage(...)."
            )
        self.storage = storage
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="holdall")

    async def run(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs any function in the pool, with this task's context variables (tracing needs them)."""
        context = contextvars.copy_context()
        work = functools.partial(context.run, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def run_transfer(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """As ``run``, for what moves bytes: it is ended when the task is cancelled."""
        cancellation = cancelling.Cancellation()

        def work() -> R:
            with cancelling.within(cancellation):
                return call(*args, **kwargs)

        submitted = self._pool.submit(contextvars.copy_context().run, work)
        future = asyncio.wrap_future(submitted)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not submitted.cancel():
                cancellation.cancel()
                future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else asks for it
                await asyncio.wait([future], timeout=GRACE)
            raise

    async def iterate(self, items: Iterator[T]) -> AsyncIterator[T]:
        """Yields what an iterator yields, each step of it taken in the pool."""
        end = object()
        while (item := await self.run(next, cast("Iterator[Any]", items), end)) is not end:
            yield cast("T", item)

    # --- about the store -----------------------------------------------------------------------------------------

    @property
    def info(self) -> ProviderInfo:
        """As ``Storage.info``."""
        return self.storage.info

    @property
    def capabilities(self) -> Capabilities:
        """As ``Storage.capabilities``; awaited, ``probe`` is ``await lake.run(lake.storage.capabilities.probe)``."""
        return self.storage.capabilities

    def supports(self, feature: str, *, safety: bool = False) -> bool:
        """As ``Storage.supports``."""
        return self.storage.supports(feature, safety=safety)

    def unwrap(self, kind: type[T]) -> T:
        """As ``Storage.unwrap``; what it gives is not awaited."""
        return self.storage.unwrap(kind)

    def below(self, prefix: str) -> AsyncStorage:
        """As ``Storage.below``, over the same threads; close the one that it was made of."""
        other = copy.copy(self)
        other.storage = self.storage.below(prefix)
        return other

    @property
    def versions(self) -> AsyncView:
        """``Storage.versions``, awaited."""
        return AsyncView(self, self.storage.versions)

    @property
    def tags(self) -> AsyncView:
        """``Storage.tags``, awaited."""
        return AsyncView(self, self.storage.tags)

    @property
    def uploads(self) -> AsyncView:
        """``Storage.uploads``, awaited."""
        return AsyncView(self, self.storage.uploads, transfers={"resume"})

    @property
    def encryption(self) -> AsyncView:
        """``Storage.encryption``, awaited."""
        return AsyncView(self, self.storage.encryption)

    @property
    def notifications(self) -> AsyncView:
        """``Storage.notifications``, awaited."""
        return AsyncView(self, self.storage.notifications)

    # --- verbs ---------------------------------------------------------------------------------------------------

    head = _awaited(Storage.head)
    exists = _awaited(Storage.exists)
    get_ranges = _awaited(Storage.get_ranges, transfer=True)
    put = _awaited(Storage.put, transfer=True)
    delete = _awaited(Storage.delete)
    delete_many = _awaited(Storage.delete_many, transfer=True)
    copy = _awaited(Storage.copy, transfer=True)
    move = _awaited(Storage.move, transfer=True)
    upload_file = _awaited(Storage.upload_file, transfer=True)
    download_file = _awaited(Storage.download_file, transfer=True)
    presign = _awaited(Storage.presign)
    presign_post = _awaited(Storage.presign_post)

    async def get(self, key: str, *args: Any, **read: Any) -> AsyncGetResult:
        """As ``Storage.get``."""
        return AsyncGetResult(self, await self.run(self.storage.get, key, *args, **read))

    async def open(self, key: str, *args: Any, **arguments: Any) -> AsyncFile:
        """As ``Storage.open``: ``async with await lake.open("a.txt", "w") as file: await file.write("text")``."""
        return AsyncFile(self, await self.run(self.storage.open, key, *args, **arguments))

    async def list(self, prefix: str = "", **arguments: Any) -> AsyncIterator[ObjectEntry]:
        """As ``Storage.list``, with one step into the pool for each page, not for each object."""
        entries = self.storage.list(prefix, **arguments)
        while some := await self.run(_take, entries, arguments.get("page_size") or PAGE):
            for entry in some:
                yield entry

    def list_pages(self, prefix: str = "", **arguments: Any) -> AsyncIterator[ListPage]:
        """As ``Storage.list_pages``."""
        return self.iterate(self.storage.list_pages(prefix, **arguments))

    async def close(self) -> None:
        """Gives back connections and ends the threads, after the calls that are under way."""
        await self.run(self.storage.close)
        self._pool.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
