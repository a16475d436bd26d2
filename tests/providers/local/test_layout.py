"""What lies where, and that other programs and this one can work side by side."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.errors import (
    AccessDenied,
    InvalidConfiguration,
    InvalidObjectKey,
    ObjectNotFound,
    PreconditionFailed,
    UploadNotFound,
)
from holdall.models import ByteRange, CopySource, Versioning
from holdall_local.attributes import Attributes, Sidecars
from holdall_local.state import digest
from tests.providers.local.stores import files, keys, local, pages, read, temporary_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_content_lies_where_other_programs_look_for_it(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("reports/2026/a b.csv", b"data", opt.PutOptions(metadata={"k": "v"}))
    assert (tmp_path / "reports/2026/a b.csv").read_bytes() == b"data"
    assert files(tmp_path) == {"reports/2026/a b.csv"}


def test_what_other_programs_put_there_is_an_object(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file.txt").write_bytes(b"theirs")
    store = local(tmp_path)
    assert keys(store) == ["sub/file.txt"]
    info = store.head("sub/file.txt", opt.HEAD)
    assert (info.size, info.content_type, dict(info.metadata), info.version_id) == (6, None, {}, None)
    (tmp_path / "sub" / "file.txt").write_bytes(b"theirs, changed")
    assert store.head("sub/file.txt", opt.HEAD).etag != info.etag
    assert read(store, "sub/file.txt") == b"theirs, changed"


def test_reading_changes_nothing_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    store = local(tmp_path)
    assert keys(store) == ["a"]
    assert read(store, "a") == b"1"
    with pytest.raises(ObjectNotFound):
        store.head("b", opt.HEAD)
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_changed_by_another_program_loses_what_was_said_about_the_old_bytes(tmp_path: Path) -> None:
    store = local(tmp_path)
    put = store.put("a", b"ours", opt.PutOptions(metadata={"k": "v"}, tags={"t": "v"}))
    (tmp_path / "a").write_bytes(b"their")
    info = store.head("a", opt.HEAD)
    assert (info.etag == put.etag, dict(info.metadata), info.size) == (False, {}, 5)
    with pytest.raises(PreconditionFailed):
        store.put("a", b"new", opt.PutOptions(if_match=put.etag))
    assert read(store, "a") == b"their"


def test_attributes_survive_a_copy_of_the_whole_folder(tmp_path: Path) -> None:
    import shutil

    store = local(tmp_path / "old", versioning=True)
    first = store.put("a/b", b"1", opt.PutOptions(metadata={"n": "1"}))
    second = store.put("a/b", b"2", opt.PutOptions(metadata={"n": "2"}, tags={"t": "v"}))
    shutil.copytree(tmp_path / "old", tmp_path / "new")  # as cp -a and rsync -a: new inodes, same times
    moved = local(tmp_path / "new")
    info = moved.head("a/b", opt.HEAD)
    assert (info.etag, info.version_id, dict(info.metadata)) == (second.etag, second.version_id, {"n": "2"})
    assert moved.get_tags("a/b", None) == {"t": "v"}
    assert moved.head("a/b", opt.HeadOptions(version_id=first.version_id)).metadata == {"n": "1"}


@pytest.mark.parametrize("order", [("a", "a/b", "a/b/c"), ("a/b/c", "a/b", "a")])
def test_an_object_beside_a_folder_of_its_name(tmp_path: Path, order: tuple[str, ...]) -> None:
    store = local(tmp_path)
    for key in order:
        store.put(key, key.encode(), opt.PutOptions(metadata={"key": key.replace("/", "-")}))
    assert keys(store) == ["a", "a/b", "a/b/c"]
    for key in order:
        assert read(store, key) == key.encode()
        assert store.head(key, opt.HEAD).metadata == {"key": key.replace("/", "-")}
    assert [page.prefixes for page in pages(store, delimiter="/")] == [("a/",)]
    for key in order:
        store.put(key, b"again", opt.PUT)
        store.delete(key, opt.DELETE)
        assert key not in keys(store)
    assert os.listdir(tmp_path) == [".holdall"]


def test_making_room_is_not_seen_by_readers(tmp_path: Path) -> None:
    store = local(tmp_path)
    done, problems = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            try:
                assert read(store, "a") == b"object"
                assert store.head("a", opt.HEAD).metadata == {"k": "v"}
                assert "a" in keys(store, prefix="a")
            except Exception as error:  # noqa: BLE001  # whatever it is, the test shall tell it
                problems.append(error)
                return

    store.put("a", b"object", opt.PutOptions(metadata={"k": "v"}))
    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(100):
        store.put("a/b", b"below", opt.PUT)
        store.delete("a/b", opt.DELETE)
        store.put("a", b"object", opt.PutOptions(metadata={"k": "v"}))
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []


def test_nobody_makes_room_while_another_changes_the_object(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"object", opt.PUT)
    writer = threading.Thread(target=store.put, args=("a/b", b"below", opt.PUT))
    with store.objects.state.lock(digest("a")):
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert files(tmp_path) == {"a"}
    writer.join()
    assert keys(store) == ["a", "a/b"]


def test_the_last_key_takes_its_folders_with_it_but_not_those_of_others(tmp_path: Path) -> None:
    store = local(tmp_path)
    (tmp_path / "empty").mkdir()
    store.put("a/b/c", b"", opt.PUT)
    store.put("a/d", b"", opt.PUT)
    store.delete("a/b/c", opt.DELETE)
    assert not (tmp_path / "a" / "b").exists()
    store.delete("a/d", opt.DELETE)
    assert sorted(os.listdir(tmp_path)) == [".holdall", "empty"]
    assert keys(store) == []
    assert [page.prefixes for page in pages(store, delimiter="/")] == [()]


@pytest.mark.parametrize("key", ["..", "../outside", "a/../../outside", "/etc/hostname", "./a", "a//..//b", "%2e%2e/x"])
def test_no_key_leads_out(tmp_path: Path, key: str) -> None:
    root = tmp_path / "root"
    (tmp_path / "outside").write_bytes(b"secret")
    store = local(root)
    with pytest.raises(ObjectNotFound):
        store.head(key, opt.HEAD)
    store.put(key, b"mine", opt.PUT)
    assert read(store, key) == b"mine"
    assert keys(store) == [key]
    assert sorted(os.listdir(tmp_path)) == ["outside", "root"]
    assert (tmp_path / "outside").read_bytes() == b"secret"


def test_links_are_not_followed_and_not_listed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (outside / "file").write_bytes(b"secret")
    store = local(root)
    store.put("real", b"1", opt.PUT)
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "file")
    for key in ("folder/file", "file"):
        with pytest.raises(AccessDenied, match="symbolic link"):
            store.get(key, opt.GET)
        with pytest.raises(AccessDenied):
            store.put(key, b"mine", opt.PUT)
        with pytest.raises(AccessDenied):
            store.delete(key, opt.DELETE)
        with pytest.raises(AccessDenied):
            store.copy(CopySource(key), "copy", opt.COPY)
    with pytest.raises(AccessDenied):
        store.put("folder/new", b"mine", opt.PUT)
    assert keys(store) == ["real"]
    assert keys(store, prefix="f") == []
    for prefix in ("folder/", "folder/deeper/"):  # an empty listing would say that nothing is there
        with pytest.raises(AccessDenied, match="'folder' is a symbolic link"):
            keys(store, prefix=prefix)
        with pytest.raises(AccessDenied):
            store.list_versions_page(opt.ListOptions(prefix=prefix))
    assert (outside / "file").read_bytes() == b"secret"
    assert os.listdir(outside) == ["file"]


def test_a_linked_state_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / ".holdall").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidConfiguration):
        local(tmp_path / "root").put("a", b"1", opt.PUT)
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.fixture
def deep_path(tmp_path: Path) -> Iterator[Path]:
    """A folder for more folders in one another than Python's own clean-up can go down."""
    yield tmp_path / "deep"
    subprocess.run(["rm", "-rf", tmp_path / "deep"], check=True)


def test_keys_as_long_as_s3_takes_them(deep_path: Path) -> None:
    store = local(deep_path)
    long = ["/".join(["x" * 200] * 5)[:1024], "/" * 1024, "a/" * 512, "é/" * 341, "\n/" * 512]
    for key in long:
        assert len(key.encode()) <= 1024
        store.put(key, key.encode(), opt.PUT)
    assert keys(store) == sorted(long)
    assert [page.prefixes for page in pages(store, delimiter="/")] == [("\n/", "/", "a/", "x" * 200 + "/", "é/")]
    for key in long:
        assert read(store, key) == key.encode()
        store.delete(key, opt.DELETE)
    assert os.listdir(deep_path) == [".holdall"]
    with pytest.raises(InvalidObjectKey, match="254"):
        store.put("x" * 255, b"", opt.PUT)
    assert temporary_files(deep_path) == []


def test_portable_names_keep_apart_what_a_host_confuses(tmp_path: Path) -> None:
    store = local(tmp_path, names="portable")
    confusing = ["A", "a", "Folder/x", "folder/x", "\u00e9", "e\u0301", "CON"]
    for key in confusing:
        store.put(key, key.encode(), opt.PUT)
    on_disk = [name for name in os.listdir(tmp_path) if name != ".holdall"]
    assert all(name.isascii() and name == name.lower() for name in on_disk)
    assert keys(store) == sorted(confusing)
    assert all(read(store, key) == key.encode() for key in confusing)
    assert keys(local(tmp_path)) == sorted(confusing)  # the folder says how it was begun
    with pytest.raises(InvalidConfiguration, match="portable"):
        local(tmp_path, names="exact").head("A", opt.HEAD)


def test_hosts_that_confuse_names_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = os.path.exists

    def folding(path: str) -> bool:
        return exists(path) or exists(str(path).replace("PROBE", "probe").replace("-AÉ", "-aé").lower())

    low = tmp_path / "low"
    monkeypatch.setattr("os.path.exists", folding)
    local(low).put("A", b"1", opt.PUT)
    monkeypatch.undo()
    assert os.path.exists(low / "%41")
    local(tmp_path / "exact").put("A", b"1", opt.PUT)
    assert (tmp_path / "exact" / "A").exists()


def test_a_folder_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    local(tmp_path).put("a", b"1", opt.PUT)
    (tmp_path / ".holdall" / "format.json").write_text('{"format": 2, "names": "exact"}')
    with pytest.raises(InvalidConfiguration, match="format 2"):
        local(tmp_path).head("a", opt.HEAD)


def test_damaged_attributes_leave_the_content_in_reach(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = local(tmp_path)
    store.put("a", b"1", opt.PutOptions(metadata={"k": "v"}))
    (sidecar,) = (tmp_path / ".holdall" / "attributes").rglob("*.json")
    sidecar.write_bytes(b"")
    assert read(store, "a") == b"1"
    assert "damaged" in caplog.text
    store.put("a", b"2", opt.PutOptions(metadata={"k": "w"}))
    assert store.head("a", opt.HEAD).metadata == {"k": "w"}


def test_a_listing_of_versions_shows_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    store = local(tmp_path)
    store.set_versioning(Versioning.ENABLED)
    store.put("a", b"ours", opt.PUT)
    newest, oldest = store.list_versions_page(opt.LIST).versions
    assert (newest.is_latest, oldest.version_id) == (True, "null")
    assert read(store, "a", version_id="null") == b"theirs"


@pytest.mark.parametrize("change", ["replace", "delete", "make room"])
def test_a_change_in_the_middle_of_a_read_makes_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    store = local(tmp_path)
    store.put("a", b"1", opt.PutOptions(metadata={"k": "old"}))
    load = Sidecars.load

    def changed_meanwhile(self: Sidecars, key: str, status: os.stat_result) -> Attributes | None:
        monkeypatch.setattr(Sidecars, "load", load)
        if change == "replace":
            store.put("a", b"2", opt.PutOptions(metadata={"k": "new"}))
        elif change == "delete":
            store.delete("a", opt.DELETE)
        else:
            store.put("a/b", b"", opt.PUT)
        return load(self, key, status)

    monkeypatch.setattr(Sidecars, "load", changed_meanwhile)
    if change == "delete":
        with pytest.raises(ObjectNotFound):
            store.head("a", opt.HEAD)
    else:
        assert store.head("a", opt.HEAD).metadata == {"k": "new" if change == "replace" else "old"}


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"old" * 1000, opt.PUT)
    with store.get("a", opt.GetOptions(range=ByteRange(3))) as result:
        store.put("a", b"new", opt.PUT)
        store.put("a/b", b"new", opt.PUT)
        store.delete("a", opt.DELETE)
        assert result.read() == b"old" * 999


@pytest.mark.parametrize("upload_id", ["../..", "../../a", "", ".", "0" * 32, "0" * 31 + "/"])
def test_upload_ids_from_elsewhere_lead_nowhere(tmp_path: Path, upload_id: str) -> None:
    store = local(tmp_path)
    store.put("a", b"1", opt.PUT)
    store.create_upload("a", opt.CREATE_UPLOAD)
    (real,) = (tmp_path / ".holdall" / "uploads").glob("*/upload.json")
    store.put("upload.json", real.read_bytes(), opt.PUT)  # an object that looks like the description of an upload
    with pytest.raises(UploadNotFound):
        store.upload_part("a", upload_id, 1, b"", opt.PART)
    with pytest.raises(UploadNotFound):
        store.list_parts("a", upload_id, 0, None)
    store.abort_upload("a", upload_id)
    assert read(store, "a") == b"1"


def test_an_upload_belongs_to_its_key(tmp_path: Path) -> None:
    store = local(tmp_path)
    upload = store.create_upload("a", opt.CREATE_UPLOAD)
    with pytest.raises(UploadNotFound):
        store.upload_part("b", upload.upload_id, 1, b"", opt.PART)
    store.abort_upload("b", upload.upload_id)
    assert store.upload_part("a", upload.upload_id, 1, b"", opt.PART).size == 0
