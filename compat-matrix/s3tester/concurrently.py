"""Runs functions at the same time, in threads that never keep the process from ending."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def concurrently(tasks: Sequence[Callable[[], T]], at_once: int) -> list[T]:
    """Runs them all and waits for them.

    Args:
        tasks: What to run.
        at_once: Threads.

    Returns:
        What they returned, in their order.

    Raises:
        BaseException: What the first of them raised that did not return.
    """
    if not tasks:
        return []
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(tasks)):
        waiting.put(index)
    done: dict[int, T] = {}
    failed: dict[int, BaseException] = {}
    start = threading.Barrier(min(at_once, len(tasks)))

    def work() -> None:
        start.wait()  # so that they really come at the same time
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done[index] = tasks[index]()
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                failed[index] = error

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(at_once, len(tasks)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [done[index] for index in range(len(tasks))]
