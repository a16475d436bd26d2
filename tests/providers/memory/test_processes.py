"""Threads, forks, pickles."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from holdall.errors import ObjectAlreadyExists, PreconditionFailed
from holdall.options import GET, HEAD, LIST, PUT, ListOptions, PutOptions
from holdall_memory import account as accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_memory.provider import MemoryProvider

THREADS = 8


def in_threads(work: Callable[[int], object]) -> None:
    """Runs something in several threads that begin together."""
    together = threading.Barrier(THREADS)

    def run(number: int) -> None:
        together.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run, number) for number in range(THREADS)]:
            done.result()


@pytest.fixture(autouse=True)
def _hasty() -> object:
    """Switch threads as often as can be, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_one_of_many_creators_wins(provider: MemoryProvider) -> None:
    winners = []

    def create(number: int) -> None:
        for key in range(20):
            with suppress(ObjectAlreadyExists):
                provider.put(str(key), str(number).encode(), PutOptions(if_absent=True))
                winners.append((key, number))

    in_threads(create)
    assert sorted(key for key, _ in winners) == list(range(20))
    for key, number in winners:
        assert provider.get(str(key), GET).read() == str(number).encode()


def test_no_increment_is_lost(provider: MemoryProvider) -> None:
    provider.put("counter", b"0", PUT)

    def increment(_: int) -> None:
        for _done in range(20):
            while True:
                with provider.get("counter", GET) as result, suppress(PreconditionFailed):
                    value = int(result.read()) + 1
                    provider.put("counter", str(value).encode(), PutOptions(if_match=result.info.etag))
                    break

    in_threads(increment)
    assert provider.get("counter", GET).read() == str(20 * THREADS).encode()


def test_listings_and_writes_at_the_same_time(provider: MemoryProvider) -> None:
    def work(number: int) -> None:
        for key in range(30):
            provider.put(f"{key:02}-{number}", b"", PUT)
            page = provider.list_page(ListOptions(limit=5))
            assert 1 <= len(page.entries) <= 5

    in_threads(work)
    shown = [entry.key for entry in provider.list_page(LIST).entries]
    assert shown == sorted(f"{key:02}-{number}" for key in range(30) for number in range(THREADS))


def test_pickled_and_found_again(provider: MemoryProvider) -> None:
    provider.put("key", b"data", PUT)
    again = pickle.loads(pickle.dumps(provider))
    assert again.get("key", GET).read() == b"data"
    assert again.info == provider.info
    assert again.capabilities == provider.capabilities
    bound = pickle.loads(pickle.dumps(provider.bind("other")))
    assert bound.info.bucket == "other"


def test_another_process_has_another_store(provider: MemoryProvider) -> None:
    provider.put("key", b"data", PUT)
    program = """
import pickle, sys
from holdall.options import LIST, PUT, GET
provider = pickle.loads(sys.stdin.buffer.read())
assert provider.list_page(LIST).entries == ()
provider.put("key", b"other", PUT)
print(provider.get("key", GET).read())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(provider), capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, b"b'other'"), done.stderr.decode()
    assert provider.get("key", GET).read() == b"data"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_has_a_copy_even_if_a_thread_held_the_lock(provider: MemoryProvider) -> None:
    provider.put("key", b"data", PUT)
    stop = threading.Event()

    def write() -> None:
        # The breaths are shorter than the writes: the lock is held at most forks, and the forking thread gets on.
        while not stop.wait(1e-5):
            provider.put("busy", b"x" * 1000, PUT)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(8):
            assert run_in_child(lambda: child_works(provider)) == 0
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert provider.get("key", GET).read() == b"data"
    assert not accounts._accounts_lock.locked()


def child_works(provider: MemoryProvider) -> bool:
    same = provider.get("key", GET).read() == b"data"
    provider.put("key", b"child", PUT)
    return same and provider.head("key", HEAD).size == 5


def run_in_child(work: Callable[[], bool]) -> int:
    """Forks, and returns the child's exit code; a child that hangs is ended by its alarm."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # pytest-timeout has a handler, which can't interrupt a lock
        signal.alarm(10)
        code = 1
        try:
            code = 0 if work() else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
