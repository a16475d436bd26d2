"""Objects as files: which requests reading them makes, and that they are of one version."""

from __future__ import annotations

import dataclasses
import io
import random
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import errors
from holdall.config.store import ResilienceSettings
from holdall.testing.fakes import Fault
from holdall.transfer import reader
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

KIB = 1024
DATA = random.Random(9).randbytes(400 * KIB)  # noqa: S311 - no secret


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a thousandth of its size."""
    monkeypatch.setattr(reader, "AHEAD", KIB)
    monkeypatch.setattr(reader, "MOST_AHEAD", 64 * KIB)
    monkeypatch.setattr(reader, "SKIP", 256)


def opened(*faults: Fault, **given: Any) -> tuple[Storage, RecordingProvider]:
    storage, recorder = memory_storage(*faults, name=uuid.uuid4().hex, **given)
    storage.put("k", DATA)
    recorder.calls.clear()
    return storage, recorder


def asked(recorder: RecordingProvider) -> list[tuple[int, int | None] | None]:
    wanted = [call.args[1].range for call in recorder.calls if call.operation == "get"]
    return [(each.start, each.stop) if each else None for each in wanted]


def test_from_beginning_to_end_is_one_request_for_the_whole() -> None:
    storage, recorder = opened()
    with storage.open("k", buffer_size=KIB) as file:
        assert b"".join(iter(lambda: file.read(100), b"")) == DATA
    assert asked(recorder) == [None]


def test_jumping_about_asks_for_what_is_read() -> None:
    """As a reader of Parquet does: the footer, then some columns."""
    storage, recorder = opened()
    with storage.open("k", buffer_size=KIB) as file:
        for position, size in ((len(DATA) - 500, 500), (4, 50 * KIB), (200 * KIB, 30 * KIB), (100 * KIB, 10)):
            file.seek(position)
            assert file.read(size) == DATA[position : position + size]
    ranges = asked(recorder)
    assert ranges[0] == (len(DATA) - 500, len(DATA))
    assert len(ranges) == 4
    unread = sum((stop or 0) - start for start, stop in filter(None, ranges)) - (500 + 80 * KIB + 10)
    assert unread < 4 * KIB


def test_going_on_after_a_jump_takes_ever_fewer_requests() -> None:
    storage, recorder = opened()
    with storage.open("k", buffer_size=KIB) as file:
        file.seek(5)
        assert b"".join(iter(lambda: file.read(100), b"")) == DATA[5:]
    ranges = [each for each in asked(recorder) if each]
    assert [start for start, _ in ranges] == [5, *(stop for _, stop in ranges[:-1])]  # no byte twice, none left out
    sizes = [(stop or 0) - start for start, stop in ranges]
    assert sizes[:5] == [KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB]
    assert max(sizes) == 64 * KIB


def test_a_short_way_forward_is_read_over() -> None:
    storage, recorder = opened()
    with storage.open("k", buffer_size=1) as file:
        file.read(10)
        file.seek(200)
        assert file.read(10) == DATA[200:210]
        file.seek(5000)
        assert file.read(10) == DATA[5000:5010]
    assert asked(recorder) == [None, (5000, 5010)]


def test_all_that_is_left() -> None:
    storage, recorder = opened()
    with storage.open("k", buffer_size=KIB) as file:
        file.seek(300 * KIB)
        assert file.read(10) == DATA[300 * KIB : 300 * KIB + 10]
        assert file.read() == DATA[300 * KIB + 10 :]
    assert asked(recorder) == [(300 * KIB, 301 * KIB), (301 * KIB, len(DATA))]


def test_a_connection_that_breaks_goes_on_and_nobody_notices() -> None:
    broken = Fault("get", errors.StreamInterrupted("broke"), cut_at=10_000)
    storage, recorder = opened(broken, resilience=ResilienceSettings(max_delay=0))
    with storage.open("k", buffer_size=KIB) as file:
        assert file.read() == DATA
    assert asked(recorder) == [None, (10_000, len(DATA))]


@pytest.mark.parametrize("other", [DATA[::-1], DATA[: 10 * KIB], DATA + b"more", None])
@pytest.mark.parametrize("position", [0, 300 * KIB])
@pytest.mark.parametrize("if_match", ["yes", "no"])
@pytest.mark.parametrize("versioning", [True, False])
def test_an_object_that_was_replaced_is_an_error(
    if_match: str, position: int, other: bytes | None, *, versioning: bool
) -> None:
    """Also on a store that knows no conditions, from the first byte on: the size was told when it was opened."""
    storage, recorder = opened(capabilities={"get.if_match": if_match}, versioning=versioning)
    with storage.open("k", buffer_size=KIB) as file:
        if position:
            assert file.read(10) == DATA[:10]
        if other is None:
            storage.delete("k")
        else:
            storage.put("k", other)
        file.seek(position)
        if versioning and if_match == "no":  # the version that was opened is there for good
            assert file.read(10) == DATA[position : position + 10]
            return
        with pytest.raises(errors.SourceChanged):
            file.read(10)
        conditions = [call.args[1].if_match for call in recorder.calls if call.operation == "get"]
        assert [each is not None for each in conditions] == [if_match == "yes"] * len(conditions)


@pytest.mark.parametrize("position", [0, 300 * KIB])
@pytest.mark.parametrize("size", [10 * KIB, -1])
def test_after_an_interrupt_the_bytes_are_those_of_the_position(
    size: int, position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream has moved on and the reader has not: what comes next in it is from further on in the object."""
    storage, _ = opened()
    with storage.open("k") as file:
        raw: Any = file.raw  # type: ignore[attr-defined] # of a BufferedReader
        raw.seek(position)
        start = position + len(raw.read(2 * KIB))
        stream = raw._stream._source

        def interrupted(original: Any) -> Any:
            def read(asked: Any, /) -> None:
                original(asked)
                raise TimeoutError  # as an alarm does that somebody has set

            return read

        with monkeypatch.context() as patch:
            for name in ("read", "readinto"):
                patch.setattr(stream, name, interrupted(getattr(stream, name)))
            with pytest.raises(TimeoutError):
                raw.read(size)
        assert raw.tell() == start
        assert raw.read(100) == DATA[start : start + 100]
        assert raw.readall() == DATA[start + 100 :]


def test_a_store_that_does_not_honour_ranges_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, recorder = opened()
    original = recorder.get
    monkeypatch.setattr(recorder, "get", lambda key, options: original(key, dataclasses.replace(options, range=None)))
    with storage.open("k", buffer_size=KIB) as file:
        file.seek(300 * KIB)
        with pytest.raises(errors.InvalidResponse, match="sent 0 to"):
            file.read(10)


def test_reading_into_nothing_asks_for_nothing() -> None:
    storage, recorder = opened()
    with storage.open("k") as file:
        file.seek(10)
        raw: Any = file.raw  # type: ignore[attr-defined] # of a BufferedReader
        assert raw.readinto(bytearray()) == 0
    assert asked(recorder) == []


@given(
    moves=st.lists(st.tuples(st.integers(0, 410 * KIB), st.integers(0, 40 * KIB)), max_size=8),
    buffer_size=st.sampled_from([1, 100, 5000]),
)
def test_it_reads_as_a_file_does(moves: list[tuple[int, int]], buffer_size: int) -> None:
    storage, _ = opened()
    with storage.open("k", buffer_size=buffer_size) as file, io.BytesIO(DATA) as like:
        for position, size in moves:
            assert file.seek(position) == like.seek(position)
            assert file.read(size) == like.read(size)
            assert file.tell() == like.tell()
