"""The base of all suites: a provider bare or wrapped, and tests that run in both directions.

A test says with ``needs`` which features it is about. Where the store has them, it must behave. Where a feature is
``NO``, the same test instead shows that ``Storage`` refuses it and that no call reached the provider. Where it is
``UNKNOWN``, right behaviour and a clean ``UnsupportedOperation`` are both fine, and so is ``RequestIgnored``, where the
provider finds out that the store did nothing; silence is not.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import pytest

from holdall.capabilities import Evidence, Source, Support
from holdall.errors import RequestIgnored, UnsupportedOperation
from holdall.layers import stack
from holdall.layers.forwarding import ForwardingProvider
from holdall.testing.refusals import check_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.capabilities import Capabilities
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

F = TypeVar("F", bound="Callable[..., Any]")

WITHOUT = "without:"
SWITCHED_OFF = Evidence(Source.OVERRIDDEN, note="switched off by the conformance kit")


INSTEAD = {
    "put.if_absent": ("multipart.complete_if_absent",),
    "put.if_match": ("multipart.complete_if_match",),
    "copy.if_absent": ("multipart.complete_if_absent",),
    "copy.if_match": ("multipart.complete_if_match",),
}
"""What the framework takes in place of a feature: without both, a store has not got it."""


class WithoutFeature(ForwardingProvider):
    """A provider that lacks a feature, or has it to another degree, than the one inside."""

    def __init__(self, inner: StorageProvider, feature: str = "put.if_absent", value: str = "no") -> None:
        """Wraps a provider.

        Args:
            inner: The provider.
            feature: The feature.
            value: ``no`` or ``unknown``.
        """
        super().__init__(inner)
        self._changes = dict.fromkeys((feature, *INSTEAD.get(feature, ())), value)

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities.replace(self._changes, SWITCHED_OFF)


def wrap(provider: StorageProvider, wrapping: str) -> StorageProvider:
    """A provider as a suite wants it.

    Args:
        provider: The bare provider.
        wrapping: ``bare``; ``layers``: inside all layers; ``without:<feature>``: with that feature switched off.
    """
    if wrapping == "layers":
        return stack.build(provider)
    if wrapping.startswith(WITHOUT):
        return WithoutFeature(provider, wrapping.removeprefix(WITHOUT))
    return provider


def needs(*features: str) -> Callable[[F], F]:
    """Marks a test as being about features; it runs in the direction that fits the store.

    Args:
        *features: Feature ids. The test must take the fixtures ``provider`` and ``harness``.
    """

    def decorate(test: F) -> F:
        @functools.wraps(test)
        def run(self: Suite, /, *, provider: StorageProvider, harness: Harness, **fixtures: Any) -> None:
            values = {feature: provider.capabilities.lookup(feature) for feature in features}
            missing = [feature for feature, value in values.items() if value is Support.NO]
            if missing:
                check_refused(provider, missing[0], harness)
                return
            try:
                test(self, provider=provider, harness=harness, **fixtures)
            except (UnsupportedOperation, RequestIgnored):  # refused, or found out to be ignored: never silence
                if Support.UNKNOWN not in values.values():
                    raise

        return cast("F", run)

    return decorate


class Suite:
    """Base of every suite. A subclass in a test module supplies the fixture ``harness``.

    Attributes:
        wrappings: How the provider is wrapped: every test runs once for each (see ``wrap``).
    """

    wrappings: ClassVar[tuple[str, ...]] = ("bare", "layers")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Runs each test once for each wrapping."""
        if "wrapping" in metafunc.fixturenames:
            metafunc.parametrize("wrapping", self.wrappings)

    @pytest.fixture
    def harness(self) -> Harness:
        """To be overridden.

        Raises:
            NotImplementedError: It was not.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a fixture `harness` that returns a Harness")

    @pytest.fixture
    def provider(self, harness: Harness, wrapping: str) -> Iterator[StorageProvider]:
        """A provider on a fresh, empty bucket, wrapped."""
        wrapped = wrap(harness.make_provider(), wrapping)
        yield wrapped
        wrapped.close()

    @pytest.fixture
    def missing_bucket(self, harness: Harness, wrapping: str) -> Iterator[StorageProvider]:
        """A provider on a bucket that is not there."""
        wrapped = wrap(harness.missing_bucket_provider(), wrapping)
        yield wrapped
        wrapped.close()
