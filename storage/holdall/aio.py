"""``AsyncStorage``: the same storage, awaited. One implementation, run in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from holdall.storage import Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from types import TracebackType

    from holdall.models import ListPage, ObjectEntry, ObjectInfo
    from holdall.reading import GetResult

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 32
"""Calls at the same time; more wait their turn."""


def _awaited(
    method: Callable[Concatenate[Storage, P], R],
) -> Callable[Concatenate[AsyncStorage, P], Awaitable[R]]:
    """A method of ``Storage``, with the same arguments and documentation, to be awaited."""

    @functools.wraps(method)
    async def call(self: AsyncStorage, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.run(method, self.storage, *args, **kwargs)

    return call


class AsyncGetResult:
    """The answer of an awaited ``get``: ``await result.read()``, ``async for chunk in result``, ``async with``."""

    def __init__(self, owner: AsyncStorage, result: GetResult) -> None:
        """Made by ``AsyncStorage.get``."""
        self._owner = owner
        self._result = result

    @property
    def info(self) -> ObjectInfo:
        """The object."""
        return self._result.info

    async def read(self, size: int = -1, /) -> bytes:
        """Reads up to ``size`` bytes, all that is left for -1."""
        return await self._owner.run(self._result.read, size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read(1024 * 1024):
            yield chunk

    async def close(self) -> None:
        """Gives the connection back."""
        await self._owner.run(self._result.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncStorage:
    """A ``Storage`` for asyncio: the same verbs with the same arguments, awaited.

    A call that is cancelled while it runs goes on in its thread to its end; its result is dropped.
    """

    def __init__(self, storage: Storage, *, threads: int = THREADS) -> None:
        """Around a storage.

        Args:
            storage: Made by ``open_storage``.
            threads: Calls at the same time.
        """
        self.storage = storage
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="holdall")

    async def run(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs any function in the pool, with this task's context variables (tracing needs them)."""
        context = contextvars.copy_context()
        work = functools.partial(context.run, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    head = _awaited(Storage.head)
    exists = _awaited(Storage.exists)
    put = _awaited(Storage.put)
    delete = _awaited(Storage.delete)
    delete_many = _awaited(Storage.delete_many)
    copy = _awaited(Storage.copy)
    move = _awaited(Storage.move)
    upload_file = _awaited(Storage.upload_file)
    download_file = _awaited(Storage.download_file)
    presign = _awaited(Storage.presign)
    presign_post = _awaited(Storage.presign_post)

    async def get(self, key: str, *args: Any, **read: Any) -> AsyncGetResult:
        """As ``Storage.get``."""
        return AsyncGetResult(self, await self.run(self.storage.get, key, *args, **read))

    async def list(self, prefix: str = "", **arguments: Any) -> AsyncIterator[ObjectEntry]:
        """As ``Storage.list``; one request at a time, ahead of nothing."""
        limit = arguments.pop("limit", None)
        left = limit
        async for page in self.list_pages(prefix, **arguments):
            for entry in page.entries if left is None else page.entries[:left]:
                yield entry
            if left is not None and (left := left - len(page.entries)) <= 0:
                return

    async def list_pages(self, prefix: str = "", **arguments: Any) -> AsyncIterator[ListPage]:
        """As ``Storage.list_pages``."""
        pages: Iterator[ListPage] = self.storage.list_pages(prefix, **arguments)
        while (page := await self.run(next, pages, None)) is not None:
            yield page

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
