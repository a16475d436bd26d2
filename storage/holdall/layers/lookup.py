"""Writes of which nobody knows whether they were done: what the store has now is looked up, and told as it is.

An answer may be lost after the store has done what was asked. Most calls can simply be repeated. These can't:

* A write with a condition, repeated, may be refused because of its own first attempt. An object with the same bytes is
  no proof that this attempt wrote it: of two clients that count to six, one would be told so wrongly, and a count would
  be lost; and two that take a lock with the same bytes would both have it. So a refusal is passed on where it certainly
  is another's doing, and everything else is reported as what it is: not known.
* The completion of an upload, repeated, may find no upload any more. Its upload id was nobody else's, so an object that
  is made of these parts is this one.
* A bucket that was to be deleted, and is not there any more, is deleted.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, cast

from holdall import checksums
from holdall.errors import (
    BucketNotFound,
    IncompleteBody,
    NetworkError,
    ObjectNotFound,
    PreconditionFailed,
    ResponseError,
    Retry,
    ServerError,
    SlowDown,
    StorageError,
    StreamInterrupted,
    UploadNotFound,
)
from holdall.models import PutResult, SseC
from holdall.options import HeadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdall.groups import MultipartUploads
    from holdall.models import Body, Checksum, ObjectInfo, PartInfo
    from holdall.options import CompleteOptions, CopyOptions, DeleteOptions, PutOptions
    from holdall.provider import StorageProvider

_CLIENT_ERRORS = range(400, 500)
_MD5 = re.compile("[0-9a-f]{32}")
_BLOCK = 1024 * 1024


def may_be_done(error: StorageError) -> bool:
    """Whether the store may have done what a call asked for, although it failed so.

    Not so where nothing was sent, where the store refused (HTTP 4xx), and where it asked for fewer requests.
    """
    if error.sent is False or isinstance(error, SlowDown) or error.http_status in _CLIENT_ERRORS:
        return False
    return isinstance(error, (NetworkError, ServerError, ResponseError, StreamInterrupted, IncompleteBody))


def is_open(operation: str, args: Sequence[Any]) -> bool:
    """Whether a call that may have been done must not be reported as one that simply failed."""
    match operation:
        case "put" | "delete":
            return _has_condition(args[-1])
        case "copy":
            source, key, options = args
            return _has_condition(options) or (source.key == key and options.source_if_match is not None)
        case _:
            return operation == "complete_upload"


def _has_condition(options: PutOptions | CopyOptions | DeleteOptions) -> bool:
    return options.if_match is not None or getattr(options, "if_absent", False)


def settle(
    provider: StorageProvider,
    operation: str,
    args: Sequence[Any],
    doubt: StorageError,
    refusal: StorageError | None,
) -> Any:
    """Finds out what became of a call.

    Args:
        provider: Where to look.
        operation: Name of the method.
        args: Its arguments.
        doubt: The error that left the matter open.
        refusal: What a repeat was answered; ``None`` where no repeat got an answer.

    Returns:
        The call's result: it was done.

    Raises:
        StorageError: The refusal, where it certainly is no answer to an attempt that was done; else the doubt, with
            ``Retry.NEVER`` and a hint that says how to look.
    """
    match operation:
        case "put":
            raise put(provider, args, doubt, refusal)
        case "complete_upload":
            return complete_upload(provider, args, doubt, refusal)
        case "delete_bucket":
            return None
        case (
            _
        ):  # an object that is there, or not, does not tell by whose doing; of a copy, not even the bytes are known
            raise _not_known(doubt, {"copy": "copied", "delete": "deleted"}[operation])


def put(
    provider: StorageProvider, args: Sequence[Any], doubt: StorageError, refusal: StorageError | None
) -> StorageError:
    """What to raise of a ``put`` with a condition: the refusal, where it was create-only and the bytes are others."""
    key, body, options = cast("tuple[str, Body, PutOptions]", args)
    customer_key = options.encryption if isinstance(options.encryption, SseC) else None
    found = None if refusal is None else _head(provider, key, customer_key)
    same = None if found is None else _same_bytes(found, body)
    if refusal is not None and options.if_absent and same is False:
        return refusal
    return _not_known(doubt, "written", "An object with the same bytes is there, by whoever's doing." if same else "")


def complete_upload(
    provider: StorageProvider, args: Sequence[Any], doubt: StorageError, refusal: StorageError | None
) -> PutResult:
    """``complete_upload``: done, where the upload is gone and the object is made of its parts."""
    key, upload_id, parts, options = cast("tuple[str, str, Sequence[PartInfo], CompleteOptions]", args)
    there = False if isinstance(refusal, UploadNotFound) else _is_there(provider, key, upload_id)
    if there:
        raise refusal or doubt  # it was not completed, and may be once more
    found = None if there is None else _head(provider, key, options.customer_key)
    if found is None or not is_made_of(found, parts, options.checksum):
        raise _not_known(doubt, "completed")
    return PutResult(
        key=key,
        etag=found.etag,
        size=found.size,
        version_id=found.version_id,
        checksums=found.checksums,
        encryption=found.encryption,
        expiration=found.expiration,
        request_charged=found.request_charged,
    )


_REFUSALS: Mapping[str, tuple[type[StorageError], ...]] = {
    "put": (PreconditionFailed, ObjectNotFound),
    "copy": (PreconditionFailed, ObjectNotFound),
    "delete": (PreconditionFailed, ObjectNotFound),
    "complete_upload": (PreconditionFailed, UploadNotFound),
    "delete_bucket": (BucketNotFound,),
}
"""What a repeat may be answered because of an earlier attempt that was done."""


def may_be_own_doing(operation: str, args: Sequence[Any], refusal: StorageError) -> bool:
    """Whether a repeat may have been refused because an earlier attempt was done."""
    if not isinstance(refusal, _REFUSALS.get(operation, ())):
        return False
    return operation == "delete_bucket" or is_open(operation, args)


def _not_known(doubt: StorageError, done: str, found: str = "") -> StorageError:
    parts = (f"The answer was lost: this may or may not have been {done}.", found, "Look at the object, then decide.")
    doubt.hint = " ".join(part for part in parts if part)
    doubt.retry = Retry.NEVER
    return doubt


def _head(provider: StorageProvider, key: str, customer_key: SseC | None) -> ObjectInfo | None:
    try:
        return provider.head(key, HeadOptions(customer_key=customer_key, checksums=True))
    except StorageError:  # not there, or not to be had; either way it proves nothing
        return None


def _is_there(provider: StorageProvider, key: str, upload_id: str) -> bool | None:
    """Whether there is still that upload; ``None`` where that is not to be had."""
    try:
        cast("MultipartUploads", provider).list_parts(key, upload_id, 0, 1)
    except UploadNotFound:
        return False
    except StorageError:
        return None
    return True


def _same_bytes(found: ObjectInfo, body: Body) -> bool | None:
    """Whether an object has these bytes; ``None`` where there is nothing to compare."""
    if found.size != (body.nbytes if isinstance(body, memoryview) else len(body)):
        return False
    wanted = checksums.comparable(found.checksums)
    if wanted is not None:
        hasher = checksums.new(wanted.algorithm)
        _feed(hasher.update, body)
        return checksums.encode(hasher.digest()) == wanted.value
    md5 = hashlib.md5(usedforsecurity=False)
    _feed(md5.update, body)
    return True if found.etag == md5.hexdigest() else None  # another ETag need not be an MD5


def _feed(update: Callable[[bytes | bytearray | memoryview], None], body: Body) -> None:
    if isinstance(body, (bytes, bytearray, memoryview)):
        update(body)
        return
    body.seek(0)
    while data := body.read(_BLOCK):
        update(data)


def is_made_of(found: ObjectInfo, parts: Sequence[PartInfo], known: Checksum | None) -> bool:
    """Whether an object is what the completion of these parts makes, by its ETag or its checksum.

    The ETag of a multipart object is the MD5 of its parts' MD5s and their number, where the parts' ETags are MD5s.
    """
    sizes = [part.size for part in parts if part.size is not None]
    if len(sizes) == len(parts) and sum(sizes) != found.size:
        return False
    if known is not None and known in found.checksums:
        return True
    for checksum in found.checksums:
        own = [own for part in parts for own in part.checksums if own.algorithm is checksum.algorithm]
        if checksum.composite and len(own) == len(parts):
            return checksums.composite(checksum.algorithm, own).value == checksum.value
    if not all(_MD5.fullmatch(part.etag) for part in parts):
        return False
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    return found.etag == f"{digest.hexdigest()}-{len(parts)}"
