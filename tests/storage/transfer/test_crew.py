"""``Crew``: everything is done once, in bounded number, and all stop together."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from holdall.transfer.crew import GRACE, Crew, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_every_piece_is_done_once_and_comes_with_its_result() -> None:
    with Crew[int, int](lambda number: number * number, 4) as crew:
        found = dict(crew.run(range(100)))
    assert found == {number: number * number for number in range(100)}


def test_pieces_are_drawn_as_threads_get_free_and_by_the_caller() -> None:
    drawn: list[int] = []
    done: list[int] = []
    me = threading.get_ident()

    def pieces() -> Iterator[int]:
        for number in range(20):
            assert threading.get_ident() == me
            drawn.append(number)
            assert len(drawn) - len(done) <= 3
            yield number

    with Crew[int, int](lambda number: number, 3) as crew:
        for piece, _ in crew.run(pieces()):
            done.append(piece)
    assert sorted(done) == list(range(20))


def test_as_many_work_at_the_same_time_as_there_are_workers() -> None:
    meeting = threading.Barrier(3, timeout=10)
    with Crew[int, int](lambda _piece: meeting.wait(), 3) as crew:
        assert len(list(crew.run(range(6)))) == 6  # with fewer at a time nobody would ever pass the barrier


def test_no_more_threads_than_pieces() -> None:
    with Crew[int, None](lambda _piece: None, 50) as crew:
        list(crew.run([1, 2]))
        assert sum(thread.name.startswith("holdall-") for thread in crew._threads) == 2


def test_the_first_failure_is_raised_and_stops_the_others() -> None:
    others: list[str] = []

    def work(piece: str) -> None:
        if piece == "bad":
            raise LookupError(piece)
        try:
            while True:
                crew.check()
                time.sleep(0.005)
        except Stopped:
            others.append(piece)
            raise

    with pytest.raises(LookupError, match="bad"), Crew[str, None](work, 3) as crew:
        list(crew.run(["a", "bad", "b"]))
    assert set(others) <= {"a", "b"}
    assert not any(thread.is_alive() for thread in crew._threads)


def test_a_thread_that_hangs_holds_nobody_up_and_closes_what_it_used_last() -> None:
    go_on, idle = threading.Event(), threading.Event()
    crew = Crew[int, object](lambda piece: go_on.wait(10) if piece else 1 / 0, 2, when_idle=idle.set)
    started = time.monotonic()
    with pytest.raises(ZeroDivisionError), crew:
        list(crew.run([1, 0]))
    assert time.monotonic() - started < GRACE + 2
    assert not idle.is_set()
    go_on.set()
    assert idle.wait(10)


def test_what_the_pieces_share_is_closed_once_at_the_end() -> None:
    calls: list[None] = []
    with Crew[int, int](lambda piece: piece, 4, when_idle=lambda: calls.append(None)) as crew:
        list(crew.run(range(10)))
        assert calls == []
    assert calls == [None]


def test_a_source_of_pieces_that_fails_stops_everything() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise OSError("unreadable")

    crew = Crew[int, int](lambda piece: piece, 2)
    with pytest.raises(OSError, match="unreadable"), crew:
        list(crew.run(pieces()))
    assert not any(thread.is_alive() for thread in crew._threads)
