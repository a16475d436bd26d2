"""What the profiles say of real servers, held against the servers themselves, with plain boto3.

Each probe looks for the effect, never for the status alone: an answer of 200 that changes nothing is a "no".
"""

from __future__ import annotations

import hashlib
import re
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from holdall.capabilities import YES
from holdall_s3 import profiles
from tests.providers.s3.dialect_probes import DIALECT, works
from tests.servers import CHOSEN, boto3_client

if TYPE_CHECKING:
    from tests.servers import S3Server

PART = bytes(5 * 1024 * 1024)
Probe = Callable[[Any, str, str], bool]
"""Takes a client, a bucket, and a key that is its own and the beginning of all others that it uses."""

PROBES: dict[str, Probe] = {}


def probe(feature: str) -> Callable[[Probe], Probe]:
    def register(function: Probe) -> Probe:
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


FAILED = ("PreconditionFailed", "412")
WRONG = ("BadDigest", "XAmzContentChecksumMismatch")


@probe("put.if_absent")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    said_no = refused(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"two", IfNoneMatch="*"), *FAILED)
    return said_no and client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"one"


@probe("put.if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    etag = client.put_object(Bucket=bucket, Key=key, Body=b"one")["ETag"]
    if not works(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"two", IfMatch=etag)):
        return False
    return refused(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"three", IfMatch=etag), *FAILED)


@probe("put.expires")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"", Expires="Fri, 01 Jan 2038 00:00:00 GMT")
    return bool(client.head_object(Bucket=bucket, Key=key).get("ExpiresString") == "Fri, 01 Jan 2038 00:00:00 GMT")


@probe("put.content_md5")
def _(client: Any, bucket: str, key: str) -> bool:
    wrong = b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    return refused(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"one", ContentMD5=wrong), "BadDigest")


@probe("delete.if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    said_no = refused(lambda: client.delete_object(Bucket=bucket, Key=key, IfMatch='"0123"'), *FAILED)
    return said_no and works(lambda: client.head_object(Bucket=bucket, Key=key))


@probe("list.ordered")
def _(client: Any, bucket: str, key: str) -> bool:
    keys = [key + ending for ending in ("B", "a", "a b", "a!", "a-", "z", "é", "｡", "😀")]
    for each in keys:
        client.put_object(Bucket=bucket, Key=each, Body=b"")
    listed = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]]
    return listed == sorted(keys, key=str.encode)


@probe("list.owner")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"")
    return "Owner" in client.list_objects_v2(Bucket=bucket, Prefix=key, FetchOwner=True)["Contents"][0]


@probe("copy.server_side")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one", Metadata={"a": "b"}, ContentType="text/csv")
    client.copy_object(Bucket=bucket, Key=f"{key}-copy", CopySource={"Bucket": bucket, "Key": key})
    copy = client.get_object(Bucket=bucket, Key=f"{key}-copy")
    metadata = {name.lower(): value for name, value in copy["Metadata"].items()}
    return copy["Body"].read() == b"one" and metadata == {"a": "b"} and copy["ContentType"] == "text/csv"


@probe("copy.if_absent")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    client.put_object(Bucket=bucket, Key=f"{key}-there", Body=b"two")
    source = {"Bucket": bucket, "Key": key}

    def copy(target: str) -> None:
        client.copy_object(Bucket=bucket, Key=f"{key}-{target}", CopySource=source, IfNoneMatch="*")

    return refused(lambda: copy("there"), *FAILED) and not refused(lambda: copy("free"), *FAILED)


@probe("copy.if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    client.put_object(Bucket=bucket, Key=f"{key}-there", Body=b"two")
    source = {"Bucket": bucket, "Key": key}
    return refused(
        lambda: client.copy_object(Bucket=bucket, Key=f"{key}-there", CopySource=source, IfMatch='"0"'), *FAILED
    )


@probe("copy.source_if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    source = {"Bucket": bucket, "Key": key}
    return refused(
        lambda: client.copy_object(Bucket=bucket, Key=f"{key}-new", CopySource=source, CopySourceIfMatch='"0"'), *FAILED
    )


@probe("get.if_none_match")
def _(client: Any, bucket: str, key: str) -> bool:
    etag = client.put_object(Bucket=bucket, Key=key, Body=b"one")["ETag"]
    return refused(lambda: client.get_object(Bucket=bucket, Key=key, IfNoneMatch=etag), "304", "NotModified")


@probe("get.if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    return refused(lambda: client.get_object(Bucket=bucket, Key=key, IfMatch='"0"'), *FAILED)


@probe("get.if_modified_since")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    since = client.head_object(Bucket=bucket, Key=key)["LastModified"]
    return refused(lambda: client.get_object(Bucket=bucket, Key=key, IfModifiedSince=since), "304", "NotModified")


@probe("get.if_unmodified_since")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    before = datetime(2020, 1, 1, tzinfo=UTC)
    return refused(lambda: client.get_object(Bucket=bucket, Key=key, IfUnmodifiedSince=before), *FAILED)


@probe("get.part_number")
def _(client: Any, bucket: str, key: str) -> bool:
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)[
                "ETag"
            ],
        }
        for number, body in ((1, PART), (2, b"last"))
    ]
    client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts})
    return bool(client.get_object(Bucket=bucket, Key=key, PartNumber=2)["Body"].read() == b"last")


@probe("get.suffix_range")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"0123456789")
    return bool(client.get_object(Bucket=bucket, Key=key, Range="bytes=-3")["Body"].read() == b"789")


def _upload(client: Any, bucket: str, key: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=b"last", **arguments)
    return upload_id, {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}


@probe("multipart.complete_if_absent")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    upload_id, parts = _upload(client, bucket, key)
    return refused(
        lambda: client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload=parts, IfNoneMatch="*"
        ),
        *FAILED,
    )


@probe("multipart.complete_if_match")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    upload_id, parts = _upload(client, bucket, key)
    return refused(
        lambda: client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload=parts, IfMatch='"0"'
        ),
        *FAILED,
    )


@probe("multipart.copy_part")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"0123456789")
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=f"{key}-big")["UploadId"]
    try:
        part = client.upload_part_copy(
            Bucket=bucket, Key=f"{key}-big", UploadId=upload_id, PartNumber=1, CopySource={"Bucket": bucket, "Key": key}
        )
        etag = part["CopyPartResult"]["ETag"]
    except (ClientError, KeyError):
        return False
    client.complete_multipart_upload(
        Bucket=bucket,
        Key=f"{key}-big",
        UploadId=upload_id,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )
    return bool(client.get_object(Bucket=bucket, Key=f"{key}-big")["Body"].read() == b"0123456789")


@probe("multipart.list_uploads")
def _(client: Any, bucket: str, key: str) -> bool:
    if not works(lambda: client.list_multipart_uploads(Bucket=bucket)):
        return False
    upload_id, _parts = _upload(client, bucket, key)
    found = client.list_multipart_uploads(Bucket=bucket, Prefix=key[:-1]).get("Uploads", [])
    return [upload["UploadId"] for upload in found] == [upload_id]


@probe("versions.newest_first")
def _(client: Any, bucket: str, key: str) -> bool:
    if not works(lambda: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})):
        return False
    # The ids of delete markers among the versions' own: boto3 hands them out apart, so the document is looked at.
    documents: list[bytes] = []

    def keep(http_response: Any, **_: Any) -> None:
        documents.append(http_response.content)

    client.meta.events.register_first("after-call.s3.ListObjectVersions", keep)
    ids = [client.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"1", b"2")]
    ids.append(client.delete_object(Bucket=bucket, Key=key)["VersionId"])
    ids.append(client.put_object(Bucket=bucket, Key=key, Body=b"3")["VersionId"])
    client.list_object_versions(Bucket=bucket, Prefix=key)
    return re.findall("<VersionId>([^<]+)<", documents[-1].decode()) == ids[::-1]


@probe("delete.batch_versions")
def _(client: Any, bucket: str, key: str) -> bool:
    if not works(lambda: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})):
        return False
    ids = [client.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"1", b"2")]
    client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "VersionId": ids[-1]}]})
    try:
        return bool(client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"1")
    except ClientError:
        return False


@probe("tags.objects")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    tags = [{"Key": "a", "Value": "b"}]
    if not works(lambda: client.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": tags})):
        return False
    if client.get_object(Bucket=bucket, Key=key)["Body"].read() != b"one":
        return False  # the tags were stored as the object
    return bool(client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == tags)


@probe("tags.on_copy")
def _(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"one")
    source = {"Bucket": bucket, "Key": key}
    try:
        client.copy_object(Bucket=bucket, Key=f"{key}-c", CopySource=source, Tagging="a=b", TaggingDirective="REPLACE")
        return bool(client.get_object_tagging(Bucket=bucket, Key=f"{key}-c")["TagSet"] == [{"Key": "a", "Value": "b"}])
    except ClientError:
        return False


@probe("checksums.algorithms")
def _(client: Any, bucket: str, key: str) -> bool:
    wrong = b64encode(bytes(4)).decode()
    return refused(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"one", ChecksumCRC32=wrong), *WRONG)


@probe("encryption.sse_c")
def _(client: Any, bucket: str, key: str) -> bool:
    secret = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
    if not works(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"one", **secret)):
        return False
    return not works(lambda: client.get_object(Bucket=bucket, Key=key))


@probe("tiers.storage_class")
def _(client: Any, bucket: str, key: str) -> bool:
    if not works(lambda: client.put_object(Bucket=bucket, Key=key, Body=b"one", StorageClass="STANDARD_IA")):
        return False
    return bool(client.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"][0].get("StorageClass") == "STANDARD_IA")


# One has to see a bucket without unfinished uploads, two switch the bucket's versions on: the first and the last.
PROBES = {"multipart.list_uploads": PROBES.pop("multipart.list_uploads"), **PROBES, **DIALECT}
for _last in ("versions.newest_first", "delete.batch_versions"):
    PROBES[_last] = PROBES.pop(_last)


# What Swift refuses when it is asked at leisure and lets through in a race, which `winners` shows: "no" in its profile.
NO_LOCKS = {"swift": ("put.if_absent", "multipart.complete_if_absent")}


def winners(server: S3Server, create: Callable[[Any, int], Any]) -> int:
    """How many of six clients that set out together to create the same object are told that they did."""
    writers = 6
    start = threading.Barrier(writers)
    won: list[int] = []

    def write(number: int) -> None:
        with closing(boto3_client(server)) as client:
            start.wait(30)
            if works(lambda: create(client, number)):
                won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


def test_swifts_create_only_is_no_lock(swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> None:
    bucket = fresh_bucket(swift_server)

    def race(attempt: int) -> int:
        def create(client: Any, number: int) -> None:
            client.put_object(Bucket=bucket, Key=f"k{attempt}", Body=str(number), IfNoneMatch="*")

        return winners(swift_server, create)

    assert any(race(attempt) > 1 for attempt in range(20))


def test_swifts_create_only_completion_is_no_lock(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]
) -> None:
    bucket = fresh_bucket(swift_server)

    def race(attempt: int) -> int:
        key = f"k{attempt}"
        with closing(boto3_client(swift_server)) as client:
            uploads = [_upload(client, bucket, key) for _ in range(6)]

        def create(client: Any, number: int) -> None:
            upload_id, parts = uploads[number]
            client.complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload=parts, IfNoneMatch="*"
            )

        return winners(swift_server, create)

    assert any(race(attempt) > 1 for attempt in range(20))


@pytest.mark.parametrize("name", CHOSEN)
def test_the_profile_says_what_the_server_does(
    name: str, server_named: Callable[[str], S3Server], fresh_bucket: Callable[[S3Server], str]
) -> None:
    server = server_named(name)
    bucket = fresh_bucket(server)
    with closing(boto3_client(server)) as client:
        seen = {feature: probe(client, bucket, feature) for feature, probe in PROBES.items()}
    profile = profiles.profile(server.family)
    claimed = {
        feature: value is YES or (isinstance(value, tuple) and value != ()) for feature, value in profile.leaves()
    }
    for feature in NO_LOCKS.get(name, ()):
        assert seen.pop(feature)
        assert not claimed[feature]
    assert seen == {feature: claimed[feature] for feature in seen}
