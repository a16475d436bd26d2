"""The one place that says which layers there are and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.layers.closing import Closing
from holdall.layers.context import ErrorContext

if TYPE_CHECKING:
    from holdall.layers.forwarding import ForwardingProvider
    from holdall.provider import StorageProvider

ORDER: tuple[type[ForwardingProvider], ...] = (ErrorContext, Closing)
"""Outermost first."""


def build(provider: StorageProvider) -> StorageProvider:
    """Wraps a provider in all layers.

    Args:
        provider: The bare provider.

    Returns:
        The outermost layer.
    """
    for layer in reversed(ORDER):
        provider = layer(provider)
    return provider
