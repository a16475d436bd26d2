"""The bytes of one large object, from store to store: ranges of it become parts of the copy, several at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from holdall import options as opt
from holdall.claims import Piece, refuted
from holdall.errors import ChecksumMismatch, ObjectNotFound, PreconditionFailed, RangeNotSatisfiable, SourceChanged
from holdall.models import ByteRange
from holdall.reading import CHUNK
from holdall.transfer.comparing import Comparing
from holdall.transfer.parts import Parts
from holdall.transfer.plan import MIB, part_size
from holdall.transfer.progress import Meter
from holdall.transfer.spool import Spool, in_flight

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.claims import Claim
    from holdall.config.store import TransferSettings
    from holdall.models import Body, ObjectInfo, PartInfo, PutResult
    from holdall.provider import StorageProvider
    from holdall.reading import GetResult
    from holdall.transfer.progress import Progress

PART = 8 * MIB
"""Bytes per part where nothing asks for others: they wait in memory, where six of them find room."""


def stream_parts(
    read: Callable[[opt.GetOptions], GetResult],
    asked: opt.GetOptions,
    info: ObjectInfo,
    claim: Claim | None,
    exactly: Callable[[Claim], Claim | None],
    provider: StorageProvider,
    key: str,
    options: opt.PutOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
) -> PutResult:
    """Copies an object from one store to another, in parts that are read and sent at the same time.

    Every byte is asked for once: a part is here as a whole before it is sent, in memory (``STREAM_MEMORY`` for all of
    them) or, where parts are large, in a temporary file.

    Args:
        read: Reads the source.
        asked: Version, key of the encryption, and what pins the source to the object that ``info`` is about.
        info: The source.
        claim: What its store says of its bytes; ``None`` where that is nothing.
        exactly: See ``claims.refuted``.
        provider: The store to be written to.
        key: Full key there.
        options: What to write.
        settings: Of the target: part size, and parts at the same time.
        progress: Is told how far it is, by the part.

    Raises:
        SourceChanged: The source was replaced or deleted meanwhile. Nothing was written.
        ChecksumMismatch: The bytes that came are not the source's, or those that arrived are not what was sent.
    """
    parts = Parts(provider, key, options, settings)
    step = part_size(info.size, parts.limits, settings.chunk_size or PART)
    workers, keep = in_flight(step, settings.max_concurrency)
    pieces = [ByteRange(start, min(start + step, info.size)) for start in range(0, info.size, step)]
    comparing = None if claim is None else Comparing(claim)
    own = threading.local()  # each thread fills its one buffer again and again: fresh memory is dear

    def make(upload_id: str, number: int, piece: ByteRange, check: Callable[[], None]) -> PartInfo:
        with Spool(keep) as spool, _open_piece(read, asked, info, piece) as result:
            body: Body
            if result.length > keep:
                while chunk := result.read(CHUNK):
                    check()
                    spool.write(chunk)
                body = spool.body()
            else:
                own.buffer = getattr(own, "buffer", None) or bytearray(keep)
                body = memoryview(own.buffer)[: result.length]
                _fill(result, body, check)
            if comparing is not None:
                comparing.add(Piece(piece.start, piece.start + result.length), body, check)
            return parts.send_part(upload_id, number, body)

    def confirm(_parts: object) -> None:
        if comparing is not None:
            _check(comparing, exactly, info)

    with Meter(progress, key, info.size) as meter:
        return parts.put_together(
            pieces,
            make,
            workers=workers,
            done=lambda piece: meter.advance(_length(piece)),
            confirm=confirm,
        )


def _open_piece(
    read: Callable[[opt.GetOptions], GetResult], asked: opt.GetOptions, info: ObjectInfo, piece: ByteRange
) -> GetResult:
    """A range of the source, of just the object that the copy began with."""
    try:
        result = read(opt.GetOptions(
            range=piece,
            version_id=asked.version_id,
            if_match=asked.if_match,
            customer_key=asked.customer_key,
        ))  # fmt: skip
    except (PreconditionFailed, ObjectNotFound, RangeNotSatisfiable) as error:
        raise _changed(info) from error
    if (result.info.etag, result.info.size) != (info.etag, info.size):  # the store does not know conditions
        result.close()
        raise _changed(info)
    return result


def _fill(result: GetResult, buffer: memoryview, check: Callable[[], None]) -> None:
    filled = 0
    while count := result.readinto(buffer[filled : filled + CHUNK]):
        filled += count
        check()


def _check(comparing: Comparing, exactly: Callable[[Claim], Claim | None], info: ObjectInfo) -> None:
    """Compares the bytes with what the source's store says of them."""
    claim, found = comparing.claim, comparing.found()
    if not refuted(claim, found, exactly, info.key):
        return
    raise ChecksumMismatch(
        f"the {claim.proof} ({claim.algorithm}) of the bytes that arrived is {found}, that of the source "
        f"{claim.value}; nothing was written",
        key=info.key,
        operation="get",
        hint="The bytes changed on the way or at rest; try again, then restore the source from elsewhere.",
    )


def _length(piece: ByteRange) -> int:
    return (piece.stop or 0) - piece.start


def _changed(info: ObjectInfo) -> SourceChanged:
    return SourceChanged(
        f"{info.key!r} was replaced or deleted while it was copied; nothing was written",
        key=info.key,
        operation="get",
        hint="Copy it again, or copy a version by its version_id.",
    )
