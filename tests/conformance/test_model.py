"""The state machine: every provider against the memory model.

Memory against itself inside all layers shows that the machine compares what can be compared. The real stores get fewer
examples: each is a bucket and some dozens of requests.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from holdall.layers import stack
from holdall.testing import WithoutFeature
from holdall.testing.statemachine import machine
from tests.conformance.harnesses import LocalHarness, MemoryHarness, S3Backend, S3Harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.provider import StorageProvider
    from tests.servers import S3Server

make_model = MemoryHarness().make_provider


def hold(
    make_provider: Callable[[], StorageProvider], *, examples: int, steps: int, server: bool = False, **how: bool
) -> None:
    """Runs the machine over a provider."""
    phases = [Phase.generate] if server else [Phase.generate, Phase.shrink]
    often = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=server,  # the same examples in every run: a server's own quirks shall not fail somebody else's
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(machine(make_provider, make_model, **how), settings=often)


def test_memory_inside_all_layers() -> None:
    hold(lambda: stack.build(make_model()), examples=100, steps=40)


def test_local() -> None:
    with closing(LocalHarness()) as harness:
        hold(harness.make_provider, examples=40, steps=30)


def test_plain_folder() -> None:
    with closing(LocalHarness(plain=True)) as harness:
        hold(harness.make_provider, examples=30, steps=30)


def test_s3_on_moto(moto_server: S3Server) -> None:
    with ExitStack() as afterwards:
        backend = afterwards.enter_context(closing(S3Backend(moto_server)))
        harness = afterwards.enter_context(closing(S3Harness(backend)))

        def make_provider() -> StorageProvider:
            # moto's listings of versions are neither in order nor whole in pages; Swift's are.
            return WithoutFeature(harness.make_provider(), "versions.enable")

        # It also answers 500 to whoever calls an upload that was aborted.
        hold(make_provider, examples=20, steps=25, server=True, calls_aborted_uploads=False)


def test_s3_on_swift(swift_server: S3Server) -> None:
    with ExitStack() as afterwards:
        backend = afterwards.enter_context(closing(S3Backend(swift_server)))
        harness = afterwards.enter_context(closing(S3Harness(backend)))
        hold(harness.make_provider, examples=10, steps=20, server=True)
