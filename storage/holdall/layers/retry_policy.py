"""How long to wait, how often to try, and how many retries a store's failures may cost together."""

from __future__ import annotations

import itertools
import random
import time
from collections import deque
from typing import TYPE_CHECKING

from holdall import cancelling
from holdall.config.retry_table import RETRIES, Retries, category_of
from holdall.config.store import ResilienceSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.errors import StorageError

COST = 5
"""Tokens that a retry takes; a request that succeeds gives one back. The proportion is that of the AWS SDKs' standard
mode (SDK reference guide, "Retry behavior")."""


class Budget:
    """The retries that failures of one store may cost together: an outage is not answered with a multiple of requests.

    Threads share it without a lock: a deque's ends are atomic, and a lock that another thread holds at a fork would
    stay held in the child for ever.

    Args:
        retries: Retries that it holds when full, as it is at first.
    """

    def __init__(self, retries: int) -> None:
        self._size = retries * COST
        # Tokens are the entries; they are of no further meaning. What is given back to a full one falls out.
        self._tokens: deque[None] = deque(itertools.repeat(None, self._size), maxlen=self._size)

    @property
    def is_full(self) -> bool:
        """Nothing is missing, so that nothing need be given back."""
        return len(self._tokens) == self._size

    def take(self) -> bool:
        """Takes what one retry costs; false, and nothing taken, where there is not enough."""
        for taken in range(COST):
            try:
                self._tokens.pop()
            except IndexError:
                self.give_back(taken)
                return False
        return True

    def give_back(self, tokens: int = 1) -> None:
        """Puts tokens back, up to the full measure."""
        self._tokens.extend(itertools.repeat(None, tokens))


class RetryPolicy:
    """The settings of retries, applied; one for everything that works on one store.

    Attributes:
        budget: The retries that are left.
        clock: Seconds, as of ``time.monotonic``.
        sleep: Waits for so many seconds; an interrupt ends it at once, and so does cancelling the call.

    Args:
        settings: Default: those that every store has.
        clock: Another clock, for tests.
        sleep: Another way to wait, for tests.
    """

    def __init__(
        self,
        settings: ResilienceSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = cancelling.pause,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self._settings = settings or ResilienceSettings()
        self.budget = Budget(self._settings.retry_budget)

    def rule(self, error: StorageError) -> Retries:
        """How often and after what wait a call that failed so is tried."""
        category = category_of(type(error))
        attempts, delay = RETRIES[category]
        own = self._settings.overrides.get(category)
        if own is not None:
            attempts = attempts if own.max_attempts is None else own.max_attempts
            delay = delay if own.base_delay is None else own.base_delay
        most = self._settings.max_attempts
        return Retries(attempts if most is None else min(attempts, most), delay)

    def delay(self, error: StorageError, attempt: int) -> float:
        """Seconds to wait before the next attempt: anything between 0 and a bound that doubles ("full jitter").

        What the store asked for (``retry_after``) is waited for in full, and a little longer, since all that it turned
        away would otherwise come back at the same moment.

        Args:
            error: What the latest attempt ended with.
            attempt: Its number, from 1.
        """
        base, most = self.rule(error).base_delay, self._settings.max_delay
        if error.retry_after is not None:
            return error.retry_after + random.uniform(0, min(base, most))  # noqa: S311 - spreads load, hides nothing
        # 2 to the power of 40 is beyond any bound, and of more than 1,000 beyond what a float can hold.
        return random.uniform(0, min(base * 2 ** min(attempt - 1, 40), most))  # noqa: S311 - as above

    def in_time(self, began: float, delay: float) -> bool:
        """Whether an attempt after a wait still begins before the deadline.

        Args:
            began: When the operation began, by ``clock``.
            delay: Seconds to wait from now.
        """
        return self.clock() + delay - began < self._settings.deadline
