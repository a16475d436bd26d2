"""Notifications: which events come, where, and in what order."""

from __future__ import annotations

from datetime import UTC, datetime
from queue import Empty
from typing import TYPE_CHECKING

import pytest

from holdall.errors import InvalidRequest, UnsupportedOperation
from holdall.models import CopySource, NotificationConfig, NotificationRule, ObjectEvent, ObjectRef, Versioning
from holdall.options import COMPLETE, COPY, CREATE_UPLOAD, DELETE, PART, PUT, DeleteOptions, PutOptions

if TYPE_CHECKING:
    from holdall_memory.provider import MemoryProvider

EVERYTHING = ("ObjectCreated:*", "ObjectRemoved:*", "ObjectTagging:*")


def rule(*events: str, destination: str = "memory:q", kind: str = "queue", **filters: str) -> NotificationRule:
    return NotificationRule(events=events, destination=destination, kind=kind, **filters)


def listen(provider: MemoryProvider, *rules: NotificationRule) -> None:
    provider.set_notifications(NotificationConfig(rules=rules))


def received(provider: MemoryProvider, queue: str = "q") -> list[ObjectEvent]:
    """Takes all events that are there."""
    events = []
    while True:
        try:
            events.append(provider.events(queue).get_nowait())
        except Empty:
            return events


def test_each_operation_has_its_event(provider: MemoryProvider) -> None:
    listen(provider, rule(*EVERYTHING))
    provider.put("key", b"data", PUT)
    provider.copy(CopySource("key"), "copy", COPY)
    upload_id = provider.create_upload("parts", CREATE_UPLOAD).upload_id
    part = provider.upload_part("parts", upload_id, 1, b"data", PART)
    provider.complete_upload("parts", upload_id, [part], COMPLETE)
    provider.put_tags("key", {"a": "1"}, None)
    provider.delete_tags("key", None)
    provider.delete("key", DELETE)
    provider.delete("key", DELETE)  # nothing happens
    provider.delete_batch([ObjectRef("copy"), ObjectRef("missing")], DELETE)
    provider.set_versioning(Versioning.ENABLED)
    marker = provider.delete("parts", DELETE).version_id
    provider.delete("parts", DeleteOptions(version_id=marker))
    events = received(provider)
    assert [(event.name, event.key) for event in events] == [
        ("ObjectCreated:Put", "key"),
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:CompleteMultipartUpload", "parts"),
        ("ObjectTagging:Put", "key"),
        ("ObjectTagging:Delete", "key"),
        ("ObjectRemoved:Delete", "key"),
        ("ObjectRemoved:Delete", "copy"),
        ("ObjectRemoved:DeleteMarkerCreated", "parts"),
        ("ObjectRemoved:Delete", "parts"),
    ]
    sequencers = [event.sequencer or "" for event in events]
    assert sequencers == sorted(set(sequencers))
    assert {len(sequencer) for sequencer in sequencers} == {16}


def test_what_an_event_tells(versioned: MemoryProvider) -> None:
    listen(versioned, rule("ObjectCreated:Put", id="mine"), rule("ObjectRemoved:*"))
    before = datetime.now(UTC)
    result = versioned.put("key", b"data", PUT)
    marker = versioned.delete("key", DELETE).version_id
    created, removed = received(versioned)
    assert (created.bucket, created.key, created.size, created.etag) == ("memory", "key", 4, result.etag)
    assert (created.version_id, created.rule_id) == (result.version_id, "mine")
    assert before <= created.time <= removed.time <= datetime.now(UTC)
    assert (removed.version_id, removed.size, removed.etag) == (marker, None, None)
    assert removed.rule_id == versioned.get_notifications().rules[1].id


def test_filters(provider: MemoryProvider) -> None:
    listen(
        provider,
        rule("ObjectCreated:*", destination="memory:logs", prefix="logs/", suffix=".txt"),
        rule("ObjectCreated:Copy", destination="memory:copies"),
        rule("ObjectRemoved:Delete", "ObjectCreated:Put", destination="memory:both"),
    )
    for key in ("logs/a.txt", "logs/a.csv", "a.txt"):
        provider.put(key, b"", PUT)
    provider.copy(CopySource("a.txt"), "logs/b.txt", COPY)
    provider.delete("logs/a.csv", DELETE)
    assert [event.key for event in received(provider, "logs")] == ["logs/a.txt", "logs/b.txt"]
    assert [event.key for event in received(provider, "copies")] == ["logs/b.txt"]
    assert [event.key for event in received(provider, "both")] == ["logs/a.txt", "logs/a.csv", "a.txt", "logs/a.csv"]


def test_what_failed_is_no_event(provider: MemoryProvider) -> None:
    provider.put("key", b"", PUT)
    listen(provider, rule(*EVERYTHING))
    with pytest.raises(FileExistsError):
        provider.put("key", b"", PutOptions(if_absent=True))
    assert received(provider) == []


def test_rules_are_replaced_as_a_whole(provider: MemoryProvider) -> None:
    assert provider.get_notifications() == NotificationConfig()
    listen(provider, rule("ObjectCreated:*", id="a"), rule("ObjectRemoved:*"))
    first, second = provider.get_notifications().rules
    assert first == rule("ObjectCreated:*", id="a")
    assert second.id
    listen(provider)
    assert provider.get_notifications().rules == ()
    provider.put("key", b"", PUT)
    assert received(provider) == []


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (NotificationConfig(event_bus=True), UnsupportedOperation),
        (NotificationConfig((rule("ObjectCreated:*", kind="topic"),)), UnsupportedOperation),
        (NotificationConfig((rule("ObjectRestore:*"),)), UnsupportedOperation),
        (NotificationConfig((rule("ObjectCreated:Post"),)), UnsupportedOperation),
        (NotificationConfig((rule("s3:ObjectCreated:*"),)), UnsupportedOperation),
        (NotificationConfig((rule(),)), InvalidRequest),
        (NotificationConfig((rule("ObjectCreated:*", destination="memory:"),)), InvalidRequest),
        (NotificationConfig((rule("ObjectCreated:*", destination="arn:aws:sqs:x:y:z"),)), InvalidRequest),
        (NotificationConfig((rule("ObjectCreated:*", id="a"), rule("ObjectRemoved:*", id="a"))), InvalidRequest),
    ],
)
def test_rules_that_can_not_work_are_refused(
    provider: MemoryProvider, config: NotificationConfig, error: type[Exception]
) -> None:
    listen(provider, rule("ObjectCreated:*", id="kept"))
    with pytest.raises(error):
        provider.set_notifications(config)
    assert [kept.id for kept in provider.get_notifications().rules] == ["kept"]
