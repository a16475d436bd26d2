"""Forks and pickles."""

from __future__ import annotations

import os
import pickle
import select
import signal
import threading
import traceback
import warnings
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.errors import StorageError
from holdall.testing.base import Suite
from holdall.testing.bodies import body_of
from holdall.testing.calls import put, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

CHILD_SECONDS = 30
"""A child that takes longer hangs on something that it inherited."""


def in_child(task: Callable[[], None]) -> str:
    """Runs a task in a forked child.

    Args:
        task: What to do there; its assertions count.

    Returns:
        What went wrong, ``""`` where nothing did.
    """
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks in processes with threads: to survive just that is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            task()
            report = ""
        except BaseException:  # noqa: BLE001 -- whatever it is, the parent has to know, and no test must go on in here
            report = traceback.format_exc()
        os.write(write_end, (report or "fine").encode()[-4000:])
        os._exit(0)
    os.close(write_end)
    try:
        ready, _, _ = select.select([read_end], [], [], CHILD_SECONDS)
        if not ready:
            os.kill(child, signal.SIGKILL)
            return f"the child did not finish in {CHILD_SECONDS} s"
        report = os.read(read_end, 5000).decode()
        return "" if report == "fine" else report or "the child ended without a word"
    finally:
        os.close(read_end)
        os.waitpid(child, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
class ForkSuite(Suite):
    """A child works with connections of its own."""

    def test_a_child_goes_on_with_a_provider_that_was_used(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(300_000)
        put(provider, "parent", body)
        assert read(provider, "parent") == body

        def child() -> None:
            assert read(provider, "parent") == body
            put(provider, "child", b"from the child")
            assert read(provider, "child") == b"from the child"

        assert in_child(child) == ""
        assert read(provider, "parent") == body

    def test_a_stream_that_is_open_stays_the_parents(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(3_000_000)
        put(provider, "key", body)
        with provider.get("key", opt.GET) as result:
            start = result.read(1000)

            def child() -> None:
                assert read(provider, "key") == body

            assert in_child(child) == ""
            assert start + result.read() == body

    def test_a_fork_while_other_threads_are_at_work(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        stop = threading.Event()
        failures: list[BaseException] = []

        def keep_busy() -> None:
            try:
                while not stop.is_set():
                    put(provider, "busy", b"busy")
                    assert read(provider, "key") == b"data"
            except BaseException as error:  # noqa: BLE001 -- reported below
                failures.append(error)

        def child() -> None:
            assert read(provider, "key") == b"data"

        threads = [threading.Thread(target=keep_busy) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            reports = [in_child(child) for _ in range(3 if harness.slow else 5)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert [report for report in reports if report] == []
        assert failures == []


class PickleSuite(Suite):
    """A provider travels to other processes, its secrets stay at home."""

    def test_a_pickle_works_and_carries_no_secret(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        try:
            pickled = pickle.dumps(provider)
        except TypeError as error:  # what can't travel without its secrets stays at home, and says what travels instead
            assert "Storage" in str(error)  # noqa: PT017 -- both ways are right
            return
        for secret in harness.secrets():
            assert secret.encode() not in pickled
        again: StorageProvider = pickle.loads(pickled)  # noqa: S301 -- pickled a moment ago
        try:
            assert type(again) is type(provider)
            assert again.info == provider.info
            assert again.capabilities == provider.capabilities
            assert read(again, "key") == b"data"
        finally:
            again.close()

    def test_errors_survive_pickling(self, provider: StorageProvider, harness: Harness) -> None:
        with pytest.raises(StorageError) as caught:
            read(provider, "missing")
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 -- pickled a moment ago
        assert type(again) is type(caught.value)
        assert again.details() == caught.value.details()
        assert str(again) == str(caught.value)


class ForkAndPickleSuite(ForkSuite, PickleSuite):
    """Everything about other processes."""
