"""From settings to a provider."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from holdall.errors import InvalidConfiguration
from holdall_local.plain import PlainProvider
from holdall_local.provider import LocalProvider

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall_local.kind import LocalSettings


def open_local(settings: LocalSettings, store: str | None) -> StorageProvider:
    """Makes a provider; a missing folder is made by the first write: who reads a typo shall not find a folder there.

    Args:
        settings: The store's settings.
        store: The store's name, for messages.

    Raises:
        InvalidConfiguration: The root is a file.
    """
    root = str(settings.root)
    if os.path.exists(root) and not os.path.isdir(root):
        raise InvalidConfiguration(
            f"the root {root} is a file, not a folder", hint="Name a folder as the store's root."
        )
    if settings.plain:
        return PlainProvider(settings, store)
    return LocalProvider(settings, store, settings.bucket, create=settings.create)
