"""From names and URLs to storages, accounts and copies between stores."""

from __future__ import annotations

import multiprocessing
import pickle
import uuid
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors
from holdall.layers import stack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "holdall.toml").write_text(
        f"""
        default_store = "lake"
        [stores.lake]
        provider = "local"
        root = "{tmp_path}/lake"
        prefix = "team/"
        [stores.lake.transfer]
        chunk_size = "8MiB"
        [stores.mem]
        provider = "memory"
        name = "{name}"
        [stores.many]
        provider = "memory"
        name = "{name}-many"
        bucket = ""
        [stores.aws]
        provider = "s3"
        region = "eu-central-1"
        [stores.secure]
        provider = "minio"
        endpoint_url = "http://127.0.0.1:9"
        bucket = "data"
        """
    )
    return folder


@pytest.mark.usefixtures("project")
class TestOpenStorage:
    def test_by_name_by_default_and_by_url(self, name: str) -> None:
        assert holdall.open_storage().name == "lake"
        assert holdall.open_storage("lake").prefix == "team/"
        assert holdall.open_storage("blob://lake/a/").prefix == "team/a/"
        assert holdall.open_storage("mem").info.kind == "memory"
        by_url = holdall.open_storage(f"memory://{name}/a/")
        holdall.open_storage("mem").put("a/k", b"same data")
        assert by_url.get("k").read() == b"same data"

    def test_the_settings_reach_the_storage(self) -> None:
        storage = holdall.open_storage("lake", transfer={"max_concurrency": 3})
        assert storage.transfer.chunk_size == 8 * 1024 * 1024
        assert storage.transfer.max_concurrency == 3
        assert isinstance(storage.provider, stack.ORDER[0])

    def test_capabilities_of_the_configuration_win(self) -> None:
        storage = holdall.open_storage("mem", capabilities={"put.metadata": "no"})
        with pytest.raises(errors.UnsupportedOperation, match="overridden"):
            storage.put("k", b"", metadata={"a": "b"})

    def test_what_a_program_needs_fails_at_the_door(self) -> None:
        holdall.open_storage("mem", require={"put.if_absent"})
        with pytest.raises(errors.UnsupportedOperation):
            holdall.open_storage("mem", require={"encryption.sse_kms"})

    def test_every_error_of_the_door(self) -> None:
        with pytest.raises(errors.UnknownStore, match="lakee"):
            holdall.open_storage("lakee")
        with pytest.raises(errors.InvalidConfiguration, match="bucketname"):
            holdall.open_storage("mem", bucketname="x")
        with pytest.raises(errors.InvalidLocation):
            holdall.open_storage("ftp://x/y")


class TestPickle:
    def test_a_storage_comes_back_from_its_name(self, project: Path) -> None:
        storage = holdall.open_storage("lake", transfer={"max_concurrency": 3})
        storage.put("k", b"v")
        again = pickle.loads(pickle.dumps(storage))
        assert (again.get("k").read(), again.transfer.max_concurrency) == (b"v", 3)
        assert pickle.loads(pickle.dumps(storage.below("sub/"))).prefix == "team/sub/"

    def test_another_process_reads_the_same_store(self, project: Path) -> None:
        storage = holdall.open_storage("lake")
        storage.put("k", b"v")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            assert pool.submit(_read, storage, "k").result() == b"v"

    def test_no_secret_travels_and_its_absence_is_named(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        storage = holdall.open_storage("secure", access_key_id="key-id", secret_access_key="hush-hush")
        frozen = pickle.dumps(storage)
        assert b"hush-hush" not in frozen
        thawed = pickle.loads(frozen)  # an error in here would end a Dask worker, and the job would hang
        assert thawed.info.kind == "unopened"
        for use in (
            lambda: thawed.get("k"),
            lambda: next(thawed.list()),
            lambda: thawed.versions,
            lambda: thawed.below("a/").put("k", b""),
        ):
            with pytest.raises(errors.InvalidConfiguration, match="never pickled"):
                use()  # type: ignore[no-untyped-call]
        monkeypatch.setenv("HOLDALL_STORES__SECURE__ACCESS_KEY_ID", "key-id")
        monkeypatch.setenv("HOLDALL_STORES__SECURE__SECRET_ACCESS_KEY", "supplied here")
        assert pickle.loads(frozen).info.kind == "minio"
        assert pickle.loads(pickle.dumps(thawed)).info.kind == "minio"

    @pytest.mark.usefixtures("project")
    def test_no_other_identity_takes_the_place_of_keys_that_stayed_behind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage = holdall.open_storage(
            "aws", bucket="some-bucket", access_key_id="key-id", secret_access_key="hush-hush"
        )
        frozen = pickle.dumps(storage)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody else")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "somebody else")
        with pytest.raises(errors.InvalidConfiguration, match="never pickled"):
            pickle.loads(frozen).get("k")

    def test_secrets_in_tables_stay_behind_too(self, project: Path) -> None:
        storage = holdall.open_storage(
            "secure",
            access_key_id="key-id",
            secret_access_key="hush-hush",
            connection={"proxies": {"http": "http://me:whisper@127.0.0.1:9"}, "read_timeout": 7},
        )
        frozen = pickle.dumps(storage)
        assert b"whisper" not in frozen
        assert b"read_timeout" in frozen


def _read(storage: Any, key: str) -> bytes:
    return bytes(storage.get(key).read())


class TestCopyBetween:
    def test_streams_with_everything_that_the_target_has(self, project: Path, tmp_path: Path) -> None:
        source, target = holdall.open_storage("mem"), holdall.open_storage("lake")
        source.put("a.txt", b"x" * 100_000, content_type="text/x", metadata={"m": "1"}, tags={"t": "2"})
        told: list[Any] = []
        holdall.copy_between(source, "a.txt", target, "b.txt", progress=told.append)
        info = target.head("b.txt")
        assert target.get("b.txt").read() == b"x" * 100_000
        assert (info.content_type, info.metadata, target.tags.get("b.txt")) == ("text/x", {"m": "1"}, {"t": "2"})
        assert told[-1].kind == "finished"

    def test_nothing_is_lost_in_silence(self, project: Path) -> None:
        source = holdall.open_storage("mem")
        target = holdall.open_storage("lake", capabilities={"tags.on_put": "no"})
        source.put("a", b"x", tags={"t": "2"})
        with pytest.raises(errors.UnsupportedOperation, match="tags"):
            holdall.copy_between(source, "a", target, "b")
        assert not target.exists("b")
        holdall.copy_between(source, "a", target, "b", tags={})
        assert target.get("b").read() == b"x"


class TestAccount:
    def test_buckets_come_and_go(self, project: Path) -> None:
        with holdall.open_account("mem") as account:
            account.create("first-bucket")
            account.create("second-bucket")
            assert {"first-bucket", "second-bucket"} <= {bucket.name for bucket in account.list()}
            assert account.exists("first-bucket")
            storage = account.open("first-bucket", prefix="p/")
            storage.put("k", b"v")
            assert (storage.head("k").key, account.open("first-bucket").get("p/k").read()) == ("k", b"v")
            with pytest.raises(errors.BucketNotEmpty):
                account.delete("first-bucket")
            storage.delete("k")
            account.delete("first-bucket")
            assert not account.exists("first-bucket")
            with pytest.raises(errors.BucketNotFound):
                account.delete("first-bucket")
            with pytest.raises(errors.BucketAlreadyExists):
                account.create("second-bucket")

    def test_the_prefix_of_the_store_holds_in_a_bucket_that_the_account_opens(self, project: Path) -> None:
        with holdall.open_account("mem", prefix="team/") as account:
            account.create("a-bucket")
            account.open("a-bucket").put("k", b"v")
            account.open("a-bucket", prefix="p/").put("k", b"w")
        with holdall.open_storage("mem", bucket="a-bucket") as everything:
            assert [entry.key for entry in everything.list()] == ["team/k", "team/p/k"]


@pytest.mark.usefixtures("project")
class TestWhatIsNoStoresName:
    def test_one_slash_too_few(self) -> None:
        with pytest.raises(errors.InvalidLocation, match="Did you mean blob://lake/x"):
            holdall.open_storage("blob:/lake/x")
        with pytest.raises(errors.InvalidLocation, match="Did you mean blob://many"):
            holdall.open_account("blob:/many")

    @pytest.mark.parametrize("target", [5, b"lake", ["lake"]])
    def test_no_text_at_all(self, target: Any) -> None:
        for opened in (holdall.open_storage, holdall.open_account):
            with pytest.raises(errors.InvalidLocation, match=f"not by {type(target).__name__}") as caught:
                opened(target)
            assert "blob://<store>/" in (caught.value.hint or "")

    @pytest.mark.parametrize("store", ["mem", "aws"])
    def test_an_account_that_is_pickled_says_what_to_do(self, store: str) -> None:
        with (
            holdall.open_account(store) as account,
            pytest.raises(TypeError, match=rf"an Account is not pickled.*open_account\('{store}'\)"),
        ):
            pickle.dumps(account)


def test_a_part_size_below_the_stores_is_refused_and_not_raised_in_silence() -> None:
    with pytest.raises(errors.InvalidConfiguration, match="5242880 bytes at least"):
        holdall.open_storage(
            "s3://bucket", region="eu-central-1", transfer={"chunk_size": "1KiB"},
            access_key_id="x", secret_access_key="y",
        )  # fmt: skip
