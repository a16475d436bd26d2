"""Event notifications of a bucket."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

import pytest

from holdall.layers.forwarding import innermost
from holdall.models import NotificationConfig, NotificationRule
from holdall.testing.base import Suite, needs
from holdall.testing.calls import copy, delete, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall import groups
    from holdall.models import ObjectEvent
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness


def destination_of(harness: Harness) -> str:
    """Where events of this backend may go.

    Raises:
        AssertionError: The harness names no destination, though the store has notifications.
    """
    destination = harness.notification_destination()
    assert destination is not None, "a store with notifications needs Harness.notification_destination()"
    return destination


def rule_of(
    harness: Harness, *events: str, prefix: str = "", suffix: str = "", name: str | None = None
) -> NotificationRule:
    """A rule that sends events to the harness's destination."""
    return NotificationRule(
        events=events,
        destination=destination_of(harness),
        kind=harness.notification_kind,
        prefix=prefix,
        suffix=suffix,
        id=name,
    )


def set_rules(provider: StorageProvider, *rules: NotificationRule) -> None:
    """Replaces all rules."""
    cast("groups.Notifications", provider).set_notifications(NotificationConfig(rules))


class NotificationsSuite(Suite):
    """Rules are kept, and events arrive where they say."""

    def received(self, provider: StorageProvider, harness: Harness) -> Sequence[ObjectEvent]:
        """Events that have arrived; a harness that can't receive them ends the test here."""
        events = harness.receive_events(innermost(provider))
        if events is None:
            pytest.skip("the harness can't receive events of this backend; rules are tested without")
        return events

    @needs("notifications.rules")
    def test_rules_are_kept(self, provider: StorageProvider, harness: Harness) -> None:
        group = cast("groups.Notifications", provider)
        assert group.get_notifications() == NotificationConfig()
        rules = (
            rule_of(harness, "ObjectCreated:*", prefix="in/", suffix=".csv", name="a"),
            rule_of(harness, "ObjectRemoved:Delete", name="b"),
        )
        set_rules(provider, *rules)
        found = sorted(group.get_notifications().rules, key=lambda rule: rule.id or "")
        assert found == list(rules)

    @needs("notifications.rules")
    def test_rules_are_replaced_as_a_whole_and_removed(self, provider: StorageProvider, harness: Harness) -> None:
        group = cast("groups.Notifications", provider)
        rule = rule_of(harness, "ObjectCreated:*", name="a")
        set_rules(provider, rule)
        set_rules(provider, dataclasses.replace(rule, id="b"))
        assert [found.id for found in group.get_notifications().rules] == ["b"]
        group.set_notifications(NotificationConfig())
        assert group.get_notifications() == NotificationConfig()

    @needs("notifications.rules")
    def test_a_rule_without_a_name_gets_one(self, provider: StorageProvider, harness: Harness) -> None:
        set_rules(provider, rule_of(harness, "ObjectCreated:Put"))
        [rule] = cast("groups.Notifications", provider).get_notifications().rules
        assert rule.id

    @needs("notifications.event_bus")
    def test_the_event_bus_can_be_switched(self, provider: StorageProvider, harness: Harness) -> None:
        group = cast("groups.Notifications", provider)
        group.set_notifications(NotificationConfig(event_bus=True))
        assert group.get_notifications().event_bus
        group.set_notifications(NotificationConfig())
        assert not group.get_notifications().event_bus

    @needs("notifications.rules")
    def test_events_arrive(self, provider: StorageProvider, harness: Harness) -> None:
        rule = rule_of(harness, "ObjectCreated:*", "ObjectRemoved:*", name="a")
        set_rules(provider, rule)
        self.received(provider, harness)
        written = put(provider, "folder/a+b ü.txt", b"data")
        delete(provider, "folder/a+b ü.txt")
        created, removed = self.received(provider, harness)
        assert (created.name, removed.name) == ("ObjectCreated:Put", "ObjectRemoved:Delete")
        assert created.key == removed.key == "folder/a+b ü.txt"
        assert (created.bucket, created.size, created.etag) == (provider.info.bucket, 4, written.etag)
        assert created.rule_id == "a"
        assert created.sequencer is not None
        assert removed.sequencer is not None
        assert created.sequencer < removed.sequencer

    @needs("notifications.rules", "copy.server_side")
    def test_only_what_a_rule_asks_for_arrives(self, provider: StorageProvider, harness: Harness) -> None:
        rule = rule_of(harness, "ObjectCreated:Copy", prefix="in/", suffix=".csv", name="a")
        set_rules(provider, rule)
        self.received(provider, harness)
        put(provider, "in/a.csv", b"data")
        for key in ("in/copy.csv", "in/copy.txt", "out/copy.csv"):
            copy(provider, "in/a.csv", key)
        [event] = self.received(provider, harness)
        assert (event.name, event.key) == ("ObjectCreated:Copy", "in/copy.csv")
