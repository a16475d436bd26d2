"""The stores that file systems of this process have open, shared among them.

File systems are made by the dozen, one for each URL that somebody opens, and a provider's connections are too dear for
that. So the file systems are light and not cached (fsspec's cache would keep the constructor's arguments, secrets
among them, and would not notice when the configuration changes), and what they stand on is kept here. Stores are found
by their complete settings: other settings are another store. What could not be opened is not remembered.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from holdall.account import Account
from holdall.opening import layered, storage_of

if TYPE_CHECKING:
    from holdall.config import ResolvedStore
    from holdall.storage import Storage

MOST = 32
"""Stores that are kept open; beyond that the one that was asked for longest ago is let go."""


class OpenStore:
    """A store and its buckets, over the same connections. Made by ``open_store``."""

    def __init__(self, resolved: ResolvedStore) -> None:
        self.resolved = resolved
        self.spans_account = resolved.settings.spans_account
        self._buckets: dict[str, Storage] = {}
        if self.spans_account:
            self.account = Account(layered(resolved), store=resolved)
        else:
            self._storage = storage_of(resolved)

    def storage(self, bucket: str | None = None) -> Storage:
        """The store's one bucket, or, where it spans its account, the named one. No request."""
        if bucket is None:
            return self._storage
        storage = self._buckets.get(bucket)
        if storage is None:
            storage = self.account.open(bucket)
            self._buckets[bucket] = storage
        return storage


_stores: list[OpenStore] = []
_lock = threading.Lock()


def open_store(resolved: ResolvedStore) -> OpenStore:
    """The open store of these settings; opens it if there is none yet. No request is made."""
    with _lock:
        for store in _stores:
            if store.resolved == resolved:
                _stores.remove(store)
                break
        else:
            store = OpenStore(resolved)
        _stores.append(store)
        del _stores[:-MOST]
        return store


def _forget_after_fork() -> None:
    """Connections must not be shared between processes, and the lock may be held by a thread that is not here."""
    global _lock  # noqa: PLW0603 - the lock is the process's, like the list
    _lock = threading.Lock()
    _stores.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_after_fork)
