"""``Storage`` over the memory provider: what every verb does, and what it refuses before any request."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import io
import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import ByteRange, ChecksumAlgorithm, CopySource, ObjectRef, SseC, SseS3, errors
from holdall import options as opt
from holdall.checksums import checksum
from holdall.config.store import DefaultsSettings, TransferSettings
from holdall.testing.fakes import Fault
from holdall_memory.provider import MemoryProvider
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def opened(name: str) -> tuple[Storage, RecordingProvider]:
    return memory_storage(name=name)


@pytest.fixture
def storage(opened: tuple[Storage, RecordingProvider]) -> Storage:
    return opened[0]


class TestPut:
    @pytest.mark.parametrize(
        "data",
        [b"bytes", bytearray(b"bytes"), memoryview(b"bytes"), io.BytesIO(b"bytes"), [b"by", b"tes"], iter([b"bytes"])],
        ids=lambda data: type(data).__name__,
    )
    def test_takes_bytes_in_every_shape(self, storage: Storage, data: Any) -> None:
        assert storage.put("k", data).size == 5
        assert storage.get("k").read() == b"bytes"

    def test_reads_a_file_from_its_position_and_leaves_it_open(self, storage: Storage, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"0123456789")
        with path.open("rb") as file:
            file.seek(4)
            storage.put("k", file)
            assert not file.closed
        assert storage.get("k").read() == b"456789"

    def test_a_bytesio_is_read_from_its_position_too(self, storage: Storage) -> None:
        data = io.BytesIO(b"0123456789")
        data.seek(4)
        storage.put("k", data)
        assert storage.get("k").read() == b"456789"
        assert not data.closed

    def test_a_pipe_has_no_length_and_is_read_to_its_end(self, storage: Storage) -> None:
        reading, writing = os.pipe()
        os.write(writing, b"through a pipe")
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            storage.put("k", pipe)
        assert storage.get("k").read() == b"through a pipe"

    def test_an_empty_stream_makes_an_empty_object(self, storage: Storage) -> None:
        assert storage.put("k", iter([])).size == 0
        assert storage.get("k").read() == b""

    @pytest.mark.parametrize("data", ["text", io.StringIO("text"), 5, {"a": b"b"}, iter(["text"]), None])
    def test_refuses_what_is_not_bytes_before_anything_is_sent(
        self, opened: tuple[Storage, RecordingProvider], data: Any
    ) -> None:
        storage, recorder = opened
        with pytest.raises(errors.InvalidRequest):
            storage.put("k", data)
        assert recorder.calls == []

    def test_guesses_the_content_type_and_takes_a_given_one(self, storage: Storage) -> None:
        storage.put("a.csv", b"")
        storage.put("b.csv", b"", content_type="text/plain")
        storage.put("c.csv", b"", content_type=None)
        assert storage.head("a.csv").content_type == "text/csv"
        assert storage.head("b.csv").content_type == "text/plain"
        assert storage.head("c.csv").content_type != "text/csv"

    def test_metadata_names_become_lower_case(self, storage: Storage) -> None:
        storage.put("k", b"", metadata={"Author": "Ada"})
        assert storage.head("k").metadata == {"author": "Ada"}

    def test_an_unknown_argument_is_a_type_error(self, storage: Storage) -> None:
        with pytest.raises(TypeError, match="contnt_type"):
            storage.put("k", b"", contnt_type="text/plain")  # type: ignore[call-arg]

    def test_create_only_and_replace_only_contradict_each_other(self, storage: Storage) -> None:
        with pytest.raises(errors.InvalidRequest):
            storage.put("k", b"", if_absent=True, if_match="x")

    def test_create_only_keeps_what_is_there(self, storage: Storage) -> None:
        storage.put("k", b"first", if_absent=True)
        with pytest.raises(FileExistsError) as caught:
            storage.put("k", b"second", if_absent=True)
        assert storage.get("k").read() == b"first"
        assert isinstance(caught.value, errors.PreconditionFailed)

    def test_the_stores_defaults_apply_unless_the_call_says_otherwise(self, name: str) -> None:
        storage, _ = memory_storage(name=name, defaults=DefaultsSettings(storage_class="STANDARD_IA"))
        storage.put("default", b"")
        storage.put("own", b"", storage_class="GLACIER_IR")
        storage.put("none", b"", storage_class=None)
        assert [storage.head(key).storage_class for key in ("default", "own", "none")] == [
            "STANDARD_IA",
            "GLACIER_IR",
            "STANDARD",
        ]


class TestParts:
    @pytest.mark.parametrize("size", [9, 10, 11, 12, 13, 40, 41])
    @pytest.mark.parametrize("shape", ["bytes", "file", "stream", "odd chunks"])
    def test_every_byte_arrives_on_both_sides_of_the_threshold(
        self, name: str, size: int, shape: str, tmp_path: Path
    ) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
        data = bytes(range(size))
        if shape == "file":
            (tmp_path / "f").write_bytes(data)
            result = storage.upload_file(tmp_path / "f", "k", content_type="x/y", metadata={"a": "b"})
        else:
            body: Any = {
                "bytes": data,
                "stream": iter([data]),
                "odd chunks": (data[start : start + 3] for start in range(0, size, 3)),
            }[shape]
            result = storage.put("k", body, content_type="x/y", metadata={"a": "b"})
        assert storage.get("k").read() == data
        assert result.size == size
        info = storage.head("k")
        assert (info.content_type, info.metadata) == ("x/y", {"a": "b"})
        assert ("create_upload" in recorder.operations) is (size >= 10)

    def test_a_failure_in_the_middle_drops_the_upload_and_keeps_the_old_object(self, name: str) -> None:
        broken = Fault("upload_part", errors.InternalError("broken"), call=3)
        storage, _ = memory_storage(broken, name=name, transfer=SMALL_PARTS)
        storage.put("k", b"old")
        with pytest.raises(errors.InternalError):
            storage.put("k", bytes(40))
        assert storage.get("k").read() == b"old"
        assert list(storage.uploads.list()) == []

    def test_a_source_that_raises_drops_the_upload(self, name: str) -> None:
        storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)

        def source() -> Iterator[bytes]:
            yield bytes(30)
            raise RuntimeError("the source broke")

        with pytest.raises(RuntimeError, match="the source broke"):
            storage.put("k", source())
        assert not storage.exists("k")
        assert list(storage.uploads.list()) == []

    def test_conditions_hold_for_objects_in_parts(self, name: str) -> None:
        storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
        storage.put("k", b"old")
        with pytest.raises(errors.ObjectAlreadyExists):
            storage.put("k", bytes(40), if_absent=True)
        assert storage.get("k").read() == b"old"
        assert list(storage.uploads.list()) == []

    def test_a_store_without_parts_gets_the_stream_in_one_request(self, name: str) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS, capabilities={"multipart.uploads": "no"})
        storage.put("k", (bytes(7) for _ in range(10)))
        assert recorder.operations == ["put"]
        assert storage.head("k").size == 70

    def test_a_store_that_lists_the_uploads_of_one_key_alone(self, name: str) -> None:
        storage, recorder = memory_storage(name=name, capabilities={"multipart.list_uploads": "no"})
        for key in ("k", "k/below"):
            recorder.inner.create_upload(key, opt.CreateUploadOptions())  # type: ignore[attr-defined]
        with pytest.raises(errors.UnsupportedOperation) as caught:
            list(storage.uploads.list("k"))
        assert "exact=True" in (caught.value.hint or "")
        assert [upload.key for upload in storage.uploads.list("k", exact=True)] == ["k"]

    def test_md5_of_the_whole_can_not_be_checked_in_parts(self, name: str) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
        with pytest.raises(errors.InvalidRequest, match="content_md5"):
            storage.put("k", bytes(40), content_md5="AAAAAAAAAAAAAAAAAAAAAA==")
        assert recorder.calls == []

    def test_a_crc_of_the_whole_is_checked_and_a_sha_refused(self, name: str) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
        with pytest.raises(errors.InvalidRequest, match="SHA256"):
            storage.put("k", bytes(40), checksum=checksum(ChecksumAlgorithm.SHA256, bytes(40)))
        assert recorder.calls == []
        storage.put("k", bytes(40), checksum=checksum(ChecksumAlgorithm.CRC32, bytes(40)))
        with pytest.raises(errors.ChecksumMismatch):
            storage.put("k", b"x" + bytes(39), checksum=checksum(ChecksumAlgorithm.CRC32, bytes(40)))
        assert storage.get("k").read() == bytes(40)
        assert list(storage.uploads.list()) == []

    def test_a_file_that_shrinks_is_an_error_and_leaves_nothing(self, name: str, tmp_path: Path) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
        path = tmp_path / "f"
        path.write_bytes(bytes(40))
        around = recorder.around

        def shrink(operation: str, call: Any, /, *args: Any) -> Any:
            if operation == "create_upload":
                os.truncate(path, 15)
            return around(operation, call, *args)

        recorder.around = shrink  # type: ignore[method-assign,assignment]
        with pytest.raises(errors.SourceChanged):
            storage.upload_file(path, "k")
        recorder.around = around  # type: ignore[method-assign]
        assert not storage.exists("k")
        assert list(storage.uploads.list()) == []


class TestProgress:
    @pytest.mark.parametrize("size", [5, 40])
    def test_tells_begin_advance_and_end(self, name: str, size: int, tmp_path: Path) -> None:
        storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
        told: list[Any] = []
        storage.put("k", bytes(size), progress=told.append)
        assert [told[0].kind, told[0].transferred, told[0].total] == ["started", 0, size]
        assert [told[-1].kind, told[-1].transferred] == ["finished", size]
        told.clear()
        storage.download_file("k", tmp_path / "f", progress=told.append)
        assert [told[-1].kind, told[-1].transferred, told[-1].total] == ["finished", size, size]

    def test_tells_failure(self, name: str) -> None:
        storage, _ = memory_storage(Fault("put", errors.InternalError("broken")), name=name)
        told: list[Any] = []
        with pytest.raises(errors.InternalError):
            storage.put("k", b"abc", progress=told.append)
        assert told[-1].kind == "failed"


NO_COMPLETION = {"multipart.complete_if_absent": "no", "multipart.complete_if_match": "no"}
"""Where completion keeps a condition that a put does not, objects are made of parts."""


class TestRefusals:
    @pytest.mark.parametrize(
        ("capability", "call"),
        [
            ("put.if_absent", lambda s: s.put("k", b"", if_absent=True)),
            ("put.if_match", lambda s: s.put("k", b"", if_match="x")),
            ("put.metadata", lambda s: s.put("k", b"", metadata={"a": "b"})),
            ("tags.on_put", lambda s: s.put("k", b"", tags={"a": "b"})),
            ("tiers.storage_class", lambda s: s.put("k", b"", storage_class="GLACIER")),
            ("put.content_headers", lambda s: s.put("k", b"", cache_control="no-store")),
            ("put.expires", lambda s: s.put("k", b"", expires=dt.datetime.now(dt.UTC))),
            ("put.content_md5", lambda s: s.put("k", b"", content_md5="AAAAAAAAAAAAAAAAAAAAAA==")),
            ("get.range", lambda s: s.get("k", (0, 1))),
            ("get.if_match", lambda s: s.get("k", if_match="x")),
            ("get.if_none_match", lambda s: s.head("k", if_none_match="x")),
            ("get.response_headers", lambda s: s.get("k", response_content_type="a/b")),
            ("versions.get", lambda s: s.get("k", version_id="v")),
            ("versions.get", lambda s: s.copy(CopySource("k", version_id="v"), "l")),
            ("versions.delete", lambda s: s.delete("k", version_id="v")),
            ("versions.delete", lambda s: s.delete_many([ObjectRef("k", "v")])),
            ("delete.if_match", lambda s: s.delete("k", if_match="x")),
            ("copy.server_side", lambda s: s.copy("k", "l")),
            ("copy.across_buckets", lambda s: s.copy(CopySource("k", bucket="other"), "l")),
            ("copy.if_absent", lambda s: s.copy("k", "l", if_absent=True)),
            ("list.delimiter", lambda s: next(s.list_pages(delimiter="/"))),
            ("list.start_after", lambda s: next(s.list(start_after="k"))),
            ("versions.list", lambda s: s.versions),
            ("versions.enable", lambda s: s.versions.enable()),
            ("versions.suspend", lambda s: s.versions.suspend()),
            ("tags.objects", lambda s: s.tags),
            ("tags.versions", lambda s: s.tags.get("k", version_id="v")),
            ("multipart.uploads", lambda s: s.uploads),
            ("multipart.list_uploads", lambda s: next(s.uploads.list())),
            ("multipart.list_parts", lambda s: next(s.uploads.parts("k", "u"))),
            ("notifications.rules", lambda s: s.notifications),
        ],
    )
    def test_a_missing_feature_is_refused_before_any_request(self, name: str, capability: str, call: Any) -> None:
        storage, recorder = memory_storage(name=name, capabilities={capability: "no"} | NO_COMPLETION)
        with pytest.raises(errors.UnsupportedOperation) as caught:
            call(storage)
        assert recorder.calls == []
        assert name in str(caught.value)

    @pytest.mark.parametrize(
        ("capability", "condition"), [("put.if_absent", {"if_absent": True}), ("put.if_match", {"if_match": "x"})]
    )
    def test_not_knowing_is_not_enough_where_data_depends_on_it(
        self, name: str, capability: str, condition: dict[str, Any]
    ) -> None:
        storage, recorder = memory_storage(name=name, capabilities={capability: "unknown"} | NO_COMPLETION)
        with pytest.raises(errors.UnsupportedOperation, match="not known") as caught:
            storage.put("k", b"", **condition)
        assert recorder.calls == []
        assert capability in str(caught.value.hint)

    @pytest.mark.parametrize(
        ("capability", "call"),
        [
            ("tags.objects", lambda s: s.tags.set("k", {"a": "b"})),
            ("tags.objects", lambda s: s.tags.delete("k")),
            ("encryption.bucket_default", lambda s: s.encryption.delete()),
        ],
    )
    def test_what_may_be_taken_for_the_object_or_bucket_itself_is_not_tried(
        self, name: str, capability: str, call: Any
    ) -> None:
        storage, recorder = memory_storage(name=name, capabilities={capability: "unknown"})
        with pytest.raises(errors.UnsupportedOperation, match="not known"):
            call(storage)
        assert recorder.calls == []

    def test_not_knowing_is_tried_elsewhere(self, name: str) -> None:
        storage, _ = memory_storage(name=name, capabilities={"put.metadata": "unknown"})
        storage.put("k", b"", metadata={"a": "b"})
        assert storage.head("k").metadata == {"a": "b"}

    @pytest.mark.parametrize("encryption", [SseS3(), SseC(bytes(32))])
    def test_encryption_that_the_store_has_not_is_refused(
        self, opened: tuple[Storage, RecordingProvider], encryption: Any
    ) -> None:
        storage, recorder = opened
        with pytest.raises(errors.UnsupportedOperation):
            storage.put("k", b"", encryption=encryption)
        assert recorder.calls == []

    @pytest.mark.parametrize(
        ("error", "call"),
        [
            (errors.InvalidObjectKey, lambda s: s.put("", b"")),
            (errors.InvalidObjectKey, lambda s: s.get("x" * 1025)),
            (errors.InvalidObjectKey, lambda s: s.head("ä" * 513)),
            (errors.InvalidObjectKey, lambda s: s.delete("\udcff")),
            (errors.InvalidObjectKey, lambda s: s.copy("", "k")),
            (errors.InvalidObjectKey, lambda s: s.copy("k", "")),
            (errors.InvalidObjectKey, lambda s: s.delete_many(["ok", ""])),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": "x" * 2048})),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a b": "x"})),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": "x\ny"})),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": " x"})),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": "x", "A": "y"})),
            (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": 1})),
            (errors.InvalidTags, lambda s: s.put("k", b"", tags={str(n): "" for n in range(11)})),
            (errors.InvalidTags, lambda s: s.tags.set("k", {"x" * 129: ""})),
            (errors.InvalidTags, lambda s: s.tags.set("k", {"x": "y" * 257})),
            (errors.InvalidTags, lambda s: s.tags.set("k", {"": "y"})),
            (errors.InvalidTags, lambda s: s.tags.set("k", {"aws:x": "y"})),
            (errors.InvalidRange, lambda s: s.get("k", (5, 5))),
            (errors.InvalidRange, lambda s: s.get("k", (5, 3))),
            (errors.InvalidRange, lambda s: s.get("k", (-5, 3))),
            (errors.InvalidRequest, lambda s: s.move("k", "k")),
            (errors.InvalidRequest, lambda s: s.put("k", b"", checksum_algorithm="CRC33")),
            (errors.InvalidRequest, lambda s: s.open("k", "a")),
            (errors.InvalidRequest, lambda s: s.open("k", "rb", encoding="utf-8")),
            (errors.InvalidRequest, lambda s: s.open("k", "rb", metadata={"a": "b"})),
            (errors.SourceNotFound, lambda s: s.upload_file("/nowhere/to/be/found")),
            (FileNotFoundError, lambda s: s.upload_file("/nowhere/to/be/found")),
            (errors.InvalidRequest, lambda s: s.upload_file("/")),
            (errors.InvalidRequest, lambda s: s.download_file("k", "/nowhere/to/be/found/f")),
            (errors.InvalidConfiguration, lambda s: s.supports("put.if_abset")),
        ],
    )
    def test_bad_input_is_refused_before_any_request(
        self, opened: tuple[Storage, RecordingProvider], error: type[Exception], call: Any
    ) -> None:
        storage, recorder = opened
        with pytest.raises(error):
            call(storage)
        assert recorder.calls == []

    def test_keys_are_measured_with_the_prefix(self, name: str) -> None:
        storage, _ = memory_storage(name=name, prefix="p" * 1000)
        storage.put("k" * 24, b"")
        with pytest.raises(errors.InvalidObjectKey):
            storage.put("k" * 25, b"")


class TestPrefix:
    def test_keys_are_given_and_returned_without_it(self, name: str) -> None:
        whole, _ = memory_storage(name=name)
        storage, _ = memory_storage(name=name, prefix="team/")
        whole.put("other", b"")
        assert storage.put("a/b", b"x").key == "a/b"
        assert whole.exists("team/a/b")
        assert storage.head("a/b").key == "a/b"
        assert storage.get("a/b").info.key == "a/b"
        assert [entry.key for entry in storage.list()] == ["a/b"]
        assert [page.prefixes for page in storage.list_pages(delimiter="/")] == [("a/",)]
        assert storage.copy("a/b", "c").key == "c"
        assert [entry.key for entry in storage.list(start_after="a/b")] == ["c"]
        assert storage.below("a/").head("b").key == "b"
        assert storage.delete_many(["a/b", "c"]).deleted == 2
        assert [entry.key for entry in whole.list()] == ["other"]

    def test_failures_of_many_are_named_without_it(self, name: str) -> None:
        storage, _ = memory_storage(
            Fault("delete", errors.AccessDenied("no")), name=name, prefix="p/", capabilities={"delete.batch": "no"}
        )
        assert [outcome.key for outcome in storage.delete_many(["a", "b"]).failed] == ["a"]


class TestDeleteMany:
    @pytest.mark.parametrize("batch", ["yes", "no"])
    def test_deletes_what_a_generator_yields(self, name: str, batch: str) -> None:
        storage, recorder = memory_storage(name=name, capabilities={"delete.batch": batch, "delete.batch_max": 3})
        for number in range(7):
            storage.put(f"k{number}", b"")
        summary = storage.delete_many(f"k{number}" for number in range(8))
        assert (summary.deleted, summary.failed) == (8, [])
        assert list(storage.list()) == []
        assert recorder.operations.count("delete_batch") == (3 if batch == "yes" else 0)

    @pytest.mark.parametrize(("together", "batches", "alone"), [("yes", 1, 0), ("no", 1, 1), ("unknown", 1, 0)])
    def test_versions_go_one_by_one_where_a_batch_is_wrong_for_them(
        self, name: str, together: str, batches: int, alone: int
    ) -> None:
        storage, recorder = memory_storage(name=name, capabilities={"delete.batch_versions": together})
        storage.versions.enable()
        older, newer = (storage.put("k", body).version_id for body in (b"old", b"new"))
        storage.put("other", b"")
        summary = storage.delete_many([ObjectRef("k", newer), "other"])
        assert (summary.deleted, summary.failed) == (2, [])
        assert storage.head("k").version_id == older
        assert not storage.exists("other")
        assert (recorder.operations.count("delete_batch"), recorder.operations.count("delete")) == (batches, alone)

    def test_one_failure_does_not_stop_the_others(self, name: str) -> None:
        storage, _ = memory_storage(
            Fault("delete", errors.AccessDenied("no"), call=2),
            name=name,
            capabilities={"delete.batch": "no"},
            transfer=TransferSettings(max_concurrency=1),
        )
        for key in "abc":
            storage.put(key, b"")
        summary = storage.delete_many(list("abc"))
        assert summary.deleted == 2
        assert [(outcome.key, type(outcome.error)) for outcome in summary.failed] == [("b", errors.AccessDenied)]


class TestCopy:
    def test_everything_comes_along_below_and_above_the_stores_limit(self, name: str) -> None:
        for limit in (100, 10):
            storage, recorder = memory_storage(name=name, capabilities={"copy.max_size": limit}, transfer=SMALL_PARTS)
            storage.put(
                "a",
                bytes(range(50)),
                content_type="text/x",
                cache_control="no-store",
                content_language="de",
                expires=dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
                metadata={"m": "1"},
                tags={"t": "2"},
                storage_class="STANDARD_IA",
            )
            recorder.calls.clear()
            storage.copy("a", "b")
            assert ("copy_part" in recorder.operations) is (limit == 10)
            assert storage.get("b").read() == bytes(range(50))
            info, source = storage.head("b"), storage.head("a")
            for field in (
                "content_type", "cache_control", "content_language", "expires", "metadata", "storage_class", "tag_count"
            ):  # fmt: skip
                assert getattr(info, field) == getattr(source, field), (limit, field)
            assert storage.tags.get("b") == {"t": "2"}

    def test_what_is_said_is_different(self, name: str) -> None:
        for limit in (100, 10):
            storage, _ = memory_storage(name=name, capabilities={"copy.max_size": limit})
            storage.put("a", bytes(50), metadata={"m": "1"}, tags={"t": "2"}, storage_class="STANDARD_IA")
            storage.copy(
                "a",
                "b",
                metadata={"n": "3"},
                replace_metadata=True,
                tags={},
                replace_tags=True,
                storage_class="STANDARD",
            )
            info = storage.head("b")
            assert (info.metadata, info.storage_class, storage.tags.get("b")) == ({"n": "3"}, "STANDARD", {})

    def test_a_source_replaced_meanwhile_is_never_mixed(self, name: str) -> None:
        storage, recorder = memory_storage(name=name, capabilities={"copy.max_size": 10}, transfer=SMALL_PARTS)
        storage.put("a", b"1" * 50)
        around = recorder.around

        def replace(operation: str, call: Any, /, *args: Any) -> Any:
            if operation == "create_upload":
                storage.provider.put("a", b"2" * 50, __import__("holdall.options").options.PUT)
            return around(operation, call, *args)

        recorder.around = replace  # type: ignore[method-assign,assignment]
        with pytest.raises(errors.SourceChanged):
            storage.copy("a", "b")
        recorder.around = around  # type: ignore[method-assign]
        assert not storage.exists("b")
        assert list(storage.uploads.list()) == []

    def test_move_keeps_the_source_where_the_copy_fails(self, name: str) -> None:
        storage, _ = memory_storage(Fault("copy", errors.InternalError("no")), name=name)
        storage.put("a", b"x")
        with pytest.raises(errors.InternalError):
            storage.move("a", "b")
        assert storage.get("a").read() == b"x"
        storage.move("a", "b")
        assert (storage.exists("a"), storage.get("b").read()) == (False, b"x")


class TestVersions:
    def test_restore_and_undelete(self, name: str) -> None:
        storage, _ = memory_storage(name=name, versioning=True, prefix="p/")
        first = storage.put("k", b"1").version_id
        storage.put("k", b"2")
        storage.put("k2", b"other")
        assert first is not None
        assert storage.get("k", version_id=first).read() == b"1"
        storage.versions.restore("k", first)
        assert storage.get("k").read() == b"1"
        assert [version.is_latest for version in storage.versions.of("k")] == [True, False, False]
        storage.delete("k")
        assert not storage.exists("k")
        assert storage.versions.undelete("k") is not None
        assert storage.versions.undelete("k") is None
        assert storage.get("k").read() == b"1"
        assert {version.key for version in storage.versions.list()} == {"k", "k2"}


class TestDownload:
    def test_a_whole_file_replaces_the_old_one(self, storage: Storage, tmp_path: Path) -> None:
        storage.put("a/k.txt", b"new")
        target = tmp_path / "k.txt"
        target.write_bytes(b"older and longer")
        target.chmod(0o640)
        storage.download_file("a/k.txt", tmp_path)
        assert target.read_bytes() == b"new"
        assert target.stat().st_mode & 0o777 == 0o640
        assert [path.name for path in tmp_path.iterdir()] == ["k.txt"]

    @pytest.mark.parametrize("error", [None, errors.StreamInterrupted("cut")])
    def test_a_body_that_breaks_leaves_the_old_file_and_nothing_else(
        self, name: str, tmp_path: Path, error: Exception | None
    ) -> None:
        storage, _ = memory_storage(Fault("get", error, cut_at=10), name=name)
        storage.put("k", bytes(100))
        target = tmp_path / "f"
        target.write_bytes(b"old")
        with pytest.raises(errors.TransferError) as caught:
            storage.download_file("k", target)
        assert (caught.value.key, caught.value.operation, caught.value.store) == ("k", "get", name)
        assert target.read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["f"]

    def test_flipped_bytes_are_an_error_where_the_store_keeps_a_checksum(self, name: str, tmp_path: Path) -> None:
        storage, recorder = memory_storage(name=name)
        storage.put("k", bytes(100), checksum_algorithm="CRC32")
        around = recorder.around

        def flip(operation: str, call: Any, /, *args: Any) -> Any:
            result = around(operation, call, *args)
            if operation == "get":
                result._source = io.BytesIO(b"\x01" + bytes(99))
            return result

        recorder.around = flip  # type: ignore[method-assign,assignment]
        with pytest.raises(errors.ChecksumMismatch):
            storage.download_file("k", tmp_path / "f")
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_says_so_and_leaves_nothing(
        self, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        storage.put("k", bytes(100))
        monkeypatch.setattr("holdall.transfer.receiving.os.pwrite", full)
        with pytest.raises(errors.TransferError, match="No space left"):
            storage.download_file("k", tmp_path / "f")
        assert list(tmp_path.iterdir()) == []

    def test_a_missing_object_makes_no_file(self, storage: Storage, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            storage.download_file("nope", tmp_path / "f")
        assert list(tmp_path.iterdir()) == []

    def test_ranges_and_names(self, storage: Storage, tmp_path: Path) -> None:
        storage.put("k", bytes(range(100)))
        storage.download_file("k", tmp_path / "f", range=ByteRange(-3))
        assert (tmp_path / "f").read_bytes() == bytes([97, 98, 99])
        storage.put("dir/..", b"x")
        with pytest.raises(errors.InvalidRequest):  # the key's last name is no file name
            storage.download_file("dir/..", tmp_path)


class TestOpen:
    def test_reads_seeks_and_follows(self, opened: tuple[Storage, RecordingProvider]) -> None:
        storage, recorder = opened
        data = os.urandom(3_000_000)
        storage.put("k", data)
        with storage.open("k") as file:
            assert file.read(10) == data[:10]
            assert file.seek(-10, 2) == len(data) - 10
            assert file.read() == data[-10:]
            assert file.seek(5) == 5
            assert file.read(5) == data[5:10]
            assert file.seek(2_500_000) == 2_500_000
            assert file.read(100) == data[2_500_000:2_500_100]
            assert file.seek(len(data) + 5) == len(data) + 5
            assert file.read() == b""
            with pytest.raises((ValueError, OSError)):
                file.seek(-1)
        assert recorder.operations[1] == "head"
        with pytest.raises(ValueError, match="closed"):
            file.read()

    def test_a_replaced_object_is_never_mixed_in(self, storage: Storage) -> None:
        storage.put("k", b"1" * 3_000_000)
        with storage.open("k", buffer_size=1000) as file:
            assert file.read(10) == b"1" * 10
            storage.put("k", b"2" * 3_000_000)
            file.seek(2_000_000)
            with pytest.raises(errors.SourceChanged):
                file.read(10)

    def test_text_lines(self, storage: Storage) -> None:
        with storage.open("k", "w", encoding="utf-8", newline="") as file:
            file.write("erste\nzweite ä\n")
        with storage.open("k", "r") as file:
            assert list(file) == ["erste\n", "zweite ä\n"]

    @pytest.mark.parametrize("size", [5, 9, 10, 11, 100, 101])
    def test_what_was_written_appears_at_close(self, name: str, size: int) -> None:
        storage, recorder = memory_storage(name=name, transfer=SMALL_PARTS)
        data = bytes(range(size))
        with storage.open("k", "wb", content_type="a/b") as file:
            for start in range(0, size, 7):
                assert file.write(data[start : start + 7]) == len(data[start : start + 7])
                assert not storage.exists("k")
            assert file.tell() == size
        assert storage.get("k").read() == data
        assert storage.head("k").content_type == "a/b"
        assert ("create_upload" in recorder.operations) is (size >= 10)

    @pytest.mark.parametrize("mode", ["wb", "w", "xb", "x"])
    @pytest.mark.parametrize("size", [5, 100])
    def test_an_exception_publishes_nothing(self, name: str, mode: Any, size: int) -> None:
        storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)
        with pytest.raises(KeyError), storage.open("k", mode) as file:  # noqa: PT012 - what is written matters
            file.write(bytes(size) if mode.endswith("b") else "x" * size)
            raise KeyError
        assert not storage.exists("k")
        assert list(storage.uploads.list()) == []

    def test_an_exception_under_gzip_publishes_nothing(self, name: str) -> None:
        storage, _ = memory_storage(name=name, transfer=SMALL_PARTS)

        def compress() -> None:
            with storage.open("k", "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as file:
                file.write(os.urandom(100))
                raise KeyError

        with pytest.raises(KeyError):
            compress()
        assert not storage.exists("k")
        assert list(storage.uploads.list()) == []

    @pytest.mark.parametrize("mode", ["wb", "w"])
    def test_a_writer_that_is_dropped_publishes_nothing_and_warns(self, storage: Storage, mode: Any) -> None:
        file = storage.open("k", mode)
        file.write(b"x" if mode == "wb" else "x")
        with pytest.warns(ResourceWarning, match="nothing was published"):
            del file
        assert not storage.exists("k")

    def test_without_a_with_block(self, storage: Storage) -> None:
        file = storage.open("k", "wb")
        file.write(b"x")
        file.close()
        file.close()
        assert storage.get("k").read() == b"x"

    def test_create_only(self, storage: Storage) -> None:
        with storage.open("k", "xb") as file:
            file.write(b"first")
        with pytest.raises(FileExistsError):
            storage.open("k", "xb")
        assert storage.get("k").read() == b"first"

    def test_what_will_be_refused_is_refused_at_once(self, name: str) -> None:
        storage, _ = memory_storage(name=name, capabilities={"put.if_absent": "no"} | NO_COMPLETION)
        with pytest.raises(errors.UnsupportedOperation):
            storage.open("k", "xb")

    def test_a_failed_part_publishes_nothing(self, name: str) -> None:
        broken = Fault("upload_part", errors.InternalError("broken"), call=3)
        storage, _ = memory_storage(broken, name=name, transfer=SMALL_PARTS)
        file = storage.open("k", "wb")
        with pytest.raises(errors.InternalError):
            file.write(bytes(100))
        file.close()
        assert not storage.exists("k")
        assert list(storage.uploads.list()) == []


class TestAbout:
    def test_unwrap(self, storage: Storage) -> None:
        assert isinstance(storage.unwrap(MemoryProvider), MemoryProvider)
        with pytest.raises(errors.UnsupportedOperation):
            storage.unwrap(dict)

    def test_exists_does_not_take_a_refusal_for_a_no(self, name: str) -> None:
        storage, _ = memory_storage(Fault("head", errors.AccessDenied("no")), name=name)
        with pytest.raises(PermissionError):
            storage.exists("k")

    def test_errors_say_where(self, storage: Storage, name: str) -> None:
        with pytest.raises(errors.ObjectNotFound) as caught:
            storage.get("nope")
        error = caught.value
        assert (error.operation, error.store, error.bucket, error.key) == ("get", name, "memory", "nope")

    def test_made_by_hand_it_can_not_be_pickled(self, storage: Storage) -> None:
        import pickle

        with pytest.raises(TypeError, match="open_storage"):
            pickle.dumps(storage)


@pytest.mark.parametrize("path", ["/proc/cpuinfo", "/proc/self/status"])
def test_files_that_the_system_makes_up_have_more_bytes_than_they_say(storage: Storage, path: str) -> None:
    if not os.access(path, os.R_OK):
        pytest.skip(f"this system has no {path}")
    result = storage.upload_file(path, "k")
    assert result.size is not None
    assert result.size > 100
    assert storage.get("k").read().count(b"\n") > 5


def test_an_empty_file_is_an_empty_object(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert storage.upload_file(tmp_path / "f", "k").size == 0
    assert storage.get("k").read() == b""


@pytest.mark.parametrize("keys", ["m/x", b"m/x", bytearray(b"m"), ObjectRef("m")])
def test_one_key_where_keys_are_wanted_deletes_nothing(storage: Storage, keys: Any) -> None:
    for key in "m/x":
        storage.put(key, b"")
    with pytest.raises(errors.InvalidRequest, match="takes a list of keys"):
        storage.delete_many(keys)
    assert sorted(entry.key for entry in storage.list()) == ["/", "m", "x"]


def test_a_limit_of_nothing_asks_for_nothing_and_a_negative_one_is_refused_at_once(
    opened: tuple[Storage, RecordingProvider],
) -> None:
    storage, recorder = opened
    storage.put("k", b"")
    recorder.calls.clear()
    assert list(storage.list(limit=0)) == []
    with pytest.raises(errors.InvalidRequest, match="limit is -1"):
        storage.list(limit=-1)
    assert recorder.calls == []
    assert [entry.key for entry in storage.list(limit=1)] == ["k"]
