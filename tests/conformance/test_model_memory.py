"""The model against itself inside all layers: shows that the machine compares what can be compared."""

from __future__ import annotations

from hypothesis import settings

from holdall.layers import stack
from holdall.testing.statemachine import machine
from tests.conformance.harnesses import MemoryHarness

TestMemoryAgainstModel = machine(
    lambda: stack.build(MemoryHarness().make_provider()), MemoryHarness().make_provider
).TestCase
TestMemoryAgainstModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
