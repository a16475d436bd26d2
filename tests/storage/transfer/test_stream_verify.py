"""``storage.get(verify=...)``: what the bytes of a stream are compared with when the last has come."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.aio import AsyncStorage
from holdall.models import Checksum
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = b"some bytes" * 100


def opened(monkeypatch: pytest.MonkeyPatch, *, checksum: bool = True) -> tuple[Storage, RecordingProvider]:
    """A store that says something else of the object than what its bytes are, where it says something."""
    told = {} if checksum else {"checksums.stored": "no", "checksums.algorithms": []}
    storage, recorder = memory_storage(name=uuid.uuid4().hex, capabilities=told)
    storage.put("k", DATA, **({"checksum_algorithm": "CRC32"} if checksum else {}))  # type: ignore[arg-type]
    around = recorder.around

    def lie(operation: str, call: Any, /, *args: Any) -> Any:
        result = around(operation, call, *args)
        if operation == "get" and result.compared_with is not None:
            result.compare_with(Checksum(result.compared_with.algorithm, "AAAAAA=="))
        return result

    monkeypatch.setattr(recorder, "around", lie)
    recorder.calls.clear()
    return storage, recorder


@pytest.mark.parametrize("verify", ["auto", "strict"])
def test_bytes_that_are_not_the_objects_are_found_out(monkeypatch: pytest.MonkeyPatch, verify: Any) -> None:
    storage, _ = opened(monkeypatch)
    with storage.get("k", verify=verify) as result, pytest.raises(errors.ChecksumMismatch):
        result.read()


@pytest.mark.parametrize("read", [{"verify": "off"}, {"verify": "off", "checksums": True}, {}])
def test_off_and_silence_look_at_nothing(monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    storage, _ = opened(monkeypatch)
    with storage.get("k", **read) as result:
        assert result.read() == DATA


def test_strict_wants_something_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, _ = opened(monkeypatch, checksum=False)
    with pytest.raises(errors.Unverifiable):
        storage.get("k", verify="strict")
    assert storage.get("k", verify="auto").read() == DATA
    storage, _ = opened(monkeypatch)
    with pytest.raises(errors.Unverifiable):
        storage.get("k", (1, 10), verify="strict")


def test_an_unknown_mode_is_refused_before_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, recorder = opened(monkeypatch)
    with pytest.raises(errors.InvalidRequest, match="auto, strict, off"):
        storage.get("k", verify="never")  # type: ignore[arg-type]
    assert recorder.calls == []


def test_awaited_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, _ = opened(monkeypatch)

    async def read() -> None:
        async with AsyncStorage(storage) as lake:
            await (await lake.get("k", verify="strict")).read()

    with pytest.raises(errors.ChecksumMismatch):
        asyncio.run(read())
