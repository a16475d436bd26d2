"""Every request parameter of the operations that the provider covers, and where it is on the wire.

One table per operation: the parameter's name in the specification, the call that sets it, where it must be found. Only
the shape of requests is shown here; what stores make of them is for the tests on real servers.
"""

from __future__ import annotations

import base64
import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from holdall import options as opt
from holdall.errors import StorageError
from holdall.models import (
    ByteRange,
    Checksum,
    ChecksumAlgorithm,
    CopySource,
    ObjectRef,
    PartInfo,
    SseC,
    SseKms,
    SseS3,
)
from holdall_s3 import S3Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.wire import Sent, Wire

    Call: TypeAlias = Callable[[S3Provider], Any]
    Row: TypeAlias = tuple[str, Call, str, str]

DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HTTP_DAY = "Fri, 02 Jan 2026 03:04:05 GMT"
KEY = bytes(range(32))
KEY_64 = base64.b64encode(KEY).decode()
KEY_MD5 = "tP/LI3N87DFaSk0aoqYgzg=="
MD5 = "XUFAKrxLKna5cZ2REBfFkg=="
CRC = Checksum(ChecksumAlgorithm.CRC32, "NhCmhg==")
SHA256 = Checksum(ChecksumAlgorithm.SHA256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")
COMPOSITE = Checksum(ChecksumAlgorithm.CRC32C, "AAAAAA==-1", composite=True)
PART = PartInfo(part_number=1, etag="e1", size=5, checksums=(CRC,))
SSE_C = "x-amz-server-side-encryption-customer-"


def put(**options: Any) -> Call:
    return lambda provider: provider.put("k", b"hello", opt.PutOptions(**options))


def create(**options: Any) -> Call:
    return lambda provider: provider.create_upload("k", opt.CreateUploadOptions(**options))


def copy(source: CopySource | None = None, **options: Any) -> Call:
    return lambda provider: provider.copy(source or CopySource("from"), "k", opt.CopyOptions(**options))


def get(**options: Any) -> Call:
    return lambda provider: provider.get("k", opt.GetOptions(**options))


def head(**options: Any) -> Call:
    return lambda provider: provider.head("k", opt.HeadOptions(**options))


def delete(**options: Any) -> Call:
    return lambda provider: provider.delete("k", opt.DeleteOptions(**options))


def batch(*refs: ObjectRef, **options: Any) -> Call:
    return lambda provider: provider.delete_batch(refs, opt.DeleteOptions(**options))


def listing(**options: Any) -> Call:
    return lambda provider: provider.list_page(opt.ListOptions(**options))


def new_bucket(**options: Any) -> Call:
    return lambda provider: provider.create_bucket("new-bucket", opt.CreateBucketOptions(**options))


def part(**options: Any) -> Call:
    return lambda provider: provider.upload_part("k", "id", 7, b"hello", opt.PartOptions(**options))


def copied_part(source: CopySource | None = None, piece: ByteRange | None = None, **options: Any) -> Call:
    return lambda provider: provider.copy_part(
        "k", "id", 7, source or CopySource("from"), piece, opt.PartOptions(**options)
    )


def complete(**options: Any) -> Call:
    return lambda provider: provider.complete_upload("k", "id", [PART], opt.CompleteOptions(**options))


def s3(**options: Any) -> S3Options:
    return S3Options(**options)


# What PutObject, CreateMultipartUpload and CopyObject have in common: name, options, header, value.
WRITE: list[tuple[str, dict[str, Any], str, str]] = [
    ("content_type", {"content_type": "text/csv"}, "content-type", "text/csv"),
    ("content_encoding", {"content_encoding": "gzip"}, "content-encoding", "gzip"),
    ("content_disposition", {"content_disposition": "attachment"}, "content-disposition", "attachment"),
    ("content_language", {"content_language": "de"}, "content-language", "de"),
    ("cache_control", {"cache_control": "no-store"}, "cache-control", "no-store"),
    ("expires", {"expires": DAY}, "expires", HTTP_DAY),
    ("metadata", {"metadata": {"a-b": "ä"}}, "x-amz-meta-a-b", "=?UTF-8?B?w6Q=?="),
    ("tagging", {"tags": {"a b": "c&d", "ü": ""}}, "x-amz-tagging", "a%20b=c%26d&%C3%BC="),
    ("storage_class", {"storage_class": "STANDARD_IA"}, "x-amz-storage-class", "STANDARD_IA"),
    ("server_side_encryption", {"encryption": SseS3()}, "x-amz-server-side-encryption", "AES256"),
    ("server_side_encryption (kms)", {"encryption": SseKms()}, "x-amz-server-side-encryption", "aws:kms"),
    (
        "server_side_encryption (dsse)",
        {"encryption": SseKms(dual_layer=True)},
        "x-amz-server-side-encryption",
        "aws:kms:dsse",
    ),
    ("sse_kms_key_id", {"encryption": SseKms("key-1")}, "x-amz-server-side-encryption-aws-kms-key-id", "key-1"),
    (
        "sse_kms_context",
        {"encryption": SseKms(context={"a": "1"})},
        "x-amz-server-side-encryption-context",
        base64.b64encode(b'{"a": "1"}').decode(),
    ),
    (
        "bucket_key",
        {"encryption": SseKms(bucket_key=False)},
        "x-amz-server-side-encryption-bucket-key-enabled",
        "false",
    ),
    ("sse_customer_algorithm", {"encryption": SseC(KEY)}, f"{SSE_C}algorithm", "AES256"),
    ("sse_customer_key", {"encryption": SseC(KEY)}, f"{SSE_C}key", KEY_64),
    ("sse_customer_key_md5", {"encryption": SseC(KEY)}, f"{SSE_C}key-md5", KEY_MD5),
    ("acl", {"backend": s3(acl="public-read")}, "x-amz-acl", "public-read"),
    ("grant_full_control", {"backend": s3(grant_full_control='id="1"')}, "x-amz-grant-full-control", 'id="1"'),
    ("grant_read", {"backend": s3(grant_read='id="1"')}, "x-amz-grant-read", 'id="1"'),
    ("grant_read_acp", {"backend": s3(grant_read_acp='id="1"')}, "x-amz-grant-read-acp", 'id="1"'),
    ("grant_write_acp", {"backend": s3(grant_write_acp='id="1"')}, "x-amz-grant-write-acp", 'id="1"'),
    ("website_redirect", {"backend": s3(website_redirect="/x")}, "x-amz-website-redirect-location", "/x"),
    ("request_payer", {"backend": s3(request_payer=True)}, "x-amz-request-payer", "requester"),
    ("expected_bucket_owner", {"backend": s3(expected_bucket_owner="123")}, "x-amz-expected-bucket-owner", "123"),
]
REPLACED = {"content_type", "content_encoding", "content_disposition", "content_language", "cache_control", "expires"}


def writes(call: Callable[..., Call]) -> list[Row]:
    return [(name, call(**options), f"header {header}", value) for name, options, header, value in WRITE]


def copies() -> list[Row]:
    """The same for a copy, which has to be told to replace what it would take over."""
    rows: list[Row] = []
    for name, given, header, value in WRITE:
        options = dict(given)
        if name in REPLACED | {"metadata"}:
            options["replace_metadata"] = True
        if name == "tagging":
            options["replace_tags"] = True
        rows.append((name, copy(**options), f"header {header}", value))
    return rows


def reads(call: Callable[..., Call]) -> list[Row]:
    return [
        ("bucket", call(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", call(), "path", "/k"),
        ("range", call(range=ByteRange(0, 1024)), "header range", "bytes=0-1023"),
        ("range (open)", call(range=ByteRange(5)), "header range", "bytes=5-"),
        ("range (suffix)", call(range=ByteRange(-5)), "header range", "bytes=-5"),
        ("if_match", call(if_match="abc"), "header if-match", '"abc"'),
        ("if_match (*)", call(if_match="*"), "header if-match", "*"),
        ("if_none_match", call(if_none_match="abc"), "header if-none-match", '"abc"'),
        ("if_modified_since", call(if_modified_since=DAY), "header if-modified-since", HTTP_DAY),
        ("if_unmodified_since", call(if_unmodified_since=DAY), "header if-unmodified-since", HTTP_DAY),
        ("version_id", call(version_id="v1"), "query versionId", "v1"),
        ("part_number", call(part_number=3), "query partNumber", "3"),
        ("sse_customer_algorithm", call(customer_key=SseC(KEY)), f"header {SSE_C}algorithm", "AES256"),
        ("sse_customer_key", call(customer_key=SseC(KEY)), f"header {SSE_C}key", KEY_64),
        ("sse_customer_key_md5", call(customer_key=SseC(KEY)), f"header {SSE_C}key-md5", KEY_MD5),
        ("checksum_mode", call(checksums=True), "header x-amz-checksum-mode", "ENABLED"),
        ("request_payer", call(backend=s3(request_payer=True)), "header x-amz-request-payer", "requester"),
        (
            "expected_bucket_owner",
            call(backend=s3(expected_bucket_owner="123")),
            "header x-amz-expected-bucket-owner",
            "123",
        ),
    ]


SPEC: dict[str, list[Row]] = {
    "4.1.1 PutObject": [
        ("bucket", put(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", put(), "path", "/k"),
        ("body", put(), "body", "hello"),
        *writes(put),
        ("content_md5", put(content_md5=MD5), "header content-md5", MD5),
        (
            "checksum_algorithm",
            put(checksum_algorithm=ChecksumAlgorithm.CRC32),
            "header x-amz-checksum-crc32",
            CRC.value,
        ),
        ("checksum_value", put(checksum=SHA256), "header x-amz-checksum-sha256", SHA256.value),
        ("checksum_algorithm (named)", put(checksum=SHA256), "header x-amz-sdk-checksum-algorithm", "SHA256"),
        ("if_none_match", put(if_absent=True), "header if-none-match", "*"),
        ("if_match", put(if_match="abc"), "header if-match", '"abc"'),
    ],
    "4.1.2 GetObject": [
        *reads(get),
        ("response_content_type", get(response_content_type="a/b"), "query response-content-type", "a/b"),
        (
            "response_content_disposition",
            get(response_content_disposition="x"),
            "query response-content-disposition",
            "x",
        ),
        ("response_content_encoding", get(response_content_encoding="x"), "query response-content-encoding", "x"),
        ("response_content_language", get(response_content_language="x"), "query response-content-language", "x"),
        ("response_cache_control", get(response_cache_control="x"), "query response-cache-control", "x"),
        ("response_expires", get(response_expires=DAY), "query response-expires", HTTP_DAY),
    ],
    "4.1.3 DeleteObject": [
        ("bucket", delete(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", delete(), "path", "/k"),
        ("version_id", delete(version_id="v1"), "query versionId", "v1"),
        ("mfa", delete(backend=s3(mfa="serial 123456")), "header x-amz-mfa", "serial 123456"),
        (
            "bypass_governance_retention",
            delete(backend=s3(bypass_governance_retention=True)),
            "header x-amz-bypass-governance-retention",
            "true",
        ),
        ("if_match", delete(if_match="abc"), "header if-match", '"abc"'),
    ],
    "4.1.4 DeleteObjects": [
        ("bucket", batch(ObjectRef("k")), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("objects", batch(ObjectRef("a"), ObjectRef("b")), "body has", "<Object><Key>b</Key></Object>"),
        ("quiet", batch(ObjectRef("k")), "body has", "<Quiet>false</Quiet>"),
        ("mfa", batch(ObjectRef("k"), backend=s3(mfa="serial 1")), "header x-amz-mfa", "serial 1"),
        (
            "bypass_governance_retention",
            batch(ObjectRef("k"), backend=s3(bypass_governance_retention=True)),
            "header x-amz-bypass-governance-retention",
            "true",
        ),
        ("object.key", batch(ObjectRef("a&b\r")), "body has", "<Key>a&amp;b&#xD;</Key>"),
        ("object.version_id", batch(ObjectRef("k", "v1")), "body has", "<VersionId>v1</VersionId>"),
    ],
    "4.1.5 HeadObject": reads(head),
    "4.1.6 CopyObject": [
        ("source_bucket", copy(CopySource("from", "other-bucket")), "header x-amz-copy-source", "other-bucket/from"),
        ("source_key", copy(CopySource("/ä ?#")), "header x-amz-copy-source", "bucket//%C3%A4%20%3F%23"),
        (
            "source_version_id",
            copy(CopySource("from", None, "v1")),
            "header x-amz-copy-source",
            "bucket/from?versionId=v1",
        ),
        ("bucket", copy(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", copy(), "path", "/k"),
        ("metadata_directive", copy(replace_metadata=True), "header x-amz-metadata-directive", "REPLACE"),
        ("tagging_directive", copy(replace_tags=True), "header x-amz-tagging-directive", "REPLACE"),
        ("copy_source_if_match", copy(source_if_match="e"), "header x-amz-copy-source-if-match", '"e"'),
        ("copy_source_if_none_match", copy(source_if_none_match="e"), "header x-amz-copy-source-if-none-match", '"e"'),
        (
            "copy_source_if_modified_since",
            copy(source_if_modified_since=DAY),
            "header x-amz-copy-source-if-modified-since",
            HTTP_DAY,
        ),
        (
            "copy_source_if_unmodified_since",
            copy(source_if_unmodified_since=DAY),
            "header x-amz-copy-source-if-unmodified-since",
            HTTP_DAY,
        ),
        *copies(),
        (
            "checksum_algorithm",
            copy(checksum_algorithm=ChecksumAlgorithm.SHA256),
            "header x-amz-checksum-algorithm",
            "SHA256",
        ),
        (
            "copy_source_sse_customer_key",
            copy(source_customer_key=SseC(KEY)),
            "header x-amz-copy-source-server-side-encryption-customer-key",
            KEY_64,
        ),
        (
            "copy_source_sse_customer_key_md5",
            copy(source_customer_key=SseC(KEY)),
            "header x-amz-copy-source-server-side-encryption-customer-key-md5",
            KEY_MD5,
        ),
        (
            "expected_source_bucket_owner",
            copy(backend=s3(expected_source_bucket_owner="123")),
            "header x-amz-source-expected-bucket-owner",
            "123",
        ),
        ("if_none_match", copy(if_absent=True), "header if-none-match", "*"),
        ("if_match", copy(if_match="abc"), "header if-match", '"abc"'),
    ],
    "4.1.7 ListObjectsV2": [
        ("bucket", listing(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("list_type", listing(), "query list-type", "2"),
        ("prefix", listing(prefix="a/ü"), "query prefix", "a/ü"),
        ("delimiter", listing(delimiter="/"), "query delimiter", "/"),
        ("max_keys", listing(limit=5), "query max-keys", "5"),
        ("max_keys (too many)", listing(limit=5000), "query max-keys", "1000"),
        ("continuation_token", listing(token="t+1"), "query continuation-token", "t+1"),
        ("start_after", listing(start_after="a"), "query start-after", "a"),
        ("fetch_owner", listing(owner=True), "query fetch-owner", "true"),
        ("encoding_type", listing(), "query encoding-type", "url"),
        (
            "optional_object_attributes",
            listing(backend=s3(restore_status=True)),
            "header x-amz-optional-object-attributes",
            "RestoreStatus",
        ),
    ],
    "4.2.1 CreateBucket": [
        ("bucket", new_bucket(), "host", "new-bucket.s3.eu-central-1.amazonaws.com"),
        ("location_constraint", new_bucket(), "body has", "<LocationConstraint>eu-central-1</LocationConstraint>"),
        (
            "location_constraint (given)",
            new_bucket(region="eu-west-1"),
            "body has",
            "<LocationConstraint>eu-west-1</LocationConstraint>",
        ),
        ("location_constraint (us-east-1)", new_bucket(region="us-east-1"), "body", ""),
        ("acl", new_bucket(backend=s3(acl="private")), "header x-amz-acl", "private"),
        ("grant_write", new_bucket(backend=s3(grant_write='id="1"')), "header x-amz-grant-write", 'id="1"'),
        (
            "object_ownership",
            new_bucket(backend=s3(object_ownership="BucketOwnerEnforced")),
            "header x-amz-object-ownership",
            "BucketOwnerEnforced",
        ),
        (
            "object_lock_enabled_for_bucket",
            new_bucket(object_lock=True),
            "header x-amz-bucket-object-lock-enabled",
            "true",
        ),
    ],
    "4.2.2 DeleteBucket": [
        ("bucket", lambda p: p.delete_bucket("other"), "host", "other.s3.eu-central-1.amazonaws.com"),
    ],
    "4.2.3 HeadBucket": [
        ("bucket", lambda p: p.head_bucket("other"), "host", "other.s3.eu-central-1.amazonaws.com"),
    ],
    "4.2.4 ListBuckets": [
        ("max_buckets", lambda p: p.list_buckets(None, 5), "query max-buckets", "5"),
    ],
    "4.2.5 GetBucketLocation": [
        ("bucket", lambda p: p.bucket_location("other"), "path", "/other"),
    ],
    "4.3.1 CreateMultipartUpload": [
        ("bucket", create(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", create(), "path", "/k"),
        *writes(create),
        (
            "checksum_algorithm",
            create(checksum_algorithm=ChecksumAlgorithm.SHA256),
            "header x-amz-checksum-algorithm",
            "SHA256",
        ),
        (
            "checksum_type",
            create(checksum_algorithm=ChecksumAlgorithm.CRC32, checksum_composite=False),
            "header x-amz-checksum-type",
            "FULL_OBJECT",
        ),
    ],
    "4.3.2 UploadPart": [
        ("bucket", part(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", part(), "path", "/k"),
        ("upload_id", part(), "query uploadId", "id"),
        ("part_number", part(), "query partNumber", "7"),
        ("body", part(), "body", "hello"),
        ("content_length", part(), "header content-length", "5"),
        ("content_md5", part(content_md5=MD5), "header content-md5", MD5),
        (
            "checksum_algorithm",
            part(checksum_algorithm=ChecksumAlgorithm.CRC32),
            "header x-amz-checksum-crc32",
            CRC.value,
        ),
        ("checksum_value", part(checksum=SHA256), "header x-amz-checksum-sha256", SHA256.value),
        ("sse_customer_algorithm", part(customer_key=SseC(KEY)), f"header {SSE_C}algorithm", "AES256"),
        ("sse_customer_key", part(customer_key=SseC(KEY)), f"header {SSE_C}key", KEY_64),
        ("sse_customer_key_md5", part(customer_key=SseC(KEY)), f"header {SSE_C}key-md5", KEY_MD5),
        ("copy_source", copied_part(), "header x-amz-copy-source", "bucket/from"),
        ("copy_source_range", copied_part(None, ByteRange(5, 10)), "header x-amz-copy-source-range", "bytes=5-9"),
        ("copy_source_if_match", copied_part(source_if_match="e"), "header x-amz-copy-source-if-match", '"e"'),
        (
            "copy_source_sse_customer_key",
            copied_part(source_customer_key=SseC(KEY)),
            "header x-amz-copy-source-server-side-encryption-customer-key",
            KEY_64,
        ),
    ],
    "4.3.3 CompleteMultipartUpload": [
        ("bucket", complete(), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", complete(), "path", "/k"),
        ("upload_id", complete(), "query uploadId", "id"),
        ("parts", complete(), "body has", "<Part>"),
        ("part.part_number", complete(), "body has", "<PartNumber>1</PartNumber>"),
        ("part.e_tag", complete(), "body has", '<ETag>"e1"</ETag>'),
        ("part.checksum_crc32", complete(), "body has", f"<ChecksumCRC32>{CRC.value}</ChecksumCRC32>"),
        ("checksum_sha256", complete(checksum=SHA256), "header x-amz-checksum-sha256", SHA256.value),
        ("checksum_type", complete(checksum=SHA256), "header x-amz-checksum-type", "FULL_OBJECT"),
        ("checksum_type (composite)", complete(checksum=COMPOSITE), "header x-amz-checksum-type", "COMPOSITE"),
        ("mpu_object_size", complete(size=5), "header x-amz-mp-object-size", "5"),
        ("sse_customer_key", complete(customer_key=SseC(KEY)), f"header {SSE_C}key", KEY_64),
        ("if_none_match", complete(if_absent=True), "header if-none-match", "*"),
        ("if_match", complete(if_match="abc"), "header if-match", '"abc"'),
    ],
    "4.3.4 AbortMultipartUpload": [
        ("bucket", lambda p: p.abort_upload("k", "id"), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", lambda p: p.abort_upload("k", "id"), "path", "/k"),
        ("upload_id", lambda p: p.abort_upload("k", "id"), "query uploadId", "id"),
    ],
    "4.3.5 ListParts": [
        ("bucket", lambda p: p.list_parts("k", "id", 0, None), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", lambda p: p.list_parts("k", "id", 0, None), "path", "/k"),
        ("upload_id", lambda p: p.list_parts("k", "id", 0, None), "query uploadId", "id"),
        ("max_parts", lambda p: p.list_parts("k", "id", 0, 5), "query max-parts", "5"),
        ("part_number_marker", lambda p: p.list_parts("k", "id", 9, None), "query part-number-marker", "9"),
    ],
    "4.5.1 GetObjectTagging": [
        ("bucket", lambda p: p.get_tags("k", None), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", lambda p: p.get_tags("k", None), "path", "/k"),
        ("version_id", lambda p: p.get_tags("k", "v1"), "query versionId", "v1"),
    ],
    "4.5.2 PutObjectTagging": [
        ("bucket", lambda p: p.put_tags("k", {"a": "b"}, None), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", lambda p: p.put_tags("k", {"a": "b"}, None), "path", "/k"),
        ("version_id", lambda p: p.put_tags("k", {"a": "b"}, "v1"), "query versionId", "v1"),
        ("tag_set", lambda p: p.put_tags("k", {"a": "b"}, None), "body has", "<Tag><Key>a</Key><Value>b</Value></Tag>"),
    ],
    "4.5.3 DeleteObjectTagging": [
        ("bucket", lambda p: p.delete_tags("k", None), "host", "bucket.s3.eu-central-1.amazonaws.com"),
        ("key", lambda p: p.delete_tags("k", None), "path", "/k"),
        ("version_id", lambda p: p.delete_tags("k", "v1"), "query versionId", "v1"),
    ],
}
ROWS = [pytest.param(row, id=f"{operation}: {row[0]}") for operation, rows in SPEC.items() for row in rows]


def found(sent: Sent, place: str) -> str | None:
    match place.split(" ", 1):
        case ["header", name]:
            return sent.headers.get(name)
        case ["query", name]:
            return sent.query.get(name)
        case ["host"]:
            return sent.host
        case ["path"]:
            return sent.path
    return sent.body.decode()


@pytest.mark.parametrize("row", ROWS)
def test_a_parameter_is_where_the_api_wants_it(row: Row, aws: S3Provider, wire: Wire) -> None:
    _, call, place, value = row
    try:
        call(aws)
    except StorageError:  # the empty answer may not do; what was sent is what counts
        assert wire.sent
    if place == "body has":
        assert value in wire.sent[0].body.decode()
    else:
        assert found(wire.sent[0], place) == value


def test_nothing_is_sent_that_was_not_asked_for(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"etag": '"e"'})
    aws.put("k", b"hello", opt.PUT)
    aws.get("k", opt.GET).close()
    aws.delete("k", opt.DELETE)
    ours = {
        name
        for sent in wire.sent
        for name in sent.headers
        if name not in {"x-amz-date", "x-amz-content-sha256"} and name.startswith(("x-amz-", "if-", "content-md5"))
    }
    assert ours == set()
    assert {name for sent in wire.sent for name in sent.query} <= {"x-id"}


def test_the_store_may_say_who_pays_and_a_call_may_say_otherwise(
    aws: S3Provider, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws._clients, "config", dataclasses.replace(aws._clients.config, request_payer=True))
    wire.answer(200, {"etag": '"e"', "x-amz-request-charged": "requester"})
    assert aws.put("k", b"", opt.PUT).request_charged
    assert wire.last.headers["x-amz-request-payer"] == "requester"
    aws.abort_upload("k", "id")
    assert wire.last.headers["x-amz-request-payer"] == "requester"
    aws.put("k", b"", opt.PutOptions(backend=S3Options(request_payer=False)))
    assert "x-amz-request-payer" not in wire.last.headers


@pytest.mark.parametrize("key", ["a/../b", "./x", "..", "/lead", "a//b", "tail/", "p+l us%2F", "snow☃", "\n", "\x01"])
def test_keys_are_not_normalised_on_their_way(key: str, aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"etag": '"e"'})
    aws.put(key, b"", opt.PUT)
    assert wire.last.path == f"/{key}"
