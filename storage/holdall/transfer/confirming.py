"""What a write was asked for and its answer does not confirm is looked at, before anybody believes it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

from holdall.errors import RequestIgnored, Retry, StorageError
from holdall.models import CopyResult, PutResult, SseC
from holdall.options import HeadOptions
from holdall.semantics.encryption import check_encryption, is_told

if TYPE_CHECKING:
    from holdall.models import Encryption, EncryptionInfo
    from holdall.provider import StorageProvider

Written = TypeVar("Written", PutResult, CopyResult)


def confirmed(provider: StorageProvider, asked: Encryption | None, result: Written) -> Written:
    """What became of a write, made sure that it is encrypted as it was asked to be.

    Args:
        provider: The store; it is asked once more where the answer to the write does not tell.
        asked: What the write asked for.
        result: What the store answered.

    Raises:
        RequestIgnored: It is there, and not encrypted so.
        StorageError: It is there, and nobody knows whether it is.
    """
    if not is_told(asked, result.encryption):
        result = dataclasses.replace(result, encryption=_look(provider, asked, result))
    try:
        check_encryption(asked, result.encryption, version_id=result.version_id)
    except RequestIgnored as error:
        error.add_context(store=provider.info.store, bucket=provider.info.bucket, key=result.key)
        raise
    return result


def _look(provider: StorageProvider, asked: Encryption | None, result: Written) -> EncryptionInfo | None:
    customer_key = asked if isinstance(asked, SseC) else None
    try:
        found = provider.head(result.key, HeadOptions(version_id=result.version_id, customer_key=customer_key))
    except StorageError as error:
        error.retry = Retry.NEVER  # of the write, which has succeeded: a condition would meet what it wrote
        error.hint = "The object was written; whether it is encrypted as asked is not known: look with 'head'."
        raise
    return found.encryption
