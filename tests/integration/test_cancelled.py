"""asyncio tasks that are cancelled while a transfer runs: it ends at once, and the next one goes on from there."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from holdall import AsyncStorage
from tests.integration.conftest import MIB, PART, Place, nothing_left
from tests.places import MAIN, at
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from holdall.transfer.progress import Progress, ProgressEvent

RATE = 4 * MIB
"""Bytes per second of each connection: all of it would take several seconds."""
AT_ONCE = 2.0
"""Seconds that a cancelled transfer may take at most to end; it is to be within one, and this machine may be busy."""


async def cancelled(
    place: Place, work: Callable[[AsyncStorage, Progress], Awaitable[Any]], when: Callable[[int], bool], **transfer: Any
) -> float:
    """Cancels a transfer when it is so far (bytes moved); returns how long it then took to end, threads included."""
    moved = 0

    def tell(event: ProgressEvent) -> None:
        nonlocal moved
        moved = event.transferred

    async with AsyncStorage(place.open(transfer=transfer)) as lake:
        task = asyncio.ensure_future(work(lake, tell))
        await until(lambda: when(moved) or task.done())
        assert not task.done()
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not any(each.name.startswith("holdall-") for each in threading.enumerate()))
        return time.monotonic() - began


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - nothing of asyncio's tells
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("workers", [1, 3])
@at(MAIN, "swift-sdk")
def test_a_download_ends_and_is_gone_on_with(workers: int, place: Place, data: bytes, tmp_path: Path) -> None:
    data += data
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    place.proxy.add(faults.slow(RATE), method="GET", times=1000)
    enough = 3 * PART  # of three pieces under way one is whole, and one stream is past its first mark
    seconds = asyncio.run(
        cancelled(
            place,
            lambda lake, tell: lake.download_file("k", tmp_path / "file", progress=tell),
            lambda moved: moved > enough,
            max_concurrency=workers,
        )
    )
    assert seconds < AT_ONCE
    assert not (tmp_path / "file").exists()
    place.proxy.clear()
    told: list[int] = []
    with place.open(transfer={"max_concurrency": workers}) as storage:
        storage.download_file("k", tmp_path / "file", progress=lambda event: told.append(event.transferred))
    assert told[0] > 0
    assert (tmp_path / "file").read_bytes() == data
    nothing_left(place, tmp_path, "file")


@pytest.mark.parametrize("workers", [1, 3])
@at(MAIN, "swift-sdk")
def test_an_upload_in_parts_ends_and_is_gone_on_with(workers: int, place: Place, file: Path, data: bytes) -> None:
    place.proxy.add(faults.slow(RATE), method="PUT", times=1000)
    seconds = asyncio.run(
        cancelled(
            place,
            lambda lake, tell: lake.upload_file(file, "k", progress=tell),
            lambda moved: moved > PART,
            max_concurrency=workers,
        )
    )
    assert seconds < AT_ONCE
    assert place.stored() is None
    place.proxy.clear()
    with place.open() as storage:
        storage.upload_file(file, "k")
    assert place.proxy.count("POST", r"\?uploads") == 0  # it was gone on with
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@at(MAIN, "moto-direct")
def test_an_upload_that_is_just_being_begun_ends_and_is_in_nobodys_way(place: Place, file: Path, data: bytes) -> None:
    gate = threading.Event()

    def hold() -> None:
        gate.wait()

    place.proxy.add(faults.calling(faults.Fault(), hold), method="POST", target=r"\?uploads")

    async def cancel_and_repeat() -> float:
        async with AsyncStorage(place.open(connection={"read_timeout": 30})) as lake:
            task = asyncio.ensure_future(lake.upload_file(file, "k"))
            await until(lambda: place.proxy.count("POST", r"\?uploads") == 1)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            seconds = time.monotonic() - began
            await lake.upload_file(file, "k")  # nobody holds the file any more, though the store has not answered yet
            gate.set()
            await until(lambda: not any(each.name.startswith("holdall-") for each in threading.enumerate()))
            return seconds

    try:
        assert asyncio.run(cancel_and_repeat()) < AT_ONCE
    finally:
        gate.set()
    assert place.stored() == data
    nothing_left(place, file.parent, "file")  # what the store had begun in the end was aborted


@at(MAIN, "swift-sdk")
def test_an_upload_in_one_request_ends_and_nothing_is_there(place: Place, file: Path) -> None:
    place.proxy.add(faults.slow(RATE // 2), method="PUT", times=1000)
    seconds = asyncio.run(
        cancelled(
            place,
            lambda lake, tell: lake.upload_file(file, "k", progress=tell),
            lambda moved: moved > 0,
            multipart_threshold=10 * PART,
        )
    )
    assert seconds < AT_ONCE
    assert place.stored() is None
    nothing_left(place, file.parent, "file")


def test_waiting_for_another_attempt_ends(place: Place, file: Path) -> None:
    place.proxy.add(faults.refuse(503, "SlowDown", headers={"Retry-After": "30"}), method="PUT", times=1000)
    seconds = asyncio.run(
        cancelled(
            place,
            lambda lake, _: lake.put("k", file.read_bytes()[:1000]),
            lambda _: place.proxy.count("PUT") > 0,
        )
    )
    assert seconds < AT_ONCE
    assert place.stored() is None
