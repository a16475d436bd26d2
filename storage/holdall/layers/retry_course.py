"""``Course``: what happens after the first attempt of a call has failed. Driven by tenacity, loaded only then."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar, cast

from holdall.errors import InternalError, Retry, StorageError
from holdall.layers.retry_policy import COST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from holdall.layers.retry_policy import RetryPolicy

R = TypeVar("R")

log = logging.getLogger("holdall.retry")


class Course:
    """The attempts of one call.

    Args:
        policy: How often, after what wait, until when.
        operation: Name of the method, for the log.
        worth_it: Whether an error may be repeated.
        began: When the first attempt began, by the policy's clock.
        attempts: Attempts so far.
        most: Attempts at most where the store reports an error of its own; ``None``: as the policy says.

    Attributes:
        attempts: Attempts so far.
        moving: Seconds that attempts have spent with a body that may take any time; the deadline does not count them.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        operation: str,
        worth_it: Callable[[StorageError], bool],
        began: float,
        attempts: int = 1,
        most: int | None = None,
    ) -> None:
        self.attempts = attempts
        self._most = most
        self.moving = 0.0
        self._policy = policy
        self._operation = operation
        self._worth_it = worth_it
        self._began = began

    def run(self, failed: StorageError, again: Callable[[], R]) -> R:
        """Waits and tries, until an attempt succeeds or no further one is due.

        Args:
            failed: What the latest attempt ended with.
            again: Makes another attempt.

        Returns:
            What an attempt returned.

        Raises:
            StorageError: What the last attempt ended with. It knows how many there were, how long it all took, and
                whether it was given up (``Retry.EXHAUSTED``) or not tried again at all (as it was).
        """
        from tenacity import Retrying  # noqa: PLC0415 - it takes its time, and most programs never need it

        told = False

        def attempt() -> R:
            nonlocal told
            if not told:  # tenacity is to know of an attempt that was made before it came in
                told = True
                raise failed
            self.attempts += 1
            return again()

        loop = Retrying(
            retry=self._is_due,
            wait=self._pause,
            stop=self._is_over,
            before_sleep=self._tell,
            sleep=self._policy.sleep,
            reraise=True,
        )
        try:
            result = loop(attempt)
        except StorageError as error:
            error.attempts = self.attempts
            error.elapsed = self._policy.clock() - self._began
            if self.attempts > 1 and self._worth_it(error):
                error.retry = Retry.EXHAUSTED
            raise
        self._policy.budget.give_back(COST)
        return result

    def _is_due(self, state: RetryCallState) -> bool:
        error = _error(state)
        return error is not None and self._worth_it(error)

    def _pause(self, state: RetryCallState) -> float:
        return self._policy.delay(_known(state), self.attempts)

    def _is_over(self, state: RetryCallState) -> bool:
        return (
            self.attempts >= self._max_attempts(_known(state))
            or not self._policy.in_time(self._began + self.moving, state.upcoming_sleep)
            or not self._policy.budget.take()
        )

    def _max_attempts(self, error: StorageError) -> int:
        attempts = self._policy.rule(error).max_attempts
        return min(attempts, self._most) if self._most is not None and isinstance(error, InternalError) else attempts

    def _tell(self, state: RetryCallState) -> None:
        error = _known(state)
        log.info(
            "%s of key %r in bucket %s, store %s: %s; attempt %d of %d in %.2f s",
            self._operation,
            error.key,
            error.bucket,
            error.store,
            " ".join(str(part) for part in (type(error).__name__, error.http_status, error.request_id) if part),
            self.attempts + 1,
            self._max_attempts(error),
            state.upcoming_sleep,
        )


def _error(state: RetryCallState) -> StorageError | None:
    found = state.outcome.exception() if state.outcome else None
    return found if isinstance(found, StorageError) else None


def _known(state: RetryCallState) -> StorageError:
    """The error of an attempt of which ``_is_due`` has said that it failed with one."""
    return cast("StorageError", _error(state))
