"""What was closed stays closed, whatever a provider would make of further calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from holdall.errors import InvalidRequest
from holdall.layers.forwarding import ForwardingProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class _Door:
    closed: bool = False


class Closing(ForwardingProvider):
    """Refuses every call after ``close``.

    A bucket that an account opened is closed with the account; the other way round, it is closed alone.
    """

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self._doors: tuple[_Door, ...] = (_Door(),)

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        for door in self._doors:
            if door.closed:
                raise InvalidRequest(
                    "the store was closed; it can't be used any more",
                    hint="Open it again with open_storage(...), or close it (end its 'with') later.",
                )
        return call(*args, **kwargs)

    def close(self) -> None:
        self._doors[-1].closed = True
        self.inner.close()

    def bind(self, bucket: str) -> Self:
        bound = super().bind(bucket)
        bound._doors = (*self._doors, _Door())  # noqa: SLF001 - of the same class
        return bound
