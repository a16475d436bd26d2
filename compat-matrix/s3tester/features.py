"""Features that scenarios are about beside the leaves of ``holdall.capabilities``.

The library decides by capabilities; what is here it does not need to know, but who chooses a store does. Ids have the
same dotted form and are never those of a capability.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from holdall.capabilities import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

FURTHER: Mapping[str, str] = MappingProxyType(
    {
        "objects.put_get": "Writing, reading, heads and deleting of one object",
        "errors.no_such_key": "404 NoSuchKey for an object that is not there",
        "errors.no_such_bucket": "404 NoSuchBucket for a bucket that is not there",
        "errors.bad_signature": "403 SignatureDoesNotMatch for a wrong secret",
        "errors.unknown_key": "403 InvalidAccessKeyId for an access key that nobody has",
    }
)
"""Feature ids with their titles, by group."""


def all_features() -> tuple[str, ...]:
    """Every feature id: those of the capabilities, then the further ones."""
    return (*FEATURES, *FURTHER)
