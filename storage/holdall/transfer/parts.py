"""``Parts``: one object that is sent in parts, by whatever way, and is confirmed to be what was sent."""

from __future__ import annotations

import dataclasses
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, TypeVar, cast

from holdall import checksums
from holdall import options as opt
from holdall.checks import COMPLETE, CREATE_UPLOAD, check_options, check_write
from holdall.errors import ChecksumMismatch, InvalidRequest
from holdall.models import ChecksumAlgorithm, SseC
from holdall.transfer.agreement import (
    check_given,
    check_result,
    etag_proves,
    md5_of,
    sent_unharmed,
    whole_checksum,
)
from holdall.transfer.assembling import ALL_OR_NOTHING, Assembly, Fate
from holdall.transfer.bodies import FileSlice, cut, length_of, rewind
from holdall.transfer.plan import Limits, part_size
from holdall.transfer.progress import Meter
from holdall.transfer.spool import Spool
from holdall.transfer.watching import at_rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from holdall.config.store import TransferSettings
    from holdall.groups import MultipartUploads
    from holdall.models import Body, PartInfo, PutResult
    from holdall.provider import StorageProvider
    from holdall.transfer.progress import Progress

P = TypeVar("P")


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
        check_source: Callable[[PutResult | None], None] = at_rest,
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
        workers = max(1, min(self._settings.max_concurrency, -(-total // step)))
        done = sum(part.size or 0 for part in fate.arrived.values())
        with Meter(progress, self._key, total, done=done) as meter, ExitStack() as resources:
            if isinstance(body, FileSlice):  # the caller's file may be closed while a thread still hangs
                body = body.duplicate()
                resources.callback(os.close, body.fileno())
            pieces = (cut(body, start, min(step, total - start)) for start in range(0, total or 1, step))
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
        check_source: Callable[[PutResult | None], None] = at_rest,
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
        return self.put_together(
            pieces,
            self._sender(meter),
            workers=workers,
            when_idle=when_idle,
            fate=fate or self._fate(),
            confirm=lambda _: check_source(None),
        )

    def begin(self, *, workers: int, when_idle: Callable[[], None]) -> Assembly[Body | Spool]:
        """Begins an object whose pieces come one by one; they are given, and ``finish`` ends it.

        Args:
            workers: Parts at the same time.
            when_idle: Is called when no piece is read any more.
        """
        send = self._sender(Meter(None, self._key, None))
        assembly = Assembly(self._provider, self._key, self.create, send, workers=workers, when_idle=when_idle)
        with assembly:
            assembly.begin()
        return assembly

    def finish(
        self, assembly: Assembly[P], confirm: Callable[[Sequence[PartInfo]], None] = lambda _: None
    ) -> PutResult:
        """Completes an object whose parts are all there, and compares all that can be compared.

        Args:
            assembly: What has made the parts.
            confirm: Gets all parts in order; what it raises counts as a failure.

        Raises:
            ChecksumMismatch: The data is not what the caller said, or the object is not what was sent.
            RequestIgnored: The object is not encrypted as it was asked to be; the hint says whether it is there.
        """
        sent: list[PartInfo] = []

        def completion(parts: Sequence[PartInfo]) -> opt.CompleteOptions:
            sent.extend(parts)
            confirm(parts)
            return self.completion(parts)

        with assembly:
            result = assembly.complete(completion)
        self.check(result, sent)
        return result

    def _sender(self, meter: Meter) -> Callable[[str, int, Body | Spool, Callable[[], None]], PartInfo]:
        """What sends one piece of an object, and closes it."""

        def send(upload_id: str, number: int, piece: Body | Spool, check: Callable[[], None]) -> PartInfo:
            body = piece.body() if isinstance(piece, Spool) else piece
            if isinstance(body, FileSlice):
                part = self.send_part(upload_id, number, meter.watch(body.checked(check)), bare=body)
            else:
                part = self.send_part(upload_id, number, body)
                meter.advance(length_of(body))
            if isinstance(piece, Spool):
                piece.close()
            return part

        return send

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
        """Makes the object out of pieces (see ``Assembly``), and compares all that can be compared.

        Raises:
            ChecksumMismatch: The data is not what the caller said, or the object is not what was sent.
        """
        assembly = Assembly(
            self._provider, self._key, self.create, make, workers=workers, when_idle=when_idle, fate=fate
        )
        with assembly:
            assembly.begin()
            assembly.run(pieces, done)
        return self.finish(assembly, confirm)

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
            rewind(body)
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
        policy = self._settings.on_failure
        return Fate(keep=lambda error: stays(error, policy), orphan=policy != "keep")


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
