"""`blob uploads`, `blob resume`, and what an interrupted `blob put` says."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors
from holdall import options as opt
from holdall.testing.bodies import body_of
from holdall.transfer import journal
from holdall.transfer.orphans import Note
from holdall_local.provider import LocalProvider
from tests.storage.cli.conftest import BLOB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

MIB = 1024 * 1024
DATA = body_of(5 * MIB + 3)


@pytest.fixture(autouse=True)
def _small_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    monkeypatch.setenv("BLOB_CHUNK_SIZE", "1MiB")
    monkeypatch.setenv("BLOB_MAX_CONCURRENCY", "1")
    (folder / "big").write_bytes(DATA)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the third part fail, until `None` is given."""
    send = LocalProvider.upload_part

    def break_with(error: BaseException | None) -> None:
        def part(self: Any, key: str, upload_id: str, number: int, *rest: Any) -> Any:
            if error is not None and number == 3:
                raise error
            return send(self, key, upload_id, number, *rest)

        monkeypatch.setattr(LocalProvider, "upload_part", part)

    return break_with


def begin(*keys: str) -> list[str]:
    with holdall.open_storage("lake") as storage:
        return [storage.provider.create_upload(key, opt.CREATE_UPLOAD).upload_id for key in keys]  # type: ignore[attr-defined]


def test_what_nobody_can_go_on_with_is_an_upload_but_not_one_to_resume(blob: Callable[..., Done]) -> None:
    (upload_id,) = begin("a")
    with holdall.open_storage("lake") as storage:
        note = Note(storage.info, "a")
        note.begun(upload_id)
        note.close()
    assert [row["upload_id"] for row in blob("uploads", "blob://lake/").json] == [upload_id]
    assert blob("resume", "--list").json == []
    blob("uploads", "blob://lake/", "--abort", "--force")
    assert journal.entries() == []


def resume_line(said: str) -> list[str]:
    """The command that a message ends with."""
    return shlex.split(said.strip().splitlines()[-1].rpartition("Go on with: ")[2])


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (errors.ConnectionFailed("gone"), 3)])
def test_what_is_kept_is_said_and_the_command_that_is_shown_goes_on(
    blob: Callable[..., Done], broken: Callable[..., None], error: BaseException, code: int
) -> None:
    broken(error)
    said = blob("put", "big", "blob://lake/a b", "--metadata", "a=b", "--checksum", "CRC32", code=code).stderr
    (line,) = [each for each in said.splitlines() if "Go on with: " in each]
    assert "hat has arrived (2.1 MB) is kept" in line
    broken(None)
    (row,) = blob("resume", "--list").json
    assert (row["key"], row["store"], row["size"]) == ("a b", "lake", len(DATA))
    command = resume_line(line)
    assert command[:2] == ["blob", "resume"]
    done = blob(*command[1:])
    assert "2.1 MB of 5.2 MB have arrived" in done.stderr
    assert done.json["size"] == len(DATA)
    with holdall.open_storage("lake") as storage:
        assert storage.get("a b").read() == DATA
        assert storage.head("a b").metadata == {"a": "b"}
    assert blob("resume", "--list").json == []
    assert blob("uploads", "blob://lake/").json == []


def test_putting_it_again_goes_on_and_says_so(blob: Callable[..., Done], broken: Callable[..., None]) -> None:
    broken(KeyboardInterrupt())
    blob("put", "big", "blob://lake/", code=130)
    broken(None)
    assert "going on" in blob("put", "big", "blob://lake/").stderr
    with holdall.open_storage("lake") as storage:
        assert storage.get("big").read() == DATA


def test_a_file_that_changed_is_sent_anew_and_that_is_said(
    blob: Callable[..., Done], broken: Callable[..., None], folder: Path
) -> None:
    broken(KeyboardInterrupt())
    blob("put", "big", "blob://lake/", code=130)
    broken(None)
    (folder / "big").write_bytes(DATA[::-1])
    os.utime(folder / "big", ns=(0, 1))
    assert "do not fit this file" in blob("resume", "big", "blob://lake/big", code=3).stderr
    assert "from the beginning" in blob("put", "big", "blob://lake/").stderr
    with holdall.open_storage("lake") as storage:
        assert storage.get("big").read() == DATA[::-1]


def test_an_upload_that_could_not_be_dropped_is_not_denied(
    blob: Callable[..., Done], broken: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise errors.InternalError("down")

    broken(errors.AccessDenied("no"))
    with monkeypatch.context() as patch:
        patch.setattr(LocalProvider, "abort_upload", fail)
        patch.setenv("HOLDALL_STORES__LAKE__RESILIENCE__MAX_ATTEMPTS", "1")
        said = blob("put", "big", "blob://lake/", code=3).stderr
    assert "nothing incomplete was kept" not in said
    assert "may be left at the store" in said
    (upload,) = blob("uploads", "blob://lake/").json
    assert upload["upload_id"] in said
    assert "blob uploads blob://lake/big --abort" in said


def test_what_is_dropped_is_said(blob: Callable[..., Done], broken: Callable[..., None]) -> None:
    broken(errors.AccessDenied("no"))
    said = blob("put", "big", "blob://lake/", code=3).stderr
    assert "What had arrived (2.1 MB) was dropped, as the setting transfer.on_failure says." in said
    assert blob("uploads", "blob://lake/").json == []


def test_ctrl_c_in_a_process_of_its_own_keeps_what_has_arrived() -> None:
    program = (
        "import sys, time\n"
        "from holdall_local.provider import LocalProvider\n"
        "send = LocalProvider.upload_part\n"
        "def slow(self, key, upload_id, number, *rest):\n"
        "    if number == 3:\n"
        "        print('third', file=sys.stderr, flush=True)\n"
        "        time.sleep(30)\n"
        "    return send(self, key, upload_id, number, *rest)\n"
        "LocalProvider.upload_part = slow\n"
        "sys.argv = ['blob', 'put', 'big', 'blob://lake/']\n"
        "from holdall.cli import main\n"
        "main()\n"
    )
    with subprocess.Popen(
        [BLOB[0], "-c", program], stderr=subprocess.PIPE, env=os.environ | {"BLOB_MAX_CONCURRENCY": "2"}
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"third\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        assert process.wait(timeout=10) == 130
    assert "is kept" in said
    assert "blob resume big blob://lake/" in said
    assert len(journal.entries()) == 1
    done = subprocess.run([*BLOB, "put", "big", "blob://lake/"], capture_output=True, check=True, timeout=60)
    assert b"going on" in done.stderr
    with holdall.open_storage("lake") as storage:
        assert storage.get("big").read() == DATA
        assert list(storage.uploads.list()) == []


def test_uploads_are_listed_with_their_age(blob: Callable[..., Done]) -> None:
    ids = begin("a", "b/c")
    rows = blob("uploads", "blob://lake/").json
    assert [(row["key"], row["upload_id"]) for row in rows] == [("a", ids[0]), ("b/c", ids[1])]
    assert all(row["initiated"].endswith("Z") for row in rows)
    assert [row["key"] for row in blob("uploads", "blob://lake/b").json] == ["b/c"]
    assert blob("uploads", "blob://lake/", "--older-than", "1h").json == []
    assert len(blob("uploads", "blob://lake/", "--format", "text").text.splitlines()) == 2


def test_aborting_needs_an_answer_or_force(blob: Callable[..., Done]) -> None:
    begin("a", "b")
    done = blob("uploads", "blob://lake/", "--abort", code=2)
    assert "--force" in done.stderr
    done = blob("uploads", "blob://lake/", "--abort", "--dry-run")
    assert "would abort 2 uploads" in done.stderr
    assert [row["key"] for row in done.json] == ["a", "b"]
    assert len(blob("uploads", "blob://lake/").json) == 2
    assert blob("uploads", "blob://lake/a", "--abort", "--force").json["aborted_count"] == 1
    assert [row["key"] for row in blob("uploads", "blob://lake/").json] == ["b"]
    assert blob("uploads", "blob://lake/", "--abort", "-f", "--older-than", "1d").json["aborted_count"] == 0


def test_an_abort_that_fails_is_reported(blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise errors.AccessDenied("no\x1b[31m")

    begin("a")
    monkeypatch.setattr(LocalProvider, "abort_upload", fail)
    done = blob("uploads", "blob://lake/", "--abort", "--force", code=3)
    assert done.json["failed_count"] == 1
    assert done.json["failures"][0]["error"] == "AccessDenied"
    assert done.stderr == "failed: a: no\\x1b[31m\n"


def test_resuming_by_upload_id(blob: Callable[..., Done]) -> None:
    ids = begin("k", "k")
    assert "Name one" in blob("resume", "big", "blob://lake/k", code=2).stderr
    assert "would go on" in blob("resume", "big", "blob://lake/k", "--dry-run").stderr
    assert blob("resume", "big", "blob://lake/k", "--upload-id", ids[1]).json["size"] == len(DATA)
    assert [row["upload_id"] for row in blob("uploads", "blob://lake/").json] == [ids[0]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("resume",), "name the file"),
        (("resume", "big"), "name the file"),
        (("resume", "big", "--list"), "--list goes with no file"),
        (("resume", "-", "blob://lake/k"), "standard input"),
        (("resume", "big", "blob://lake/k", "--if-match", "x", "--if-not-exists"), "contradict"),
        (("resume", "none", "blob://lake/k"), "there is no file"),
    ],
)
def test_refusals(blob: Callable[..., Done], arguments: tuple[str, ...], said: str) -> None:
    assert said in blob(*arguments, code=2).stderr


def test_nothing_to_resume(blob: Callable[..., Done]) -> None:
    for arguments in ([], ["--upload-id", "nope"]):
        said = blob("resume", "big", "blob://lake/k", *arguments, code=1).stderr
        assert "Solution: 'blob uploads' lists the unfinished ones; 'blob put' sends" in said
    assert "no unfinished upload" in blob("resume", "big", "blob://lake/k", code=1).stderr


def test_a_beginning_without_an_answer_is_not_denied(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    create = LocalProvider.create_upload

    def interrupted(self: Any, *given: Any) -> Any:
        begun.append(create(self, *given).upload_id)
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalProvider, "create_upload", interrupted)
    said = blob("put", "big", "blob://lake/", code=130).stderr
    assert "nothing incomplete was kept" not in said
    assert "whether the store has begun an upload is not known" in said
    assert "If so, this lists it: blob uploads blob://lake/big\n" in said
    assert blob("resume", "--list").json == []
    assert [row["upload_id"] for row in blob("uploads", "blob://lake/big").json] == begun


@pytest.mark.parametrize(
    ("error", "known"), [(errors.ConnectionFailed("lost"), False), (errors.AccessDenied("no"), True)]
)
def test_only_an_answer_settles_whether_an_upload_was_begun(
    blob: Callable[..., Done],
    monkeypatch: pytest.MonkeyPatch,
    error: errors.StorageError,
    known: bool,  # noqa: FBT001
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setenv("HOLDALL_STORES__LAKE__RESILIENCE__MAX_ATTEMPTS", "1")
    monkeypatch.setattr(LocalProvider, "create_upload", fail)
    said = blob("put", "big", "blob://lake/", code=3).stderr
    assert ("Whether the store has begun an upload is not known" in said) is not known
    assert len(journal.entries()) == (0 if known else 1)


@pytest.mark.parametrize("kept", ["auto", "abort"])
def test_a_completion_without_an_answer_is_not_called_unfinished(
    kept: str, blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__LAKE__TRANSFER__ON_FAILURE", kept)
    complete = LocalProvider.complete_upload

    def interrupted(self: Any, *given: Any) -> None:
        complete(self, *given)
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalProvider, "complete_upload", interrupted)
    said = blob("put", "big", "blob://lake/", code=130).stderr
    assert "is kept" not in said
    assert "nothing incomplete was kept" not in said
    assert "whether the upload was completed is not known" in said
    assert "Look with: blob head blob://lake/big\n" in said
    assert ("blob resume" in said) is (kept == "auto")
    assert blob("head", "blob://lake/big").json["size"] == len(DATA)


def test_of_a_kept_stream_the_commands_can_be_pasted(
    blob: Callable[..., Done], broken: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__LAKE__TRANSFER__ON_FAILURE", "keep")
    broken(errors.AccessDenied("no"))
    said = blob("put", "-", "blob://lake/a b", stdin=DATA, code=3).stderr
    broken(None)
    (row,) = blob("uploads", "blob://lake/").json
    assert f"go on with: blob resume FILE 'blob://lake/a b' --upload-id {row['upload_id']}\n" in said
    assert "Remove it with: blob uploads 'blob://lake/a b' --abort\n" in said
    command = shlex.split(said.partition("go on with: ")[2].splitlines()[0].replace("FILE", "big"))
    assert blob(*command[1:]).json["size"] == len(DATA)
