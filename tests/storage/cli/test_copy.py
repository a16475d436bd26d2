"""`blob copy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import holdall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done


@pytest.fixture(autouse=True)
def _an_object() -> None:
    with holdall.open_storage("lake") as storage:
        storage.put(
            "in/a.txt", b"data", metadata={"version": "1", "by": "me"}, tags={"env": "prod"}, content_type="text/x-odd"
        )


def about(store: str, key: str) -> tuple[bytes, dict[str, str], dict[str, str], str | None]:
    with holdall.open_storage(store) as storage, storage.get(key) as result:
        return result.read(), dict(result.info.metadata), storage.tags.get(key), result.info.content_type


LIKE_THE_SOURCE = (b"data", {"version": "1", "by": "me"}, {"env": "prod"}, "text/x-odd")


@pytest.mark.parametrize("store", ["lake", "backup"])
@pytest.mark.parametrize(("target", "key"), [("copy.txt", "copy.txt"), ("", "a.txt"), ("to/", "to/a.txt")])
def test_everything_comes_along(store: str, target: str, key: str, blob: Callable[..., Done]) -> None:
    record = blob("copy", "blob://lake/in/a.txt", f"blob://{store}/{target}").json
    assert about(store, key) == LIKE_THE_SOURCE
    with holdall.open_storage(store) as storage:
        etag = storage.head(key).etag
    assert record == {
        "source": {"bucket": "lake", "key": "in/a.txt", "version_id": None},
        "bucket": store,
        "key": key,
        "etag": etag,
        "version_id": None,
        "server_side": store == "lake",
    }


@pytest.mark.parametrize("store", ["lake", "backup"])
@pytest.mark.parametrize(
    ("arguments", "metadata"),
    [
        (["--metadata", "Version=2"], {"version": "2", "by": "me"}),
        (["--metadata", "version=2", "--metadata-directive", "REPLACE"], {"version": "2"}),
        (["--metadata-directive", "replace"], {}),
        (["--metadata-directive", "COPY"], {"version": "1", "by": "me"}),
    ],
)
def test_other_metadata(store: str, arguments: list[str], metadata: dict[str, str], blob: Callable[..., Done]) -> None:
    blob("copy", "blob://lake/in/a.txt", f"blob://{store}/b", *arguments)
    assert about(store, "b") == (b"data", metadata, {"env": "prod"}, "text/x-odd")


@pytest.mark.parametrize("store", ["lake", "backup"])
def test_if_not_exists_skips(store: str, blob: Callable[..., Done]) -> None:
    with holdall.open_storage(store) as storage:
        storage.put("b", b"kept")
    done = blob("copy", "blob://lake/in/a.txt", f"blob://{store}/b", "--if-not-exists")
    assert done.json["skipped"] is True
    assert "skipped: b (store" in done.stderr
    assert about(store, "b")[0] == b"kept"
    assert "skipped" not in blob("copy", "blob://lake/in/a.txt", f"blob://{store}/c", "--if-not-exists").json


@pytest.mark.parametrize("store", ["versioned", "backup"])
def test_an_old_version_comes_back(store: str, blob: Callable[..., Done]) -> None:
    with holdall.open_storage("versioned") as storage:
        old = storage.put("v", b"old").version_id
        storage.put("v", b"new")
    record = blob("copy", f"blob://versioned/v?versionId={old}", f"blob://{store}/v").json
    assert record["source"]["version_id"] == old
    assert about(store, "v")[0] == b"old"


def test_stores_with_prefixes(blob: Callable[..., Done], folder: Path) -> None:
    with (folder / "holdall.toml").open("a") as file:
        file.write('\n[stores.below]\nprovider = "local"\nroot = "data/lake"\nprefix = "in/"\n')
    blob("copy", "blob://below/a.txt", "blob://below/b.txt")
    assert about("lake", "in/b.txt") == LIKE_THE_SOURCE
    blob("copy", "blob://below/a.txt", "blob://lake/c.txt")
    assert about("lake", "c.txt") == LIKE_THE_SOURCE


@pytest.mark.parametrize("lacks", ["multipart.copy_part", "copy.server_side"])
@pytest.mark.parametrize("arguments", [[], ["--metadata", "version=1"]])
def test_what_the_store_can_not_copy_itself_is_streamed(
    lacks: str, arguments: list[str], blob: Callable[..., Done], folder: Path
) -> None:
    with (folder / "holdall.toml").open("a") as file:
        file.write(f"""
            [stores.small]
            provider = "local"
            root = "data/lake"
            capabilities = {{ "{lacks}" = "no", "copy.max_size" = 3 }}
        """)
    done = blob("--verbose", "copy", "blob://small/in/a.txt", "blob://small/b.txt", "--progress", *arguments)
    assert about("lake", "b.txt") == LIKE_THE_SOURCE
    assert done.json["server_side"] is False
    assert "b.txt" in done.stderr
    assert ("streaming it through this machine" in done.stderr) is (lacks == "multipart.copy_part")


def test_progress_of_a_copy_by_the_store(blob: Callable[..., Done]) -> None:
    done = blob("copy", "blob://lake/in/a.txt", "blob://lake/b.txt", "--progress")
    assert "4/4 bytes" in done.stderr
    assert done.json["server_side"] is True


def test_a_storage_class_of_its_own(blob: Callable[..., Done]) -> None:
    blob("copy", "blob://lake/in/a.txt", "blob://lake/b", "--storage-class", "GLACIER_IR")
    assert blob("head", "blob://lake/b").json["storage_class"] == "GLACIER_IR"


def test_a_dry_run_copies_nothing(blob: Callable[..., Done]) -> None:
    done = blob("copy", "blob://lake/in/a.txt", "blob://backup/", "-n")
    assert done.json["dry_run"] is True
    assert done.json["key"] == "a.txt"
    with holdall.open_storage("backup") as storage:
        assert list(storage.list()) == []


def test_no_source_is_1(blob: Callable[..., Done]) -> None:
    for target in ("blob://lake/b", "blob://backup/b"):
        done = blob("copy", "blob://lake/none", target, code=1)
        assert 'Error: object "blob://lake/none" does not exist' in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["here.txt", "blob://lake/x"], "Use 'blob put' for a file of this machine"),
        (["blob://lake/in/a.txt", "./there.txt"], "'blob get' for one as the target"),
        (["blob://lake/in/a.txt", "-"], "'-' is a standard stream"),
        (["blob://lake/", "blob://lake/x"], "names no object"),
        (["blob://lake/in/a.txt", "blob://lake/x?versionId=1"], "a version can't be written to"),
        (["blob://lake/in/a.txt", "blob://lake/x", "--metadata", "a=1", "--metadata-directive", "COPY"], "contradict"),
    ],
)
def test_bad_input_is_2(arguments: list[str], message: str, blob: Callable[..., Done]) -> None:
    assert message in blob("copy", *arguments, code=2).stderr


def test_an_object_is_not_copied_onto_itself_unless_something_changes(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("same", b"x")
    said = blob("copy", "blob://lake/same", "blob://lake/same", code=2).stderr
    assert "Solution: Name another target; --metadata" in said
    blob("copy", "blob://lake/same", "blob://lake/same", "--metadata", "a=b")
    with holdall.open_storage("lake") as storage:
        assert storage.head("same").metadata == {"a": "b"}
