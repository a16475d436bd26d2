"""The kit over the memory provider."""

from __future__ import annotations

import pytest

from holdall.testing import AllSuites, Harness
from tests.conformance.harnesses import MemoryHarness


class TestMemory(AllSuites):
    wrappings = ("bare", "layers", "without:put.if_absent", "without:multipart.uploads", "without:versions.get")

    @pytest.fixture
    def harness(self) -> Harness:
        return MemoryHarness()
