"""Many threads at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from holdall import options as opt
from holdall.errors import ConditionalRequestConflict, ObjectAlreadyExists, ObjectNotFound, PreconditionFailed
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import body_of
from holdall.testing.calls import delete, in_utf8_order, keys, put, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

THREADS = 8


def at_once(count: int, task: Callable[[int], Any]) -> list[Any]:
    """Runs a task in several threads that begin together, and returns what each gave.

    Args:
        count: How many threads.
        task: Called with the thread's number.
    """
    barrier = threading.Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait(30)
        return task(number)

    with ThreadPoolExecutor(count) as pool:
        return [future.result(100) for future in [pool.submit(begin, number) for number in range(count)]]


class ConcurrencySuite(Suite):
    """One provider in many threads, many writers of one key."""

    def test_threads_share_a_provider(self, provider: StorageProvider, harness: Harness) -> None:
        rounds = 3 if harness.slow else 10

        def work(number: int) -> list[str]:
            written = []
            for turn in range(rounds):
                key, body = f"thread{number}/{turn}", body_of(2000, f"{number} {turn}")
                put(provider, key, body)
                assert read(provider, key) == body
                written.append(key)
            return written

        written = [key for done in at_once(THREADS, work) for key in done]
        assert keys(provider) == in_utf8_order(written)

    def test_readers_see_one_write_and_never_a_mixture(self, provider: StorageProvider, harness: Harness) -> None:
        rounds = 4 if harness.slow else 25
        sizes = (10, 40_000, 300_000)
        bodies = {bytes([65 + number]) * size for number, size in enumerate(sizes)}
        with_metadata = provider.capabilities.supports("put.metadata", safety=True)
        put(provider, "key", b"A" * sizes[0], **({"metadata": {"writer": "A"}} if with_metadata else {}))

        def work(number: int) -> int:
            if number < len(sizes):
                name = chr(65 + number)
                for _ in range(rounds):
                    options = {"metadata": {"writer": name}} if with_metadata else {}
                    put(provider, "key", name.encode() * sizes[number], **options)
                return 0
            for _ in range(rounds):
                with provider.get("key", opt.GET) as result:
                    body = result.read()
                assert body in bodies
                assert result.info.size == len(body)
                if with_metadata:
                    assert result.info.metadata == {"writer": chr(body[0])}
            return 1

        assert sum(at_once(len(sizes) + 3, work)) == 3

    def test_deleting_and_writing_leaves_all_or_nothing(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(50_000)

        def work(number: int) -> None:
            for _ in range(2 if harness.slow else 15):
                if number % 3 == 0:
                    put(provider, "folder/key", body)
                elif number % 3 == 1:
                    delete(provider, "folder/key")
                else:
                    try:
                        assert read(provider, "folder/key") == body
                    except ObjectNotFound:
                        continue

        at_once(6, work)
        put(provider, "folder/key", body)
        assert read(provider, "folder/key") == body
        assert keys(provider) == ["folder/key"]

    @needs("put.if_absent")
    def test_exactly_one_create_wins(self, provider: StorageProvider, harness: Harness) -> None:
        for turn in range(2 if harness.slow else 8):
            key = f"lock/{turn}"

            def work(number: int, key: str = key) -> int | None:
                try:
                    put(provider, key, str(number).encode() * 1000, if_absent=True)
                except (ObjectAlreadyExists, ConditionalRequestConflict):
                    return None
                return number

            winners = [number for number in at_once(THREADS, work) if number is not None]
            assert len(winners) == 1
            assert read(provider, key) == str(winners[0]).encode() * 1000

    @needs("put.if_match")
    def test_no_update_is_lost(self, provider: StorageProvider, harness: Harness) -> None:
        rounds, threads = (2, 3) if harness.slow else (6, 5)
        put(provider, "counter", b"0")

        def work(_number: int) -> int:
            conflicts, done = 0, 0
            while done < rounds:
                assert conflicts < 10_000, "no replacement ever succeeds"
                with provider.get("counter", opt.GET) as result:
                    value = int(result.read())
                try:
                    put(provider, "counter", str(value + 1).encode(), if_match=result.info.etag)
                    done += 1
                except (PreconditionFailed, ConditionalRequestConflict):
                    conflicts += 1
            return done

        assert sum(at_once(threads, work)) == int(read(provider, "counter")) == rounds * threads
