"""What goes wrong: every failure is one of ours, and leaves the old object or the new one."""

from __future__ import annotations

import errno
import functools
import json
import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from holdall import options as opt
from holdall.checksums import checksum
from holdall.errors import (
    AccessDenied,
    BucketNotFound,
    ChecksumMismatch,
    IncompleteBody,
    InternalError,
    InvalidObjectState,
    ObjectNotFound,
    ObjectTooLarge,
    PreconditionFailed,
    SourceChanged,
    StorageError,
    TransferError,
)
from holdall.models import ChecksumAlgorithm, CopySource, Versioning
from tests.providers.local.stores import files, keys, local, plain, read, run_all, temporary_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall_local.plain import PlainProvider
    from holdall_local.provider import LocalProvider

CHANGING = ("open", "write", "fsync", "rename", "replace", "link", "utime", "mkdir", "copy_file_range", "rmdir")


class Faults:
    """Lets the n-th call of the operating system that changes something fail, once.

    Those that bring something to the disk do nothing: they take most of the time, and what they are for can't be seen
    from inside a running system.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int) -> None:
        self.calls = 0
        for name in CHANGING:
            real = getattr(os, name) if name != "fsync" else lambda _: None
            monkeypatch.setattr(os, name, self._failing(real, fail_at))

    def _failing(self, real: Callable[..., Any], fail_at: int) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == fail_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **kwargs)

        return call


def put_new(store: LocalProvider) -> None:
    store.put("a/b", b"new" * 10, opt.PutOptions(metadata={"said": "new"}))


def copy_new(store: LocalProvider) -> None:
    store.copy(CopySource("other"), "a/b", opt.COPY)


def complete_new(store: LocalProvider) -> None:
    upload = store.create_upload("a/b", opt.CreateUploadOptions(metadata={"said": "new"}))
    parts = [store.upload_part("a/b", upload.upload_id, number, b"new" * 5, opt.PART) for number in (1, 2)]
    store.complete_upload("a/b", upload.upload_id, parts, opt.COMPLETE)


def put_below(store: LocalProvider) -> None:
    store.put("a/b/c", b"new", opt.PutOptions(metadata={"said": "new"}))


def undelete(store: LocalProvider) -> None:
    marker = store.delete("a/b", opt.DELETE)
    store.delete("a/b", opt.DeleteOptions(version_id=marker.version_id))


CHANGES = (put_new, copy_new, complete_new, put_below)


@pytest.mark.parametrize(
    ("change", "versioning"),
    [*((change, versioning) for change in CHANGES for versioning in (False, True)), (undelete, True)],
)
def test_a_failure_at_any_step_leaves_something_whole(
    tmp_path: Path, change: Callable[[LocalProvider], None], versioning: bool
) -> None:
    said = {"old": b"old" * 10, "new": b"new" * 10}
    for fail_at in range(1, 500):
        root = tmp_path / str(fail_at)
        before = local(root, versioning=versioning)
        before.put("other", said["new"], opt.PutOptions(metadata={"said": "new"}))
        before.put("a/b", said["old"], opt.PutOptions(metadata={"said": "old"}))
        store = local(root, durable=True)
        failure: StorageError | None = None
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, fail_at)
            try:
                change(store)
            except StorageError as error:
                failure = error
        assert failure is None or (isinstance(failure, TransferError) and "Free some space" in (failure.hint or ""))
        assert failure is None or isinstance(failure.__cause__, OSError)
        again = local(root)
        if "a/b" in keys(again):
            with again.get("a/b", opt.GET) as result:
                assert result.read() == said[result.info.metadata["said"]]
        else:
            assert change is undelete
        # An upload that can't be removed is out of sight, and is swept like what dead processes leave.
        left = [name for name in temporary_files(root) if not (root / ".holdall" / "tmp" / name).is_dir()]
        assert left == []
        for sidecar in (root / ".holdall" / "attributes").rglob("*.json"):
            json.loads(sidecar.read_bytes())  # none is half written
        assert files(root) <= {"other", "a/b", "a/b%", "a/b/c"}
        if versioning:
            assert read(again, "a/b", version_id=oldest(again)) == said["old"]
        shutil.rmtree(root)
        if faults.calls < fail_at:  # the whole change took fewer calls
            assert failure is None
            assert fail_at > 10
            return
    pytest.fail("there is no end of it")


def oldest(store: LocalProvider) -> str:
    versions = store.list_versions_page(opt.ListOptions(prefix="a/b")).versions
    return [version.version_id for version in versions if version.key == "a/b"][-1]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("make", [local, plain])
def test_a_file_that_the_system_does_not_take(
    tmp_path: Path, make: Callable[[Path], LocalProvider | PlainProvider]
) -> None:
    store = make(tmp_path)
    store.put("a", b"old", opt.PUT)
    with file_size_limit(100_000), pytest.raises(ObjectTooLarge) as caught:
        store.put("a", b"x" * 200_000, opt.PUT)
    assert caught.value.code == "EFBIG"
    assert read(store, "a") == b"old"
    assert files(tmp_path) == {"a"}


def without_rights(root: Path) -> None:
    """In a process of its own: lays down root's rights, which know no permissions, for a while."""
    store, bare = local(root), plain(root)
    assert read(store, "a") == read(bare, "a") == b"1"
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        for provider in (store, bare):
            with pytest.raises(AccessDenied):
                provider.put("b", b"2", opt.PUT)
            with pytest.raises(AccessDenied):
                provider.delete("a", opt.DELETE)
            with pytest.raises(AccessDenied):
                provider.get("locked", opt.GET)
            with pytest.raises(AccessDenied):
                provider.list_page(opt.ListOptions(prefix="closed/"))
            assert read(provider, "a") == b"1"
    finally:
        os.seteuid(user)  # what ends the process may want to write, e.g. what coverage has seen


def without_entry(root: Path) -> None:
    """As ``without_rights``, for a store whose root is below a folder that may not be entered."""
    for provider in (local(root), plain(root)):  # imports what is needed: later, modules may not be found any more
        provider.list_page(opt.LIST)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        for provider in (local(root), plain(root)):
            calls: list[Callable[[], object]] = [
                functools.partial(provider.list_page, opt.LIST),
                functools.partial(provider.get, "a", opt.GET),
                functools.partial(provider.put, "b", b"2", opt.PUT),
            ]
            for call in calls:
                with pytest.raises(AccessDenied) as caught:
                    call()
                assert str(root.parent) in str(caught.value)
    finally:
        os.seteuid(user)


def test_a_store_that_can_not_be_reached_does_not_pass_for_an_empty_one() -> None:
    above = Path(tempfile.mkdtemp())
    above.chmod(0o755)
    try:
        (above / "private" / "root").mkdir(parents=True)
        local(above / "private" / "root").put("a", b"1", opt.PUT)
        (above / "private").chmod(0)
        run_all(without_entry, [(above / "private" / "root",)])
    finally:
        (above / "private").chmod(0o755)
        shutil.rmtree(above)


def test_no_permission_is_said_so_and_never_taken_for_not_there() -> None:
    root = Path(tempfile.mkdtemp())  # outside of pytest's own folder, which is for its owner alone
    try:
        store = local(root)
        for key in ("a", "locked", "closed/x"):
            store.put(key, b"1", opt.PUT)
        (root / "locked").chmod(0)
        (root / "closed").chmod(0)
        for folder, _, _ in os.walk(root):
            if not folder.endswith("closed"):
                Path(folder).chmod(0o555)
        run_all(without_rights, [(root,)])
        assert keys(store, prefix="a") == ["a"]
    finally:
        for folder, _, _ in os.walk(root):
            Path(folder).chmod(0o755)
        shutil.rmtree(root)


def test_something_that_is_no_file_in_the_way(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"1", opt.PUT)
    os.mkfifo(tmp_path / "pipe")
    for key in ("pipe", "pipe/below"):
        with pytest.raises(InvalidObjectState):
            store.put(key, b"2", opt.PUT)
    with pytest.raises(InvalidObjectState):
        store.head("pipe", opt.HEAD)
    assert temporary_files(tmp_path) == []


class Body:
    """A reader that announces another length than it has, or breaks."""

    def __init__(self, data: bytes, announced: int, error: Exception | None = None) -> None:
        self._data, self._announced, self._error = data, announced, error

    def __len__(self) -> int:
        return self._announced

    def read(self, size: int = -1, /) -> bytes:
        if not self._data and self._error is not None:
            raise self._error
        piece, self._data = (self._data, b"") if size < 0 else (self._data[:size], self._data[size:])
        return piece

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise NotImplementedError

    def tell(self) -> int:
        raise NotImplementedError


@pytest.mark.parametrize("make", [local, plain])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (Body(b"short", 10), IncompleteBody),
        (Body(b"too long", 3), SourceChanged),
        (Body(b"half", 10, KeyError("theirs")), KeyError),
        (Body(b"half", 10, OSError(errno.EIO, "the user's own disk")), InternalError),
    ],
)
def test_a_body_that_is_not_as_announced(
    tmp_path: Path, make: Callable[[Path], LocalProvider], body: Body, error: type[Exception]
) -> None:
    store = make(tmp_path)
    data = body._data
    with pytest.raises(error):
        store.put("a/b", body, opt.PUT)
    body._data = data  # the next of the parametrized tests gets the same one
    assert keys(store) == []
    assert files(tmp_path) == set()


@pytest.mark.parametrize("make", [local, plain])
def test_bytes_that_differ_from_their_checksum_are_not_kept(
    tmp_path: Path, make: Callable[[Path], LocalProvider]
) -> None:
    store = make(tmp_path)
    for algorithm in ChecksumAlgorithm:
        right = checksum(algorithm, b"data")
        assert store.put(f"{algorithm}", b"data", opt.PutOptions(checksum=right)).checksums == (right,)
        with pytest.raises(ChecksumMismatch):
            store.put("wrong", b"Data", opt.PutOptions(checksum=right))
    with pytest.raises(ChecksumMismatch):
        store.put("wrong", b"data", opt.PutOptions(content_md5="1B2M2Y8AsgTpgAmY7PhCfg=="))
    assert "wrong" not in files(tmp_path)


def test_a_condition_that_does_not_hold_spares_the_body(tmp_path: Path) -> None:
    store = local(tmp_path)
    store.put("a", b"1", opt.PUT)
    untouched = Body(b"", 10, AssertionError("the body was read"))
    with pytest.raises(PreconditionFailed):
        store.put("a", untouched, opt.PutOptions(if_absent=True))
    with pytest.raises(PreconditionFailed):
        store.put("a", untouched, opt.PutOptions(if_match="another"))


def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is brought to the disk from now on, as paths."""
    paths: list[str] = []
    fsync = os.fsync

    def spy(fd: int) -> None:
        paths.append(os.readlink(f"/proc/self/fd/{fd}"))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", spy)
    return paths


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="tells the names of open files on Linux")
def test_a_write_is_on_the_disk_when_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local(tmp_path, durable=True)
    store.put("first", b"", opt.PUT)
    paths = synced(monkeypatch)
    store.put("a/b", b"data", opt.PutOptions(metadata={"k": "v"}))
    within = [os.path.relpath(path.removesuffix(" (deleted)"), tmp_path) for path in paths]
    order = [within.index(name) for name in within if name.startswith(".holdall/tmp/")]
    assert order == [0]  # the content, before everything else
    assert any(name.startswith(".holdall/attributes/") and name.endswith(".json") for name in within)
    assert {".", "a"} <= set(within)  # the new folder in the root, and the file in the folder
    assert within[-1] == "a"
    paths.clear()
    store.delete("a/b", opt.DELETE)
    assert str(tmp_path / "a") in paths
    paths.clear()
    local(tmp_path, durable=False).put("a/b", b"data", opt.PUT)
    assert paths == []


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="tells the names of open files on Linux")
def test_a_plain_write_is_on_the_disk_when_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = plain(tmp_path, durable=True)
    paths = synced(monkeypatch)
    store.put("a/b", b"data", opt.PUT)
    within = [os.path.relpath(path, tmp_path) for path in paths]
    assert [within[0], within[-1]] == [".", "a"]
    assert any(name.startswith("a/.holdall-") for name in within)


def test_a_bucket_that_goes_away_is_not_found(tmp_path: Path) -> None:
    root = tmp_path / "root"
    store = local(root)
    store.put("a", b"1", opt.PUT)
    shutil.rmtree(root)
    for call in (
        lambda: store.put("a", b"1", opt.PUT),
        lambda: store.head("a", opt.HEAD),
        lambda: store.list_page(opt.LIST),
        lambda: store.delete("a", opt.DELETE),
        lambda: store.create_upload("a", opt.CREATE_UPLOAD),
        lambda: store.set_versioning(Versioning.ENABLED),
    ):
        with pytest.raises(BucketNotFound):
            call()
    assert not root.exists()


def test_a_folder_that_is_made_while_it_is_looked_for_is_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    store = local(root)
    opened = store.objects.opened

    def late(*arguments: Any) -> Any:
        try:
            with opened(*arguments):
                raise AssertionError("there is no such object")
        finally:  # another thread writes the store's first object just now
            store.put("other", b"1", opt.PUT)

    monkeypatch.setattr(store.objects, "opened", late)
    with pytest.raises(ObjectNotFound):
        store.get("a", opt.GET)
