"""Sending one object: in one request where it is small, in parts where it is not."""

from __future__ import annotations

import dataclasses
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, cast

from holdall import options as opt
from holdall.checks import COMPLETE, CREATE_UPLOAD, PUT, check_options, check_write
from holdall.errors import InvalidRequest, StorageError, TooManyParts
from holdall.models import ChecksumAlgorithm, SseC
from holdall.transfer.bodies import as_buffer, as_file_slice, as_reader, cut, length_of
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.plan import Limits, part_size, stream_part_size
from holdall.transfer.progress import ProgressEvent
from holdall.transfer.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from holdall.config.store import TransferSettings
    from holdall.groups import MultipartUploads
    from holdall.models import Body, PartInfo, PutResult
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
        settings: Threshold and part size.
        progress: Is told how far it is.
        expected_size: About how many bytes a stream will have, where it can't tell itself.

    Returns:
        What became of it. Nothing is visible under the key before everything has arrived.
    """
    body: Body | None = as_buffer(data)
    if body is None:
        body = as_file_slice(data)
    if body is not None:
        if length_of(body) < settings.multipart_threshold or not _has_parts(provider):
            return put_once(provider, key, body, options, progress)
        parts = _cut(body, Limits.of(provider.capabilities), settings.chunk_size)
        return upload_parts(provider, key, parts, options, progress, length_of(body))

    stream = as_reader(data)
    with Spool() as head:
        # A store without multipart uploads needs the whole object in one request, and with it its length.
        most = settings.multipart_threshold if _has_parts(provider) else None
        head.fill(stream, most)
        if most is None or len(head) < most:
            return put_once(provider, key, head.body(), options, progress)
        limits = Limits.of(provider.capabilities)
        chunk = part_size(expected_size, limits, settings.chunk_size) if expected_size else settings.chunk_size
        with closing(_cut_stream(head.body(), stream, limits, chunk)) as parts:
            return upload_parts(provider, key, parts, options, progress, expected_size)


def _has_parts(provider: StorageProvider) -> bool:
    return provider.capabilities.supports("multipart.uploads")


def put_once(
    provider: StorageProvider, key: str, body: Body, options: opt.PutOptions, progress: Progress | None = None
) -> PutResult:
    """Sends an object in one request, after checking that the store has what the options ask for."""
    if options is not opt.PUT:
        check_write(provider, options, PUT)
    if progress is None:
        return provider.put(key, body, options)
    size = length_of(body)
    progress(ProgressEvent("started", key, 0, size))
    try:
        result = provider.put(key, body, options)
    except BaseException:
        progress(ProgressEvent("failed", key, 0, size))
        raise
    progress(ProgressEvent("advanced", key, size, size))
    progress(ProgressEvent("finished", key, size, size))
    return result


def upload_parts(
    provider: StorageProvider,
    key: str,
    parts: Iterable[Body],
    options: opt.PutOptions,
    progress: Progress | None = None,
    total: int | None = None,
) -> PutResult:
    """Sends an object in parts. A failure, or Ctrl-C, drops what was sent.

    Args:
        provider: The store; it has multipart uploads.
        key: Full key.
        parts: The bodies of the parts, in order; they are asked for one at a time.
        options: What to write; conditions are checked by the store at completion.
        progress: Is told how far it is.
        total: Bytes in all, where known.
    """
    create, part_options, complete = split_options(options)
    check_write(provider, create, CREATE_UPLOAD)
    check_options(provider, complete, COMPLETE)
    multipart = cast("MultipartUploads", provider)
    limits = Limits.of(provider.capabilities)
    tell = progress or _tell_nobody
    upload_id = None
    done: list[PartInfo] = []
    sent = 0
    tell(ProgressEvent("started", key, 0, total))
    try:
        with interrupts_wait():
            upload_id = multipart.create_upload(key, create).upload_id
        for body in parts:
            number = len(done) + 1
            check_count(number, limits)
            done.append(multipart.upload_part(key, upload_id, number, body, part_options))
            sent += length_of(body)
            tell(ProgressEvent("advanced", key, sent, total))
            del body  # else it would stay in memory while the next one is collected (in "enumerate" it always does)
        result = multipart.complete_upload(key, upload_id, done, complete)
    except BaseException:
        if upload_id is not None:
            abort_quietly(multipart, key, upload_id)
        tell(ProgressEvent("failed", key, sent, total))
        raise
    tell(ProgressEvent("finished", key, sent, total))
    return result if result.size is not None else dataclasses.replace(result, size=sent)


def abort_quietly(multipart: MultipartUploads, key: str, upload_id: str) -> None:
    """Drops an upload after a failure; that first failure is the one to report."""
    with suppress(StorageError):
        multipart.abort_upload(key, upload_id)


def _tell_nobody(event: ProgressEvent) -> None:
    """Progress that nobody asked for."""


def check_count(number: int, limits: Limits) -> None:
    """Refuses a part beyond the store's number of parts, before it is sent."""
    if number > limits.max_parts:
        raise TooManyParts(
            f"the stream did not end within {limits.max_parts} parts",
            hint="Tell the expected size, or use a larger chunk size.",
        )


def split_options(
    options: opt.PutOptions,
) -> tuple[opt.CreateUploadOptions, opt.PartOptions, opt.CompleteOptions]:
    """Spreads the options of one ``put`` over the three kinds of request that a multipart upload is made of.

    Raises:
        InvalidRequest: ``content_md5`` or a SHA checksum was given. Of an object made of parts, S3 knows whole-object
            checksums of the CRC family only (user guide, "Checking object integrity").
    """
    if options.content_md5 is not None:
        raise InvalidRequest(
            "content_md5 can't be checked for an object that is sent in parts",
            hint="Give a checksum instead, or raise multipart_threshold above the object's size.",
        )
    if options.checksum is not None and options.checksum.algorithm in {
        ChecksumAlgorithm.SHA1,
        ChecksumAlgorithm.SHA256,
    }:
        raise InvalidRequest(
            f"no store checks the {options.checksum.algorithm} of an object that is sent in parts",
            hint="Give a CRC32, CRC32C or CRC64NVME, or raise multipart_threshold above the object's size.",
        )
    customer_key = options.encryption if isinstance(options.encryption, SseC) else None
    algorithm = options.checksum_algorithm or (options.checksum.algorithm if options.checksum else None)
    shared = {field.name: getattr(options, field.name) for field in dataclasses.fields(opt.WriteOptions)}
    create = opt.CreateUploadOptions(
        **{**shared, "checksum_algorithm": algorithm},
        checksum_composite=False if options.checksum else None,
    )
    part = opt.PartOptions(checksum_algorithm=algorithm, customer_key=customer_key, backend=options.backend)
    complete = opt.CompleteOptions(
        if_absent=options.if_absent,
        if_match=options.if_match,
        checksum=options.checksum,
        customer_key=customer_key,
        backend=options.backend,
    )
    return create, part, complete


def _cut(body: Body, limits: Limits, chunk_size: int | None) -> Iterator[Body]:
    size = length_of(body)
    step = part_size(size, limits, chunk_size)
    return (cut(body, start, min(step, size - start)) for start in range(0, size, step))


def _cut_stream(
    head: Body, stream: SupportsRead, limits: Limits, chunk_size: int | None
) -> Generator[Body, None, None]:
    """Parts of a stream, each good until the next is asked for; ``head`` are its bytes that have been read already."""
    used, number = 0, 1
    while True:
        size = stream_part_size(number, limits, chunk_size)
        left = length_of(head) - used
        if left >= size:
            yield cut(head, used, size)
            used += size
        else:
            with Spool() as part:
                if left:
                    part.add(cut(head, used, left))
                    used += left
                part.fill(stream, size)
                if not len(part):
                    return
                yield part.body()
        number += 1
