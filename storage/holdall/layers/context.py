"""Error context: what went wrong where. Innermost of the layers that act on errors, so that these see complete ones."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from holdall import groups
from holdall.errors import StorageError
from holdall.layers.forwarding import ForwardingProvider
from holdall.provider import StorageProvider
from holdall.reading import GetResult

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def _named_arguments() -> dict[str, tuple[str, ...]]:
    """The argument names of every method, so that an error can tell which key or bucket was meant."""
    found = {}
    for owner in (StorageProvider, *groups.GROUPS):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_"):
                found[name] = tuple(inspect.signature(method).parameters)[1:]
    return found


_ARGUMENTS = _named_arguments()


class ErrorContext(ForwardingProvider):
    """Fills operation, store, bucket, key and version into errors; costs nothing while nothing fails."""

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = call(*args, **kwargs)
        except StorageError as error:
            error.add_context(**self._fields(operation, args))
            raise
        if isinstance(result, GetResult):  # its body is read later, outside of this call
            result.bind_context(self._fields(operation, args))
        return result

    def _fields(self, operation: str, args: tuple[Any, ...]) -> dict[str, Any]:
        info = self.inner.info
        named = dict(zip(_ARGUMENTS.get(operation, ()), args, strict=False))
        options = named.get("options")
        return {
            "operation": operation,
            "store": info.store,
            "provider": info.kind,
            "bucket": named.get("name") or info.bucket,
            "key": named.get("key"),
            "version_id": named.get("version_id") or getattr(options, "version_id", None),
        }
