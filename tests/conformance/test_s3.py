"""The kit over the S3 provider, on real servers.

`HOLDALL_TEST_S3=minio,ceph-rgw` names others than those that always run; `python -m s3tester.stores list` shows all.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from holdall.testing import AllSuites, ChecksumSuite, ConditionSuite, CopySuite, EncryptionSuite, TagsSuite
from tests.conformance.harnesses import S3Backend, S3Harness
from tests.places import IS_ALL
from tests.servers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.testing import Harness
    from tests.servers import S3Server


@pytest.fixture(scope="module", params=["sdk", "direct"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine: the kit runs on both."""
    return str(request.param)


@pytest.fixture(scope="module", params=CHOSEN)
def backend(
    request: pytest.FixtureRequest, server_named: Callable[[str], S3Server], engine: str
) -> Iterator[S3Backend]:
    with closing(S3Backend(server_named(request.param), engine=engine)) as backend:
        yield backend


@pytest.fixture(scope="module")
def unrecognised_swift(swift_server: S3Server) -> Iterator[S3Backend]:
    # What is known of a store is no matter of the engine: one is enough, Swift is slow.
    with closing(S3Backend(swift_server, family="generic", engine="direct")) as backend:
        yield backend


class TestServers(AllSuites):
    """Inside the layers, which is what users hold; without them, too, when all places are asked for.

    moto has nearly every feature and checks nothing: evidence for shapes, none for safety. Swift is real and strict.
    rclone is the store that lies: what it accepts and ignores must be refused before it can.
    """

    wrappings = ("layers", "bare") if IS_ALL else ("layers",)

    @pytest.fixture
    def harness(self, backend: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(backend)) as harness:
            yield harness


@pytest.mark.skipif("swift" not in CHOSEN, reason="Swift was not chosen")
class TestUnrecognised(TagsSuite, EncryptionSuite, ConditionSuite, CopySuite, ChecksumSuite):
    """Swift without its profile: of much, nobody knows whether it is there. It is tried, and never lost in silence."""

    wrappings = ("layers",)

    @pytest.fixture
    def harness(self, unrecognised_swift: S3Backend) -> Iterator[Harness]:
        with closing(S3Harness(unrecognised_swift)) as harness:
            yield harness
