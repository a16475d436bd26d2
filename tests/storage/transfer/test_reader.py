"""``Storage.open`` for reading: what is sent, and what is compared."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.options import BackendOptions
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = bytes(range(250)) * 20


@pytest.fixture
def opened() -> tuple[Storage, RecordingProvider]:
    storage, recorder = memory_storage(name=uuid.uuid4().hex)
    storage.put("k", DATA, checksum_algorithm="CRC32")
    recorder.calls.clear()
    return storage, recorder


def flip_a_byte(recorder: RecordingProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the store sends another first byte than it keeps."""
    around = recorder.around

    def flipped(operation: str, call: Any, /, *args: Any) -> Any:
        result = around(operation, call, *args)
        if operation == "get" and result.start == 0:
            result.compare_with(next(iter(result.info.checksums)))  # at any cost, as a provider may that is asked
            monkeypatch.setattr(result, "_source", io.BytesIO(b"?" + DATA[1 : result.length]))
        return result

    monkeypatch.setattr(recorder, "around", flipped)


@pytest.mark.parametrize("size", [-1, 700, len(DATA), 1])
def test_bytes_read_from_beginning_to_end_are_compared(
    opened: tuple[Storage, RecordingProvider], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    storage, recorder = opened
    flip_a_byte(recorder, monkeypatch)
    read = b""
    with storage.open("k", buffer_size=64) as file, pytest.raises(errors.ChecksumMismatch):  # noqa: PT012 - what was read until then
        while piece := file.read(size):
            read += piece
    assert len(read) < len(DATA)


def test_a_checksum_that_takes_longer_than_the_transfer_is_not_computed(
    opened: tuple[Storage, RecordingProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, recorder = opened
    flip_a_byte(recorder, monkeypatch)
    monkeypatch.setattr("holdall.checksums.is_quick", lambda _: False)
    with storage.open("k") as file:
        assert file.read() == b"?" + DATA[1:]


def test_a_part_of_the_object_has_no_checksum(
    opened: tuple[Storage, RecordingProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, recorder = opened
    with storage.open("k", buffer_size=64) as file:
        assert file.read(10) == DATA[:10]
        file.seek(-10, io.SEEK_END)
        monkeypatch.setattr("holdall.transfer.reader.SKIP", 0)
        file.seek(1000)
        assert file.read(100) == DATA[1000:1100]
    asked = [call.args[1].checksums for call in recorder.calls if call.operation == "get"]
    assert asked == [True, False]


def test_checksums_are_asked_for_only_where_the_store_keeps_some() -> None:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, capabilities={"checksums.stored": "no"})
    storage.put("k", DATA)
    with storage.open("k") as file:
        assert file.read() == DATA
    assert [call.args[1].checksums for call in recorder.calls if call.operation == "get"] == [False]


def test_the_providers_own_options_go_with_each_request(opened: tuple[Storage, RecordingProvider]) -> None:
    storage, recorder = opened
    own = BackendOptions()
    with pytest.raises(errors.OptionNotSupported):  # the memory provider has none
        storage.open("k", backend=own)
    with pytest.raises(errors.InvalidRequest, match="backend"):
        storage.open("k", backend="private")  # type: ignore[arg-type]
    assert [(call.operation, call.args[1].backend) for call in recorder.calls] == [("head", own)]
    with pytest.raises(errors.InvalidRequest, match=r"^metadata: for writing only"):
        storage.open("k", backend=own, metadata={"a": "b"})
