"""``Resumption``: a body that broke goes on where it stopped, with bytes of the same version of the object, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.config.store import PROGRESS
from holdall.errors import ObjectNotFound, PreconditionFailed, RequestIgnored, Retry, StorageError
from holdall.layers.retry_course import Course
from holdall.models import ByteRange
from holdall.options import GetOptions

if TYPE_CHECKING:
    from holdall.layers.retry_policy import RetryPolicy
    from holdall.models import ObjectInfo
    from holdall.provider import StorageProvider
    from holdall.reading import GetResult

_REPLACED = "The object was replaced or removed while it was being read; read it again from its start."
_UNNAMED = "The store tells nothing that would tie further bytes to this version of the object; read it again."


class Resumption:
    """Asks for what is missing of one body. It is what ``GetResult.bind_recovery`` takes.

    It knows nothing of the ``GetResult`` itself: the two would hold each other, and their connection, until the next
    run of the garbage collector.

    Args:
        policy: How often, after what wait. Attempts and time count anew whenever ``PROGRESS`` bytes have come.
        provider: The store.
        key: The object.
        options: What the first request asked for.
        info: The object as the first answer told it.
        stop: One past the last byte of the body, as a position in the object.
    """

    __slots__ = ("_at", "_attempts", "_began", "_info", "_key", "_options", "_policy", "_provider", "_stop")

    def __init__(
        self, policy: RetryPolicy, provider: StorageProvider, key: str, options: GetOptions, info: ObjectInfo, stop: int
    ) -> None:
        self._policy = policy
        self._provider = provider
        self._key = key
        self._options = options
        self._info = info
        self._stop = stop
        self._at = -1
        self._attempts = 1
        self._began = 0.0

    def __call__(self, position: int, broken: StorageError) -> GetResult:
        """The bytes from a position on.

        Args:
            position: Of the first byte that is missing.
            broken: What ended the body so far.

        Raises:
            StorageError: What ended it, where the object is another one by now or nothing can be asked for; else what
                the last attempt ended with.
        """
        if self._at < 0 or position - self._at >= PROGRESS:
            self._at, self._attempts, self._began = position, 1, self._policy.clock()
        course = Course(self._policy, "get", _is_safe, self._began, self._attempts)
        try:
            return course.run(broken, lambda: self._ask(position, broken))
        finally:
            self._attempts = course.attempts

    def _ask(self, position: int, broken: StorageError) -> GetResult:
        known, asked = self._info, self._options
        can = self._provider.capabilities.supports
        if not can("get.range"):
            raise _ended(broken, "The store has no ranges, so it can't go on; read it again.")
        pin = known.etag if can("get.if_match") else None
        # "null" names whatever was written last while versioning is off or suspended: it pins nothing.
        version = asked.version_id or (None if pin or known.version_id == "null" else known.version_id)
        wanted = GetOptions(
            range=ByteRange(position, self._stop),
            version_id=version,
            if_match=pin,
            customer_key=asked.customer_key,
            backend=asked.backend,
        )
        try:
            result = self._provider.get(self._key, wanted)
        except (PreconditionFailed, ObjectNotFound) as error:
            raise _ended(broken, _REPLACED) from error
        if (reason := _foreign(result, known, position, self._stop)) is not None:
            result.close()
            raise _ended(broken, reason)
        return result


def _is_safe(error: StorageError) -> bool:
    return error.retry is Retry.SAFE


def _ended(broken: StorageError, hint: str) -> StorageError:
    broken.hint = hint
    broken.retry = Retry.NEVER
    return broken


def _foreign(result: GetResult, known: ObjectInfo, position: int, stop: int) -> str | None:
    """Why bytes must not be put behind those that came before; ``None`` where they may.

    The condition that was sent is not relied on: stores that do not know it answer with whatever is there.
    """
    if (result.start, result.start + result.length) != (position, stop):
        raise RequestIgnored("the store answered with other bytes than those asked for", key=known.key)
    found = result.info
    if known.etag is None and known.version_id in {None, "null"} and known.last_modified is None:
        return _UNNAMED
    same = (found.etag, found.size) == (known.etag, known.size) and known.version_id in {None, found.version_id}
    if known.etag is None:
        same = same and found.last_modified == known.last_modified
    return None if same else _REPLACED
