"""Bodies that break go on where they stopped, with the same object's bytes or not at all."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdall import options as opt
from holdall.config.store import PROGRESS
from holdall.errors import (
    ChecksumMismatch,
    ConnectionFailed,
    IncompleteBody,
    OperationTimeout,
    Retry,
    StorageError,
    StreamInterrupted,
)
from holdall.layers import resuming
from holdall.models import ByteRange, ChecksumAlgorithm, SseC, Versioning
from holdall.testing.fakes import Fault
from tests.storage.layers.retrying import rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.reading import GetResult
    from tests.storage.layers.retrying import Rig

DATA = bytes(range(256)) * 4


def cut(at: int, call: int = 1, error: StorageError | None = None) -> Fault:
    return Fault("get", error or StreamInterrupted("the connection broke"), call=call, cut_at=at)


def got(made: Rig, options: opt.GetOptions = opt.GET) -> bytes:
    with made.store.get("k", options) as result:
        return result.read()


def asked(made: Rig) -> list[opt.GetOptions]:
    return [call.args[1] for call in made.recorder.calls if call.operation == "get"]


@pytest.mark.parametrize("error", [StreamInterrupted("x"), OperationTimeout("x"), ConnectionFailed("x"), None])
def test_a_body_goes_on_where_it_broke(error: StorageError | None) -> None:
    made = rig(Fault("get", error, cut_at=100))
    etag = made.inner.put("k", DATA, opt.PUT).etag
    assert got(made) == DATA
    first, second = asked(made)
    assert first == opt.GET
    assert second == opt.GetOptions(range=ByteRange(100, len(DATA)), if_match=etag)


@settings(deadline=None)
@given(
    cuts=st.lists(st.integers(0, len(DATA)), max_size=6),
    wanted=st.one_of(
        st.none(),
        st.tuples(st.integers(0, len(DATA) - 1), st.one_of(st.none(), st.integers(1, len(DATA)))),
        st.integers(-len(DATA), -1),
    ),
    step=st.integers(1, len(DATA)),
)
def test_whatever_breaks_wherever_the_bytes_are_right(cuts: list[int], wanted: Any, step: int) -> None:
    made = rig(
        *[cut(at, call) for call, at in enumerate(cuts, 1)], overrides={"stream_interrupted": {"max_attempts": 9}}
    )
    made.inner.put("k", DATA, opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.CRC32))
    start, stop = wanted if isinstance(wanted, tuple) else (wanted, None)
    if stop is not None and stop <= start:
        stop = None
    options = opt.GET if start is None else opt.GetOptions(range=ByteRange(start, stop))
    pieces, buffer = [], bytearray(step)
    with made.store.get("k", options) as result:
        while count := result.readinto(buffer):
            pieces.append(bytes(buffer[:count]))
    assert b"".join(pieces) == DATA[slice(start, stop)]


def test_what_was_asked_for_is_kept_and_conditions_are_not_asked_twice() -> None:
    made = rig(cut(10))
    key = SseC(os.urandom(32))
    etag = made.inner.put("k", DATA, opt.PUT).etag
    original = made.inner.get

    def get(key: str, options: opt.GetOptions) -> GetResult:  # memory does not encrypt
        return original(key, dataclasses.replace(options, customer_key=None))

    made.inner.get = get  # type: ignore[method-assign]
    options = opt.GetOptions(customer_key=key, if_none_match="another", response_content_type="text/x", checksums=True)
    assert got(made, options) == DATA
    assert asked(made)[1] == opt.GetOptions(range=ByteRange(10, len(DATA)), if_match=etag, customer_key=key)


def test_a_version_that_was_asked_for_is_read_to_its_end() -> None:
    made = rig(cut(10), versioning=True)
    version = made.inner.put("k", DATA, opt.PUT).version_id
    made.inner.put("k", b"newer", opt.PUT)
    assert got(made, opt.GetOptions(version_id=version)) == DATA
    assert asked(made)[1].version_id == version


def test_without_conditions_a_version_pins() -> None:
    made = rig(cut(10), versioning=True, capabilities={"get.if_match": "no"})
    version = made.inner.put("k", DATA, opt.PUT).version_id
    with made.store.get("k", opt.GET) as result:
        made.inner.put("k", b"newer", opt.PUT)
        assert result.read() == DATA
    assert asked(made)[1] == opt.GetOptions(range=ByteRange(10, len(DATA)), version_id=version)


def test_the_version_null_pins_nothing() -> None:
    made = rig(cut(10), versioning=True, capabilities={"get.if_match": "no"})
    made.inner.set_versioning(Versioning.SUSPENDED)  # type: ignore[attr-defined]
    made.inner.put("k", DATA, opt.PUT)
    assert made.inner.head("k", opt.HEAD).version_id == "null"
    assert got(made) == DATA
    assert asked(made)[1].version_id is None


@pytest.mark.parametrize("if_match", ["yes", "no"])
@pytest.mark.parametrize("other", [bytes(reversed(DATA)), DATA[:50], DATA + b"more"])
def test_bytes_of_two_objects_are_never_mixed(other: bytes, if_match: str) -> None:
    made = rig(cut(100), capabilities={"get.if_match": if_match})
    made.inner.put("k", DATA, opt.PUT)
    result = made.store.get("k", opt.GET)
    assert result.read(100) == DATA[:100]
    made.inner.put("k", other, opt.PUT)
    with pytest.raises(StorageError) as caught:
        result.read()
    error = caught.value
    if isinstance(error, StreamInterrupted):
        assert "replaced or removed" in (error.hint or "")
    else:  # the range is past the new object's end, or cut there
        assert if_match == "no"
        assert len(other) <= 100
    assert error.key == "k"
    with pytest.raises(ValueError, match="closed"):
        result.read()


def test_an_object_that_is_gone() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PUT)
    result = made.store.get("k", opt.GET)
    made.inner.delete("k", opt.DELETE)
    with pytest.raises(StreamInterrupted, match="replaced or removed") as caught:
        result.read()
    assert caught.value.retry is Retry.NEVER
    assert caught.value.attempts == 2


def with_answers(made: Rig, change: Callable[[GetResult], None]) -> None:
    """Changes what further answers tell."""
    original, calls = made.recorder.get, 0

    def get(key: str, options: opt.GetOptions) -> GetResult:
        nonlocal calls
        calls += 1
        result = original(key, options)
        if calls > 1:
            change(result)
        return result

    made.recorder.get = get  # type: ignore[method-assign]


def test_a_store_that_answers_with_other_bytes_than_asked_for_is_found_out() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PUT)

    def from_the_start(result: GetResult) -> None:
        result.start = 0

    with_answers(made, from_the_start)
    with pytest.raises(StorageError, match="other bytes than those asked for"):
        got(made)


def test_without_an_etag_the_time_of_the_last_change_ties_the_bytes() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PUT)

    def without_etag(result: GetResult) -> None:
        result.info = dataclasses.replace(result.info, etag=None)

    original = made.recorder.get

    def get(key: str, options: opt.GetOptions) -> GetResult:
        result = original(key, dataclasses.replace(options, if_match=None))
        without_etag(result)
        return result

    made.recorder.get = get  # type: ignore[method-assign]
    assert got(made) == DATA


def test_an_object_of_another_time_is_another_where_there_is_no_etag() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PUT)
    original = made.recorder.get
    days = iter((0, 1))

    def get(key: str, options: opt.GetOptions) -> GetResult:
        result = original(key, dataclasses.replace(options, if_match=None))
        changed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=next(days))
        result.info = dataclasses.replace(result.info, etag=None, last_modified=changed)
        return result

    made.recorder.get = get  # type: ignore[method-assign]
    with pytest.raises(StreamInterrupted, match="replaced or removed"):
        got(made)


def test_where_nothing_ties_the_bytes_the_body_ends_with_its_error() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PUT)
    original = made.recorder.get

    def get(key: str, options: opt.GetOptions) -> GetResult:
        result = original(key, dataclasses.replace(options, if_match=None))
        result.info = dataclasses.replace(result.info, etag=None, last_modified=None)
        return result

    made.recorder.get = get  # type: ignore[method-assign]
    with pytest.raises(StreamInterrupted, match="nothing that would tie"):
        got(made)


def test_a_store_without_ranges_can_not_go_on() -> None:
    made = rig(cut(100), capabilities={"get.range": "no"})
    made.inner.put("k", DATA, opt.PUT)
    with pytest.raises(StreamInterrupted, match="no ranges"):
        got(made)


def test_a_checksum_covers_the_bytes_of_all_connections() -> None:
    made = rig(cut(100))
    made.inner.put("k", DATA, opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.SHA256))

    class Turned:
        def __init__(self, source: Any) -> None:
            self._source = source

        def read(self, size: int = -1, /) -> bytes:
            return bytes(self._source.read(size)).replace(b"\xff", b"\xfe")

        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

    def turn(result: GetResult) -> None:
        result._source = Turned(result._source)

    with_answers(made, turn)
    with pytest.raises(ChecksumMismatch):
        got(made, opt.GetOptions(checksums=True))


# --- how often ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("short", [0, 1])
def test_attempts_count_anew_with_what_was_worth_a_request(short: int) -> None:
    step = PROGRESS - short
    made = rig(*[cut(step, call) for call in range(1, 99)])
    data = os.urandom(8 * step)
    made.inner.put("k", data, opt.PUT)
    if not short:
        assert got(made) == data
        assert made.count("get") == 8
        return
    with pytest.raises(StreamInterrupted) as caught:
        got(made)
    assert (caught.value.attempts, caught.value.retry, made.count("get")) == (2, Retry.EXHAUSTED, 2)


def test_a_store_that_sends_little_at_a_time_is_waited_for_longer_each_time_and_given_up() -> None:
    made = rig(*[cut(3000, call) for call in range(1, 9999)], overrides={"stream_interrupted": {"max_attempts": 99}})
    made.inner.put("k", bytes(33_000_000), opt.PUT)
    with pytest.raises(StreamInterrupted):
        got(made)
    assert made.count("get") < 200
    assert max(made.clock.slept[-10:]) > 5  # of bounds that doubled up to 20 seconds


def test_without_progress_attempts_come_to_an_end() -> None:
    made = rig(cut(10), *[cut(0, call) for call in range(2, 99)])
    made.inner.put("k", DATA, opt.PUT)
    with pytest.raises(StreamInterrupted) as caught:
        got(made)
    assert made.count("get") == 2
    assert (caught.value.attempts, caught.value.retry) == (2, Retry.EXHAUSTED)


def test_a_request_that_fails_while_going_on_counts_with_the_rest() -> None:
    made = rig(cut(10), *[Fault("get", ConnectionFailed("down"), call=call) for call in (2, 3, 4)])
    made.inner.put("k", DATA, opt.PUT)
    with pytest.raises(ConnectionFailed) as caught:
        got(made)
    assert (caught.value.attempts, made.count("get")) == (3, 3)
    assert caught.value.key == "k"


def test_time_counts_from_the_last_bytes_that_were_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "PROGRESS", 10)
    made = rig(cut(10), cut(10, 2), cut(10, 3), deadline=10)
    made.inner.put("k", DATA[:30] + b"end", opt.PUT)
    with made.store.get("k", opt.GET) as result:
        for _ in range(3):
            assert len(result.read(10)) == 10
            made.clock.now += 60  # a slow reader
        assert result.read() == b"end"


def test_no_retries_no_going_on() -> None:
    made = rig(Fault("get", None, cut_at=10), max_attempts=1)
    made.inner.put("k", DATA, opt.PUT)
    with pytest.raises(IncompleteBody) as caught:
        got(made)
    assert (made.count("get"), caught.value.retry) == (1, Retry.SAFE)


def test_going_on_costs_of_the_same_budget() -> None:
    made = rig(cut(10), cut(10, 2), retry_budget=0)
    made.inner.put("k", DATA, opt.PUT)
    with pytest.raises(StreamInterrupted):
        got(made)
    assert made.count("get") == 1
