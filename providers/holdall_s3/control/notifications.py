"""Event notifications of the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidRequest
from holdall.models import NotificationConfig, NotificationRule
from holdall_s3.errors import Asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from holdall_s3.calls import Calls

# Kind -> list in the configuration, and the name of the destination's ARN in it.
_LISTS: Mapping[str, tuple[str, str]] = {
    "queue": ("QueueConfigurations", "QueueArn"),
    "topic": ("TopicConfigurations", "TopicArn"),
    "function": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
}


def _asked(calls: Calls, operation: str) -> Asked:
    return Asked(operation=operation, bucket=calls.bucket, unproven=calls.unproven("notifications.rules"))


def get_notifications(calls: Calls) -> NotificationConfig:
    """GetBucketNotificationConfiguration."""
    asked = _asked(calls, "get_notifications")
    answer = calls.call("get_bucket_notification_configuration", {"Bucket": calls.bucket}, asked)
    return from_answer(answer)


def set_notifications(calls: Calls, config: NotificationConfig) -> None:
    """PutBucketNotificationConfiguration."""
    parameters = {"Bucket": calls.bucket, "NotificationConfiguration": to_parameters(config)}
    asked = _asked(calls, "set_notifications")
    calls.call("put_bucket_notification_configuration", parameters, asked)


def from_answer(answer: Mapping[str, Any]) -> NotificationConfig:
    """A bucket's rules as the store tells them."""
    return NotificationConfig(rules=tuple(_rules(answer)), event_bus="EventBridgeConfiguration" in answer)


def _rules(answer: Mapping[str, Any]) -> Iterator[NotificationRule]:
    for kind, (name, arn) in _LISTS.items():
        for entry in answer.get(name, ()):
            # The API writes the names of filters in either case.
            filters = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
            found = {rule["Name"].lower(): rule.get("Value", "") for rule in filters}
            yield NotificationRule(
                events=tuple(event.removeprefix("s3:") for event in entry["Events"]),
                destination=entry[arn],
                kind=kind,
                prefix=found.get("prefix", ""),
                suffix=found.get("suffix", ""),
                id=entry.get("Id"),
            )


def to_parameters(config: NotificationConfig) -> dict[str, Any]:
    """A bucket's rules as the API takes them.

    Raises:
        InvalidRequest: A rule has no events, or a destination of an unknown kind.
    """
    parameters: dict[str, Any] = {}
    for rule in config.rules:
        if rule.kind not in _LISTS:
            raise InvalidRequest(f"a notification can't go to a {rule.kind!r}; it goes to a {', '.join(_LISTS)}")
        if not rule.events:
            raise InvalidRequest("a notification rule without events would never fire")
        name, arn = _LISTS[rule.kind]
        parameters.setdefault(name, []).append(_entry(rule, arn))
    if config.event_bus:
        parameters["EventBridgeConfiguration"] = {}
    return parameters


def _entry(rule: NotificationRule, arn: str) -> dict[str, Any]:
    entry: dict[str, Any] = {arn: rule.destination, "Events": [_event(name) for name in rule.events]}
    if rule.id is not None:
        entry["Id"] = rule.id
    filters = list(_filters((("prefix", rule.prefix), ("suffix", rule.suffix))))
    if filters:
        entry["Filter"] = {"Key": {"FilterRules": filters}}
    return entry


def _event(name: str) -> str:
    return name if name.startswith("s3:") else f"s3:{name}"


def _filters(pairs: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    for name, value in pairs:
        if value:
            yield {"Name": name, "Value": value}
