"""``GetResult``: whole, closed, and never short in silence."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import checksums
from holdall.claims import Claim
from holdall.errors import AccessDenied, ChecksumMismatch, IncompleteBody, StorageError, StreamInterrupted
from holdall.models import Checksum, ChecksumAlgorithm, ObjectInfo
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

    def readinto(self, buffer: memoryview, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

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


# --- a connection that breaks, and another that goes on -------------------------------------------------------------


def breaking(data: bytes, at: int, *, error: Exception | None = None, **info: object) -> tuple[GetResult, list[int]]:
    """A body that breaks after ``at`` bytes, again and again, and where it was taken up each time."""
    taken_up: list[int] = []

    def recover(position: int, _error: StorageError) -> Source:
        taken_up.append(position)
        return Source(data[position : position + at], error=error)

    result = GetResult(ObjectInfo(key="k", size=len(data), **info), Source(data[:at], error=error))  # type: ignore[arg-type]
    result.bind_recovery(recover)
    return result, taken_up


def all_by_readinto(result: GetResult) -> bytes:
    found, buffer = b"", bytearray(4)
    while count := result.readinto(buffer):
        found += buffer[:count]
    return found


@pytest.mark.parametrize("how", [GetResult.read, all_by_readinto, lambda result: b"".join(result.iter_chunks(3))])
@pytest.mark.parametrize("error", [None, StreamInterrupted("reset by peer")])
def test_a_broken_body_goes_on_where_it_stopped(how: Any, error: Exception | None) -> None:
    data = bytes(range(20))
    whole = checksums.checksum(ChecksumAlgorithm.CRC32, data)
    result, taken_up = breaking(data, 6, error=error, checksums=(whole,))
    assert how(result) == data  # the checksum goes on over the break, too
    assert taken_up == [6, 12, 18]


def test_a_range_goes_on_at_its_position_in_the_object() -> None:
    asked: list[int] = []

    def recover(position: int, _error: StorageError) -> Source:
        asked.append(position)
        return Source(b"efg")

    result = GetResult(ObjectInfo(key="k", size=26), Source(b"cd"), start=2, length=5)
    result.bind_recovery(recover)
    assert result.read() == b"cdefg"
    assert asked == [4]


def test_what_can_not_be_taken_up_is_raised_with_its_context() -> None:
    def gone(_position: int, error: StorageError) -> Source:
        raise AccessDenied("no more") from error

    result, _ = result_of(b"abc", announced=5)
    result.bind_recovery(gone)
    result.bind_context({"key": "k"})
    with pytest.raises(AccessDenied) as caught:
        result.read()
    assert caught.value.key == "k"
    with pytest.raises(ValueError, match="closed"):
        result.read()


def test_an_error_that_another_attempt_can_not_help_is_not_tried_again() -> None:
    result, taken_up = breaking(b"abcdef", 2, error=AccessDenied("expired"))
    with pytest.raises(AccessDenied):
        result.read()
    assert taken_up == []


# --- checksums ------------------------------------------------------------------------------------------------------


def with_checksum(value: Checksum, body: bytes = b"hello", **how: Any) -> GetResult:
    return GetResult(ObjectInfo(key="k", size=5, checksums=(value,)), Source(body), **how)


HELLO = checksums.checksum(ChecksumAlgorithm.CRC32, b"hello")


@pytest.mark.parametrize("size", [-1, 1, 2, 5, 100])
def test_a_wrong_checksum_is_found_before_the_last_byte_is_handed_out(size: int) -> None:
    right = with_checksum(HELLO)
    assert b"".join(iter(lambda: right.read(size), b"")) == b"hello"
    result, found = with_checksum(HELLO, b"hellO"), b""
    with pytest.raises(ChecksumMismatch):  # noqa: PT012 - it is the last of the reads that raises
        while data := result.read(size):
            found += data
    assert len(found) < 5


def test_a_wrong_checksum_is_found_by_readinto() -> None:
    assert all_by_readinto(with_checksum(HELLO)) == b"hello"
    with pytest.raises(ChecksumMismatch):
        all_by_readinto(with_checksum(HELLO, b"hellO"))


def test_a_piece_and_the_checksum_of_checksums_are_compared_with_nothing() -> None:
    info = ObjectInfo(key="k", size=5, checksums=(HELLO,))
    assert GetResult(info, Source(b"ell"), start=1, length=3).compared_with is None
    assert with_checksum(Checksum(HELLO.algorithm, f"{HELLO.value}-1", composite=True)).compared_with is None


def test_a_checksum_of_a_piece_can_be_given() -> None:
    result = GetResult(ObjectInfo(key="k", size=9), Source(b"hellO"), start=1, length=5)
    result.compare_with(Claim.of(HELLO, 5))
    with pytest.raises(ChecksumMismatch):
        result.read()


# --- a read that does not come back ---------------------------------------------------------------------------------


class Interrupted(Source):
    """Takes bytes from the stream at its second read, and is interrupted before anybody has them."""

    reads = 0

    def read(self, size: int = -1, /) -> bytes:
        data = super().read(size)
        self.reads += 1
        if self.reads == 2:
            raise KeyboardInterrupt
        return data


@pytest.mark.parametrize("how", ["read", "readinto"])
def test_an_interrupted_read_leaves_no_gap_that_nobody_sees(how: str) -> None:
    """What the source gave out was lost: read on, the rest would come, and at its end be taken for a broken stream."""
    data = bytes(range(20))
    result = GetResult(ObjectInfo(key="k", size=20), Interrupted(data))
    result.bind_recovery(lambda position, _error: Source(data[position:]))
    read = result.read if how == "read" else lambda size: result.readinto(bytearray(size))
    assert read(6)
    with pytest.raises(KeyboardInterrupt):
        read(6)
    for _ in range(3):
        with pytest.raises(ValueError, match="closed"):
            read(6)


@pytest.mark.parametrize("size", [-1, 6])
def test_bytes_that_are_not_the_objects_end_in_no_end_of_file(size: int) -> None:
    """Who tries the read again that has failed would take what came before for the object."""
    other = checksums.checksum(ChecksumAlgorithm.CRC32, b"others")
    result = GetResult(ObjectInfo(key="k", size=10, checksums=(other,)), Source(bytes(10)))
    with pytest.raises(ChecksumMismatch):
        list(iter(lambda: result.read(size), b""))
    for _ in range(2):
        with pytest.raises(ValueError, match="closed"):
            result.read(size)
