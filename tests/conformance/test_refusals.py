"""Whatever a store has not got is refused before anything is sent: one feature switched off at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from holdall.capabilities import FEATURES
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import ChecksumAlgorithm
from holdall.storage import Storage
from holdall.testing import RecordingProvider, WithoutFeature
from holdall.testing.base import SWITCHED_OFF
from holdall.testing.refusals import (
    FALLBACKS,
    NOTHING_TO_REFUSE,
    REFUSALS,
    SAFETY,
    check_checksum_refused,
    check_refused,
)
from tests.conformance.harnesses import MemoryHarness

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities
    from holdall.provider import StorageProvider

SUPPORTS = {feature for feature, kind in FEATURES.items() if kind == "Support"}


@pytest.fixture
def memory() -> StorageProvider:
    return MemoryHarness().make_provider()


def test_every_feature_has_its_place() -> None:
    assert set(REFUSALS) | set(FALLBACKS) | set(NOTHING_TO_REFUSE) == SUPPORTS
    assert not set(REFUSALS) & (set(FALLBACKS) | set(NOTHING_TO_REFUSE))
    assert set(SAFETY) <= set(REFUSALS)


@pytest.mark.parametrize("feature", [*REFUSALS, *FALLBACKS])
def test_what_is_switched_off_is_refused(memory: StorageProvider, feature: str) -> None:
    check_refused(WithoutFeature(memory, feature), feature)


@pytest.mark.parametrize("feature", SAFETY)
def test_what_data_depends_on_is_refused_where_nobody_knows(memory: StorageProvider, feature: str) -> None:
    check_refused(WithoutFeature(memory, feature, "unknown"), feature)


@pytest.mark.parametrize("feature", sorted(set(REFUSALS) - set(SAFETY)))
def test_anything_else_is_tried_where_nobody_knows(memory: StorageProvider, feature: str) -> None:
    # Memory lacks some of these altogether; what matters is that the call is not held back.
    recording = RecordingProvider(WithoutFeature(memory, feature, "unknown"))
    with suppress(Exception):  # the object is not there, the group is not there: whatever the provider says
        REFUSALS[feature](Storage(recording))
    assert recording.operations


@pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
def test_checksums_that_would_not_be_checked_are_refused(memory: StorageProvider, algorithm: ChecksumAlgorithm) -> None:
    class Checksumless(ForwardingProvider):
        @property
        def capabilities(self) -> Capabilities:
            return self.inner.capabilities.replace({"checksums.algorithms": ()}, SWITCHED_OFF)

    check_checksum_refused(Checksumless(memory), algorithm, MemoryHarness())
