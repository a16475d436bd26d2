"""Sending one object: in one request where it is small, in parts where it is not."""

from __future__ import annotations

import dataclasses
import os
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from holdall import checksums
from holdall import options as opt
from holdall.checks import COMPLETE, CREATE_UPLOAD, PUT, check_options, check_write
from holdall.errors import ChecksumMismatch, InvalidRequest, SourceChanged
from holdall.models import ChecksumAlgorithm, SseC
from holdall.transfer.agreement import (
    check_given,
    check_result,
    etag_proves,
    md5_of,
    sent_unharmed,
    whole_checksum,
)
from holdall.transfer.assembling import ALL_OR_NOTHING, Fate, assemble
from holdall.transfer.bodies import FileSlice, as_buffer, as_file_slice, as_reader, cut, length_of
from holdall.transfer.own_checksum import with_own_checksum
from holdall.transfer.plan import Limits, check_stream, part_size, stream_part_size
from holdall.transfer.progress import Meter
from holdall.transfer.spool import Spool, in_flight

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from holdall.config.store import TransferSettings
    from holdall.groups import MultipartUploads
    from holdall.models import Body, PartInfo, PutResult
    from holdall.provider import StorageProvider
    from holdall.transfer.bodies import SupportsRead
    from holdall.transfer.progress import Progress

P = TypeVar("P")


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
        check_source = watch(body) if isinstance(body, FileSlice) else _at_rest
        options = with_own_checksum(provider, body, options, settings)
        if goes_at_once(provider, length_of(body), settings):
            return put_once(provider, key, body, options, progress, check_source)
        return Parts(provider, key, options, settings).send_body(body, progress, check_source=check_source)
    return _upload_stream(provider, key, as_reader(data), options, settings, progress, expected_size)


def goes_at_once(provider: StorageProvider, size: int, settings: TransferSettings) -> bool:
    """Whether an object of so many bytes is sent in one request."""
    return size < settings.multipart_threshold or not _has_parts(provider)


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
        if most is None or len(head) < most:
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


def _at_rest(_written: PutResult | None = None) -> None:
    """What finds out that bytes in memory, or in a file of our own, have changed: nobody changes them."""


def put_once(
    provider: StorageProvider,
    key: str,
    body: Body,
    options: opt.PutOptions,
    progress: Progress | None = None,
    check_source: Callable[[PutResult | None], None] = _at_rest,
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
    """
    if options is not opt.PUT:
        check_write(provider, options, PUT)
    md5 = md5_of(body) if etag_proves(provider, options.encryption) else None
    if progress is None and md5 is None:
        result = provider.put(key, body, options)
        check_source(result)
        return result
    size = length_of(body)
    with Meter(progress, key, size) as meter:
        watched = meter.watch(body) if isinstance(body, FileSlice) else body

        def send() -> PutResult:
            _rewind(watched)
            result = provider.put(key, watched, options)
            check_source(result)  # before its ETag is compared with the MD5 of what the file had
            return result

        # With a condition a second attempt would meet what the first one wrote.
        unconditional = not options.if_absent and options.if_match is None
        result = send() if md5 is None else sent_unharmed(send, md5, again=unconditional)
        meter.advance(size - meter.transferred)
    return result


class Parts:
    """One object that is sent in parts.

    Args:
        provider: The store; it has multipart uploads.
        key: Full key.
        options: What to write; conditions are checked by the store at completion.
        settings: Part size, and parts at the same time.

    Raises:
        InvalidRequest, UnsupportedOperation: The options do not go with parts, or with this store. Nothing was sent.
    """

    def __init__(
        self, provider: StorageProvider, key: str, options: opt.PutOptions, settings: TransferSettings
    ) -> None:
        self.limits: Final = Limits.of(provider.capabilities)
        self._provider = provider
        self._key = key
        self._settings = settings
        self._given = options.checksum
        self.create, self.part, self.complete = split_options(options)
        check_write(provider, self.create, CREATE_UPLOAD)
        check_options(provider, self.complete, COMPLETE)

    def send_body(
        self,
        body: Body,
        progress: Progress | None,
        *,
        size: int | None = None,
        fate: Fate | None = None,
        check_source: Callable[[PutResult | None], None] = _at_rest,
    ) -> PutResult:
        """Sends bytes in memory, or a file.

        Args:
            body: The bytes.
            progress: Is told how far it is.
            size: Bytes per part; default: as planned.
            fate: Where the upload comes from, and what becomes of it when it fails.
            check_source: Is called when all has been read, and raises where the source has changed meanwhile.
        """
        fate = fate or self._fate()
        total = length_of(body)
        step = size or part_size(total, self.limits, self._settings.chunk_size)
        workers = min(self._settings.max_concurrency, -(-total // step))
        done = sum(part.size or 0 for part in fate.arrived.values())
        with Meter(progress, self._key, total, done=done) as meter, ExitStack() as resources:
            if isinstance(body, FileSlice):  # the caller's file may be closed while a thread still hangs
                body = body.duplicate()
                resources.callback(os.close, body.fileno())
            pieces = (cut(body, start, min(step, total - start)) for start in range(0, total, step))
            return self.send(
                pieces,
                meter,
                workers=workers,
                when_idle=resources.pop_all().close,
                fate=fate,
                check_source=check_source,
            )

    def send(
        self,
        pieces: Iterable[Body | Spool],
        meter: Meter,
        *,
        workers: int,
        when_idle: Callable[[], None],
        fate: Fate | None = None,
        check_source: Callable[[PutResult | None], None] = _at_rest,
    ) -> PutResult:
        """Sends an object.

        Args:
            pieces: The parts' bodies, in order; each is made when a thread is free for it.
            meter: Counts the bytes.
            workers: Parts at the same time.
            when_idle: Is called when no piece is read any more.
            fate: Where the upload comes from, and what becomes of it when it fails.
            check_source: Is called when all has been read, and raises where the source has changed meanwhile.

        Raises:
            ChecksumMismatch: The data is not what the caller said, or the object is not what was sent.
        """

        def make(upload_id: str, number: int, piece: Body | Spool, check: Callable[[], None]) -> PartInfo:
            body = piece.body() if isinstance(piece, Spool) else piece
            if isinstance(body, FileSlice):
                part = self.send_part(upload_id, number, meter.watch(body.checked(check)), bare=body)
            else:
                part = self.send_part(upload_id, number, body)
                meter.advance(length_of(body))
            if isinstance(piece, Spool):
                piece.close()
            return part

        return self.put_together(
            pieces,
            make,
            workers=workers,
            when_idle=when_idle,
            fate=fate or self._fate(),
            confirm=lambda _: check_source(None),
        )

    def put_together(
        self,
        pieces: Iterable[P],
        make: Callable[[str, int, P, Callable[[], None]], PartInfo],
        *,
        workers: int,
        confirm: Callable[[Sequence[PartInfo]], None],
        done: Callable[[P], None] = lambda _: None,
        when_idle: Callable[[], None] = lambda: None,
        fate: Fate = ALL_OR_NOTHING,
    ) -> PutResult:
        """Makes the object out of pieces (see ``assemble``), and compares all that can be compared.

        Raises:
            ChecksumMismatch: The data is not what the caller said, or the object is not what was sent.
        """
        sent: list[PartInfo] = []

        def completion(parts: Sequence[PartInfo]) -> opt.CompleteOptions:
            sent.extend(parts)
            confirm(parts)
            return self.completion(parts)

        result = assemble(
            self._provider,
            self._key,
            self.create,
            self.complete,
            pieces,
            make,
            workers=workers,
            done=done,
            confirm=completion,
            when_idle=when_idle,
            fate=fate,
        )
        self.check(result, sent)
        return result

    def send_part(self, upload_id: str, number: int, body: Body, *, bare: Body | None = None) -> PartInfo:
        """Sends one part; where the store checks nothing better, its ETag has to show that it arrived.

        Args:
            upload_id: The upload.
            number: Part number.
            body: The bytes.
            bare: The same bytes without a meter.

        Raises:
            ChecksumMismatch: What arrived is something else.
        """

        def send() -> PartInfo:
            _rewind(body)
            return cast("MultipartUploads", self._provider).upload_part(self._key, upload_id, number, body, self.part)

        if not etag_proves(self._provider, self.create.encryption):
            return send()
        return sent_unharmed(send, md5_of(body if bare is None else bare))

    def completion(self, parts: Sequence[PartInfo]) -> opt.CompleteOptions:
        """How the upload is completed, once all parts are there.

        With the checksum of all bytes, where the object will have one: for the store to compare.

        Raises:
            ChecksumMismatch: The data is not what the caller said.
        """
        check_given(self._given, parts)
        algorithm = self.part.checksum_algorithm
        if self.complete.checksum is not None or algorithm is None or checksums.composite_by_default(algorithm):
            return self.complete
        whole = whole_checksum(parts, algorithm)
        return self.complete if whole is None else dataclasses.replace(self.complete, checksum=whole)

    def check(self, result: PutResult, parts: Sequence[PartInfo]) -> None:
        """Compares what the store says of the object with its parts.

        Raises:
            ChecksumMismatch: The object is not what was sent.
        """
        check_result(self._provider, result, parts, self.create)

    def _fate(self) -> Fate:
        return Fate(keep=lambda error: stays(error, self._settings.on_failure))


def _rewind(body: Body) -> None:
    """To the start, where it may have been sent already."""
    if not isinstance(body, (bytes, bytearray, memoryview)):
        body.seek(0)


def watch(body: FileSlice) -> Callable[[PutResult | None], None]:
    """What finds out that a file was changed while it was read: its pieces may not go together then.

    It takes what was written, if something was, and raises ``SourceChanged``.
    """
    before = body.state()

    def check(written: PutResult | None = None) -> None:
        if body.state() == before:
            return
        if written is None:
            raise SourceChanged(
                "the file was changed while it was being sent",
                hint="Let whoever writes the file finish, or send a copy of it; then transfer it again.",
            )
        version = f", version {written.version_id}" if written.version_id else ""
        raise SourceChanged(
            "the file was changed while it was being sent, and the object that was made of it is there "
            f"(ETag {written.etag}{version}): old and new bytes may be mixed in it",
            key=written.key,
            version_id=written.version_id,
            hint="Delete that object, or replace it: let whoever writes the file finish, or copy it, and send that.",
        )

    return check


def stays(error: BaseException, policy: str) -> bool:
    """Whether an upload that ended by an error stays at the store, where the policy keeps whatever fails.

    Not one whose bytes did not arrive as they were: what is there of it can't be trusted, and some stores (rclone) have
    no part replaced by another one.

    Args:
        error: What ended it.
        policy: ``on_failure`` of the settings.
    """
    return policy == "keep" and not isinstance(error, ChecksumMismatch)


def split_options(
    options: opt.PutOptions,
) -> tuple[opt.CreateUploadOptions, opt.PartOptions, opt.CompleteOptions]:
    """Spreads the options of one ``put`` over the three kinds of request that a multipart upload is made of.

    Raises:
        InvalidRequest: ``content_md5`` or a SHA checksum was given. Of an object made of parts, S3 knows whole-object
            checksums of the CRC family only (user guide, "Checking object integrity").
        OptionNotSupported: ``put`` has no use for one of the provider's own options.
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
    shared["checksum_algorithm"] = algorithm
    shared["backend"] = opt.backend_for(options.backend, "create_upload", "put")
    create = opt.CreateUploadOptions(**shared, checksum_composite=False if options.checksum else None)
    part = opt.PartOptions(
        checksum_algorithm=algorithm,
        customer_key=customer_key,
        backend=opt.backend_for(options.backend, "upload_part", "put"),
    )
    complete = opt.CompleteOptions(
        if_absent=options.if_absent,
        if_match=options.if_match,
        checksum=options.checksum,
        customer_key=customer_key,
        backend=opt.backend_for(options.backend, "complete_upload", "put"),
    )
    return create, part, complete


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
            if not len(part):
                return
            sent += len(part)
            check_stream(number, sent, limits)
            yield part
            del part  # it would stay in memory while the next one is filled
        number += 1
