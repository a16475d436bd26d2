"""From holdall's options to the parameters of S3's operations, as boto3 names them. Pure functions, no request.

Every field of every options class is either sent or refused here; a test walks through all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidObjectKey, InvalidRange, InvalidRequest
from holdall.models import SseC, SseS3
from holdall.semantics.headers import check_replaced
from holdall_s3.encoding import (
    encode_context,
    encode_metadata,
    encode_tags,
    pack_token,
    quote_etag,
    sse_c_parameters,
    unpack_token,
)
from holdall_s3.options import REQUEST_PAYER, backend_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall.models import ByteRange, Checksum, ChecksumAlgorithm, CopySource, Encryption, ObjectRef, PartInfo
    from holdall.options import (
        BackendOptions,
        CompleteOptions,
        CopyOptions,
        CreateBucketOptions,
        CreateUploadOptions,
        DeleteOptions,
        GetOptions,
        HeadOptions,
        ListOptions,
        PartOptions,
        PutOptions,
        WriteOptions,
    )

    Parameters = dict[str, Any]

PAGE_MAX = 1000
"""Most entries on a page of any S3 listing; larger limits are cut to it (API reference, ListObjectsV2)."""

_READ = (
    ("version_id", "VersionId"),
    ("part_number", "PartNumber"),
    ("if_modified_since", "IfModifiedSince"),
    ("if_unmodified_since", "IfUnmodifiedSince"),
)
_RESPONSE_HEADERS = (
    ("response_content_type", "ResponseContentType"),
    ("response_content_encoding", "ResponseContentEncoding"),
    ("response_content_language", "ResponseContentLanguage"),
    ("response_content_disposition", "ResponseContentDisposition"),
    ("response_cache_control", "ResponseCacheControl"),
    ("response_expires", "ResponseExpires"),
)
CONTENT_HEADERS = (
    ("content_type", "ContentType"),
    ("content_encoding", "ContentEncoding"),
    ("content_language", "ContentLanguage"),
    ("content_disposition", "ContentDisposition"),
    ("cache_control", "CacheControl"),
    ("expires", "Expires"),
)


def _named(what: str, value: str) -> str:
    """An id that names something. With an empty one, stores take the request for one about the object.

    Some read ``DELETE /bucket/key?uploadId=`` as the deletion of the object, and ``?versionId=`` as its latest version.
    """
    if not value:
        raise InvalidRequest(f"the {what} is empty, and the request would be taken for another one")
    return value


def sendable(key: str) -> str:
    """A key, after making sure that S3's API can carry it.

    Raises:
        InvalidObjectKey: There is a NUL in it: XML can't hold it, and Swift answers 400 to it. Other control characters
            arrive, there too.
    """
    if "\0" in key:
        raise InvalidObjectKey(
            "the key has a NUL character, which S3 can't carry", hint="Use a key without it.", key=key
        )
    return key


def _begin(operation: str, bucket: str, backend: BackendOptions | None, *, payer: bool) -> Parameters:
    """Bucket, the S3 options of the call, and who pays: the call's word outranks the store's."""
    parameters: Parameters = {"Bucket": bucket, **backend_parameters(operation, backend)}
    if payer:
        parameters.setdefault("RequestPayer", REQUEST_PAYER)
    if "RequestPayer" in parameters and parameters["RequestPayer"] is None:
        del parameters["RequestPayer"]
    return parameters


def _take(parameters: Parameters, options: Any, fields: Sequence[tuple[str, str]]) -> None:
    for name, parameter in fields:
        value = getattr(options, name)
        if value is not None:
            parameters[parameter] = value


# --- reading -----------------------------------------------------------------------------------------------------


def head(bucket: str, key: str, options: HeadOptions, *, payer: bool = False) -> Parameters:
    """HeadObject."""
    return _read("head", bucket, key, options, payer=payer)


def get(bucket: str, key: str, options: GetOptions, *, payer: bool = False) -> Parameters:
    """GetObject."""
    parameters = _read("get", bucket, key, options, payer=payer)
    _take(parameters, options, _RESPONSE_HEADERS)
    return parameters


def _read(operation: str, bucket: str, key: str, options: HeadOptions, *, payer: bool) -> Parameters:
    parameters = _begin(operation, bucket, options.backend, payer=payer)
    parameters["Key"] = sendable(key)
    if options.range is not None:
        if options.part_number is not None:
            raise InvalidRequest("a range and a part number can't be asked for together", operation=operation)
        parameters["Range"] = options.range.header()
    _take(parameters, options, _READ)
    if options.version_id is not None:
        _named("version id", options.version_id)
    if options.if_match is not None:
        parameters["IfMatch"] = quote_etag(options.if_match)
    if options.if_none_match is not None:
        parameters["IfNoneMatch"] = quote_etag(options.if_none_match)
    if options.customer_key is not None:
        parameters |= sse_c_parameters(options.customer_key.key)
    if options.checksums:
        parameters["ChecksumMode"] = "ENABLED"
    return parameters


def list_page(bucket: str, options: ListOptions, *, payer: bool = False) -> Parameters:
    """ListObjectsV2. Keys are asked for URL-encoded, since XML can't hold every character that a key may have."""
    parameters = _begin("list_page", bucket, options.backend, payer=payer)
    parameters["EncodingType"] = "url"
    if options.prefix:
        parameters["Prefix"] = options.prefix
    if options.delimiter:
        parameters["Delimiter"] = options.delimiter
    if options.token is not None:  # it stands for the place in the listing; start-after would be ignored
        parameters["ContinuationToken"] = options.token
    elif options.start_after:
        parameters["StartAfter"] = options.start_after
    if options.limit is not None:
        parameters["MaxKeys"] = min(options.limit, PAGE_MAX)
    if options.owner:
        parameters["FetchOwner"] = True
    return parameters


def list_versions(bucket: str, options: ListOptions, *, payer: bool = False) -> Parameters:
    """ListObjectVersions. Owners come unasked for."""
    parameters = _begin("list_versions_page", bucket, options.backend, payer=payer)
    parameters["EncodingType"] = "url"
    if options.prefix:
        parameters["Prefix"] = options.prefix
    if options.delimiter:
        parameters["Delimiter"] = options.delimiter
    if options.token is not None:
        markers = unpack_token(options.token)
        parameters["KeyMarker"] = markers["key"]
        if markers["version"] is not None:
            parameters["VersionIdMarker"] = markers["version"]
    elif options.start_after:
        parameters["KeyMarker"] = options.start_after
    if options.limit is not None:
        parameters["MaxKeys"] = min(options.limit, PAGE_MAX)
    return parameters


# --- writing -----------------------------------------------------------------------------------------------------


def put(bucket: str, key: str, options: PutOptions, *, payer: bool = False) -> Parameters:
    """PutObject, without the body. ``checksum_algorithm`` alone is for the caller to turn into a checksum."""
    parameters = _write("put", bucket, key, options, payer=payer)
    _conditions(parameters, if_absent=options.if_absent, if_match=options.if_match)
    if options.checksum is not None:
        if options.checksum.composite:
            raise InvalidRequest("a composite checksum is that of an object in parts; 'put' sends one piece")
        check_same_algorithm(options.checksum, options.checksum_algorithm)
        parameters |= body_checksum(options.checksum)
    if options.content_md5 is not None:
        parameters["ContentMD5"] = options.content_md5
    return parameters


def create_upload(bucket: str, key: str, options: CreateUploadOptions, *, payer: bool = False) -> Parameters:
    """CreateMultipartUpload."""
    parameters = _write("create_upload", bucket, key, options, payer=payer)
    if options.checksum_algorithm is not None:
        parameters["ChecksumAlgorithm"] = str(options.checksum_algorithm)
    if options.checksum_composite is not None:
        if options.checksum_algorithm is None:
            raise InvalidRequest("checksum_composite without checksum_algorithm says nothing")
        parameters["ChecksumType"] = "COMPOSITE" if options.checksum_composite else "FULL_OBJECT"
    return parameters


def copy(bucket: str, source: CopySource, key: str, options: CopyOptions, *, payer: bool = False) -> Parameters:
    """CopyObject.

    S3 keeps metadata, content headers and tags of the source unless a directive says otherwise, and ignores new ones
    given without it: that is refused here. It does not keep the storage class, nor the encryption.
    """
    parameters = _write("copy", bucket, key, options, payer=payer)
    parameters["CopySource"] = copy_source(bucket, source)
    check_replaced(options)
    if options.replace_metadata:
        parameters["MetadataDirective"] = "REPLACE"
    if options.replace_tags:
        parameters["TaggingDirective"] = "REPLACE"
    _conditions(parameters, if_absent=options.if_absent, if_match=options.if_match)
    _source_conditions(parameters, options)
    if options.checksum_algorithm is not None:
        parameters["ChecksumAlgorithm"] = str(options.checksum_algorithm)
    return parameters


def _source_conditions(parameters: Parameters, options: CopyOptions) -> None:
    if options.source_if_match is not None:
        parameters["CopySourceIfMatch"] = quote_etag(options.source_if_match)
    if options.source_if_none_match is not None:
        parameters["CopySourceIfNoneMatch"] = quote_etag(options.source_if_none_match)
    if options.source_if_modified_since is not None:
        parameters["CopySourceIfModifiedSince"] = options.source_if_modified_since
    if options.source_if_unmodified_since is not None:
        parameters["CopySourceIfUnmodifiedSince"] = options.source_if_unmodified_since
    if options.source_customer_key is not None:
        parameters |= sse_c_parameters(options.source_customer_key.key, "CopySource")


def _write(operation: str, bucket: str, key: str, options: WriteOptions, *, payer: bool) -> Parameters:
    parameters = _begin(operation, bucket, options.backend, payer=payer)
    parameters["Key"] = sendable(key)
    _take(parameters, options, CONTENT_HEADERS)
    for name, parameter in CONTENT_HEADERS:
        value = parameters.get(parameter)
        if isinstance(value, str) and not (value.isascii() and value.isprintable()):
            raise InvalidRequest(
                f"{name} can't be sent as a header: it has characters outside of ASCII's printable ones",
                hint="For file names use filename*=UTF-8''… with percent-encoding (RFC 6266).",
            )
    if options.metadata:
        parameters["Metadata"] = encode_metadata(options.metadata)
    if options.tags:
        parameters["Tagging"] = encode_tags(options.tags)
    if options.storage_class is not None:
        parameters["StorageClass"] = str(options.storage_class)
    if options.encryption is not None:
        parameters |= encryption_parameters(options.encryption)
    return parameters


def encryption_parameters(encryption: Encryption) -> Parameters:
    """The headers that ask for encryption at rest."""
    if isinstance(encryption, SseS3):
        return {"ServerSideEncryption": "AES256"}
    if isinstance(encryption, SseC):
        return dict(sse_c_parameters(encryption.key))
    parameters: Parameters = {"ServerSideEncryption": "aws:kms:dsse" if encryption.dual_layer else "aws:kms"}
    if encryption.key_id is not None:
        parameters["SSEKMSKeyId"] = encryption.key_id
    if encryption.context:
        parameters["SSEKMSEncryptionContext"] = encode_context(encryption.context)
    if encryption.bucket_key is not None:
        parameters["BucketKeyEnabled"] = encryption.bucket_key
    return parameters


def _conditions(parameters: Parameters, *, if_absent: bool, if_match: str | None) -> None:
    if if_absent:
        if if_match is not None:
            raise InvalidRequest("if_absent and if_match contradict each other")
        parameters["IfNoneMatch"] = "*"
    elif if_match is not None:
        parameters["IfMatch"] = quote_etag(if_match)


def checksum_parameters(checksum: Checksum) -> dict[str, str]:
    """A checksum as the parameter of its algorithm."""
    return {f"Checksum{checksum.algorithm}": checksum.value}


def body_checksum(checksum: Checksum) -> dict[str, str]:
    """The checksum of a body, and by name its algorithm, as boto3 sends them when it computes one by itself."""
    return {"ChecksumAlgorithm": str(checksum.algorithm), **checksum_parameters(checksum)}


def check_same_algorithm(checksum: Checksum, algorithm: ChecksumAlgorithm | None) -> None:
    """Refuses a checksum of one algorithm given together with another algorithm's name."""
    if algorithm is not None and checksum.algorithm is not algorithm:
        raise InvalidRequest(f"the checksum is {checksum.algorithm}, and {algorithm} was asked for")


def copy_source(bucket: str, source: CopySource) -> dict[str, str]:
    """The source of a copy; boto3 encodes it for the header."""
    parameters = {"Bucket": source.bucket or bucket, "Key": sendable(source.key)}
    if source.version_id is not None:
        parameters["VersionId"] = _named("version id", source.version_id)
    return parameters


# --- parts -------------------------------------------------------------------------------------------------------


def upload_part(
    bucket: str, key: str, upload_id: str, part_number: int, options: PartOptions, *, payer: bool = False
) -> Parameters:
    """UploadPart, without the body."""
    parameters = _part("upload_part", bucket, key, upload_id, part_number, options, payer=payer)
    if options.source_customer_key is not None or options.source_if_match is not None:
        raise InvalidRequest("a part that is sent has no source; source options are for copy_part")
    if options.checksum is not None:
        check_same_algorithm(options.checksum, options.checksum_algorithm)
        parameters |= body_checksum(options.checksum)
    if options.content_md5 is not None:
        parameters["ContentMD5"] = options.content_md5
    return parameters


def copy_part(
    bucket: str,
    key: str,
    upload_id: str,
    part_number: int,
    source: CopySource,
    source_range: ByteRange | None,
    options: PartOptions,
    *,
    payer: bool = False,
) -> Parameters:
    """UploadPartCopy. The API takes ranges with both ends only (API reference, ``x-amz-copy-source-range``)."""
    parameters = _part("copy_part", bucket, key, upload_id, part_number, options, payer=payer)
    if options.checksum is not None or options.content_md5 is not None:
        raise InvalidRequest("a part that is copied has no body to check; leave 'checksum' and 'content_md5' out")
    parameters["CopySource"] = copy_source(bucket, source)
    if source_range is not None:
        if source_range.start < 0 or source_range.stop is None:
            raise InvalidRange(
                "a part is copied from a range with both ends", hint="Resolve the range against the source's size."
            )
        parameters["CopySourceRange"] = source_range.header()
    if options.source_if_match is not None:
        parameters["CopySourceIfMatch"] = quote_etag(options.source_if_match)
    if options.source_customer_key is not None:
        parameters |= sse_c_parameters(options.source_customer_key.key, "CopySource")
    return parameters


def _part(
    operation: str,
    bucket: str,
    key: str,
    upload_id: str,
    part_number: int,
    options: PartOptions,
    *,
    payer: bool,
) -> Parameters:
    parameters = _begin(operation, bucket, options.backend, payer=payer)
    parameters |= {"Key": sendable(key), "UploadId": _named("upload id", upload_id), "PartNumber": part_number}
    if options.customer_key is not None:
        parameters |= sse_c_parameters(options.customer_key.key)
    return parameters


def complete_upload(
    bucket: str,
    key: str,
    upload_id: str,
    parts: Sequence[PartInfo],
    options: CompleteOptions,
    *,
    payer: bool = False,
) -> Parameters:
    """CompleteMultipartUpload."""
    parameters = _begin("complete_upload", bucket, options.backend, payer=payer)
    parameters |= {"Key": sendable(key), "UploadId": _named("upload id", upload_id)}
    # Checksums are named only where every part has one: S3 refuses a list in which some have none.
    named = all(part.checksums for part in parts)
    parameters["MultipartUpload"] = {"Parts": [_completed(part, named=named) for part in parts]}
    _conditions(parameters, if_absent=options.if_absent, if_match=options.if_match)
    if options.checksum is not None:
        parameters |= checksum_parameters(options.checksum)
        parameters["ChecksumType"] = "COMPOSITE" if options.checksum.composite else "FULL_OBJECT"
    if options.size is not None:
        parameters["MpuObjectSize"] = options.size
    if options.customer_key is not None:
        parameters |= sse_c_parameters(options.customer_key.key)
    return parameters


def _completed(part: PartInfo, *, named: bool) -> Parameters:
    completed: Parameters = {"PartNumber": part.part_number, "ETag": quote_etag(part.etag)}
    if named:
        for checksum in part.checksums:
            completed |= checksum_parameters(checksum)
    return completed


def list_parts(
    bucket: str, key: str, upload_id: str, marker: int, limit: int | None, *, payer: bool = False
) -> Parameters:
    """ListParts."""
    parameters: Parameters = {"Bucket": bucket, "Key": sendable(key), "UploadId": _named("upload id", upload_id)}
    if marker:
        parameters["PartNumberMarker"] = marker
    if limit is not None:
        parameters["MaxParts"] = min(limit, PAGE_MAX)
    return _paid(parameters, payer=payer)


def list_uploads(bucket: str, prefix: str, token: str | None, limit: int | None, *, payer: bool = False) -> Parameters:
    """ListMultipartUploads."""
    parameters: Parameters = {"Bucket": bucket, "EncodingType": "url"}
    if prefix:
        parameters["Prefix"] = prefix
    if token is not None:
        markers = unpack_token(token)
        parameters |= {"KeyMarker": markers["key"], "UploadIdMarker": markers["upload"]}
    if limit is not None:
        parameters["MaxUploads"] = min(limit, PAGE_MAX)
    return _paid(parameters, payer=payer)


def abort_upload(bucket: str, key: str, upload_id: str, *, payer: bool = False) -> Parameters:
    """AbortMultipartUpload."""
    upload = _named("upload id", upload_id)
    return _paid({"Bucket": bucket, "Key": sendable(key), "UploadId": upload}, payer=payer)


def _paid(parameters: Parameters, *, payer: bool) -> Parameters:
    if payer:
        parameters["RequestPayer"] = REQUEST_PAYER
    return parameters


# --- deleting ----------------------------------------------------------------------------------------------------


def delete(bucket: str, key: str, options: DeleteOptions, *, payer: bool = False) -> Parameters:
    """DeleteObject."""
    parameters = _begin("delete", bucket, options.backend, payer=payer)
    parameters["Key"] = sendable(key)
    if options.version_id is not None:
        parameters["VersionId"] = _named("version id", options.version_id)
    if options.if_match is not None:
        parameters["IfMatch"] = quote_etag(options.if_match)
    return parameters


def delete_batch(bucket: str, refs: Sequence[ObjectRef], options: DeleteOptions, *, payer: bool = False) -> Parameters:
    """DeleteObjects. Not quiet: a store that forgets a key is found out."""
    if options.version_id is not None or options.if_match is not None:
        raise InvalidRequest("a version or a condition of a batch belongs to each of its keys, not to all of them")
    parameters = _begin("delete_batch", bucket, options.backend, payer=payer)
    objects = [
        {"Key": sendable(ref.key)}
        if ref.version_id is None
        else {"Key": sendable(ref.key), "VersionId": _named("version id", ref.version_id)}
        for ref in refs
    ]
    parameters["Delete"] = {"Objects": objects, "Quiet": False}
    return parameters


# --- tags --------------------------------------------------------------------------------------------------------


def object_tagging(bucket: str, key: str, version_id: str | None) -> Parameters:
    """What the three tagging operations have in common."""
    parameters: Parameters = {"Bucket": bucket, "Key": sendable(key)}
    if version_id is not None:
        parameters["VersionId"] = _named("version id", version_id)
    return parameters


def tag_set(tags: Mapping[str, str]) -> Parameters:
    """Tags as the body of PutObjectTagging wants them."""
    return {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}


# --- buckets -----------------------------------------------------------------------------------------------------


def create_bucket(name: str, options: CreateBucketOptions, region: str | None) -> Parameters:
    """CreateBucket.

    Args:
        name: The bucket.
        options: What was asked for.
        region: Where, when the options do not say: the store's region at AWS, ``None`` elsewhere.
    """
    parameters = _begin("create_bucket", name, options.backend, payer=False)
    wanted = options.region or region
    # us-east-1 is the one region that the API refuses by name: leaving the constraint out means it.
    if wanted is not None and wanted != "us-east-1":
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": wanted}
    if options.object_lock:
        parameters["ObjectLockEnabledForBucket"] = True
    return parameters


def uploads_token(key: str, upload_id: str | None) -> str:
    """The token of the page of uploads that comes after these markers."""
    return pack_token(key=key, upload=upload_id or "")


def versions_token(key: str, version_id: str | None) -> str:
    """The token of the page of versions that comes after these markers."""
    return pack_token(key=key, version=version_id)
