"""``Retry``: the one owner of retries. What passes is tried again, where that can do no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from holdall import errors
from holdall.capabilities import Support
from holdall.config.store import PROGRESS
from holdall.errors import ConditionalRequestConflict, InternalError, StorageError
from holdall.groups import BY_SUBRESOURCE
from holdall.layers import lookup
from holdall.layers.forwarding import ForwardingProvider
from holdall.layers.resuming import Resumption
from holdall.layers.retry_course import Course
from holdall.layers.retry_policy import RetryPolicy
from holdall.layers.strays import Strays
from holdall.reading import GetResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdall.models import Body, MultipartUpload
    from holdall.provider import StorageProvider

P = ParamSpec("P")
R = TypeVar("R")

_BODIES = {"put": 1, "upload_part": 3}
"""Where a body is among the arguments of a method."""
DOUBTFUL = 2
"""Attempts at what the store may not have at all, where it answers with an internal error."""
_UNKNOWN = (
    'It is not known whether the store has {feature}. If it has not, say so: capabilities."{feature}" = "no"; if it '
    'has, "yes" has it tried more often.'
)
_ENDS = frozenset({"complete_upload", "abort_upload"})


class Retry(ForwardingProvider):
    """Tries a call again when its error says that this is safe, and goes on with bodies that break.

    A call that succeeds pays for a look at the clock and at the budget, and for nothing else.

    Attributes:
        policy: How often, after what wait, until when; shared with everything that is bound to another bucket.
    """

    def __init__(self, inner: StorageProvider, policy: RetryPolicy | None = None) -> None:
        """Wraps a provider.

        Args:
            inner: The provider.
            policy: Default: that of the default settings.
        """
        super().__init__(inner)
        self.policy = policy or RetryPolicy()
        self._strays = Strays()

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        policy = self.policy
        began = policy.clock()
        try:
            result = call(*args, **kwargs)
        except StorageError as error:
            if not _is_safe(operation, args, error):
                raise
            try:
                result = self._again(operation, call, args, kwargs, error, began)
            except StorageError as last:
                self._drop_strays(operation, args)
                if isinstance(last, InternalError) and last.hint is None and (feature := self._in_doubt(operation)):
                    last.hint = _UNKNOWN.format(feature=feature)
                raise
        if not policy.budget.is_full:
            policy.budget.give_back()
        if self._strays:
            self._drop_strays(operation, args)
        if isinstance(result, GetResult):
            key, options = cast("Any", args)
            stop = result.start + result.length
            result.bind_recovery(Resumption(policy, self.inner, key, options, result.info, stop))
        return result

    def _drop_strays(self, operation: str, args: Sequence[Any]) -> None:
        if operation in _ENDS:
            self._strays.drop(self.inner, args[0], args[1])

    def _again(
        self, operation: str, call: Callable[..., R], args: Any, kwargs: Any, failed: StorageError, began: float
    ) -> R:
        """Further attempts, after the first one failed."""
        doubt = failed if lookup.may_be_done(failed) else None
        clock, takes_its_time = self.policy.clock, _takes_its_time(operation, args)

        def attempt() -> R:
            nonlocal doubt
            _rewind(operation, args)
            started = clock()
            try:
                return call(*args, **kwargs)
            except StorageError as error:
                if doubt is not None and lookup.may_be_own_doing(operation, args, error):
                    return cast("R", lookup.settle(self, operation, args, doubt, error))
                if lookup.may_be_done(error):
                    doubt = error
                if takes_its_time:
                    course.moving += clock() - started
                raise

        most = DOUBTFUL if self._in_doubt(operation) else None
        course = Course(self.policy, operation, lambda error: _is_safe(operation, args, error), began, most=most)
        if takes_its_time:
            course.moving = clock() - began
        try:
            result = course.run(failed, attempt)
        except StorageError as last:
            given_up = doubt is last and last.retry is not errors.Retry.NEVER
            if given_up and lookup.is_open(operation, args):
                return cast("R", lookup.settle(self.inner, operation, args, last, None))
            raise
        if doubt is not None and operation == "create_upload":
            took = self.policy.clock() - began
            self._strays.note(self.inner, args[0], cast("MultipartUpload", result).upload_id, took)
        return result

    def _in_doubt(self, operation: str) -> str | None:
        """The feature that an operation needs, where it is not known whether the store has it."""
        known = {feature: self.capabilities.lookup(feature) for feature in BY_SUBRESOURCE.get(operation, ())}
        if Support.YES in known.values():
            return None
        return next((feature for feature, support in known.items() if support is Support.UNKNOWN), None)


def _is_safe(operation: str, args: Sequence[Any], error: StorageError) -> bool:
    """Whether a call may be repeated after an error: the error's own word, and one more case.

    Of two writes with conditions at the same time S3 may refuse one without looking at its condition (HTTP 409; API
    reference, PutObject). The condition guards the repeat. The completion of an upload is another matter: S3 wants its
    parts to be sent again.
    """
    if isinstance(error, ConditionalRequestConflict) and operation in {"put", "copy"}:
        return error.retry is not errors.Retry.EXHAUSTED and lookup.is_open(operation, args)
    return error.retry is errors.Retry.SAFE


def _takes_its_time(operation: str, args: Sequence[Any]) -> bool:
    """Whether a call has a large body: while it gets on, no deadline ends it."""
    if operation not in _BODIES:
        return False
    body: Body = args[_BODIES[operation]]
    return (body.nbytes if isinstance(body, memoryview) else len(body)) > PROGRESS


def _rewind(operation: str, args: Sequence[Any]) -> None:
    """Puts a body back to its start, where the last attempt has read from it."""
    if operation in _BODIES:
        body: Body = args[_BODIES[operation]]
        if not isinstance(body, (bytes, bytearray, memoryview)):
            body.seek(0)
