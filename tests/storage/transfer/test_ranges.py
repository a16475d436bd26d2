"""Many ranges of one object: which requests they take, and that all are of one version."""

from __future__ import annotations

import random
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdall import ByteRange, errors
from holdall.transfer import ranges
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = random.Random(11).randbytes(10_000)  # noqa: S311 - no secret


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MAX_GAP", 100)
    monkeypatch.setattr(ranges, "MAX_BLOCK", 1600)


def opened(**given_: Any) -> tuple[Storage, RecordingProvider]:
    storage, recorder = memory_storage(name=uuid.uuid4().hex, **given_)
    storage.put("k", DATA)
    recorder.calls.clear()
    return storage, recorder


def asked(recorder: RecordingProvider) -> list[tuple[int, int | None]]:
    return sorted((call.args[1].range.start, call.args[1].range.stop) for call in recorder.calls)


def test_near_ranges_are_one_request_and_far_ones_their_own() -> None:
    storage, recorder = opened()
    wanted = [(5000, 5010), (0, 10), (110, 120), (221, 230), (5010, 5020)]
    assert storage.get_ranges("k", wanted) == [DATA[start:stop] for start, stop in wanted]
    assert asked(recorder) == [(0, 120), (221, 230), (5000, 5020)]


def test_what_is_joined_does_not_grow_without_end() -> None:
    storage, recorder = opened()
    wanted = [(start, start + 400) for start in range(0, 4000, 400)]
    assert storage.get_ranges("k", wanted) == [DATA[start:stop] for start, stop in wanted]
    assert asked(recorder) == [(0, 1600), (1600, 3200), (3200, 4000)]


def test_twice_the_same_overlapping_empty_and_from_the_end() -> None:
    storage, recorder = opened()
    wanted: list[ByteRange | tuple[int, int | None]] = [
        (10, 20), (15, 30), (10, 20), (7, 7), (-5, None), (9000, None), ByteRange(12, 14), (9990, 99_999),
    ]  # fmt: skip
    assert storage.get_ranges("k", wanted) == [
        DATA[10:20], DATA[15:30], DATA[10:20], b"", DATA[-5:], DATA[9000:], DATA[12:14], DATA[9990:],
    ]  # fmt: skip
    assert len(recorder.calls) == 4


@pytest.mark.parametrize("wanted", [[], [(3, 3)], [(0, 0), (99_999, 99_999)]])
def test_nothing_is_asked_for_nothing(wanted: list[tuple[int, int]]) -> None:
    storage, recorder = opened()
    assert storage.get_ranges("k", wanted) == [b""] * len(wanted)
    assert recorder.calls == []


@pytest.mark.parametrize("wanted", [[(20_000, 20_010)], [(0, 10), (20_000, 20_010)], [(9950, 9990), (10_000, 10_001)]])
def test_a_range_past_the_end(wanted: list[tuple[int, int]]) -> None:
    with pytest.raises(errors.RangeNotSatisfiable):
        opened()[0].get_ranges("k", wanted)


@pytest.mark.parametrize("wanted", [[(5, 2)], [(1,)], ["ab"], [(-5, 3)], [None]])
def test_what_is_no_range_is_refused_before_any_request(wanted: Any) -> None:
    storage, recorder = opened()
    with pytest.raises(errors.InvalidRange):
        storage.get_ranges("k", wanted)
    assert recorder.calls == []


def test_a_prefix_a_version_and_a_missing_object() -> None:
    storage, recorder = opened(prefix="p/", versioning=True)
    old = storage.head("k").version_id
    storage.put("k", b"new")
    recorder.calls.clear()
    assert storage.get_ranges("k", [(0, 5), (5000, 5005)], version_id=old) == [DATA[:5], DATA[5000:5005]]
    assert {(call.args[0], call.args[1].version_id) for call in recorder.calls} == {("p/k", old)}
    with pytest.raises(FileNotFoundError):
        storage.get_ranges("none", [(0, 5)])


@pytest.mark.parametrize("if_match", ["yes", "no"])
def test_an_object_that_is_replaced_meanwhile_is_an_error(if_match: str) -> None:
    storage, recorder = opened(capabilities={"get.if_match": if_match})
    around, seen, lock = recorder.around, [0], threading.Lock()

    def replaced(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
        with lock:
            seen[0] += operation == "get"
            due = operation == "get" and seen[0] == 2
        if due:
            storage.put("k", DATA[::-1])
        return around(operation, do, *args)

    recorder.around = replaced  # type: ignore[method-assign,assignment]
    with pytest.raises(errors.SourceChanged):
        storage.get_ranges("k", [(start, start + 10) for start in range(0, 10_000, 1000)])


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 3000)), max_size=20))
@example([(9792, 208), (9792, 1601)])  # two blocks, since together they are too long, and one place in the object
def test_any_ranges_are_slices(wanted: list[tuple[int, int]]) -> None:
    storage, recorder = opened()
    slices = [(start, start + length) for start, length in wanted]
    assert storage.get_ranges("k", slices) == [DATA[start:stop] for start, stop in slices]
    places = [(start, min(stop or 10_000, 10_000)) for start, stop in asked(recorder)]
    assert len(places) == len(set(places))
