"""Where the members of S3's operations travel in HTTP: two tables, named as boto3 names the members.

The builders of ``holdall_s3.requests`` and the readers of ``holdall_s3.responses`` speak of members; this is what lies
between them and the wire. Source: the API reference; a test holds both tables against botocore's model of the API.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from holdall_s3.responses import http_date, iso_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _boolean(value: bool) -> str:  # noqa: FBT001 - a converter of one value
    return "true" if value else "false"


def _number(value: int) -> str:
    return f"{value:d}"


def _date(value: datetime) -> str:
    return format_datetime(value.astimezone(UTC), usegmt=True)


def _copy_source(source: Mapping[str, str]) -> str:
    bucket = source["Bucket"]
    place = f"{bucket}/object/{source['Key']}" if bucket.startswith("arn:") else f"{bucket}/{source['Key']}"
    version = source.get("VersionId")
    encoded = quote(place, safe="/~:")
    return encoded if version is None else f"{encoded}?versionId={version}"


class Operation(NamedTuple):
    """An operation of the data plane.

    Attributes:
        method: HTTP method.
        query: What is always in its query.
        body: It takes a body from the caller, of which a checksum can be asked for.
        document: What it answers is in XML.
        listing: It answers a page of a listing.
        markers: The next page begins after a marker; else a token stands for it.
        renamed: Members that travel elsewhere than ``PARAMETERS`` says.
    """

    method: str
    query: tuple[tuple[str, str], ...] = ()
    body: bool = False
    document: bool = False
    listing: bool = False
    markers: bool = False
    renamed: Mapping[str, tuple[str, bool, Callable[[Any], str] | None]] = {}


OPERATIONS: Mapping[str, Operation] = {
    "head_object": Operation("HEAD"),
    "get_object": Operation("GET"),
    "put_object": Operation("PUT", body=True),
    "delete_object": Operation("DELETE"),
    "delete_objects": Operation("POST", (("delete", ""),), document=True),
    "list_objects_v2": Operation("GET", (("list-type", "2"),), listing=True),
    "list_objects": Operation("GET", listing=True, markers=True),
    "copy_object": Operation(
        "PUT", document=True, renamed={"ChecksumAlgorithm": ("x-amz-checksum-algorithm", False, None)}
    ),
    "upload_part": Operation("PUT", body=True),
    "upload_part_copy": Operation("PUT", document=True),
}
"""The operations, by the names of boto3's methods."""

_SSE = "x-amz-server-side-encryption"
_CUSTOMER = f"{_SSE}-customer"
_SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer"

# Header, converter.
_HEADERS: dict[str, tuple[str, Callable[[Any], str] | None]] = {
    "Range": ("range", None),
    "IfMatch": ("if-match", None),
    "IfNoneMatch": ("if-none-match", None),
    "IfModifiedSince": ("if-modified-since", _date),
    "IfUnmodifiedSince": ("if-unmodified-since", _date),
    "ChecksumMode": ("x-amz-checksum-mode", None),
    "ContentType": ("content-type", None),
    "ContentEncoding": ("content-encoding", None),
    "ContentLanguage": ("content-language", None),
    "ContentDisposition": ("content-disposition", None),
    "CacheControl": ("cache-control", None),
    "Expires": ("expires", _date),
    "ContentMD5": ("content-md5", None),
    "Tagging": ("x-amz-tagging", None),
    "StorageClass": ("x-amz-storage-class", None),
    "WebsiteRedirectLocation": ("x-amz-website-redirect-location", None),
    "ServerSideEncryption": (_SSE, None),
    "SSEKMSKeyId": (f"{_SSE}-aws-kms-key-id", None),
    "SSEKMSEncryptionContext": (f"{_SSE}-context", None),
    "BucketKeyEnabled": (f"{_SSE}-bucket-key-enabled", _boolean),
    "SSECustomerAlgorithm": (f"{_CUSTOMER}-algorithm", None),
    "SSECustomerKey": (f"{_CUSTOMER}-key", None),
    "SSECustomerKeyMD5": (f"{_CUSTOMER}-key-md5", None),
    "CopySourceSSECustomerAlgorithm": (f"{_SOURCE_CUSTOMER}-algorithm", None),
    "CopySourceSSECustomerKey": (f"{_SOURCE_CUSTOMER}-key", None),
    "CopySourceSSECustomerKeyMD5": (f"{_SOURCE_CUSTOMER}-key-md5", None),
    "CopySource": ("x-amz-copy-source", _copy_source),
    "CopySourceRange": ("x-amz-copy-source-range", None),
    "CopySourceIfMatch": ("x-amz-copy-source-if-match", None),
    "CopySourceIfNoneMatch": ("x-amz-copy-source-if-none-match", None),
    "CopySourceIfModifiedSince": ("x-amz-copy-source-if-modified-since", _date),
    "CopySourceIfUnmodifiedSince": ("x-amz-copy-source-if-unmodified-since", _date),
    "MetadataDirective": ("x-amz-metadata-directive", None),
    "TaggingDirective": ("x-amz-tagging-directive", None),
    "ACL": ("x-amz-acl", None),
    "GrantFullControl": ("x-amz-grant-full-control", None),
    "GrantRead": ("x-amz-grant-read", None),
    "GrantReadACP": ("x-amz-grant-read-acp", None),
    "GrantWriteACP": ("x-amz-grant-write-acp", None),
    "RequestPayer": ("x-amz-request-payer", None),
    "ExpectedBucketOwner": ("x-amz-expected-bucket-owner", None),
    "ExpectedSourceBucketOwner": ("x-amz-source-expected-bucket-owner", None),
    "MFA": ("x-amz-mfa", None),
    "BypassGovernanceRetention": ("x-amz-bypass-governance-retention", _boolean),
    "OptionalObjectAttributes": ("x-amz-optional-object-attributes", ",".join),
    "ChecksumAlgorithm": ("x-amz-sdk-checksum-algorithm", None),
    "ChecksumCRC32": ("x-amz-checksum-crc32", None),
    "ChecksumCRC32C": ("x-amz-checksum-crc32c", None),
    "ChecksumCRC64NVME": ("x-amz-checksum-crc64nvme", None),
    "ChecksumSHA1": ("x-amz-checksum-sha1", None),
    "ChecksumSHA256": ("x-amz-checksum-sha256", None),
}

# Name in the query, converter.
_QUERY: dict[str, tuple[str, Callable[[Any], str] | None]] = {
    "VersionId": ("versionId", None),
    "PartNumber": ("partNumber", _number),
    "UploadId": ("uploadId", None),
    "ResponseContentType": ("response-content-type", None),
    "ResponseContentEncoding": ("response-content-encoding", None),
    "ResponseContentLanguage": ("response-content-language", None),
    "ResponseContentDisposition": ("response-content-disposition", None),
    "ResponseCacheControl": ("response-cache-control", None),
    "ResponseExpires": ("response-expires", _date),
    "EncodingType": ("encoding-type", None),
    "Prefix": ("prefix", None),
    "Delimiter": ("delimiter", None),
    "ContinuationToken": ("continuation-token", None),
    "StartAfter": ("start-after", None),
    "Marker": ("marker", None),
    "MaxKeys": ("max-keys", _number),
    "FetchOwner": ("fetch-owner", _boolean),
}

PARAMETERS: Mapping[str, tuple[str, bool, Callable[[Any], str] | None]] = {
    **{member: (name, False, convert) for member, (name, convert) in _HEADERS.items()},
    **{member: (name, True, convert) for member, (name, convert) in _QUERY.items()},
}
"""Member of a request -> name on the wire, whether that is in the query (else a header), how the value is written."""

METADATA = "x-amz-meta-"
"""What the headers of user metadata begin with."""


def _is_true(value: str) -> bool:
    return value.lower() == "true"


FIELDS: Mapping[str, tuple[str, Callable[[str], Any] | None]] = {
    "content-length": ("ContentLength", int),
    "content-range": ("ContentRange", None),
    "content-type": ("ContentType", None),
    "content-encoding": ("ContentEncoding", None),
    "content-language": ("ContentLanguage", None),
    "content-disposition": ("ContentDisposition", None),
    "cache-control": ("CacheControl", None),
    "expires": ("ExpiresString", None),
    "etag": ("ETag", None),
    "last-modified": ("LastModified", http_date),
    "accept-ranges": ("AcceptRanges", None),
    "x-amz-version-id": ("VersionId", None),
    "x-amz-delete-marker": ("DeleteMarker", _is_true),
    "x-amz-copy-source-version-id": ("CopySourceVersionId", None),
    "x-amz-storage-class": ("StorageClass", None),
    "x-amz-expiration": ("Expiration", None),
    "x-amz-restore": ("Restore", None),
    "x-amz-replication-status": ("ReplicationStatus", None),
    "x-amz-mp-parts-count": ("PartsCount", int),
    "x-amz-tagging-count": ("TagCount", int),
    "x-amz-missing-meta": ("MissingMeta", int),
    "x-amz-website-redirect-location": ("WebsiteRedirectLocation", None),
    "x-amz-request-charged": ("RequestCharged", None),
    "x-amz-object-lock-mode": ("ObjectLockMode", None),
    "x-amz-object-lock-retain-until-date": ("ObjectLockRetainUntilDate", iso_date),
    "x-amz-object-lock-legal-hold": ("ObjectLockLegalHoldStatus", None),
    "x-amz-checksum-crc32": ("ChecksumCRC32", None),
    "x-amz-checksum-crc32c": ("ChecksumCRC32C", None),
    "x-amz-checksum-crc64nvme": ("ChecksumCRC64NVME", None),
    "x-amz-checksum-sha1": ("ChecksumSHA1", None),
    "x-amz-checksum-sha256": ("ChecksumSHA256", None),
    "x-amz-checksum-type": ("ChecksumType", None),
    _SSE: ("ServerSideEncryption", None),
    f"{_SSE}-aws-kms-key-id": ("SSEKMSKeyId", None),
    f"{_SSE}-bucket-key-enabled": ("BucketKeyEnabled", _is_true),
    f"{_CUSTOMER}-algorithm": ("SSECustomerAlgorithm", None),
    f"{_CUSTOMER}-key-md5": ("SSECustomerKeyMD5", None),
}
"""Header of an answer, in lower case -> member, how the value is read."""
