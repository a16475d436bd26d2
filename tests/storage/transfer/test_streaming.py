"""Copies of large objects between stores: read by ranges, sent as parts, one version of the source, checked."""

from __future__ import annotations

import io
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import copy_between, errors
from holdall import options as opt
from holdall.checksums import checksum
from holdall.config.store import TransferSettings
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import ChecksumAlgorithm, ObjectInfo, PartInfo, PutResult
from holdall.reading import GetResult
from holdall.storage import Storage
from holdall.testing.fakes import Fault
from holdall.transfer import spool, streaming
from tests.storage.support import SMALL_PARTS, memory_storage, peak_memory

if TYPE_CHECKING:
    from holdall.testing.fakes import RecordingProvider
    from holdall.transfer.progress import ProgressEvent

DATA = bytes(range(50))


def store(*faults: Fault, **more: Any) -> tuple[Storage, RecordingProvider]:
    return memory_storage(*faults, name=uuid.uuid4().hex, **({"transfer": SMALL_PARTS} | more))


def source_of(*, algorithm: ChecksumAlgorithm | None = None, **more: Any) -> tuple[Storage, RecordingProvider]:
    """A store with an object of 50 bytes, and a checksum of the whole where one is named."""
    storage, recorder = store(transfer=TransferSettings(), **more)
    storage.put("a", DATA, checksum_algorithm=algorithm)
    recorder.calls.clear()
    return storage, recorder


def ranges_asked(recorder: RecordingProvider) -> list[tuple[int, int]]:
    asked = [call.args[1].range for call in recorder.calls if call.operation == "get"]
    return sorted((each.start, each.stop) for each in asked if each is not None)


def test_each_byte_is_asked_for_once_and_sent_in_parts() -> None:
    (source, asked), (target, sent) = source_of(), store(prefix="p/")
    result = copy_between(source, "a", target, "b")
    assert ranges_asked(asked) == [(at, min(at + 4, 50)) for at in range(0, 50, 4)]
    assert sent.operations.count("upload_part") == 13
    assert (result.key, result.size, result.etag) == ("b", 50, target.head("b").etag)
    assert target.get("b").read() == DATA


def test_small_objects_take_one_request_to_each_store() -> None:
    (source, asked), (target, sent) = source_of(capabilities={"tags.objects": "no"}), store(transfer=TransferSettings())
    copy_between(source, "a", target, "b")
    assert (asked.operations, sent.operations) == (["get"], ["put"])


def test_parts_are_read_and_sent_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    (source, asked), (target, _) = source_of(), store()
    meeting, places, around = threading.Barrier(4, timeout=20), threading.Semaphore(4), asked.around

    def together(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "get" and args[1].range and places.acquire(blocking=False):
            meeting.wait()
        return around(operation, call, *args)

    monkeypatch.setattr(asked, "around", together)
    copy_between(source, "a", target, "b")
    assert target.get("b").read() == DATA


def test_a_source_that_can_only_be_read_in_one_go() -> None:
    source, asked = source_of(algorithm=ChecksumAlgorithm.SHA256, capabilities={"get.range": "no"})
    target, sent = store()
    copy_between(source, "a", target, "b")
    assert asked.operations.count("get") == 1
    assert "upload_part" in sent.operations
    assert target.get("b").read() == DATA


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("then", ["replaced", "deleted", "shorter"])
def test_a_source_that_changes_is_never_mixed(monkeypatch: pytest.MonkeyPatch, then: str, *, pinned: bool) -> None:
    (source, asked), (target, sent) = source_of(capabilities={"get.if_match": pinned}), store()
    around = sent.around

    def changed(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "create_upload":
            if then == "deleted":
                asked.inner.delete("a", opt.DELETE)
            else:
                asked.inner.put("a", b"2" * (50 if then == "replaced" else 10), opt.PUT)
        return around(operation, call, *args)

    monkeypatch.setattr(sent, "around", changed)
    with pytest.raises(errors.SourceChanged, match="'a' was replaced or deleted"):
        copy_between(source, "a", target, "b")
    conditions = {call.args[1].if_match is not None for call in asked.calls if call.operation == "get"}
    assert conditions == ({True, False} if pinned else {False})  # the first one, which asks what there is, has none
    assert not target.exists("b")
    assert list(target.uploads.list()) == []


def test_a_version_is_copied_whatever_becomes_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    (source, asked), (target, sent) = source_of(versioning=True), store()
    version, around = source.head("a").version_id, sent.around

    def changed(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "create_upload":
            asked.inner.put("a", b"2" * 50, opt.PUT)
        return around(operation, call, *args)

    monkeypatch.setattr(sent, "around", changed)
    copy_between(source, "a", target, "b", version_id=version)
    assert target.get("b").read() == DATA


class Flipping(ForwardingProvider):
    """Turns one bit of byte 21 of every object on its way out, as a bad cable does."""

    def get(self, key: str, options: opt.GetOptions = opt.GET) -> GetResult:
        with self.inner.get(key, options) as result:
            whole = result.length == result.info.size
            result.compare_with(None)
            data = bytearray(result.read())
        if result.start <= 21 < result.start + result.length:
            data[21 - result.start] ^= 1
        flipped = GetResult(result.info, io.BytesIO(data), start=result.start, length=result.length)
        assert bool(flipped.compared_with) is (whole and bool(result.info.checksums))
        return flipped


@pytest.mark.parametrize("algorithm", [ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256])
@pytest.mark.parametrize("transfer", [SMALL_PARTS, TransferSettings()], ids=["in parts", "in one go"])
@pytest.mark.parametrize("checks", [True, False])
def test_a_flipped_bit_is_found_before_anything_is_visible(
    algorithm: ChecksumAlgorithm, transfer: TransferSettings, *, checks: bool
) -> None:
    """By us alone (``checks`` is false) as well as with a target that would refuse the bytes."""
    source = Storage(Flipping(source_of(algorithm=algorithm)[0].provider))
    target, sent = store(transfer=transfer, capabilities={} if checks else {"checksums.algorithms": []})
    with pytest.raises(errors.ChecksumMismatch):
        copy_between(source, "a", target, "b")
    assert not target.exists("b")
    assert list(target.uploads.list()) == []
    assert "complete_upload" not in sent.operations


@pytest.mark.parametrize("transfer", [SMALL_PARTS, TransferSettings()], ids=["in parts", "in one go"])
def test_the_target_gets_the_sources_checksum_to_compare_with(transfer: TransferSettings) -> None:
    source, _ = source_of(algorithm=ChecksumAlgorithm.CRC32)
    target, sent = store(transfer=transfer)
    copy_between(source, "a", target, "b")
    last = [call.args[-1] for call in sent.calls if call.operation in {"put", "complete_upload"}]
    assert [options.checksum for options in last] == [checksum(ChecksumAlgorithm.CRC32, DATA)]
    copy_between(source, "a", target, "c", checksum_algorithm=ChecksumAlgorithm.SHA1)  # unless something else is asked
    last = [call.args[-1] for call in sent.calls if call.operation in {"put", "complete_upload"}]
    assert last[-1].checksum is None


def test_large_parts_wait_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "KEEP", 3)
    monkeypatch.setattr(streaming, "CHUNK", 2)
    source, _ = source_of(algorithm=ChecksumAlgorithm.CRC32)
    target, _ = store()
    copy_between(source, "a", target, "b")
    assert target.get("b").read() == DATA


def test_a_part_that_fails_is_an_error_and_nothing_is_left() -> None:
    source, _ = source_of()
    target, _ = store(Fault("upload_part", errors.AccessDenied("no"), call=3))
    with pytest.raises(errors.AccessDenied):
        copy_between(source, "a", target, "b")
    assert not target.exists("b")
    assert list(target.uploads.list()) == []


def test_progress_counts_the_parts_and_stops_the_copy_by_raising() -> None:
    (source, _), (target, _) = source_of(), store()
    told: list[ProgressEvent] = []
    copy_between(source, "a", target, "b", progress=told.append)
    assert [event.kind for event in told] == ["started", *["advanced"] * 13, "finished"]
    assert (told[-1].transferred, told[-1].total) == (50, 50)

    def stop(event: ProgressEvent) -> None:
        if event.transferred > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_between(source, "a", target, "c", progress=stop)
    assert not target.exists("c")
    assert list(target.uploads.list()) == []


def test_an_argument_that_there_is_not() -> None:
    with pytest.raises(TypeError, match="copy_between\\(\\) has no argument 'metdata'; did you mean 'metadata'"):
        copy_between(source_of()[0], "a", store()[0], "b", metdata={})


MIB = 1024 * 1024


class Endless(ForwardingProvider):
    """Has an object of so many bytes, and drops what it is sent; nothing of either is in memory."""

    def __init__(self, inner: Any, size: int) -> None:
        super().__init__(inner)
        self.info_of_it = ObjectInfo(key="a", size=size, etag="e")

    def get(self, key: str, options: opt.GetOptions = opt.GET) -> GetResult:
        start, stop = (0, self.info_of_it.size) if options.range is None else (options.range.start, options.range.stop)
        return GetResult(self.info_of_it, _Zeros(), start=start, length=(stop or 0) - start)

    def upload_part(self, *arguments: Any) -> PartInfo:
        time.sleep(0.01)  # as long as it takes to send: others are under way
        return PartInfo(part_number=arguments[2], etag="e", size=len(arguments[3]))

    def complete_upload(self, key: str, *_: Any) -> PutResult:
        return PutResult(key=key, etag="e")


class _Zeros:
    """As many zeros as anybody reads."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)

    def readinto(self, buffer: memoryview) -> int:
        buffer[:] = bytes(len(buffer))
        return len(buffer)

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize("chunk_size", [None, 20 * MIB], ids=["in memory", "in files"])
def test_a_large_copy_takes_bounded_memory(chunk_size: int | None) -> None:
    inner, transfer = memory_storage(name=uuid.uuid4().hex)[0].provider, {"chunk_size": chunk_size}
    source = Storage(Endless(inner, 1024 * MIB))
    target = Storage(Endless(inner, 0), transfer=TransferSettings.model_validate(transfer))
    sizes: list[int | None] = []
    assert peak_memory(lambda: sizes.append(copy_between(source, "a", target, "b", tags={}).size)) < 64 * MIB
    assert sizes == [1024 * MIB]


def test_a_source_that_hangs_holds_no_failure_up(monkeypatch: pytest.MonkeyPatch) -> None:
    (source, asked), (target, _) = source_of(), store()
    go_on, around = threading.Event(), asked.around

    def hangs(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "get" and args[1].range is not None and args[1].range.start == 0:
            go_on.wait(30)
        if operation == "get" and args[1].range is not None and args[1].range.start == 8:
            raise errors.AccessDenied("not you")
        return around(operation, call, *args)

    monkeypatch.setattr(asked, "around", hangs)
    began = time.monotonic()
    try:
        with pytest.raises(errors.AccessDenied):
            copy_between(source, "a", target, "b")
        assert time.monotonic() - began < 5
    finally:
        go_on.set()
    assert not target.exists("b")
    assert list(target.uploads.list()) == []
