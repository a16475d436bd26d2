"""Settings, buckets, and copies between buckets."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from holdall import open_storage, registry
from holdall import options as opt
from holdall.errors import (
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    BucketNotFound,
    InvalidBucketName,
    InvalidConfiguration,
    InvalidMetadata,
    InvalidTags,
    ObjectNotFound,
    OptionNotSupported,
    UnsupportedOperation,
)
from holdall.models import CopySource, SseS3, Versioning
from holdall_local.kind import LOCAL, LocalSettings
from tests.providers.local.stores import keys, local, read


def test_it_is_registered() -> None:
    assert registry.load("local") is LOCAL


def test_the_root_may_begin_at_home(home: Path) -> None:
    assert LocalSettings(root=Path("~/data")).root == home / "data"


@pytest.mark.parametrize("variable", [True, False])
def test_an_empty_root_is_not_the_current_folder(variable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if variable:
        monkeypatch.setenv("HOLDALL_STORES__HERE__PROVIDER", "local")
        monkeypatch.setenv("HOLDALL_STORES__HERE__ROOT", "")
        with pytest.raises(InvalidConfiguration, match="is empty"):
            open_storage("here")
    else:
        with pytest.raises(InvalidConfiguration, match="is empty"):
            open_storage(provider="local", root="")
    assert LocalSettings(root=Path()).root == Path.cwd()  # who means it can say so


def test_the_root_does_not_depend_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert LocalSettings(root=Path("x/../data")).root == tmp_path / "data"


@pytest.mark.parametrize(
    "settings",
    [
        {"bucket": "a/b"},
        {"bucket": ".."},
        {"bucket": ".holdall"},
        {"bucket": ""},
        {"names": "pretty"},
        {"endpoint_url": "http://127.0.0.1"},
        {"plain": True, "versioning": True},
        {"plain": True, "bucket": "a"},
        {"plain": True, "names": "portable"},
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LocalSettings.model_validate({"root": tmp_path, **settings})
    with pytest.raises(ValidationError):
        LocalSettings.model_validate(settings)  # without a root


def test_the_first_write_makes_the_folders_unless_it_shall_not(tmp_path: Path) -> None:
    store = local(tmp_path / "a" / "b", bucket="c")
    assert keys(store) == []
    assert store.list_versions_page(opt.LIST).versions == ()
    assert store.list_uploads("", None, None).uploads == ()
    assert [bucket.name for bucket in store.list_buckets(None, None).buckets] == ["c"]
    assert store.head_bucket("c").name == "c"
    assert store.get_versioning() is Versioning.OFF
    for read_it in (
        lambda: store.head("k", opt.HEAD),
        lambda: store.get("k", opt.GET),
        lambda: store.get_tags("k", None),
    ):
        with pytest.raises(ObjectNotFound):
            read_it()
    with pytest.raises(OptionNotSupported):
        store.list_page(opt.ListOptions(owner=True))
    again = pickle.loads(pickle.dumps(store))  # pickled a moment ago
    assert os.listdir(tmp_path) == []
    again.put("k", b"1", opt.PUT)
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert keys(store) == ["k"]
    assert (store.info.bucket, store.info.endpoint) == ("c", str(tmp_path / "a" / "b"))
    bare = local(tmp_path / "x", create=False)
    assert not (tmp_path / "x").exists()
    assert bare.info.bucket == "x"
    with pytest.raises(BucketNotFound):
        bare.put("a", b"", opt.PUT)
    with pytest.raises(BucketNotFound):
        keys(bare)


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for more in ({}, {"plain": True}, {"bucket": "b"}):
        with pytest.raises(InvalidConfiguration, match="is a file, not a folder"):
            local(tmp_path / "file", **more)


def test_buckets_are_the_folders_of_the_root(tmp_path: Path) -> None:
    store = local(tmp_path, bucket="first")
    store.create_bucket("second", opt.CREATE_BUCKET)
    with pytest.raises(BucketAlreadyOwnedByYou):
        store.create_bucket("second", opt.CREATE_BUCKET)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "link").symlink_to("/etc")
    assert [bucket.name for bucket in store.list_buckets(None, None).buckets] == ["first", "second"]
    page = store.list_buckets(None, 1)
    assert [bucket.name for bucket in store.list_buckets(page.next_token, 1).buckets] == ["second"]
    assert store.bucket_location("second") is None
    second = store.bind("second")
    store.put("a", b"1", opt.PutOptions(metadata={"k": "v"}, tags={"t": "v"}))
    second.copy(CopySource("a", bucket="first"), "b", opt.COPY)
    assert (keys(store), keys(second)) == (["a"], ["b"])
    assert second.head("b", opt.HEAD).metadata == {"k": "v"}
    assert second.get_tags("b", None) == {"t": "v"}
    for name in ("third", "link"):
        with pytest.raises(BucketNotFound) as caught:
            second.copy(CopySource("a", bucket=name), "c", opt.COPY)
        assert caught.value.bucket == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".holdall", "a\0", "x" * 256])
def test_names_that_are_no_buckets(tmp_path: Path, name: str) -> None:
    store = local(tmp_path / "root", bucket="a")
    for call in (store.bind, store.head_bucket, store.delete_bucket):
        with pytest.raises(InvalidBucketName):
            call(name)
    with pytest.raises(InvalidBucketName):
        store.create_bucket(name, opt.CREATE_BUCKET)
    with pytest.raises(InvalidBucketName):
        store.copy(CopySource("a", bucket=name), "b", opt.COPY)


def test_only_an_empty_bucket_is_deleted(tmp_path: Path) -> None:
    account = local(tmp_path, bucket="first")
    account.create_bucket("b", opt.CREATE_BUCKET)
    store = account.bind("b")
    store.set_versioning(Versioning.ENABLED)
    version = store.put("a/b", b"1", opt.PUT).version_id
    marker = store.delete("a/b", opt.DELETE).version_id
    for left in (version, marker):
        with pytest.raises(BucketNotEmpty):
            account.delete_bucket("b")
        store.delete("a/b", opt.DeleteOptions(version_id=left))
    (tmp_path / "b" / "link").symlink_to("elsewhere")  # no object, and not ours to remove
    with pytest.raises(BucketNotEmpty):
        account.delete_bucket("b")
    (tmp_path / "b" / "link").unlink()
    store.create_upload("unfinished", opt.CREATE_UPLOAD)
    account.delete_bucket("b")
    assert os.listdir(tmp_path) == []
    with pytest.raises(BucketNotFound):
        account.delete_bucket("b")
    with pytest.raises(BucketNotFound):
        store.put("a", b"", opt.PUT)


def test_a_store_that_is_one_bucket_has_no_others(tmp_path: Path) -> None:
    store = local(tmp_path)
    assert not store.settings.spans_account
    assert not store.capabilities.supports("buckets.list")
    with pytest.raises(UnsupportedOperation, match="one bucket"):
        store.bind("other")
    with pytest.raises(UnsupportedOperation):
        store.copy(CopySource("a", bucket="other"), "b", opt.COPY)


class Foreign(opt.BackendOptions):
    """Another provider's options."""


def test_what_it_can_not_do_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    store = local(tmp_path)
    with pytest.raises(OptionNotSupported):
        store.put("a", b"", opt.PutOptions(backend=Foreign()))
    with pytest.raises(OptionNotSupported):
        store.list_page(opt.ListOptions(owner=True))
    with pytest.raises(UnsupportedOperation, match="encrypt"):
        store.put("a", b"", opt.PutOptions(encryption=SseS3()))
    with pytest.raises(InvalidTags):
        store.put("a", b"", opt.PutOptions(tags={str(number): "" for number in range(11)}))
    with pytest.raises(InvalidMetadata):
        store.put("a", b"", opt.PutOptions(metadata={"k": "x" * 2048}))
    assert os.listdir(tmp_path) == []


def test_a_user_who_knows_better(tmp_path: Path) -> None:
    store = local(tmp_path, capabilities={"put": {"if_match": "no"}})
    assert not store.capabilities.supports("put.if_match")
    assert store.capabilities.supports("put.if_absent")


def test_a_copy_onto_itself_changes_what_is_said_about_it(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"data", opt.PutOptions(metadata={"k": "old"}, tags={"t": "v"}))
    store.copy(CopySource("a"), "a", opt.CopyOptions(replace_metadata=True, metadata={"k": "new"}))
    assert (read(store, "a"), store.head("a", opt.HEAD).metadata) == (b"data", {"k": "new"})
    assert store.get_tags("a", None) == {"t": "v"}
