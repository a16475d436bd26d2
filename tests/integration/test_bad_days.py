"""Bad days: after each of them the right error or success, nothing corrupt, nothing left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from tests.integration.conftest import PART, SMALL, Place, nothing_left, uploaded
from tests.integration.programs import Program, kill_at, run
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


def waits(fault: faults.Fault) -> dict[str, float]:
    """Settings under which a silence is noticed soon; what is only slow would be taken for one, too."""
    return {"read_timeout": 1.0} if fault.ending == "stall" else {}


# --- failures that pass ---------------------------------------------------------------------------------------------


@some_elsewhere
def test_small_calls_get_over_it(fault: faults.Fault, place: Place) -> None:
    with place.open(connection=waits(fault)) as storage:
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
    rules = [
        place.proxy.add(fault, method="PUT" if "part" in target else "POST", target=target)
        for target in (r"\?uploads", "partNumber=1", "partNumber=3", "uploadId=[^&]+$")
    ]
    uploaded(place, file)
    assert [rule.hits for rule in rules] == [1] * len(rules)
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@stalls_too
def test_a_download_gets_over_it(fault: faults.Fault, place: Place, tmp_path: Path, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    rule = place.proxy.add(fault, method="GET", times=2)
    with place.open(connection=waits(fault)) as storage:
        storage.download_file("k", tmp_path / "file")
    assert rule.hits == 2
    assert (tmp_path / "file").read_bytes() == data
    nothing_left(place, tmp_path, "file")


BREAKING = {f"{ending} at {at}": (ending, at) for ending in ("reset", "close") for at in (0, 1000, PART + 1)}
BREAKING["stall at 1000"] = ("stall", 1000)


@cases("breaking", BREAKING, dict.fromkeys(OTHERS, (f"reset at {PART + 1}",)))
def test_a_body_that_breaks_off_goes_on(breaking: tuple[str, int], place: Place, tmp_path: Path, data: bytes) -> None:
    ending, count = breaking
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    fault = faults.cut_answer(count, ending)
    with place.open(connection=waits(fault)) as storage:
        ways: list[Callable[[], bytes]] = [
            lambda: storage.get("k").read(),
            lambda: storage.open("k").read(),
            lambda: _downloaded(storage, tmp_path / "file"),
        ]
        for way in ways:
            rule = place.proxy.add(fault, method="GET")
            assert way() == data
            assert rule.hits == 1
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


def test_a_category_is_tried_as_often_as_the_settings_say(place: Place) -> None:
    never = place.open(resilience={"overrides": {"slow_down": "never", "internal_error": {"max_attempts": 2}}})
    with never as storage:
        for code, attempts in (("SlowDown", 1), ("InternalError", 2)):
            place.proxy.clear()
            place.proxy.add(faults.refuse(503 if code == "SlowDown" else 500, code), times=1000)
            with pytest.raises(e.ServerError) as caught:
                storage.get("k")
            assert (caught.value.attempts, place.proxy.count("GET")) == (attempts, attempts)


def test_an_outage_costs_no_more_than_the_budget(place: Place) -> None:
    outage = place.proxy.add(faults.refuse(503, "SlowDown"), times=1000)
    with place.open(resilience={"retry_budget": 3}) as storage:
        for _ in range(6):
            with pytest.raises(e.SlowDown):
                storage.get("k")
    assert outage.hits == 6 + 3


@at(MAIN, "swift-sdk")
def test_what_has_to_be_moved_again_is_told(place: Place, file: Path, data: bytes) -> None:
    told: list[tuple[str, int]] = []
    place.proxy.add(faults.reset_in_request(PART // 2), method="PUT", target="partNumber=2")
    with place.open() as storage:
        storage.upload_file(file, "k", progress=lambda event: told.append((event.kind, event.transferred)))
    assert (told[0], told[-1]) == (("started", 0), ("finished", len(data)))
    kinds = [kind for kind, _ in told]
    assert "rewound" in kinds[1:-1]
    assert set(kinds[1:-1]) <= {"advanced", "rewound"}
    for (_, before), (kind, after) in pairwise(told):
        assert (after < before) == (kind == "rewound")
    assert place.stored() == data


# --- more than one object or request ----------------------------------------------------------------------------------

OF_ONE_REQUEST = {"503": PASSING["503"], "reset before": PASSING["reset before"], "reset after": PASSING["reset after"]}


@cases(
    "fault",
    OF_ONE_REQUEST,
    {"moto-direct": ("reset after",), "swift-sdk": ("reset after",)},
    but={"rclone-*": "rclone drops the metadata of what it copies, and copies no parts: it is not asked to"},
)
def test_copies_get_over_it(fault: faults.Fault, place: Place, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="small", Body=SMALL, Metadata={"by": "me"})
    place.witness.put_object(Bucket=place.bucket, Key="large", Body=data, Metadata={"by": "me"})
    with place.open(capabilities={"copy.max_size": 2 * PART}) as storage:
        rules = [
            place.proxy.add(fault, method="PUT", target="/small-copy$"),
            place.proxy.add(fault, method="PUT", target="/large-copy.*partNumber=2"),
            place.proxy.add(fault, method="POST", target="/large-copy.*uploadId=[^&]+$"),
        ]
        storage.copy("small", "small-copy")
        storage.copy("large", "large-copy")
        assert [rule.hits for rule in rules] == [1, 1, 1]
        move = place.proxy.add(fault, method="DELETE", target="/small$")
        storage.move("small", "moved")
        assert move.hits == 1
        assert [storage.head(key).metadata for key in ("small-copy", "large-copy", "moved")] == [{"by": "me"}] * 3
    assert place.stored("small-copy") == place.stored("moved") == SMALL
    assert place.stored("large-copy") == data
    assert place.stored("small") is None
    assert place.uploads() == []


@cases("fault", OF_ONE_REQUEST, dict.fromkeys(OTHERS, ("reset after",)))
def test_deletes_of_many_get_over_it(fault: faults.Fault, place: Place) -> None:
    for number in range(5):
        place.witness.put_object(Bucket=place.bucket, Key=f"k{number}", Body=b"x")
    rule = place.proxy.add(fault, method="POST", target="delete")
    with place.open(capabilities={"delete.batch_max": 2}) as storage:
        summary = storage.delete_many(f"k{number}" for number in range(4))
    assert rule.hits == 1
    assert (summary.deleted, summary.failed) == (4, [])
    assert [place.stored(f"k{number}") for number in range(5)] == [None] * 4 + [b"x"]


# --- objects that are replaced meanwhile ------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 3], ids=["one stream", "pieces"])
@everywhere
def test_a_file_is_never_of_two_objects(workers: int, place: Place, tmp_path: Path, data: bytes) -> None:
    """The object is replaced by one of the same size when the first bytes have come, and again a request is due."""
    other = os.urandom(len(data))
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    again = faults.calling(
        faults.cut_answer(PART // 2),
        lambda: place.witness.put_object(Bucket=place.bucket, Key="k", Body=other),
        at_end=True,
    )
    rule = place.proxy.add(again, method="GET")
    with place.open(transfer={"max_concurrency": workers}) as storage:
        with pytest.raises(e.StorageError) as caught:
            storage.download_file("k", tmp_path / "file")
        assert rule.hits == 1
        assert isinstance(caught.value, (e.SourceChanged, e.StreamInterrupted, e.IncompleteBody))
        assert not (tmp_path / "file").exists()
        storage.download_file("k", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == other
    nothing_left(place, tmp_path, "file")


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


PUT = ("blob", "put", "file", "blob://faulty/k")


@everywhere
def test_two_processes_that_take_up_the_same_upload(place: Place, file: Path, data: bytes) -> None:
    kill_at(place.proxy, faults.reset_before(), *PUT, method="PUT", target="partNumber=4")
    place.proxy.add(faults.slow(20_000_000), method="PUT", times=1000)
    both = [Program(*PUT) for _ in range(2)]
    said = [program.wait() for program in both]
    assert 0 in {code for code, _ in said}, said
    assert place.stored() == data
    run(*PUT)
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
    run(*PUT)
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
    run("blob", "get", "blob://faulty/k", "file")
    assert (tmp_path / "file").read_bytes() == data
    nothing_left(place, tmp_path, "file")
