"""What a read is about: all, a range, a part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.errors import InvalidRequest, RangeNotSatisfiable
from holdall.models import ByteRange
from holdall.options import HeadOptions
from holdall.semantics.ranges import resolved, selected


def test_nothing_asked_for_is_all() -> None:
    assert selected(HeadOptions(), 10) == (0, 10)
    assert selected(HeadOptions(), 0) == (0, 0)


@given(size=st.integers(0, 20), start=st.integers(-25, 25), length=st.none() | st.integers(1, 25))
def test_ranges_are_pythons_slices(size: int, start: int, length: int | None) -> None:
    wanted = ByteRange(start) if start < 0 or length is None else ByteRange(start, start + length)
    data = bytes(range(size))
    expected = data[wanted.start : wanted.stop]
    if not expected:
        with pytest.raises(RangeNotSatisfiable):
            resolved(wanted, size)
    else:
        first, stop = resolved(wanted, size)
        assert data[first:stop] == expected
        assert stop <= size
        assert selected(HeadOptions(range=wanted), size) == (first, stop)


def test_a_range_past_the_end_names_both_sizes() -> None:
    with pytest.raises(RangeNotSatisfiable, match="the object has 10 bytes; the range starts at 12") as caught:
        resolved(ByteRange(12, 20), 10)
    assert caught.value.hint == "Ranges start below 10; one from the end, (-n, None), always holds something."


def test_an_empty_object_has_no_range() -> None:
    with pytest.raises(RangeNotSatisfiable, match="the object is empty") as caught:
        resolved(ByteRange(-5), 0)
    assert caught.value.hint == "Read it without a range."


def test_parts() -> None:
    sizes = (5, 0, 3)
    places = [selected(HeadOptions(part_number=number), 8, sizes) for number in (1, 2, 3)]
    assert places == [(0, 5), (5, 5), (5, 8)]


def test_an_object_that_was_not_uploaded_in_parts_is_one_part() -> None:
    assert selected(HeadOptions(part_number=1), 8) == (0, 8)
    with pytest.raises(RangeNotSatisfiable, match="the object has 1"):
        selected(HeadOptions(part_number=2), 8)


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_parts_that_are_not_there(number: int) -> None:
    with pytest.raises(RangeNotSatisfiable, match=f"no part {number}"):
        selected(HeadOptions(part_number=number), 8, (5, 3))


def test_a_range_of_a_part_can_not_be() -> None:
    with pytest.raises(InvalidRequest, match="exclude"):
        selected(HeadOptions(part_number=1, range=ByteRange(0, 1)), 8)
