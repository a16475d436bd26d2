"""``Meter``: what a transfer tells, from any thread."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from holdall.transfer.progress import Meter, ProgressEvent, unwatched


class Sized(io.BytesIO):
    def __len__(self) -> int:
        return len(self.getvalue())


def told(events: list[ProgressEvent]) -> list[tuple[str, int]]:
    return [(event.kind, event.transferred) for event in events]


def test_a_transfer_is_told_from_start_to_end() -> None:
    events: list[ProgressEvent] = []
    with Meter(events.append, "k", 10, done=4) as meter:
        meter.advance(3)
        meter.advance(0)
        meter.advance(-1)
        meter.advance(4)
    assert told(events) == [("started", 4), ("advanced", 7), ("rewound", 6), ("advanced", 10), ("finished", 10)]
    assert {(event.key, event.total) for event in events} == {("k", 10)}


def test_after_a_failure_nothing_more_is_told() -> None:
    events: list[ProgressEvent] = []
    meter = Meter(events.append, "k", None)
    with pytest.raises(OSError, match="no"), meter:
        raise OSError("no")
    meter.advance(5)
    assert told(events) == [("started", 0), ("failed", 0)]


def test_a_body_is_counted_while_it_is_read_and_back_when_it_is_rewound() -> None:
    events: list[ProgressEvent] = []
    with Meter(events.append, "k", 6) as meter:
        body = meter.watch(Sized(b"abcdef"))
        assert len(body) == 6
        assert body.read(4) == b"abcd"
        body.seek(0)
        assert body.read() == b"abcdef"
        assert body.read() == b""
        assert body.tell() == 6
    assert told(events)[1:-1] == [("advanced", 4), ("rewound", 0), ("advanced", 6)]


def test_reading_for_a_checksum_is_no_progress() -> None:
    events: list[ProgressEvent] = []
    with Meter(events.append, "k", 6) as meter:
        body = meter.watch(Sized(b"abcdef"))
        unwatched(body).read()
        body.seek(0)
        assert body.read() == b"abcdef"
    assert told(events)[1:-1] == [("advanced", 6)]
    plain = Sized(b"")
    assert unwatched(plain) is plain


def test_nobody_to_tell_is_no_wrapper() -> None:
    plain = Sized(b"abc")
    with Meter(None, "k", 3) as meter:
        assert meter.watch(plain) is plain


def test_events_come_one_at_a_time() -> None:
    inside = threading.Lock()

    def tell(_event: ProgressEvent) -> None:
        assert inside.acquire(blocking=False)
        inside.release()

    def count(meter: Meter, errors: list[Any]) -> None:
        try:
            for _ in range(300):
                meter.advance(1)
        except AssertionError as error:
            errors.append(error)

    errors: list[Any] = []
    with Meter(tell, "k", None) as meter:
        threads = [threading.Thread(target=count, args=(meter, errors)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert meter.transferred == 1200
    assert not errors
