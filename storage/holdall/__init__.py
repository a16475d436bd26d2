"""One storage interface for Python; any store behind it.

    >>> import holdall
    >>> lake = holdall.open_storage("memory://example")
    >>> lake.put("hello.txt", b"hello").size
    5
    >>> lake.get("hello.txt").read()
    b'hello'

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdall.account import Account as Account
    from holdall.aio import AsyncStorage as AsyncStorage
    from holdall.between import copy_between as copy_between
    from holdall.capabilities import Capabilities as Capabilities
    from holdall.capabilities import Support as Support
    from holdall.errors import StorageError as StorageError
    from holdall.models import ByteRange as ByteRange
    from holdall.models import Checksum as Checksum
    from holdall.models import ChecksumAlgorithm as ChecksumAlgorithm
    from holdall.models import CopySource as CopySource
    from holdall.models import NotificationConfig as NotificationConfig
    from holdall.models import NotificationRule as NotificationRule
    from holdall.models import ObjectEntry as ObjectEntry
    from holdall.models import ObjectInfo as ObjectInfo
    from holdall.models import ObjectRef as ObjectRef
    from holdall.models import ObjectVersion as ObjectVersion
    from holdall.models import SseC as SseC
    from holdall.models import SseKms as SseKms
    from holdall.models import SseS3 as SseS3
    from holdall.models import StorageClass as StorageClass
    from holdall.models import Versioning as Versioning
    from holdall.opening import open_account as open_account
    from holdall.opening import open_storage as open_storage
    from holdall.options import UNSET as UNSET
    from holdall.provider import StorageProvider as StorageProvider
    from holdall.registry import ProviderKind as ProviderKind
    from holdall.storage import Storage as Storage

_HOME = {
    "UNSET": "options",
    "Account": "account",
    "AsyncStorage": "aio",
    "ByteRange": "models",
    "Capabilities": "capabilities",
    "Checksum": "models",
    "ChecksumAlgorithm": "models",
    "CopySource": "models",
    "NotificationConfig": "models",
    "NotificationRule": "models",
    "ObjectEntry": "models",
    "ObjectInfo": "models",
    "ObjectRef": "models",
    "ObjectVersion": "models",
    "ProviderKind": "registry",
    "SseC": "models",
    "SseKms": "models",
    "SseS3": "models",
    "Storage": "storage",
    "StorageClass": "models",
    "StorageError": "errors",
    "StorageProvider": "provider",
    "Support": "capabilities",
    "Versioning": "models",
    "copy_between": "between",
    "open_account": "opening",
    "open_storage": "opening",
}

__all__ = [*_HOME, "__version__", "errors"]  # noqa: PLE0604 - they are strings


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"holdall.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - reading metadata takes longer than everything here

        return version("holdall")
    if name in {"errors", "models", "options"}:
        return importlib.import_module(f"holdall.{name}")
    raise AttributeError(f"module 'holdall' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
