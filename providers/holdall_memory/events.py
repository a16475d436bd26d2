"""Notifications: rules, and the delivery of events to queues of this process.

Event names and filters are those of S3 (user guide, "Amazon S3 Event Notifications").
"""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, UnsupportedOperation
from holdall.models import NotificationConfig, ObjectEvent

if TYPE_CHECKING:
    from holdall.models import NotificationRule
    from holdall_memory.account import Account
    from holdall_memory.bucket import Bucket
    from holdall_memory.objects import Version

SCHEME = "memory:"
"""A rule's destination is this and the name of a queue."""

CREATED_PUT = "ObjectCreated:Put"
CREATED_COPY = "ObjectCreated:Copy"
CREATED_MULTIPART = "ObjectCreated:CompleteMultipartUpload"
REMOVED = "ObjectRemoved:Delete"
REMOVED_MARKER = "ObjectRemoved:DeleteMarkerCreated"
TAGS_PUT = "ObjectTagging:Put"
TAGS_DELETED = "ObjectTagging:Delete"

NAMES = (CREATED_PUT, CREATED_COPY, CREATED_MULTIPART, REMOVED, REMOVED_MARKER, TAGS_PUT, TAGS_DELETED)
"""What happens in this store. A rule for anything else would wait for ever, so it is refused."""


def checked(config: NotificationConfig) -> NotificationConfig:
    """A configuration as it is kept: every rule valid and with an id.

    Raises:
        UnsupportedOperation: An event bus, a kind of destination, or an event that this store has not.
        InvalidRequest: A rule that makes no sense.
    """
    if config.event_bus:
        raise UnsupportedOperation("the memory provider has no event bus", hint="Use a rule with a queue.")
    for rule in config.rules:
        _check_rule(rule)
    rules = tuple(rule if rule.id else dataclasses.replace(rule, id=uuid.uuid4().hex) for rule in config.rules)
    if len({rule.id for rule in rules}) < len(rules):
        raise InvalidRequest("two notification rules have the same id")
    return NotificationConfig(rules=rules)


def announce(account: Account, bucket: Bucket, name: str, version: Version) -> None:
    """Delivers an event to every queue whose rule asks for it. The caller holds the account's lock.

    Args:
        account: Where the queues are.
        bucket: Where it happened; its rules count.
        name: What happened.
        version: The version that was made, changed or removed.
    """
    if not bucket.notifications.rules:
        return
    content = version.content
    event = ObjectEvent(
        name=name,
        time=datetime.now(UTC),
        bucket=bucket.name,
        key=version.key,
        size=len(content.body) if content else None,
        etag=content.etag if content else None,
        version_id=bucket.told_id(version),
        sequencer=f"{account.next_serial():016X}",
    )
    for rule in bucket.notifications.rules:
        if _wants(rule, event):
            account.queue(rule.destination.removeprefix(SCHEME)).put(dataclasses.replace(event, rule_id=rule.id))


def _wants(rule: NotificationRule, event: ObjectEvent) -> bool:
    named = any(_covers(pattern, event.name) for pattern in rule.events)
    return named and event.key.startswith(rule.prefix) and event.key.endswith(rule.suffix)


def _covers(pattern: str, name: str) -> bool:
    return name == pattern or (pattern.endswith(":*") and name.startswith(pattern[:-1]))


def _check_rule(rule: NotificationRule) -> None:
    if rule.kind != "queue":
        raise UnsupportedOperation(f"the memory provider sends events to queues, not to a {rule.kind}")
    if not rule.destination.startswith(SCHEME) or rule.destination == SCHEME:
        raise InvalidRequest(
            f"{rule.destination!r} is no destination of this store",
            hint=f"Use '{SCHEME}<queue>' and read the events with provider.events('<queue>').",
        )
    if not rule.events:
        raise InvalidRequest("a notification rule names no events")
    for pattern in rule.events:
        if not any(_covers(pattern, name) for name in NAMES):
            raise UnsupportedOperation(
                f"{pattern!r} never happens in memory", hint=f"Events are: {', '.join(NAMES)}, or e.g. ObjectCreated:*."
            )
