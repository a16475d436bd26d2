"""Bad days: after each of them the right error or success, nothing corrupt, nothing left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from tests.integration.conftest import PART, SMALL, Place, nothing_left, uploaded
from tests.places import MAIN, OTHERS, at, cases, everywhere
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.storage import Storage

BLOB = (sys.executable, "-m", "holdall")

PASSING = {
    "500": faults.refuse(500, "InternalError"),
    "503": faults.refuse(503, "ServiceUnavailable"),
    "slow down": faults.refuse(503, "SlowDown"),
    "429": faults.refuse(429, "TooManyRequests"),
    "408": faults.refuse(408, "RequestTimeout"),
    "502": faults.refuse(502, "BadGateway"),
    "reset before": faults.reset_before(),
    "reset in": faults.reset_in_request(100),
    "reset after": faults.lose_answer(),
    "stall": faults.stall(),
}
# Elsewhere: what is known by its code, by the engine's own exceptions, and what leaves a server in another state.
some_elsewhere = cases(
    "fault",
    PASSING,
    {
        "moto-direct": ("reset after",),
        **dict.fromkeys(("rclone-direct", "swift-sdk"), ("503", "reset in", "reset after")),
    },
)
stalls_too = cases(
    "fault",
    PASSING,
    {**dict.fromkeys((*OTHERS, "rclone-sdk"), ("reset after",)), "swift-sdk": ("503", "stall")},
)


# --- failures that pass ---------------------------------------------------------------------------------------------


@some_elsewhere
def test_small_calls_get_over_it(fault: faults.Fault, place: Place) -> None:
    with place.open() as storage:
        for method, call in (
            ("PUT", lambda: storage.put("k", SMALL)),
            ("HEAD", lambda: storage.head("k")),
            ("GET", lambda: storage.get("k").read()),
            ("GET", lambda: list(storage.list())),
            ("DELETE", lambda: storage.delete("k")),
        ):
            rule = place.proxy.add(fault, method=method)
            outcome: Any = call()
            assert rule.hits == 1
            if isinstance(outcome, bytes):
                assert outcome == SMALL
    assert place.stored() is None


@some_elsewhere
def test_an_upload_in_parts_gets_over_it(fault: faults.Fault, place: Place, file: Path, data: bytes) -> None:
    for target in (r"\?uploads", "partNumber=1", "partNumber=3", "uploadId=[^&]+$"):
        place.proxy.add(fault, method="PUT" if "part" in target else "POST", target=target)
    uploaded(place, file)
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@stalls_too
def test_a_download_gets_over_it(fault: faults.Fault, place: Place, tmp_path: Path, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    place.proxy.add(fault, method="GET", times=2)
    with place.open() as storage:
        storage.download_file("k", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    nothing_left(place, tmp_path, "file")


BREAKING = {f"{ending} at {at}": (ending, at) for ending in ("reset", "close") for at in (0, 1000, PART + 1)}
BREAKING["stall at 1000"] = ("stall", 1000)


@cases("breaking", BREAKING, dict.fromkeys(OTHERS, (f"reset at {PART + 1}",)))
def test_a_body_that_breaks_off_goes_on(breaking: tuple[str, int], place: Place, tmp_path: Path, data: bytes) -> None:
    ending, count = breaking
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    with place.open() as storage:
        ways: list[Callable[[], bytes]] = [
            lambda: storage.get("k").read(),
            lambda: storage.open("k").read(),
            lambda: _downloaded(storage, tmp_path / "file"),
        ]
        for way in ways:
            place.proxy.add(faults.cut_answer(count, ending), method="GET")
            assert way() == data
    nothing_left(place, tmp_path, "file")


@at(MAIN, "swift-sdk")
def test_a_connection_that_breaks_after_little_each_time_is_given_up(place: Place, tmp_path: Path, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    place.proxy.add(faults.cut_answer(3000), method="GET", times=100_000)
    with place.open() as storage, pytest.raises(e.StorageError) as caught:
        _downloaded(storage, tmp_path / "file")
    assert isinstance(caught.value, (e.StreamInterrupted, e.IncompleteBody))
    assert place.proxy.count("GET") <= 8  # two for each of the pieces


def _downloaded(storage: Storage, path: Path) -> bytes:
    storage.download_file("k", path)
    return path.read_bytes()


BURST = 4
"""Requests that are refused one after the other: even if all are for one part, its fifth attempt is let through."""


@everywhere
def test_a_burst_of_slow_down_ends_well(place: Place, file: Path, data: bytes) -> None:
    targets = {r"\?uploads": "POST", "partNumber=": "PUT", "uploadId=[^&]+$": "POST", "/k": "GET"}
    bursts = [
        place.proxy.add(faults.refuse(503, "SlowDown"), method=method, target=target, times=BURST)
        for target, method in targets.items()
    ]
    uploaded(place, file)
    assert place.stored() == data
    with place.open() as storage:
        storage.download_file("k", file.with_name("back"))
    assert file.with_name("back").read_bytes() == data
    assert [burst.hits for burst in bursts] == [BURST] * len(bursts)
    nothing_left(place, file.parent, "back", "file")


def test_what_does_not_pass_is_reported_with_the_attempts(place: Place) -> None:
    place.proxy.add(faults.refuse(503, "SlowDown"), times=1000)
    with place.open() as storage, pytest.raises(e.SlowDown) as caught:
        storage.get("k")
    assert caught.value.attempts == place.proxy.count("GET")
    assert caught.value.attempts > 1
    assert caught.value.retry is e.Retry.EXHAUSTED


# --- sources --------------------------------------------------------------------------------------------------------


def test_a_source_that_shrinks_on_the_way_is_an_error(place: Place, file: Path) -> None:
    cut = faults.calling(faults.refuse(500, "InternalError"), lambda: os.truncate(file, PART))
    place.proxy.add(cut, method="PUT", target="partNumber=2")
    with place.open() as storage, pytest.raises(e.SourceChanged):
        storage.upload_file(file, "k")
    assert place.stored() is None
    nothing_left(place, file.parent, "file")


def test_a_source_that_grows_on_the_way_is_no_mixture(place: Place, file: Path, data: bytes) -> None:
    def grow() -> None:
        with file.open("ab") as more:
            more.write(b"and more")

    place.proxy.add(faults.calling(faults.Fault(), grow), method="PUT", target="partNumber=2")
    with place.open() as storage:
        try:
            storage.upload_file(file, "k")
        except e.SourceChanged:
            assert place.stored() is None
        else:
            assert place.stored() == data
    nothing_left(place, file.parent, "file")


# --- several processes ----------------------------------------------------------------------------------------------


def begin_and_kill(place: Place) -> None:
    """Leaves an upload with two of its parts behind."""
    with subprocess.Popen([*BLOB, "put", "file", "blob://faulty/k"], stderr=subprocess.PIPE) as process:
        kill = faults.calling(faults.reset_before(), lambda: process.send_signal(signal.SIGKILL))
        place.proxy.add(kill, method="PUT", target="partNumber=[34]", times=2)
        process.communicate(timeout=60)
    place.proxy.clear()


@everywhere
def test_two_processes_that_take_up_the_same_upload(place: Place, file: Path, data: bytes) -> None:
    begin_and_kill(place)
    place.proxy.add(faults.slow(20_000_000), method="PUT", times=1000)
    both = [
        subprocess.Popen([*BLOB, "put", "file", "blob://faulty/k"], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in both]
    assert 0 in {process.returncode for process in both}, said
    assert place.stored() == data
    subprocess.run([*BLOB, "put", "file", "blob://faulty/k"], check=True, timeout=60)
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_fork_in_mid_transfer(way: str, place: Place, file: Path, data: bytes) -> None:
    method, target = ("PUT", "partNumber=") if way == "up" else ("GET", "/k")
    place.proxy.add(faults.slow(8_000_000), method=method, target=target, times=1000)
    place.witness.put_object(Bucket=place.bucket, Key="other", Body=SMALL)
    if way == "down":
        place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
        file.unlink()
    outcome: list[Any] = []
    with place.open() as storage:
        move = storage.upload_file if way == "up" else lambda path, key: storage.download_file(key, path)
        transfer = threading.Thread(target=lambda: outcome.append(move(file, "k")))
        transfer.start()
        while place.proxy.count(method, target) == 0:
            time.sleep(0.005)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)
            code = 1
            try:
                code = 0 if storage.get("other").read() == SMALL else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        transfer.join(60)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(outcome) == 1
    assert (place.stored() if way == "up" else file.read_bytes()) == data
    nothing_left(place, file.parent, "file")


# --- Ctrl-C ---------------------------------------------------------------------------------------------------------


def interrupt(place: Place, fault: faults.Fault, method: str, target: str, *arguments: str) -> tuple[str, float]:
    """Sends Ctrl-C when a request has come; returns what the command said, and after how many seconds it began to."""
    reached = threading.Event()
    place.proxy.add(faults.calling(fault, reached.set), method=method, target=target, times=1000)
    with subprocess.Popen([*BLOB, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert reached.wait(30)
        time.sleep(0.1)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        first = next((line for line in process.stderr if line.strip()), "")  # after the line of the "^C"
        took = time.monotonic() - started
        said = first + process.communicate(timeout=30)[1]
        assert process.returncode == 130, said
    place.proxy.clear()
    return said, took


HANGING = {"slow": faults.slow(500_000), "stalled": faults.stall()}
ENDED = 2.0
"""Seconds until the command says how the transfer ended: one is promised, the other is for a busy machine. Whoever
waited for the store instead would take 10 and more (slow), or a minute (stalled)."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:  # noqa: ARG001 - set after what the place sets
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__CONNECTION__READ_TIMEOUT", "60")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("fault", HANGING.values(), ids=HANGING.keys())
def test_ctrl_c_in_an_upload_says_what_was_kept(fault: faults.Fault, place: Place, file: Path, data: bytes) -> None:
    said, took = interrupt(place, fault, "PUT", "partNumber=3", "put", "file", "blob://faulty/k")
    assert took < ENDED
    assert "blob" in said
    assert "resume" in said
    assert "Traceback" not in said
    subprocess.run([*BLOB, "put", "file", "blob://faulty/k"], check=True, timeout=60)
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("fault", HANGING.values(), ids=HANGING.keys())
def test_ctrl_c_in_a_download(fault: faults.Fault, place: Place, tmp_path: Path, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    said, took = interrupt(place, fault, "GET", "/k", "get", "blob://faulty/k", "file")
    assert took < ENDED
    assert "Traceback" not in said
    assert not (tmp_path / "file").exists()
    subprocess.run([*BLOB, "get", "blob://faulty/k", "file"], check=True, timeout=60)
    assert (tmp_path / "file").read_bytes() == data
    nothing_left(place, tmp_path, "file")
