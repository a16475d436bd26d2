"""What comes in: bodies, checksums, and options that this store refuses."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from holdall import validation
from holdall.errors import IncompleteBody, OptionNotSupported, UnsupportedOperation
from holdall_memory.features import MAX_TAGS, METADATA_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.models import Body, Checksum
    from holdall.options import WriteOptions
    from holdall.semantics.integrity import Digests


def refuse_unknown(options: object) -> None:
    """Refuses what this store can't do.

    Args:
        options: Options of any operation.

    Raises:
        OptionNotSupported: Another provider's options.
        UnsupportedOperation: Encryption at rest: the store's bytes lie in this process's memory.
    """
    backend = getattr(options, "backend", None)
    if backend is not None:
        raise OptionNotSupported(
            f"the memory provider has no options of its own and was given {type(backend).__name__}",
            hint="Leave 'backend' out for this store.",
        )
    for name in ("encryption", "customer_key", "source_customer_key"):
        if getattr(options, name, None) is not None:
            raise UnsupportedOperation(
                f"{name}: the memory provider does not encrypt", hint="Leave it out, or choose a store that encrypts."
            )


def check_described(options: WriteOptions) -> None:
    """Checks what an object is to be described with.

    Raises:
        OptionNotSupported, UnsupportedOperation: As ``refuse_unknown``.
        InvalidMetadata: More than 2 KiB, or what could not be a header.
        InvalidTags: As ``check_tags``.
    """
    refuse_unknown(options)
    validation.clean_metadata(options.metadata, METADATA_MAX_BYTES)
    check_tags(options.tags)


def check_tags(tags: Mapping[str, str]) -> None:
    """Checks tags against the store's limits.

    Raises:
        InvalidTags: Too many, or a key or value is too long.
    """
    validation.check_tags(tags, MAX_TAGS)


def read_body(body: Body) -> bytes:
    """All bytes of a body, as a copy that the caller can't change any more.

    Raises:
        IncompleteBody: The reader ended before its announced length.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    size = left = len(body)
    pieces = []
    while left:
        piece = body.read(left)
        if not piece:
            raise IncompleteBody(f"the body ended {left} bytes before its announced {size}")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def verified(data: bytes, digests: Digests) -> tuple[Checksum, ...]:
    """Verifies bytes that came in, and computes the checksum that was asked for.

    Args:
        data: The bytes.
        digests: What to verify and compute.

    Returns:
        The checksum to keep; empty where none was given or asked for.

    Raises:
        ChecksumMismatch: The bytes are others.
    """
    digests.update(data)
    return digests.verified()


def md5(data: bytes) -> bytes:
    """The MD5 of some bytes; nothing here relies on it for security."""
    return hashlib.md5(data, usedforsecurity=False).digest()
