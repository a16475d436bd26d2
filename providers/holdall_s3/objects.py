"""What every engine does with the operations on objects, however its requests travel.

Requests are made by ``requests``, answers are read by ``responses``, both in boto3's names for the API's members; in
between an engine sends the ones and returns the others. So the rules (what is confirmed, what an answer means, which
keys go into a batch) are written once.
"""

from __future__ import annotations

import abc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from holdall.errors import ObjectNotFound, StorageError
from holdall.models import DeleteOutcome, DeleteResult, SseC
from holdall.reading import GetResult
from holdall.semantics.encryption import check_encryption, check_what_is_told
from holdall_s3 import adaptations, confirm, deleting, requests, responses
from holdall_s3.errors import Asked
from holdall_s3.names import check_bucket_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdall import options as opt
    from holdall.models import (
        Body,
        ByteRange,
        ChecksumAlgorithm,
        CopyResult,
        CopySource,
        ListPage,
        ObjectInfo,
        ObjectRef,
        PartInfo,
        PutResult,
    )
    from holdall.reading import ByteSource
    from holdall_s3.calls import Calls


class ObjectEngine(abc.ABC):
    """Carries out the data plane (see ``engine.DataPlane``). Each method is one request.

    Args:
        calls: The store and its bucket.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    # --- what engines differ in ----------------------------------------------------------------------------------

    @abc.abstractmethod
    def send(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Sends one request.

        Args:
            method: Name of boto3's method, e.g. ``put_object``.
            parameters: The operation's members, with the ``Body`` from ``to_send``.
            asked: What errors are about.

        Returns:
            The answer's members, as boto3 parses them.

        Raises:
            StorageError: Whatever went wrong.
            Exception: What the source of a body raised, as it was.
        """

    @abc.abstractmethod
    def fetch_page(self, method: str, parameters: dict[str, Any], asked: Asked) -> ListPage:
        """Sends one ListObjectsV2 or ListObjects, as ``send``."""

    @abc.abstractmethod
    def open_body(self, answer: dict[str, Any], length: int) -> ByteSource:
        """The bytes of an answer to GetObject, ``length`` of them; they are compared with nothing here."""

    @abc.abstractmethod
    def to_send(self, body: Body) -> Any:
        """A body as ``send`` takes it."""

    @abc.abstractmethod
    def add_checksum(self, parameters: dict[str, Any], algorithm: ChecksumAlgorithm) -> None:
        """Sees to it that the checksum of ``parameters["Body"]`` is sent with it."""

    # --- reading -------------------------------------------------------------------------------------------------

    def head(self, key: str, options: opt.HeadOptions) -> ObjectInfo:
        """HeadObject."""
        calls = self._calls
        parameters = requests.head(calls.bucket, key, options, payer=calls.payer)
        answer = self.send("head_object", parameters, self._reading("head", key, options))
        info = self._info(key, answer)
        if options.part_number is not None:
            confirm.served_piece(options, info, responses.content_range(answer))
        return info

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        """GetObject."""
        calls = self._calls
        parameters = requests.get(calls.bucket, key, options, payer=calls.payer)
        asked = self._reading("get", key, options)
        answer = self.send("get_object", parameters, asked)
        try:
            info = self._info(key, answer)
            piece = responses.content_range(answer)
            confirm.served_piece(options, info, piece)
        except StorageError:
            answer["Body"].close()
            raise
        start, stop = piece[:2] if piece else (0, info.size)
        body = self.open_body(answer, stop - start)
        return GetResult(info, body, start=start, length=stop - start)

    def _info(self, key: str, answer: dict[str, Any]) -> ObjectInfo:
        return responses.object_info(key, answer, encoded_twice=self._calls.adaptations.encoded_twice)

    def list_page(self, options: opt.ListOptions) -> ListPage:
        """ListObjectsV2, or ListObjects where the store has no other.

        Raises:
            RequestIgnored: The store listed other keys than those of the prefix.
        """
        page = self._page(options)
        confirm.of_prefix(options.prefix, [*(entry.key for entry in page.entries), *page.prefixes])
        return page

    def _page(self, options: opt.ListOptions) -> ListPage:
        calls = self._calls
        parameters = requests.list_page(calls.bucket, options, payer=calls.payer)
        asked = Asked(operation="list_page", bucket=calls.bucket)
        if not calls.adaptations.list_v1:
            return self.fetch_page("list_objects_v2", parameters, asked)
        adaptations.as_list_v1(parameters)
        return responses.after_marker(self.fetch_page("list_objects", parameters, asked), options.token)

    def _reading(self, operation: str, key: str, options: opt.HeadOptions) -> Asked:
        return Asked(
            operation=operation,
            bucket=self._calls.bucket,
            key=key,
            version_id=options.version_id,
            customer_key=options.customer_key is not None,
            range=options.range,
        )

    # --- writing -------------------------------------------------------------------------------------------------

    def put(self, key: str, body: Body, options: opt.PutOptions) -> PutResult:
        """PutObject."""
        calls = self._calls
        parameters = requests.put(calls.bucket, key, options, payer=calls.payer)
        parameters["Body"] = self.to_send(body)
        if options.content_md5 is None or options.checksum_algorithm is not None:
            self._prove(parameters, options)
        answer = self.send("put_object", parameters, self._writing("put", key, options, if_absent=options.if_absent))
        result = responses.put_result(key, answer, len(body))
        check_what_is_told(options.encryption, result.encryption, version_id=result.version_id)
        return result

    def _prove(self, parameters: dict[str, Any], options: opt.PutOptions | opt.PartOptions) -> None:
        """Adds the checksum that was asked for, or else the one that the store is sent anyhow."""
        algorithm = options.checksum_algorithm or self._calls.proof
        if options.checksum is None and algorithm is not None:
            self.add_checksum(parameters, algorithm)

    def copy(self, source: CopySource, key: str, options: opt.CopyOptions) -> CopyResult:
        """CopyObject."""
        calls = self._calls
        parameters = requests.copy(calls.bucket, source, key, options, payer=calls.payer)
        of_source = (
            options.source_if_match,
            options.source_if_none_match,
            options.source_if_modified_since,
            options.source_if_unmodified_since,
        )
        asked = self._writing(
            "copy",
            key,
            options,
            if_absent=options.if_absent,
            source_conditions=any(condition is not None for condition in of_source),
        )
        answer = self._of_source(source, "copy_object", parameters, asked)
        result = responses.copy_result(key, answer)
        check_what_is_told(options.encryption, result.encryption, version_id=result.version_id)
        return result

    def _writing(self, operation: str, key: str, options: opt.WriteOptions, **more: Any) -> Asked:
        return Asked(
            operation=operation,
            bucket=self._calls.bucket,
            key=key,
            customer_key=isinstance(options.encryption, SseC),
            **more,
        )

    def _of_source(self, source: CopySource, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """A call that reads another object: what is not found is that one.

        Raises:
            InvalidBucketName: The source's bucket can't be one.
        """
        if source.bucket is not None:
            check_bucket_name(source.bucket, self._calls.config.name_rules)
        try:
            return self.send(method, parameters, asked)
        except ObjectNotFound as error:
            error.key, error.version_id = source.key, source.version_id
            error.bucket = source.bucket or asked.bucket
            raise

    # --- parts ---------------------------------------------------------------------------------------------------

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: opt.PartOptions) -> PartInfo:
        """UploadPart."""
        calls = self._calls
        parameters = requests.upload_part(calls.bucket, key, upload_id, part_number, options, payer=calls.payer)
        parameters["Body"] = self.to_send(body)
        self._prove(parameters, options)
        answer = self.send("upload_part", parameters, self._part("upload_part", key, options))
        part = responses.sent_part(part_number, answer, len(body))
        check_encryption(options.customer_key, part.encryption)
        return part

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: CopySource,
        source_range: ByteRange | None,
        options: opt.PartOptions,
    ) -> PartInfo:
        """UploadPartCopy."""
        calls = self._calls
        parameters = requests.copy_part(
            calls.bucket, key, upload_id, part_number, source, source_range, options, payer=calls.payer
        )
        answer = self._of_source(source, "upload_part_copy", parameters, self._part("copy_part", key, options))
        size = None
        if source_range is not None and source_range.stop is not None:
            size = source_range.stop - source_range.start
        part = responses.copied_part(part_number, answer, size)
        check_encryption(options.customer_key, part.encryption)
        return part

    def _part(self, operation: str, key: str, options: opt.PartOptions) -> Asked:
        return Asked(
            operation=operation, bucket=self._calls.bucket, key=key, customer_key=options.customer_key is not None
        )

    # --- deleting ------------------------------------------------------------------------------------------------

    def delete(self, key: str, options: opt.DeleteOptions) -> DeleteResult:
        """DeleteObject. Some stores answer 404 where S3 says 204; what is not there is deleted."""
        calls = self._calls
        parameters = requests.delete(calls.bucket, key, options, payer=calls.payer)
        asked = Asked(operation="delete", bucket=calls.bucket, key=key, version_id=options.version_id)
        try:
            answer = self.send("delete_object", parameters, asked)
        except ObjectNotFound:
            if options.if_match is not None:
                raise
            return DeleteResult()
        return responses.delete_result(answer, options.version_id)

    def delete_batch(self, refs: Sequence[ObjectRef], options: opt.DeleteOptions) -> Sequence[DeleteOutcome]:
        """DeleteObjects. Keys that XML can't hold are deleted by requests of their own."""
        calls = self._calls
        together = [ref for ref in refs if deleting.fits_xml(ref.key)]
        told: Iterator[DeleteOutcome] = iter(())
        if together:
            parameters = requests.delete_batch(calls.bucket, together, options, payer=calls.payer)
            answer = self.send("delete_objects", parameters, Asked(operation="delete_batch", bucket=calls.bucket))
            told = iter(deleting.outcomes(together, responses.outcomes_by_ref(answer), calls.bucket))
        return [next(told) if deleting.fits_xml(ref.key) else self._delete_alone(ref, options) for ref in refs]

    def _delete_alone(self, ref: ObjectRef, options: opt.DeleteOptions) -> DeleteOutcome:
        try:
            result = self.delete(ref.key, replace(options, version_id=ref.version_id))
        except StorageError as error:
            return DeleteOutcome(key=ref.key, version_id=ref.version_id, error=error)
        marker = result.version_id if result.delete_marker and ref.version_id is None else None
        return DeleteOutcome(
            key=ref.key,
            version_id=ref.version_id,
            delete_marker=result.delete_marker,
            delete_marker_version_id=marker,
        )
