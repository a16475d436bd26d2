"""kill -9 at every stage: the same command takes up or cleans up what was begun; nothing is ever half there."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from holdall.transfer.download import MARK
from tests.integration.conftest import PART, Place
from tests.integration.programs import kill_at, run
from tests.places import BEGUN_IN_2010, IS_ALL, MAIN, OTHERS, at, cases
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """When it is killed: at the (skip+1)-th request that matches; with ``done`` after the server carried it out."""

    method: str
    target: str
    skip: int = 0
    done: bool = False
    bytes_before: int | None = None


UPLOAD_STAGES = {
    "before the upload is begun": Stage("POST", r"\?uploads"),
    "when the upload was begun": Stage("POST", r"\?uploads", done=True),
    "at the first part": Stage("PUT", "partNumber=1"),
    "in the second part": Stage("PUT", "partNumber=2", bytes_before=PART // 2),
    "when the third part was sent": Stage("PUT", "partNumber=3", done=True),
    "at the last part": Stage("PUT", "partNumber=4"),
    "before the upload is completed": Stage("POST", "uploadId="),
    "when the upload was completed": Stage("POST", "uploadId=", done=True),
}
DOWNLOAD_STAGES = {
    "at the first request": Stage("GET", "/k"),
    "in the first answer": Stage("GET", "/k", bytes_before=1000),
    "in the first answer, later": Stage("GET", "/k", bytes_before=PART - 1),
    "at the second request": Stage("GET", "/k", skip=1),
    "in the second answer": Stage("GET", "/k", skip=1, bytes_before=PART // 2),
    "at the third request": Stage("GET", "/k", skip=2),
    "in the third answer": Stage("GET", "/k", skip=2, bytes_before=PART // 3),
    "at the last request": Stage("GET", "/k", skip=3),
}


STREAM = """
import holdall
with holdall.open_storage("faulty") as storage, open("file", "rb") as file:
    storage.put("k", iter(lambda: file.read(1_000_000), b""))
"""
WRITER = """
import holdall
with holdall.open_storage("faulty") as storage, open("file", "rb") as source, storage.open("k", "wb") as file:
    while data := source.read(1_000_000):
        file.write(data)
"""
BETWEEN = """
import os
import holdall
with holdall.open_storage(f"file://{os.getcwd()}/") as source, holdall.open_storage("faulty") as target:
    holdall.copy_between(source, "file", target, "k")
"""
WAYS = {
    "stream": [STREAM],
    "writer": [WRITER],
    "between stores": [BETWEEN],
    "copy in parts": ["blob", "copy", "blob://faulty/source", "blob://faulty/k"],
}
"""Transfers in parts of which nothing can be gone on with."""


def run_and_kill(place: Place, stage: Stage, *command: str, ready: Callable[[], bool] = lambda: True) -> int:
    """Runs a program, kills it at a stage once it is ready for it, and returns its exit code."""
    if stage.method == "PUT" and stage.bytes_before is not None:
        fault = faults.reset_in_request(stage.bytes_before)
    elif stage.bytes_before is not None:
        fault = faults.cut_answer(stage.bytes_before)
    elif stage.done:
        fault = faults.lose_answer()
    else:
        fault = faults.reset_before()
    return kill_at(place.proxy, fault, *command, ready=ready, method=stage.method, target=stage.target, skip=stage.skip)


# Elsewhere: a part that is cut off, and an answer that nobody takes, are where servers differ.
IN_DOUBT = ("in the second part", "when the upload was completed")


@cases(
    "stage",
    UPLOAD_STAGES,
    {**dict.fromkeys(OTHERS, IN_DOUBT), "swift-sdk": ("when the upload was begun", *IN_DOUBT)},
    but={"moto-*-when the upload was begun": BEGUN_IN_2010},
)
def test_an_upload_that_is_killed(stage: Stage, place: Place, data: bytes, tmp_path: Path, home: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    code = run_and_kill(place, stage, "blob", "put", "file", "blob://faulty/k")
    assert code == -signal.SIGKILL
    assert place.stored() == (data if stage.done and "uploadId" in stage.target and stage.method == "POST" else None)
    run("blob", "put", "file", "blob://faulty/k")
    assert place.stored() == data
    assert place.uploads() == []
    assert left_in(home) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@at(MAIN, "moto-direct", "rclone-direct")
def test_an_upload_that_is_killed_is_gone_on_with_on_another_machine(
    place: Place, data: bytes, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is known of it but the file, the key, and what the store tells."""
    (tmp_path / "file").write_bytes(data)
    stage = Stage("PUT", "partNumber=4")
    assert run_and_kill(place, stage, "blob", "put", "file", "blob://faulty/k") == -signal.SIGKILL
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "another-machine"))
    assert [each["key"] for each in json.loads(run("blob", "uploads", "blob://faulty/k", "--exact"))] == ["k"]
    run("blob", "resume", "file", "blob://faulty/k")
    assert place.proxy.count("PUT", "partNumber=") < len(data) / PART
    assert place.stored() == data
    assert place.uploads() == []


@cases("stage", DOWNLOAD_STAGES, dict.fromkeys(OTHERS, ("in the second answer",)))
def test_a_download_that_is_killed(stage: Stage, place: Place, data: bytes, tmp_path: Path) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    code = run_and_kill(place, stage, "blob", "get", "blob://faulty/k", "file")
    assert code in {-signal.SIGKILL, 0}  # 0: it needed fewer requests
    assert (tmp_path / "file").exists() == (code == 0)
    run("blob", "get", "blob://faulty/k", "file")
    assert (tmp_path / "file").read_bytes() == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def has_marks(folder: Path) -> bool:
    """Whether a download has recorded what is there. What the proxy has sent may still be in the sockets' buffers."""
    return any(b'"done"' in record.read_bytes() for record in folder.glob(".*.done"))


@pytest.mark.parametrize("verify", ["auto", "off"])
@at(MAIN, *OTHERS)
def test_a_download_in_one_stream_that_is_killed_goes_on_from_its_last_mark(
    verify: str, place: Place, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__TRANSFER__MAX_CONCURRENCY", "1")
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    command = ("blob", "get", "blob://faulty/k", "file", "--verify", verify)
    stage = Stage("GET", "/k", bytes_before=3 * MARK)
    assert run_and_kill(place, stage, *command, ready=lambda: has_marks(tmp_path)) == -signal.SIGKILL
    rest: list[bool] = []
    seen = faults.calling(faults.Fault(), lambda: rest.append(True))
    place.proxy.add(seen, method="GET", header=f"(?i)range: bytes=({MARK}|{2 * MARK}|{3 * MARK})-{len(data) - 1}")
    assert "going on with the download of k: " in run(*command)
    assert rest == [True]
    assert (tmp_path / "file").read_bytes() == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@at(MAIN)
def test_a_download_in_one_stream_begins_anew_where_the_object_was_replaced(
    place: Place, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__TRANSFER__MAX_CONCURRENCY", "1")
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    command = ("blob", "get", "blob://faulty/k", "file")
    stage = Stage("GET", "/k", bytes_before=3 * MARK)
    assert run_and_kill(place, stage, *command, ready=lambda: has_marks(tmp_path)) == -signal.SIGKILL
    other = os.urandom(len(data))
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=other)
    assert "going on" not in run(*command)
    assert (tmp_path / "file").read_bytes() == other
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.fixture
def folder(tmp_path: Path, place: Place, data: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file, whose bytes are at the store, too, where an object of them is copied in parts."""
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__CAPABILITIES__COPY__MAX_SIZE", str(PART))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    place.witness.put_object(Bucket=place.bucket, Key="source", Body=data)
    (tmp_path / "file").write_bytes(data)
    return tmp_path


# Elsewhere, what differs there. rclone writes an object to its disk seconds later, also one that is deleted by then, so
# that a bucket whose object was completed twice can't be removed after the test.
@pytest.mark.parametrize("way", WAYS if IS_ALL else ["stream", "copy in parts"])
@cases(
    "stage",
    UPLOAD_STAGES,
    {
        "moto-direct": ("when the upload was completed",),
        "rclone-direct": ("in the second part",),
        "swift-sdk": ("when the upload was begun",),
    },
    but={"moto-*-when the upload was begun": BEGUN_IN_2010},
)
def test_a_transfer_that_is_begun_anew(
    way: str, stage: Stage, place: Place, data: bytes, folder: Path, home: Path
) -> None:
    assert run_and_kill(place, stage, *WAYS[way]) == -signal.SIGKILL
    assert place.stored() == (data if stage.done and "uploadId" in stage.target and stage.method == "POST" else None)
    run(*WAYS[way])
    assert place.stored() == data
    assert place.uploads() == []
    assert left_in(home) == []
    assert sorted(path.name for path in folder.iterdir()) == ["file"]


SIXTEEN = """
from concurrent.futures import ThreadPoolExecutor
import holdall

def move(number):
    if number % 2:
        storage.upload_file(f"up{number}", f"up{number}")
    else:
        storage.download_file(f"down{number}", f"down{number}")

with holdall.open_storage("faulty") as storage, ThreadPoolExecutor(16) as pool:
    list(pool.map(move, range(16)))
"""
UP, DOWN = ([f"{way}{number}" for number in range(first, 16, 2)] for way, first in (("up", 1), ("down", 0)))
SIXTEEN_STAGES = {
    "in the last first part": Stage("PUT", "partNumber=1", skip=len(UP) - 1, bytes_before=PART // 2),
    "when the first is complete": Stage("POST", "uploadId=", done=True),
}


@cases(
    "stage",
    SIXTEEN_STAGES,
    {},
    but={"moto-*-when the first is complete": BEGUN_IN_2010},  # others may just be being begun
)
def test_sixteen_transfers_that_are_killed_at_once(
    stage: Stage, place: Place, data: bytes, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__TRANSFER__MULTIPART_THRESHOLD", str(PART))
    of = {name: name.encode() + data[: PART + 100_000] for name in UP + DOWN}
    for name in UP:
        (tmp_path / name).write_bytes(of[name])
    for name in DOWN:
        place.witness.put_object(Bucket=place.bucket, Key=name, Body=of[name])
    place.proxy.add(faults.slow(2_000_000), method="GET", times=1000)  # the downloads are under way, too
    assert run_and_kill(place, stage, SIXTEEN) == -signal.SIGKILL
    assert {place.stored(name) for name in UP} <= {None, *of.values()}
    there = {name: (tmp_path / name).read_bytes() for name in DOWN if (tmp_path / name).exists()}
    assert there == {name: of[name] for name in there}
    run(SIXTEEN)
    assert {name: place.stored(name) for name in UP} == {name: of[name] for name in UP}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == of
    assert place.uploads() == []
    assert left_in(home) == []


def left_in(home: Path) -> list[str]:
    """Journals of uploads that were left in the home folder."""
    return [str(path) for path in home.rglob("*.json") if path.is_file()]
