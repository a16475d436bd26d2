"""Accounts: everything of one name that lives in this process, under one lock.

The data stays until the process ends or it is deleted. A forked child has a copy of its own.
"""

from __future__ import annotations

import itertools
import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from holdall.errors import BucketNotFound

if TYPE_CHECKING:
    from holdall.models import ObjectEvent
    from holdall_memory.bucket import Bucket


class Account:
    """Buckets and event queues.

    Attributes:
        name: The name under which it is found.
        lock: Held during every operation; what happens under it is atomic for all others.
        buckets: By name.
        queues: Event queues by name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()
        self.buckets: dict[str, Bucket] = {}
        self.queues: dict[str, SimpleQueue[ObjectEvent]] = {}
        self._serials = itertools.count(1)

    def next_serial(self) -> int:
        """A number greater than all before it; versions, uploads and events are ordered by it."""
        return next(self._serials)

    def bucket(self, name: str) -> Bucket:
        """A bucket.

        Raises:
            BucketNotFound: It is not there.
        """
        try:
            return self.buckets[name]
        except KeyError:
            raise BucketNotFound("there is no such bucket", bucket=name) from None

    def queue(self, name: str) -> SimpleQueue[ObjectEvent]:
        """An event queue, made when first asked for."""
        return self.queues.setdefault(name, SimpleQueue())


_accounts: dict[str, Account] = {}
_accounts_lock = threading.Lock()


def account(name: str) -> Account:
    """The account of a name in this process, made when first asked for."""
    with _accounts_lock:
        if name not in _accounts:
            _accounts[name] = Account(name)
        return _accounts[name]


# A fork copies memory as it is. With all locks held by the forking thread no operation is halfway through, and the
# child does not inherit a lock that a thread holds which it has not got.
def _before_fork() -> None:
    _accounts_lock.acquire()
    for known in _accounts.values():
        known.lock.acquire()


def _after_fork() -> None:
    for known in _accounts.values():
        known.lock.release()
    _accounts_lock.release()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
