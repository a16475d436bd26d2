"""``AsyncStorage``: everything that ``Storage`` has, awaited."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import AsyncStorage, errors
from holdall import options as opt
from holdall.aio import AsyncView
from holdall.models import NotificationConfig, NotificationRule
from holdall.reading import GetResult
from holdall.storage import Storage
from holdall.transfer.reader import ObjectReader
from holdall.transfer.writer import ObjectWriter
from holdall.views import Views
from holdall_memory.provider import MemoryProvider
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


@pytest.fixture
def storage() -> Storage:
    return memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, versioning=True)[0]


def _with(storage: Storage, work: Callable[[AsyncStorage], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with AsyncStorage(storage, threads=2) as lake:
            return await work(lake)

    return asyncio.run(run())


def test_the_same_verbs_awaited(storage: Storage, tmp_path: Path) -> None:
    async def work() -> None:
        async with AsyncStorage(storage, threads=4) as lake:
            assert (await lake.put("a.txt", b"hello", metadata={"m": "1"})).size == 5
            assert await lake.exists("a.txt")
            assert (await lake.head("a.txt")).metadata == {"m": "1"}
            async with await lake.get("a.txt", (1, 4)) as result:
                assert await result.read() == b"ell"
            assert [chunk async for chunk in await lake.get("a.txt")] == [b"hello"]
            await asyncio.gather(*(lake.put(f"many/{number}", b"x") for number in range(50)))
            assert len([entry async for entry in lake.list("many/", page_size=7)]) == 50
            assert len([entry async for entry in lake.list("many/", limit=10)]) == 10
            await lake.copy("a.txt", "b.txt")
            await lake.download_file("b.txt", tmp_path / "b.txt")
            assert (await lake.delete_many(["a.txt", "b.txt"])).deleted == 2
            with pytest.raises(FileNotFoundError):
                await lake.get("a.txt")

    asyncio.run(work())
    assert (tmp_path / "b.txt").read_bytes() == b"hello"


def test_nothing_of_storage_is_missing() -> None:
    public = {name for name in dir(Storage) if not name.startswith("_")} - {"full_key", "put_options"}
    assert public <= set(dir(AsyncStorage))


def test_what_needs_no_request_is_not_awaited(storage: Storage) -> None:
    async def work(lake: AsyncStorage) -> None:
        assert lake.info == storage.info
        assert lake.capabilities == storage.capabilities
        assert lake.supports("put.if_absent", safety=True)
        assert isinstance(lake.unwrap(MemoryProvider), MemoryProvider)
        below = lake.below("team/")
        await below.put("k", b"x")
        assert (await lake.head("team/k")).key == "team/k"

    _with(storage, work)


def test_a_listing_by_key_ranges_is_awaited(storage: Storage) -> None:
    async def work(lake: AsyncStorage) -> None:
        for number in range(30):
            await lake.put(f"many/{number:02}", b"")
        found = [entry.key async for entry in lake.list("many/", page_size=2, parallel=4)]
        assert found == [f"many/{number:02}" for number in range(30)]
        pages = [page async for page in lake.list_pages("many/", page_size=7, parallel=4)]
        assert [entry.key for page in pages for entry in page.entries] == found

    _with(storage, work)


def test_views_are_awaited_and_what_they_yield_is_iterated(storage: Storage) -> None:
    async def work(lake: AsyncStorage) -> None:
        first = (await lake.put("k", b"1")).version_id
        await lake.put("k", b"2")
        assert [version.is_latest async for version in lake.versions.of("k")] == [True, False]
        assert len([version async for version in lake.versions.list(page_size=1)]) == 2
        await lake.versions.restore("k", first)
        assert await (await lake.get("k")).read() == b"1"
        await lake.tags.set("k", {"a": "b"})
        assert await lake.tags.get("k") == {"a": "b"}
        assert [upload async for upload in lake.uploads.list()] == []
        config = NotificationConfig((NotificationRule(events=("ObjectCreated:*",), destination="memory:queue"),))
        await lake.notifications.set(config)
        assert len((await lake.notifications.get()).rules) == 1
        with pytest.raises(AttributeError, match="lst"):
            _ = lake.versions.lst
        assert "restore" in dir(lake.versions)
        with pytest.raises(errors.UnsupportedOperation):
            _ = lake.encryption

    _with(storage, work)


def test_each_view_is_its_own(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    views = [name for name, value in vars(Views).items() if isinstance(value, property)]
    assert len(views) >= 5
    for name in views:
        monkeypatch.setattr(Views, name, property(lambda _, name=name: name))  # type: ignore[misc]
    lake = AsyncStorage(storage)
    for name in views:
        view = getattr(lake, name)
        assert isinstance(view, AsyncView)
        assert view._view == name
    lake._pool.shutdown()


def test_files_are_read_and_written(storage: Storage) -> None:
    async def work(lake: AsyncStorage) -> None:
        async with await lake.open("k", "wb", metadata={"a": "b"}) as file:
            assert await file.write(bytes(range(30))) == 30
            assert await file.tell() == 30
            assert not await lake.exists("k")
        async with await lake.open("k") as file:
            assert await file.read(3) == bytes([0, 1, 2])
            assert await file.seek(-2, 2) == 28
            assert await file.read() == bytes([28, 29])
        async with await lake.open("text", "w") as file:
            await file.write("one\ntwo\n")
        async with await lake.open("text", "r") as file:
            assert await file.readline() == "one\n"
            assert [line async for line in file] == ["two\n"]

    _with(storage, work)


@pytest.mark.parametrize("mode", ["wb", "w"])
@pytest.mark.parametrize("size", [5, 100])
def test_a_file_is_not_published_where_there_was_an_exception(storage: Storage, mode: str, size: int) -> None:
    async def work(lake: AsyncStorage) -> None:
        data: Any = bytes(size) if mode == "wb" else "x" * size
        with pytest.raises(KeyError):  # noqa: PT012 - what is written matters
            async with await lake.open("k", mode) as file:
                await file.write(data)
                raise KeyError
        given_up = await lake.open("k", mode)
        await given_up.write(data)
        await given_up.abort()
        assert not await lake.exists("k")
        assert [upload async for upload in lake.uploads.list()] == []

    _with(storage, work)


def test_nothing_runs_in_the_loops_own_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS)
    threads: set[str] = set()
    around = recorder.around

    def note(operation: str, call: Any, /, *args: Any) -> Any:
        threads.add(threading.current_thread().name)
        return around(operation, call, *args)

    monkeypatch.setattr(recorder, "around", note)

    async def work(lake: AsyncStorage) -> None:
        await lake.put("k", bytes(30))
        async with await lake.open("l", "wb") as file:
            await file.write(bytes(30))
        assert [entry.key async for entry in lake.list(page_size=1)] == ["k", "l"]
        assert len([page async for page in lake.list_pages(page_size=1)]) == 2
        assert [upload async for upload in lake.uploads.list()] == []
        await lake.tags.get("k")

    _with(storage, work)
    assert threads
    assert all(name.startswith("holdall") for name in threads)


def test_bad_arguments_of_a_listing_are_refused(storage: Storage) -> None:
    async def work(lake: AsyncStorage) -> None:
        with pytest.raises(errors.InvalidRequest):
            _ = [entry async for entry in lake.list(limit=-1)]
        with pytest.raises(errors.InvalidRequest):
            lake.list_pages(page_size=0)

    _with(storage, work)


class TestCancelled:
    """A cancelled call goes on in its thread, and nobody gets what it reads."""

    @pytest.fixture
    def held(self, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
        """Reading and writing wait for it."""
        go_on = threading.Event()

        def held_up(original: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                assert go_on.wait(20)
                return original(*given)

            return call

        monkeypatch.setattr(GetResult, "read", held_up(GetResult.read))
        monkeypatch.setattr(ObjectReader, "readinto", held_up(ObjectReader.readinto))
        monkeypatch.setattr(ObjectWriter, "write", held_up(ObjectWriter.write))
        storage.put("k", b"0123456789")
        return go_on

    async def _give_up(self, call: Awaitable[Any], held: threading.Event) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.05)
        held.set()

    def test_a_stream_comes_without_a_gap_or_not_at_all(self, storage: Storage, held: threading.Event) -> None:
        async def work(lake: AsyncStorage) -> None:
            async with await lake.get("k") as body:
                await self._give_up(body.read(4), held)
                with pytest.raises(errors.InvalidRequest, match="cancelled"):
                    await body.read(4)

        _with(storage, work)

    def test_a_file_that_is_read_goes_on_where_it_is_told_to(self, storage: Storage, held: threading.Event) -> None:
        async def work(lake: AsyncStorage) -> None:
            async with await lake.open("k") as file:
                await self._give_up(file.read(4), held)
                with pytest.raises(errors.InvalidRequest, match="cancelled"):
                    await file.read(4)
                assert await file.seek(4) == 4
                assert await file.read(4) == b"4567"

        _with(storage, work)

    def test_what_is_written_is_not_written_twice(self, storage: Storage, held: threading.Event) -> None:
        async def work(lake: AsyncStorage) -> None:
            async def written() -> None:
                async with await lake.open("new", "wb") as file:
                    await self._give_up(file.write(b"0123"), held)
                    await file.write(b"0123")

            with pytest.raises(errors.InvalidRequest, match="cancelled"):
                await written()
            assert not await lake.exists("new")

        _with(storage, work)

    def test_nothing_is_closed_under_a_call_that_goes_on(self, storage: Storage, held: threading.Event) -> None:
        async def work(lake: AsyncStorage) -> None:
            file = await lake.open("new", "wb")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(file.write(b"0123"), 0.05)
            closing = asyncio.ensure_future(file.close())
            await asyncio.sleep(0.05)
            assert not closing.done()
            held.set()
            await closing
            assert storage.provider.get("new", opt.GET).info.size == 4

        _with(storage, work)
