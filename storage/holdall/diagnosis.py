"""What a provider can find out about itself when something does not work; ``blob doctor`` asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Probe:
    """One question about a store.

    Attributes:
        name: A word or two, e.g. ``credentials``.
        run: Answers it, in a line for people with nothing secret in it. Raises a ``StorageError`` where something is
            wrong; its hint says what to do.
    """

    name: str
    run: Callable[[], str]


@runtime_checkable
class Diagnosable(Protocol):
    """A provider that knows questions of its own. Optional: no capability promises it, no layer passes it on."""

    def diagnose(self) -> Iterable[Probe]:
        """The questions, in an order in which each makes sense when those before it went well."""
        ...
