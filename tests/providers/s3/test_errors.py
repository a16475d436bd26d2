"""The translation of errors, row by row: codes, statuses, answers without a body, failures on this side."""

from __future__ import annotations

import pickle
import socket
import ssl
import time
import uuid
from contextlib import closing
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, cast

import botocore.exceptions as b
import pytest
import urllib3.exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from holdall import errors as e
from holdall import options as opt
from holdall.errors import Retry
from holdall.models import CopySource, NotificationConfig, SseC, SseS3, Versioning
from holdall_s3 import error_table
from holdall_s3.errors import BUCKET_OPERATIONS, LIBRARY, Asked, from_library_error, retry_after, translate
from holdall_s3.kinds import S3_COMPATIBLE
from tests.providers.s3.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.provider import S3Provider

SIGNED = "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA&X-Amz-Signature=5ec4e7"

# The table of the specification (§6.3): status, code, class, may be tried again. Where the names differ from ours:
# ValidationError is InvalidRequest, EntityTooSmall is PartTooSmall.
SPECIFIED: list[tuple[int, str, type[e.StorageError], bool]] = [
    (301, "PermanentRedirect", e.WrongRegion, False),
    (307, "TemporaryRedirect", e.WrongRegion, False),
    (400, "InvalidRequest", e.InvalidRequest, False),
    (400, "InvalidBucketName", e.InvalidBucketName, False),
    (400, "EntityTooLarge", e.EntityTooLarge, False),
    (400, "EntityTooSmall", e.PartTooSmall, False),
    (400, "InvalidPart", e.InvalidPart, False),
    (400, "InvalidPartOrder", e.InvalidPartOrder, False),
    (400, "TooManyParts", e.TooManyParts, False),
    (403, "AccessDenied", e.AccessDenied, False),
    (403, "InvalidAccessKeyId", e.InvalidAccessKeyId, False),
    (403, "SignatureDoesNotMatch", e.SignatureDoesNotMatch, False),
    (403, "ExpiredToken", e.ExpiredToken, False),
    (404, "NoSuchBucket", e.BucketNotFound, False),
    (404, "NoSuchKey", e.ObjectNotFound, False),
    (404, "NoSuchUpload", e.UploadNotFound, False),
    (409, "BucketAlreadyExists", e.BucketAlreadyExists, False),
    (409, "BucketAlreadyOwnedByYou", e.BucketAlreadyOwnedByYou, False),
    (409, "BucketNotEmpty", e.BucketNotEmpty, False),
    (412, "PreconditionFailed", e.PreconditionFailed, False),
    (500, "InternalError", e.InternalError, True),
    (503, "ServiceUnavailable", e.ServiceUnavailable, True),
    (503, "SlowDown", e.SlowDown, True),
]
FURTHER: list[tuple[int, str, type[e.StorageError], bool]] = [
    (400, "BadDigest", e.ChecksumMismatch, True),
    (400, "XAmzContentSHA256Mismatch", e.ChecksumMismatch, True),
    (400, "IncompleteBody", e.IncompleteBody, True),
    (400, "InvalidArgument", e.InvalidRequest, False),
    (400, "InvalidDigest", e.ChecksumMismatch, True),
    (400, "InvalidStorageClass", e.UnsupportedOperation, False),
    (400, "KeyTooLongError", e.InvalidObjectKey, False),
    (400, "XMinioInvalidResourceName", e.InvalidObjectKey, False),
    (400, "DirectoryObjectContainsData", e.InvalidObjectKey, False),
    (409, "ExistingObjectIsFile", e.InvalidObjectKey, False),
    (409, "ExistingObjectIsDirectory", e.InvalidObjectKey, False),
    (409, "ObjectParentIsFile", e.InvalidObjectKey, False),
    (400, "MalformedXML", e.InvalidRequest, False),
    (400, "MetadataTooLarge", e.InvalidMetadata, False),
    (400, "InvalidTag", e.InvalidTags, False),
    (400, "RequestTimeout", e.OperationTimeout, True),
    (400, "ExpiredToken", e.ExpiredToken, False),
    (400, "InvalidToken", e.InvalidAccessKeyId, False),
    (400, "TooManyBuckets", e.TooManyBuckets, False),
    (400, "IllegalLocationConstraintException", e.WrongRegion, False),
    (403, "InvalidObjectState", e.ObjectArchived, False),
    (403, "RequestTimeTooSkewed", e.InvalidTimestamp, False),
    (403, "QuotaExceeded", e.AccountProblem, False),
    (403, "AllAccessDisabled", e.AccountProblem, False),
    (404, "NoSuchVersion", e.VersionNotFound, False),
    (405, "MethodNotAllowed", e.UnsupportedOperation, False),
    (409, "ConditionalRequestConflict", e.ConditionalRequestConflict, False),
    (409, "OperationAborted", e.InvalidBucketState, True),
    (409, "RestoreAlreadyInProgress", e.InvalidObjectState, False),
    (411, "MissingContentLength", e.MissingContentLength, False),
    (416, "InvalidRange", e.RangeNotSatisfiable, False),
    (501, "NotImplemented", e.UnsupportedOperation, False),
    (503, "SlowDownWrite", e.SlowDown, True),
    (503, "XMinioServerNotInitialized", e.ServiceUnavailable, True),
    (507, "XMinioStorageFull", e.ServiceUnavailable, False),
    (400, "KMS.NotFoundException", e.InvalidRequest, False),
    (400, "KMS.ThrottlingException", e.SlowDown, True),
    (404, "kms:KeyNotFound", e.InvalidRequest, False),
    # Codes that nobody knows: the status decides.
    (400, "Strange", e.InvalidRequest, False),
    (401, "Strange", e.AccessDenied, False),
    (402, "Strange", e.AccountProblem, False),
    (403, "Strange", e.AccessDenied, False),
    (408, "Strange", e.OperationTimeout, True),
    (413, "Strange", e.EntityTooLarge, False),
    (418, "Strange", e.InvalidRequest, False),
    (429, "Strange", e.SlowDown, True),
    (500, "Strange", e.InternalError, True),
    (502, "Strange", e.BadGateway, True),
    (503, "Strange", e.ServiceUnavailable, True),
    (504, "Strange", e.BadGateway, True),
    (507, "Strange", e.ServiceUnavailable, False),
    (509, "Strange", e.SlowDown, True),
    (599, "Strange", e.InternalError, True),
]


def a_bucket() -> str:
    """A bucket of its own for each answer: botocore remembers the region that a bucket is said to be in."""
    return f"bucket-{uuid.uuid4().hex}"


def caught(wire: Wire, call: Callable[[], Any]) -> e.StorageError:
    with pytest.raises(e.StorageError) as info:
        call()
    assert wire.sent
    return info.value


def test_the_table_of_the_specification_is_whole() -> None:
    assert len(SPECIFIED) == len({(status, code) for status, code, *_ in SPECIFIED}) == 23


@pytest.mark.parametrize("row", SPECIFIED + FURTHER)
def test_an_answer_is_told_as_what_it_is(
    row: tuple[int, str, type[e.StorageError], bool], aws: S3Provider, wire: Wire, engine: str
) -> None:
    status, code, kind, again = row
    bucket = a_bucket()
    wire.refuse(status, code, "because", x_amz_request_id="R1", x_amz_id_2="R2")
    error = caught(wire, lambda: aws.bind(bucket).put("k", b"", opt.PUT))
    assert type(error) is kind
    assert (error.retry is Retry.SAFE) == again
    assert (error.code, error.http_status) == (code, status)
    assert (error.request_id, error.extended_request_id) == ("R1", "R2")
    assert (error.operation, error.bucket, error.key) == ("put", bucket, "k")
    assert "because" in error.message
    assert isinstance(error.__cause__, ClientError if engine == "sdk" else type(None))
    assert pickle.loads(pickle.dumps(error)).details() == error.details()


@pytest.mark.parametrize("rule", [*error_table.CODES.values(), *error_table.STATUSES.values()])
def test_every_rule_of_the_table_leads_to_a_leaf(rule: error_table.Rule) -> None:
    families = set(e.StorageError.__subclasses__())
    assert rule.error not in families | {e.StorageError}


HEADS: list[tuple[int, dict[str, str], dict[str, Any], type[e.StorageError], str]] = [
    (301, {"x-amz-bucket-region": "eu-west-3"}, {}, e.WrongRegion, 'region = "eu-west-3"'),
    (304, {}, {"if_none_match": "e"}, e.NotModified, ""),
    (400, {}, {}, e.InvalidRequest, "SSE-C"),
    (400, {}, {"customer_key": SseC(bytes(32))}, e.InvalidRequest, "SSE-C"),
    (403, {}, {}, e.AccessDenied, "s3:ListBucket"),
    (403, {}, {}, e.AccessDenied, "blob doctor"),
    (404, {}, {}, e.ObjectNotFound, ""),
    (404, {}, {"version_id": "v"}, e.VersionNotFound, ""),
    (405, {}, {"version_id": "v"}, e.VersionNotFound, ""),
    (405, {}, {}, e.UnsupportedOperation, ""),
    (412, {}, {"if_match": "e"}, e.PreconditionFailed, ""),
    (416, {}, {}, e.RangeNotSatisfiable, ""),
    (500, {}, {}, e.InternalError, ""),
    (503, {}, {}, e.ServiceUnavailable, ""),
]


@pytest.mark.parametrize(("status", "headers", "options", "kind", "hint"), HEADS)
def test_the_answer_to_head_is_told_by_its_status_alone(
    status: int,
    headers: dict[str, str],
    options: dict[str, Any],
    kind: type[e.StorageError],
    hint: str,
    aws: S3Provider,
    wire: Wire,
) -> None:
    wire.answer(status, headers)
    error = caught(wire, lambda: aws.bind(a_bucket()).head("k", opt.HeadOptions(**options)))
    assert type(error) is kind
    assert hint in (error.hint or "")
    assert (error.code, error.http_status) == (None, status)
    assert error.version_id == options.get("version_id")


def test_a_refusal_without_a_reason_claims_none(aws: S3Provider, wire: Wire) -> None:
    wire.answer(403)
    error = caught(wire, lambda: aws.head("k", opt.HEAD))
    assert error.message == (
        "refused (HTTP 403 without a reason, as answers to HEAD are): wrong credentials, no permission, or no "
        "permission to know that the object is missing"
    )
    error = caught(wire, lambda: aws.head_bucket("bucket"))
    assert type(error) is e.AccessDenied
    assert error.message.endswith("wrong credentials or no permission")
    wire.refuse(403, "AccessDenied", "")
    error = caught(wire, lambda: aws.get("k", opt.GET))
    assert error.message == "The credentials are good, the permission is missing (HTTP 403)"


CONFIGURATIONS: dict[str, Callable[[Any], Any]] = {
    "encryption.bucket_default": lambda p: p.set_default_encryption(SseS3()),
    "notifications.rules": lambda p: p.set_notifications(NotificationConfig()),
    "versions.enable": lambda p: p.set_versioning(Versioning.ENABLED),
}
UNKNOWN_STORE = {
    "provider": "s3-compatible",
    "endpoint_url": "http://127.0.0.1:9",
    "bucket": "bucket",
    "access_key_id": "id",
    "secret_access_key": "secret",
}
NO_SUCH_CONFIGURATION = [
    (400, "MalformedXML"),
    (400, "InvalidArgument"),
    (405, "MethodNotAllowed"),
    (409, "BucketAlreadyExists"),
    (409, "BucketAlreadyOwnedByYou"),
    (404, "NoSuchKey"),
]


@pytest.mark.parametrize("feature", CONFIGURATIONS)
@pytest.mark.parametrize(("status", "code"), NO_SUCH_CONFIGURATION)
def test_a_configuration_that_the_store_does_not_know(feature: str, status: int, code: str) -> None:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with closing(S3_COMPATIBLE.open(S3_COMPATIBLE.settings.model_validate(UNKNOWN_STORE), "lake")) as provider:
        wire = Wire(cast("S3Provider", provider).raw_client)
        wire.refuse(status, code)
        error = caught(wire, lambda: CONFIGURATIONS[feature](provider))
    assert type(error) is e.UnsupportedOperation
    assert (error.code, error.http_status) == (code, status)
    assert f'capabilities."{feature}"' in (error.hint or "")
    # A store that is known to have it means what it says, and so does any where an object is concerned.
    for asked in (Asked(operation="set_versioning"), Asked(operation="put")):
        known = translate(ClientError(answer, "X"), asked)
        assert (type(known) is e.UnsupportedOperation) == (code == "MethodNotAllowed")


@pytest.mark.parametrize(("feature", "call"), CONFIGURATIONS.items())
def test_a_configuration_of_a_store_that_has_it(
    feature: str, call: Callable[[Any], Any], aws: S3Provider, wire: Wire
) -> None:
    assert aws.capabilities.supports(feature, safety=True)
    wire.refuse(400, "MalformedXML")
    assert type(caught(wire, lambda: call(aws))) is e.InvalidRequest


def test_redirects_that_lead_nowhere_come_to_an_end(aws: S3Provider, wire: Wire) -> None:
    wire.answer(301, {"location": "https://elsewhere"})
    error = caught(wire, lambda: aws.bind(a_bucket()).get("k", opt.GET))
    assert type(error) is e.WrongRegion
    assert [sent.method for sent in wire.sent] == ["GET", "HEAD"]  # botocore asks once where the bucket is


@pytest.mark.parametrize("operation", sorted(BUCKET_OPERATIONS))
def test_not_found_is_about_the_bucket_where_only_that_can_be_missing(operation: str) -> None:
    for code in ("404", "NoSuchBucket"):
        answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 404}}
        assert type(translate(ClientError(answer, "X"), Asked(operation=operation))) is e.BucketNotFound


def test_not_found_is_about_the_upload_where_an_upload_was_named(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(404, "NoSuchKey")  # as Ceph has it
    for call in (
        lambda: aws.upload_part("k", "id", 1, b"", opt.PART),
        lambda: aws.list_parts("k", "id", 0, None),
        lambda: aws.complete_upload("k", "id", [], opt.COMPLETE),
    ):
        assert type(caught(wire, call)) is e.UploadNotFound
    aws.abort_upload("k", "id")  # what is not there is aborted
    wire.refuse(404, "NoSuchBucket")
    assert type(caught(wire, lambda: aws.abort_upload("k", "id"))) is e.BucketNotFound


def test_not_found_is_about_the_source_of_a_copy(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(404, "NoSuchKey")
    source = CopySource("from", "elsewhere", "v1")
    for call in (
        lambda: aws.copy(source, "k", opt.COPY),
        lambda: aws.copy_part("k", "id", 1, source, None, opt.PART),
    ):
        error = caught(wire, call)
        assert type(error) is e.ObjectNotFound
        assert (error.bucket, error.key, error.version_id) == ("elsewhere", "from", "v1")


def test_what_is_not_there_is_deleted(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(404, "NoSuchKey")
    assert aws.delete("k", opt.DELETE).version_id is None
    with pytest.raises(e.ObjectNotFound):  # nothing of that ETag was there to be deleted
        aws.delete("k", opt.DeleteOptions(if_match="e"))
    wire.refuse(404, "NoSuchBucket")
    with pytest.raises(e.BucketNotFound):
        aws.delete("k", opt.DELETE)


CONDITIONS: list[tuple[Callable[[Any], Any], str, type[e.StorageError]]] = [
    (lambda p: p.put("k", b"", opt.PutOptions(if_absent=True)), "", e.ObjectAlreadyExists),
    (lambda p: p.put("k", b"", opt.PutOptions(if_match="x")), "", e.PreconditionFailed),
    (lambda p: p.complete_upload("k", "i", [], opt.CompleteOptions(if_absent=True)), "", e.ObjectAlreadyExists),
    (lambda p: p.copy(CopySource("s"), "k", opt.CopyOptions(if_absent=True)), "", e.ObjectAlreadyExists),
    (lambda p: p.copy(CopySource("s"), "k", opt.CopyOptions(source_if_match="x")), "", e.PreconditionFailed),
    # Both conditions: the store's word decides, and where there is none, only what is certain is said.
    (
        lambda p: p.copy(CopySource("s"), "k", opt.CopyOptions(if_absent=True, source_if_match="x")),
        "",
        e.PreconditionFailed,
    ),
    (
        lambda p: p.copy(CopySource("s"), "k", opt.CopyOptions(if_absent=True, source_if_match="x")),
        "<Condition>If-None-Match</Condition>",
        e.ObjectAlreadyExists,
    ),
    (
        lambda p: p.copy(CopySource("s"), "k", opt.CopyOptions(if_absent=True, source_if_match="x")),
        "<Condition>x-amz-copy-source-If-Match</Condition>",
        e.PreconditionFailed,
    ),
]


@pytest.mark.parametrize(("call", "extra", "kind"), CONDITIONS)
def test_a_condition_that_failed_is_told_by_what_was_asked(
    call: Callable[[S3Provider], Any], extra: str, kind: type[e.StorageError], aws: S3Provider, wire: Wire
) -> None:
    wire.refuse(412, "PreconditionFailed", extra=extra)
    assert type(caught(wire, lambda: call(aws))) is kind


@pytest.mark.parametrize(
    ("message", "extra", "kind", "region"),
    [
        ("the region 'us-east-1' is wrong; expecting 'eu-west-3'", "", e.WrongRegion, "eu-west-3"),
        ("wrong", "<Region>eu-west-3</Region>", e.WrongRegion, "eu-west-3"),
        ("the authorization header is malformed", "", e.SignatureDoesNotMatch, None),
    ],
)
def test_a_signature_for_another_region(
    message: str, extra: str, kind: type[e.StorageError], region: str | None
) -> None:
    answer: Any = {
        "Error": {"Code": "AuthorizationHeaderMalformed", "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    if extra:
        answer["Error"]["Region"] = region
    error = translate(ClientError(answer, "PutObject"), Asked(operation="put"))
    assert type(error) is kind
    assert region is None or region in (error.hint or "")


def test_a_version_id_of_a_foreign_form_names_no_version(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(400, "InvalidArgument", "Invalid version id specified", "<ArgumentName>versionId</ArgumentName>")
    error = caught(wire, lambda: aws.get("k", opt.GetOptions(version_id="nonsense")))
    assert type(error) is e.VersionNotFound
    error = caught(wire, lambda: aws.get("k", opt.GET))
    assert type(error) is e.InvalidRequest


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "PreconditionFailed"])
def test_an_error_inside_of_a_success_is_an_error(code: str, aws: S3Provider, wire: Wire) -> None:
    wire.refuse(200, code)
    for call in (
        lambda: aws.complete_upload("k", "id", [], opt.COMPLETE),
        lambda: aws.copy(CopySource("from"), "k", opt.COPY),
        lambda: aws.copy_part("k", "id", 1, CopySource("from"), None, opt.PART),
    ):
        assert type(caught(wire, call)) is error_table.CODES[code].error


# --- waiting -----------------------------------------------------------------------------------------------------


def test_how_long_to_wait(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(503, "SlowDown", retry_after="7")
    assert caught(wire, lambda: aws.put("k", b"", opt.PUT)).retry_after == 7
    assert retry_after({"x-amz-retry-after": "1500", "retry-after": "9"}) == 1.5
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None
    in_a_minute = retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert in_a_minute is not None
    assert 50 < in_a_minute <= 60
    assert retry_after({"retry-after": formatdate(time.time() - 60, usegmt=True)}) == 0


# --- secrets -----------------------------------------------------------------------------------------------------


def test_no_signed_url_in_a_message(aws: S3Provider, wire: Wire) -> None:
    wire.refuse(403, "AccessDenied", f"not for {SIGNED.replace('&', '&amp;')} at all")
    told = caught(wire, lambda: aws.put("k", b"", opt.PUT))
    here = from_library_error(b.EndpointConnectionError(endpoint_url=SIGNED, error=OSError("no")))
    for error in (told, here):
        assert "5ec4e7" not in str(error)
        assert "AKIA" not in repr(error)
        assert "https://b.s3.amazonaws.com/k?…" in str(error)


def test_no_customer_key_in_a_message(aws: S3Provider) -> None:
    with pytest.raises(e.InvalidRequest) as caught:
        aws.copy_part("k", "id", "seven", CopySource("s"), None, opt.PART)  # type: ignore[arg-type]
    assert "PartNumber" in str(caught.value)
    assert "seven" not in str(caught.value)


# --- failures on this side ---------------------------------------------------------------------------------------

OWN: list[tuple[Exception, type[e.StorageError], Retry]] = [
    (b.NoCredentialsError(), e.CredentialsNotFound, Retry.NEVER),
    (b.PartialCredentialsError(provider="env", cred_var="x"), e.InvalidCredentials, Retry.NEVER),
    (b.CredentialRetrievalError(provider="p", error_msg="m"), e.CredentialsRefreshFailed, Retry.NEVER),
    (b.UnauthorizedSSOTokenError(), e.CredentialsExpired, Retry.NEVER),
    (b.TokenRetrievalError(provider="p", error_msg="m"), e.CredentialsRefreshFailed, Retry.NEVER),
    (b.MetadataRetrievalError(error_msg="m"), e.CredentialsRefreshFailed, Retry.NEVER),
    (b.ProfileNotFound(profile="p"), e.InvalidConfiguration, Retry.NEVER),
    (b.ConfigParseError(path="p"), e.InvalidConfiguration, Retry.NEVER),
    (b.NoRegionError(), e.MissingRegion, Retry.NEVER),
    (b.InvalidRegionError(region_name="???"), e.InvalidConfiguration, Retry.NEVER),
    (b.EndpointConnectionError(endpoint_url="http://x", error=OSError()), e.ConnectionFailed, Retry.SAFE),
    (
        b.EndpointConnectionError(endpoint_url="http://x", error=socket.gaierror(socket.EAI_NONAME, "?")),
        e.DnsResolutionFailed,
        Retry.NEVER,
    ),
    (
        b.EndpointConnectionError(endpoint_url="http://x", error=socket.gaierror(socket.EAI_AGAIN, "?")),
        e.DnsResolutionFailed,
        Retry.SAFE,
    ),
    (b.SSLError(endpoint_url="http://x", error=ssl.SSLEOFError(8, "EOF")), e.ConnectionFailed, Retry.SAFE),
    (b.ConnectTimeoutError(endpoint_url="http://x", error=OSError()), e.OperationTimeout, Retry.SAFE),
    (b.ReadTimeoutError(endpoint_url="http://x", error=OSError()), e.OperationTimeout, Retry.SAFE),
    (b.SSLError(endpoint_url="http://x", error=OSError()), e.TlsError, Retry.NEVER),
    (b.ProxyConnectionError(proxy_url="http://x", error=OSError()), e.ConnectionFailed, Retry.SAFE),
    (b.ConnectionClosedError(endpoint_url="http://x", error=OSError()), e.ConnectionFailed, Retry.SAFE),
    (b.HTTPClientError(error=OSError()), e.ConnectionFailed, Retry.SAFE),
    (b.ResponseStreamingError(error=OSError()), e.StreamInterrupted, Retry.SAFE),
    (
        b.ResponseStreamingError(error=urllib3.exceptions.ProtocolError("x", urllib3.exceptions.IncompleteRead(1, 2))),
        e.IncompleteBody,
        Retry.SAFE,
    ),
    (b.IncompleteReadError(actual_bytes=1, expected_bytes=2), e.IncompleteBody, Retry.SAFE),
    (b.FlexibleChecksumError(error_msg="m"), e.ChecksumMismatch, Retry.SAFE),
    (b.MissingDependencyException(msg="m"), e.MissingExtra, Retry.NEVER),
    (b.UnknownSignatureVersionError(signature_version="x"), e.UnsupportedAlgorithm, Retry.NEVER),
    (b.EndpointProviderError(msg="m"), e.InvalidEndpoint, Retry.NEVER),
    (b.UnsupportedS3ArnError(arn="x"), e.InvalidBucketName, Retry.NEVER),
    (b.ParamValidationError(report='Invalid bucket name "?"'), e.InvalidBucketName, Retry.NEVER),
    (b.ParamValidationError(report="Invalid type for parameter Key, value: 1"), e.InvalidRequest, Retry.NEVER),
    (b.ParamValidationError(report='Unknown parameter in input: "IfMatch", must'), e.OptionNotSupported, Retry.NEVER),
    (b.PaginationError(message="m"), e.InvalidRequest, Retry.NEVER),
    (ResponseParserError("Unable to parse response"), e.XmlParseError, Retry.SAFE),
    (ResponseParserError("invalid XML received: b'<HTML>'"), e.UnexpectedContent, Retry.NEVER),
    (urllib3.exceptions.ReadTimeoutError(None, "", "m"), e.OperationTimeout, Retry.SAFE),  # type: ignore[arg-type]
    (urllib3.exceptions.ProtocolError("m"), e.StreamInterrupted, Retry.SAFE),
]


@pytest.mark.parametrize(("error", "kind", "retry"), OWN, ids=[type(error).__name__ for error, *_ in OWN])
def test_a_failure_on_this_side(error: Exception, kind: type[e.StorageError], retry: Retry) -> None:
    told = translate(error, Asked(operation="put", bucket="b", key="k"))
    assert type(told) is kind
    assert told.retry is retry
    assert (told.operation, told.bucket, told.key) == ("put", "b", "k")
    assert told.message


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (b.EndpointConnectionError(endpoint_url="http://x", error=OSError()), False),
        (b.EndpointConnectionError(endpoint_url="http://x", error=socket.gaierror(socket.EAI_AGAIN, "?")), False),
        (b.ConnectTimeoutError(endpoint_url="http://x", error=OSError()), False),
        (b.ProxyConnectionError(proxy_url="http://x", error=OSError()), False),
        (b.ReadTimeoutError(endpoint_url="http://x", error=OSError()), None),
        (b.ConnectionClosedError(endpoint_url="http://x", error=OSError()), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_surely_was_not_sent_says_so(error: Exception, known: object) -> None:
    assert from_library_error(error).sent is known


def test_no_row_of_the_table_is_hidden_by_an_earlier_one() -> None:
    for place, (kind, *_) in enumerate(LIBRARY):
        assert not [wide for wide, *_ in LIBRARY[:place] if issubclass(kind, wide)]


def test_credentials_that_can_not_be_had_are_not_blamed_on_the_object() -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    error = translate(ClientError(answer, "AssumeRole"), Asked(operation="put", key="k"))
    assert type(error) is e.CredentialsRefreshFailed
    assert "AssumeRole" in error.message
