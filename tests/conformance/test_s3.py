"""The kit over the S3 provider, on three servers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from holdall.testing import AllSuites, ChecksumSuite, ConditionSuite, CopySuite, EncryptionSuite, TagsSuite
from tests.conformance.harnesses import S3Backend, S3Harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.testing import Harness
    from tests.servers import S3Server


@pytest.fixture(scope="module", params=["sdk", "direct"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine: the kit runs on both."""
    return str(request.param)


@pytest.fixture(scope="module")
def moto(moto_server: S3Server, engine: str) -> Iterator[S3Backend]:
    with closing(S3Backend(moto_server, engine=engine)) as backend:
        yield backend


@pytest.fixture(scope="module")
def moto_through_sdk(moto_server: S3Server) -> Iterator[S3Backend]:
    with closing(S3Backend(moto_server, engine="sdk")) as backend:
        yield backend


@pytest.fixture(scope="module")
def swift(swift_server: S3Server, engine: str) -> Iterator[S3Backend]:
    with closing(S3Backend(swift_server, engine=engine)) as backend:
        yield backend


@pytest.fixture(scope="module")
def unrecognised_swift(swift_server: S3Server) -> Iterator[S3Backend]:
    # What is known of a store is no matter of the engine: one is enough, Swift is slow.
    with closing(S3Backend(swift_server, family="generic", engine="direct")) as backend:
        yield backend


@pytest.fixture(scope="module")
def rclone(rclone_server: S3Server, engine: str) -> Iterator[S3Backend]:
    with closing(S3Backend(rclone_server, engine=engine)) as backend:
        yield backend


class TestMoto(AllSuites):
    """moto has nearly every feature and checks nothing: evidence for shapes, none for safety."""

    wrappings = ("layers",)

    @pytest.fixture
    def harness(self, moto: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(moto)) as harness:
            yield harness


class TestMotoBare(AllSuites):
    """The provider without layers; these know nothing of engines, so one is enough."""

    wrappings = ("bare",)

    @pytest.fixture
    def harness(self, moto_through_sdk: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(moto_through_sdk)) as harness:
            yield harness


class TestSwift(AllSuites):
    """A real and strict store, and a slow one: inside the layers only, which is what users hold."""

    wrappings = ("layers",)

    @pytest.fixture
    def harness(self, swift: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(swift, slow=True)) as harness:
            yield harness


class TestRclone(AllSuites):
    """The store that lies: what it accepts and ignores must be refused before it can."""

    wrappings = ("layers",)

    @pytest.fixture
    def harness(self, rclone: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(rclone)) as harness:
            yield harness


class TestUnrecognised(TagsSuite, EncryptionSuite, ConditionSuite, CopySuite, ChecksumSuite):
    """Swift without its profile: of much, nobody knows whether it is there. It is tried, and never lost in silence."""

    wrappings = ("layers",)

    @pytest.fixture
    def harness(self, unrecognised_swift: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(unrecognised_swift, slow=True)) as harness:
            yield harness
