"""Which layers there are, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from holdall.config import ResilienceSettings, RetryRule
from holdall.errors import SlowDown
from holdall.layers import stack
from holdall.layers.closing import Closing
from holdall.layers.context import ErrorContext
from holdall.layers.forwarding import ForwardingProvider
from holdall.layers.retry import Retry

if TYPE_CHECKING:
    from holdall.provider import StorageProvider


def test_the_order_is_pinned() -> None:
    # Outermost first. Who changes this says why: retry outside of breaker and limits, timeout per attempt,
    # error context inside of those, so that they see complete errors; what was closed is found out last, with context.
    assert (Retry, ErrorContext, Closing) == stack.ORDER


def test_build_wraps_in_that_order() -> None:
    provider = cast("StorageProvider", object())
    built, layers = stack.build(provider), []
    while isinstance(built, ForwardingProvider):
        layers.append(type(built))
        built = built.inner
    assert tuple(layers) == stack.ORDER
    assert built is provider


def test_the_store_s_own_settings_reach_the_layer() -> None:
    settings = ResilienceSettings(max_attempts=7, retry_budget=3, overrides={"slow_down": RetryRule(max_attempts=7)})
    layer = stack.build(cast("StorageProvider", object()), settings)
    assert isinstance(layer, Retry)
    assert layer.policy.rule(SlowDown("busy")).max_attempts == 7
    assert [layer.policy.budget.take() for _ in range(4)] == [True, True, True, False]
