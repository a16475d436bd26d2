"""Finding the file system, its settings, and what of them may be known elsewhere: secrets nowhere."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper

import holdall.fsspec
from holdall import errors
from holdall.fsspec import BlobFileSystem, stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import S3Server
    from tests.stores import Configure

SECRET = "hush-hush-hush"


@pytest.fixture
def s3(configure: Configure, s3_settings: dict[str, str], s3_bucket: str) -> str:
    """An S3 store that works without call arguments."""
    return configure("minio", bucket=s3_bucket, **s3_settings)


@pytest.fixture
def keyless(configure: Configure, s3_settings: dict[str, str], s3_bucket: str) -> str:
    """An S3 store whose keys come with the call."""
    return configure("minio", bucket=s3_bucket, endpoint_url=s3_settings["endpoint_url"])


@pytest.fixture
def _registry() -> Iterator[None]:
    """Take registrations back after the test."""
    registered: dict[str, type] = sys.modules["fsspec.registry"]._registry
    before = dict(registered)
    yield
    registered.clear()
    registered.update(before)


@pytest.mark.usefixtures("_registry")
class TestFinding:
    def test_by_entry_point(self, memory: str) -> None:
        with fsspec.open(f"blob://{memory}/x", "wb") as file:
            file.write(b"1")
        fs, path = fsspec.url_to_fs(f"blob://{memory}/x")
        assert isinstance(fs, BlobFileSystem)
        assert (path, fs.cat(path)) == (f"{memory}/x", b"1")

    def test_in_a_fresh_interpreter_without_importing_holdall(self, tmp_path: Path) -> None:
        code = (
            "import fsspec, sys; assert 'holdall' not in sys.modules; f = fsspec.open('blob://lake/x', 'wb');"
            "from pathlib import Path\nwith f as file: file.write(b'1')\nprint(Path('lake/x').read_bytes())"
        )
        (tmp_path / "holdall.toml").write_text('[stores.lake]\nprovider = "local"\nroot = "lake"\n')
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("b'1'\n", "")

    def test_s3_only_when_asked(self, s3: str, s3_bucket: str, monkeypatch: pytest.MonkeyPatch, memory: str) -> None:
        assert fsspec.registry.get("s3") is not holdall.fsspec.S3FileSystem
        holdall.fsspec.register("s3")
        monkeypatch.setenv("HOLDALL_DEFAULT_STORE", s3)
        with fsspec.open(f"s3://{s3_bucket}/d/x", "wb") as file:
            file.write(b"1")
        fs = fsspec.filesystem("s3")
        assert fs.find(f"s3://{s3_bucket}/d") == [f"{s3_bucket}/d/x"]
        assert s3_bucket in fs.ls("", detail=False)
        assert fs.unstrip_protocol(f"{s3_bucket}/d/x") == f"s3://{s3_bucket}/d/x"
        assert fsspec.filesystem("blob").cat(f"{s3}/d/x") == b"1"
        assert pickle.loads(pickle.dumps(fs)) == fs
        assert pickle.loads(pickle.dumps(fs)).cat(f"{s3_bucket}/d/x") == b"1"
        fs.rm(f"s3://{s3_bucket}/d", recursive=True)
        assert not fsspec.filesystem("s3", store=s3).exists(f"{s3_bucket}/d")
        with pytest.raises(errors.InvalidLocation, match="need an S3 store"):
            fsspec.filesystem("s3", store=memory)
        with pytest.raises(errors.InvalidConfiguration, match="bucket"):
            fsspec.filesystem("s3", bucket="b")

    def test_memory_when_asked(self) -> None:
        holdall.fsspec.register("memory")
        with fsspec.open("memory://scratch-of-a-test/x", "wb") as file:
            file.write(b"1")
        assert holdall.open_storage("memory://scratch-of-a-test/").get("x").read() == b"1"

    def test_other_schemes_stay(self) -> None:
        with pytest.raises(errors.InvalidConfiguration, match="file:// can't be taken over"):
            holdall.fsspec.register("file")


class TestSettings:
    def test_storage_options_are_settings_of_the_store(self, memory: str) -> None:
        with fsspec.open(f"blob://{memory}/x", "wb", prefix="below/") as file:
            file.write(b"1")
        assert fsspec.filesystem("blob", store=memory).find(memory) == [f"{memory}/below/x"]

    def test_unknown_ones_are_refused_before_anything_happens(self, memory: str) -> None:
        with pytest.raises(errors.InvalidConfiguration, match="versionning") as caught:
            fsspec.open(f"blob://{memory}/x", "wb", versionning=True)
        assert "'versioning'" in str(caught.value.hint)
        with pytest.raises(errors.UnknownStore) as unknown:
            fsspec.open(f"blob://{memory}x/x")
        assert repr(memory) in str(unknown.value.hint)

    def test_settings_need_a_store(self) -> None:
        with pytest.raises(errors.InvalidConfiguration, match="no store to take them"):
            fsspec.filesystem("blob", bucket="x")

    def test_failures_and_old_settings_are_not_remembered(
        self, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        name = configure("local")
        with pytest.raises(errors.InvalidConfiguration, match="root"):
            fsspec.filesystem("blob", store=name)
        for folder in ("one", "two"):
            monkeypatch.setenv(f"HOLDALL_STORES__{name.upper().replace('-', '_')}__ROOT", str(tmp_path / folder))
            fsspec.filesystem("blob", store=name).pipe(f"{name}/x", folder.encode())
            assert (tmp_path / folder / "x").read_bytes() == folder.encode()

    def test_above_all_stores(self, memory: str) -> None:
        fs = fsspec.filesystem("blob")
        assert memory in fs.ls("blob://", detail=False)
        assert fs.isdir("")
        fs.pipe(f"{memory}/x", b"1")
        assert fs.glob(f"{memory[:-2]}*/x") == [f"{memory}/x"]
        assert fsspec.filesystem("blob", store=memory).ls("", detail=False) == [memory]
        attempts: list[Callable[[], object]] = [
            lambda: fs.cat(""),
            lambda: fs.cat(memory),
            lambda: fs.open(memory, "wb"),
        ]
        for refused in attempts:
            with pytest.raises(IsADirectoryError):
                refused()
        with pytest.raises(errors.InvalidLocation):
            fs.ls("/leading")

    def test_connections_are_shared(self, s3: str) -> None:
        one, other = (fsspec.filesystem("blob", store=s3)._place(f"{s3}/x").storage for _ in range(2))
        assert one is other
        changed = fsspec.filesystem("blob", store=s3, prefix="p/")._place(f"{s3}/x").storage
        assert changed is not one

    def test_not_without_end(self, configure: Configure) -> None:
        for number in range(stores.MOST + 5):
            fsspec.filesystem("blob", store=configure("memory", prefix=f"{number}/")).ls("")
            name = configure("memory", prefix=f"{number}/")
            fsspec.filesystem("blob", store=name).exists(f"{name}/x")
        assert len(stores._stores) == stores.MOST


class TestSecrets:
    @pytest.fixture
    def secretive(self, keyless: str) -> BlobFileSystem:
        fs: BlobFileSystem = fsspec.filesystem(
            "blob", store=keyless, access_key_id="key-id", secret_access_key=SECRET, prefix="p/"
        )
        return fs

    def test_are_used(self, secretive: BlobFileSystem, keyless: str) -> None:
        secretive.pipe(f"{keyless}/x", b"1")
        assert secretive.cat(f"{keyless}/x") == b"1"

    def test_are_nowhere(self, secretive: BlobFileSystem, keyless: str) -> None:
        with secretive.open(f"{keyless}/x", "wb") as file:
            shown = [repr(file), repr(vars(file))]
        open_file = fsspec.open(f"blob://{keyless}/x", access_key_id="key-id", secret_access_key=SECRET, prefix="p/")
        shown += [
            repr(secretive),
            repr(vars(secretive)),
            repr(vars(type(secretive))),
            repr(secretive.storage_options),
            secretive.to_json(),
            str(secretive._fs_token),
            secretive.fsid,
            repr(pickle.dumps(secretive)),
            repr(pickle.dumps(open_file)),
            repr(stores._stores),
        ]
        assert not [text for text in shown if SECRET in text]
        assert not BlobFileSystem._cache
        assert secretive.storage_options == {
            "store": keyless,
            "prefix": "p/",
            "secrets_left_out": ["access_key_id", "secret_access_key"],
        }

    @pytest.mark.parametrize(
        "travel",
        [
            lambda fs: pickle.loads(pickle.dumps(fs)),
            lambda fs: fsspec.AbstractFileSystem.from_json(fs.to_json()),
            lambda fs: fsspec.filesystem("blob", **fs.storage_options),
        ],
        ids=["pickle", "json", "storage_options"],
    )
    def test_are_asked_for_where_they_are_missing(
        self,
        secretive: BlobFileSystem,
        keyless: str,
        monkeypatch: pytest.MonkeyPatch,
        travel: Callable[[BlobFileSystem], BlobFileSystem],
    ) -> None:
        secretive.pipe(f"{keyless}/x", b"1")
        with pytest.raises(errors.InvalidConfiguration, match=r"secret_access_key.*never pickled"):
            travel(secretive).cat(f"{keyless}/x")
        variable = f"HOLDALL_STORES__{keyless.upper().replace('-', '_')}"
        monkeypatch.setenv(f"{variable}__ACCESS_KEY_ID", "key-id")
        monkeypatch.setenv(f"{variable}__SECRET_ACCESS_KEY", "from here")
        again = travel(secretive)
        assert again == secretive
        assert hash(again) == hash(secretive)
        assert again.cat(f"{keyless}/x") == b"1"

    def test_no_other_identity_takes_their_place(self, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
        aws = configure("s3", bucket="some-bucket", region="eu-central-1")
        fs = fsspec.filesystem("blob", store=aws, access_key_id="key-id", secret_access_key=SECRET)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody else")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "somebody else")
        with pytest.raises(errors.InvalidConfiguration, match="never pickled"):
            pickle.loads(pickle.dumps(fs))._place(f"{aws}/x")

    def test_unpickling_never_raises(self, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
        frozen = pickle.dumps(fsspec.filesystem("blob", store=memory, prefix="p/"))
        monkeypatch.delenv(f"HOLDALL_STORES__{memory.upper().replace('-', '_')}__PROVIDER")
        again = pickle.loads(frozen)
        with pytest.raises(errors.UnknownStore):
            again.ls(memory)
        assert pickle.loads(pickle.dumps(again)) == again
        monkeypatch.setenv(f"HOLDALL_STORES__{memory.upper().replace('-', '_')}__PROVIDER", "memory")
        again.pipe(f"{memory}/x", b"1")
        assert fsspec.filesystem("blob", store=memory).find(memory) == [f"{memory}/p/x"]

    def test_an_instance_without_any_travels_as_it_is(self, memory: str) -> None:
        fs = fsspec.filesystem("blob", store=memory, use_listings_cache=True, transfer={"max_concurrency": 3})
        for again in (pickle.loads(pickle.dumps(fs)), fsspec.AbstractFileSystem.from_json(fs.to_json())):
            assert again == fs
            assert again.storage_options == fs.storage_options
            assert again.dircache.use_listings_cache is True
            assert again._place(f"{memory}/x").storage.transfer.max_concurrency == 3
        assert fs != fsspec.filesystem("blob", store=memory)
        assert json.loads(fs.to_json())["store"] == memory

    def test_the_token_is_the_same_in_every_thread_and_process(self, memory: str) -> None:
        token = _token(memory)
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(_token, memory).result() == token
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
            assert processes.submit(_token, memory).result() == token


def _token(store: str) -> str:
    return str(fsspec.filesystem("blob", store=store)._fs_token)


class TestProcesses:
    @pytest.fixture(params=["local", "s3"])
    def shared(self, request: pytest.FixtureRequest, configure: Configure, tmp_path: Path) -> str:
        """A store that other processes see, too."""
        if request.param == "local":
            return configure("local", root=tmp_path / "store")
        name: str = request.getfixturevalue("s3")
        return name

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_children(self, shared: str, method: str) -> None:
        fs = fsspec.filesystem("blob", store=shared)
        fs.pipe(f"{shared}/in", b"from the parent")  # connections are open when the fork comes
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
            answers = [pool.submit(_work, fs, f"{shared}/in", f"{shared}/out-{number}") for number in range(4)]
            assert {answer.result() for answer in answers} == {b"from the parent"}
        assert fs.cat(f"{shared}/out-3") == b"from a child"

    def test_a_forked_child_has_stores_of_its_own(self, s3: str) -> None:
        fs = fsspec.filesystem("blob", store=s3)
        fs.exists(f"{s3}/x")
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            fs.exists(f"{s3}/x")
            os.write(writing, repr([len(stores._stores), id(fs._open_store(s3))]).encode())
            os._exit(0)
        os.close(writing)
        os.waitpid(child, 0)
        count, identity = json.loads(os.read(reading, 100))
        os.close(reading)
        assert count == 1
        assert identity != id(fs._open_store(s3))

    def test_a_lock_that_is_held_at_the_fork_does_not_stop_the_child(self, memory: str) -> None:
        with stores._lock:
            child = os.fork()
            if not child:
                fsspec.filesystem("blob", store=memory).exists(f"{memory}/x")
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def _work(fs: BlobFileSystem, source: str, target: str) -> bytes:
    fs.pipe(target, b"from a child")
    return bytes(fs.cat(source))


class TestAccount:
    @pytest.fixture
    def account(self, configure: Configure, s3_settings: dict[str, str]) -> str:
        return configure("minio", **s3_settings)

    @pytest.fixture
    def bucket(self, moto_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> str:
        return fresh_bucket(moto_server)

    def test_the_first_segment_is_the_bucket(self, account: str, bucket: str) -> None:
        fs = fsspec.filesystem("blob", store=account)
        fs.pipe(f"blob://{account}/{bucket}/d/x", b"1")
        assert fs.ls(f"{account}/{bucket}", detail=False) == [f"{account}/{bucket}/d"]
        assert f"{account}/{bucket}" in fs.ls(f"blob://{account}/", detail=False)
        assert fs.find(f"{account}/{bucket}", withdirs=True)[0] == f"{account}/{bucket}"
        assert fs.glob(f"{account}/{bucket[:-3]}*/d/*") == [f"{account}/{bucket}/d/x"]
        assert fs.isdir(account)
        assert fs.isdir(f"{account}/{bucket}")
        assert not fs.exists(f"{account}/not-{bucket}")
        with pytest.raises(FileNotFoundError):
            fs.cat(f"{account}/not-{bucket}/x")
        with pytest.raises(errors.InvalidLocation, match="names no bucket"):
            fs.ls(f"{account}//x")

    def test_buckets_are_made_and_removed(self, account: str, bucket: str) -> None:
        fs = fsspec.filesystem("blob", store=account)
        made = f"{account}/made-{bucket[5:]}"
        fs.mkdir(made)
        assert fs.exists(made)
        fs.makedirs(made, exist_ok=True)
        fs.makedirs(f"{made}/d/e")
        fs.pipe(f"{made}/x", b"1")
        with pytest.raises(errors.BucketNotEmpty):
            fs.rmdir(made)
        fs.cp(f"{made}/x", f"{account}/{bucket}/y")
        assert fs.cat(f"{account}/{bucket}/y") == b"1"
        fs.rm(made, recursive=True)
        fs.rmdir(made)
        assert not fs.exists(made)
        fs.makedirs(f"{made}/d", exist_ok=True)
        assert not fs.exists(made)  # what is inside a bucket makes none
        with pytest.raises(errors.InvalidBucketName):
            fs.mkdir(f"{account}/Not!A!Bucket")


class TestAsync:
    @pytest.mark.parametrize("asynchronous", [True, False])
    def test_through_the_wrapper(self, memory: str, asynchronous: bool) -> None:  # noqa: FBT001 - a parameter of the test
        import asyncio

        fs = AsyncFileSystemWrapper(fsspec.filesystem("blob", store=memory), asynchronous=asynchronous)

        async def work() -> Any:
            await fs._pipe_file(f"{memory}/d/x", b"12345")
            return (
                await fs._cat_file(f"{memory}/d/x", start=1, end=-1),
                await fs._cat_ranges([f"{memory}/d/x"] * 2, [0, 3], [2, 5]),
                await fs._ls(f"{memory}/d", detail=False),
                await fs._find(memory),
                await fs._exists(f"{memory}/nothing"),
            )

        if asynchronous:
            assert asyncio.run(work()) == (b"234", [b"12", b"45"], [f"{memory}/d/x"], [f"{memory}/d/x"], False)
        else:
            fs.pipe_file(f"{memory}/d/x", b"12345")
            assert fs.cat_file(f"{memory}/d/x", 1, 3) == b"23"


@pytest.fixture(autouse=True)
def _no_foreign_caches() -> Iterator[None]:
    yield
    assert not BlobFileSystem._cache
