"""Streams of any length pass through bounded memory, on stores with and without multipart uploads."""

from __future__ import annotations

import errno
import tempfile
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.storage import Storage
from holdall.testing.fakes import Fault
from holdall.transfer import spool
from holdall_local.kind import LOCAL
from tests.storage.support import SMALL_PARTS, memory_storage, peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1024 * 1024
SIZE = 64 * MIB
MOST = 24 * MIB
"""What a transfer may take: 16 MiB that are kept, what io.BytesIO takes ahead (an eighth), a few chunks of 1 MiB."""
TWO_PARTS = {"multipart_threshold": 20 * MIB, "max_concurrency": 2}
"""Two parts of 8 MiB at a time."""


def _stream() -> Iterator[bytes]:
    return (bytes([number]) * MIB for number in range(SIZE // MIB))


def _put(storage: Storage) -> None:
    storage.put("k", _stream())


def _write(storage: Storage) -> None:
    with storage.open("k", "wb") as file:
        for chunk in _stream():
            file.write(chunk)


@pytest.mark.parametrize(("plain", "transfer"), [
    pytest.param(True, {}, id="no parts"),
    pytest.param(False, {}, id="below the threshold"),
    pytest.param(False, TWO_PARTS, id="in parts"),
    pytest.param(False, {"multipart_threshold": 40 * MIB, "chunk_size": 40 * MIB}, id="in large parts"),
])  # fmt: skip
@pytest.mark.parametrize("way", [_put, _write])
def test_a_stream_takes_bounded_memory(
    tmp_path: Path, way: Callable[[Storage], None], *, plain: bool, transfer: dict[str, Any]
) -> None:
    store = LOCAL.settings(provider="local", root=tmp_path / "store", durable=False, plain=plain)
    with Storage(LOCAL.open(store, "store"), transfer=TransferSettings.model_validate(transfer)) as storage:
        assert peak_memory(lambda: way(storage)) < MOST
        with storage.open("k") as file:
            assert all(file.read(MIB) == expected for expected in _stream())
            assert file.read(1) == b""


@pytest.fixture
def in_files(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Spools that keep 3 bytes in memory, so that small tests reach the files; the files that were made."""
    made = []
    make = tempfile.TemporaryFile

    def temporary(**arguments: Any) -> Any:
        made.append(make(**arguments))
        return made[-1]

    monkeypatch.setattr(spool, "KEEP", 3)
    monkeypatch.setattr(spool, "CHUNK", 2)
    monkeypatch.setattr("holdall.transfer.spool.tempfile.TemporaryFile", temporary)
    return made


def _storage(*faults: Fault, parts: bool) -> Storage:
    return memory_storage(
        *faults, name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities={"multipart.uploads": parts}
    )[0]


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize("size", [0, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 41])
@pytest.mark.parametrize("step", [1, 3, 50])
def test_every_byte_arrives_through_files(in_files: list[Any], *, parts: bool, size: int, step: int) -> None:
    storage, data = _storage(parts=parts), bytes(range(size))
    chunks = [data[start : start + step] for start in range(0, size, step)]
    storage.put("put", iter(chunks))
    with storage.open("written", "wb") as file:
        for chunk in chunks:
            file.write(chunk)
    assert storage.get("put").read() == data
    assert storage.get("written").read() == data
    assert bool(in_files) is (size > 3)
    assert all(file.closed for file in in_files)


@pytest.mark.parametrize("operation", ["put", "upload_part", "complete_upload"])
def test_a_failure_leaves_no_file_open_and_nothing_published(in_files: list[Any], operation: str) -> None:
    broken = Fault(operation, errors.InternalError("broken"))
    storage = _storage(broken, parts=operation != "put")
    with pytest.raises(errors.InternalError):
        storage.put("k", iter([bytes(40)]))
    assert in_files
    assert all(file.closed for file in in_files)
    assert not storage.exists("k")
    storage = _storage(broken, parts=operation != "put")
    file = storage.open("k", "wb")
    with pytest.raises(errors.InternalError):  # whichever of the two reaches the store
        _write_and_close(file)
    assert all(file.closed for file in in_files)
    assert not storage.exists("k")


def _write_and_close(file: Any) -> None:
    file.write(bytes(40))
    file.close()


def test_a_writer_that_is_given_up_closes_its_file(in_files: list[Any]) -> None:
    storage = _storage(parts=False)
    with pytest.raises(KeyError), storage.open("k", "wb") as file:  # noqa: PT012 - what is written matters
        file.write(bytes(40))
        raise KeyError
    assert [file.closed for file in in_files] == [True]


@pytest.mark.parametrize("parts", [False, True])
def test_no_room_for_the_stream_says_so_and_publishes_nothing(
    in_files: list[Any], monkeypatch: pytest.MonkeyPatch, *, parts: bool
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    storage = _storage(parts=parts)
    monkeypatch.setattr("holdall.transfer.spool.os.write", full)
    with pytest.raises(errors.TransferError, match="No space left") as caught:
        storage.put("k", iter([bytes(40)]))
    assert "TMPDIR" in str(caught.value.hint)
    file = storage.open("k", "wb")
    with pytest.raises(errors.TransferError):
        file.write(bytes(40))
    file.close()
    assert not storage.exists("k")
    assert in_files
    assert all(file.closed for file in in_files)


@pytest.mark.parametrize("later", [None, "text", 5])
def test_a_stream_that_stops_yielding_bytes_is_never_taken_for_its_end(later: Any) -> None:
    class Source:
        def __init__(self) -> None:
            self.answers = iter([b"begin", later])

        def read(self, size: int = -1) -> Any:
            return next(self.answers)

    storage = _storage(parts=False)
    with pytest.raises(errors.InvalidRequest):
        storage.put("k", Source())
    assert not storage.exists("k")
