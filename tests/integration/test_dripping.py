"""Servers that let bytes drip: no silence ends them, so the deadline has to."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import PART, SMALL, nothing_left
from tests.places import MAIN, UNSEEN, at, cases
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import holdall
    from tests.integration.conftest import Place

DEADLINE = 1.0  # seconds
PATIENCE = 6.0  # seconds: more than any operation here may take
ENGINES = at("swift-direct", "swift-sdk")

CALLS: dict[str, tuple[str, Callable[[holdall.Storage], object]]] = {
    "head": ("HEAD", lambda storage: storage.head("k")),
    "get": ("GET", lambda storage: storage.get("k")),
    "put": ("PUT", lambda storage: storage.put("new", SMALL)),
    "list": ("GET", lambda storage: list(storage.list())),
    "delete": ("DELETE", lambda storage: storage.delete("k")),
    "copy": ("PUT", lambda storage: storage.copy("k", "copy")),
}


def open_impatiently(place: Place) -> holdall.Storage:
    return place.open(resilience={"deadline": DEADLINE, "max_delay": 0.05})


NO_CONDITIONS = "the server does not keep the promise of if_absent, so no such write is sent to it"
NO_COPIES = "rclone drops the metadata of what it copies, so it is not asked to"


@cases("call", CALLS, {}, but={"*-sdk-*": UNSEEN, "rclone-direct-copy": NO_COPIES})
def test_a_head_that_drips(call: tuple[str, Callable[[holdall.Storage], object]], place: Place) -> None:
    method, run = call
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=SMALL)
    rule = place.proxy.add(faults.drip_head(20), method=method, times=1000)
    with open_impatiently(place) as storage:
        began = time.monotonic()
        with pytest.raises(e.OperationTimeout, match="less than 256 KiB came or went in 1 s") as caught:
            run(storage)
        took = time.monotonic() - began
    assert DEADLINE <= took < PATIENCE
    assert rule.hits == 1
    assert (caught.value.attempts, caught.value.retry) == (1, e.Retry.SAFE)
    assert caught.value.elapsed is not None
    assert DEADLINE <= caught.value.elapsed <= took
    assert "resilience.deadline" in str(caught.value)


@at(MAIN, but={"*-sdk": UNSEEN})
def test_a_page_that_drips(place: Place) -> None:
    for number in range(5):
        place.witness.put_object(Bucket=place.bucket, Key=f"k{number}", Body=b"x")
    rule = place.proxy.add(faults.slow(40), method="GET", target="list-type", times=1000)
    with open_impatiently(place) as storage, pytest.raises(e.OperationTimeout):
        list(storage.list())
    assert rule.hits == 1


@at("moto-direct", but={"*-sdk": UNSEEN, **dict.fromkeys(("swift-*", "rclone-*"), NO_CONDITIONS)})
def test_nobody_knows_whether_a_create_only_write_was_done_whose_answer_dripped(place: Place) -> None:
    place.proxy.add(faults.drip_head(20), method="PUT", times=1000)
    with (
        open_impatiently(place) as storage,
        pytest.raises(e.OperationTimeout, match="may or may not have been written") as caught,
    ):
        storage.put("k", SMALL, if_absent=True)
    assert caught.value.retry is e.Retry.NEVER
    assert place.stored() == SMALL


@ENGINES
def test_a_body_that_drips_is_asked_for_once_more(place: Place) -> None:
    data = os.urandom(500_000)
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    rule = place.proxy.add(faults.slow(20_000), method="GET", times=1000)
    with open_impatiently(place) as storage:
        began = time.monotonic()
        with pytest.raises(e.OperationTimeout) as caught:
            storage.get("k").read()
        assert 2 * DEADLINE <= time.monotonic() - began < PATIENCE
        assert rule.hits == 2
        assert (caught.value.attempts, caught.value.retry) == (2, e.Retry.EXHAUSTED)
        place.proxy.clear()
        place.proxy.add(faults.slow(20_000), method="GET")
        assert storage.get("k").read() == data  # the other connection was a better one


@ENGINES
def test_a_download_that_drips_leaves_no_file(place: Place, tmp_path: Path) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=os.urandom(500_000))
    place.proxy.add(faults.slow(20_000), method="GET", times=1000)
    with open_impatiently(place) as storage, pytest.raises(e.OperationTimeout):
        storage.download_file("k", tmp_path / "file")
    nothing_left(place, tmp_path)


@ENGINES
def test_what_is_slow_and_gets_on_is_waited_for(place: Place) -> None:
    data = os.urandom(PART)
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    place.proxy.add(faults.slow(1_500_000), method="GET", times=1000)
    with open_impatiently(place) as storage:
        began = time.monotonic()
        assert storage.get("k").read() == data
        assert time.monotonic() - began > 2 * DEADLINE
    assert place.proxy.count("GET") == 1


@ENGINES
def test_no_silence_is_longer_than_the_deadline(place: Place) -> None:
    place.proxy.add(faults.stall(), times=1000)
    with place.open(resilience={"deadline": DEADLINE}, connection={"read_timeout": 60}) as storage:
        began = time.monotonic()
        with pytest.raises(e.OperationTimeout):
            storage.head("k")
        assert time.monotonic() - began < PATIENCE
