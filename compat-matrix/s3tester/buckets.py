"""Scratch buckets of a run: made when first needed, removed with all that is in them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s3tester.cleaning import remove_bucket
from s3tester.concurrently import concurrently
from s3tester.scenario import ClientOptions

if TYPE_CHECKING:
    from s3tester.target import Clients

AWS_DEFAULT = "us-east-1"
"""The one region of AWS's that a request for a bucket does not name."""


class NoBucket(Exception):
    """The store made no bucket."""


class Buckets:
    """The buckets of one run. Their names begin with the run's.

    Args:
        clients: boto3 clients of the store.
        run: The run's name, e.g. ``s3tester-1f3a90c2``.
    """

    def __init__(self, clients: Clients, run: str) -> None:
        self._clients = clients
        self._run = run
        self._lock = threading.Lock()
        self._sharing = threading.Lock()  # held while a bucket is made that others wait for
        self._shared: dict[str, str | NoBucket] = {}
        self._made: list[str] = []
        self._count = 0
        self.server: str | None = None

    @property
    def client(self) -> Any:
        """The client that makes and removes them."""
        return self._clients.get("main", ClientOptions())

    def shared(self, name: str) -> str:
        """A bucket that scenarios share.

        Args:
            name: Which one, e.g. ``bucket``.

        Raises:
            NoBucket: The store made none.
        """
        with self._sharing:
            if name not in self._shared:
                try:
                    self._shared[name] = self._make(object_lock=False)
                except NoBucket as error:
                    self._shared[name] = error
            found = self._shared[name]
        if isinstance(found, NoBucket):
            raise found
        return found

    def answers_anything(self) -> bool:
        """Whether an object that nobody wrote is there: so answers a web server, or a proxy, that is no S3 store."""
        try:
            self.client.head_object(Bucket=self.shared("bucket"), Key="nobody-wrote-this")
        except (BotoCoreError, ClientError):
            return False
        return True

    def own(self, *, object_lock: bool) -> str:
        """A bucket of a scenario's own.

        Args:
            object_lock: With object lock.

        Raises:
            NoBucket: The store made none.
        """
        return self._make(object_lock=object_lock)

    def remove(self, bucket: str) -> str | None:
        """Empties and removes a bucket.

        Returns:
            What is left and why; ``None``: nothing.
        """
        problem = remove_bucket(self.client, bucket)
        if problem is None:
            self._forget(bucket)
        return problem

    def remove_all(self) -> list[str]:
        """Removes all buckets of the run, also those that scenarios made under its name.

        Returns:
            What is left and why.
        """
        with self._lock:
            names = dict.fromkeys(self._made)
        try:
            found = self.client.list_buckets().get("Buckets", [])
            names |= dict.fromkeys(each["Name"] for each in found if each["Name"].startswith(f"{self._run}-"))
        except (BotoCoreError, ClientError):  # then those that are known have to do
            pass
        problems = concurrently([lambda name=name: self.remove(name) for name in names], 8)  # type: ignore[misc] # of a lambda with a default
        return [each for each in problems if each]

    def _forget(self, bucket: str) -> None:
        with self._lock:
            self._made = [each for each in self._made if each != bucket]

    def _make(self, *, object_lock: bool) -> str:
        with self._lock:
            self._count += 1
            name = f"{self._run}-{self._count}"
            self._made.append(name)  # first: an answer that is lost may have made it
        given: dict[str, Any] = {"Bucket": name}
        target = self._clients.target
        if target.endpoint_url is None and target.region != AWS_DEFAULT:
            given["CreateBucketConfiguration"] = {"LocationConstraint": target.region}
        if object_lock:
            given["ObjectLockEnabledForBucket"] = True
        try:
            answer = self.client.create_bucket(**given)
        except ClientError as error:
            meta, told = error.response.get("ResponseMetadata", {}), error.response.get("Error", {})
            status, code = meta.get("HTTPStatusCode"), told.get("Code")
            self._forget(name)
            raise NoBucket(f"the store made no bucket: {status} {code} {told.get('Message') or ''}".strip()) from error
        except BotoCoreError as error:
            raise NoBucket(f"the store made no bucket: {error}") from error
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        self.server = self.server or headers.get("server")
        return name
