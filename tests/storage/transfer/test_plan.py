"""The planner's rules for every size and limit."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import errors
from holdall.capabilities import Capabilities, Evidence, Source
from holdall.transfer.plan import GIB, MIB, Limits, check_stream, part_size, stream_part_size

S3 = Limits()


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    smallest = draw(st.integers(1, 64 * MIB))
    return Limits(
        min_part=smallest,
        max_part=draw(st.integers(smallest, 5 * GIB)),
        max_parts=draw(st.integers(1, 10_000)),
        equal_parts=draw(st.booleans()),
    )


@given(st.integers(0, 48 * 1024 * GIB), limits(), st.none() | st.integers(1, 6 * GIB))
def test_parts_of_a_known_size_keep_every_limit(size: int, limit: Limits, chunk: int | None) -> None:
    if size > limit.max_part * limit.max_parts:
        with pytest.raises(errors.ObjectTooLarge):
            part_size(size, limit, chunk)
        return
    step = part_size(size, limit, chunk)
    assert limit.min_part <= step <= limit.max_part
    assert -(-size // step) <= limit.max_parts


@given(st.integers(0, 10 * GIB), st.integers(5 * MIB, 5 * GIB))
def test_the_users_part_size_is_taken_where_it_fits(size: int, chunk: int) -> None:
    if -(-size // chunk) <= S3.max_parts:
        assert part_size(size, S3, chunk) == chunk


@given(limits(), st.none() | st.integers(1, 6 * GIB))
def test_parts_of_a_stream_keep_the_limits_and_never_shrink(limit: Limits, chunk: int | None) -> None:
    sizes = [stream_part_size(number, limit, chunk) for number in range(1, limit.max_parts + 1, 97)]
    assert all(limit.min_part <= size <= limit.max_part for size in sizes)
    assert sizes == sorted(sizes)
    if limit.equal_parts:
        assert len(set(sizes)) == 1


def test_streams_have_room_for_what_people_have() -> None:
    assert sum(stream_part_size(number, S3) for number in range(1, 10_001)) > 28 * 1024 * GIB
    assert stream_part_size(1, S3) == 8 * MIB
    few = Limits(max_parts=1_000)  # Swift's usual number
    assert sum(stream_part_size(number, few) for number in range(1, 1_001)) > 2.5 * 1024 * GIB


@given(st.integers(0, 10_000 * 5 * GIB), st.integers(5 * MIB, 5 * GIB) | st.none())
def test_an_expected_size_leaves_room_for_twice_as_much(expected: int, chunk: int | None) -> None:
    first = part_size(expected, S3, chunk)
    room = sum(stream_part_size(number, S3, first) for number in range(1, 10_001))
    assert room >= min(2 * expected, 10_000 * 5 * GIB // 2)
    assert room >= expected


@given(limits(), st.integers(1, 20_000), st.integers(0, 100 * GIB), st.none() | st.integers(1, 100 * GIB))
def test_a_stream_is_refused_before_it_breaks_a_limit(limit: Limits, number: int, size: int, most: int | None) -> None:
    limit = dataclasses.replace(limit, max_object=most)
    if number > limit.max_parts:
        with pytest.raises(errors.TooManyParts, match="did not end"):
            check_stream(number, size, limit)
    elif most is not None and size > most:
        with pytest.raises(errors.ObjectTooLarge):
            check_stream(number, size, limit)
    else:
        check_stream(number, size, limit)


def test_the_largest_object_of_s3_fits() -> None:
    size = 10_000 * 5 * GIB
    assert part_size(size, S3) == 5 * GIB
    with pytest.raises(errors.ObjectTooLarge):
        part_size(size + 1, S3)


def test_limits_come_from_the_capabilities() -> None:
    capabilities = Capabilities().replace(
        {
            "multipart.min_part_size": 7,
            "multipart.max_parts": 3,
            "multipart.max_part_size": 9,
            "multipart.max_object_size": 20,
            "multipart.equal_parts": "yes",
        },
        Evidence(Source.DECLARED),
    )
    limit = Limits.of(capabilities)
    assert limit == Limits(min_part=7, max_part=9, max_parts=3, max_object=20, equal_parts=True)
    with pytest.raises(errors.ObjectTooLarge):
        part_size(21, limit)
    assert Limits.of(Capabilities()) == S3
