"""``GetResult``: whole, closed, and never short in silence."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.errors import IncompleteBody, StreamInterrupted
from holdall.models import ObjectInfo
from holdall.reading import GetResult


class Source:
    """Bytes that come in pieces; counts its closings."""

    def __init__(self, data: bytes, *, piece: int = 1 << 30, error: Exception | None = None) -> None:
        self._file = io.BytesIO(data)
        self._piece = piece
        self._error = error
        self.closed = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(self._piece if size < 0 else min(size, self._piece))
        if not data and self._error:
            raise self._error
        return data

    def close(self) -> None:
        self.closed += 1


def result_of(data: bytes, *, announced: int | None = None, **how: object) -> tuple[GetResult, Source]:
    source = Source(data, **how)  # type: ignore[arg-type]
    size = len(data) if announced is None else announced
    return GetResult(ObjectInfo(key="k", size=size), source), source


@given(st.binary(max_size=200), st.integers(1, 50), st.integers(1, 60))
def test_all_ways_of_reading_give_the_same_bytes(data: bytes, piece: int, size: int) -> None:
    def fresh() -> GetResult:
        return result_of(data, piece=piece)[0]

    assert fresh().read() == data
    assert b"".join(fresh()) == data
    assert b"".join(fresh().iter_chunks(size)) == data
    assert all(len(chunk) <= size for chunk in fresh().iter_chunks(size))
    buffer, found, into = bytearray(size), b"", fresh()
    while count := into.readinto(buffer):
        found += buffer[:count]
    assert found == data
    assert io.BufferedReader(_Raw(fresh())).read() == data


class _Raw(io.RawIOBase):
    def __init__(self, result: GetResult) -> None:
        self._result = result

    def readable(self) -> bool:
        return self._result.readable()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        return self._result.readinto(buffer)


def test_it_closes_itself_at_the_end_and_may_be_closed_again() -> None:
    result, source = result_of(b"abc")
    assert result.read(2) == b"ab"
    assert source.closed == 0
    assert result.read(2) == b"c"
    assert source.closed == 1
    assert result.read() == b""
    result.close()


def test_an_empty_object_reads_as_nothing() -> None:
    result, source = result_of(b"")
    assert result.read() == b""
    assert source.closed


def test_the_with_block_gives_the_connection_back() -> None:
    result, source = result_of(b"abcdef")
    with result:
        result.read(1)
    assert source.closed == 1


def test_reading_on_after_an_early_close_is_an_error_and_no_end_of_file() -> None:
    result, _ = result_of(b"abcdef")
    result.read(1)
    result.close()
    with pytest.raises(ValueError, match="closed"):
        result.read(1)


@pytest.mark.parametrize("piece", [1, 3, 1000])
@pytest.mark.parametrize("size", [-1, 2, 5])
def test_a_body_that_ends_early_is_never_taken_for_a_whole_one(piece: int, size: int) -> None:
    result, source = result_of(b"abc", announced=5, piece=piece)
    with pytest.raises(IncompleteBody, match="before its announced 5"):
        list(iter(lambda: result.read(size), b""))
    assert source.closed


def test_a_broken_connection_closes_and_tells_where() -> None:
    result, source = result_of(b"abc", announced=5, error=StreamInterrupted("reset by peer"))
    result.bind_context({"operation": "get", "key": "k"})
    with pytest.raises(StreamInterrupted) as caught:
        result.read()
    assert source.closed == 1
    assert caught.value.details() == {"operation": "get", "key": "k"}


def test_more_than_was_announced_is_not_read() -> None:
    result, _ = result_of(b"abcdef", announced=4)
    assert result.read() == b"abcd"


def test_a_range_knows_its_place() -> None:
    source = Source(b"cd")
    result = GetResult(ObjectInfo(key="k", size=6), source, start=2, length=2)
    assert (result.start, result.length, result.info.size) == (2, 2, 6)
    assert repr(result) == "<GetResult 'k' bytes 2-4 of 6>"
    assert result.read() == b"cd"


def test_without_a_length_it_is_the_rest_of_the_object() -> None:
    assert GetResult(ObjectInfo(key="k", size=6), Source(b""), start=2).length == 4


def test_reading_nothing_reads_nothing() -> None:
    result, _ = result_of(b"abc")
    assert result.read(0) == b""
    assert result.read() == b"abc"
