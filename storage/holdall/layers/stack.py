"""The one place that says which layers there are and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.layers.closing import Closing
from holdall.layers.context import ErrorContext
from holdall.layers.retry import Retry
from holdall.layers.retry_policy import RetryPolicy

if TYPE_CHECKING:
    from holdall.config.store import ResilienceSettings
    from holdall.layers.forwarding import ForwardingProvider
    from holdall.provider import StorageProvider

ORDER: tuple[type[ForwardingProvider], ...] = (Retry, ErrorContext, Closing)
"""Outermost first."""


def build(provider: StorageProvider, resilience: ResilienceSettings | None = None) -> StorageProvider:
    """Wraps a provider in all layers.

    Args:
        provider: The bare provider.
        resilience: What is done about failures that pass; default: what every store has.

    Returns:
        The outermost layer.
    """
    for layer in reversed(ORDER):
        provider = Retry(provider, RetryPolicy(resilience)) if layer is Retry else layer(provider)
    return provider
