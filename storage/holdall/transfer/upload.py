"""Sending one object: in one request where it is small, in parts where it is not."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from holdall import cancelling
from holdall import options as opt
from holdall.checks import PUT, check_write
from holdall.transfer.agreement import etag_proves, md5_of, sent_unharmed
from holdall.transfer.bodies import FileSlice, as_buffer, as_file_slice, as_reader, cut, length_of, rewind
from holdall.transfer.completing import needs_parts
from holdall.transfer.confirming import confirmed
from holdall.transfer.crew import aside
from holdall.transfer.own_checksum import with_own_checksum
from holdall.transfer.parts import Parts
from holdall.transfer.plan import Limits, check_stream, part_size, stream_part_size
from holdall.transfer.progress import Meter
from holdall.transfer.spool import Spool, in_flight
from holdall.transfer.watching import at_rest, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from holdall.config.store import TransferSettings
    from holdall.models import Body, PutResult
    from holdall.provider import StorageProvider
    from holdall.transfer.bodies import SupportsRead
    from holdall.transfer.progress import Progress


def upload(
    provider: StorageProvider,
    key: str,
    data: Any,
    options: opt.PutOptions,
    settings: TransferSettings,
    progress: Progress | None = None,
    expected_size: int | None = None,
) -> PutResult:
    """Sends one object from whatever the user handed over.

    Args:
        provider: The store.
        key: Full key.
        data: Bytes, a binary file, or an iterable of bytes. A file is read from its position on and never closed.
        options: What to write.
        settings: Threshold, part size, and parts at the same time.
        progress: Is told how far it is.
        expected_size: About how many bytes a stream will have, where it can't tell itself.

    Returns:
        What became of it. Nothing is visible under the key before everything has arrived.
    """
    body: Body | None = as_buffer(data)
    if body is None:
        body = as_file_slice(data)
    if body is not None:
        check_source = watch(body) if isinstance(body, FileSlice) else at_rest
        options = with_own_checksum(provider, body, options, settings)
        if goes_at_once(provider, length_of(body), options, settings):
            return put_once(provider, key, body, options, progress, check_source)
        return Parts(provider, key, options, settings).send_body(body, progress, check_source=check_source)
    return _upload_stream(provider, key, as_reader(data), options, settings, progress, expected_size)


def goes_at_once(provider: StorageProvider, size: int, options: opt.PutOptions, settings: TransferSettings) -> bool:
    """Whether an object of so many bytes is sent in one request."""
    if not _has_parts(provider):
        return True
    return size < settings.multipart_threshold and not needs_parts(provider, options)


def _upload_stream(
    provider: StorageProvider,
    key: str,
    stream: SupportsRead,
    options: opt.PutOptions,
    settings: TransferSettings,
    progress: Progress | None,
    expected_size: int | None,
) -> PutResult:
    # A store without multipart uploads needs the whole object in one request, and with it its length.
    most = settings.multipart_threshold if _has_parts(provider) else None
    with ExitStack() as resources:
        head = resources.enter_context(Spool())
        head.fill(stream, most)
        if most is None or goes_at_once(provider, len(head), options, settings):
            options = with_own_checksum(provider, head.body(), options, settings)
            return put_once(provider, key, head.body(), options, progress)
        parts = Parts(provider, key, options, settings)
        chunk: int | None = settings.chunk_size
        if expected_size:
            chunk = part_size(expected_size, parts.limits, chunk)
        workers, keep = in_flight(stream_part_size(1, parts.limits, chunk), settings.max_concurrency)
        with Meter(progress, key, expected_size) as meter:
            # From here on parts are closed when nothing reads them any more: a thread in a dead connection hangs on.
            left = resources.pop_all()
            with closing(_cut_stream(head, stream, parts.limits, chunk, keep, left)) as pieces:
                return parts.send(pieces, meter, workers=workers, when_idle=left.close)


def _has_parts(provider: StorageProvider) -> bool:
    return provider.capabilities.supports("multipart.uploads")


def put_once(
    provider: StorageProvider,
    key: str,
    body: Body,
    options: opt.PutOptions,
    progress: Progress | None = None,
    check_source: Callable[[PutResult | None], None] = at_rest,
) -> PutResult:
    """Sends an object in one request, after checking that the store has what the options ask for.

    Args:
        provider: The store.
        key: Full key.
        body: The bytes.
        options: What to write.
        progress: Is told how far it is.
        check_source: Is called when it has been sent, with what became of it, and raises where the source has changed.

    Raises:
        SourceChanged: The source was changed meanwhile, and the object is there.
        ChecksumMismatch: What arrived is something else.
        RequestIgnored: It is there, and not encrypted as it was asked to be.
    """
    if options is not opt.PUT:
        check_write(provider, options, PUT)
    md5 = md5_of(body) if etag_proves(provider, options.encryption) else None
    if progress is None and md5 is None:
        result = _put(provider, key, body, options, None)
        check_source(result)
        return confirmed(provider, options.encryption, result)
    size = length_of(body)
    with Meter(progress, key, size) as meter:

        def send() -> PutResult:
            meter.advance(-meter.transferred)
            result = _put(provider, key, body, options, meter)
            check_source(result)  # before its ETag is compared with the MD5 of what the file had
            return result

        # With a condition a second attempt would meet what the first one wrote.
        unconditional = not options.if_absent and options.if_match is None
        result = send() if md5 is None else sent_unharmed(send, md5, again=unconditional)
        meter.advance(size - meter.transferred)
    return confirmed(provider, options.encryption, result)


def _put(provider: StorageProvider, key: str, body: Body, options: opt.PutOptions, meter: Meter | None) -> PutResult:
    """One request; that of a file ends when the call is cancelled."""
    rewind(body)
    if not isinstance(body, FileSlice):
        return provider.put(key, body, options)

    def send(check: Callable[[], None]) -> PutResult:
        checked = own.checked(check)
        return provider.put(key, checked if meter is None else meter.watch(checked), options)

    if cancelling.current() is None:
        return provider.put(key, body if meter is None else meter.watch(body), options)
    own = body.duplicate()  # its thread may still read when the caller has closed the file
    return aside(send, when_idle=lambda: os.close(own.fileno()))


def _cut_stream(
    head: Spool, stream: SupportsRead, limits: Limits, chunk_size: int | None, keep: int, resources: ExitStack
) -> Generator[Body | Spool, None, None]:
    """Parts of a stream, each good until whoever takes it closes it.

    Args:
        head: Bytes of the stream that have been read already.
        stream: What follows.
        limits: The store's.
        chunk_size: Of the first parts.
        keep: Bytes of each part that stay in memory.
        resources: Closes the parts that nobody takes.
    """
    begun, used, sent, number = head.body(), 0, 0, 1
    while True:
        size = stream_part_size(number, limits, chunk_size)
        left = len(head) - used
        if left >= size:
            check_stream(number, sent + size, limits)
            yield cut(begun, used, size)
            used, sent = used + size, sent + size
        else:
            part = resources.enter_context(Spool(keep))
            if left:
                part.add(cut(begun, used, left))
                used += left
            part.fill(stream, size)
            if not len(part) and number > 1:
                return
            sent += len(part)
            check_stream(number, sent, limits)
            yield part
            del part  # it would stay in memory while the next one is filled
        number += 1
