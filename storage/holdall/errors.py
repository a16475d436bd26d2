"""Every error that holdall raises, and what each one knows.

The tree (a name in brackets is the builtin that a leaf also is)::

    StorageError
    ├── ConfigurationError [ValueError]
    │   ├── InvalidConfiguration      a setting is wrong, unknown, or contradicts another
    │   ├── UnknownStore              no store of that name is configured
    │   ├── UnknownProvider           no installed provider kind has that name
    │   ├── MissingExtra [ImportError]    an optional package is not installed
    │   ├── MissingRegion
    │   ├── MissingCredentials
    │   ├── InvalidEndpoint
    │   ├── WrongRegion               the bucket lives in another region
    │   └── ContractViolation         a provider promises what it does not implement
    ├── CredentialsError
    │   ├── CredentialsNotFound
    │   ├── CredentialsExpired
    │   ├── InvalidCredentials
    │   └── CredentialsRefreshFailed
    ├── SigningError
    │   ├── InvalidTimestamp          this machine's clock and the store's differ too much
    │   ├── SignatureCalculationFailed
    │   └── UnsupportedAlgorithm
    ├── RequestError [ValueError]
    │   ├── InvalidRequest
    │   ├── SourceNotFound [FileNotFoundError]    the file to be sent is not there
    │   ├── InvalidLocation           a URL or location that can't be understood
    │   ├── InvalidBucketName
    │   ├── InvalidObjectKey
    │   ├── InvalidMetadata
    │   ├── InvalidTags
    │   ├── InvalidRange              a range that no object could satisfy
    │   ├── EntityTooLarge
    │   ├── MissingContentLength
    │   ├── OptionNotSupported        the option exists, this provider does not know it
    │   └── UnsupportedOperation      the store has not got the feature at all
    ├── BucketError
    │   ├── BucketNotFound [FileNotFoundError]
    │   ├── BucketAlreadyExists [FileExistsError]
    │   │   └── BucketAlreadyOwnedByYou
    │   ├── BucketNotEmpty
    │   ├── TooManyBuckets
    │   └── InvalidBucketState
    ├── ObjectError
    │   ├── ObjectNotFound [FileNotFoundError]
    │   │   └── VersionNotFound
    │   ├── PreconditionFailed
    │   │   └── ObjectAlreadyExists [FileExistsError]
    │   ├── ConditionalRequestConflict    another writer was in the way: read again, then decide
    │   ├── NotModified
    │   ├── RangeNotSatisfiable
    │   ├── InvalidObjectState
    │   │   └── ObjectArchived        must be restored before it can be read
    │   └── ObjectTooLarge
    ├── MultipartError
    │   ├── UploadNotFound
    │   ├── UploadInUse               somebody else is sending it just now
    │   ├── InvalidPart
    │   ├── InvalidPartOrder
    │   ├── PartTooSmall
    │   └── TooManyParts
    ├── AccessError [PermissionError]
    │   ├── AccessDenied
    │   ├── InvalidAccessKeyId
    │   ├── SignatureDoesNotMatch
    │   ├── ExpiredToken
    │   └── AccountProblem
    ├── NetworkError [ConnectionError]
    │   ├── ConnectionFailed
    │   ├── DnsResolutionFailed
    │   ├── TlsError
    │   └── OperationTimeout [TimeoutError]
    ├── ServerError
    │   ├── InternalError
    │   ├── BadGateway
    │   ├── ServiceUnavailable
    │   ├── SlowDown
    │   └── CircuitOpen               not sent: the store failed too often just now
    ├── ResponseError
    │   ├── XmlParseError
    │   ├── InvalidResponse
    │   ├── UnexpectedContent
    │   └── RequestIgnored            the store said yes and did not do it
    └── TransferError
        ├── StreamInterrupted
        ├── IncompleteBody
        ├── ChecksumMismatch
        ├── Unverifiable              nothing that the store tells could prove the bytes, and a proof was asked for
        ├── SourceChanged             what was being sent, copied or fetched changed meanwhile
        └── UploadAborted

Errors survive pickling, never hold a secret or a signed URL, and are always raised ``from`` their cause.
"""

from __future__ import annotations

import enum
import errno as _errno
from typing import Any, ClassVar, Self

__all__: list[str] = []  # filled at the end of the module: every error class, and Retry


SHOWN_KEY = 120
"""Longest key, in characters, that an error's text repeats whole; the field ``key`` always has all of it."""


class Retry(enum.Enum):
    """Whether the same call may be made again."""

    NEVER = "never"
    """The answer would be the same."""
    SAFE = "safe"
    """A later attempt may succeed and can do no harm."""
    EXHAUSTED = "exhausted"
    """It was retried already, as often as the settings allow."""


class StorageError(Exception):
    """Root of all errors.

    Args:
        message: One line: what happened. Context (where, which request) is added by the fields below.
        operation: Name of the provider method, e.g. ``"put"``.
        store: Name of the store as the user configured it.
        provider: Provider kind, e.g. ``"s3"``.
        bucket: Bucket name.
        key: Object key.
        version_id: Object version.
        code: The vendor's own error code, e.g. ``"NoSuchKey"``.
        http_status: HTTP status of the answer.
        request_id: The store's id of the request.
        extended_request_id: The store's second id (``x-amz-id-2``).
        attempts: How many requests were made.
        elapsed: Seconds from the first request to this error.
        retry: Whether another attempt is safe. Defaults to the class's own rule.
        retry_after: Seconds that the store asked to wait.
        sent: ``False`` where surely no request reached the store, so that nothing can have been done; ``None`` where
            that is not known. Defaults to the class's own rule.
        hint: What the user can do. Defaults to the class's own hint.
    """

    default_retry: ClassVar[Retry] = Retry.NEVER
    default_sent: ClassVar[bool | None] = None
    default_hint: ClassVar[str | None] = None
    default_errno: ClassVar[int | None] = None

    errno: Any
    operation: str | None
    store: str | None
    provider: str | None
    bucket: str | None
    key: str | None
    version_id: str | None
    code: str | None
    http_status: int | None
    request_id: str | None
    extended_request_id: str | None
    attempts: int | None
    elapsed: float | None
    retry: Retry
    retry_after: float | None
    sent: bool | None
    hint: str | None

    def __new__(cls, *args: Any, **_fields: Any) -> Self:
        """Makes the bare exception.

        Without this, ``cls.__new__`` of a class that is both a ValueError and an OSError would be ValueError's, which
        refuses to make an OSError; helpers that pickle exceptions (tblib, in Dask's workers) call it directly.
        """
        maker: type[Exception] = OSError if OSError in cls.__mro__ else Exception
        return maker.__new__(cls, *args)

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        store: str | None = None,
        provider: str | None = None,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        extended_request_id: str | None = None,
        attempts: int | None = None,
        elapsed: float | None = None,
        retry: Retry | None = None,
        retry_after: float | None = None,
        sent: bool | None = None,
        hint: str | None = None,
    ) -> None:
        # One positional argument only: pickle rebuilds an exception as cls(*args) and then restores __dict__.
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.store = store
        self.provider = provider
        self.bucket = bucket
        self.key = key
        self.version_id = version_id
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.extended_request_id = extended_request_id
        self.attempts = attempts
        self.elapsed = elapsed
        self.retry = retry or self.default_retry
        self.retry_after = retry_after
        self.sent = self.default_sent if sent is None else sent
        self.hint = hint or self.default_hint
        if self.default_errno is not None:  # leaves that are also an OSError: its own field stays None unless set here
            self.errno = self.default_errno

    def add_context(self, **fields: Any) -> StorageError:
        """Fill in fields that are still empty; what is known already stays.

        Args:
            **fields: Any of the constructor's keyword arguments.

        Returns:
            The error itself, so that it can be raised in the same line.
        """
        for name, value in fields.items():
            if value is not None and getattr(self, name) is None:
                setattr(self, name, value)
        return self

    def details(self) -> dict[str, Any]:
        """The fields that are set, for logs and ``--json`` output (never secret)."""
        names = (
            "operation", "store", "provider", "bucket", "key", "version_id", "code", "http_status",
            "request_id", "extended_request_id", "attempts", "elapsed", "retry_after",
        )  # fmt: skip
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def __str__(self) -> str:
        message, key = self.message, self.key
        if key is not None and len(key) > SHOWN_KEY:
            shown = _shortened(key)
            message, key = message.replace(repr(key), repr(shown)).replace(key, shown), shown
        parts = [message or type(self).__name__]
        where = [
            part
            for part in (
                self.operation,
                f"store {self.store}" if self.store else None,
                f"bucket {self.bucket}" if self.bucket else None,
                f"key {key!r}" if key is not None else None,
                f"version {self.version_id}" if self.version_id else None,
                " ".join(str(part) for part in (self.code, self.http_status) if part) or None,
                f"request {self.request_id}" if self.request_id else None,
                f"{self.attempts} attempts" if self.attempts and self.attempts > 1 else None,
            )
            if part
        ]
        if where:
            parts.append(f"[{', '.join(where)}]")
        if self.hint:
            parts.append(f"Hint: {self.hint}")
        return " ".join(parts)


def _shortened(key: str) -> str:
    """A key with the middle left out: its beginning says where it is, its end what it is."""
    half = (SHOWN_KEY - 1) // 2
    return f"{key[:half]}…{key[-half:]}"


# --- configuration -----------------------------------------------------------------------------------------------


class ConfigurationError(StorageError, ValueError):
    """The settings do not lead to a usable store. Nothing was sent."""


class InvalidConfiguration(ConfigurationError):
    """A setting is wrong, unknown, or contradicts another."""


class UnknownStore(ConfigurationError):
    """No store of that name is configured."""

    default_hint = "'blob stores' lists the configured stores."


class UnknownProvider(ConfigurationError):
    """No installed provider kind has that name."""


class MissingExtra(ConfigurationError, ImportError):
    """An optional package is needed and not installed; the hint is the exact install line."""


class MissingRegion(ConfigurationError):
    """The store needs a region and none is known."""

    default_hint = "Set 'region' for the store, or AWS_REGION."


class MissingCredentials(ConfigurationError):
    """The store needs credentials and the settings name none."""


class InvalidEndpoint(ConfigurationError):
    """``endpoint_url`` is not a usable http(s) URL."""


class WrongRegion(ConfigurationError):
    """The bucket lives in another region than the settings say (HTTP 301, 307, or a signature for another region)."""


class ContractViolation(ConfigurationError):
    """A provider's capabilities promise a feature whose methods it does not implement."""


# --- credentials and signing -------------------------------------------------------------------------------------


class CredentialsError(StorageError):
    """Credentials could not be had. Nothing was sent to the store."""


class CredentialsNotFound(CredentialsError):
    """No source of the credential chain had any. holdall never falls back to anonymous access by itself."""

    default_hint = "Run 'blob doctor' to see where credentials were looked for."


class CredentialsExpired(CredentialsError):
    """Temporary credentials are past their end and could not be renewed."""


class InvalidCredentials(CredentialsError):
    """Credentials are incomplete or malformed."""


class CredentialsRefreshFailed(CredentialsError):
    """The source of temporary credentials (STS, SSO, instance role) refused or did not answer."""


class SigningError(StorageError):
    """The request could not be signed, or the signature's time is not accepted."""


class InvalidTimestamp(SigningError):
    """The clocks of this machine and of the store differ too much (S3 allows 15 minutes)."""

    default_hint = "Set this machine's clock (NTP), then try again."


class SignatureCalculationFailed(SigningError):
    """The signature could not be computed."""


class UnsupportedAlgorithm(SigningError):
    """The signing or checksum algorithm is not available here."""


# --- request -----------------------------------------------------------------------------------------------------


class RequestError(StorageError, ValueError):
    """The request itself is wrong; repeating it can't help."""


class InvalidRequest(RequestError):
    """An argument is wrong, or the store says that the request makes no sense."""


class SourceNotFound(RequestError, FileNotFoundError):
    """The local file that shall be sent does not exist; nothing was sent."""

    default_errno = _errno.ENOENT


class InvalidLocation(RequestError):
    """A URL or location that can't be understood."""


class InvalidBucketName(RequestError):
    """The name breaks the bucket naming rules."""


class InvalidObjectKey(RequestError):
    """The key is empty, too long, not encodable, or one that this store can't hold."""


class InvalidMetadata(RequestError):
    """User metadata is too large or can't be sent as headers."""


class InvalidTags(RequestError):
    """Too many tags, or a tag key or value out of bounds."""


class InvalidRange(RequestError):
    """A byte range that no object could satisfy, e.g. one of no bytes."""


class EntityTooLarge(RequestError):
    """The body is larger than one request may carry."""


class MissingContentLength(RequestError):
    """The store wants to know the length beforehand."""


class OptionNotSupported(RequestError):
    """The option is known to holdall but not to this provider; nothing was sent, nothing was dropped."""


class UnsupportedOperation(RequestError):
    """The store has not got the feature; refused before any request unless the store itself said so."""


# --- bucket ------------------------------------------------------------------------------------------------------


class BucketError(StorageError):
    """About a bucket as a whole."""


class BucketNotFound(BucketError, FileNotFoundError):
    """The bucket does not exist (or the credentials may not know of it)."""

    default_errno = _errno.ENOENT


class BucketAlreadyExists(BucketError, FileExistsError):
    """The bucket name is taken."""

    default_errno = _errno.EEXIST


class BucketAlreadyOwnedByYou(BucketAlreadyExists):
    """The bucket exists and is yours."""


class BucketNotEmpty(BucketError, OSError):
    """Only an empty bucket can be deleted; versions and delete markers count as content."""

    default_errno = _errno.ENOTEMPTY


class TooManyBuckets(BucketError):
    """The account's bucket quota is used up."""


class InvalidBucketState(BucketError):
    """The bucket's state forbids the operation, e.g. versioning off where it is needed."""


# --- object ------------------------------------------------------------------------------------------------------


class ObjectError(StorageError):
    """About one object."""


class ObjectNotFound(ObjectError, FileNotFoundError):
    """No object of that key."""

    default_errno = _errno.ENOENT


class VersionNotFound(ObjectNotFound):
    """No such version of the object, or the version is a delete marker."""


class PreconditionFailed(ObjectError):
    """A condition (``if_match``, ``if_absent``, dates) did not hold; nothing was changed."""

    default_hint = "Read the object again and decide anew; never repeat the write blindly."


class ObjectAlreadyExists(PreconditionFailed, FileExistsError):
    """A create-only write found an object of that key; it was left as it was."""

    default_errno = _errno.EEXIST
    default_hint = "Choose another key, or write without if_absent to replace the object."


class ConditionalRequestConflict(ObjectError):
    """Two conditional writes met (HTTP 409); read the object again, then decide."""


class NotModified(ObjectError):
    """``if_none_match`` or ``if_modified_since`` said that there is nothing new (HTTP 304)."""


class RangeNotSatisfiable(ObjectError):
    """The range begins past the end of the object."""


class InvalidObjectState(ObjectError):
    """The object's state forbids the operation."""


class ObjectArchived(InvalidObjectState):
    """The object lies in an archive class and must be restored before it can be read."""


class ObjectTooLarge(ObjectError):
    """The object is larger than the store can hold, or than this operation can handle."""


# --- multipart ---------------------------------------------------------------------------------------------------


class MultipartError(StorageError):
    """About a multipart upload."""


class UploadNotFound(MultipartError):
    """No such upload id: completed, aborted, or never there."""


class UploadInUse(MultipartError):
    """The upload is under way in another process or thread of this machine; nothing was sent."""


class InvalidPart(MultipartError):
    """A part named at completion is missing or has another ETag."""


class InvalidPartOrder(MultipartError):
    """Parts must be completed in ascending order of their numbers."""


class PartTooSmall(MultipartError):
    """A part other than the last is below the store's minimum (S3: 5 MiB)."""


class TooManyParts(MultipartError):
    """More parts than the store allows (S3: 10,000)."""


# --- access ------------------------------------------------------------------------------------------------------


class AccessError(StorageError, PermissionError):
    """The store refused the caller."""

    default_errno = _errno.EACCES


class AccessDenied(AccessError):
    """The credentials are good, the permission is missing."""


class InvalidAccessKeyId(AccessError):
    """The store does not know the access key id."""


class SignatureDoesNotMatch(AccessError):
    """The secret key is wrong, or something on the way changed the request."""


class ExpiredToken(AccessError):
    """The session token is past its end."""


class AccountProblem(AccessError):
    """The account is suspended, unpaid, or not signed up."""


# --- network -----------------------------------------------------------------------------------------------------


class NetworkError(StorageError, ConnectionError):
    """The store could not be reached, or the connection broke."""

    default_retry = Retry.SAFE


class ConnectionFailed(NetworkError):
    """No connection, or it was closed in the middle."""


class DnsResolutionFailed(NetworkError):
    """The endpoint's host name has no address."""

    default_sent = False


class TlsError(NetworkError):
    """The TLS handshake failed: certificate, host name or protocol version."""

    default_retry = Retry.NEVER


class OperationTimeout(NetworkError, TimeoutError):
    """No answer within the time allowed."""

    default_errno = _errno.ETIMEDOUT


# --- server ------------------------------------------------------------------------------------------------------


class ServerError(StorageError):
    """The store failed; usually worth another attempt."""

    default_retry = Retry.SAFE


class InternalError(ServerError):
    """HTTP 500."""


class BadGateway(ServerError):
    """HTTP 502 or 504, from something in front of the store."""


class ServiceUnavailable(ServerError):
    """HTTP 503."""


class SlowDown(ServerError):
    """The store asks for fewer requests."""

    default_hint = "Lower the concurrency, or spread keys over more prefixes."


class CircuitOpen(ServerError):
    """Not sent: the store failed so often that requests are held back for a while."""

    default_retry = Retry.NEVER
    default_sent = False


# --- response ----------------------------------------------------------------------------------------------------


class ResponseError(StorageError):
    """The store answered something that can't be used."""


class XmlParseError(ResponseError):
    """The body is not the XML it should be."""


class InvalidResponse(ResponseError):
    """A field that must be there is missing or malformed."""


class UnexpectedContent(ResponseError):
    """The answer is of another kind, e.g. a proxy's HTML page."""


class RequestIgnored(ResponseError):
    """The store answered success, and did not do what was asked."""


# --- transfer ----------------------------------------------------------------------------------------------------


class TransferError(StorageError):
    """Bytes were lost, cut off or changed on the way; nothing became visible under the final name."""


class StreamInterrupted(TransferError):
    """The connection broke while a body was read."""

    default_retry = Retry.SAFE


class IncompleteBody(TransferError):
    """Fewer bytes arrived than were announced."""

    default_retry = Retry.SAFE


class ChecksumMismatch(TransferError):
    """The bytes differ from what their checksum says."""

    default_retry = Retry.SAFE


class Unverifiable(TransferError):
    """The store tells nothing that could prove the bytes, and a proof was asked for (``verify="strict"``)."""

    default_hint = "Use verify='auto' to take the bytes all the same, or write the object with a checksum."


class SourceChanged(TransferError):
    """What was being sent, copied or fetched changed meanwhile; the bytes of two versions are never mixed."""


class UploadAborted(TransferError):
    """The upload was given up; its parts were discarded unless the message says otherwise."""


__all__ += ["Retry"] + [
    name for name, value in list(globals().items()) if isinstance(value, type) and issubclass(value, StorageError)
]
