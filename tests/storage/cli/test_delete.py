"""`blob delete`."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import errors
from holdall.models import DeleteOutcome
from tests.storage.cli.conftest import BLOB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.models import ObjectEntry
    from tests.storage.cli.conftest import Done

KEYS = ["keep.txt", "tmp-2/c", "tmp/a", "tmp/b/c"]


@pytest.fixture(autouse=True)
def _objects() -> None:
    with holdall.open_storage("lake") as storage:
        for key in KEYS:
            storage.put(key, b"x")


def keys() -> list[str]:
    with holdall.open_storage("lake") as storage:
        return [entry.key for entry in storage.list()]


def test_one_object_and_once_more(blob: Callable[..., Done]) -> None:
    for _ in range(2):
        record = blob("delete", "blob://lake/tmp/a").json
        assert record == {"bucket": "lake", "key": "tmp/a", "version_id": None, "delete_marker": False}
    assert keys() == ["keep.txt", "tmp-2/c", "tmp/b/c"]


def test_a_version_for_good(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("versioned") as storage:
        old = str(storage.put("v", b"old").version_id)
        storage.put("v", b"new")
        marker = blob("delete", "blob://versioned/v").json
        assert marker["delete_marker"] is True
        assert blob("delete", "blob://versioned/v", "--version-id", old).json["version_id"] == old
        assert [
            (each.version_id == marker["version_id"], each.is_delete_marker) for each in storage.versions.of("v")
        ] == [
            (True, True),
            (False, False),
        ]


def test_everything_below_a_prefix_and_nothing_beside_it(blob: Callable[..., Done]) -> None:
    record = blob("delete", "blob://lake/tmp/", "-r", "--force").json
    assert record == {"bucket": "lake", "prefix": "tmp/", "deleted_count": 2, "failed_count": 0, "failures": []}
    assert keys() == ["keep.txt", "tmp-2/c"]


def test_a_prefix_without_a_slash_is_refused_since_more_begins_like_it(blob: Callable[..., Done]) -> None:
    done = blob("delete", "blob://lake/tmp", "-r", "-f", code=2)
    assert "does not end with a slash" in done.stderr
    assert "Solution: Write blob://lake/tmp/ for" in done.stderr
    assert keys() == KEYS


def test_nobody_to_answer_is_a_refusal(blob: Callable[..., Done]) -> None:
    for location in ("blob://lake/tmp/", "blob://lake", "blob://lake/"):
        assert "give --force" in blob("delete", location, "-r", code=2, stdin=b"y\n").stderr
    assert keys() == KEYS


def test_a_dry_run_lists_and_deletes_nothing(blob: Callable[..., Done]) -> None:
    done = blob("delete", "blob://lake/tmp/", "-r", "-n")
    assert done.json["dry_run"] is True
    assert [each["key"] for each in done.json["objects"]] == ["tmp/a", "tmp/b/c"]
    assert done.stderr == "would delete 2 objects, 2 B\n"
    assert blob("delete", "blob://lake/tmp/", "-r", "-n", "-f", "--format", "keys").text == "tmp/a\ntmp/b/c\n"
    for only_a_result in (("blob://lake/tmp/", "-r", "-f"), ("blob://lake/tmp/a",), ("blob://lake/tmp/a", "-n")):
        done = blob("delete", *only_a_result, "--format", "keys", code=2)
        assert "--recursive with --dry-run" in done.stderr
    assert blob("delete", "blob://lake/tmp/a", "--dry-run").json["dry_run"] is True
    assert keys() == KEYS


def test_only_what_is_older(blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    listed = holdall.Storage.list

    def aged(self: holdall.Storage, prefix: str = "") -> list[ObjectEntry]:
        import dataclasses

        ages = {"tmp/a": 100, "tmp/b/c": 80}
        now = datetime.now(UTC)
        return [
            dataclasses.replace(entry, last_modified=now - timedelta(days=ages[entry.key]))
            for entry in listed(self, prefix)
        ]

    monkeypatch.setattr(holdall.Storage, "list", aged)
    record = blob("delete", "blob://lake/tmp/", "-r", "-f", "--older-than", "90d").json
    monkeypatch.undo()
    assert record["deleted_count"] == 1


def test_failures_are_told_one_by_one_and_decide_the_exit_code(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    from holdall_local.provider import LocalProvider

    batch = LocalProvider.delete_batch

    def refuses(self: LocalProvider, refs: list[holdall.ObjectRef], options: object) -> list[DeleteOutcome]:
        good = list(batch(self, [ref for ref in refs if ref.key != "tmp/a"], options))  # type: ignore[arg-type]
        return [DeleteOutcome(key="tmp/a", error=errors.AccessDenied("not yours\n")), *good]

    monkeypatch.setattr(LocalProvider, "delete_batch", refuses)
    done = blob("delete", "blob://lake/tmp/", "-r", "-f", code=3)
    assert done.json["deleted_count"] == 1
    assert done.json["failed_count"] == 1
    assert done.json["failures"] == [{"key": "tmp/a", "error": "AccessDenied", "message": "not yours\n"}]
    assert done.stderr == "failed: tmp/a: not yours\\n\n"
    assert keys() == ["keep.txt", "tmp-2/c", "tmp/a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["blob://lake/"], "names no object"),
        (["blob://lake/tmp/", "-r", "--version-id", "1"], "contradict each other"),
        (["blob://lake/tmp/a", "--older-than", "1d"], "goes with --recursive"),
        (["blob://lake/tmp/", "-r", "--older-than", "soon"], "is not a duration"),
        (["blob://lake/tmp/?versionId=1", "-r"], "takes no version"),
        (["file:///", "-r", "-n", "-f"], "would delete every file of this machine"),
        (["tmp/a"], "is a path or a plain key"),
    ],
)
def test_bad_input_is_2_and_deletes_nothing(arguments: list[str], message: str, blob: Callable[..., Done]) -> None:
    assert message in blob("delete", *arguments, code=2).stderr
    assert keys() == KEYS


CTRL_C = "Ctrl-C"


def on_a_terminal(answer: str, *arguments: str) -> tuple[int, str]:
    """Run the command with a terminal as its standard input and error; return exit code and what it asked."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*BLOB, *arguments], stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        os.close(theirs)
        stop = threading.Timer(60, process.kill)  # a "with" waits for its process for ever
        stop.start()
        shown = b""
        while not shown.rstrip(b" :]Ny[/").endswith((b"?", b"go on")):
            shown += os.read(ours, 4096)
        if answer == CTRL_C:
            # One that comes just before Python begins to wait for the answer is noticed with the next.
            while process.poll() is None:
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
        else:
            os.write(ours, answer.encode())
        code = process.wait()
        stop.cancel()
    os.close(ours)
    return code, shown.decode()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), (CTRL_C, 130)])
def test_a_terminal_is_asked(answer: str, code: int) -> None:
    got, shown = on_a_terminal(answer, "delete", "blob://lake/tmp/", "-r")
    assert got == code
    assert "Delete 2 objects (2 B) below blob://lake/tmp/? [y/N]" in shown
    assert keys() == (["keep.txt", "tmp-2/c"] if code == 0 else KEYS)


@pytest.mark.parametrize(("answer", "code"), [("lake\n", 0), ("y\n", 1), ("\n", 1)])
def test_all_of_a_store_asks_for_its_name(answer: str, code: int) -> None:
    got, shown = on_a_terminal(answer, "delete", "blob://lake", "-r")
    assert "Delete 4 objects (4 B), all that blob://lake holds? Type lake to go on" in shown
    assert got == code
    assert keys() == ([] if code == 0 else KEYS)


def test_a_recursive_delete_never_begins_behind_a_link_nor_follows_one(blob: Callable[..., Done], folder: Path) -> None:
    for name in ("real/f", "real/deep/g", "other/kept"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"1")
    (folder / "linked").symlink_to("real")
    (folder / "real" / "away").symlink_to("../other")
    done = blob("delete", f"file://{folder}/linked/", "-r", "-f", code=2)
    assert f"Solution: Name the folder itself: file://{folder.resolve()}/real/" in done.stderr
    assert (folder / "real" / "f").exists()
    assert blob("delete", f"file://{folder}/linked/deep/", "-r", "-f").json["deleted_count"] == 1
    assert blob("delete", f"file://{folder}/real/", "-r", "-f").json["deleted_count"] == 1
    assert (folder / "other" / "kept").read_bytes() == b"1"
