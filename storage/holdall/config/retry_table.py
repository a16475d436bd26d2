"""What is tried again, how often and after what wait: the defaults, by category of error.

A category is an error class in snake case (``slow_down`` is ``SlowDown``) and stands for its subclasses, too. Whether
an error may be repeated at all is its own word (``StorageError.retry``); this table says how.
"""

from __future__ import annotations

import difflib
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.errors import StorageError


class Retries(NamedTuple):
    """How a category is tried again.

    Attributes:
        max_attempts: Requests in all, the first one counted.
        base_delay: Seconds that the wait before the second attempt is at most; doubled with every further one.
    """

    max_attempts: int
    base_delay: float


REST = "storage_error"
"""The category of every error that says it may be repeated and has no category of its own."""

RETRIES: Mapping[str, Retries] = MappingProxyType(
    {
        "slow_down": Retries(5, 1.0),
        "internal_error": Retries(3, 1.0),
        "service_unavailable": Retries(3, 1.0),
        "bad_gateway": Retries(3, 1.0),
        "operation_timeout": Retries(3, 0.5),
        "connection_failed": Retries(3, 0.5),
        "dns_resolution_failed": Retries(3, 0.5),
        # While a body is read, attempts are counted anew with every 256 KiB that came.
        "stream_interrupted": Retries(2, 1.0),
        "incomplete_body": Retries(2, 1.0),
        "checksum_mismatch": Retries(2, 0.5),
        # Writes with a condition only: the condition keeps the repeat from doing harm.
        "conditional_request_conflict": Retries(3, 0.5),
        REST: Retries(3, 1.0),
    }
)
"""Category -> how it is tried again."""


def category_of(kind: type[StorageError]) -> str:
    """The category of an error class: its own, or that of the nearest class above it."""
    names = (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each.__name__).lower() for each in kind.__mro__)
    return next(name for name in names if name in RETRIES)


def check_category(name: str) -> None:
    """Refuses a category that there is not.

    Raises:
        InvalidConfiguration: The hint names the nearest one.
    """
    if name in RETRIES:
        return
    near = difflib.get_close_matches(name, RETRIES, n=1)
    raise InvalidConfiguration(
        f"there is no category of errors {name!r}",
        hint=f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(RETRIES)}.",
    )
