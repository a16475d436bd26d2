"""Delays, rules, deadline and budget."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import errors
from holdall.config import ResilienceSettings, RetryRule
from holdall.config.retry_table import RETRIES
from holdall.errors import SlowDown, StorageError
from holdall.layers.retry_policy import COST, Budget, RetryPolicy
from holdall.testing.fakes import FakeClock

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StorageError)]

# The table of the specification (§7.1); time-outs and lost connections go by our own names.
SPECIFIED = [
    (errors.SlowDown, 5, 1.0),
    (errors.InternalError, 3, 1.0),
    (errors.ServiceUnavailable, 3, 1.0),
    (errors.OperationTimeout, 3, 0.5),
    (errors.ConnectionFailed, 3, 0.5),
    (errors.StreamInterrupted, 2, 1.0),
    (errors.IncompleteBody, 2, 1.0),
]


@pytest.mark.parametrize(("kind", "attempts", "delay"), SPECIFIED)
def test_the_table_of_the_specification(kind: type[StorageError], attempts: int, delay: float) -> None:
    assert RetryPolicy().rule(kind("x")) == (attempts, delay)


def test_everything_else_that_is_safe_has_a_rule_too() -> None:
    assert RetryPolicy().rule(errors.XmlParseError("x")) == RETRIES["storage_error"]


def test_overrides_change_what_they_name_and_nothing_else() -> None:
    policy = RetryPolicy(
        ResilienceSettings(
            overrides={
                "slow_down": RetryRule(max_attempts=8),
                "internal_error": RetryRule(base_delay=3.0),
                "bad_gateway": RetryRule.model_validate("never"),
            }
        )
    )
    assert policy.rule(errors.SlowDown("x")) == (8, 1.0)
    assert policy.rule(errors.InternalError("x")) == (3, 3.0)
    assert policy.rule(errors.BadGateway("x")).max_attempts == 1
    assert policy.rule(errors.ServiceUnavailable("x")) == (3, 1.0)


def test_one_setting_bounds_all_categories() -> None:
    settings = ResilienceSettings(max_attempts=2, overrides={"slow_down": RetryRule(max_attempts=8)})
    assert {RetryPolicy(settings).rule(kind("x")).max_attempts for kind in KINDS} == {2}


# --- waiting -----------------------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(KINDS),
    attempt=st.integers(1, 100_000),
    base=st.floats(0, 3600),
    cap=st.floats(0, 3600),
)
def test_no_wait_is_longer_than_its_bound(kind: type[StorageError], attempt: int, base: float, cap: float) -> None:
    overrides = dict.fromkeys(RETRIES, RetryRule(base_delay=base))
    policy = RetryPolicy(ResilienceSettings(max_delay=cap, overrides=overrides))
    delay = policy.delay(kind("x"), attempt)
    assert 0 <= delay <= cap
    assert attempt > 30 or delay <= base * 2 ** (attempt - 1)


@given(asked=st.floats(0, 10_000), attempt=st.integers(1, 50))
def test_what_the_store_asks_for_is_waited_for_and_little_more(asked: float, attempt: int) -> None:
    delay = RetryPolicy().delay(SlowDown("x", retry_after=asked), attempt)
    assert asked <= delay <= asked + 1.0


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_jitter_is_full(attempt: int) -> None:
    bound = 2.0 ** (attempt - 1)
    delays = [RetryPolicy().delay(SlowDown("x"), attempt) for _ in range(400)]
    # Of 400 even draws none in the lowest, or in the highest, tenth: less likely than one in 10 to the power of 18.
    assert min(delays) < bound / 10
    assert bound * 0.9 < max(delays) <= bound


def test_no_attempt_begins_after_the_deadline() -> None:
    clock = FakeClock()
    policy = RetryPolicy(ResilienceSettings(deadline=10), clock=clock)
    assert policy.in_time(clock.now, 9.9)
    assert not policy.in_time(clock.now, 10.1)
    assert not policy.in_time(clock.now - 9, 1.5)


# --- the budget --------------------------------------------------------------------------------------------------


def test_a_budget_is_used_up_and_comes_back() -> None:
    budget = Budget(2)
    assert budget.is_full
    assert [budget.take() for _ in range(3)] == [True, True, False]
    for _ in range(COST - 1):
        budget.give_back()
    assert not budget.take()  # and what was there stays
    budget.give_back()
    assert budget.take()
    assert not budget.take()


def test_a_budget_never_holds_more_than_its_measure() -> None:
    budget = Budget(1)
    budget.give_back(1000)
    assert [budget.take(), budget.take()] == [True, False]


def test_a_budget_of_none() -> None:
    budget = Budget(0)
    budget.give_back()
    assert budget.is_full
    assert not budget.take()


def test_threads_share_a_budget() -> None:
    budget, taken = Budget(1000), []

    def spend() -> None:
        taken.append(sum(budget.take() for _ in range(400)))

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000
