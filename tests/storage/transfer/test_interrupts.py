"""Ctrl-C while an upload is being begun: it waits until the upload's id is known, and is never lost."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall.transfer import interrupts
from holdall.transfer.interrupts import interrupts_wait
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.storage import Storage

DATA = bytes(50)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Python's own handling of Ctrl-C, whatever runs the tests has set."""
    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def interrupted(rest: Callable[[], object]) -> None:
    """A block that is interrupted, and goes on with the rest."""
    with interrupts_wait():
        interrupt()
        rest()


def say_no() -> None:
    raise RuntimeError("the store said no")


def test_it_acts_after_the_block() -> None:
    done: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: done.append(True))
    assert done == [True]


def test_it_surfaces_where_the_block_raises_something_else() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted(say_no)
    assert isinstance(caught.value.__context__, RuntimeError)


def test_it_acts_once_where_it_could_not_wait_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", 0.05)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted(lambda: time.sleep(30))
    assert time.monotonic() - began < 20
    assert caught.value.__context__ is None


def test_a_handler_that_does_not_raise_hides_no_error() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with pytest.raises(RuntimeError, match="said no"):
            interrupted(say_no)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


def test_other_threads_leave_signals_alone() -> None:
    seen: list[Any] = []

    def work() -> None:
        with interrupts_wait():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def write(storage: Storage) -> None:
    with storage.open("b", "wb") as file:
        file.write(DATA)


@pytest.mark.parametrize(
    "transfer",
    [lambda storage: storage.put("b", DATA), lambda storage: storage.put("b", iter([DATA])), write,
     lambda storage: storage.copy("a", "b")],
    ids=["put", "stream", "open", "copy"],
)  # fmt: skip
def test_an_upload_that_was_being_begun_is_not_left(
    transfer: Callable[[Storage], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities={"copy.max_size": 10})
    storage.put("a", DATA)
    recorder.calls.clear()
    around = recorder.around

    def while_beginning(operation: str, call: Any, /, *args: Any) -> Any:
        result = around(operation, call, *args)
        if operation == "create_upload":
            interrupt()  # the upload is there, and its id on the way
        return result

    monkeypatch.setattr(recorder, "around", while_beginning)
    with pytest.raises(KeyboardInterrupt):
        transfer(storage)
    assert recorder.operations.count("create_upload") == 1
    assert list(storage.uploads.list()) == []
    assert not storage.exists("b")
