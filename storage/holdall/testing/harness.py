"""What a provider's author gives to the kit: how to get a provider on an empty bucket, and how to look from outside."""

from __future__ import annotations

import abc
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import Message

    from holdall.models import ObjectEvent
    from holdall.provider import StorageProvider


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Answer to a plain HTTP request.

    Attributes:
        status: HTTP status.
        headers: Headers, names in lower case.
        body: The body, whole.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Harness(abc.ABC):
    """Connects the kit with one backend.

    Attributes:
        slow: A request takes tens of milliseconds: the kit then makes fewer rounds and smaller bodies. Default False.
        notification_kind: What ``notification_destination`` names: a ``queue`` (default), ``topic`` or ``function``.
    """

    slow: bool = False
    notification_kind: str = "queue"

    @abc.abstractmethod
    def make_provider(self) -> StorageProvider:
        """A provider on a bucket that is new and empty, where versioning was never switched on.

        Called several times in one test where a test needs several buckets. The kit closes the provider; what it left
        in the bucket is removed by ``close``.
        """

    @abc.abstractmethod
    def missing_bucket_provider(self) -> StorageProvider:
        """A provider on a bucket that does not exist."""

    def close(self) -> None:  # noqa: B027 -- many a harness has nothing to remove
        """Removes what was made. Called by whoever made the harness, usually the fixture."""

    def http(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        """Sends a plain HTTP request without any credentials, to use presigned URLs as a stranger does.

        Args:
            method: e.g. ``GET``.
            url: A URL that the provider made.
            headers: Headers to send.
            body: Body to send.

        Returns:
            The answer, whatever its status.
        """
        request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)  # noqa: S310 -- made by the provider under test
        if not request.has_header("Content-type"):
            # urllib would send that of a form, which a signature might not cover.
            request.add_unredirected_header("Content-Type", "")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- as above
                return HttpAnswer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return HttpAnswer(error.code, _lower(error.headers), error.read())

    def count_requests(self) -> int | None:
        """Number of requests that reached the backend so far, where it can be told; shows that a refusal sent none."""
        return None

    def secrets(self) -> Sequence[str]:
        """What must never be found in a pickle, a repr or an error: keys, passwords, tokens. Default: none."""
        return ()

    def notification_destination(self) -> str | None:
        """A destination that notification rules of this backend may name; ``None`` where there is none to use."""
        return None

    def receive_events(self, provider: StorageProvider) -> Sequence[ObjectEvent] | None:
        """Events that reached ``notification_destination`` since the last call, oldest first; waits for them.

        Args:
            provider: The bare provider that ``make_provider`` returned.

        Returns:
            The events; ``None`` where they can't be received here.
        """
        return None


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
