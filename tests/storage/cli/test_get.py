"""`blob get`."""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors
from holdall.reading import GetResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

DATA = bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def _an_object() -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("in/data.bin", DATA, metadata={"version": "1"}, content_type="text/x-odd")


def test_an_object_becomes_a_file_and_the_result_is_the_documented_json(
    blob: Callable[..., Done], folder: Path
) -> None:
    done = blob("get", "blob://lake/in/data.bin", "out.bin")
    assert (folder / "out.bin").read_bytes() == DATA
    with holdall.open_storage("lake") as storage:
        info = storage.head("in/data.bin")
    assert info.last_modified is not None
    assert done.json == {
        "bucket": "lake",
        "key": "in/data.bin",
        "size": len(DATA),
        "etag": info.etag,
        "version_id": None,
        "content_type": "text/x-odd",
        "last_modified": int(info.last_modified.timestamp()),
        "metadata": {"version": "1"},
        "path": "out.bin",
        "verified_by": None,
    }
    assert done.stderr == ""


@pytest.mark.parametrize("target", [[], ["."], ["there/"], ["there"], ["file://{folder}/there"]])
def test_a_folder_takes_the_last_name_of_the_key(target: list[str], blob: Callable[..., Done], folder: Path) -> None:
    (folder / "there").mkdir()
    done = blob("get", "blob://lake/in/data.bin", *(each.format(folder=folder) for each in target))
    place = folder / "there" if target and "there" in target[0] else folder
    assert (place / "data.bin").read_bytes() == DATA
    assert (folder / done.json["path"]).samefile(place / "data.bin")


def test_the_last_name_never_leads_out_of_the_folder(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("memory://names") as storage:
        storage.put("a/..", b"x")
    done = blob("get", "memory://names/a/..", code=2)
    assert "ends with no name for a file" in done.stderr


def test_standard_output_gets_the_bytes_and_nothing_else(blob_process: Callable[..., Done]) -> None:
    assert blob_process("get", "blob://lake/in/data.bin", "-").stdout == DATA
    assert blob_process("get", "blob://lake/in/data.bin", "-", "--quiet").stdout == DATA


@pytest.mark.parametrize(
    ("text", "expected"), [("0-1023", DATA[:1024]), ("2000-", DATA[2000:]), ("-5", DATA[-5:]), ("7-7", DATA[7:8])]
)
def test_ranges(text: str, expected: bytes, blob: Callable[..., Done], folder: Path) -> None:
    assert blob("get", "blob://lake/in/data.bin", "-", "--range", text).stdout == expected
    blob("get", "blob://lake/in/data.bin", "part", f"--range={text}")
    assert (folder / "part").read_bytes() == expected


def test_a_range_past_the_end_is_1(blob: Callable[..., Done], folder: Path) -> None:
    assert "Error:" in blob("get", "blob://lake/in/data.bin", "part", "--range", "9999-", code=1).stderr
    assert not (folder / "part").exists()


def test_versions_by_option_and_by_location(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("versioned") as storage:
        old = storage.put("v", b"old").version_id
        storage.put("v", b"new")
    assert blob("get", "blob://versioned/v", "-").stdout == b"new"
    assert blob("get", "blob://versioned/v", "-", "--version-id", str(old)).stdout == b"old"
    assert blob("get", f"blob://versioned/v?versionId={old}", "-").stdout == b"old"
    done = blob("get", f"blob://versioned/v?versionId={old}", "-", "--version-id", "x", code=2)
    assert "different versions" in done.stderr
    assert "Error:" in blob("get", "blob://versioned/v", "-", "--version-id", "none", code=1).stderr


def test_conditions(blob: Callable[..., Done], folder: Path) -> None:
    with holdall.open_storage("lake") as storage:
        etag = str(storage.head("in/data.bin").etag)
    blob("get", "blob://lake/in/data.bin", "a", "--if-match", etag)
    blob("get", "blob://lake/in/data.bin", "b", "--if-match", "other", code=1)
    blob("get", "blob://lake/in/data.bin", "c", "--if-modified-since", "7 days ago")
    assert sorted(each.name for each in folder.iterdir() if each.is_file()) == ["a", "c", "holdall.toml"]


def test_what_did_not_change_is_skipped_but_never_passes_for_an_empty_object(
    blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "old").write_bytes(b"kept")
    done = blob("get", "blob://lake/in/data.bin", "old", "--if-modified-since", "2100-01-01")
    assert done.json["skipped"] is True
    assert "skipped" in done.stderr
    assert (folder / "old").read_bytes() == b"kept"
    assert blob("get", "blob://lake/in/data.bin", "-", "--if-modified-since", "2100-01-01", code=1).stdout == b""


def test_what_is_not_there_is_1_and_leaves_no_file(blob: Callable[..., Done], folder: Path) -> None:
    done = blob("get", "blob://lake/none", "x", code=1)
    assert done.stderr.startswith(
        'Error: object "blob://lake/none" does not exist\n\n'
        "Solution: 'blob list blob://lake/' shows which objects there are.\n"
    )
    assert done.stdout == b""
    assert not (folder / "x").exists()


def test_a_broken_download_leaves_nothing_and_keeps_what_was_there(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "x").write_bytes(b"kept")
    readinto = GetResult.readinto

    def breaks(self: GetResult, buffer: memoryview) -> int:
        if self._left < len(DATA):
            raise errors.StreamInterrupted("the connection broke")
        return readinto(self, buffer[:100])

    monkeypatch.setattr(GetResult, "readinto", breaks)
    before = sorted(os.listdir(folder))  # noqa: PTH208
    done = blob("get", "blob://lake/in/data.bin", "x", code=3)
    assert "Error: the connection broke" in done.stderr
    assert (folder / "x").read_bytes() == b"kept"
    assert sorted(os.listdir(folder)) == before  # noqa: PTH208


class TestVerify:
    @pytest.fixture(autouse=True)
    def _objects(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`sum` has a checksum, `flipped` one that its bytes have not."""
        with holdall.open_storage("lake") as storage:
            for key in ("sum", "flipped"):
                storage.put(key, b"good", checksum_algorithm=holdall.ChecksumAlgorithm.SHA256)
        begin = GetResult.__init__

        def evil(self: GetResult, info: holdall.ObjectInfo, source: Any, **about: Any) -> None:
            if info.key == "flipped":
                source.close()
                source = io.BytesIO(b"evil")
            begin(self, info, source, **about)

        monkeypatch.setattr(GetResult, "__init__", evil)

    def test_the_result_says_what_proved_the_bytes(self, blob: Callable[..., Done]) -> None:
        assert blob("get", "blob://lake/sum", "x").json["verified_by"] == "checksum"
        assert blob("get", "blob://lake/sum", "x", "--verify", "strict").json["verified_by"] == "checksum"
        assert blob("get", "blob://lake/sum", "x", "--verify", "off").json["verified_by"] is None

    @pytest.mark.parametrize("verify", [[], ["--verify", "auto"], ["--verify", "strict"]])
    @pytest.mark.parametrize("target", ["x", "-"])
    def test_bytes_that_are_not_the_objects_are_an_error(
        self, blob: Callable[..., Done], folder: Path, target: str, verify: list[str]
    ) -> None:
        done = blob("get", "blob://lake/flipped", target, *verify, code=3)
        assert "Error: the" in done.stderr
        assert "checksum" in done.stderr.lower()
        assert not (folder / "x").exists()

    def test_off_does_not_look(self, blob: Callable[..., Done], folder: Path) -> None:
        assert blob("get", "blob://lake/flipped", "-", "--verify", "off").stdout == b"evil"
        blob("get", "blob://lake/flipped", "x", "--verify", "off")
        assert (folder / "x").read_bytes() == b"evil"

    @pytest.mark.parametrize("target", ["x", "-"])
    def test_strict_writes_nothing_that_nothing_proves(
        self, blob: Callable[..., Done], folder: Path, target: str
    ) -> None:
        done = blob("get", "blob://lake/in/data.bin", target, "--verify", "strict", code=3)
        assert done.stdout == b""
        assert "Solution: " in done.stderr
        assert not (folder / "x").exists()


def test_a_dry_run_reads_nothing(blob: Callable[..., Done], folder: Path) -> None:
    done = blob("get", "blob://lake/in/data.bin", "x", "-n")
    assert done.json["dry_run"] is True
    assert not (folder / "x").exists()
    assert blob("get", "blob://lake/in/data.bin", "-", "-n").stdout == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["blob://lake/", "x"], "names no object"),
        (["blob://lake", "x"], "names no object"),
        (["data.bin", "x"], "is a path or a plain key"),
        (["-", "x"], "'-' is a standard stream"),
        (["blob://lake/in/data.bin", "blob://backup/x"], "is not a file of this machine"),
        (["blob://lake/in/data.bin", "none/x"], "the folder 'none' is not there"),
        (["blob://lake/in/data.bin", "none/"], "the folder 'none/' is not there"),
        (["blob://lake/in/data.bin", "n" * 256], "Choose a shorter file name"),
        (["blob://lake/in/data.bin", "x", "--range", "5-1"], "ends before it begins"),
        (["blob://lake/in/data.bin", "x", "--if-modified-since", "soon"], "is not a time"),
    ],
)
def test_bad_input_is_2_and_writes_nothing(
    arguments: list[str], message: str, blob: Callable[..., Done], folder: Path
) -> None:
    assert message in blob("get", *arguments, code=2).stderr
    assert [each.name for each in folder.iterdir() if each.is_file()] == ["holdall.toml"]


def test_plain_keys_need_a_word_about_where(blob: Callable[..., Done]) -> None:
    assert blob("get", "in/data.bin", "-", "--store", "lake").stdout == DATA
    assert blob("--store", "lake", "get", "in/data.bin", "-").stdout == DATA


def test_file_and_memory_locations(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "plain.txt").write_bytes(b"plain")
    assert blob("get", f"file://{folder}/plain.txt", "-").stdout == b"plain"
    blob("put", "plain.txt", "memory://cli-tests/a/")
    assert blob("get", "memory://cli-tests/a/plain.txt", "-").stdout == b"plain"
    assert [each["key"] for each in blob("list", "memory://cli-tests/", "-r").json["objects"]] == ["a/plain.txt"]


def test_ctrl_c_says_what_was_kept_and_the_same_command_goes_on(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__LAKE__TRANSFER__CHUNK_SIZE", "256")
    monkeypatch.setenv("HOLDALL_STORES__LAKE__TRANSFER__MAX_CONCURRENCY", "2")
    begin, asked = GetResult.__init__, []

    def interrupted(self: GetResult, info: holdall.ObjectInfo, source: Any, **about: Any) -> None:
        begin(self, info, source, **about)
        asked.append(self.start)
        if len(asked) == 6:
            self.close()
            raise KeyboardInterrupt

    monkeypatch.setattr(GetResult, "__init__", interrupted)
    done = blob("get", "blob://lake/in/data.bin", "x", code=130)
    kept = r"Interrupted; the pieces that are here \(1\.\d kB\) were kept, and the same command goes on with them\."
    assert re.fullmatch(kept, done.stderr.strip())
    assert not (folder / "x").exists()
    del asked[:6]
    done = blob("get", "blob://lake/in/data.bin", "x")
    assert re.fullmatch(r"going on with the download of in/data.bin: 1\.\d kB of 2.0 kB have arrived\n", done.stderr)
    assert (folder / "x").read_bytes() == DATA
    assert len(asked) <= 5  # of eight pieces four were there, and the first request is for all
    assert [each.name for each in folder.iterdir() if ".part" in each.name] == []


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (errors.StreamInterrupted("cut off"), 3)])
def test_of_bytes_that_went_to_standard_output_nobody_says_that_nothing_was_kept(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    read, times = GetResult.read, iter([1])

    def breaks(self: GetResult, size: int = -1) -> bytes:
        if next(times, None) is None:
            raise error
        return read(self, size)

    monkeypatch.setattr(GetResult, "read", breaks)
    monkeypatch.setattr("holdall.transfer.download.CHUNK", 100)
    done = blob("get", "blob://lake/in/data.bin", "-", code=code)
    assert done.stdout == DATA[:100]
    assert "nothing incomplete was kept" not in done.stderr
    assert "hat has gone to standard output (100 B) is incomplete or wrong: discard it." in done.stderr
