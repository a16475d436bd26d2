"""The kit over the local provider."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from holdall.testing import AllSuites
from tests.conformance.harnesses import LocalHarness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.testing import Harness


class TestLocal(AllSuites):
    wrappings = ("bare", "layers", "without:put.metadata")

    @pytest.fixture
    def harness(self) -> Iterator[Harness]:
        with closing(LocalHarness()) as harness:
            yield harness


class TestPlainFolder(AllSuites):
    """A folder as it is: has few features, and refuses all others."""

    @pytest.fixture
    def harness(self) -> Iterator[Harness]:
        with closing(LocalHarness(plain=True)) as harness:
            yield harness
