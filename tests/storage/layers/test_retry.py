"""The retry layer: what is tried again, how often, with what body, and what the last error knows."""

from __future__ import annotations

import io
import logging
import signal
import subprocess
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from holdall import cancelling, errors
from holdall import options as opt
from holdall.config import ResilienceSettings, RetryRule
from holdall.config.store import PROGRESS
from holdall.errors import ConnectionFailed, InternalError, ObjectNotFound, Retry, SlowDown, SourceChanged, StorageError
from holdall.layers.retry_policy import RetryPolicy
from holdall.models import CopySource, ObjectRef, PartInfo
from holdall.testing.fakes import Fault
from tests.storage.layers.retrying import rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storage.layers.retrying import Rig


class Source(io.BytesIO):
    """A sized body."""

    def __len__(self) -> int:
        return len(self.getvalue())


def failing(operation: str, error: Callable[[], StorageError], calls: range) -> list[Fault]:
    return [Fault(operation, error(), call=call) for call in calls]


# --- what is tried again -----------------------------------------------------------------------------------------


def test_what_passes_is_not_noticed() -> None:
    made = rig(Fault("put", SlowDown("busy")), Fault("get", ConnectionFailed("gone")))
    assert made.store.put("k", b"data", opt.PUT).size == 4
    with made.store.get("k", opt.GET) as got:
        assert got.read() == b"data"
    assert (made.count("put"), made.count("get")) == (2, 2)
    assert len(made.clock.slept) == 2


CALLS: dict[str, Callable[[Rig], Any]] = {
    "head": lambda made: made.store.head("k", opt.HEAD),
    "get": lambda made: made.store.get("k", opt.GET).close(),
    "put": lambda made: made.store.put("k", b"x", opt.PUT),
    "delete": lambda made: made.store.delete("k", opt.DELETE),
    "list_page": lambda made: made.store.list_page(opt.LIST),
    "copy": lambda made: made.store.copy(CopySource("k"), "l", opt.COPY),
    "delete_batch": lambda made: made.store.delete_batch([ObjectRef("k")], opt.DELETE),
    "get_tags": lambda made: made.store.get_tags("k", None),
    "put_tags": lambda made: made.store.put_tags("k", {"a": "b"}, None),
    "get_versioning": lambda made: made.store.get_versioning(),
    "list_buckets": lambda made: made.store.list_buckets(None, None),
    "create_upload": lambda made: made.store.create_upload("k", opt.CREATE_UPLOAD),
    "list_uploads": lambda made: made.store.list_uploads("", None, None),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("operation", CALLS)
def test_calls_that_can_do_no_harm_twice(operation: str, after: bool) -> None:  # noqa: FBT001 - a test's parameter
    made = rig(Fault(operation, InternalError("oops"), after=after))
    made.inner.put("k", b"x", opt.PUT)
    CALLS[operation](made)
    assert made.count(operation) == 2


@pytest.mark.parametrize(
    "error",
    [
        ObjectNotFound("none"),
        errors.AccessDenied("no"),
        errors.PreconditionFailed("no"),
        errors.TlsError("certificate"),
        SlowDown("no room", retry=Retry.NEVER),
        SlowDown("was tried", retry=Retry.EXHAUSTED),
        errors.ConditionalRequestConflict("met another"),
        errors.CircuitOpen("open"),
    ],
    ids=lambda error: f"{type(error).__name__}-{error.retry.value}",
)
def test_what_the_error_calls_unsafe_is_reported_at_once(error: StorageError) -> None:
    before = error.retry
    made = rig(Fault("put", error))
    with pytest.raises(type(error)) as caught:
        made.store.put("k", b"x", opt.PUT)
    assert caught.value is error
    assert error.retry is before
    assert (made.count("put"), made.clock.slept) == (1, [])


def test_what_is_no_error_of_ours_passes() -> None:
    made = rig(Fault("head", RuntimeError("a bug")))
    with pytest.raises(RuntimeError, match="a bug"):
        made.store.head("k", opt.HEAD)
    made = rig(Fault("head", SlowDown("x")), Fault("head", RuntimeError("a bug"), call=2))
    with pytest.raises(RuntimeError, match="a bug"):
        made.store.head("k", opt.HEAD)


def test_a_refusal_after_a_retry_is_the_answer() -> None:
    made = rig(Fault("head", SlowDown("x")))
    with pytest.raises(ObjectNotFound) as caught:
        made.store.head("k", opt.HEAD)
    assert (caught.value.attempts, caught.value.retry) == (2, Retry.NEVER)


@pytest.mark.parametrize("condition", [{"if_absent": True}, {"if_match": "e"}])
def test_two_writes_with_conditions_that_met_are_told_apart_by_a_repeat(condition: dict[str, Any]) -> None:
    made = rig(*failing("put", lambda: errors.ConditionalRequestConflict("409", http_status=409), range(1, 9)))
    with pytest.raises(errors.ConditionalRequestConflict) as caught:
        made.store.put("k", b"x", opt.PutOptions(**condition))
    assert (made.count("put"), caught.value.retry) == (3, Retry.EXHAUSTED)


# --- how often ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("error", "attempts"), [(SlowDown, 5), (InternalError, 3), (ConnectionFailed, 3)])
def test_the_last_error_tells_what_was_tried(error: type[StorageError], attempts: int) -> None:
    faults = [Fault("head", error(f"try {call}"), call=call) for call in range(1, 9)]
    made = rig(*faults)
    with pytest.raises(error, match=f"try {attempts}") as caught:
        made.store.head("k", opt.HEAD)
    told = caught.value
    assert made.count("head") == attempts
    assert (told.attempts, told.retry, told.key) == (attempts, Retry.EXHAUSTED, "k")
    assert told.elapsed == pytest.approx(sum(made.clock.slept))
    assert f"{attempts} attempts" in str(told)


def test_the_cause_of_the_last_error_is_that_of_its_own_request() -> None:
    class Vendor(Exception):
        """What a library raised."""

    def refuse(number: int) -> InternalError:
        try:
            raise InternalError("oops") from Vendor(number)
        except InternalError as error:
            return error

    made = rig(*[Fault("head", refuse(number), call=number) for number in (1, 2, 3)])
    with pytest.raises(InternalError) as caught:
        made.store.head("k", opt.HEAD)
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.args == (3,)
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.count("InternalError: oops") == 1  # nothing of the attempts before


def test_attempts_count_in_all_and_the_latest_error_decides() -> None:
    made = rig(
        Fault("head", SlowDown("1")),
        Fault("head", SlowDown("2"), call=2),
        Fault("head", InternalError("3"), call=3),
    )
    with pytest.raises(InternalError):
        made.store.head("k", opt.HEAD)
    assert made.count("head") == 3


def test_settings_say_how_often() -> None:
    overrides = {"slow_down": RetryRule(max_attempts=8), "internal_error": RetryRule.model_validate("never")}
    made = rig(*failing("head", lambda: SlowDown("x"), range(1, 99)), overrides=overrides)
    with pytest.raises(SlowDown):
        made.store.head("k", opt.HEAD)
    assert made.count("head") == 8
    made = rig(Fault("head", InternalError("x")), overrides=overrides)
    with pytest.raises(InternalError) as caught:
        made.store.head("k", opt.HEAD)
    assert (made.count("head"), caught.value.attempts, caught.value.retry) == (1, 1, Retry.SAFE)


def test_retries_can_be_switched_off() -> None:
    made = rig(Fault("head", SlowDown("x")), max_attempts=1)
    with pytest.raises(SlowDown) as caught:
        made.store.head("k", opt.HEAD)
    assert (made.count("head"), caught.value.retry, made.clock.slept) == (1, Retry.SAFE, [])


def test_no_attempt_begins_after_the_deadline() -> None:
    made = rig(*failing("head", lambda: SlowDown("x", retry_after=4), range(1, 99)), deadline=10)
    with pytest.raises(SlowDown) as caught:
        made.store.head("k", opt.HEAD)
    assert made.count("head") == 3  # at 0, 4 to 5 and 8 to 10 seconds
    assert caught.value.retry is Retry.EXHAUSTED
    assert sum(made.clock.slept) < 10


@pytest.mark.parametrize(("size", "requests"), [(PROGRESS, 1), (PROGRESS + 1, 2)])
def test_the_time_that_a_large_body_takes_is_not_counted(size: int, requests: int) -> None:
    """A part over a thin line may take longer than the deadline; it is tried again like any other."""
    made = rig(Fault("put", ConnectionFailed("gone"), after=True), deadline=10)

    class Slow(io.BytesIO):
        def __len__(self) -> int:
            return size

        def read(self, wanted: int | None = -1, /) -> bytes:
            made.clock.sleep(20)
            return super().read(wanted)

    body = Slow(bytes(size))
    if requests == 1:
        with pytest.raises(ConnectionFailed):
            made.store.put("k", body, opt.PUT)
    else:
        made.store.put("k", body, opt.PUT)
    assert made.count("put") == requests


def test_pauses_between_the_attempts_of_a_large_body_are_counted() -> None:
    made = rig(*failing("put", lambda: SlowDown("x", retry_after=4), range(1, 99)), deadline=10)
    with pytest.raises(SlowDown):
        made.store.put("k", bytes(PROGRESS + 1), opt.PUT)
    assert made.count("put") == 3


def test_a_store_that_asks_for_more_than_the_deadline_is_not_waited_for() -> None:
    made = rig(Fault("head", SlowDown("x", retry_after=86_400)))
    with pytest.raises(SlowDown) as caught:
        made.store.head("k", opt.HEAD)
    assert (made.clock.slept, caught.value.retry, caught.value.retry_after) == ([], Retry.SAFE, 86_400)


def test_waiting_is_what_the_store_asked_for() -> None:
    made = rig(Fault("head", SlowDown("x", retry_after=7)))
    made.inner.put("k", b"", opt.PUT)
    made.store.head("k", opt.HEAD)
    assert 7 <= made.clock.slept[0] <= 8


def test_bounds_double_with_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    made = rig(*failing("head", lambda: SlowDown("x"), range(1, 99)), max_delay=5)
    with pytest.raises(SlowDown):
        made.store.head("k", opt.HEAD)
    assert made.clock.slept == [1, 2, 4, 5]


# --- the budget --------------------------------------------------------------------------------------------------


def test_an_outage_uses_up_the_budget_and_successes_give_it_back() -> None:
    made = rig(*failing("head", lambda: InternalError("x"), range(1, 7)), retry_budget=2)
    made.inner.put("k", b"", opt.PUT)
    for attempts in (3, 1, 1):  # two retries are all there are
        with pytest.raises(InternalError) as caught:
            made.store.head("k", opt.HEAD)
        assert caught.value.attempts == attempts
    with pytest.raises(InternalError):
        made.store.head("k", opt.HEAD)
    for _ in range(5):
        made.store.head("k", opt.HEAD)
    assert made.store.policy.budget.take()
    assert not made.store.policy.budget.take()


def test_a_retry_that_succeeds_gives_its_own_back() -> None:
    made = rig(Fault("head", InternalError("x")), retry_budget=1)
    made.inner.put("k", b"", opt.PUT)
    made.store.head("k", opt.HEAD)
    assert made.store.policy.budget.is_full


def test_another_bucket_of_the_store_has_the_same_budget() -> None:
    made = rig(retry_budget=1)
    made.store.create_bucket("other", opt.CREATE_BUCKET)
    assert made.store.bind("other").policy is made.store.policy


# --- bodies ------------------------------------------------------------------------------------------------------


def reading(made: Rig, operation: str, place: int) -> None:
    """Makes the store read a body to its end before it is asked to fail."""
    inner = made.recorder.inner
    around = inner.around  # type: ignore[attr-defined]

    def consume(name: str, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if name == operation and made.count(operation) == 1 and hasattr(args[place], "read"):
            args[place].read()
        return around(name, call, *args, **kwargs)

    inner.around = consume  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"data", bytearray(b"data"), memoryview(b"data"), Source(b"data")])
def test_a_body_is_sent_again_from_its_start(body: Any) -> None:
    made = rig(Fault("put", ConnectionFailed("gone")), Fault("upload_part", ConnectionFailed("gone")))
    reading(made, "put", 1)
    assert made.store.put("k", body, opt.PUT).size == 4
    upload = made.store.create_upload("l", opt.CREATE_UPLOAD)
    if isinstance(body, Source):
        body.seek(0)
    reading(made, "upload_part", 3)
    part = made.store.upload_part("l", upload.upload_id, 1, body, opt.PART)
    assert part.size == 4
    made.store.complete_upload("l", upload.upload_id, [part], opt.COMPLETE)
    for key in ("k", "l"):
        assert made.inner.get(key, opt.GET).read() == b"data"


@pytest.mark.parametrize("error", [SourceChanged("it shrank"), OSError("the disk is on fire")])
def test_a_source_that_failed_is_not_read_again(error: Exception) -> None:
    class Failing(Source):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            raise error

    body = Failing(b"data")
    with pytest.raises(type(error)) as caught:
        rig().store.put("k", body, opt.PUT)
    assert caught.value is error
    assert body.reads == 1


# --- the way of a call that succeeds ------------------------------------------------------------------------------


def test_nothing_is_loaded_before_something_fails() -> None:
    program = """
import sys
import holdall
store = holdall.open_storage("memory://m/")
store.put("k", b"x")
store.get("k").read()
assert "tenacity" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_body_and_what_would_resume_it_do_not_hold_each_other() -> None:
    import gc
    import weakref

    made = rig()
    made.inner.put("k", b"data", opt.PUT)

    class Watched:
        def __init__(self, source: Any) -> None:
            self._source = source

        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

    gc.disable()
    try:
        got = made.store.get("k", opt.GET)
        watched = Watched(got._source)
        got._source = watched
        gone = weakref.ref(watched)
        del got, watched
        assert gone() is None
    finally:
        gc.enable()


# --- what is told ------------------------------------------------------------------------------------------------


def test_one_line_per_retry_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "holdall.retry")
    busy = SlowDown("the text of an answer", http_status=503, request_id="r-1")
    made = rig(Fault("put", busy), Fault("put", InternalError("x"), call=2))
    made.store.put("some/key", b"the data", opt.PUT)
    assert len(caplog.records) == 2
    line = caplog.messages[0]
    for part in ("put", "'some/key'", "SlowDown 503 r-1", "attempt 2 of 5", made.store.info.store):
        assert part is not None
        assert part in line
    assert "attempt 3 of 3" in caplog.messages[1]
    assert "the data" not in caplog.text


# --- together ----------------------------------------------------------------------------------------------------


def test_waiting_ends_at_once_with_an_interrupt() -> None:
    made = rig(*failing("head", lambda: SlowDown("x"), range(1, 99)))

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    made.store.policy.sleep = interrupted
    with pytest.raises(KeyboardInterrupt):
        made.store.head("k", opt.HEAD)
    assert made.count("head") == 1


def test_a_signal_ends_the_real_wait() -> None:
    made = rig(*failing("head", lambda: SlowDown("x", retry_after=60), range(1, 9)))
    made.store.policy.sleep = RetryPolicy().sleep
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(1, lambda: signal.pthread_kill(main, signal.SIGINT))
    began = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            made.store.head("k", opt.HEAD)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < 30  # of the 60 that the store asked for; a busy machine may take its time


def test_threads_try_again_each_for_itself() -> None:
    made = rig(*failing("put", lambda: SlowDown("x"), range(1, 20, 2)))

    def write(number: int) -> None:
        made.store.put(f"k{number}", b"x", opt.PUT)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made.inner.list_page(opt.LIST).entries) == 10


def test_parts_are_sent_again_under_their_number() -> None:
    made = rig(Fault("upload_part", InternalError("x"), after=True))
    upload = made.store.create_upload("k", opt.CREATE_UPLOAD)
    part: PartInfo = made.store.upload_part("k", upload.upload_id, 1, b"data", opt.PART)
    made.store.complete_upload("k", upload.upload_id, [part], opt.COMPLETE)
    assert made.inner.head("k", opt.HEAD).size == 4


def test_the_default_policy_waits_by_the_real_clock() -> None:
    policy = RetryPolicy(ResilienceSettings())
    assert (policy.clock, policy.sleep) == (time.monotonic, cancelling.pause)


# --- what the store may not have at all --------------------------------------------------------------------------


@pytest.mark.parametrize(("support", "attempts"), [("yes", 3), ("unknown", 2)])
def test_an_internal_error_about_what_the_store_may_not_have_is_repeated_once(support: str, attempts: int) -> None:
    faults = failing("get_tags", lambda: InternalError("no idea"), range(1, 10))
    made = rig(*faults, capabilities={"tags.objects": support})
    with pytest.raises(InternalError) as caught:
        made.store.get_tags("k", None)
    assert made.count("get_tags") == caught.value.attempts == attempts
    assert (caught.value.hint is not None and 'capabilities."tags.objects" = "no"' in caught.value.hint) is (
        support == "unknown"
    )


def test_an_overload_says_nothing_about_what_the_store_has() -> None:
    faults = failing("get_tags", lambda: SlowDown("busy"), range(1, 10))
    made = rig(*faults, capabilities={"tags.objects": "unknown"})
    with pytest.raises(SlowDown):
        made.store.get_tags("k", None)
    assert made.count("get_tags") == 5
