"""Fakes for tests: a provider that records, one that fails when told to, and a clock that is moved by hand."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from holdall.layers.forwarding import ForwardingProvider
from holdall.reading import ByteSource, GetResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a provider's method.

    Attributes:
        operation: Name of the method, e.g. ``"put"``.
        args: Its arguments, in the order of the contract.
    """

    operation: str
    args: tuple[Any, ...]


class RecordingProvider(ForwardingProvider):
    """Passes calls on and keeps a list of them; threads may share it.

    Attributes:
        calls: Every call so far, oldest first.
    """

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self.calls: list[Call] = []

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        self.calls.append(Call(operation, args))
        return call(*args, **kwargs)

    @property
    def operations(self) -> list[str]:
        """Names of the methods that were called, oldest first."""
        return [call.operation for call in self.calls]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at one call.

    Attributes:
        operation: Method that fails, e.g. ``"put"``.
        error: What is raised. ``None`` only cuts the body (see ``cut_at``).
        call: Which call of that method, from 1.
        after: The inner provider does its work first, and then the error is raised: an answer that was lost.
        cut_at: For ``get``: the body breaks after so many bytes, by ``error`` where one is given, else by ending early.
    """

    operation: str
    error: Exception | None = None
    call: int = 1
    after: bool = False
    cut_at: int | None = None


class FaultyProvider(ForwardingProvider):
    """Fails at the calls that it is told to fail at, and passes all others on."""

    def __init__(self, inner: StorageProvider, *faults: Fault) -> None:
        """Wraps a provider.

        Args:
            inner: The provider to pass calls on to.
            *faults: What goes wrong, and when.
        """
        super().__init__(inner)
        self._faults = {(fault.operation, fault.call): fault for fault in faults}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            self._counts[operation] += 1
            fault = self._faults.get((operation, self._counts[operation]))
        if fault is None:
            return call(*args, **kwargs)
        if fault.error is not None and fault.cut_at is None and not fault.after:
            raise fault.error
        result = call(*args, **kwargs)
        if fault.cut_at is not None and isinstance(result, GetResult):
            result._source = _CutSource(result._source, fault.cut_at, fault.error)  # noqa: SLF001 -- a fault from inside
        elif fault.error is not None:
            raise fault.error
        return result


class _CutSource:
    """A body that ends or breaks too early."""

    def __init__(self, source: ByteSource, cut_at: int, error: Exception | None) -> None:
        self._source = source
        self._left = cut_at
        self._error = error

    def read(self, size: int = -1, /) -> bytes:
        if self._left == 0 and self._error is not None:
            raise self._error
        data = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()


@dataclass
class FakeClock:
    """A clock that moves when a test says so; give its methods where code takes a clock and a sleep.

    Attributes:
        now: Seconds, as of ``time.monotonic``.
        slept: Every sleep so far, in seconds.
    """

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Moves the clock instead of waiting.

        Raises:
            ValueError: The time is negative, as ``time.sleep`` says it.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.slept.append(seconds)
        self.now += seconds
