"""Beginning, ending and listing multipart uploads. The parts themselves belong to the data plane."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from holdall.errors import UploadNotFound
from holdall.models import UploadPage
from holdall_s3 import confirm, requests, responses
from holdall_s3.errors import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.models import MultipartUpload, PartInfo, PartPage, PutResult
    from holdall.options import CompleteOptions, CreateUploadOptions
    from holdall_s3.calls import Calls


def create_upload(calls: Calls, key: str, options: CreateUploadOptions) -> MultipartUpload:
    """CreateMultipartUpload."""
    parameters = requests.create_upload(calls.bucket, key, options, payer=calls.payer)
    # S3 takes checksums with parts only where the upload was begun with their algorithm; MinIO then takes none without
    # (measured on minio/minio@7aac2a2c5), and a part that is copied comes without.
    if calls.proof is not None and not options.of_copies:
        parameters.setdefault("ChecksumAlgorithm", str(calls.proof))
    asked = Asked(operation="create_upload", bucket=calls.bucket, key=key)
    return responses.upload(key, calls.call("create_multipart_upload", parameters, asked))


def complete_upload(
    calls: Calls, key: str, upload_id: str, parts: Sequence[PartInfo], options: CompleteOptions
) -> PutResult:
    """CompleteMultipartUpload. boto3 turns a 200 with an error in its body into that error."""
    parameters = requests.complete_upload(calls.bucket, key, upload_id, parts, options, payer=calls.payer)
    asked = Asked(
        operation="complete_upload",
        bucket=calls.bucket,
        key=key,
        if_absent=options.if_absent,
        customer_key=options.customer_key is not None,
    )
    answer = calls.call("complete_multipart_upload", parameters, asked)
    sizes = [part.size for part in parts if part.size is not None]
    size = sum(sizes) if len(sizes) == len(parts) else options.size
    result = responses.completed(key, answer, size)
    return dataclasses.replace(result, etag=None) if calls.adaptations.untold_etag else result


def abort_upload(calls: Calls, key: str, upload_id: str) -> None:
    """AbortMultipartUpload. What is not there is aborted."""
    parameters = requests.abort_upload(calls.bucket, key, upload_id, payer=calls.payer)
    with contextlib.suppress(UploadNotFound):
        calls.call("abort_multipart_upload", parameters, Asked(operation="abort_upload", bucket=calls.bucket, key=key))


def list_parts(calls: Calls, key: str, upload_id: str, marker: int, limit: int | None) -> PartPage:
    """ListParts."""
    parameters = requests.list_parts(calls.bucket, key, upload_id, marker, limit, payer=calls.payer)
    asked = Asked(operation="list_parts", bucket=calls.bucket, key=key)
    return responses.part_page(calls.call("list_parts", parameters, asked))


def list_uploads(calls: Calls, prefix: str, token: str | None, limit: int | None) -> UploadPage:
    """ListMultipartUploads. rclone says "no such upload" where there are none.

    Raises:
        RequestIgnored: The store listed other keys than those of the prefix.
    """
    parameters = requests.list_uploads(calls.bucket, prefix, token, limit, payer=calls.payer)
    try:
        answer = calls.call("list_multipart_uploads", parameters, Asked(operation="list_uploads", bucket=calls.bucket))
    except UploadNotFound:
        return UploadPage(())
    page = responses.upload_page(answer)
    if "EncodingType" not in answer and not all(each.key.startswith(prefix) for each in page.uploads):
        # RGW 16 escapes keys as it was asked to, and does not say that it did (measured): such have the prefix then.
        page = responses.upload_page({**answer, "EncodingType": "url"})
    confirm.of_prefix(prefix, (each.key for each in page.uploads))
    return page
