"""Several processes on one folder: nobody loses a write, nobody sees half of one."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.errors import ObjectAlreadyExists, ObjectNotFound, PreconditionFailed
from holdall.models import Versioning
from tests.providers.local.stores import SPAWN, files, keys, local, plain, read, run_all, temporary_files

if TYPE_CHECKING:
    from pathlib import Path


def create(root: Path, results: Path, name: str, *, is_plain: bool) -> None:
    """Tries to be the first for every key; notes which it was."""
    store = plain(root) if is_plain else local(root)
    won = []
    for turn in range(60):
        try:
            store.put(f"lock/{turn}", name.encode(), opt.PutOptions(if_absent=True))
            won.append(turn)
        except ObjectAlreadyExists:
            pass
    (results / name).write_text(json.dumps(won))


@pytest.mark.parametrize("is_plain", [False, True])
def test_exactly_one_process_creates(tmp_path: Path, is_plain: bool) -> None:
    root, results = tmp_path / "root", tmp_path / "results"
    results.mkdir()
    names = [f"process-{number}" for number in range(4)]
    arguments = [(root, results, name) for name in names]
    processes = [SPAWN.Process(target=create, args=each, kwargs={"is_plain": is_plain}) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    store = plain(root) if is_plain else local(root)
    won = {name: json.loads((results / name).read_text()) for name in names}
    assert sorted(turn for turns in won.values() for turn in turns) == list(range(60))
    assert all(read(store, f"lock/{turn}") == name.encode() for name, turns in won.items() for turn in turns)


def count(root: Path, rounds: int) -> None:
    """Adds one to a counter, so many times, by replacing it only if nobody else did."""
    store = local(root)
    done = 0
    while done < rounds:
        with store.get("counter", opt.GET) as result:
            value = int(result.read())
            etag = result.info.etag
        try:
            store.put("counter", str(value + 1).encode(), opt.PutOptions(if_match=etag))
            done += 1
        except PreconditionFailed:
            continue


@pytest.mark.parametrize("versioning", [False, True])
def test_no_update_is_lost(tmp_path: Path, versioning: bool) -> None:
    store = local(tmp_path, versioning=versioning)
    store.put("counter", b"0", opt.PUT)
    run_all(count, [(tmp_path, 40)] * 4)
    assert read(store, "counter") == b"160"
    if versioning:
        versions = store.list_versions_page(opt.LIST).versions
        values = [int(read(store, "counter", version_id=version.version_id)) for version in versions]
        assert values == list(range(160, -1, -1))


def make_room(root: Path, keys: list[str], seed: int) -> None:
    """Writes and deletes objects beside folders of their names; the last write of each key stays."""
    store, order = local(root), random.Random(seed)  # noqa: S311  # a schedule, no secret
    for _ in range(40):
        key = order.choice(keys)
        store.put(key, key.encode(), opt.PutOptions(metadata={"key": key.replace("/", "-")}))
        store.delete(order.choice(keys), opt.DELETE)
    for key in keys:
        store.put(key, key.encode(), opt.PutOptions(metadata={"key": key.replace("/", "-")}))


def test_objects_and_folders_of_one_name_in_several_processes(tmp_path: Path) -> None:
    every = ["a", "a/b", "a/b/c", "a/b/c/d", "a/c"]
    run_all(make_room, [(tmp_path, every, seed) for seed in range(4)])
    store = local(tmp_path)
    assert keys(store) == sorted(every)
    for key in every:
        assert read(store, key) == key.encode()
        assert store.head(key, opt.HEAD).metadata == {"key": key.replace("/", "-")}
    assert temporary_files(tmp_path) == []


def overwrite(root: Path, name: str, *, versioning: bool) -> None:
    """Replaces one object for ever. Content and metadata name the same number."""
    store = local(root)
    if versioning:
        store.set_versioning(Versioning.ENABLED)
    number = 0
    while True:
        number += 1
        said = f"{name}-{number}"
        store.put("folder/key", said.encode() * 2000, opt.PutOptions(metadata={"said": said}, tags={"said": said}))
        if number % 7 == 0:
            store.delete("folder/key", opt.DELETE)


@pytest.mark.parametrize("versioning", [False, True])
def test_a_killed_writer_leaves_the_old_object_or_the_new(tmp_path: Path, versioning: bool) -> None:
    store = local(tmp_path)
    store.put("folder/key", b"first" * 2000, opt.PutOptions(metadata={"said": "first"}, tags={"said": "first"}))
    seen: set[str] = set()
    for turn in range(4):
        writer = SPAWN.Process(target=overwrite, args=(tmp_path, f"w{turn}"), kwargs={"versioning": versioning})
        writer.start()
        while not any(said.startswith(f"w{turn}-") for said in seen):  # on a busy machine a start takes seconds
            check_belongs_together(store, seen)
            assert writer.is_alive()
        until = time.monotonic() + random.uniform(0.1, 0.4)  # noqa: S311  # somewhere in the middle of a write
        while time.monotonic() < until:
            check_belongs_together(store, seen)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        check_belongs_together(store, seen)
        assert files(tmp_path) <= {"folder/key"}
        versions = store.list_versions_page(opt.LIST).versions if versioning else ()
        assert [version.is_latest for version in versions[1:]] == [False] * len(versions[1:])
        ids = [version.version_id for version in versions]
        assert len(set(ids)) == len(ids)
    assert len(seen) > 4
    store.put("folder/key", b"last", opt.PUT)
    assert read(store, "folder/key") == b"last"


def check_belongs_together(store: object, seen: set[str]) -> None:
    """Content, metadata and size are of one write."""
    from holdall_local.provider import LocalProvider

    assert isinstance(store, LocalProvider)
    try:
        with store.get("folder/key", opt.GET) as result:
            said = result.info.metadata["said"]
            assert result.read() == said.encode() * 2000
    except ObjectNotFound:
        return
    seen.add(said)


def test_what_dead_processes_left_is_swept_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path)
    store.put("kept", b"1", opt.PutOptions(metadata={"k": "v"}))
    leftover = tmp_path / ".holdall" / "tmp" / "abc-def"
    leftover.write_bytes(b"half")
    upload = tmp_path / ".holdall" / "tmp" / "-upload"
    upload.mkdir()
    (upload / "upload.json").write_bytes(b"{}")
    local(tmp_path).put("other", b"1", opt.PUT)
    assert leftover.exists()
    monkeypatch.setattr("time.time", lambda now=time.time: now() + 25 * 3600)
    local(tmp_path).put("other", b"1", opt.PUT)
    monkeypatch.undo()
    assert temporary_files(tmp_path) == []
    assert store.head("kept", opt.HEAD).metadata == {"k": "v"}


def finish(root: Path, key: str, upload_id: str) -> None:
    """Goes on with an upload that another process began."""
    store = local(root)
    store.upload_part(key, upload_id, 2, b"second", opt.PART)
    parts = store.list_parts(key, upload_id, 0, None).parts
    store.complete_upload(key, upload_id, parts, opt.COMPLETE)


def test_another_process_goes_on_with_an_upload(tmp_path: Path) -> None:
    store = local(tmp_path)
    upload = store.create_upload("a/b", opt.CreateUploadOptions(metadata={"k": "v"}, tags={"t": "v"}))
    store.upload_part("a/b", upload.upload_id, 1, b"first ", opt.PART)
    assert files(tmp_path) == set()
    assert keys(store) == []
    run_all(finish, [(tmp_path, "a/b", upload.upload_id)])
    assert read(store, "a/b") == b"first second"
    assert store.head("a/b", opt.HEAD).metadata == {"k": "v"}
    assert store.get_tags("a/b", None) == {"t": "v"}
    assert os.listdir(tmp_path / ".holdall" / "uploads") == []


def test_a_pickled_store_is_the_same_store(tmp_path: Path) -> None:
    for store in (local(tmp_path / "a"), local(tmp_path / "b", bucket="x").bind("x"), plain(tmp_path / "c")):
        store.put("key", b"1", opt.PUT)
        again = pickle.loads(pickle.dumps(store))  # pickled a moment ago
        assert (again.info, read(again, "key")) == (store.info, b"1")
