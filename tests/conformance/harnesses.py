"""How the kit reaches each of our providers."""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from holdall.testing import Harness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client

    from holdall.models import ObjectEvent
    from holdall.provider import StorageProvider
    from tests.servers import S3Server


EVENT_SECONDS = 1.0
"""How long events are waited for; the servers send them at once."""


class MemoryHarness(Harness):
    """A store of its own for every provider."""

    def make_provider(self) -> StorageProvider:
        return self._open("bucket")

    def missing_bucket_provider(self) -> StorageProvider:
        return self._open(None).bind("missing")  # type: ignore[attr-defined, no-any-return]

    def _open(self, bucket: str | None) -> StorageProvider:
        from holdall_memory.kind import MEMORY, MemorySettings

        return MEMORY.open(MemorySettings(name=f"test-{uuid.uuid4().hex}", bucket=bucket), "test")

    def notification_destination(self) -> str | None:
        return "memory:events"

    def receive_events(self, provider: StorageProvider) -> Sequence[ObjectEvent]:
        from holdall_memory.provider import MemoryProvider

        assert isinstance(provider, MemoryProvider)
        queue, events = provider.events("events"), []
        while not queue.empty():
            events.append(queue.get())
        return events


class LocalHarness(Harness):
    """A folder of its own for every provider."""

    def __init__(self, *, plain: bool = False) -> None:
        self._plain = plain
        self._afterwards = ExitStack()

    def make_provider(self) -> StorageProvider:
        return self._open(None if self._plain else "bucket")

    def missing_bucket_provider(self) -> StorageProvider:
        if self._plain:
            return self._open(None, create=False, below="missing")
        return self._open("bucket").bind("missing")  # type: ignore[attr-defined, no-any-return]

    def _open(self, bucket: str | None, *, create: bool = True, below: str = "root") -> StorageProvider:
        from holdall_local.kind import LOCAL, LocalSettings

        folder = Path(self._afterwards.enter_context(TemporaryDirectory(prefix="local-", ignore_cleanup_errors=True)))
        # Without fsync: what it is for can't be seen from inside a running system, and it takes most of the time.
        settings = LocalSettings(root=folder / below, bucket=bucket, create=create, plain=self._plain, durable=False)
        return LOCAL.open(settings, "test")

    def close(self) -> None:
        self._afterwards.close()


class S3Backend:
    """One running server and one provider that all tests on it share the connections of: making a client is slow."""

    def __init__(self, server: S3Server, family: str | None = None, *, engine: str = "auto") -> None:
        """Opens the account.

        Args:
            server: The server.
            family: Profile to go by; default: the server's own.
            engine: Engine of the data plane.
        """
        from holdall_s3.kinds import S3_COMPATIBLE
        from tests.servers import boto3_client

        self.server = server
        self.requests = 0
        self.admin: S3Client = boto3_client(server)
        settings = S3_COMPATIBLE.settings.model_validate(
            {
                "provider": "s3-compatible",
                "endpoint_url": server.endpoint_url,
                "region": server.region,
                "access_key_id": server.access_key_id,
                "secret_access_key": server.secret_access_key,
                "store_family": family or server.family,
                "engine": engine,
            }
        )
        account: Any = S3_COMPATIBLE.open(settings, "test")
        self.account = account
        account.raw_client.meta.events.register("before-send.s3", self._count)
        self._count_sent(account._clients.channel().transport)

    def _count(self, **_event: object) -> None:
        self.requests += 1

    def _count_sent(self, transport: Any) -> None:
        send = transport.send

        def counted(*arguments: Any) -> Any:
            self.requests += 1
            return send(*arguments)

        transport.send = counted

    def close(self) -> None:
        self.account.close()
        self.admin.close()


class S3Harness(Harness):
    """A new bucket on a running server for every provider."""

    def __init__(self, backend: S3Backend) -> None:
        self.slow = backend.server.name == "swift"
        self.notification_kind = "topic" if ":sns:" in (backend.server.event_destination or "") else "queue"
        self._backend = backend
        self._buckets: list[str] = []

    def make_provider(self) -> StorageProvider:
        bucket = f"kit-{uuid.uuid4().hex}"
        self._backend.admin.create_bucket(Bucket=bucket)
        self._buckets.append(bucket)
        return self._backend.account.bind(bucket)  # type: ignore[no-any-return]

    def missing_bucket_provider(self) -> StorageProvider:
        return self._backend.account.bind(f"kit-missing-{uuid.uuid4().hex}")  # type: ignore[no-any-return]

    def count_requests(self) -> int | None:
        return self._backend.requests

    def secrets(self) -> Sequence[str]:
        return (self._backend.server.secret_access_key,)

    def notification_destination(self) -> str | None:
        # moto takes any that looks like one.
        return self._backend.server.event_destination or "arn:aws:sqs:us-east-1:123456789012:events"

    def receive_events(self, provider: StorageProvider) -> Sequence[ObjectEvent] | None:
        received = self._backend.server.received_events
        if received is None:
            return None
        # Whoever sends says nothing when all is sent.
        records, deadline = [], time.monotonic() + EVENT_SECONDS
        while time.monotonic() < deadline:
            records += received()
            time.sleep(0.05)
        return [_event(record) for record in records if record["s3"]["bucket"]["name"] == provider.info.bucket]

    def close(self) -> None:
        """Removes the buckets where that is cheap; what a slow server holds goes with its folder."""
        from tests.servers.boto import delete_bucket_and_contents

        for bucket in self._buckets if self._backend.server.name == "moto" else ():
            delete_bucket_and_contents(self._backend.admin, bucket)


def _event(record: dict[str, Any]) -> ObjectEvent:
    from holdall.models import ObjectEvent

    entity = record["s3"]["object"]
    return ObjectEvent(
        name=record["eventName"].removeprefix("s3:"),
        time=datetime.fromisoformat(record["eventTime"]),
        bucket=record["s3"]["bucket"]["name"],
        # As AWS writes it, a form field; Ceph sends it as it is.
        key=entity["key"] if record["eventSource"] == "ceph:s3" else unquote_plus(entity["key"]),
        size=entity.get("size"),
        etag=entity.get("eTag") or None,
        version_id=entity.get("versionId") or None,
        sequencer=entity.get("sequencer") or None,
        rule_id=record["s3"].get("configurationId") or None,
    )
