"""What the parts of an upload say about the object that they make, and whether the store made just that."""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from holdall import cancelling, checksums
from holdall.errors import ChecksumMismatch, Retry, StorageError
from holdall.models import Checksum, PartInfo, PutResult, SseC, SseKms
from holdall.options import HeadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdall.models import Body, ChecksumAlgorithm, Encryption, EncryptionInfo
    from holdall.options import CreateUploadOptions
    from holdall.provider import StorageProvider

Sent = TypeVar("Sent", PartInfo, PutResult)

CHUNK = 1024 * 1024
"""Bytes read at a time."""
ATTEMPTS = 3
"""How often bytes are sent that do not arrive as they were."""
_MD5 = re.compile(r"[0-9a-f]{32}")


def whole_checksum(parts: Sequence[PartInfo], algorithm: ChecksumAlgorithm) -> Checksum | None:
    """The checksum of all bytes, from those of the parts.

    Args:
        parts: All parts, in order.
        algorithm: Which checksum.

    Returns:
        ``None`` where it does not follow from theirs: not a CRC, or a part without it, or one of unknown size.
    """
    if not checksums.can_combine(algorithm):
        return None
    whole: bytes | None = None
    for part in parts:
        own = _of(part, algorithm)
        if own is None or part.size is None:
            return None
        digest = base64.b64decode(own.value)
        whole = digest if whole is None else checksums.combine(algorithm, whole, digest, part.size)
    return None if whole is None else Checksum(algorithm, checksums.encode(whole))


def composite_checksum(parts: Sequence[PartInfo], algorithm: ChecksumAlgorithm) -> Checksum | None:
    """The checksum of the parts' checksums; ``None`` where a part has none."""
    own = [found for part in parts if (found := _of(part, algorithm)) is not None]
    return checksums.composite(algorithm, own) if len(own) == len(parts) else None


def _of(part: PartInfo, algorithm: ChecksumAlgorithm) -> Checksum | None:
    return next((each for each in part.checksums if each.algorithm is algorithm), None)


def multipart_etag(parts: Sequence[PartInfo]) -> str | None:
    """The ETag that S3 gives an object of these parts: the MD5 of their MD5s, and their number.

    Returns:
        ``None`` where an ETag of theirs is no MD5.
    """
    if not all(_MD5.fullmatch(part.etag) for part in parts):
        return None
    joined = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


def check_given(given: Checksum | None, parts: Sequence[PartInfo]) -> None:
    """Compares what the caller said of all bytes with what was read, before anything becomes visible.

    Raises:
        ChecksumMismatch: They differ.
    """
    found = whole_checksum(parts, given.algorithm) if given is not None else None
    if given is not None and found is not None and found.value != given.value:
        raise ChecksumMismatch(
            f"{given.algorithm}: the data has {found.value}, announced was {given.value}; nothing was written"
        )


def check_result(
    provider: StorageProvider, result: PutResult, parts: Sequence[PartInfo], create: CreateUploadOptions
) -> None:
    """Compares what the store says of the object with its parts, wherever it says something that can be compared.

    Args:
        provider: The store.
        result: What completing the upload told.
        parts: All parts, in order.
        create: How the upload was begun; under keys that are not the store's own, ETags are no MD5s.

    Raises:
        ChecksumMismatch: The object is another one than was sent.
    """
    told = [(str(each.algorithm), each.value, _expected(each, parts)) for each in result.checksums]
    told.append(("ETag", result.etag or "", multipart_etag(parts)))
    for name, found, expected in told:
        if found and expected is not None and found != expected:
            if name == "ETag" and not _etags_are_md5s(provider, result, create):
                continue
            raise ChecksumMismatch(
                f"the store made an object whose {name} is {found}; that of the parts which were sent is {expected}",
                key=result.key,
                version_id=result.version_id,
                hint="The object is there, and is not what was sent: delete it, and write it again.",
            )


def etag_proves(provider: StorageProvider, encryption: Encryption | None) -> bool:
    """Whether the ETag of what is sent has to show that it arrived: where the store checks nothing that is better.

    Args:
        provider: The store.
        encryption: What was asked for.
    """
    capabilities = provider.capabilities
    return (
        not capabilities.checksums.algorithms
        and capabilities.supports("checksums.md5_etag", safety=True)
        and not isinstance(encryption, (SseKms, SseC))
    )


def md5_of(body: Body) -> str:
    """What the ETag of a body must be where ETags are MD5s; the body is at its start before and after."""
    hasher = hashlib.md5(usedforsecurity=False)
    if isinstance(body, (bytes, bytearray, memoryview)):
        hasher.update(body)
    else:
        while data := body.read(CHUNK):
            cancelling.check()
            hasher.update(data)
        body.seek(0)
    return hasher.hexdigest()


def sent_unharmed(send: Callable[[], Sent], md5: str, *, again: bool = True) -> Sent:
    """Sends a body until its ETag is its MD5; where the answer tells of other keys than the store's, it proves nothing.

    Args:
        send: Sends it.
        md5: The body's.
        again: It may be sent again, ``ATTEMPTS`` times in all.

    Raises:
        ChecksumMismatch: What arrived is something else.
    """
    sent = send()
    for _ in range(ATTEMPTS - 1 if again else 0):
        if sent.etag == md5 or _has_other_keys(sent.encryption):
            break
        sent = send()
    if sent.etag == md5 or _has_other_keys(sent.encryption):
        return sent
    raise ChecksumMismatch(
        f"the MD5 of what was sent is {md5}, and the store says that it got {sent.etag}",
        retry=Retry.NEVER,
        hint="Something on the way changes the bytes. If an object was written, it is not what was sent: delete it.",
    )


def _expected(told: Checksum, parts: Sequence[PartInfo]) -> str | None:
    find = composite_checksum if told.composite else whole_checksum
    expected = find(parts, told.algorithm)
    return expected.value if expected is not None else None


def _etags_are_md5s(provider: StorageProvider, result: PutResult, create: CreateUploadOptions) -> bool:
    """Whether the ETag of an object must be made of MD5s: where the store's are, and the object has no other keys.

    A bucket may encrypt by default, and the answer to a completion need not tell: then the object itself is asked.
    """
    if not provider.capabilities.supports("checksums.md5_etag", safety=True):
        return False
    if isinstance(create.encryption, (SseKms, SseC)):
        return False
    encryption = result.encryption
    if encryption is None:
        with suppress(StorageError):  # then nothing speaks for another kind of ETag
            encryption = provider.head(result.key, HeadOptions(version_id=result.version_id)).encryption
    return not _has_other_keys(encryption)


def _has_other_keys(encryption: EncryptionInfo | None) -> bool:
    """Whether something is encrypted with keys that are not the store's own: then its ETag is no MD5."""
    return encryption is not None and (encryption.algorithm != "AES256" or encryption.customer_key_md5 is not None)
