"""Writers send their parts in the background: several at a time, in bounded memory, and nothing that fails is lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.layers.forwarding import ForwardingProvider
from holdall.storage import Storage
from holdall.testing.bodies import body_of
from holdall.testing.fakes import Fault
from holdall.transfer import spool
from holdall.transfer.leftovers import left_by
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.models import PartInfo


class Gate(ForwardingProvider):
    """A store that takes parts only once the gate is open."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.open = threading.Event()
        self.came: list[int] = []
        self.aborts: list[str] = []

    def upload_part(self, key: str, upload_id: str, number: int, *args: Any) -> PartInfo:
        self.came.append(number)
        self.open.wait(30)
        return super().upload_part(key, upload_id, number, *args)

    def abort_upload(self, key: str, upload_id: str) -> None:
        self.aborts.append(upload_id)
        super().abort_upload(key, upload_id)


def opened(*faults: Fault, **transfer: Any) -> Storage:
    settings = TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4} | transfer)
    return memory_storage(*faults, name=uuid.uuid4().hex, transfer=settings)[0]


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A closed one, before a store of its own; it is open at the end, so that no thread stays behind."""
    made = Gate(opened().provider)
    yield made
    made.open.set()


def behind(gate: Gate, **transfer: Any) -> Storage:
    settings = TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4} | transfer)
    return Storage(gate, transfer=settings)


def wait_until(holds: Any) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_parts_are_under_way_while_more_is_written_and_no_more_than_that(gate: Gate) -> None:
    storage, data = behind(gate, max_concurrency=3), body_of(30)
    file = storage.open("k", "wb")
    for start in range(0, 12, 2):
        file.write(data[start : start + 2])  # three parts, of which none arrives
    wait_until(lambda: sorted(gate.came) == [1, 2, 3])
    rest = threading.Thread(target=file.write, args=(data[12:],))
    rest.start()
    rest.join(0.1)
    assert rest.is_alive()  # a fourth would be one too many
    assert file.tell() == 12
    gate.open.set()
    rest.join(20)
    file.close()
    assert storage.get("k").read() == data
    assert sorted(gate.came) == list(range(1, 9))


def test_they_take_no_more_memory_than_a_streams(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "STREAM_MEMORY", 8)
    file = behind(gate, max_concurrency=10).open("k", "wb")
    file.write(bytes(10))
    rest = threading.Thread(target=file.write, args=(bytes(10),))
    rest.start()
    rest.join(0.1)
    assert rest.is_alive()
    assert sorted(gate.came) == [1, 2]
    gate.open.set()
    rest.join(20)
    file.close()


def lost(storage: Storage, file: Any, call: Any, refused: threading.Event) -> None:
    """A part was refused: the call says so, and nothing is left."""
    assert refused.wait(20)
    with pytest.raises(errors.AccessDenied):
        wait_until(call)  # until the thread has handed its error over
    assert file.closed
    file.close()
    assert not storage.exists("k")
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("call", ["write", "flush", "close"])
def test_what_goes_wrong_with_a_part_is_told_by_the_next_call(call: str) -> None:
    refused = threading.Event()

    class Refusing(ForwardingProvider):
        def upload_part(self, *_: Any) -> PartInfo:
            refused.set()
            raise errors.AccessDenied("no")

    inner = opened()
    storage = Storage(Refusing(inner.provider), transfer=inner.transfer)
    file: Any = storage.open("k", "wb")
    file.write(bytes(10))
    calls = {"write": lambda: file.write(b""), "flush": file.flush, "close": file.close}
    lost(storage, file, calls[call], refused)


def test_a_block_that_fails_sends_no_more_and_leaves_nothing(gate: Gate) -> None:
    storage = behind(gate, max_concurrency=2)
    threading.Timer(0.1, gate.open.set).start()
    with pytest.raises(KeyError) as caught, storage.open("k", "wb") as file:  # noqa: PT012 - what is written matters
        file.write(bytes(10))
        raise KeyError
    assert left_by(caught.value) is None
    assert not storage.exists("k")
    assert list(storage.uploads.list()) == []


def test_giving_up_takes_a_second_even_if_the_store_hangs(gate: Gate) -> None:
    storage = behind(gate)
    given_up = 0.0
    with pytest.raises(KeyboardInterrupt), storage.open("k", "wb") as file:  # noqa: PT012 - what is written matters
        file.write(bytes(10))
        wait_until(lambda: len(gate.came) == 2)
        given_up = time.monotonic()
        raise KeyboardInterrupt
    assert time.monotonic() - given_up < 1.5
    gate.open.set()
    wait_until(lambda: len(gate.aborts) == 2)  # once more, since the parts that hung may have brought it back
    assert list(storage.uploads.list()) == []


def test_a_writer_that_is_dropped_stops_its_threads(gate: Gate) -> None:
    before = threading.active_count()
    storage = behind(gate)
    gate.open.set()
    file: Any = storage.open("k", "wb")
    file.write(bytes(10))
    with pytest.warns(ResourceWarning, match="nothing was published"):
        del file
    wait_until(lambda: threading.active_count() <= before)
    assert not storage.exists("k")
    assert list(storage.uploads.list()) == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("call", ["close", "abort", "write"])
def test_a_forked_process_neither_hangs_nor_harms_the_upload(call: str) -> None:
    storage, data = opened(), body_of(20)
    file: Any = storage.open("k", "wb")
    file.write(data[:12])
    wait_until(lambda: len(list(storage.uploads.parts("k", next(storage.uploads.list()).upload_id))) == 3)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with suppress(errors.TransferError):
                getattr(file, call)(*([b"more"] if call == "write" else []))
            # The store is memory: what was aborted here is gone here alone.
            code = 0 if len(list(storage.uploads.list())) == 1 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    file.write(data[12:])
    file.close()
    assert storage.get("k").read() == data


FORGETFUL = """
import atexit
from holdall.config.store import TransferSettings
from tests.storage.support import memory_storage

settings = TransferSettings(multipart_threshold=10, chunk_size=4)
storage, recorder = memory_storage(name="forgetful", transfer=settings)
atexit.register(lambda: print(recorder.operations.count("abort_upload") > 0, list(storage.uploads.list())))
file = storage.open("k", "wb")
file.write(bytes(20))
"""


def test_a_program_that_forgets_to_close_ends_and_leaves_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", FORGETFUL], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "[]"]


def test_text_is_sent_the_same_way() -> None:
    storage = opened()
    with storage.open("k", "w") as file:
        assert isinstance(file, io.TextIOWrapper)
        for _ in range(20):
            file.write("äöü")
        file.flush()
    assert storage.get("k").read().decode() == "äöü" * 20


def test_create_only_looks_when_it_is_opened_and_decides_when_it_is_closed() -> None:
    storage = opened()
    storage.put("there", b"old")
    with pytest.raises(errors.ObjectAlreadyExists, match="already"):
        storage.open("there", "xb")
    file = storage.open("k", "xb")
    file.write(b"mine")
    storage.put("k", b"theirs")  # in between
    with pytest.raises(errors.ObjectAlreadyExists):
        file.close()
    assert storage.get("k").read() == b"theirs"


def test_create_only_is_for_those_too_who_may_not_look() -> None:
    storage = opened(Fault("head", errors.AccessDenied("no")))
    with storage.open("k", "xb") as file:
        file.write(b"mine")
    assert storage.get("k").read() == b"mine"
