"""The conformance kit: suites that tell the author of a provider when it is done.

A few lines in a test module adopt it::

    import pytest
    from holdall.testing import AllSuites

    class TestMyProvider(AllSuites):
        @pytest.fixture
        def harness(self):
            with closing(MyHarness()) as harness:
                yield harness

``MyHarness`` is a ``Harness``: it makes providers on fresh, empty buckets. Suites can also be taken one by one
(``class TestMine(CoreSuite, MultipartSuite)``). Each test reads the provider's capabilities and runs in the direction
that fits: what the store has must behave, what it has not must be refused before anything is sent. No test is switched
off by a capability.

The state machine that holds a provider against a model is in ``holdall.testing.statemachine``.

Names that are exported here follow the version of the API: they change incompatibly only with a new major version. New
tests may come with any version.
"""

from __future__ import annotations

from holdall.errors import MissingExtra

try:
    import hypothesis  # noqa: F401 - parts of the kit are made of it
    import pytest
except ImportError as error:
    raise MissingExtra(
        f"the conformance kit needs {error.name}, which is not installed", hint="pip install 'holdall[testing]'"
    ) from error

# Before anything of the kit is imported: its assertions shall explain themselves as those of test modules do.
pytest.register_assert_rewrite("holdall.testing.suites", "holdall.testing.refusals", "holdall.testing.statemachine")

from holdall.testing.base import Suite, WithoutFeature, needs, wrap  # noqa: E402
from holdall.testing.fakes import Call, FakeClock, Fault, FaultyProvider, RecordingProvider  # noqa: E402
from holdall.testing.harness import Harness, HttpAnswer  # noqa: E402
from holdall.testing.suites.batch_delete import BatchDeleteSuite  # noqa: E402
from holdall.testing.suites.buckets import BucketsSuite  # noqa: E402
from holdall.testing.suites.checksums import ChecksumSuite  # noqa: E402
from holdall.testing.suites.concurrency import ConcurrencySuite  # noqa: E402
from holdall.testing.suites.conditions import ConditionSuite  # noqa: E402
from holdall.testing.suites.copying import CopySuite  # noqa: E402
from holdall.testing.suites.encryption import EncryptionSuite  # noqa: E402
from holdall.testing.suites.listing import ListingSuite  # noqa: E402
from holdall.testing.suites.multipart import MultipartSuite  # noqa: E402
from holdall.testing.suites.notifications import NotificationsSuite  # noqa: E402
from holdall.testing.suites.objects import ObjectSuite  # noqa: E402
from holdall.testing.suites.presign import PresignSuite  # noqa: E402
from holdall.testing.suites.processes import ForkAndPickleSuite, ForkSuite, PickleSuite  # noqa: E402
from holdall.testing.suites.tags import TagsSuite  # noqa: E402
from holdall.testing.suites.versions import VersionsSuite  # noqa: E402

__all__ = [
    "AllSuites",
    "BatchDeleteSuite",
    "BucketsSuite",
    "Call",
    "ChecksumSuite",
    "ConcurrencySuite",
    "ConditionSuite",
    "CopySuite",
    "CoreSuite",
    "EncryptionSuite",
    "FakeClock",
    "Fault",
    "FaultyProvider",
    "ForkAndPickleSuite",
    "ForkSuite",
    "Harness",
    "HttpAnswer",
    "ListingSuite",
    "MultipartSuite",
    "NotificationsSuite",
    "ObjectSuite",
    "PickleSuite",
    "PresignSuite",
    "RecordingProvider",
    "Suite",
    "TagsSuite",
    "VersionsSuite",
    "WithoutFeature",
    "needs",
    "wrap",
]


class CoreSuite(ObjectSuite, ConditionSuite, ListingSuite, CopySuite, ConcurrencySuite):
    """What every provider owes, whatever groups it has."""


class AllSuites(
    CoreSuite,
    MultipartSuite,
    BatchDeleteSuite,
    VersionsSuite,
    TagsSuite,
    EncryptionSuite,
    PresignSuite,
    NotificationsSuite,
    BucketsSuite,
    ChecksumSuite,
    ForkAndPickleSuite,
):
    """Everything; groups that a store has not got are tested in the negative direction."""
