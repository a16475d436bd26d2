"""From what boto3 raises to holdall's errors. Pure functions; the table itself is ``error_table``."""

from __future__ import annotations

import difflib
import re
import socket
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import botocore
import botocore.exceptions as b
import botocore.session
import urllib3.exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from holdall import errors as e
from holdall.checks import HINTS
from holdall.errors import Retry
from holdall.semantics.ranges import not_satisfiable
from holdall_s3.error_table import rule_for
from holdall_s3.pace import TooSlow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdall.models import ByteRange

BUCKET_OPERATIONS = frozenset({
    "list_page", "list_versions_page", "list_uploads", "delete_batch", "get_versioning", "set_versioning",
    "get_default_encryption", "set_default_encryption", "delete_default_encryption", "get_notifications",
    "set_notifications", "create_bucket", "delete_bucket", "head_bucket", "bucket_location",
})  # fmt: skip
"""Operations on a bucket as a whole: "not found" is about the bucket there."""

UPLOAD_OPERATIONS = frozenset({"upload_part", "complete_upload", "list_parts", "abort_upload"})
"""Operations on an upload: some stores answer NoSuchKey where the upload is missing."""

_TAG_OPERATIONS = frozenset({"get_tags", "put_tags", "delete_tags"})

# Operations whose refusal may mean that there is no such object.
_HIDES_ABSENCE = frozenset({"head", "get", "copy", "copy_part"})

# What stores answer to the configuration of a bucket that they do not know: some take its XML for another one's, some
# take the request for one that makes the bucket, some look for an object.
_NO_SUCH_CONFIGURATION = frozenset({
    "MalformedXML", "InvalidArgument", "MethodNotAllowed", "BucketAlreadyExists", "BucketAlreadyOwnedByYou",
    "NoSuchKey",
})  # fmt: skip

_UNPROVEN = (
    "Nothing is known of {feature} in this store, and stores that have it not answer so. If it has it, say so: "
    'capabilities."{feature}" = "yes".'
)

# Calls that botocore makes to get credentials; their failures come out of whatever S3 call needed the credentials.
_CREDENTIAL_CALLS = frozenset({
    "AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken", "GetRoleCredentials",
    "CreateToken", "CreateOAuth2Token",
})  # fmt: skip

# Answers to HEAD have no body, and so no reason. Where another answer has none, what its status usually means may be
# wide of the mark: it may not come from an S3 server at all.
_HEADS = frozenset({"head", "head_bucket"})
_NEED_A_REASON = frozenset({e.InvalidRequest, e.UnsupportedOperation, e.PreconditionFailed})
_NO_S3 = (
    "S3 servers give a reason: is the endpoint that of the S3 API? Some refuse anonymous requests in this way. "
    "'blob doctor' looks step by step."
)

_QUERY = re.compile(r"(https?://[^\s\"'?]+)\?[^\s\"']+")
_EXPECTED_REGION = re.compile(r"expecting '([a-z0-9-]+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asked for, as far as it decides what an answer means.

    Attributes:
        operation: Name of the provider's method.
        bucket: Bucket that it was about.
        key: Key.
        version_id: Version, if one was named.
        if_absent: It was create-only.
        source_conditions: A copy with conditions on its source.
        customer_key: A customer's key (SSE-C) was sent.
        unproven: Feature that a configuration of the bucket belongs to, where nobody knows whether the store has it.
        range: Range that was asked for.
    """

    operation: str
    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    if_absent: bool = False
    source_conditions: bool = False
    customer_key: bool = False
    range: ByteRange | None = None
    unproven: str | None = None


def redact(text: str) -> str:
    """A text without the query strings of URLs: they may hold a signature."""
    return _QUERY.sub(r"\1?…", text)


def translate(error: Exception, asked: Asked) -> e.StorageError:
    """The error that callers get.

    Args:
        error: What boto3 raised.
        asked: What was asked for.

    Returns:
        The error, to be raised from the cause.
    """
    if isinstance(error, e.StorageError):
        return error.add_context(operation=asked.operation)
    if isinstance(error, ClientError):
        return from_client_error(error, asked)
    return from_library_error(error).add_context(
        operation=asked.operation, bucket=asked.bucket, key=asked.key, version_id=asked.version_id
    )


# --- answers of the store ----------------------------------------------------------------------------------------


def from_client_error(error: ClientError, asked: Asked) -> e.StorageError:
    """An answer that says no, as boto3 raises it."""
    answer: Mapping[str, Any] = error.response
    details = answer.get("Error", {})
    metadata = answer.get("ResponseMetadata", {})
    headers: Mapping[str, str] = metadata.get("HTTPHeaders", {})
    status = metadata.get("HTTPStatusCode")
    # Where an answer has no body (HEAD) or none that is S3's, botocore puts the status in the code's place.
    if details.get("Code") == str(status):
        details = {**details, "Code": None}
    ids = {"RequestId": metadata.get("RequestId"), "HostId": metadata.get("HostId")}
    if error.operation_name in _CREDENTIAL_CALLS:
        reason = redact(details.get("Message") or "").strip() or details.get("Code")
        return e.CredentialsRefreshFailed(
            f"{error.operation_name} was refused: {reason}",
            hint="Look at the role, its trust policy, and the credentials that ask for it.",
            **_fields(asked, status, headers, {**details, **ids}),
        )
    return refusal(asked, status, headers, {**details, **ids})


def refusal(asked: Asked, status: int | None, headers: Mapping[str, str], details: Mapping[str, Any]) -> e.StorageError:
    """An answer that says no.

    Args:
        asked: What was asked for.
        status: HTTP status.
        headers: Of the answer, names in lower case.
        details: What S3's XML of an error says: ``Code``, ``Message`` and whatever else is in it; empty where the
            answer has none.
    """
    code = details.get("Code")
    message = redact(details.get("Message") or "").strip()
    rule = rule_for(code, status)
    if asked.unproven is not None and code in _NO_SUCH_CONFIGURATION:
        kind: type[e.StorageError] = e.UnsupportedOperation
        hint: str | None = _UNPROVEN.format(feature=asked.unproven)
    else:
        kind = _kind(rule.error, code, details, headers, asked)
        hint = _hint(kind, code, details, headers, asked) or (rule.hint if kind is rule.error else None)
    text = f"the store answered: {message}" if code and message and message != code else _default_message(kind, status)
    if kind is e.AccessDenied and code is None:
        text, hint = _refused_without_reason(status, asked)
    elif kind in _NEED_A_REASON and code is None and asked.operation not in _HEADS:
        text, hint = f"the store answered HTTP {status} and gave no reason", _NO_S3
    if kind is e.RangeNotSatisfiable and asked.range is not None:
        text, hint = _beyond(asked.range, _size(details, headers), hint)
    return kind(text, hint=hint, retry=rule.retry, **_fields(asked, status, headers, details))


def _fields(asked: Asked, status: int | None, headers: Mapping[str, str], details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operation": asked.operation,
        "bucket": asked.bucket,
        "key": asked.key,
        "version_id": asked.version_id,
        "code": details.get("Code"),
        "http_status": status,
        "request_id": details.get("RequestId") or headers.get("x-amz-request-id") or headers.get("x-trans-id"),
        "extended_request_id": details.get("HostId") or headers.get("x-amz-id-2"),
        "retry_after": retry_after(headers),
    }


def _kind(
    found: type[e.StorageError], code: str | None, details: Mapping[str, Any], headers: Mapping[str, str], asked: Asked
) -> type[e.StorageError]:
    """The class of an answer, where what was asked for changes what it means."""
    if found is e.ObjectNotFound:
        return _not_found(code, asked)
    if found is e.PreconditionFailed and asked.if_absent:
        # AWS names the condition that failed; where a store does not, one on the source is as likely.
        condition = str(details.get("Condition", "")).lower()
        of_source = "copy-source" in condition if condition else asked.source_conditions
        return e.PreconditionFailed if of_source else e.ObjectAlreadyExists
    if found is e.UnsupportedOperation and _is_delete_marker(code, headers, asked):
        return e.VersionNotFound
    if code == "InvalidArgument" and asked.version_id is not None and "version" in str(details).lower():
        return e.VersionNotFound  # an id that has not the store's form names no version
    if code == "AuthorizationHeaderMalformed":
        return e.WrongRegion if _region(details, headers) else e.SignatureDoesNotMatch
    return found


def _is_delete_marker(code: str | None, headers: Mapping[str, str], asked: Asked) -> bool:
    """Whether the version that was addressed is a delete marker (HTTP 405; the header is missing at some stores)."""
    if headers.get("x-amz-delete-marker") == "true":
        return True
    return code in {None, "MethodNotAllowed"} and asked.version_id is not None and asked.operation in {"head", "get"}


def _hint(
    kind: type[e.StorageError],
    code: str | None,
    details: Mapping[str, Any],
    headers: Mapping[str, str],
    asked: Asked,
) -> str | None:
    """A hint that fits this answer to this request better than the table's."""
    if kind is e.WrongRegion and (region := _region(details, headers)):
        return f'The bucket is in {region}: set region = "{region}" for the store.'
    if headers.get("x-amz-delete-marker") == "true":
        return "It is a delete marker: an older version may be there; storage.versions lists them."
    if kind is e.AccessDenied and asked.operation in _HIDES_ABSENCE:
        return "Without the permission to list the bucket (s3:ListBucket), a missing object is refused, too."
    if kind is e.InvalidRequest and code is None and asked.operation == "head":
        return (
            "The answer to HEAD has no reason in it: a customer's key (SSE-C) that is missing or wrong, an expired "
            "token, or another region are the usual ones."
        )
    if kind in {e.InvalidRequest, e.AccessDenied} and asked.customer_key:
        return "Is it the right customer's key? AWS also refuses to write with one where the bucket does not allow it."
    return HINTS["tags.objects"] if kind is e.UnsupportedOperation and asked.operation in _TAG_OPERATIONS else None


def _not_found(code: str | None, asked: Asked) -> type[e.StorageError]:
    if asked.operation in UPLOAD_OPERATIONS:
        return e.UploadNotFound
    if asked.operation in BUCKET_OPERATIONS:
        # A bare 404 and the like are about the bucket; NoSuchLifecycleConfiguration and its kin are not.
        return e.BucketNotFound if code in {None, "NotFound", "NoSuchKey"} else e.InvalidBucketState
    if asked.version_id is not None:
        return e.VersionNotFound
    return e.ObjectNotFound


def _beyond(wanted: ByteRange, size: int | None, hint: str | None) -> tuple[str, str | None]:
    """Message and hint for a range that holds no byte; some stores do not tell the object's size."""
    if size is None and wanted.start < 0:
        size = 0  # only an empty object has no last bytes
    if size is None:
        return f"the range starts at {wanted.start}, past the object's end", hint
    error = not_satisfiable(wanted, size)
    return error.message, error.hint


def _size(details: Mapping[str, Any], headers: Mapping[str, str]) -> int | None:
    """Bytes of the object, where a 416 tells them: in S3's XML, or as HTTP has it (RFC 9110, section 15.5.17)."""
    size = str(details.get("ActualObjectSize") or headers.get("content-range", "").removeprefix("bytes */"))
    return int(size) if size.isdecimal() else None


def _region(details: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """The bucket's own region, where the answer tells it."""
    known = headers.get("x-amz-bucket-region") or details.get("Region")
    if known:
        return str(known)
    match = _EXPECTED_REGION.search(str(details.get("Message", "")))
    return match[1] if match else None


def _default_message(kind: type[e.StorageError], status: int | None) -> str:
    summary = (kind.__doc__ or "").partition("\n")[0].rstrip(".").replace("``", "")
    if summary.startswith("HTTP"):  # the classes that are named for their status
        return f"the store answered HTTP {status}"
    return f"{summary} (HTTP {status})"


def _refused_without_reason(status: int | None, asked: Asked) -> tuple[str, str]:
    """Message and hint for what answers to HEAD leave open: they have no body, and so no code."""
    reasons, hint = "wrong credentials or no permission", "Run 'blob doctor' to see which."
    if asked.operation in _HIDES_ABSENCE:
        reasons = "wrong credentials, no permission, or no permission to know that the object is missing"
        hint = f"{hint} Only with s3:ListBucket is a missing object told from a forbidden one."
    return f"refused (HTTP {status} without a reason, as answers to HEAD are): {reasons}", hint


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the store asked to wait: ``x-amz-retry-after`` in milliseconds, ``Retry-After`` in either form."""
    value = headers.get("x-amz-retry-after")
    if value and value.isdigit():
        return int(value) / 1000
    value = headers.get("retry-after")
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


# --- failures on this side ---------------------------------------------------------------------------------------

_SAY_REGION = "Set 'region' for the store, or AWS_REGION."
# What OpenSSL says of an answer that is no TLS; the second since OpenSSL 3.2.
_NO_TLS = re.compile("WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE")
_PLAIN_HTTP = "The endpoint speaks plain http: write http://… in endpoint_url, or the port that speaks TLS."
_PROXY = "Look at the proxy settings of the store and at HTTPS_PROXY and NO_PROXY."
_LOGIN = "Log in again, e.g. with 'aws sso login --profile <name>'."

# The first class that fits; so the narrower ones stand before the wider ones.
LIBRARY: tuple[tuple[type[Exception], type[e.StorageError], str | None], ...] = (
    (b.NoCredentialsError, e.CredentialsNotFound, None),
    (b.NoAuthTokenError, e.CredentialsNotFound, None),
    (b.PartialCredentialsError, e.InvalidCredentials, "Give access key id and secret access key, both."),
    (b.UnauthorizedSSOTokenError, e.CredentialsExpired, _LOGIN),
    (b.SSOTokenLoadError, e.CredentialsExpired, _LOGIN),
    (b.SSOError, e.CredentialsRefreshFailed, _LOGIN),
    (b.TokenRetrievalError, e.CredentialsRefreshFailed, _LOGIN),
    (b.CredentialRetrievalError, e.CredentialsRefreshFailed, None),
    (b.MetadataRetrievalError, e.CredentialsRefreshFailed, None),
    (b.RefreshWithMFAUnsupportedError, e.CredentialsRefreshFailed, None),
    (b.UnknownCredentialError, e.InvalidConfiguration, None),
    (b.ProfileNotFound, e.InvalidConfiguration, None),  # the hint is the nearest name
    (b.ConfigParseError, e.InvalidConfiguration, "Look at the shared AWS files."),
    (b.ConfigNotFound, e.InvalidConfiguration, None),
    (b.InvalidConfigError, e.InvalidConfiguration, None),
    (b.InvalidProxiesConfigError, e.InvalidConfiguration, _PROXY),
    (b.InvalidDNSNameError, e.InvalidBucketName, None),
    (b.InvalidS3AddressingStyleError, e.InvalidConfiguration, None),
    (b.UnsupportedS3ArnError, e.InvalidBucketName, None),
    (b.UnsupportedS3ConfigurationError, e.InvalidConfiguration, None),
    (b.UnsupportedS3AccesspointConfigurationError, e.InvalidConfiguration, None),
    (b.NoRegionError, e.MissingRegion, _SAY_REGION),
    (b.InvalidRegionError, e.InvalidConfiguration, _SAY_REGION),
    (b.UnknownEndpointError, e.InvalidEndpoint, None),
    (b.EndpointVariantError, e.InvalidEndpoint, None),
    (b.EndpointProviderError, e.InvalidEndpoint, None),
    (b.InvalidEndpointConfigurationError, e.InvalidEndpoint, None),
    (b.UnknownSignatureVersionError, e.UnsupportedAlgorithm, None),
    (b.UnsupportedSignatureVersionError, e.UnsupportedAlgorithm, None),
    (b.MissingDependencyException, e.MissingExtra, "pip install awscrt"),
    (b.FlexibleChecksumError, e.ChecksumMismatch, None),
    (b.ChecksumError, e.ChecksumMismatch, None),
    (b.SSLError, e.TlsError, "Set connection.ca_bundle for the store if its certificate is signed by a private CA."),
    (b.ProxyConnectionError, e.ConnectionFailed, _PROXY),
    (b.ConnectTimeoutError, e.OperationTimeout, "Look at the endpoint and at firewalls on the way."),
    (TooSlow, e.OperationTimeout, "resilience.deadline of the store says how long it is borne that nothing gets on."),
    (b.ReadTimeoutError, e.OperationTimeout, None),
    (b.ResponseStreamingError, e.StreamInterrupted, None),
    (b.IncompleteReadError, e.IncompleteBody, None),
    (b.ConnectionClosedError, e.ConnectionFailed, None),
    (b.EndpointConnectionError, e.ConnectionFailed, "Look at the endpoint: is the store running and reachable?"),
    (b.ConnectionError, e.ConnectionFailed, None),
    (b.HTTPClientError, e.ConnectionFailed, None),
    (b.UnseekableStreamError, e.InvalidRequest, "The body must be readable again from its start."),
    (b.AwsChunkedWrapperError, e.InvalidRequest, None),
    (urllib3.exceptions.ReadTimeoutError, e.OperationTimeout, None),
    (urllib3.exceptions.IncompleteRead, e.IncompleteBody, None),
    (urllib3.exceptions.SSLError, e.TlsError, None),
    (urllib3.exceptions.HTTPError, e.StreamInterrupted, None),
)
"""Exception of botocore or urllib3 -> class and hint."""

_NOT_SENT = (b.EndpointConnectionError, b.ConnectTimeoutError, b.ProxyConnectionError)  # there was no connection yet


def from_library_error(error: Exception, otherwise: type[e.StorageError] = e.InvalidRequest) -> e.StorageError:
    """A failure on this side or on the way: no answer was had, or it could not be read.

    Args:
        error: What a library raised.
        otherwise: Class of what the table does not know.
    """
    if isinstance(error, b.ParamValidationError):
        return _bad_parameter(error)
    text = redact(str(error))
    if isinstance(error, (ResponseParserError, ParseError)):
        return _unreadable(text)
    if (known := _by_its_cause(error, text)) is not None:
        return known
    for kind, target, hint in LIBRARY:
        if isinstance(error, kind):
            sent = False if isinstance(error, _NOT_SENT) else None
            return target(text, hint=_better_hint(error, text) or hint, sent=sent)
    return otherwise(f"{type(error).__name__}: {text}")


def _better_hint(error: Exception, text: str) -> str | None:
    """A hint that fits this failure better than the table's."""
    if isinstance(error, b.ProfileNotFound):
        return _nearest_profile(error)
    if isinstance(error, (b.SSLError, urllib3.exceptions.SSLError)) and _NO_TLS.search(text):
        return _PLAIN_HTTP
    return None


def _nearest_profile(error: b.ProfileNotFound) -> str:
    profiles = botocore.session.Session(profile=None).available_profiles
    near = difflib.get_close_matches(error.kwargs.get("profile", ""), profiles, n=1)
    return f"Did you mean {near[0]!r}?" if near else "'profile', or AWS_PROFILE, names one of ~/.aws/config."


def _bad_parameter(error: b.ParamValidationError) -> e.StorageError:
    report = str(error.kwargs.get("report", error))
    unknown = re.search(r"Unknown parameter in input: \"(\w+)\"", report)
    if unknown:
        return e.OptionNotSupported(
            f"boto3 with botocore {botocore.__version__} does not know {unknown[1]}", hint="pip install --upgrade boto3"
        )
    # The report quotes values, and one of them could be a customer's key: say which parameter, not what it was.
    names = re.findall(r"for parameter ([\w.\[\]]+)", report)
    if any(name == "Bucket" for name in names) or "Invalid bucket name" in report:
        return e.InvalidBucketName("the bucket's name is not one that S3 takes")
    return e.InvalidRequest(f"boto3 refuses {', '.join(names)}" if names else "boto3 refuses the request's parameters")


def _unreadable(text: str) -> e.StorageError:
    if "<html" in text.lower():
        return e.UnexpectedContent(
            "the answer is an HTML page, not S3's XML",
            hint="Is the endpoint that of the S3 API, and no console or proxy?",
        )
    return e.XmlParseError("the answer is not the XML it should be", retry=Retry.SAFE)


def _by_its_cause(error: Exception, text: str) -> e.StorageError | None:
    """What is told by the cause behind the exception, and not by its class."""
    if isinstance(error, b.EndpointConnectionError) and _no_address(error):
        # Another attempt makes sense where the resolver says that it could not find out for now.
        for_now = any(
            isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN for cause in _causes(error)
        )
        hint = "Look at the host name in the endpoint, and at the resolver."
        return e.DnsResolutionFailed(text, hint=hint, retry=Retry.SAFE if for_now else Retry.NEVER)
    if isinstance(error, (b.ResponseStreamingError, urllib3.exceptions.ProtocolError)) and _is_short(error):
        return e.IncompleteBody(text)
    if isinstance(error, (b.SSLError, urllib3.exceptions.SSLError)) and _broke_off(error):
        return e.ConnectionFailed(text)
    return None


def _no_address(error: b.EndpointConnectionError) -> bool:
    return any(isinstance(cause, (socket.gaierror, urllib3.exceptions.NameResolutionError)) for cause in _causes(error))


def _is_short(error: Exception) -> bool:
    return any(isinstance(cause, urllib3.exceptions.IncompleteRead) for cause in _causes(error))


def _broke_off(error: Exception) -> bool:
    """Whether the other side went away, which is no matter of certificates and passes."""
    return any(isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that is said to have led to it: chained, kept by botocore, or among the arguments."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "kwargs", {}).get("error"), *cause.args]
