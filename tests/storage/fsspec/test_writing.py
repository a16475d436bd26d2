"""Files that are written, transactions, copies, moves and removals."""

from __future__ import annotations

import contextlib
import gc
import gzip
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.callbacks import Callback

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.testing.fakes import Fault, FaultyProvider, RecordingProvider
from tests.stores import Rival

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from holdall.fsspec import BlobFileSystem
    from holdall.storage import Storage
    from tests.stores import Configure


class Oops(Exception):
    pass


@pytest.fixture
def bucket(memory_fs: BlobFileSystem, memory: str) -> Storage:
    return memory_fs._place(memory).in_bucket()


class TestWriter:
    @pytest.mark.parametrize("mode", ["w", "wt", "wb", "x", "xt", "xb"])
    @pytest.mark.parametrize("compression", [None, "gzip", "bz2", "xz"])
    def test_comes_back(self, memory_fs: BlobFileSystem, memory: str, mode: str, compression: str | None) -> None:
        path, data = f"{memory}/x", "grüße\n" * 3
        with memory_fs.open(path, mode, compression=compression) as file:
            file.write(data if "b" not in mode else data.encode())
            assert not memory_fs.exists(path)
        with memory_fs.open(path, "r", compression=compression) as file:
            assert file.read() == data
        if compression == "gzip":
            assert gzip.decompress(memory_fs.cat(path)).decode() == data

    def test_on_every_store(self, fs: BlobFileSystem, store: str) -> None:
        with fs.open(f"{store}/x", "wb", metadata={"a": "b"}, content_type="text/x") as file:
            assert (file.write(b"12345"), file.tell(), file.name) == (5, 5, f"{store}/x")
        entry = fs.info(f"{store}/x")
        assert (entry["size"], entry["metadata"], entry["content_type"]) == (5, {"a": "b"}, "text/x")

    def test_flush_tells_of_a_part_that_was_lost(
        self, memory_fs: BlobFileSystem, memory: str, bucket: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = threading.Event()

        def refuse(*_: Any) -> Any:
            refused.set()
            raise errors.AccessDenied("no")

        monkeypatch.setattr(bucket, "transfer", TransferSettings.model_validate({"multipart_threshold": 1}))
        monkeypatch.setattr(type(bucket.provider), "upload_part", refuse)
        file = memory_fs.open(f"{memory}/x", "wb")
        file.write(bytes(9 * 1024 * 1024))
        assert refused.wait(20)
        with pytest.raises(errors.AccessDenied):  # noqa: PT012 - it is told once the thread has handed it over
            while file.flush() is None:
                time.sleep(0.01)
        file.abort()
        assert not memory_fs.exists(f"{memory}/x")

    def test_create_only(self, fs: BlobFileSystem, store: str) -> None:
        with fs.open(f"{store}/x", "xb") as first, fs.open(f"{store}/x", "xb") as second:
            first.write(b"first")
            second.write(b"second")
            second.close()
            with pytest.raises(FileExistsError):
                first.close()  # the store decides, whatever was seen at the opening
        assert fs.cat(f"{store}/x") == b"second"
        with pytest.raises(FileExistsError):
            fs.open(f"{store}/x", "xb")
        with pytest.raises(FileExistsError):
            fs.pipe_file(f"{store}/x", b"", mode="create")
        assert fs.cat(f"{store}/x") == b"second"

    def test_create_only_is_refused_where_the_store_can_not_decide(self, memory: str) -> None:
        neither = {"put.if_absent": "no", "multipart.complete_if_absent": "no"}
        fs = fsspec.filesystem("blob", store=memory, capabilities=neither)
        attempts: list[Callable[[], object]] = [
            lambda: fs.open(f"{memory}/x", "xb"),
            lambda: fs.pipe_file(f"{memory}/x", b"", mode="create"),
        ]
        for attempt in attempts:
            with pytest.raises(errors.UnsupportedOperation, match="if_absent"):
                attempt()
        assert not fs.exists(f"{memory}/x")

    @pytest.mark.parametrize("mode", ["ab", "a", "r+b", "w+b", "q"])
    def test_other_modes_are_refused(self, memory_fs: BlobFileSystem, memory: str, mode: str) -> None:
        memory_fs.pipe(f"{memory}/x", b"1")
        with pytest.raises(errors.InvalidRequest, match="mode"):
            memory_fs.open(f"{memory}/x", mode)
        assert memory_fs.cat(f"{memory}/x") == b"1"

    def test_an_unknown_option_is_refused(self, memory_fs: BlobFileSystem, memory: str) -> None:
        attempts: list[Callable[[], object]] = [
            lambda: memory_fs.open(f"{memory}/x", "wb", acl="public"),
            lambda: memory_fs.pipe(f"{memory}/x", b"", acl="public"),
        ]
        for attempt in attempts:
            with pytest.raises(TypeError, match="acl"):
                attempt()
        assert not memory_fs.exists(f"{memory}/x")


def _plain(fs: Any, path: str) -> None:
    with fs.open(path, "wb") as file:
        file.write(b"x")
        raise Oops


def _text(fs: Any, path: str) -> None:
    with fs.open(path, "w") as file:
        file.write("x")
        raise Oops


def _gzip(fs: Any, path: str) -> None:
    with fs.open(path, "w", compression="gzip") as file:
        file.write("x")
        raise Oops


def _by_url(_: Any, path: str) -> None:
    with fsspec.open(f"blob://{path}", "wb") as file:
        file.write(b"x")
        raise Oops


def _text_by_url(_: Any, path: str) -> None:
    with fsspec.open(f"blob://{path}", "w") as file:
        file.write("x")
        raise Oops


def _gzip_by_url(_: Any, path: str) -> None:
    with fsspec.open(f"blob://{path}", "wt", compression="gzip") as file:
        file.write("x")
        raise Oops


def _wrapped(fs: Any, path: str) -> None:
    with fs.open(path, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb") as wrapped:
        wrapped.write(b"x")
        raise Oops


def _closed_in_finally(fs: Any, path: str) -> None:
    file = fs.open(path, "wb")
    try:
        file.write(b"x")
        raise Oops
    finally:
        file.close()


def _closing(fs: Any, path: str) -> None:
    with contextlib.closing(fs.open(path, "wb")) as file:
        file.write(b"x")
        raise Oops


def _inside_a_handler(fs: Any, path: str) -> None:
    try:
        raise KeyError
    except KeyError:
        _by_url(fs, path)


FAILING = [
    _plain,
    _text,
    _gzip,
    _by_url,
    _text_by_url,
    _gzip_by_url,
    _wrapped,
    _closed_in_finally,
    _closing,
    _inside_a_handler,
]


class TestFailing:
    @pytest.mark.parametrize("fail", FAILING)
    def test_publishes_nothing(
        self, memory_fs: BlobFileSystem, memory: str, fail: Callable[[BlobFileSystem, str], None]
    ) -> None:
        with pytest.raises(Oops):
            fail(memory_fs, f"{memory}/x")
        gc.collect()
        assert not memory_fs.exists(f"{memory}/x")
        memory_fs.pipe(f"{memory}/x", b"before")
        with pytest.raises(Oops):
            fail(memory_fs, f"{memory}/x")
        gc.collect()
        assert memory_fs.cat(f"{memory}/x") == b"before"

    def test_a_generator_that_is_left(self, memory_fs: BlobFileSystem, memory: str) -> None:
        def written() -> Generator[None]:
            with fsspec.open(f"blob://{memory}/x", "wb") as file:
                file.write(b"x")
                yield
                file.write(b"y")

        writing = written()
        next(writing)
        writing.close()
        assert not memory_fs.exists(f"{memory}/x")

    def test_nobody_closes(self, memory_fs: BlobFileSystem, memory: str) -> None:
        for mode, compression in (("wb", None), ("w", None), ("w", "gzip")):
            file = memory_fs.open(f"{memory}/x", mode, compression=compression)
            file.write("x" if mode == "w" else b"x")
            with pytest.warns(ResourceWarning, match="nothing was published"):  # noqa: PT031 - both make it go
                del file
                gc.collect()
        assert not memory_fs.exists(f"{memory}/x")

    def test_parts_that_were_sent_are_dropped(self, memory: str) -> None:
        fs = fsspec.filesystem("blob", store=memory, transfer={"multipart_threshold": 10, "chunk_size": 10})
        uploads = fs._place(memory).in_bucket().uploads
        with contextlib.suppress(Oops), fs.open(f"{memory}/x", "wb") as file:
            file.write(b"x" * 100)
            assert len(list(uploads.list())) == 1
            raise Oops
        assert list(uploads.list()) == []
        assert not fs.exists(f"{memory}/x")

    def test_what_went_well_inside_a_handler_is_published(self, memory_fs: BlobFileSystem, memory: str) -> None:
        try:
            raise Oops
        except Oops:
            try:
                raise KeyError
            except KeyError:
                file = memory_fs.open(f"{memory}/nested", "wb")
            with fsspec.open(f"blob://{memory}/x", "wb") as other:
                other.write(b"x")
            file.close()
        assert sorted(memory_fs.ls(memory, detail=False)) == [f"{memory}/nested", f"{memory}/x"]

    def test_who_handles_the_failure_may_publish(
        self, memory_fs: BlobFileSystem, memory: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name, end in (("closed", "close"), ("committed", "commit")):
            file = memory_fs.open(f"{memory}/{name}", "wb")
            try:
                raise Oops
            except Oops:
                file.write(b"it failed")
                getattr(file, end)()
        assert memory_fs.ls(memory, detail=False) == [f"{memory}/committed"]
        (record,) = caplog.records
        assert (record.levelno, record.name) == (logging.WARNING, "holdall.fsspec.files")
        assert "closed is not published" in record.message
        assert "Oops" in record.message


class TestTransaction:
    def test_commits_all(self, fs: BlobFileSystem, store: str, tmp_path: Path) -> None:
        (tmp_path / "local").write_bytes(b"from a file")
        with fs.transaction:
            fs.pipe(f"{store}/piped", b"1")
            fs.put_file(tmp_path / "local", f"{store}/put")
            with fs.open(f"{store}/text", "w") as file:
                file.write("2")
            with fs.open(f"{store}/zipped", "wb", compression="gzip") as file:
                file.write(b"3")
            assert fs.find(store) == []
        assert fs.cat([f"{store}/{name}" for name in ("piped", "put", "text")]) == {
            f"{store}/piped": b"1",
            f"{store}/put": b"from a file",
            f"{store}/text": b"2",
        }
        assert gzip.decompress(fs.cat(f"{store}/zipped")) == b"3"

    def test_rolls_back_all(self, fs: BlobFileSystem, store: str) -> None:
        fs.pipe(f"{store}/old", b"0")
        with contextlib.suppress(Oops), fs.transaction:
            fs.pipe(f"{store}/old", b"1")
            fs.pipe(f"{store}/new", b"1")
            with fs.open(f"{store}/text", "w") as file:
                file.write("2")
            raise Oops
        assert fs.find(store) == [f"{store}/old"]
        assert fs.cat(f"{store}/old") == b"0"
        fs.pipe(f"{store}/new", b"1")
        assert fs.exists(f"{store}/new")  # the transaction is over

    def test_what_failed_and_was_handled_is_left_out(self, memory_fs: BlobFileSystem, memory: str) -> None:
        with memory_fs.transaction:
            memory_fs.pipe(f"{memory}/good", b"")
            with contextlib.suppress(Oops):
                _plain(memory_fs, f"{memory}/bad")
        assert memory_fs.find(memory) == [f"{memory}/good"]

    def test_create_only(self, memory_fs: BlobFileSystem, memory: str) -> None:
        memory_fs.start_transaction()
        memory_fs.pipe_file(f"{memory}/x", b"mine", mode="create")
        fsspec.filesystem("blob", store=memory).pipe(f"{memory}/x", b"theirs")
        with pytest.raises(FileExistsError):
            memory_fs.end_transaction()
        assert memory_fs.cat(f"{memory}/x") == b"theirs"

    def test_listings_are_forgotten_when_it_ends(self, memory: str) -> None:
        kept = fsspec.filesystem("blob", store=memory, use_listings_cache=True)
        kept.start_transaction()
        kept.pipe(f"{memory}/x", b"")
        assert kept.ls(memory) == []
        kept.end_transaction()
        assert kept.ls(memory, detail=False) == [f"{memory}/x"]


class TestPutFile:
    def test_tells_how_far_it_is(self, fs: BlobFileSystem, store: str, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"12345")
        callback = Callback()
        fs.put_file(tmp_path / "x", f"{store}/x", callback=callback)
        assert (callback.size, callback.value) == (5, 5)
        assert fs.cat(f"{store}/x") == b"12345"
        with pytest.raises(FileExistsError):
            fs.put_file(tmp_path / "x", f"{store}/x", mode="create")
        with pytest.raises(FileNotFoundError):
            fs.put_file(tmp_path / "nothing", f"{store}/x")
        with pytest.raises(errors.InvalidRequest, match="create"):
            fs.put_file(tmp_path / "x", f"{store}/x", mode="append")


class TestTouch:
    def test_makes_empties_and_keeps(self, fs: BlobFileSystem, store: str) -> None:
        path = f"{store}/x"
        fs.touch(path, truncate=False)
        assert fs.cat(path) == b""
        fs.pipe(path, b"full")
        with pytest.raises(NotImplementedError):
            fs.touch(path, truncate=False)
        assert fs.cat(path) == b"full"
        fs.touch(path)
        assert fs.cat(path) == b""

    def test_keeps_what_somebody_writes_meanwhile(
        self, memory_fs: BlobFileSystem, memory: str, bucket: Storage
    ) -> None:
        before, bucket.provider = bucket.provider, Rival(bucket.provider, b"theirs")
        with pytest.raises(FileExistsError):
            memory_fs.touch(f"{memory}/x", truncate=False)
        bucket.provider = before
        assert memory_fs.cat(f"{memory}/x") == b"theirs"


class TestCopy:
    def test_inside_a_store_by_the_store(self, memory_fs: BlobFileSystem, memory: str, bucket: Storage) -> None:
        memory_fs.pipe(f"{memory}/a", b"1", metadata={"k": "v"}, tags={"t": "u"})
        before = bucket.provider
        bucket.provider = recorded = RecordingProvider(before)
        memory_fs.cp_file(f"{memory}/a", f"{memory}/b")
        assert "copy" in recorded.operations
        assert not {"get", "put"} & set(recorded.operations)
        bucket.provider = before
        assert memory_fs.info(f"{memory}/b")["metadata"] == {"k": "v"}
        assert bucket.tags.get("b") == {"t": "u"}

    def test_between_stores(self, fs: BlobFileSystem, store: str, memory: str, memory_fs: BlobFileSystem) -> None:
        memory_fs.pipe(f"{memory}/d/a", b"1", metadata={"k": "v"})
        memory_fs.pipe(f"{memory}/d/e/b", b"2")
        fs.cp(f"blob://{memory}/d/", f"blob://{store}/there/", recursive=True)
        assert fs.cat([f"{store}/there/a", f"{store}/there/e/b"]) == {
            f"{store}/there/a": b"1",
            f"{store}/there/e/b": b"2",
        }
        assert fs.info(f"{store}/there/a")["metadata"] == {"k": "v"}

    def test_streaming_where_the_store_can_not(self, memory: str) -> None:
        fs = fsspec.filesystem("blob", store=memory, capabilities={"copy.server_side": "no"})
        fs.pipe(f"{memory}/a", b"1", metadata={"k": "v"})
        fs.cp(f"{memory}/a", f"{memory}/b")
        assert (fs.cat(f"{memory}/b"), fs.info(f"{memory}/b")["metadata"]) == (b"1", {"k": "v"})

    def test_streaming_where_an_object_is_too_large_for_the_store(self, memory: str) -> None:
        lacks = {"copy.max_size": 3, "multipart.copy_part": "no"}
        fs = fsspec.filesystem("blob", store=memory, capabilities=lacks)
        fs.pipe(f"{memory}/a", b"1234", metadata={"k": "v"})
        fs.cp(f"{memory}/a", f"{memory}/b")
        assert (fs.cat(f"{memory}/b"), fs.info(f"{memory}/b")["metadata"]) == (b"1234", {"k": "v"})
        with pytest.raises(errors.UnsupportedOperation):  # an argument that only a store can honour
            fs.cp_file(f"{memory}/a", f"{memory}/c", source_if_match="x")

    def test_nothing_to_copy(self, fs: BlobFileSystem, store: str) -> None:
        with pytest.raises(FileNotFoundError):
            fs.cp(f"{store}/nothing", f"{store}/x")
        assert not fs.exists(f"{store}/x")


class TestMove:
    def test_files_and_directories(self, fs: BlobFileSystem, store: str) -> None:
        fs.pipe({f"{store}/d/a": b"1", f"{store}/d/e/b": b"2", f"{store}/x": b"3"})
        fs.mv(f"{store}/x", f"{store}/y")
        fs.mv(f"{store}/d", f"{store}/f", recursive=True)
        assert fs.find(store) == [f"{store}/f/a", f"{store}/f/e/b", f"{store}/y"]

    @pytest.mark.parametrize(
        ("source", "target", "recursive"),
        [
            ("d/a", "blob://{}/d/a", False),
            ("d/a", "d/", False),
            ("d", "d", True),
            ("d/", "d/e/", True),
            ("d", "d/e/f", True),
            ("d", "blob://{}/d/new", True),
        ],
    )
    def test_onto_and_into_itself_nothing_is_lost(
        self,
        memory_fs: BlobFileSystem,
        memory: str,
        source: str,
        target: str,
        recursive: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        memory_fs.pipe({f"{memory}/d/a": b"1", f"{memory}/d/e/b": b"2"})
        target = target.format(memory) if "{}" in target else f"{memory}/{target}"
        with contextlib.suppress(errors.InvalidRequest):
            memory_fs.mv(f"{memory}/{source}", target, recursive=recursive)
        assert memory_fs.cat(f"{memory}/d", recursive=True) == {f"{memory}/d/a": b"1", f"{memory}/d/e/b": b"2"}

    def test_a_copy_that_fails_keeps_the_source(self, memory_fs: BlobFileSystem, memory: str, bucket: Storage) -> None:
        memory_fs.pipe({f"{memory}/d/a": b"1", f"{memory}/d/b": b"2"})
        before = bucket.provider
        bucket.provider = FaultyProvider(before, Fault("copy", errors.AccessDenied("no"), call=2))
        with pytest.raises(PermissionError):
            memory_fs.mv(f"{memory}/d", f"{memory}/e", recursive=True)
        bucket.provider = before
        assert len(memory_fs.find(f"{memory}/d")) == 2


class TestRemove:
    def test_many_in_one_request(self, memory_fs: BlobFileSystem, memory: str, bucket: Storage) -> None:
        for number in range(30):
            memory_fs.pipe(f"{memory}/d/{number}", b"")
        before = bucket.provider
        bucket.provider = recorded = RecordingProvider(before)
        memory_fs.rm(f"{memory}/d", recursive=True)
        bucket.provider = before
        assert recorded.operations.count("delete_batch") == 1
        assert "delete" not in recorded.operations
        assert memory_fs.find(memory) == []

    def test_what_is_meant_goes_and_the_rest_stays(self, fs: BlobFileSystem, store: str) -> None:
        for key in ("d", "d/a", "d/b/c", "d2", "da/x", "e.csv", "f.csv", "g"):
            if not (fs._place(store).in_bucket().info.kind == "local" and key == "d"):
                fs.pipe(f"{store}/{key}", b"")
        fs.rm(f"{store}/d", recursive=True)
        assert fs.find(store) == [f"{store}/{key}" for key in ("d2", "da/x", "e.csv", "f.csv", "g")]
        fs.rm(f"{store}/*.csv")
        fs.rm([f"{store}/d2", f"{store}/nothing"])
        assert fs.find(store) == [f"{store}/da/x", f"{store}/g"]
        fs.rm_file(f"{store}/nothing")
        with pytest.raises(FileNotFoundError):
            fs.rm(f"{store}/nothing")
        with pytest.raises(FileNotFoundError):
            fs.rm(f"{store}/nothing", recursive=True)
        with pytest.raises(IsADirectoryError, match="recursive=True"):
            fs.rm(f"{store}/da")
        fs.rm(store, recursive=True)
        assert fs.find(store) == []

    def test_only_so_deep(self, memory_fs: BlobFileSystem, memory: str) -> None:
        memory_fs.pipe({f"{memory}/d/a": b"", f"{memory}/d/e/b": b""})
        memory_fs.rm(f"{memory}/d", recursive=True, maxdepth=1)
        assert memory_fs.find(memory) == [f"{memory}/d/e/b"]

    def test_what_can_not_be_removed_is_said(self, memory: str) -> None:
        fs = fsspec.filesystem("blob", store=memory, capabilities={"delete.batch": "no"})
        fs.pipe({f"{memory}/a": b"", f"{memory}/b": b"", f"{memory}/c": b""})
        bucket = fs._place(memory).in_bucket()
        before = bucket.provider
        refusals = [Fault("delete", errors.AccessDenied("no"), call=number) for number in (1, 3)]
        bucket.provider = FaultyProvider(before, *refusals)
        with pytest.raises(PermissionError) as caught:
            fs.rm([f"{memory}/a", f"{memory}/b", f"{memory}/c"])
        bucket.provider = before
        assert "1 more" in caught.value.__notes__[0]
        assert fs.find(memory) == [f"{memory}/a", f"{memory}/c"]


def test_a_signed_url(s3_bucket: str, s3_settings: dict[str, str], configure: Configure, memory: str) -> None:
    from urllib.request import urlopen

    store = configure("minio", bucket=s3_bucket, **s3_settings)
    fs = fsspec.filesystem("blob", store=store)
    fs.pipe(f"{store}/signed", b"for everyone")
    with urlopen(fs.sign(f"{store}/signed", expiration=60)) as answer:
        assert answer.read() == b"for everyone"
    with pytest.raises(errors.InvalidRequest):
        fs.sign(f"{store}/signed", expiration=10**9)
    with pytest.raises(errors.UnsupportedOperation):
        fsspec.filesystem("blob", store=memory).sign(f"{memory}/x")
