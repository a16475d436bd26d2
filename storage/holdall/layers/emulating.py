"""``Emulating``: makes up for conditions that a store has not got, by a look before the write.

That is no lock: somebody else may write between the two. So it is there only where the settings ask for it
(``on_unsupported = "emulate"``), the capabilities go on saying that the store has not got the feature, and the result
says what was made up for.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from holdall.checks import EMULATED
from holdall.errors import ObjectNotFound, StorageError
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import SseC
from holdall.options import HeadOptions
from holdall.semantics.conditions import check_match, check_write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

P = ParamSpec("P")
R = TypeVar("R")

_WRITES: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "put": (0, {"if_absent": "put.if_absent", "if_match": "put.if_match"}),
    "copy": (1, {"if_absent": "copy.if_absent", "if_match": "copy.if_match"}),
    "complete_upload": (0, {"if_absent": "multipart.complete_if_absent", "if_match": "multipart.complete_if_match"}),
    "delete": (0, {"if_match": "delete.if_match"}),
}
"""Method -> where its key is among its arguments, and which of its options needs which feature."""
_NOT_ASKED_FOR = {"if_absent": False, "if_match": None}


class Emulating(ForwardingProvider):
    """Looks whether a condition holds, and then writes without it, where the store does not know the condition."""

    @property
    def emulates(self) -> frozenset[str]:
        capabilities = self.capabilities
        return frozenset(feature for feature in EMULATED if not capabilities.supports(feature, safety=True))

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        if operation not in _WRITES:
            return call(*args, **kwargs)
        place, needs = _WRITES[operation]
        options: Any = args[-1]
        missing = {
            field: feature
            for field, feature in needs.items()
            if getattr(options, field, None) and not self.capabilities.supports(feature, safety=True)
        }
        if not missing:
            return call(*args, **kwargs)
        self._look(operation, cast("str", args[place]), options)
        plain = dataclasses.replace(options, **{field: _NOT_ASKED_FOR[field] for field in missing})
        unconditional = cast("Callable[..., Any]", call)
        result = unconditional(*args[:-1], plain)
        made_up = tuple(f"{feature}: {EMULATED[feature]}" for feature in missing.values())
        return cast("R", dataclasses.replace(result, emulated=(*result.emulated, *made_up)))

    def _look(self, operation: str, key: str, options: Any) -> None:
        """Raises what the store would, if it knew the condition."""
        given = getattr(options, "encryption", None) or getattr(options, "customer_key", None)
        head = HeadOptions(customer_key=given if isinstance(given, SseC) else None)
        try:
            etag = self.inner.head(key, head).etag
        except ObjectNotFound:
            etag = None
        try:
            if operation == "delete":
                check_match(etag, options.if_match)
            else:
                check_write(etag, if_absent=options.if_absent, if_match=options.if_match)
        except StorageError as error:
            info = self.info
            error.add_context(operation=operation, store=info.store, bucket=info.bucket, key=key)
            raise
