"""`blob put`."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import holdall

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storage.cli.conftest import Done


def content(key: str, store: str = "lake") -> bytes:
    with holdall.open_storage(store) as storage:
        return storage.get(key).read()


def test_a_file_becomes_an_object_and_the_result_is_the_documented_json(
    blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "app.json").write_bytes(b"{}")
    before = int(time.time())
    done = blob("put", "app.json", "blob://lake/v1/app.json")
    assert content("v1/app.json") == b"{}"
    record = done.json
    assert list(record) == ["bucket", "key", "size", "etag", "version_id", "storage_class", "uploaded_at"]
    assert record["key"] == "v1/app.json"
    assert record["size"] == 2
    assert isinstance(record["etag"], str)
    assert record["version_id"] is None
    assert record["storage_class"] == "STANDARD"
    assert before <= record["uploaded_at"] <= time.time()
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("location", "key"),
    [("blob://lake", "f.bin"), ("blob://lake/", "f.bin"), ("blob://lake/in/", "in/f.bin"), ("blob://lake/in", "in")],
)
def test_a_location_that_ends_with_a_slash_takes_the_files_name(
    location: str, key: str, blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "f.bin").write_bytes(b"x")
    assert blob("put", "f.bin", location).json["key"] == key
    assert content(key) == b"x"


@pytest.mark.parametrize("data", [b"", b"hello\0", b"x" * 100_000])
def test_standard_input_becomes_an_object_even_if_it_is_empty(data: bytes, blob_process: Callable[..., Done]) -> None:
    done = blob_process("put", "-", "blob://lake/in", stdin=data)
    assert done.json["size"] == len(data)
    assert content("in") == data


def test_standard_input_has_no_name(blob: Callable[..., Done]) -> None:
    done = blob("put", "-", "blob://lake/in/", stdin=b"x", code=2)
    assert "Error: blob://lake/in/ names no object, and the source has no name to take" in done.stderr


def test_everything_that_can_be_said_about_an_object(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"x")
    blob(
        "put", "f", "blob://lake/f", "--metadata", "Version=1.0", "--metadata", "note=a=b,c",
        "--tags", "env=prod,team=data", "--tags", "more=1", "--content-type", "text/x-odd",
    )  # fmt: skip
    with holdall.open_storage("lake") as storage:
        info = storage.head("f")
        assert info.metadata == {"version": "1.0", "note": "a=b,c"}
        assert info.content_type == "text/x-odd"
        assert storage.tags.get("f") == {"env": "prod", "team": "data", "more": "1"}


def test_if_not_exists_skips_and_says_so(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"new")
    assert "skipped" not in blob("put", "f", "blob://lake/f", "--if-not-exists").json
    (folder / "f").write_bytes(b"newer")
    done = blob("put", "f", "blob://lake/f", "--if-not-exists")
    assert done.json["skipped"] is True
    assert "skipped: f (store lake" in done.stderr
    assert content("f") == b"new"


def test_if_not_exists_holds_even_if_the_object_comes_in_between(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "f").write_bytes(b"late")
    with holdall.open_storage("lake") as storage:
        storage.put("f", b"early")
    monkeypatch.setattr("holdall.storage.Storage.exists", lambda *_, **__: False)
    assert blob("put", "f", "blob://lake/f", "--if-not-exists").json["skipped"] is True
    assert content("f") == b"early"


def test_if_match_replaces_only_what_was_expected(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"1")
    etag = blob("put", "f", "blob://lake/f").json["etag"]
    (folder / "f").write_bytes(b"2")
    newer = blob("put", "f", "blob://lake/f", "--if-match", etag).json["etag"]
    done = blob("put", "f", "blob://lake/f", "--if-match", etag, code=1)
    assert "Solution: The object is not the one you expected" in done.stderr
    assert content("f") == b"2"
    assert newer != etag


def test_the_same_file_again_is_no_write_where_its_sha_256_proves_it(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f.csv").write_bytes(b"1")
    arguments = ("put", "f.csv", "blob://versioned/f.csv", "--checksum", "SHA256")
    first = blob(*arguments, "--tags", "a=1").json
    again = blob(*arguments, "--tags", "a=1")
    assert again.json["unchanged"] is True
    assert "unchanged: f.csv (store versioned" in again.stderr
    assert "unchanged" not in blob(*arguments, "--tags", "a=2").json
    assert "unchanged" not in blob(*arguments, "--tags", "a=2", "--metadata", "b=3").json
    (folder / "f.csv").write_bytes(b"2")
    assert "unchanged" not in blob(*arguments, "--tags", "a=2", "--metadata", "b=3").json
    with holdall.open_storage("versioned") as storage:
        assert [each.version_id for each in storage.versions.of("f.csv")][-1] == first["version_id"]
        assert len(list(storage.versions.of("f.csv"))) == 4


def test_an_equal_etag_is_no_proof(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"1")
    blob("put", "f", "blob://versioned/f")
    assert "unchanged" not in blob("put", "f", "blob://versioned/f").json
    with holdall.open_storage("versioned") as storage:
        assert len(list(storage.versions.of("f"))) == 2


def test_a_dry_run_writes_nothing(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"abc")
    for arguments in (["-n", "put", "f", "blob://lake/"], ["put", "f", "blob://lake/", "--dry-run"]):
        done = blob(*arguments)
        assert done.json["dry_run"] is True
        assert done.json["size"] == 3
        assert "would put f to f" in done.stderr
    with holdall.open_storage("lake") as storage:
        assert list(storage.list()) == []


def test_a_large_object_is_sent_in_parts_of_the_size_asked_for(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    from holdall_local.provider import LocalProvider

    upload_part = LocalProvider.upload_part

    def spy(self: LocalProvider, *args: object) -> object:
        sizes.append(len(args[3]))  # type: ignore[arg-type]
        return upload_part(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalProvider, "upload_part", spy)
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    (folder / "f").write_bytes(bytes(2_500_000))
    blob("put", "f", "blob://lake/f", "--chunk-size", "1MB")
    assert sizes == [1_000_000, 1_000_000, 500_000]
    assert content("f") == bytes(2_500_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["put"], "Missing argument"),
        (["put", "none", "blob://lake/x"], "there is no file 'none'"),
        (["put", ".", "blob://lake/x"], "'.' is a folder"),
        (["put", "n" * 256, "blob://lake/x"], "there is no file 'nnn"),
        (["put", "s3://b/k", "blob://lake/x"], "s3://b/k is not a file of this machine"),
        (["put", "f", "x"], "'x' is a path or a plain key"),
        (["put", "f", "./x"], "'./x' is a path"),
        (["put", "f", "blob://lak/x"], "there is no store 'lak'"),
        (["put", "f", "blob:/lake/x"], "'blob:/lake/x' is a path"),
        (["put", "f", "s4://lake/x"], "s4:// is not a scheme"),
        (["put", "f", "blob://lake/x?versionId=1"], "a version can't be written to"),
        (["put", "f", "blob://lake/" + "k" * 1025], "the key has 1025 bytes"),
        (["put", "f", "blob://lake/x", "--metadata", "a"], "'a' is not name=value"),
        (["put", "f", "blob://lake/x", "--metadata", "a=" + "b" * 2048], "metadata of 2049 bytes"),
        (["put", "f", "blob://lake/x", "--metadata", "a b=c"], "can't be sent as a header"),
        (["put", "f", "blob://lake/x", "--tags", ",".join(f"t{n}=1" for n in range(11))], "11 tags"),
        (["put", "f", "blob://lake/x", "--chunk-size", "big"], "'big' is not a size"),
        (["put", "f", "blob://lake/x", "--chunk-size", "0"], "--chunk-size is 0 bytes; a part has 1 at least"),
        (["put", "f", "blob://lake/x", "--if-match", "e", "--if-not-exists"], "contradict each other"),
        (["put", "f", "blob://lake/x", "--checksum", "MD5"], "MD5"),
        (["put", "f", "file:///never", "--storage-class", "GLACIER"], "has no storage_class"),
        (["put", "f", "blob://lake/x", "--nonsense"], "No such option"),
        (["put", "f", "blob://lake/x", "--store", "backup"], "contradict each other"),
        (["put", "f", "blob://lake/x", "--format", "keys"], "keys"),
        (["--format", "keys", "put", "f", "blob://lake/x"], "--format keys is not for this command"),
    ],
)
def test_bad_input_is_2_with_a_message_and_changes_nothing(
    arguments: list[str], message: str, blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "f").write_bytes(b"x")
    done = blob(*arguments, code=2)
    assert message in done.stderr
    assert done.stderr.startswith("Error: ")
    assert done.stdout == b""
    with holdall.open_storage("lake") as storage:
        assert list(storage.list()) == []


def test_a_file_that_may_not_be_read_is_1(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "f").write_bytes(b"x")

    opened = Path.open

    def refuse(self: Path, *arguments: Any, **rest: Any) -> Any:
        if self.name == "f":  # tests may run as root, who may read anything
            raise PermissionError(13, "Permission denied", "f")
        return opened(self, *arguments, **rest)

    monkeypatch.setattr(Path, "open", refuse)
    assert blob("put", "f", "blob://lake/x", code=1).stderr.startswith("Error: f: Permission denied")


NOWHERE = """\
[stores.STORE]
provider = "STORE"
endpoint_url = "http://127.0.0.1:9"
bucket = "data"
access_key_id = "id"
secret_access_key = "secret"
"""  # nothing listens there: a request would be 3


def test_a_storage_class_that_nobody_knows_is_2_before_any_request(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "holdall.toml").write_text(NOWHERE.replace("STORE", "s3-compatible"))
    for wrong, advice in (("NOPE", 'capabilities."tiers.classes"'), ("GLACIR", "Did you mean 'GLACIER'?")):
        done = blob("put", "holdall.toml", "blob://s3-compatible/k", "--storage-class", wrong, code=2)
        assert f"'{wrong}' is no storage class" in done.stderr
        assert advice in done.stderr


def test_what_a_store_has_not_is_refused_before_it_is_asked_what_it_has(
    blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "holdall.toml").write_text(NOWHERE.replace("STORE", "minio"))
    done = blob("put", "holdall.toml", "blob://minio/k", "--storage-class", "GLACIER", code=2)
    assert "has no storage class 'GLACIER'" in done.stderr


@pytest.mark.parametrize("form", ["text", "table"])
def test_times_for_people(form: str, blob: Callable[..., Done]) -> None:
    assert isinstance(blob("put", "-", "blob://lake/k", stdin=b"x").json["uploaded_at"], int)
    assert isinstance(blob("get", "blob://lake/k").json["last_modified"], int)
    time = r"\s+20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.search("uploaded_at" + time, blob("put", "-", "blob://lake/k", "--format", form, stdin=b"x").text)
    assert re.search("last_modified" + time, blob("get", "blob://lake/k", "--format", form).text)


@pytest.mark.parametrize("option", ["-r", "--recursive"])
def test_one_object_at_a_time(option: str, blob: Callable[..., Done]) -> None:
    assert "Solution: 'blob put' moves one object" in blob("put", "f", "blob://lake/", option, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--expected-size", "5MB"], "--expected-size is for streams and pipes"),
        (["--chunk-size", "10GB"], "--chunk-size 10.0 GB is more than this store takes in one part"),
        (["--chunk-size", "0"], "Solution: Write bytes or a unit, e.g. --chunk-size 16MiB"),
    ],
)
def test_sizes_that_would_be_ignored_are_refused(
    arguments: list[str], said: str, blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "f").write_bytes(b"x")
    assert said in blob("put", "f", "blob://lake/never", *arguments, code=2).stderr
    with holdall.open_storage("lake") as storage:
        assert not storage.exists("never")
