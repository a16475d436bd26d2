"""Whether a store says that it encrypted as it was asked to. Pure functions."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from holdall.errors import RequestIgnored
from holdall.models import SseC, SseS3

if TYPE_CHECKING:
    from holdall.models import Encryption, EncryptionInfo


def check_encryption(asked: Encryption | None, told: EncryptionInfo | None, *, version_id: str | None = None) -> None:
    """Makes sure that the store says it encrypted as it was asked to.

    Args:
        asked: What the request asked for.
        told: What the answer says.
        version_id: The version that was written, for the error.

    Raises:
        RequestIgnored: It does not say so.
    """
    if asked is None:
        return
    missing = _missing(asked, told)
    if missing is not None:
        raise RequestIgnored(
            f"the store said yes and {missing}",
            version_id=version_id,
            hint="What was written is there, and not encrypted as asked: delete it if that must not be.",
        )


def check_what_is_told(asked: Encryption | None, told: EncryptionInfo | None, *, version_id: str | None = None) -> None:
    """As ``check_encryption``, where the answer says enough to tell.

    Raises:
        RequestIgnored: It says that the object is encrypted in another way.
    """
    if is_told(asked, told):
        check_encryption(asked, told, version_id=version_id)


def is_told(asked: Encryption | None, told: EncryptionInfo | None) -> bool:
    """Whether an answer has enough in it to confirm, or to refute, what was asked for."""
    if asked is None:
        return True
    if told is None:
        return False
    if isinstance(asked, SseC):
        return told.customer_key_md5 is not None
    return isinstance(asked, SseS3) or asked.key_id is None or told.key_id is not None


def _missing(asked: Encryption, told: EncryptionInfo | None) -> str | None:
    if told is None:
        return "says nothing of encryption"
    if isinstance(asked, SseS3):
        return None if told.algorithm == "AES256" and not told.customer_key_md5 else f"tells of {told.algorithm}"
    if isinstance(asked, SseC):
        same = told.customer_key_md5 == customer_key_md5(asked.key)
        return None if same else "does not confirm the customer's key"
    wanted = "aws:kms:dsse" if asked.dual_layer else "aws:kms"
    if told.algorithm != wanted:
        return f"tells of {told.algorithm} instead of {wanted}"
    return None if _same_key(asked.key_id, told.key_id) else f"tells of the key {told.key_id} instead of {asked.key_id}"


def _same_key(asked: str | None, told: str | None) -> bool:
    """Whether a key that was asked for is the one told: an ARN is told whatever form was asked in.

    An alias leads to a key that can't be compared with it: then that there is a key has to do. MinIO's ARNs name
    neither region nor account (measured on minio/minio@7aac2a2c5).
    """
    if asked is None or told is None:
        return asked is None
    if "alias/" in asked:
        return True
    same = {asked, f"arn:aws:kms:{asked}"}
    return told in same or told.endswith(f"/{asked}") or asked.endswith(f"/{told}")


def customer_key_md5(key: bytes) -> str:
    """Base64 MD5 of a customer's key, which a store answers so that the right key can be recognised."""
    return base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
