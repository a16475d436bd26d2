"""Every response field of the operations that the provider covers, and where callers find it.

One table per operation: the field's name in the specification, and the value that the answer below must come to.
Fields that only repeat what the request said (bucket, prefix, marker, ...) have no place: callers know them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from holdall import options as opt
from holdall.errors import (
    InternalError,
    InvalidResponse,
    ObjectNotFound,
    ResponseError,
    UnexpectedContent,
    VersionNotFound,
    XmlParseError,
)
from holdall.models import (
    ArchiveStatus,
    ByteRange,
    Checksum,
    ChecksumAlgorithm,
    CopySource,
    EncryptionInfo,
    LockStatus,
    ObjectRef,
    Owner,
    PartInfo,
    SseKms,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.wire import Wire

    Answer: TypeAlias = tuple[dict[str, str], str]
    Row: TypeAlias = tuple[str, Callable[[Any], Any], Any]

XML = '<?xml version="1.0" encoding="UTF-8"?>'
NO_RESULTS = ("", "<Foo/>", "<html>Please log in</html>")
"""What answers with 200 and is no answer of S3's."""
DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HTTP_DAY = "Fri, 02 Jan 2026 03:04:05 GMT"
ISO_DAY = "2026-01-02T03:04:05.000Z"
KMS = {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:key/1",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
}
KMS_INFO = EncryptionInfo("aws:kms", "arn:key/1", bucket_key=True)
SUMS = {
    "x-amz-checksum-crc32": "NhCmhg==",
    "x-amz-checksum-crc32c": "mnG7TA==",
    "x-amz-checksum-crc64nvme": "M3eFcAZSQlc=",
    "x-amz-checksum-sha1": "qvTGHdzF6KLavt4PO0gs2a6pQ00=",
    "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
}
ALGORITHMS = tuple(ChecksumAlgorithm)
ALL_SUMS = tuple(Checksum(algorithm, SUMS[f"x-amz-checksum-{algorithm.lower()}"]) for algorithm in ALGORITHMS)
XML_SUMS = "".join(f"<Checksum{item.algorithm}>{item.value}</Checksum{item.algorithm}>" for item in ALL_SUMS)
OBJECT = {
    "content-length": "3",
    "content-range": "bytes 2-4/5",
    "content-type": "text/csv",
    "content-encoding": "gzip",
    "content-disposition": "attachment",
    "content-language": "de",
    "cache-control": "no-store",
    "expires": HTTP_DAY,
    "etag": '"abc-2"',
    "last-modified": HTTP_DAY,
    "x-amz-meta-Name": "=?UTF-8?B?w6Q=?=",
    "x-amz-missing-meta": "2",
    "x-amz-version-id": "v1",
    "x-amz-storage-class": "GLACIER",
    "accept-ranges": "bytes",
    "x-amz-restore": f'ongoing-request="false", expiry-date="{HTTP_DAY}"',
    "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-object-lock-retain-until-date": ISO_DAY,
    "x-amz-object-lock-legal-hold": "ON",
    "x-amz-mp-parts-count": "2",
    "x-amz-tagging-count": "3",
    "x-amz-expiration": 'expiry-date="…", rule-id="r"',
    "x-amz-replication-status": "COMPLETED",
    "x-amz-website-redirect-location": "/x",
    "x-amz-request-charged": "requester",
    **KMS,
    **SUMS,
}
OBJECT_ROWS: list[Row] = [
    ("content_length", lambda info: info.size, 5),
    ("content_type", lambda info: info.content_type, "text/csv"),
    ("content_encoding", lambda info: info.content_encoding, "gzip"),
    ("content_disposition", lambda info: info.content_disposition, "attachment"),
    ("content_language", lambda info: info.content_language, "de"),
    ("cache_control", lambda info: info.cache_control, "no-store"),
    ("e_tag", lambda info: info.etag, "abc-2"),
    ("last_modified", lambda info: info.last_modified, DAY),
    ("metadata", lambda info: info.metadata, {"name": "ä"}),
    ("missing_meta", lambda info: info.missing_metadata, 2),
    ("version_id", lambda info: info.version_id, "v1"),
    ("storage_class", lambda info: info.storage_class, "GLACIER"),
    ("server_side_encryption", lambda info: info.encryption, KMS_INFO),
    ("accept_ranges", lambda info: info.accept_ranges, True),
    ("expires", lambda info: info.expires, DAY),
    ("restore", lambda info: info.archive, ArchiveStatus(restoring=False, restored_until=DAY)),
    ("object_lock", lambda info: info.lock, LockStatus("GOVERNANCE", DAY, legal_hold=True)),
    ("parts_count", lambda info: info.parts_count, 2),
    ("checksums", lambda info: info.checksums, ALL_SUMS),
    ("tag_count", lambda info: info.tag_count, 3),
    ("expiration", lambda info: info.expiration, 'expiry-date="…", rule-id="r"'),
    ("replication_status", lambda info: info.replication_status, "COMPLETED"),
    ("website_redirect", lambda info: info.website_redirect, "/x"),
    ("request_charged", lambda info: info.request_charged, True),
]
WRITTEN = {"etag": '"e"', "x-amz-version-id": "v1", "x-amz-expiration": "soon", "x-amz-request-charged": "requester"}
WRITTEN_ROWS: list[Row] = [
    ("e_tag", lambda result: result.etag, "e"),
    ("version_id", lambda result: result.version_id, "v1"),
    ("expiration", lambda result: result.expiration, "soon"),
    ("server_side_encryption", lambda result: result.encryption, KMS_INFO),
    ("checksums", lambda result: result.checksums, ALL_SUMS),
    ("request_charged", lambda result: result.request_charged, True),
]
PEOPLE = "<Owner><ID>o1</ID><DisplayName>Olga</DisplayName></Owner>"
INITIATOR = "<Initiator><ID>i1</ID><DisplayName>Ida</DisplayName></Initiator>"
OLGA, IDA = Owner("o1", "Olga"), Owner("i1", "Ida")
PART = PartInfo(part_number=1, etag="e1", size=5)

SPEC: dict[str, tuple[Callable[[S3Provider], Any], Answer, list[Row]]] = {
    "4.1.1 PutObject": (
        lambda p: p.put("k", b"hello", opt.PUT),
        ({**WRITTEN, **KMS, **SUMS}, ""),
        [*WRITTEN_ROWS, ("size", lambda result: result.size, 5)],
    ),
    "4.1.2 GetObject": (
        lambda p: p.get("k", opt.GetOptions(range=ByteRange(2, 5))),
        (OBJECT, "llo"),
        [
            *[(name, lambda got, take=take: take(got.info), value) for name, take, value in OBJECT_ROWS],
            ("body", lambda got: got.read(), b"llo"),
            ("content_range", lambda got: (got.start, got.length, got.info.size), (2, 3, 5)),
        ],
    ),
    "4.1.3 DeleteObject": (
        lambda p: p.delete("k", opt.DELETE),
        ({"x-amz-delete-marker": "true", "x-amz-version-id": "v2", "x-amz-request-charged": "requester"}, ""),
        [
            ("delete_marker", lambda result: result.delete_marker, True),
            ("version_id", lambda result: result.version_id, "v2"),
            ("request_charged", lambda result: result.request_charged, True),
        ],
    ),
    "4.1.4 DeleteObjects": (
        lambda p: p.delete_batch([ObjectRef("c"), ObjectRef("a"), ObjectRef("b", "v1"), ObjectRef("d")], opt.DELETE),
        (
            {},
            (
                "<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>"
                "<DeleteMarkerVersionId>m1</DeleteMarkerVersionId></Deleted>"
                "<Error><Key>b</Key><VersionId>v1</VersionId><Code>AccessDenied</Code><Message>no</Message></Error>"
                "<Error><Key>c</Key><Code>NoSuchKey</Code></Error></DeleteResult>"
            ),
        ),
        [
            ("order of the request", lambda found: [item.key for item in found], ["c", "a", "b", "d"]),
            ("deleted", lambda found: (found[1].delete_marker, found[1].delete_marker_version_id), (True, "m1")),
            ("errors", lambda found: type(found[2].error).__name__, "AccessDenied"),
            ("errors.code", lambda found: found[2].error.code, "AccessDenied"),
            ("errors.version_id", lambda found: found[2].error.version_id, "v1"),
            ("errors: what is not there is deleted", lambda found: found[0].error, None),
            ("a key that the store forgot", lambda found: type(found[3].error).__name__, "InvalidResponse"),
        ],
    ),
    "4.1.5 HeadObject": (lambda p: p.head("k", opt.HeadOptions(part_number=2)), (OBJECT, ""), OBJECT_ROWS),
    "4.1.6 CopyObject": (
        lambda p: p.copy(CopySource("from"), "k", opt.COPY),
        (
            {**{name: value for name, value in WRITTEN.items() if name != "etag"}, **KMS}
            | {"x-amz-copy-source-version-id": "v0"},
            f'<CopyObjectResult><ETag>"e"</ETag><LastModified>{ISO_DAY}</LastModified>{XML_SUMS}</CopyObjectResult>',
        ),
        [
            *WRITTEN_ROWS,
            ("last_modified", lambda result: result.last_modified, DAY),
            ("copy_source_version_id", lambda result: result.source_version_id, "v0"),
        ],
    ),
    "4.1.7 ListObjectsV2": (
        lambda p: p.list_page(opt.LIST),
        (
            {},
            (
                "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                "<NextContinuationToken>t+1</NextContinuationToken><Contents><Key>a+b%2B%0A%C3%BC</Key>"
                f'<LastModified>{ISO_DAY}</LastModified><ETag>"e"</ETag><Size>5</Size><StorageClass>GLACIER</StorageClass>'
                f"{PEOPLE}<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><RestoreStatus><IsRestoreInProgress>true"
                "</IsRestoreInProgress></RestoreStatus></Contents>"
                "<CommonPrefixes><Prefix>p+%2F</Prefix></CommonPrefixes></ListBucketResult>"
            ),
        ),
        [
            ("is_truncated, next_continuation_token", lambda page: page.next_token, "t+1"),
            ("common_prefixes", lambda page: page.prefixes, ("p /",)),
            ("contents.key", lambda page: page.entries[0].key, "a b+\nü"),
            ("contents.last_modified", lambda page: page.entries[0].last_modified, DAY),
            ("contents.e_tag", lambda page: page.entries[0].etag, "e"),
            ("contents.size", lambda page: page.entries[0].size, 5),
            ("contents.storage_class", lambda page: page.entries[0].storage_class, "GLACIER"),
            ("contents.owner", lambda page: page.entries[0].owner, OLGA),
            ("contents.checksum_algorithm", lambda page: page.entries[0].checksum_algorithms, ("CRC32",)),
            ("contents.restore_status", lambda page: page.entries[0].archive, ArchiveStatus(restoring=True)),
        ],
    ),
    "4.2.1 CreateBucket": (
        lambda p: p.create_bucket("new-bucket", opt.CREATE_BUCKET),
        ({"location": "http://new-bucket.s3.amazonaws.com/"}, ""),
        [("location", lambda info: info.location, "http://new-bucket.s3.amazonaws.com/")],
    ),
    "4.2.3 HeadBucket": (
        lambda p: p.head_bucket("bucket"),
        ({"x-amz-bucket-region": "eu-central-1", "x-amz-access-point-alias": "true"}, ""),
        [
            ("bucket_region", lambda info: info.region, "eu-central-1"),
            ("access_point_alias", lambda info: info.is_access_point_alias, True),
        ],
    ),
    "4.2.4 ListBuckets": (
        lambda p: p.list_buckets(None, None),
        (
            {},
            (
                f"<ListAllMyBucketsResult>{PEOPLE}<Buckets><Bucket><Name>one</Name><CreationDate>{ISO_DAY}</CreationDate>"
                "<BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>"
            ),
        ),
        [
            ("owner", lambda page: page.owner, OLGA),
            ("buckets.name", lambda page: page.buckets[0].name, "one"),
            ("buckets.creation_date", lambda page: page.buckets[0].created, DAY),
            ("buckets.region", lambda page: page.buckets[0].region, "eu-west-1"),
        ],
    ),
    "4.2.5 GetBucketLocation": (
        lambda p: p.bucket_location("bucket"),
        ({}, "<LocationConstraint>eu-south-1</LocationConstraint>"),
        [("location_constraint", lambda region: region, "eu-south-1")],
    ),
    "4.3.1 CreateMultipartUpload": (
        lambda p: p.create_upload("k", opt.CREATE_UPLOAD),
        (
            {
                **KMS,
                "x-amz-checksum-algorithm": "CRC32C",
                "x-amz-checksum-type": "COMPOSITE",
                "x-amz-abort-date": HTTP_DAY,
            },
            "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>",
        ),
        [
            ("key", lambda upload: upload.key, "k"),
            ("upload_id", lambda upload: upload.upload_id, "id"),
            ("server_side_encryption", lambda upload: upload.encryption, KMS_INFO),
            ("checksum_algorithm", lambda upload: upload.checksum_algorithm, ChecksumAlgorithm.CRC32C),
            ("checksum_type", lambda upload: upload.checksum_composite, True),
            ("abort_date", lambda upload: upload.abort_date, DAY),
        ],
    ),
    "4.3.2 UploadPart": (
        lambda p: p.upload_part("k", "id", 7, b"hello", opt.PART),
        ({"etag": '"e"', **KMS, **SUMS}, ""),
        [
            ("part_number", lambda part: part.part_number, 7),
            ("e_tag", lambda part: part.etag, "e"),
            ("size", lambda part: part.size, 5),
            ("checksums", lambda part: part.checksums, ALL_SUMS),
            ("server_side_encryption", lambda part: part.encryption, KMS_INFO),
        ],
    ),
    "4.3.2 UploadPartCopy": (
        lambda p: p.copy_part("k", "id", 7, CopySource("from"), ByteRange(5, 10), opt.PART),
        (KMS, f'<CopyPartResult><ETag>"e"</ETag><LastModified>{ISO_DAY}</LastModified>{XML_SUMS}</CopyPartResult>'),
        [
            ("e_tag", lambda part: part.etag, "e"),
            ("size", lambda part: part.size, 5),
            ("last_modified", lambda part: part.last_modified, DAY),
            ("checksums", lambda part: part.checksums, ALL_SUMS),
            ("server_side_encryption", lambda part: part.encryption, KMS_INFO),
        ],
    ),
    "4.3.3 CompleteMultipartUpload": (
        lambda p: p.complete_upload("k", "id", [PART], opt.COMPLETE),
        (
            {**{name: value for name, value in WRITTEN.items() if name != "etag"}, **KMS},
            (
                '<CompleteMultipartUploadResult><Location>https://x/k</Location><Key>k</Key><ETag>"e"</ETag>'
                f"{XML_SUMS}</CompleteMultipartUploadResult>"
            ),
        ),
        [
            *WRITTEN_ROWS,
            ("location", lambda result: result.location, "https://x/k"),
            ("key", lambda result: result.key, "k"),
            ("size", lambda result: result.size, 5),
        ],
    ),
    "4.3.5 ListParts": (
        lambda p: p.list_parts("k", "id", 0, None),
        (
            {},
            (
                f"<ListPartsResult>{INITIATOR}{PEOPLE}<StorageClass>STANDARD_IA</StorageClass><IsTruncated>true</IsTruncated>"
                "<NextPartNumberMarker>3</NextPartNumberMarker><ChecksumAlgorithm>SHA256</ChecksumAlgorithm>"
                f'<Part><PartNumber>3</PartNumber><LastModified>{ISO_DAY}</LastModified><ETag>"e"</ETag><Size>9</Size>'
                f"{XML_SUMS}</Part></ListPartsResult>"
            ),
        ),
        [
            ("initiator", lambda page: page.initiator, IDA),
            ("owner", lambda page: page.owner, OLGA),
            ("storage_class", lambda page: page.storage_class, "STANDARD_IA"),
            ("is_truncated, next_part_number_marker", lambda page: page.next_marker, 3),
            ("checksum_algorithm", lambda page: page.checksum_algorithm, ChecksumAlgorithm.SHA256),
            ("part.part_number", lambda page: page.parts[0].part_number, 3),
            ("part.last_modified", lambda page: page.parts[0].last_modified, DAY),
            ("part.e_tag", lambda page: page.parts[0].etag, "e"),
            ("part.size", lambda page: page.parts[0].size, 9),
            ("part.checksums", lambda page: page.parts[0].checksums, ALL_SUMS),
        ],
    ),
    "4.5.1 GetObjectTagging": (
        lambda p: p.get_tags("k", None),
        ({}, "<Tagging><TagSet><Tag><Key>a</Key><Value>ü</Value></Tag></TagSet></Tagging>"),
        [("tag_set", lambda tags: tags, {"a": "ü"})],
    ),
    "4.5.2 PutObjectTagging": (
        lambda p: p.put_tags("k", {"a": "b"}, None),
        ({"x-amz-version-id": "v1"}, ""),
        [("version_id", lambda version: version, "v1")],
    ),
    "4.5.3 DeleteObjectTagging": (
        lambda p: p.delete_tags("k", None),
        ({"x-amz-version-id": "v1"}, ""),
        [("version_id", lambda version: version, "v1")],
    ),
}
ROWS = [pytest.param(name, row, id=f"{name}: {row[0]}") for name, (_, _, rows) in SPEC.items() for row in rows]


@pytest.mark.parametrize(("operation", "row"), ROWS)
def test_a_field_is_where_callers_look_for_it(operation: str, row: Row, aws: S3Provider, wire: Wire) -> None:
    call, (headers, body), _ = SPEC[operation]
    _, take, value = row
    wire.answer(200, headers, body)
    assert take(call(aws)) == value


@pytest.mark.parametrize(("marker", "status"), [(None, 404), ("v1", 405)])
def test_delete_markers_are_told_by_the_error(marker: str | None, status: int, aws: S3Provider, wire: Wire) -> None:
    wire.answer(status, {"x-amz-delete-marker": "true"})
    with pytest.raises(VersionNotFound if marker else ObjectNotFound) as caught:
        aws.head("k", opt.HeadOptions(version_id=marker))
    assert "delete marker" in str(caught.value.hint)


@pytest.mark.parametrize(("told", "region"), [("", "us-east-1"), ("EU", "eu-west-1"), ("ap-south-1", "ap-south-1")])
def test_old_names_of_regions(told: str, region: str, aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {}, f"<LocationConstraint>{told}</LocationConstraint>")
    assert aws.bucket_location("bucket") == region


def test_versions_and_markers_stand_in_the_order_of_the_document(aws: S3Provider, wire: Wire) -> None:
    def entry(kind: str, key: str, version: str, latest: str) -> str:
        return (
            f"<{kind}><Key>{key}</Key><VersionId>{version}</VersionId><IsLatest>{latest}</IsLatest>"
            f"<LastModified>{ISO_DAY}</LastModified>{PEOPLE}</{kind}>"
        )

    # All of one second: only the place in the document says which is newer.
    wire.answer(
        200,
        {},
        "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
        "<NextKeyMarker>b+c</NextKeyMarker><NextVersionIdMarker>v9</NextVersionIdMarker>"
        + entry("DeleteMarker", "a", "m2", "true")
        + entry("Version", "a", "v2", "false")
        + entry("DeleteMarker", "a", "m1", "false")
        + entry("Version", "a", "v1", "false")
        + entry("Version", "b+c", "v9", "true")
        + "</ListVersionsResult>",
    )
    page = aws.list_versions_page(opt.LIST)
    assert [item.version_id for item in page.versions] == ["m2", "v2", "m1", "v1", "v9"]
    assert [item.is_delete_marker for item in page.versions] == [True, False, True, False, False]
    assert [item.is_latest for item in page.versions] == [True, False, False, False, True]
    assert page.versions[4].key == "b c"
    assert page.versions[0].owner == OLGA
    aws.list_versions_page(opt.ListOptions(token=page.next_token))
    assert (wire.last.query["key-marker"], wire.last.query["version-id-marker"]) == ("b c", "v9")


@pytest.mark.parametrize(
    ("call", "root"),
    [
        (lambda p: p.list_page(opt.LIST), "ListBucketResult"),
        (lambda p: p.list_versions_page(opt.LIST), "ListVersionsResult"),
        (lambda p: p.list_parts("k", "id", 0, None), "ListPartsResult"),
        (lambda p: p.list_uploads("", None, None), "ListMultipartUploadsResult"),
    ],
)
def test_a_listing_never_ends_early_in_silence(
    call: Callable[[S3Provider], Any], root: str, aws: S3Provider, wire: Wire
) -> None:
    wire.answer(200, {}, f"<{root}><IsTruncated>true</IsTruncated></{root}>")
    with pytest.raises(InvalidResponse, match="not where"):
        call(aws)


@pytest.mark.parametrize("body", NO_RESULTS)
@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.list_page(opt.LIST),
        lambda p: p.list_versions_page(opt.LIST),
        lambda p: p.list_parts("k", "id", 0, None),
        lambda p: p.list_uploads("", None, None),
        lambda p: p.list_buckets(None, None),
        lambda p: p.get_tags("k", None),
    ],
)
def test_nothing_else_passes_for_an_empty_answer(
    call: Callable[[S3Provider], Any], body: str, aws: S3Provider, wire: Wire
) -> None:
    wire.answer(200, {}, body)
    with pytest.raises(ResponseError):
        call(aws)


@pytest.mark.parametrize("body", NO_RESULTS)
def test_nothing_else_passes_for_the_deletion_of_a_key(body: str, aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {}, body)
    try:
        outcomes = aws.delete_batch([ObjectRef("k")], opt.DELETE)
    except ResponseError:
        return
    assert [type(outcome.error) for outcome in outcomes] == [InvalidResponse]


@pytest.mark.parametrize("before", ["", "\ufeff", "\n ", XML, f"{XML}\n<!-- <Foo/> -->\n"])
def test_a_listing_may_begin_in_any_way(before: str, aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {}, f"{before}<ListBucketResult/>")
    assert aws.list_page(opt.LIST).entries == ()


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ("<InitiateMultipartUploadResult/>", lambda p: p.create_upload("k", opt.CREATE_UPLOAD)),
        ("", lambda p: p.upload_part("k", "id", 1, b"x", opt.PART)),
        ("<CopyPartResult/>", lambda p: p.copy_part("k", "id", 1, CopySource("a"), None, opt.PART)),
        ("<CopyObjectResult/>", lambda p: p.copy(CopySource("a"), "k", opt.COPY)),
        *((body, lambda p: p.put("k", b"x", opt.PUT)) for body in NO_RESULTS),
        *((body, lambda p: p.complete_upload("k", "id", [PART], opt.COMPLETE)) for body in NO_RESULTS),
    ],
)
def test_an_answer_without_what_it_is_for_is_an_error(
    body: str, call: Callable[[S3Provider], Any], aws: S3Provider, wire: Wire
) -> None:
    wire.answer(200, {}, body)
    with pytest.raises(InvalidResponse):
        call(aws)


def test_an_upload_may_be_completed_without_saying_how_its_etag_came_out(aws: S3Provider, wire: Wire) -> None:
    # Ceph RGW 16 does so: the ETag is there, and empty.
    wire.answer(200, {}, "<CompleteMultipartUploadResult><ETag/><Key>k</Key></CompleteMultipartUploadResult>")
    done = aws.complete_upload("k", "id", [PART], opt.COMPLETE)
    assert (done.etag, done.size) == (None, 5)


def test_an_answer_that_is_no_xml_is_an_error(aws: S3Provider, wire: Wire, engine: str) -> None:
    wire.answer(200, {}, "neither here nor there")
    with pytest.raises(XmlParseError):
        aws.bucket_location("bucket")
    # botocore takes a body that was cut off for a failure of the store.
    with pytest.raises(InternalError if engine == "sdk" else XmlParseError):
        aws.list_page(opt.LIST)


def test_sizes_and_encryption_that_are_not_told(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"content-length": "5", "last-modified": HTTP_DAY, "expires": "tomorrow"})
    info = aws.head("k", opt.HEAD)
    assert (info.size, info.etag, info.encryption, info.expires, info.lock, info.archive) == (5, *[None] * 5)
    assert (info.storage_class, info.accept_ranges, info.checksums, info.metadata) == ("STANDARD", None, (), {})
    wire.answer(200, {}, '<CopyPartResult><ETag>"e"</ETag></CopyPartResult>')
    assert aws.copy_part("k", "id", 1, CopySource("a"), None, opt.PART).size is None


@pytest.mark.parametrize(
    "call",
    [
        lambda aws: aws.head("k", opt.HEAD),
        lambda aws: aws.get("k", opt.GET),
        lambda aws: aws.delete("k", opt.DELETE),
        lambda aws: aws.abort_upload("k", "id"),
    ],
)
def test_the_page_of_somebody_on_the_way_is_no_answer(
    call: Callable[[S3Provider], Any], aws: S3Provider, wire: Wire
) -> None:
    """A log-in page says 200 to everything: it is no object, and nothing was deleted."""
    page = "<!DOCTYPE html><html><body>Please log in</body></html>"
    wire.answer(200, {"content-type": "text/html"}, page)
    with pytest.raises((InvalidResponse, UnexpectedContent)):
        call(aws)


def test_encryption_context_is_not_confused_with_the_customers_key(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"etag": '"e"', **KMS})
    result = aws.put("k", b"", opt.PutOptions(encryption=SseKms(context={"a": "b"})))
    assert result.encryption == KMS_INFO


def test_versions_that_a_batch_was_not_asked_about_are_the_stores_own_words(aws: S3Provider, wire: Wire) -> None:
    """Garage has no versions, and names one for each key that it removed; the answer is as it was seen there."""
    told = (
        "<Deleted><Key>{}</Key><VersionId>{}</VersionId><DeleteMarkerVersionId>beea</DeleteMarkerVersionId></Deleted>"
    )
    wire.answer(200, {}, f"<DeleteResult>{told.format('a', '05fa')}<Deleted><Key>no</Key></Deleted></DeleteResult>")
    outcomes = aws.delete_batch([ObjectRef("a"), ObjectRef("no")], opt.DELETE)
    assert [(each.key, each.error, each.delete_marker_version_id) for each in outcomes] == [
        ("a", None, None),
        ("no", None, None),
    ]


def test_what_is_told_of_a_version_is_no_answer_about_the_object(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {}, "<DeleteResult><Deleted><Key>a</Key><VersionId>v1</VersionId></Deleted></DeleteResult>")
    version, latest = aws.delete_batch([ObjectRef("a", "v1"), ObjectRef("a")], opt.DELETE)
    assert version.error is None
    assert isinstance(latest.error, InvalidResponse)
