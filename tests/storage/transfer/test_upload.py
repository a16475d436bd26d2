"""Uploads in parts: at the same time, in bounded memory, stopped within a second, honest about what they leave."""

from __future__ import annotations

import io
import os
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from holdall import copy_between, errors, open_storage
from holdall.checksums import checksum
from holdall.config.store import TransferSettings
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import ChecksumAlgorithm, MultipartUpload, PartInfo, PutResult
from holdall.storage import Storage
from holdall.testing.bodies import body_of
from holdall.testing.fakes import Fault
from holdall.transfer import spool
from holdall.transfer.bodies import length_of
from holdall.transfer.leftovers import dropped_by, left_by
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall import options as opt
    from holdall.models import Body
    from holdall.provider import StorageProvider

MIB = 1024 * 1024
STATM = Path("/proc/self/statm")


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def settings(**values: Any) -> TransferSettings:
    return TransferSettings.model_validate({"multipart_threshold": 10, "chunk_size": 4} | values)


class Around(ForwardingProvider):
    """Calls a function before each part is passed on."""

    def __init__(self, inner: StorageProvider, before: Callable[[int], object]) -> None:
        super().__init__(inner)
        self._before = before

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: opt.PartOptions) -> PartInfo:
        self._before(part_number)
        return super().upload_part(key, upload_id, part_number, body, options)


@pytest.fixture
def files() -> Iterator[ExitStack]:
    """Closes files at the end."""
    with ExitStack() as stack:
        yield stack


def source_of(shape: str, data: bytes, tmp_path: Path, files: ExitStack) -> Any:
    if shape == "bytes":
        return data
    if shape == "stream":
        return iter([data])
    (tmp_path / "source").write_bytes(data)
    return files.enter_context((tmp_path / "source").open("rb"))


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
def test_parts_are_sent_at_the_same_time_and_put_together_in_order(
    name: str, shape: str, tmp_path: Path, files: ExitStack
) -> None:
    meeting = threading.Barrier(3, timeout=20)
    order: list[int] = []

    def before(number: int) -> None:
        meeting.wait()  # nobody passes unless three are under way
        time.sleep(0.01 * (3 - number % 3))  # later parts overtake earlier ones
        order.append(number)

    storage, _ = memory_storage(name=name, transfer=settings(max_concurrency=3))
    data = body_of(36)
    source = source_of(shape, data, tmp_path, files)
    with Storage(Around(storage.provider, before), transfer=storage.transfer) as around:
        result = around.put("k", source)
        assert around.get("k").read() == data
    if shape == "file":
        assert not source.closed
    assert sorted(order) == list(range(1, 10))
    assert order != sorted(order)
    assert result.size == 36


@pytest.mark.parametrize("size", [9, 36])
def test_what_a_file_still_holds_back_is_sent_too(name: str, size: int, tmp_path: Path) -> None:
    """A file that is written and read keeps what was written until it must give it out, and a seek need not."""
    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    path = tmp_path / "source"
    path.write_bytes(bytes(size))
    with path.open("r+b") as file:
        file.read(1)  # the buffer has the beginning from now on
        file.seek(0)
        file.write(b"new")
        file.seek(0)
        assert os.pread(file.fileno(), size, 0) == bytes(size)  # else this shows nothing
        storage.put("k", file)
        assert file.tell() == 0
    assert storage.get("k").read() == b"new".ljust(size, b"\0")


class _Upper(io.FileIO):
    def read(self, size: int | None = -1, /) -> Any:
        return super().read(size).upper()


class _BufferedUpper(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size).upper()


class _UpperBytes(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size).upper()


@pytest.mark.parametrize("size", [9, 36])
@pytest.mark.parametrize(
    "make",
    [
        _Upper,
        lambda path: _BufferedUpper(io.FileIO(path)),
        lambda path: _UpperBytes(path.read_bytes()),
    ],
    ids=["file", "buffered", "bytes"],
)
def test_a_class_of_the_callers_own_is_read_as_it_reads(
    name: str, make: Callable[[Path], Any], size: int, tmp_path: Path, files: ExitStack
) -> None:
    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    path = tmp_path / "source"
    path.write_bytes(b"a" * size)
    storage.put("k", files.enter_context(make(path)))
    assert storage.get("k").read() == b"A" * size


def test_an_array_that_lies_by_columns_is_sent_by_rows(name: str) -> None:
    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    numpy: Any = pytest.importorskip("numpy")
    array = numpy.asfortranarray(numpy.arange(12, dtype=numpy.uint8).reshape(3, 4))
    storage.put("k", memoryview(array))
    assert storage.get("k").read() == bytes(range(12))


def test_a_child_that_leaves_the_upload_does_not_end_that_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__FOLDER__PROVIDER", "local")
    monkeypatch.setenv("HOLDALL_STORES__FOLDER__ROOT", str(tmp_path))
    process = os.getpid()

    def source() -> Iterator[bytes]:
        yield body_of(12)
        if (child := os.fork()) == 0:
            raise RuntimeError("only in the child")
        os.waitpid(child, 0)
        yield body_of(10)

    transfer = {"multipart_threshold": 10, "chunk_size": 4, "max_concurrency": 1}
    with open_storage("folder", transfer=transfer) as storage:
        try:
            storage.put("k", source())
        except RuntimeError:
            assert os.getpid() != process
            os._exit(0)
        assert storage.get("k").read() == body_of(12) + body_of(10)


@pytest.mark.parametrize(("size", "workers"), [(36, 1), (4, 5)])
def test_one_worker_or_one_part_needs_no_thread(name: str, size: int, workers: int) -> None:
    seen: set[int] = set()
    storage, _ = memory_storage(name=name, transfer=settings(max_concurrency=workers, multipart_threshold=1))
    with Storage(Around(storage.provider, lambda _: seen.add(threading.get_ident())), transfer=storage.transfer) as one:
        one.put("k", bytes(size))
    assert seen == {threading.get_ident()}


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
@pytest.mark.parametrize("operation", ["create_upload", "upload_part", "complete_upload"])
def test_after_a_failure_nothing_is_left(
    name: str, shape: str, operation: str, tmp_path: Path, files: ExitStack
) -> None:
    storage, _ = memory_storage(Fault(operation, errors.AccessDenied("no")), name=name, transfer=SMALL_PARTS)
    with pytest.raises(errors.AccessDenied) as caught:
        storage.put("k", source_of(shape, bytes(40), tmp_path, files))
    assert not storage.exists("k")
    assert list(storage.uploads.list()) == []
    assert left_by(caught.value) is None


def test_an_abort_that_fails_is_told_with_the_id_and_what_to_do(name: str) -> None:
    faults = (Fault("upload_part", errors.AccessDenied("no")), Fault("abort_upload", errors.InternalError("down")))
    storage, _ = memory_storage(*faults, name=name, transfer=SMALL_PARTS)
    with pytest.raises(errors.AccessDenied) as caught:
        storage.put("k", bytes(40))
    left = left_by(caught.value)
    (upload,) = storage.uploads.list()
    assert left is not None
    assert (left.upload_id, left.kept) == (upload.upload_id, False)
    assert upload.upload_id in str(caught.value)
    assert "blob uploads --abort" in str(caught.value)


def test_a_writer_tells_what_it_leaves(name: str) -> None:
    faults = (Fault("upload_part", errors.AccessDenied("no")), Fault("abort_upload", errors.InternalError("down")))
    storage, _ = memory_storage(*faults, name=name, transfer=SMALL_PARTS)
    file = storage.open("k", "wb")
    with pytest.raises(errors.AccessDenied, match="could not be aborted"):
        file.write(bytes(40))
    storage, _ = memory_storage(faults[1], name=name, transfer=SMALL_PARTS)
    file = storage.open("k", "wb")
    file.write(bytes(40))
    with pytest.raises(errors.UploadAborted, match="could not be aborted"):
        file.abort()  # type: ignore[attr-defined]
    assert not storage.exists("k")


@pytest.mark.parametrize("interrupted", [True, False])
@pytest.mark.parametrize("how", ["put", "writer"])
def test_of_a_completion_without_an_answer_nobody_says_that_the_parts_were_dropped(
    name: str, how: str, *, interrupted: bool
) -> None:
    """The store says that an upload which was completed is gone, and the same of one that was aborted."""
    lost = Fault("complete_upload", errors.ConnectionFailed("lost"), after=True)
    storage, recorder = memory_storage(
        *([] if interrupted else [lost, Fault("list_parts", errors.AccessDenied("no"))]),
        name=name,
        transfer=SMALL_PARTS,
    )
    if interrupted:
        complete = recorder.complete_upload

        def interrupt(*given: Any) -> None:
            complete(*given)
            raise KeyboardInterrupt

        recorder.complete_upload = interrupt  # type: ignore[assignment, method-assign]
    with pytest.raises(KeyboardInterrupt if interrupted else errors.ConnectionFailed) as caught:  # noqa: PT012
        if how == "put":
            storage.put("k", iter([bytes(40)]))
        else:
            with storage.open("k", "wb") as file:
                file.write(bytes(40))
    left = left_by(caught.value)
    assert left is not None
    assert (left.completing, left.kept) == (True, False)
    assert dropped_by(caught.value) == 0
    assert "not known" in (str(caught.value.__notes__) if interrupted else str(caught.value))
    assert storage.get("k").read() == bytes(40)


def test_the_policy_keep_leaves_the_parts_of_any_upload(name: str) -> None:
    storage, _ = memory_storage(
        Fault("upload_part", errors.AccessDenied("no"), call=3),
        name=name,
        transfer=settings(on_failure="keep", max_concurrency=1),
    )
    with pytest.raises(errors.AccessDenied, match="was kept, with the 8 bytes") as caught:
        storage.put("k", bytes(40))
    left = left_by(caught.value)
    (upload,) = storage.uploads.list()
    assert left is not None
    assert (left.upload_id, left.kept, left.resumable) == (upload.upload_id, True, False)
    assert [part.part_number for part in storage.uploads.parts("k", upload.upload_id)] == [1, 2]


class Hanging(ForwardingProvider):
    """A store that stops answering: parts from the third on, and aborts, hang until the end of the test."""

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self.hung = threading.Event()
        self.end = threading.Event()
        self.aborts: list[str] = []

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: opt.PartOptions) -> PartInfo:
        if part_number >= 3:
            self.hung.set()
            self.end.wait(30)
        return super().upload_part(key, upload_id, part_number, body, options)

    def abort_upload(self, key: str, upload_id: str) -> None:
        self.aborts.append(upload_id)
        self.end.wait(30)
        super().abort_upload(key, upload_id)


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
def test_cancelling_takes_a_second_even_if_the_store_hangs(
    name: str, shape: str, tmp_path: Path, files: ExitStack
) -> None:
    storage, _ = memory_storage(name=name, transfer=settings(max_concurrency=3))
    hanging = Hanging(storage.provider)
    cancelled: list[float] = []

    def progress(event: Any) -> None:
        if event.transferred >= 8:
            hanging.hung.wait(20)
            cancelled.append(time.monotonic())
            raise LookupError("enough")

    around = Storage(hanging, transfer=storage.transfer)
    source = source_of(shape, bytes(40), tmp_path, files)
    with pytest.raises(LookupError, match="enough") as caught:
        around.put("k", source, progress=progress)
    took = time.monotonic() - cancelled[0]
    if shape == "file":
        source.close()  # what still hangs has a descriptor of its own
    left = left_by(caught.value)
    assert took < 1.2
    assert left is not None
    assert not left.kept
    assert any("could not be aborted" in note for note in caught.value.__notes__)
    hanging.end.set()
    # What was under way lands after the abort; the upload is dropped all the same.
    wait_until(lambda: len(hanging.aborts) >= 2 and not list(storage.uploads.list()))
    assert not storage.exists("k")


def test_the_first_failure_stops_the_others(name: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(20 * MIB))
    begun = threading.Event()
    reads: list[int] = []

    class Slow(ForwardingProvider):
        def upload_part(
            self, key: str, upload_id: str, part_number: int, body: Body, options: opt.PartOptions
        ) -> PartInfo:
            if part_number == 1:
                begun.wait(20)
                raise errors.AccessDenied("no")
            assert not isinstance(body, (bytes, bytearray, memoryview))
            while body.read(1000):
                reads.append(1)
                begun.set()
                time.sleep(0.01)
            raise AssertionError("it was sent to its end")

    storage, _ = memory_storage(name=name)
    slow = Storage(Slow(storage.provider), transfer=settings(chunk_size=10 * MIB, max_concurrency=2))
    before = time.monotonic()
    with pytest.raises(errors.AccessDenied):
        slow.upload_file(tmp_path / "f", "k")
    assert time.monotonic() - before < 5
    count = len(reads)
    time.sleep(0.1)
    assert len(reads) == count


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
def test_progress_counts_every_byte_once(name: str, shape: str, tmp_path: Path, files: ExitStack) -> None:
    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    told: list[Any] = []
    source = source_of(shape, bytes(41), tmp_path, files)
    storage.put("k", source, progress=told.append)
    assert [told[0].kind, told[-1].kind] == ["started", "finished"]
    moved = [event.transferred for event in told]
    assert moved == sorted(moved)
    assert moved[-1] == 41
    assert {event.total for event in told} == {None if shape == "stream" else 41}


@pytest.mark.parametrize("algorithm", [ChecksumAlgorithm.CRC64NVME, ChecksumAlgorithm.CRC32])
def test_the_checksum_of_all_bytes_is_made_of_the_parts_and_compared(name: str, algorithm: ChecksumAlgorithm) -> None:
    storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
    data = body_of(41)
    result = storage.put("k", data, checksum_algorithm=algorithm)
    (complete,) = (call.args[3] for call in recorder.calls if call.operation == "complete_upload")
    if algorithm is ChecksumAlgorithm.CRC64NVME:  # of the whole object
        assert complete.checksum == checksum(algorithm, data)
        assert result.checksums == (checksum(algorithm, data),)
    else:
        assert complete.checksum is None
        assert result.checksums[0].composite


def test_data_that_is_not_what_the_caller_said_is_found_out_before_the_completion(name: str) -> None:
    storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
    with pytest.raises(errors.ChecksumMismatch, match="nothing was written"):
        storage.put("k", b"x" + bytes(40), checksum=checksum(ChecksumAlgorithm.CRC32, bytes(41)))
    assert "complete_upload" not in recorder.operations
    assert list(storage.uploads.list()) == []


class Lying(ForwardingProvider):
    """Makes another object than the parts do, and says so."""

    def complete_upload(self, *args: Any) -> PutResult:
        result = super().complete_upload(*args)
        return PutResult(key=result.key, etag="0" * 32 + "-11", size=result.size, checksums=self.told, version_id="v")

    told: Any = ()


@pytest.mark.parametrize("what", ["etag", "checksum"])
def test_a_store_that_made_something_else_is_found_out(name: str, what: str) -> None:
    storage, _ = memory_storage(
        name=name, transfer=SMALL_PARTS, capabilities={"checksums.md5_etag": "yes" if what == "etag" else "no"}
    )
    lying = Lying(storage.provider)
    lying.told = (checksum(ChecksumAlgorithm.CRC32, b"else"),) if what == "checksum" else ()
    with pytest.raises(errors.ChecksumMismatch, match="delete it") as caught:
        Storage(lying, transfer=storage.transfer).put("k", bytes(41), checksum_algorithm=ChecksumAlgorithm.CRC32)
    assert caught.value.version_id == "v"


class Dropping(ForwardingProvider):
    """Takes parts, and keeps nothing."""

    def create_upload(self, key: str, _options: opt.CreateUploadOptions) -> MultipartUpload:
        return MultipartUpload(key=key, upload_id="u")

    def upload_part(
        self, _key: str, _upload_id: str, part_number: int, body: Body, _options: opt.PartOptions
    ) -> PartInfo:
        size = length_of(body)
        if not isinstance(body, (bytes, bytearray, memoryview)):
            while body.read(MIB):
                pass
        return PartInfo(part_number=part_number, etag="x", size=size)

    def complete_upload(self, key: str, _upload_id: str, parts: Any, _options: opt.CompleteOptions) -> PutResult:
        return PutResult(key=key, size=sum(part.size for part in parts))

    def abort_upload(self, key: str, upload_id: str) -> None:
        pass


def grown(call: Callable[[], object]) -> int:
    """Bytes by which this process' memory grows at most during a call, beyond what it is before."""
    page = os.sysconf("SC_PAGE_SIZE")
    peak = [0]
    end = threading.Event()

    def resident() -> int:
        return int(STATM.read_text("ascii").split()[1]) * page

    def watch() -> None:
        while not end.wait(0.005):
            peak[0] = max(peak[0], resident())

    call_once = threading.Thread(target=watch)
    before = resident()
    call_once.start()
    try:
        call()
    finally:
        end.set()
        call_once.join()
    return peak[0] - before


@pytest.mark.skipif(not STATM.exists(), reason="memory is measured through Linux' /proc")
@pytest.mark.parametrize("shape", ["file", "stream"])
def test_gigabytes_grow_memory_by_64_mb_at_most(name: str, shape: str, tmp_path: Path) -> None:
    size = 3 * 1024 * MIB if shape == "file" else 1024 * MIB
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(size)
    storage, _ = memory_storage(name=name)
    dropping = Storage(Dropping(storage.provider))
    chunk = bytes(MIB)

    def send() -> None:
        if shape == "file":
            assert dropping.upload_file(path, "k").size == size
        else:
            assert dropping.put("k", (chunk for _ in range(size // MIB))).size == size

    assert grown(send) < 64_000_000


@pytest.mark.parametrize("part_size", [1, 5 * MIB, 8 * MIB, 15 * MIB, 16 * MIB, 17 * MIB, 5 * 1024 * MIB])
@pytest.mark.parametrize("concurrency", [1, 2, 10, 1000])
def test_parts_of_a_stream_share_the_memory(part_size: int, concurrency: int) -> None:
    workers, keep = spool.in_flight(part_size, concurrency)
    assert 1 <= workers <= concurrency
    assert workers * keep <= spool.STREAM_MEMORY
    assert keep == min(part_size, spool.KEEP)
    assert workers == concurrency or (workers + 1) * keep > spool.STREAM_MEMORY


def test_a_source_that_raises_ends_the_upload_and_its_files(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "KEEP", 3)

    def source() -> Iterator[bytes]:
        yield bytes(30)
        raise RuntimeError("the source broke")

    storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
    with pytest.raises(RuntimeError, match="the source broke"):
        storage.put("k", source())
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
@pytest.mark.parametrize("size", [9, 41])
@pytest.mark.parametrize(("kept", "setting"), [("no", "auto"), ("no", "off"), ("unknown", "auto"), ("yes", "auto")])
def test_an_own_checksum_where_the_store_keeps_none(
    name: str, shape: str, size: int, kept: str, setting: str, tmp_path: Path, files: ExitStack
) -> None:
    storage, _ = memory_storage(
        name=name, transfer=settings(own_checksum=setting), capabilities={"checksums.stored": kept}
    )
    data = body_of(size)
    storage.put("k", source_of(shape, data, tmp_path, files), metadata={"a": "b"})
    metadata = dict(storage.head("k").metadata)
    wanted = kept != "yes" and setting == "auto" and not (shape == "stream" and size == 41)
    own = metadata.pop("holdall-checksum", None)
    assert metadata == {"a": "b"}
    assert (own is not None) is wanted
    if own is not None:
        algorithm, _, value = own.partition(":")
        assert value == checksum(ChecksumAlgorithm(algorithm), data).value
    assert storage.get("k").read() == data


def test_a_file_is_read_through_a_descriptor_of_the_uploads_own(name: str, tmp_path: Path, files: ExitStack) -> None:
    storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
    source = source_of("file", bytes(40), tmp_path, files)
    before = set(Path("/dev/fd").iterdir())
    storage.put("k", source)
    used = {call.args[3].fileno() for call in recorder.calls if call.operation == "upload_part"}
    assert source.fileno() not in used  # a thread that hangs must not read what the caller opens next
    assert len(used) == 1
    assert set(Path("/dev/fd").iterdir()) == before


class Flipping(ForwardingProvider):
    """Turns a bit of what is sent, so many times; its ETags are the MD5s of what arrives."""

    def __init__(self, inner: StorageProvider, times: int) -> None:
        super().__init__(inner)
        self.times = times

    def around(self, operation: str, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        at = {"put": 1, "upload_part": 3}.get(operation)
        if at is not None and self.times:
            self.times -= 1
            body = args[at]
            data = bytearray(body if isinstance(body, (bytes, memoryview)) else body.read())
            data[-1] ^= 1
            args = (*args[:at], bytes(data), *args[at + 1 :])
        return call(*args, **kwargs)


@pytest.mark.parametrize("shape", ["bytes", "file", "stream"])
@pytest.mark.parametrize("size", [9, 41])
@pytest.mark.parametrize("times", [2, 3])
def test_where_the_store_checks_nothing_its_etags_show_what_arrived(
    name: str, shape: str, size: int, times: int, tmp_path: Path, files: ExitStack
) -> None:
    storage, _ = memory_storage(
        name=name, transfer=settings(max_concurrency=1), capabilities={"checksums.algorithms": []}
    )
    flipping = Storage(Flipping(storage.provider, times), transfer=storage.transfer)
    data = body_of(size)
    source = source_of(shape, data, tmp_path, files)
    told: list[Any] = []
    if times < 3:
        flipping.put("k", source, progress=told.append)
        assert storage.get("k").read() == data
        assert told[-1].transferred == size
    else:
        with pytest.raises(errors.ChecksumMismatch, match="the store says that it got"):
            flipping.put("k", source)
        assert list(storage.uploads.list()) == []


def test_with_a_condition_nothing_is_sent_a_second_time(name: str) -> None:
    storage, recorder = memory_storage(name=name, capabilities={"checksums.algorithms": []})
    with pytest.raises(errors.ChecksumMismatch, match="delete it"):
        Storage(Flipping(storage.provider, 1)).put("k", b"data", if_absent=True)
    assert recorder.operations == ["put"]


def write(storage: Storage, data: bytes, **options: Any) -> None:
    with storage.open("k", "wb", **options) as file:
        file.write(data)


def copy(storage: Storage, data: bytes, **options: Any) -> None:
    source, _ = memory_storage(name=uuid.uuid4().hex)
    source.put("k", data)
    copy_between(source, "k", storage, "k", **options)


OTHER_WAYS = pytest.mark.parametrize("way", [write, copy])


@OTHER_WAYS
@pytest.mark.parametrize("size", [9, 41])
@pytest.mark.parametrize("times", [2, 3])
def test_writers_and_copies_have_etags_show_what_arrived_too(
    name: str, way: Callable[..., None], size: int, times: int
) -> None:
    storage, _ = memory_storage(
        name=name, transfer=settings(max_concurrency=1), capabilities={"checksums.algorithms": []}
    )
    flipping = Storage(Flipping(storage.provider, times), transfer=storage.transfer)
    data = body_of(size)
    if times < 3:
        way(flipping, data)
        assert storage.get("k").read() == data
    else:
        with pytest.raises(errors.ChecksumMismatch, match="the store says that it got"):
            way(flipping, data)
        assert list(storage.uploads.list()) == []
        assert size == 9 or not storage.exists("k")


@OTHER_WAYS
@pytest.mark.parametrize("what", ["etag", "checksum"])
def test_writers_and_copies_find_out_a_store_that_made_something_else(
    name: str, way: Callable[..., None], what: str
) -> None:
    storage, _ = memory_storage(
        name=name, transfer=SMALL_PARTS, capabilities={"checksums.md5_etag": "yes" if what == "etag" else "no"}
    )
    lying = Lying(storage.provider)
    lying.told = (checksum(ChecksumAlgorithm.CRC32, b"else"),) if what == "checksum" else ()
    with pytest.raises(errors.ChecksumMismatch, match="delete it"):
        way(Storage(lying, transfer=storage.transfer), bytes(41), checksum_algorithm=ChecksumAlgorithm.CRC32)


@OTHER_WAYS
def test_writers_and_copies_compare_what_the_caller_said_before_the_completion(
    name: str, way: Callable[..., None]
) -> None:
    storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
    with pytest.raises(errors.ChecksumMismatch, match="nothing was written"):
        way(storage, b"x" + bytes(40), checksum=checksum(ChecksumAlgorithm.CRC32, bytes(41)))
    assert "complete_upload" not in recorder.operations
    assert list(storage.uploads.list()) == []


@pytest.mark.parametrize("verb", ["put", "upload_file"])
@pytest.mark.parametrize("progress", [None, lambda _event: None], ids=["unwatched", "watched"])
@pytest.mark.parametrize("lacks", [{}, {"checksums.algorithms": []}], ids=["checked", "by ETag"])
def test_a_file_that_changes_while_it_is_sent_in_one_request_is_an_error_that_names_the_object(
    name: str, verb: str, progress: Any, lacks: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old bytes")
    storage, recorder = memory_storage(name=name, versioning=True, capabilities=lacks)
    around = recorder.around

    def rewrite(operation: str, call: Any, /, *args: Any) -> Any:
        if operation == "put":
            path.write_bytes(b"new bytes")
            os.utime(path, ns=(0, 1))
        return around(operation, call, *args)

    monkeypatch.setattr(recorder, "around", rewrite)
    with path.open("rb") as file, pytest.raises(errors.SourceChanged, match="may be mixed in it") as caught:
        storage.put("k", file, progress=progress) if verb == "put" else storage.upload_file(
            path, "k", progress=progress
        )
    there = storage.head("k")
    assert caught.value.version_id == there.version_id
    assert f"ETag {there.etag}, version {there.version_id}" in str(caught.value)
    assert recorder.operations.count("put") == 1
