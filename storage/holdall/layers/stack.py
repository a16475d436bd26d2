"""The one place that says which layers there are and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.layers.closing import Closing
from holdall.layers.context import ErrorContext
from holdall.layers.emulating import Emulating
from holdall.layers.retry import Retry
from holdall.layers.retry_policy import RetryPolicy

if TYPE_CHECKING:
    from holdall.config.store import ResilienceSettings
    from holdall.layers.forwarding import ForwardingProvider
    from holdall.provider import StorageProvider

ORDER: tuple[type[ForwardingProvider], ...] = (Retry, ErrorContext, Closing)
"""Outermost first."""


def build(
    provider: StorageProvider, resilience: ResilienceSettings | None = None, *, emulate: bool = False
) -> StorageProvider:
    """Wraps a provider in all layers.

    Args:
        provider: The bare provider.
        resilience: What is done about failures that pass; default: what every store has.
        emulate: Make up for features that the store has not got, with ``Emulating`` outside of all others: each of its
            requests is tried again and told of like any other.

    Returns:
        The outermost layer.
    """
    for layer in reversed(ORDER):
        provider = Retry(provider, RetryPolicy(resilience)) if layer is Retry else layer(provider)
    return Emulating(provider) if emulate else provider
