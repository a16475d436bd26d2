"""Probes of how a store speaks the S3 API: the leaves of ``dialect``, with requests that boto3 does not make."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64encode
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from holdall_s3.direct.signer import UNSIGNED_PAYLOAD, UNSIGNED_TRAILER, AwsSigner, timestamp
from holdall_s3.encoding import decode_metadata
from holdall_s3.renewal import credentials_of
from tests.servers import resolve_localhost_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
BODY = b"one and two"


def send(
    client: Any,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    payload: str | None = None,
) -> urllib3.BaseHTTPResponse:
    """One request, signed as told.

    Args:
        client: Names the store and the credentials.
        method: HTTP method.
        path: Bucket and key; nothing in them has to be encoded.
        query: In canonical form.
        headers: In lower case.
        body: What is sent.
        payload: What the signature says of the body; ``None``: its SHA-256.
    """
    endpoint = client.meta.endpoint_url
    signed = {"host": urlsplit(endpoint).netloc, **(headers or {})}
    AwsSigner().sign(
        method,
        path,
        query,
        signed,
        payload or sha256(body).hexdigest(),
        keys=keys_of(client),
        region=client.meta.region_name,
        at=timestamp(),
    )
    sent = {name: value.encode().decode("latin-1") for name, value in signed.items()}  # what http.client can write
    return urllib3.request(
        method, f"{endpoint}{path}" + (f"?{query}" if query else ""), headers=sent, body=body, retries=False
    )


def keys_of(client: Any) -> Any:
    """The keys that a client signs with."""
    credentials = credentials_of(client)
    assert credentials is not None
    return credentials.get_frozen_credentials()


def stored_as_sent(client: Any, bucket: str, key: str, answer: urllib3.BaseHTTPResponse) -> bool:
    """Whether a write was taken, and the object is what was meant, with no trace of how it travelled."""
    if answer.status != 200:
        return False
    found = client.get_object(Bucket=bucket, Key=key)
    return bool(found["Body"].read() == BODY and not found.get("ContentEncoding"))


def works(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


def path_addressing(client: Any, bucket: str, key: str) -> bool:
    return stored_as_sent(client, bucket, key, send(client, "PUT", f"/{bucket}/{key}", body=BODY))


def virtual_addressing(client: Any, bucket: str, key: str) -> bool:
    keys = keys_of(client)
    with (
        resolve_localhost_names(),
        closing(
            boto3.session.Session().client(
                "s3",
                endpoint_url=f"http://s3.localhost:{urlsplit(client.meta.endpoint_url).port}",
                aws_access_key_id=keys.access_key,
                aws_secret_access_key=keys.secret_key,
                region_name=client.meta.region_name,
                config=Config(s3={"addressing_style": "virtual"}, retries={"total_max_attempts": 1}),
            )
        ) as virtual,
    ):
        client.put_object(Bucket=bucket, Key=key, Body=BODY)
        return works(lambda: virtual.head_object(Bucket=bucket, Key=key))


def unsigned_payload(client: Any, bucket: str, key: str) -> bool:
    answer = send(client, "PUT", f"/{bucket}/{key}", body=BODY, payload=UNSIGNED_PAYLOAD)
    return stored_as_sent(client, bucket, key, answer)


def default_checksums(client: Any, bucket: str, key: str) -> bool:
    value = b64encode(binascii.crc32(BODY).to_bytes(4, "big")).decode()
    headers = {"x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": value}
    return stored_as_sent(client, bucket, key, send(client, "PUT", f"/{bucket}/{key}", headers=headers, body=BODY))


def trailers(client: Any, bucket: str, key: str) -> bool:
    value = b64encode(binascii.crc32(BODY).to_bytes(4, "big"))
    chunked = b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(BODY), BODY, value)
    headers = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(len(BODY)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    answer = send(client, "PUT", f"/{bucket}/{key}", headers=headers, body=chunked, payload=UNSIGNED_TRAILER)
    return stored_as_sent(client, bucket, key, answer)


def signed_chunks(client: Any, bucket: str, key: str) -> bool:
    """After the API reference, "Transferring Payload in Multiple Chunks"."""
    keys, region, at = keys_of(client), client.meta.region_name, timestamp()
    path, host = f"/{bucket}/{key}", urlsplit(client.meta.endpoint_url).netloc
    headers = {"host": host, "content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(BODY))}
    AwsSigner().sign("PUT", path, "", headers, SIGNED_CHUNKS, keys=keys, region=region, at=at)
    signing_key = f"AWS4{keys.secret_key}".encode()
    for step in (at[:8], region, "s3", "aws4_request"):
        signing_key = hmac.digest(signing_key, step.encode(), "sha256")
    signature = headers["authorization"].rpartition("=")[2]
    chunked = b""
    for chunk in (BODY, b""):
        lines = (f"{at[:8]}/{region}/s3/aws4_request", signature, sha256(b"").hexdigest(), sha256(chunk).hexdigest())
        text = "\n".join(("AWS4-HMAC-SHA256-PAYLOAD", at, *lines))
        signature = hmac.digest(signing_key, text.encode(), "sha256").hex()
        chunked += b"%x;chunk-signature=%b\r\n%b\r\n" % (len(chunk), signature.encode(), chunk)
    answer = urllib3.request("PUT", client.meta.endpoint_url + path, headers=headers, body=chunked, retries=False)
    return stored_as_sent(client, bucket, key, answer)


def list_v2(client: Any, bucket: str, key: str) -> bool:
    for ending in "abc":
        client.put_object(Bucket=bucket, Key=f"{key}/{ending}", Body=b"")
    first = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=2)
    second = client.list_objects_v2(Bucket=bucket, Prefix=key, ContinuationToken=first["NextContinuationToken"])
    return [entry["Key"][-1] for page in (first, second) for entry in page["Contents"]] == ["a", "b", "c"]


def encoding_type(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=f"{key}/ü+1", Body=b"")
    answer = send(client, "GET", f"/{bucket}", query=f"encoding-type=url&list-type=2&prefix={key}").data
    told = re.search(rb"<Key>([^<]*)</Key>", answer)
    encoded = told is not None and b"%C3%BC%2B1" in told[1] and unquote(told[1].decode()) == f"{key}/ü+1"
    return encoded and b"<EncodingType>url</EncodingType>" in answer


def batch_crc32(client: Any, bucket: str, key: str) -> bool:
    return _batch(client, bucket, key, "CRC32")


def batch_without_md5(client: Any, bucket: str, key: str) -> bool:
    return _batch(client, bucket, key, "SHA256")


def _batch(client: Any, bucket: str, key: str, algorithm: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"")
    try:
        client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]}, ChecksumAlgorithm=algorithm)
    except ClientError:
        return False
    return not works(lambda: client.head_object(Bucket=bucket, Key=key))


def quoted_etags(client: Any, bucket: str, key: str) -> bool:
    """A store that knows the condition at no write at all can't misunderstand it."""
    etag = client.put_object(Bucket=bucket, Key=key, Body=b"one")["ETag"]
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"two", IfMatch=f'"{etag.strip(chr(34))}"')
    except ClientError as error:
        return error.response["Error"]["Code"] == "NotImplemented"
    return True


def complete_etag(client: Any, bucket: str, key: str) -> bool:
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=b"last")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload=parts)
    return bool(done.get("ETag", "").strip('"') == client.head_object(Bucket=bucket, Key=key)["ETag"].strip('"'))


def metadata_case(client: Any, bucket: str, key: str) -> bool:
    client.put_object(Bucket=bucket, Key=key, Body=b"", Metadata={"a-b": "c"})
    return bool(client.head_object(Bucket=bucket, Key=key)["Metadata"] == {"a-b": "c"})


def metadata_utf8(client: Any, bucket: str, key: str) -> bool:
    """Encoded words come back as they were sent, and what is not encoded as the same text, in whatever form."""
    word, bare = "=?UTF-8?B?w7wg8J+Yig==?=", "\u00fc \U0001f60a"
    client.put_object(Bucket=bucket, Key=key, Body=b"", Metadata={"a": word})
    told = {name.lower(): value for name, value in client.head_object(Bucket=bucket, Key=key)["Metadata"].items()}
    if told != {"a": word}:
        return False
    if send(client, "PUT", f"/{bucket}/{key}", headers={"x-amz-meta-a": bare}).status != 200:
        return False
    told = {name.lower(): value for name, value in client.head_object(Bucket=bucket, Key=key)["Metadata"].items()}
    return decode_metadata(told) == {"a": bare}


DIALECT = {
    f"dialect.{probe.__name__}": probe
    for probe in (
        path_addressing,
        virtual_addressing,
        unsigned_payload,
        default_checksums,
        trailers,
        signed_chunks,
        list_v2,
        encoding_type,
        batch_crc32,
        batch_without_md5,
        quoted_etags,
        complete_etag,
        metadata_case,
        metadata_utf8,
    )
}
