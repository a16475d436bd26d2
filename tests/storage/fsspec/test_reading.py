"""Slices, many slices, files that are read, files that are fetched."""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.caching import caches
from fsspec.callbacks import Callback

from holdall import errors
from holdall import options as opt
from holdall.fsspec import files
from holdall.models import ByteRange
from holdall.testing.fakes import Fault, FaultyProvider, RecordingProvider
from tests.stores import Rival

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.fsspec import BlobFileSystem
    from holdall.reading import GetResult
    from holdall.storage import Storage

DATA = bytes(range(256)) * 16
# Its cache "mmap" does not close the file that it maps.
FSSPEC_LEAVES_A_FILE_OPEN = (
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*FileIO.*:pytest.PytestUnraisableExceptionWarning"),
)


@pytest.fixture
def bucket(memory_fs: BlobFileSystem, memory: str) -> Storage:
    return memory_fs._place(memory).in_bucket()


@pytest.fixture
def recorded(bucket: Storage) -> Iterator[RecordingProvider]:
    """The requests that a file system over memory makes."""
    before = bucket.provider
    bucket.provider = recording = RecordingProvider(before)
    yield recording
    bucket.provider = before


def fetched(recorded: RecordingProvider) -> list[tuple[int, int | None] | None]:
    """The ranges that were asked for."""
    wanted = [call.args[1].range for call in recorded.calls if call.operation == "get"]
    return [(each.start, each.stop) if isinstance(each, ByteRange) else None for each in wanted]


@pytest.mark.parametrize("start", [None, 0, 1, 4000, 4096, 5000, -1, -100, -4096, -5000])
@pytest.mark.parametrize("end", [None, 0, 1, 50, 4096, 9999, -1, -50, -5000])
def test_slices_are_those_of_python(memory_fs: BlobFileSystem, memory: str, start: int | None, end: int | None) -> None:
    memory_fs.pipe(f"{memory}/x", DATA)
    assert memory_fs.cat_file(f"{memory}/x", start, end) == DATA[start:end]


def test_slices(fs: BlobFileSystem, store: str) -> None:
    fs.pipe({f"{store}/x": DATA, f"{store}/empty": b""})
    for start, end in ((None, None), (10, 20), (-5, None), (-5, -1), (4000, 9999), (9999, None), (3, 3)):
        assert fs.cat_file(f"{store}/x", start, end) == DATA[start:end]
        assert fs.cat_file(f"{store}/empty", start, end) == b""
    for start, end in ((None, None), (10, 20), (-5, None), (-5, -1), (3, 3)):
        with pytest.raises(FileNotFoundError):
            fs.cat_file(f"{store}/nothing", start, end)
    assert fs.cat([f"{store}/x", f"{store}/empty"]) == {f"{store}/x": DATA, f"{store}/empty": b""}
    assert fs.head(f"{store}/x", 3) + fs.tail(f"{store}/x", 3) == DATA[:3] + DATA[-3:]
    assert fs.read_block(f"{store}/x", 10, 5) == DATA[10:15]


def test_a_slice_that_needs_the_size_never_comes_from_another_object(
    memory_fs: BlobFileSystem, memory: str, bucket: Storage
) -> None:
    memory_fs.pipe(f"{memory}/x", DATA)
    before, bucket.provider = bucket.provider, Rival(bucket.provider, b"shorter")
    with pytest.raises(errors.PreconditionFailed):
        memory_fs.cat_file(f"{memory}/x", 1, -1)
    bucket.provider = before
    assert memory_fs.cat_file(f"{memory}/x", 1, -1) == b"horte"


class TestStoresWithoutConditions:
    """There, what the store tells with each answer keeps two objects apart."""

    @pytest.fixture(autouse=True)
    def _without(self, bucket: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
        supports = bucket.supports
        monkeypatch.setattr(
            bucket, "supports", lambda feature, **how: feature != "get.if_match" and supports(feature, **how)
        )

    def test_a_slice_that_needs_the_size(
        self, memory_fs: BlobFileSystem, memory: str, bucket: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        memory_fs.pipe(f"{memory}/x", DATA)
        monkeypatch.setattr(bucket, "provider", Rival(bucket.provider, DATA[::-1]))
        with pytest.raises(errors.SourceChanged):
            memory_fs.cat_file(f"{memory}/x", 1, -1)

    def test_ranges(
        self, memory_fs: BlobFileSystem, memory: str, bucket: Storage, recorded: RecordingProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        memory_fs.pipe(f"{memory}/x", DATA)
        get = recorded.get
        assert memory_fs.cat_ranges([f"{memory}/x"] * 2, [0, 1000], [5, 1005], max_gap=0) == [DATA[:5], DATA[1000:1005]]

        def replaced(key: str, options: opt.GetOptions) -> GetResult:
            found = get(key, options)
            recorded.inner.put(key, DATA[::-1], opt.PUT)
            return found

        monkeypatch.setattr(recorded, "get", replaced)
        first, second = memory_fs.cat_ranges([f"{memory}/x"] * 2, [0, 1000], [5, 1005], max_gap=0, on_error="return")
        assert first == DATA[:5]
        assert isinstance(second, errors.SourceChanged)
        assert not any(call.args[1].if_match for call in recorded.calls if call.operation == "get")


class TestRanges:
    def test_each_gets_its_own(self, fs: BlobFileSystem, store: str) -> None:
        fs.pipe({f"{store}/x": DATA, f"{store}/y": DATA[::-1]})
        paths = [f"{store}/{name}" for name in "xyxxyx"]
        starts, ends = [100, 0, 90, -6, None, 101], [110, 5, 105, None, None, 102]
        expected = [(DATA if name == "x" else DATA[::-1]) for name in "xyxxyx"]
        assert fs.cat_ranges(paths, starts, ends) == [
            data[start:end] for data, start, end in zip(expected, starts, ends, strict=True)
        ]
        assert fs.cat_ranges(paths[:2], 1, 3) == [DATA[1:3], DATA[::-1][1:3]]

    def test_one_behind_the_end_tells_no_version_and_the_others_are_of_one_all_the_same(
        self, memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, get, size = f"{memory}/x", recorded.get, len(DATA)
        memory_fs.pipe(path, DATA)

        def replaced(key: str, options: opt.GetOptions) -> GetResult:
            found = get(key, options)
            recorded.inner.put(key, DATA[::-1], opt.PUT)
            return found

        monkeypatch.setattr(recorded, "get", replaced)
        found = memory_fs.cat_ranges([path] * 3, [size + 9, 0, 1000], [size + 19, 5, 1005], max_gap=0)
        assert found[:2] == [b"", DATA[:5]]
        assert isinstance(found[2], errors.PreconditionFailed)

    def test_near_ones_are_read_together(
        self, memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider
    ) -> None:
        path = f"{memory}/x"
        memory_fs.pipe(path, DATA)
        wanted = [(0, 10), (12, 20), (500, 510), (501, 503), (12, 20)]
        results = memory_fs.cat_ranges([path] * 5, [a for a, _ in wanted], [b for _, b in wanted], max_gap=2)
        assert results == [DATA[a:b] for a, b in wanted]
        assert sorted(fetched(recorded), key=str) == [(0, 20), (500, 510)]
        recorded.calls.clear()
        memory_fs.cat_ranges([path] * 3, [0, 10, 20], [10, 20, 30], max_block=20)
        assert sorted(fetched(recorded), key=str) == [(0, 20), (20, 30)]
        recorded.calls.clear()
        memory_fs.cat_ranges([path] * 2, [0, 3000], [10, 3010])
        assert fetched(recorded) == [(0, 3010)]  # the gap costs less than another request

    def test_failures_stand_in_their_place_or_are_raised(self, fs: BlobFileSystem, store: str) -> None:
        fs.pipe(f"{store}/x", DATA)
        paths = [f"{store}/nothing", f"{store}/x"]
        missing, found = fs.cat_ranges(paths, 0, 2)
        assert isinstance(missing, FileNotFoundError)
        assert found == DATA[:2]
        with pytest.raises(FileNotFoundError):
            fs.cat_ranges(paths, 0, 2, on_error="raise")
        assert fs.cat_ranges([], [], []) == []
        with pytest.raises(ValueError, match="differ in length"):
            fs.cat_ranges(paths, [0], [1])


class TestReader:
    def test_is_a_file(self, fs: BlobFileSystem, store: str) -> None:
        fs.pipe(f"{store}/x", b"one\ntwo\nthree")
        with fs.open(f"blob://{store}/x") as file:
            assert (file.size, file.name, file.mode, file.seekable()) == (13, f"{store}/x", "rb", True)
            assert file.details["type"] == "file"
            assert [file.readline(), file.readline(2), file.read(3), file.tell()] == [b"one\n", b"tw", b"o\nt", 9]
            assert file.seek(-5, 2) == 8
            assert file.read() == b"three"
            assert file.read() == b""
            assert file.seek(4) == 4
            assert list(file) == [b"two\n", b"three"]
        assert file.closed
        with pytest.raises(ValueError, match="closed"):
            file.read()
        with fs.open(f"{store}/x", "r") as text:
            assert text.read() == "one\ntwo\nthree"
        with pytest.raises(FileNotFoundError):
            fs.open(f"{store}/nothing")

    def test_jumping_about_fetches_what_is_read_and_a_little_ahead(
        self, memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider
    ) -> None:
        memory_fs.pipe(f"{memory}/x", DATA * 10)
        with memory_fs.open(f"{memory}/x", block_size=100) as file:
            for position in (30_000, 10_000, 20_000):
                file.seek(position)
                assert file.read(10) == (DATA * 10)[position : position + 10]
        assert fetched(recorded) == [(30_000, 30_110), (10_000, 10_110), (20_000, 20_110)]

    def test_reading_through_is_a_stream(
        self, memory_fs: BlobFileSystem, memory: str, recorded: RecordingProvider
    ) -> None:
        memory_fs.pipe(f"{memory}/x", DATA * 10)
        with memory_fs.open(f"{memory}/x", block_size=100) as file:
            assert b"".join(iter(lambda: file.read(64), b"")) == DATA * 10
        assert fetched(recorded) == [(0, 164), (164, len(DATA) * 10)]
        recorded.calls.clear()
        with memory_fs.open(f"{memory}/x", block_size=100) as file:
            assert file.read() == DATA * 10
        assert fetched(recorded) == [None]  # the whole object, and its checksum with it

    # "parts" has only what it is given, and asks for nothing.
    @pytest.mark.parametrize("cache_type", sorted({"none", *filter(None, caches)} - {"parts"}))
    @FSSPEC_LEAVES_A_FILE_OPEN[0]
    @FSSPEC_LEAVES_A_FILE_OPEN[1]
    def test_every_cache(self, memory_fs: BlobFileSystem, memory: str, cache_type: str) -> None:
        memory_fs.pipe(f"{memory}/x", DATA * 10)
        with memory_fs.open(f"{memory}/x", block_size=1000, cache_type=cache_type) as file:
            for position, size in ((5000, 100), (0, 5), (39_000, 5000), (5, 3000)):
                file.seek(position)
                assert file.read(size) == (DATA * 10)[position : position + size]

    def test_an_unknown_cache_is_refused(self, memory_fs: BlobFileSystem, memory: str) -> None:
        memory_fs.pipe(f"{memory}/x", DATA)
        with pytest.raises(errors.InvalidRequest, match="'reedahead' is not one of") as caught:
            memory_fs.open(f"{memory}/x", cache_type="reedahead")
        assert "readahead" in str(caught.value.hint)

    def test_never_mixes_two_objects(self, memory_fs: BlobFileSystem, memory: str) -> None:
        memory_fs.pipe(f"{memory}/x", DATA)
        with memory_fs.open(f"{memory}/x", block_size=1, cache_type="none") as file:
            assert file.read(2) == DATA[:2]
            memory_fs.pipe(f"{memory}/x", DATA[::-1])
            with pytest.raises(errors.SourceChanged):
                file.read(2)

    def test_lines_are_not_read_block_by_block(self, memory_fs: BlobFileSystem, memory: str) -> None:
        lines = [b"%d\n" % number for number in range(files.LINE_STEP // 4)]
        memory_fs.pipe(f"{memory}/x", b"".join(lines))
        with memory_fs.open(f"{memory}/x") as file:
            assert list(file) == lines

    def test_pickled_it_goes_on_where_it_was(self, memory_fs: BlobFileSystem, memory: str) -> None:
        memory_fs.pipe(f"{memory}/x", DATA)
        with memory_fs.open(f"{memory}/x") as file:
            file.seek(100)
            with pickle.loads(pickle.dumps(file)) as again:
                assert again.read(5) == DATA[100:105]


def test_versions(memory_fs: BlobFileSystem, memory: str, bucket: Storage, tmp_path: Path) -> None:
    bucket.versions.enable()
    path = f"{memory}/x"
    old = bucket.put("x", b"old").version_id
    memory_fs.pipe(path, b"new!")
    assert memory_fs.cat(path) == b"new!"
    assert memory_fs.cat_file(f"{path}?versionId={old}") == memory_fs.cat_file(path, version_id=old) == b"old"
    assert memory_fs.info(path, version_id=old)["size"] == 3
    with fsspec.open(f"blob://{path}?versionId={old}") as file:
        assert file.read() == b"old"
    for ask in (memory_fs.cat_file, memory_fs.info, memory_fs.open):
        with pytest.raises(
            errors.InvalidRequest, match="version_id is empty"
        ):  # and the latest is not what was asked for
            ask(path, version_id="")
    with memory_fs.open(path, version_id=old) as file, pickle.loads(pickle.dumps(file)) as again:
        assert again.read() == b"old"
    memory_fs.get_file(f"{path}?versionId={old}", tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == b"old"
    memory_fs.cp_file(f"{path}?versionId={old}", f"{memory}/copy")
    assert memory_fs.cat(f"{memory}/copy") == b"old"
    for refused in (
        lambda: memory_fs.pipe(f"{path}?versionId={old}", b""),
        lambda: memory_fs.rm_file(f"{path}?versionId={old}"),
        lambda: memory_fs.info(f"{path}?versionId={old}", version_id="other"),
    ):
        with pytest.raises(errors.InvalidRequest):
            refused()


class TestGetFile:
    def test_whole_or_not_at_all(self, memory_fs: BlobFileSystem, memory: str, bucket: Storage, tmp_path: Path) -> None:
        memory_fs.pipe(f"{memory}/x", DATA)
        target = tmp_path / "new" / "folder" / "x"
        memory_fs.get_file(f"{memory}/x", str(target))
        assert target.read_bytes() == DATA
        before, bucket.provider = (
            bucket.provider,
            FaultyProvider(bucket.provider, Fault("get", errors.AccessDenied("no more"), cut_at=100)),
        )
        with pytest.raises(errors.AccessDenied):
            memory_fs.get_file(f"{memory}/x", str(tmp_path / "broken"))
        bucket.provider = before
        assert [path.name for path in tmp_path.iterdir()] == ["new"]

    def test_into_an_open_file_and_from_a_directory(self, fs: BlobFileSystem, store: str, tmp_path: Path) -> None:
        fs.pipe(f"{store}/d/x", DATA)
        sink = io.BytesIO()
        fs.get_file(f"{store}/d/x", sink)
        fs.get_file(f"{store}/d/x", outfile=sink)
        assert sink.getvalue() == DATA * 2
        fs.get_file(f"{store}/d", tmp_path / "folder")
        assert (tmp_path / "folder").is_dir()
        with pytest.raises(FileNotFoundError):
            fs.get_file(f"{store}/nothing", tmp_path / "nothing")
        assert not (tmp_path / "nothing").exists()

    def test_tells_how_far_it_is(self, fs: BlobFileSystem, store: str, tmp_path: Path) -> None:
        fs.pipe(f"{store}/x", DATA)
        for arguments in ({"lpath": tmp_path / "x"}, {"outfile": io.BytesIO()}):
            told: list[Any] = []
            callback = Callback(hooks={"tell": lambda size, value, told=told, **_: told.append((size, value))})
            fs.get_file(f"{store}/x", callback=callback, **arguments)
            assert told[0] == (len(DATA), 0)
            assert told[-1] == (len(DATA), len(DATA))

    def test_keys_do_not_climb_out_of_the_folder(self, memory_fs: BlobFileSystem, memory: str, tmp_path: Path) -> None:
        memory_fs.pipe(f"{memory}/d/../../evil", b"x")
        inside = tmp_path / "inside"
        inside.mkdir()
        with pytest.raises(ValueError, match="outside"):
            memory_fs.get(f"{memory}/d", str(inside), recursive=True)
        with pytest.raises(errors.InvalidRequest, match="outside"):
            memory_fs.get_file(f"{memory}/d/../../evil", f"{inside}/../../evil")  # what fsspec's `get` may make of it
        memory_fs.get_file(f"{memory}/d/../../evil", inside / "harmless")
        assert (inside / "harmless").read_bytes() == b"x"
        assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("protocol", ["simplecache", "filecache", "blockcache"])
@FSSPEC_LEAVES_A_FILE_OPEN[0]
@FSSPEC_LEAVES_A_FILE_OPEN[1]
def test_caching_protocols(memory_fs: BlobFileSystem, memory: str, protocol: str, tmp_path: Path) -> None:
    memory_fs.pipe(f"{memory}/x", DATA)
    options = {protocol: {"cache_storage": str(tmp_path)}}
    for _ in range(2):
        with fsspec.open(f"{protocol}::blob://{memory}/x", **options) as file:
            assert file.read(10) == DATA[:10]
            file.seek(1000)
            assert file.read() == DATA[1000:]
    assert any(tmp_path.iterdir())


def test_ranges_of_an_object_are_all_of_one_version(
    memory_fs: BlobFileSystem, memory: str, bucket: Storage, recorded: RecordingProvider
) -> None:
    memory_fs.pipe(f"{memory}/x", DATA * 10)
    paths = [f"{memory}/x"] * 3
    assert memory_fs.cat_ranges(paths, [0, 15_000, 30_000], [10, 15_010, 30_010], max_gap=0) == [
        (DATA * 10)[start : start + 10] for start in (0, 15_000, 30_000)
    ]
    conditions = [call.args[1].if_match for call in recorded.calls if call.operation == "get"]
    assert conditions[0] is None
    assert set(conditions[1:]) == {bucket.head("x").etag}
