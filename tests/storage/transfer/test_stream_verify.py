"""Streams: the bytes of ``get``, ``open`` and copies between stores are compared with what the store tells of them."""

from __future__ import annotations

import asyncio
import io
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import copy_between, errors
from holdall.aio import AsyncStorage
from holdall.config.store import TransferSettings
from holdall.models import Proof
from tests.storage.support import memory_storage
from tests.storage.transfer.test_verify import DATA, PARTS, SEEMINGLY_EQUAL, UNEQUAL, WAYS, flip, in_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider


def opened(make: Callable[[Storage], object], capabilities: dict[str, Any]) -> tuple[Storage, RecordingProvider]:
    """A store with one object."""
    storage, recorder = memory_storage(name=uuid.uuid4().hex, capabilities=capabilities)
    make(storage)
    recorder.calls.clear()
    return storage, recorder


def awaited(storage: Storage) -> bytes:
    async def read() -> bytes:
        async with AsyncStorage(storage) as same, await same.get("k") as result:
            return await result.read()

    return asyncio.run(read())


def copied(storage: Storage, **transfer: Any) -> bytes:
    target, recorder = memory_storage(name=uuid.uuid4().hex, transfer=TransferSettings(**transfer))
    try:
        copy_between(storage, "k", target, "there")
    except BaseException:
        assert not target.exists("there")
        raise
    assert "upload_part" not in recorder.operations or transfer
    return target.get("there").read()


def buffered(storage: Storage) -> bytes:
    with storage.open("k", buffer_size=128) as file:
        return b"".join(iter(lambda: file.read(100), b""))


IN_ORDER = [way for way in WAYS if str(SEEMINGLY_EQUAL) not in str(way.id)]
"""All but parts whose sizes are known only after the first has been read: a stream can't be cut anew."""

READS: dict[str, Callable[[Storage], bytes]] = {
    "get": lambda storage: storage.get("k").read(),
    "get, by chunks": lambda storage: b"".join(storage.get("k").iter_chunks(77)),
    "open, at once": lambda storage: storage.open("k").read(),
    "awaited": awaited,
    "copied in one request": copied,
    "copied in parts": lambda storage: copied(storage, multipart_threshold=400, chunk_size=70, max_concurrency=4),
    "copied in parts, one at a time": lambda storage: copied(
        storage, multipart_threshold=400, chunk_size=70, max_concurrency=1
    ),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize(("make", "capabilities", "proof"), IN_ORDER)
class TestEveryWayToProve:
    def test_what_is_right_comes_through(
        self, make: Callable[[Storage], object], capabilities: dict[str, Any], proof: Proof, read: Any
    ) -> None:
        storage, _ = opened(make, capabilities)
        assert read(storage) == DATA

    @pytest.mark.parametrize("position", [0, 299, 300, 999])
    def test_a_flipped_bit_is_an_error(
        self, make: Callable[[Storage], object], capabilities: dict[str, Any], proof: Proof, read: Any, position: int
    ) -> None:
        storage, recorder = opened(make, capabilities)
        flip(recorder, position)
        with pytest.raises(errors.ChecksumMismatch, match=str(proof)):
            read(storage)


@pytest.mark.parametrize(("make", "capabilities", "proof"), IN_ORDER)
def test_a_file_that_is_read_bit_by_bit_is_compared_unless_that_takes_a_request(
    make: Callable[[Storage], object], capabilities: dict[str, Any], proof: Proof
) -> None:
    storage, recorder = opened(make, capabilities)
    assert buffered(storage) == DATA
    assert recorder.operations.count("get") == 1
    flip(recorder, 500)
    if proof in {Proof.COMPOSITE, Proof.MULTIPART_ETAG}:
        assert buffered(storage) != DATA
        storage.transfer = storage.transfer.model_copy(update={"verify": "strict"})
    with pytest.raises(errors.ChecksumMismatch):
        buffered(storage)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize(("make", "capabilities", "proof"), IN_ORDER)
def test_off_looks_at_nothing(
    make: Callable[[Storage], object], capabilities: dict[str, Any], proof: Proof, read: Any
) -> None:
    storage, recorder = opened(make, capabilities)
    storage.transfer = storage.transfer.model_copy(update={"verify": "off"})
    flip(recorder, 500)
    try:
        assert read(storage) != DATA
    except (errors.InvalidMetadata, errors.ChecksumMismatch):  # the copy takes the own checksum of its source over
        assert proof is Proof.METADATA


def test_an_argument_goes_before_the_setting() -> None:
    storage, recorder = opened(lambda storage: storage.put("k", DATA), {})
    flip(recorder, 500)
    assert storage.get("k", verify="off").read() != DATA
    storage.transfer = storage.transfer.model_copy(update={"verify": "off"})
    with pytest.raises(errors.ChecksumMismatch):
        storage.get("k", verify="auto").read()


def test_strict_wants_something_to_compare_with() -> None:
    nothing = {"checksums.md5_etag": "no", "checksums.stored": "no"}
    for told in (nothing, {**nothing, "checksums.md5_etag": "unknown"}):  # a stream can't be fetched again
        storage, _ = opened(lambda storage: storage.put("k", DATA), told)
        with pytest.raises(errors.Unverifiable):
            storage.get("k", verify="strict")
        assert storage.get("k").read() == DATA
        for read in READS.values():
            storage, _ = opened(lambda storage: storage.put("k", DATA), told)
            storage.transfer = storage.transfer.model_copy(update={"verify": "strict"})
            with pytest.raises(errors.Unverifiable):
                read(storage)
    storage, _ = opened(lambda storage: storage.put("k", DATA), {})
    with pytest.raises(errors.Unverifiable):
        storage.get("k", (1, 10), verify="strict")


@pytest.mark.parametrize(
    ("sizes", "tells"), [((250, 350, 300, 100), "no"), (SEEMINGLY_EQUAL, "yes")], ids=["guessed", "concluded"]
)
def test_parts_of_sizes_that_are_known_too_late_prove_nothing_and_disprove_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sizes: tuple[int, ...], tells: str
) -> None:
    monkeypatch.setattr("holdall.transfer.verify.USUAL_PART_SIZES", (300,))  # as many parts, and not theirs
    storage, _ = opened(lambda storage: in_parts(storage, sizes, None), {"get.part_number": tells})
    assert storage.get("k").read() == DATA
    assert "nothing proves the bytes" in caplog.text
    with pytest.raises(errors.Unverifiable):
        storage.get("k", verify="strict").read()
    caplog.clear()
    assert copied(storage, multipart_threshold=400, chunk_size=70) == DATA
    assert "nothing proves the bytes" in caplog.text


@pytest.mark.parametrize("sizes", [PARTS, UNEQUAL])
def test_the_size_of_a_part_takes_a_request(sizes: tuple[int, ...]) -> None:
    storage, recorder = opened(lambda storage: in_parts(storage, sizes, None), {})
    with storage.get("k") as result:
        asked = recorder.operations.count("get")
        assert asked > 1
        assert result.read() == DATA


def test_an_unknown_mode_is_refused_before_any_request() -> None:
    storage, recorder = opened(lambda storage: storage.put("k", DATA), {})
    with pytest.raises(errors.InvalidRequest, match="auto, strict, off"):
        storage.get("k", verify="never")  # type: ignore[arg-type]
    assert recorder.calls == []


def test_empty_objects() -> None:
    storage, _ = opened(lambda storage: storage.put("k", b""), {})
    assert storage.get("k", verify="strict").read() == b""
    assert isinstance(storage.open("k"), io.BufferedIOBase)
    assert storage.open("k").read() == b""
