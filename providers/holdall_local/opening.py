"""From settings to a provider."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from holdall_local.oserrors import translated
from holdall_local.plain import PlainProvider
from holdall_local.provider import LocalProvider

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall_local.kind import LocalSettings


def open_local(settings: LocalSettings, store: str | None) -> StorageProvider:
    """Makes a provider, and the folder where it is missing and shall be made.

    A plain folder is made by the first write only: who reads ``file:///typo`` shall not find a folder there.

    Args:
        settings: The store's settings.
        store: The store's name, for messages.

    Raises:
        AccessDenied: The folder can't be made.
    """
    if settings.plain:
        return PlainProvider(settings, store)
    provider = LocalProvider(settings, store, settings.bucket)
    if settings.create:
        with translated():
            os.makedirs(provider.root, exist_ok=True)
    return provider
