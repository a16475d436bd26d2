"""From the answers of S3's operations, as boto3 parses them, to holdall's models. Pure functions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidResponse, RangeNotSatisfiable, Retry
from holdall.models import (
    ArchiveStatus,
    Checksum,
    ChecksumAlgorithm,
    CopyResult,
    DeleteResult,
    EncryptionInfo,
    ListPage,
    LockStatus,
    MultipartUpload,
    ObjectEntry,
    ObjectInfo,
    ObjectVersion,
    Owner,
    PartInfo,
    PartPage,
    PutResult,
    UploadInfo,
    UploadPage,
    VersionPage,
)
from holdall_s3.encoding import decode_key, decode_metadata, unquote_etag
from holdall_s3.requests import uploads_token, versions_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Answer = Mapping[str, Any]

PARTIAL_CONTENT = 206
"""HTTP status of an answer that is a piece of an object; it says which by ``Content-Range`` (RFC 9110, 15.3.7)."""

VERSION_ORDER = "HoldallVersionOrder"
"""Where the document order of a version listing is kept (see ``hooks``); boto3 sorts it into two lists."""

_CHECKSUMS = tuple((algorithm, f"Checksum{algorithm}") for algorithm in ChecksumAlgorithm)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_HTTP_DATE = len("Fri, 02 Jan 2026 03:04:05 GMT")
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}
_RESTORE = re.compile(r'ongoing-request="(true|false)"(?:,\s*expiry-date="([^"]+)")?')


# --- objects -----------------------------------------------------------------------------------------------------


def object_info(key: str, answer: Answer, *, encoded_twice: bool = False) -> ObjectInfo:
    """What HeadObject and GetObject tell.

    Args:
        key: The object.
        answer: The answer.
        encoded_twice: See ``encoding.decode_metadata``.

    Raises:
        InvalidResponse: No length, or nothing that every S3 store tells of an object.
    """
    if not answer.get("ETag") and not answer.get("LastModified"):  # a proxy's log-in page is no object
        raise InvalidResponse(
            "the store told of an object neither the ETag nor the time",
            hint="Something on the way may have answered in the store's place: look at endpoint and proxies.",
            retry=Retry.SAFE,
        )
    found = content_range(answer)
    size = found[2] if found else answer.get("ContentLength")
    if size is None:
        raise InvalidResponse("the store did not tell the object's size")
    return ObjectInfo(
        key=key,
        size=size,
        etag=unquote_etag(answer.get("ETag")),
        last_modified=utc(answer.get("LastModified")),
        version_id=answer.get("VersionId"),
        content_type=answer.get("ContentType"),
        content_encoding=answer.get("ContentEncoding"),
        content_language=answer.get("ContentLanguage"),
        content_disposition=answer.get("ContentDisposition"),
        cache_control=answer.get("CacheControl"),
        expires=_expires(answer),
        metadata=decode_metadata(answer.get("Metadata", {}), encoded_twice=encoded_twice),
        storage_class=answer.get("StorageClass") or "STANDARD",
        checksums=checksums(answer),
        encryption=encryption_info(answer),
        tag_count=answer.get("TagCount"),
        parts_count=answer.get("PartsCount"),
        expiration=answer.get("Expiration"),
        archive=_archive(answer.get("Restore")),
        lock=_lock(answer),
        replication_status=answer.get("ReplicationStatus"),
        website_redirect=answer.get("WebsiteRedirectLocation"),
        accept_ranges=None if (ranges := answer.get("AcceptRanges")) is None else ranges == "bytes",
        missing_metadata=answer.get("MissingMeta") or 0,
        request_charged="RequestCharged" in answer,
    )


def content_range(answer: Answer) -> tuple[int, int, int] | None:
    """Start, stop (exclusive) and whole size of a partial answer; ``None`` where the answer is whole.

    Older releases of boto3 parse the header for GetObject only, so it is taken from the headers.

    Raises:
        RangeNotSatisfiable: The object is empty.
        InvalidResponse: The header is not understood, or the status says that it must be there.
    """
    metadata = answer.get("ResponseMetadata", {})
    header = metadata.get("HTTPHeaders", {}).get("content-range") or answer.get("ContentRange")
    if header is None and metadata.get("HTTPStatusCode") != PARTIAL_CONTENT:
        return None
    match = _CONTENT_RANGE.fullmatch(header or "")
    if match is None and header == "bytes 0--1/0":  # MinIO, asked for the last bytes of an empty object
        raise RangeNotSatisfiable("the object is empty: it has no last bytes")
    if match is None:
        raise InvalidResponse(
            f"the store answered the range {header or ''!r}, which has no place in an object of known size"
        )
    return int(match[1]), int(match[2]) + 1, int(match[3])


def checksums(answer: Answer) -> tuple[Checksum, ...]:
    """The checksums that an answer has. A composite value ends in the number of parts, also where no type is told."""
    found = []
    for algorithm, member in _CHECKSUMS:
        value = answer.get(member)
        if value:
            composite = answer.get("ChecksumType") == "COMPOSITE" or "-" in value
            found.append(Checksum(algorithm, value, composite))
    return tuple(found)


def encryption_info(answer: Answer) -> EncryptionInfo | None:
    """How an object is encrypted; ``None`` where the store does not say."""
    customer = answer.get("SSECustomerAlgorithm")
    algorithm = answer.get("ServerSideEncryption") or customer
    if not algorithm:
        return None
    return EncryptionInfo(
        algorithm=algorithm,
        key_id=answer.get("SSEKMSKeyId"),
        bucket_key=answer.get("BucketKeyEnabled"),
        customer_key_md5=answer.get("SSECustomerKeyMD5"),
    )


def _archive(restore: str | None) -> ArchiveStatus | None:
    match = _RESTORE.search(restore) if restore else None
    if match is None:
        return None
    return ArchiveStatus(match[1] == "true", http_date(match[2]) if match[2] else None)


def restore_status(status: Answer | None) -> ArchiveStatus | None:
    """State of a restore, as a listing tells it."""
    if status is None:
        return None
    return ArchiveStatus(bool(status.get("IsRestoreInProgress")), utc(status.get("RestoreExpiryDate")))


def _lock(answer: Answer) -> LockStatus | None:
    hold = answer.get("ObjectLockLegalHoldStatus")
    mode = answer.get("ObjectLockMode")
    if hold is None and mode is None:
        return None
    return LockStatus(mode, utc(answer.get("ObjectLockRetainUntilDate")), None if hold is None else hold == "ON")


def _expires(answer: Answer) -> datetime | None:
    """S3 keeps any text as ``Expires``: what is no date is none. boto3 keeps the text, too."""
    value = answer.get("Expires")
    if isinstance(value, datetime):
        return utc(value)
    return http_date(answer.get("ExpiresString"))


def http_date(value: str | None) -> datetime | None:
    """A date of an HTTP header, ``None`` where it is none."""
    if not value:
        return None
    try:
        return usual_http_date(value) or utc(parsedate_to_datetime(value))
    except ValueError:
        return None


def usual_http_date(value: str) -> datetime | None:
    """A date in the form that all stores write (RFC 9110, 5.6.7), ten times as fast as by the parsers for all forms.

    Returns:
        ``None`` where it has another form.

    Raises:
        ValueError: There is no such day or time.
    """
    if len(value) != _HTTP_DATE or not value.endswith(" GMT") or value[8:11] not in _MONTHS:
        return None
    return datetime(
        int(value[12:16]),
        _MONTHS[value[8:11]],
        int(value[5:7]),
        int(value[17:19]),
        int(value[20:22]),
        int(value[23:25]),
        tzinfo=UTC,
    )


def iso_date(value: str) -> datetime | None:
    """A date of S3's XML.

    Raises:
        ValueError: It is none.
    """
    return utc(datetime.fromisoformat(value))


def utc(value: datetime | None) -> datetime | None:
    """A time in UTC; botocore's own zone objects are left behind."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def put_result(key: str, answer: Answer, size: int) -> PutResult:
    """What PutObject tells.

    Raises:
        InvalidResponse: No ETag: whoever answered so, it was no S3 store that has written an object.
    """
    if not answer.get("ETag"):
        raise InvalidResponse("the store answered a write without the object's ETag", retry=Retry.SAFE)
    return PutResult(
        key=key,
        etag=unquote_etag(answer["ETag"]),
        size=size,
        version_id=answer.get("VersionId"),
        checksums=checksums(answer),
        encryption=encryption_info(answer),
        expiration=answer.get("Expiration"),
        request_charged="RequestCharged" in answer,
    )


def copy_result(key: str, answer: Answer) -> CopyResult:
    """What CopyObject tells.

    Raises:
        InvalidResponse: The body has no result.
    """
    result = answer.get("CopyObjectResult") or {}
    if "ETag" not in result:
        raise InvalidResponse("the store answered a copy without the copy's ETag")
    return CopyResult(
        key=key,
        etag=unquote_etag(result["ETag"]),
        last_modified=utc(result.get("LastModified")),
        version_id=answer.get("VersionId"),
        source_version_id=answer.get("CopySourceVersionId"),
        checksums=checksums(result),
        encryption=encryption_info(answer),
        expiration=answer.get("Expiration"),
        request_charged="RequestCharged" in answer,
    )


def delete_result(answer: Answer, removed: str | None = None) -> DeleteResult:
    """What DeleteObject tells.

    Args:
        answer: The answer.
        removed: The version that was asked for. It counts, not what the answer says: Swift names the version that is
            the latest from now on.
    """
    return DeleteResult(
        delete_marker=bool(answer.get("DeleteMarker")),
        version_id=removed or answer.get("VersionId"),
        request_charged="RequestCharged" in answer,
    )


# --- listings ----------------------------------------------------------------------------------------------------


def list_page(answer: Answer, *, markers: bool = False) -> ListPage:
    """One page of ListObjectsV2, or of ListObjects.

    Args:
        answer: The answer.
        markers: It is one of ListObjects.

    Raises:
        InvalidResponse: There is more, and no token to get it with: a listing never ends early in silence.
    """
    decode = _decoder(answer)
    entries = tuple(
        ObjectEntry(
            decode(entry["Key"]),
            entry["Size"],
            unquote_etag(entry.get("ETag")),
            utc(entry.get("LastModified")),
            entry.get("StorageClass") or "STANDARD",
            owner(entry.get("Owner")),
            tuple(entry.get("ChecksumAlgorithm", ())),
            restore_status(entry.get("RestoreStatus")),
        )
        for entry in answer.get("Contents", ())
    )
    prefixes = _prefixes(answer, decode)
    token = None
    if answer.get("IsTruncated"):
        token = next_page(answer, decode, entries, prefixes, markers=markers)
    return ListPage(entries, prefixes, token)


def next_page(
    answer: Answer,
    decode: Callable[[str], str],
    entries: Sequence[ObjectEntry],
    prefixes: Sequence[str],
    *,
    markers: bool,
) -> str:
    """The token of the next page of a listing of objects.

    Args:
        answer: What the answer says besides its entries.
        decode: How keys are decoded.
        entries: What is on this page.
        prefixes: Likewise.
        markers: It is a page of ListObjects. Where a store tells no marker, as S3 does not without a delimiter, the
            last thing on the page is the one (API reference, ListObjects, ``NextMarker``).

    Raises:
        InvalidResponse: There is none.
    """
    token: str | None = answer.get("NextMarker" if markers else "NextContinuationToken")
    if token and markers:
        seen = {*prefixes, *(entry.key for entry in entries)}
        return token if token in seen else decode(token)
    if not token and markers:
        last = max((entry.key for entry in entries), key=_place, default="")
        token = max((last, *prefixes), key=_place)
    if not token:
        raise InvalidResponse("the store says that the listing goes on, and not where")
    return token


def after_marker(page: ListPage, marker: str | None) -> ListPage:
    """A page of ListObjects without what the page before it ended with.

    Some stores roll up what stands behind a common prefix, and tell the prefix again.

    Args:
        page: The page.
        marker: What it was to begin after; ``None`` is the beginning.

    Raises:
        InvalidResponse: It leads nowhere.
    """
    if marker is None:
        return page
    if page.next_token == marker:
        raise InvalidResponse("the store's listing does not get on: its pages begin again where they began")
    prefixes = tuple(prefix for prefix in page.prefixes if prefix != marker)
    return page if len(prefixes) == len(page.prefixes) else replace(page, prefixes=prefixes)


def _place(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape")


def version_page(answer: Answer) -> VersionPage:
    """One page of ListObjectVersions, versions and delete markers in the store's own order.

    Raises:
        InvalidResponse: There is more, and no marker to go on from.
    """
    decode = _decoder(answer)
    token = None
    versions = tuple(_version(entry, decode, marker=marker) for entry, marker in _in_order(answer))
    prefixes = _prefixes(answer, decode)
    if answer.get("IsTruncated"):
        seen = {*prefixes, *(version.key for version in versions)}
        token = versions_token(_marker(answer, decode, seen), answer.get("NextVersionIdMarker") or None)
    return VersionPage(versions, prefixes, token)


def _marker(answer: Answer, decode: Callable[[str], str], seen: set[str]) -> str:
    """The key that a listing goes on after: encoded as all keys are (AWS), or as it is (Swift).

    It is one of those on the page, so what can be found there as it is needs no decoding.

    Raises:
        InvalidResponse: There is none.
    """
    told: str | None = answer.get("NextKeyMarker")
    if not told:
        raise InvalidResponse("the store says that the listing goes on, and not where")
    return told if told in seen else decode(told)


def _in_order(answer: Answer) -> Iterator[tuple[Answer, bool]]:
    """The entries of both lists, and whether each is a delete marker, as they stood in the document."""
    versions, markers = answer.get("Versions", ()), answer.get("DeleteMarkers", ())
    order = answer.get(VERSION_ORDER, ())
    if len(order) != len(versions) + len(markers) or sum(order) != len(markers):
        raise InvalidResponse("the order of versions and delete markers can't be made out")
    remaining = {False: iter(versions), True: iter(markers)}
    for marker in order:
        yield next(remaining[marker]), marker


def _version(entry: Answer, decode: Callable[[str], str], *, marker: bool) -> ObjectVersion:
    return ObjectVersion(
        key=decode(entry["Key"]),
        version_id=entry["VersionId"],
        is_latest=bool(entry.get("IsLatest")),
        is_delete_marker=marker,
        size=entry.get("Size", 0),
        etag=unquote_etag(entry.get("ETag")),
        last_modified=utc(entry.get("LastModified")),
        storage_class=entry.get("StorageClass") or "STANDARD",
        owner=owner(entry.get("Owner")),
        checksum_algorithms=tuple(entry.get("ChecksumAlgorithm", ())),
    )


def _prefixes(answer: Answer, decode: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(decode(prefix["Prefix"]) for prefix in answer.get("CommonPrefixes", ()))


def _decoder(answer: Answer) -> Callable[[str], str]:
    """Some stores ignore the wish for URL encoding; they do not say ``EncodingType`` then."""
    return decode_key if answer.get("EncodingType") == "url" else str


def owner(answer: Answer | None) -> Owner | None:
    """An owner or initiator; AWS leaves the display name out since 2025."""
    return Owner(answer.get("ID"), answer.get("DisplayName")) if answer else None


# --- parts -------------------------------------------------------------------------------------------------------


def upload(key: str, answer: Answer) -> MultipartUpload:
    """What CreateMultipartUpload tells.

    Raises:
        InvalidResponse: No upload id.
    """
    upload_id = answer.get("UploadId")
    if not upload_id:
        raise InvalidResponse("the store began an upload and did not say under which id")
    return MultipartUpload(
        key=key,
        upload_id=upload_id,
        encryption=encryption_info(answer),
        checksum_algorithm=_algorithm(answer.get("ChecksumAlgorithm")),
        checksum_composite=answer.get("ChecksumType") == "COMPOSITE",
        abort_date=utc(answer.get("AbortDate")),
    )


def _algorithm(name: str | None) -> ChecksumAlgorithm | None:
    """An algorithm by its name; those that holdall does not know are as good as none."""
    return ChecksumAlgorithm.__members__.get(name) if name else None


def sent_part(part_number: int, answer: Answer, size: int) -> PartInfo:
    """What UploadPart tells."""
    return _part(part_number, answer, size, encryption_info(answer))


def copied_part(part_number: int, answer: Answer, size: int | None) -> PartInfo:
    """What UploadPartCopy tells."""
    return _part(part_number, answer.get("CopyPartResult") or {}, size, encryption_info(answer))


def _part(part_number: int, answer: Answer, size: int | None, encryption: EncryptionInfo | None) -> PartInfo:
    etag = unquote_etag(answer.get("ETag"))
    if etag is None:
        raise InvalidResponse(
            "the store answered a part without its ETag, so the upload can't be completed", retry=Retry.SAFE
        )
    return PartInfo(
        part_number=part_number,
        etag=etag,
        size=size,
        checksums=checksums(answer),
        last_modified=utc(answer.get("LastModified")),
        encryption=encryption,
    )


def completed(key: str, answer: Answer, size: int | None) -> PutResult:
    """What CompleteMultipartUpload tells.

    Raises:
        InvalidResponse: No ETag, be it an empty one as Ceph's: nobody knows then whether the upload was completed, and
            another attempt tells.
    """
    if "ETag" not in answer:
        raise InvalidResponse("the store answered the completion of an upload without a result", retry=Retry.SAFE)
    return PutResult(
        key=key,
        etag=unquote_etag(answer.get("ETag")),
        size=size,
        version_id=answer.get("VersionId"),
        checksums=checksums(answer),
        encryption=encryption_info(answer),
        expiration=answer.get("Expiration"),
        location=answer.get("Location"),
        request_charged="RequestCharged" in answer,
    )


def part_page(answer: Answer) -> PartPage:
    """One page of ListParts.

    Raises:
        InvalidResponse: There is more, and no marker to go on from.
    """
    marker = None
    if answer.get("IsTruncated"):
        marker = answer.get("NextPartNumberMarker")
        if not marker:
            raise InvalidResponse("the store says that the list of parts goes on, and not where")
    return PartPage(
        parts=tuple(_part(part["PartNumber"], part, part["Size"], None) for part in answer.get("Parts", ())),
        next_marker=marker,
        storage_class=answer.get("StorageClass") or "STANDARD",
        owner=owner(answer.get("Owner")),
        initiator=owner(answer.get("Initiator")),
        checksum_algorithm=_algorithm(answer.get("ChecksumAlgorithm")),
    )


def upload_page(answer: Answer) -> UploadPage:
    """One page of ListMultipartUploads.

    Raises:
        InvalidResponse: There is more, and no marker to go on from.
    """
    decode = _decoder(answer)
    token = None
    uploads = tuple(
        UploadInfo(
            key=decode(entry["Key"]),
            upload_id=entry["UploadId"],
            initiated=utc(entry.get("Initiated")),
            storage_class=entry.get("StorageClass") or "STANDARD",
            owner=owner(entry.get("Owner")),
            initiator=owner(entry.get("Initiator")),
        )
        for entry in answer.get("Uploads", ())
    )
    if answer.get("IsTruncated"):
        key = _marker(answer, decode, {upload.key for upload in uploads})
        token = uploads_token(key, answer.get("NextUploadIdMarker"))
    return UploadPage(uploads, token)


def outcomes_by_ref(answer: Answer) -> dict[tuple[str, str | None], Answer]:
    """The entries of a DeleteObjects answer, deleted or not, by key and version."""
    entries: Iterable[Answer] = chain(answer.get("Deleted", ()), answer.get("Errors", ()))
    return {(entry["Key"], entry.get("VersionId")): entry for entry in entries if "Key" in entry}
