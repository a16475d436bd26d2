"""What the profiles say of real servers, held against the servers themselves, with the probes of `blob features`."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from holdall.capabilities import UNKNOWN, YES
from holdall_s3 import profiles
from holdall_s3.probing.running import run
from holdall_s3.probing.trial import Trial
from tests.providers.s3.dialect_probes import DIALECT
from tests.servers import CHOSEN, boto3_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers import S3Server

PART = bytes(5 * 1024 * 1024)

MEASURED = {"put.if_absent", "put.if_match", "copy.server_side", "tags.objects", "encryption.sse_c", "delete.batch"}
"""What no profile of a server that runs here may leave unknown."""
UNTRIED = {"minio": {"encryption.sse_c"}}
"""What can't be measured here: MinIO takes keys of the customer over TLS only, and its server runs without."""

EXCEPT = {"moto": {"checksums.stored"}, "garage": {"get.response_headers"}}
"""Where a profile says more than a probe can see: moto tells checksums again, and checks none of them; Garage lets the
reader choose headers, but not those of a range, which is what the probe asks for."""


def part_number(client: Any, bucket: str, key: str) -> bool:
    """The second part of two comes. The probe makes do with less than the 5 MiB that this takes."""
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = []
    for number, body in ((1, PART), (2, b"last")):
        answer = client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts})
    return bool(client.get_object(Bucket=bucket, Key=key, PartNumber=2)["Body"].read() == b"last")


@pytest.mark.parametrize("name", CHOSEN)
def test_the_profile_says_what_the_server_does(
    name: str, server_named: Callable[[str], S3Server], fresh_bucket: Callable[[S3Server], str]
) -> None:
    server = server_named(name)
    bucket = fresh_bucket(server)
    again = Config(retries={"total_max_attempts": 3, "mode": "standard"})  # Garage closes connections that are idle
    with closing(boto3_client(server, config=again)) as client:
        outcome = run(Trial(client, fresh_bucket(server), "scratch/", owned=True))
        seen = {feature: bool(value) for feature, (value, _) in outcome.found.items() if value is not None}
        seen |= {feature: probe(client, bucket, feature) for feature, probe in DIALECT.items()}
        seen["get.part_number"] = part_number(client, bucket, "parts")
    assert outcome.left is None
    claimed = {
        feature: value is YES or (isinstance(value, tuple) and value != ())
        for feature, value in profiles.profile(server.family).leaves()
        if value is not UNKNOWN
    }
    compared = (seen.keys() & claimed.keys()) - EXCEPT.get(name, set())
    assert compared >= MEASURED - UNTRIED.get(name, set())
    assert {feature: seen[feature] for feature in compared} == {feature: claimed[feature] for feature in compared}


def test_swifts_create_only_completion_is_no_lock(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]
) -> None:
    """The probe concludes this from `put.if_absent`: a race of completions takes too many requests."""
    bucket = fresh_bucket(swift_server)

    def winners(key: str) -> int:
        start = threading.Barrier(6)
        won = []

        def complete(client: Any, upload_id: str, etag: str) -> None:
            start.wait(30)
            try:
                client.complete_multipart_upload(
                    Bucket=bucket,
                    Key=key,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
                    IfNoneMatch="*",
                )
            except ClientError:
                return
            won.append(upload_id)

        with closing(boto3_client(swift_server)) as client:
            threads = []
            for _ in range(6):
                upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
                part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=b"last")
                threads.append(threading.Thread(target=complete, args=(client, upload_id, part["ETag"])))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return len(won)

    assert any(winners(f"k{attempt}") > 1 for attempt in range(20))
