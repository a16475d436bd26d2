"""Plain boto3 against a test server: the second witness beside our own code."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from s3tester.stores.server import S3Server

CLEARED: Final = 10.0
"""Seconds after which a server must have cleared away what was broken off."""


def boto3_client(server: S3Server, *, virtual_host: bool = False, config: Config | None = None) -> S3Client:
    """Make a boto3 client for a test server, with no retries, so that a test sees what the server said first.

    Args:
        server: The running server.
        virtual_host: Put the bucket into the host name; wants `resolve_localhost_names` around the calls.
        config: What else to set; wins over what is set here.

    Returns:
        A new client; the caller closes it.
    """
    settings = Config(
        s3={"addressing_style": "virtual" if virtual_host else "path"},
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        # Swift and rclone are not AWS: checksums nobody asked for break uploads or ranged reads there.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return _session().client(
        "s3",
        endpoint_url=server.virtual_host_endpoint_url if virtual_host else server.endpoint_url,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name=server.region,
        config=settings.merge(config) if config else settings,
    )


@functools.cache
def _session() -> boto3.session.Session:
    """One for all: a session of its own would read S3's model again for each client, a tenth of a second each time."""
    return boto3.session.Session()


def delete_bucket_and_contents(client: S3Client, bucket: str) -> None:
    """Delete a bucket with its objects, versions, delete markers and unfinished uploads.

    Args:
        client: A client that may delete everything.
        bucket: The bucket; it must exist.

    Raises:
        botocore.exceptions.ClientError: The server refused. Locked objects are the usual reason.
    """
    for key, upload_id in _unfinished_uploads(client, bucket):
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    if "Status" in client.get_bucket_versioning(Bucket=bucket):
        for versions in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
                client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    # One by one: batch delete is among the things that the tests of a store may find broken.
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            client.delete_object(Bucket=bucket, Key=entry["Key"])
    _delete_when_empty(client, bucket)


def _delete_when_empty(client: S3Client, bucket: str) -> None:
    """Delete a bucket of which nothing is listed. rclone clears away what a writer broke off some seconds later."""
    deadline = time.monotonic() + CLEARED
    while True:
        try:
            client.delete_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty" or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _unfinished_uploads(client: S3Client, bucket: str) -> list[tuple[str, str]]:
    """List (key, upload id) of what was begun and never completed."""
    try:
        pages = list(client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket))
    except client.exceptions.NoSuchUpload:  # rclone's way of saying that there are none
        return []
    return [(upload["Key"], upload["UploadId"]) for page in pages for upload in page.get("Uploads", [])]
