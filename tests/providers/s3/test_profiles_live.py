"""What the profiles say of three servers, held against the servers themselves, with plain boto3.

Each probe looks for the effect, never for the status alone: an answer of 200 that changes nothing is a "no".
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from holdall.capabilities import YES
from holdall_s3 import profiles
from tests.servers import boto3_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import S3Server

PART = bytes(5 * 1024 * 1024)
PROBES: dict[str, Callable[[Any, str], bool]] = {}


def probe(feature: str) -> Callable[[Callable[[Any, str], bool]], Callable[[Any, str], bool]]:
    def register(function: Callable[[Any, str], bool]) -> Callable[[Any, str], bool]:
        PROBES[feature] = function
        return function

    return register


def refused(call: Callable[[], Any], *codes: str) -> bool:
    """Whether a call fails with one of these codes; any other answer is the answer "no"."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in codes
    return False


def works(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


FAILED = ("PreconditionFailed", "412")


@probe("put.if_absent")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    said_no = refused(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"two", IfNoneMatch="*"), *FAILED)
    return said_no and client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"


@probe("put.if_match")
def _(client: Any, bucket: str) -> bool:
    etag = client.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    if not works(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch=etag)):
        return False
    return refused(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"three", IfMatch=etag), *FAILED)


@probe("put.expires")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"", Expires="Fri, 01 Jan 2038 00:00:00 GMT")
    return bool(client.head_object(Bucket=bucket, Key="k").get("ExpiresString") == "Fri, 01 Jan 2038 00:00:00 GMT")


@probe("put.content_md5")
def _(client: Any, bucket: str) -> bool:
    wrong = b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    return refused(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"one", ContentMD5=wrong), "BadDigest")


@probe("delete.if_match")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    said_no = refused(lambda: client.delete_object(Bucket=bucket, Key="k", IfMatch='"0123"'), *FAILED)
    return said_no and works(lambda: client.head_object(Bucket=bucket, Key="k"))


@probe("list.ordered")
def _(client: Any, bucket: str) -> bool:
    keys = ["B", "a", "a b", "a!", "a-", "z", "é", "｡", "😀"]
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    listed = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]]
    return listed == sorted(keys, key=str.encode)


@probe("list.owner")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"")
    return "Owner" in client.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]


@probe("copy.server_side")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one", Metadata={"a": "b"}, ContentType="text/csv")
    client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    copy = client.get_object(Bucket=bucket, Key="copy")
    metadata = {name.lower(): value for name, value in copy["Metadata"].items()}
    return copy["Body"].read() == b"one" and metadata == {"a": "b"} and copy["ContentType"] == "text/csv"


@probe("copy.if_absent")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    client.put_object(Bucket=bucket, Key="there", Body=b"two")
    source = {"Bucket": bucket, "Key": "k"}
    return refused(lambda: client.copy_object(Bucket=bucket, Key="there", CopySource=source, IfNoneMatch="*"), *FAILED)


@probe("copy.if_match")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    client.put_object(Bucket=bucket, Key="there", Body=b"two")
    source = {"Bucket": bucket, "Key": "k"}
    return refused(lambda: client.copy_object(Bucket=bucket, Key="there", CopySource=source, IfMatch='"0"'), *FAILED)


@probe("copy.source_if_match")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    source = {"Bucket": bucket, "Key": "k"}
    return refused(
        lambda: client.copy_object(Bucket=bucket, Key="new", CopySource=source, CopySourceIfMatch='"0"'), *FAILED
    )


@probe("get.if_none_match")
def _(client: Any, bucket: str) -> bool:
    etag = client.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    return refused(lambda: client.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag), "304", "NotModified")


@probe("get.if_match")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    return refused(lambda: client.get_object(Bucket=bucket, Key="k", IfMatch='"0"'), *FAILED)


@probe("get.if_modified_since")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    since = client.head_object(Bucket=bucket, Key="k")["LastModified"]
    return refused(lambda: client.get_object(Bucket=bucket, Key="k", IfModifiedSince=since), "304", "NotModified")


@probe("get.if_unmodified_since")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    before = datetime(2020, 1, 1, tzinfo=UTC)
    return refused(lambda: client.get_object(Bucket=bucket, Key="k", IfUnmodifiedSince=before), *FAILED)


@probe("get.part_number")
def _(client: Any, bucket: str) -> bool:
    upload_id = client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=body)[
                "ETag"
            ],
        }
        for number, body in ((1, PART), (2, b"last"))
    ]
    client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": parts})
    return bool(client.head_object(Bucket=bucket, Key="k", PartNumber=2)["ContentLength"] == len(b"last"))


@probe("get.suffix_range")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    return bool(client.get_object(Bucket=bucket, Key="k", Range="bytes=-3")["Body"].read() == b"789")


def _upload(client: Any, bucket: str, key: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=b"last", **arguments)
    return upload_id, {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}


@probe("multipart.complete_if_absent")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    upload_id, parts = _upload(client, bucket, "k")
    return refused(
        lambda: client.complete_multipart_upload(
            Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=parts, IfNoneMatch="*"
        ),
        *FAILED,
    )


@probe("multipart.complete_if_match")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    upload_id, parts = _upload(client, bucket, "k")
    return refused(
        lambda: client.complete_multipart_upload(
            Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=parts, IfMatch='"0"'
        ),
        *FAILED,
    )


@probe("multipart.copy_part")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    upload_id = client.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    try:
        part = client.upload_part_copy(
            Bucket=bucket, Key="big", UploadId=upload_id, PartNumber=1, CopySource={"Bucket": bucket, "Key": "k"}
        )
        etag = part["CopyPartResult"]["ETag"]
    except (ClientError, KeyError):
        return False
    client.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=upload_id, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
    )
    return bool(client.get_object(Bucket=bucket, Key="big")["Body"].read() == b"0123456789")


@probe("multipart.list_uploads")
def _(client: Any, bucket: str) -> bool:
    if not works(lambda: client.list_multipart_uploads(Bucket=bucket)):
        return False
    upload_id, _parts = _upload(client, bucket, "k")
    return [upload["UploadId"] for upload in client.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload_id]


@probe("versions.newest_first")
def _(client: Any, bucket: str) -> bool:
    if not works(lambda: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})):
        return False
    ids = [client.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"] for body in (b"1", b"2", b"3")]
    listed = [version["VersionId"] for version in client.list_object_versions(Bucket=bucket)["Versions"]]
    return listed == ids[::-1]


@probe("tags.objects")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    tags = [{"Key": "a", "Value": "b"}]
    if not works(lambda: client.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})):
        return False
    if client.get_object(Bucket=bucket, Key="k")["Body"].read() != b"one":
        return False  # the tags were stored as the object
    return bool(client.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags)


@probe("tags.on_copy")
def _(client: Any, bucket: str) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"one")
    source = {"Bucket": bucket, "Key": "k"}
    try:
        client.copy_object(Bucket=bucket, Key="c", CopySource=source, Tagging="a=b", TaggingDirective="REPLACE")
        return bool(client.get_object_tagging(Bucket=bucket, Key="c")["TagSet"] == [{"Key": "a", "Value": "b"}])
    except ClientError:
        return False


@probe("checksums.algorithms")
def _(client: Any, bucket: str) -> bool:
    wrong = b64encode(bytes(4)).decode()
    return refused(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"one", ChecksumCRC32=wrong), "BadDigest")


@probe("encryption.sse_c")
def _(client: Any, bucket: str) -> bool:
    secret = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
    if not works(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"one", **secret)):
        return False
    return not works(lambda: client.get_object(Bucket=bucket, Key="k"))


@probe("tiers.storage_class")
def _(client: Any, bucket: str) -> bool:
    if not works(lambda: client.put_object(Bucket=bucket, Key="k", Body=b"one", StorageClass="STANDARD_IA")):
        return False
    return bool(client.list_objects_v2(Bucket=bucket)["Contents"][0].get("StorageClass") == "STANDARD_IA")


@pytest.fixture(params=["moto", "swift", "rclone"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def client(server: S3Server) -> Iterator[Any]:
    with closing(boto3_client(server)) as made:
        # SSE-C over plain http: botocore does not mind, and the servers here have no TLS.
        yield made


@pytest.mark.parametrize("feature", sorted(PROBES))
def test_the_profile_says_what_the_server_does(
    feature: str, server: S3Server, client: Any, fresh_bucket: Callable[[S3Server], str]
) -> None:
    claimed = profiles.profile(server.name).lookup(feature)
    claimed = claimed is YES if not isinstance(claimed, tuple) else bool(claimed)
    assert PROBES[feature](client, fresh_bucket(server)) == claimed
