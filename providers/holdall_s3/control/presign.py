"""Presigned URLs and forms: computed here, no request is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import BotoCoreError, ClientError

from holdall.errors import (
    CredentialsExpired,
    InvalidObjectKey,
    InvalidRequest,
    OptionNotSupported,
    SignatureCalculationFailed,
)
from holdall.models import PresignedPost, PresignedUrl
from holdall.options import DELETE, GET, PUT, DeleteOptions
from holdall_s3 import requests
from holdall_s3.errors import Asked, translate
from holdall_s3.options import backend_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from holdall.options import GetOptions, HeadOptions, PresignOptions, PresignPostOptions, PutOptions
    from holdall_s3.calls import Calls

MAX_SECONDS = 604_800
"""Longest life of a URL signed with SigV4: seven days (user guide, "presigned URLs")."""

_FILENAME = "${filename}"

# Parameter of PutObject -> field of an HTML form (API reference, "POST Object").
_FORM_FIELDS: Mapping[str, str] = {
    "ACL": "acl",
    "CacheControl": "Cache-Control",
    "ContentType": "Content-Type",
    "ContentDisposition": "Content-Disposition",
    "ContentEncoding": "Content-Encoding",
    "Expires": "Expires",
    "StorageClass": "x-amz-storage-class",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "SSECustomerKey": "x-amz-server-side-encryption-customer-key",
    "SSECustomerKeyMD5": "x-amz-server-side-encryption-customer-key-MD5",
    "ChecksumAlgorithm": "x-amz-checksum-algorithm",
    "ChecksumCRC32": "x-amz-checksum-crc32",
    "ChecksumCRC32C": "x-amz-checksum-crc32c",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumSHA1": "x-amz-checksum-sha1",
    "ChecksumSHA256": "x-amz-checksum-sha256",
}


def presign(calls: Calls, key: str, options: PresignOptions) -> PresignedUrl:
    """A URL for one method.

    Raises:
        InvalidRequest: A life out of bounds, or options that belong to another method.
        CredentialsExpired: The credentials end now.
    """
    operation, method, parameters = _parameters(calls, key, options)
    asked = Asked(operation="presign", bucket=calls.bucket, key=key)
    try:
        client = calls.clients.presign_client()
        seconds, expires_at = _life(client, options.expires_in)
        url = client.generate_presigned_url(method, Params=parameters, ExpiresIn=seconds, HttpMethod=options.method)
        headers = _headers_to_send(client, operation, parameters, url)
    except (BotoCoreError, ClientError) as error:
        raise translate(error, asked) from error
    return PresignedUrl(url=url, method=options.method, headers=headers, expires_at=expires_at)


def _parameters(calls: Calls, key: str, options: PresignOptions) -> tuple[str, str, dict[str, Any]]:
    """Operation, method of the client, and parameters."""
    bucket, payer = calls.bucket, calls.payer
    if options.method == "PUT":
        if options.read is not None:
            raise InvalidRequest("'read' options belong to GET, HEAD and DELETE; a PUT takes 'write'")
        write = options.write or PUT
        parameters = requests.put(bucket, key, write, payer=payer)
        if write.checksum_algorithm is not None and write.checksum is None:
            parameters["ChecksumAlgorithm"] = str(write.checksum_algorithm)
        if options.content_length is not None:
            parameters["ContentLength"] = options.content_length
        return "PutObject", "put_object", parameters
    if options.write is not None or options.content_length is not None:
        raise InvalidRequest(f"'write' and 'content_length' belong to PUT, and {options.method} sends nothing")
    if options.method == "GET":
        return "GetObject", "get_object", requests.get(bucket, key, options.read or GET, payer=payer)
    if options.method == "HEAD":
        _without_overrides(options.read)
        return "HeadObject", "head_object", requests.head(bucket, key, options.read or GET, payer=payer)
    parameters = requests.delete(bucket, key, _deletion(options.read), payer=payer)
    return "DeleteObject", "delete_object", parameters


def _without_overrides(read: GetOptions | None) -> None:
    given = [
        name for name in type(GET).__dataclass_fields__ if name.startswith("response_") and getattr(read, name, None)
    ]
    if given:
        raise InvalidRequest(f"{given[0]!r} is for GET: the answer to HEAD can't be overridden")


def _deletion(read: HeadOptions | None) -> DeleteOptions:
    """What DELETE takes of the reading options: version and condition."""
    if read is None:
        return DELETE
    taken = DeleteOptions(version_id=read.version_id, if_match=read.if_match, backend=read.backend)
    for name in type(GET).__dataclass_fields__:
        if name not in {"version_id", "if_match", "backend"} and getattr(read, name) != getattr(GET, name):
            raise InvalidRequest(f"{name!r} has no meaning for DELETE")
    return taken


def _life(client: S3Client, expires_in: int) -> tuple[int, datetime]:
    """Seconds that a URL lives, and its end: not beyond that of temporary credentials, where that is known."""
    if not 1 <= expires_in <= MAX_SECONDS:
        raise InvalidRequest(f"expires_in={expires_in}: a presigned URL lives 1 to {MAX_SECONDS} seconds (7 days)")
    now = datetime.now(UTC)
    credentials: Any = client._get_credentials()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
    if credentials is None:
        raise SignatureCalculationFailed(
            "there are no credentials to sign with", hint="Anonymous stores have no presigned URLs: use plain ones."
        )
    credentials.get_frozen_credentials()  # fetches or renews them: the end below is that of what will sign
    end: datetime | None = getattr(credentials, "_expiry_time", None)
    if end is not None:
        left = int((end - now).total_seconds())
        if left < 1:
            raise CredentialsExpired("the credentials end now, and every URL signed with them")
        expires_in = min(expires_in, left)
    return expires_in, now + timedelta(seconds=expires_in)


def _headers_to_send(client: S3Client, operation: str, parameters: dict[str, Any], url: str) -> dict[str, str]:
    """The headers that are part of the signature: whoever uses the URL must send them exactly so."""
    signed = parse_qs(urlsplit(url).query).get("X-Amz-SignedHeaders", [""])[0].split(";")
    shape: Any = client.meta.service_model.operation_model(operation).input_shape
    known: dict[str, str] = {}
    for name, value in parameters.items():
        place = shape.members[name].serialization
        if place.get("location") == "header":
            known[place["name"].lower()] = header_value(value)
        elif place.get("location") == "headers":
            known |= {f"{place['name']}{entry}".lower(): text for entry, text in value.items()}
    missing = [name for name in signed if name not in known and name != "host"]
    if missing:
        raise SignatureCalculationFailed(f"the signature covers {missing[0]!r}, which is not known")
    return {name: known[name] for name in signed if name != "host"}


def header_value(value: Any) -> str:
    """A parameter as it stands in its header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return format_datetime(value.astimezone(UTC), usegmt=True)
    return str(value)


# --- forms -------------------------------------------------------------------------------------------------------


def presign_post(calls: Calls, key: str, options: PresignPostOptions) -> PresignedPost:
    """An HTML form upload.

    Raises:
        InvalidRequest: A life or sizes out of bounds.
        OptionNotSupported: A form has no field for an option.
        InvalidObjectKey: The key would be expanded by the store, or can't be sent.
    """
    requests.sendable(key)
    if _FILENAME in key:
        raise InvalidObjectKey(f"a form's key can't have {_FILENAME!r} in it: the store puts the file's name there")
    fields = _form_fields(options.write or PUT)
    conditions: list[Any] = [{name: value} for name, value in fields.items()]
    if options.min_size or options.max_size is not None:
        most = 5 * 1024**3 if options.max_size is None else options.max_size  # S3's largest form upload: 5 GiB
        if not 0 <= options.min_size <= most:
            raise InvalidRequest(f"sizes from {options.min_size} to {most} bytes leave nothing")
        conditions.append(["content-length-range", options.min_size, most])
    asked = Asked(operation="presign_post", bucket=calls.bucket, key=key)
    try:
        client = calls.clients.presign_client()
        seconds, expires_at = _life(client, options.expires_in)
        post = client.generate_presigned_post(
            Bucket=calls.bucket,
            Key=key + _FILENAME if options.key_is_prefix else key,
            Fields=dict(fields),
            Conditions=conditions,
            ExpiresIn=seconds,
        )
    except (BotoCoreError, ClientError) as error:
        raise translate(error, asked) from error
    return PresignedPost(url=post["url"], fields=post["fields"], expires_at=expires_at)


def _form_fields(write: PutOptions) -> dict[str, str]:
    """What an upload must send, as fields of the form."""
    backend_parameters("presign_post", write.backend)
    parameters = requests.put("", "", write)
    for name in ("Bucket", "Key"):
        del parameters[name]
    fields = {f"x-amz-meta-{name}": value for name, value in parameters.pop("Metadata", {}).items()}
    if parameters.pop("Tagging", None):
        fields["tagging"] = _tagging_xml(write.tags)
    if write.checksum_algorithm is not None and write.checksum is None:
        raise OptionNotSupported("a form can't compute a checksum", hint="Give the checksum itself, or leave it out.")
    for name, value in parameters.items():
        if name not in _FORM_FIELDS:
            raise OptionNotSupported(f"an HTML form has no field for {name}", hint="Use a presigned PUT.")
        fields[_FORM_FIELDS[name]] = header_value(value)
    return fields


def _tagging_xml(tags: Mapping[str, str]) -> str:
    """Tags as the form's field ``tagging`` takes them: XML, unlike the header."""
    entries = "".join(
        f"<Tag><Key>{escape(name)}</Key><Value>{escape(value)}</Value></Tag>" for name, value in tags.items()
    )
    return f"<Tagging><TagSet>{entries}</TagSet></Tagging>"
