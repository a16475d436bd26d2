"""S3's error codes and HTTP statuses, and what each is in holdall's tree: one pure table.

Sources: the API reference's list of error codes, and what MinIO, Ceph, Swift and others answer in the same places.
A code outranks a status: vendors agree on codes more than on statuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from holdall import errors as e
from holdall.errors import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(NamedTuple):
    """What an answer means.

    Attributes:
        error: The class.
        hint: What to do, where the class's own hint does not fit.
        retry: Whether another attempt is safe, where the class's own rule does not fit.
    """

    error: type[e.StorageError]
    hint: str | None = None
    retry: Retry | None = None


_WRONG_REGION = Rule(e.WrongRegion, "Set 'region' for the store to the bucket's own region.")
_TOKEN = Rule(e.ExpiredToken, "Get new temporary credentials, e.g. with 'aws sso login'.")
_SLOW = Rule(e.SlowDown)
_ACCOUNT = "Look into the account at the store's operator: it is suspended, unpaid, not signed up, or over its quota."
_KMS = "Look into the KMS key: it must exist, be enabled, and the caller must be allowed to use it."
_FOLDER = "This store can't hold an object whose key is that of a folder, or one below the key of another object."
_RANGE = "Look at the object's size: storage.head(key).size."
_CLOCK = "Set this machine's clock (NTP), then try again."

CODES: Mapping[str, Rule] = {
    # --- wrong place
    "PermanentRedirect": _WRONG_REGION,
    "TemporaryRedirect": _WRONG_REGION,
    "Redirect": _WRONG_REGION,
    "IllegalLocationConstraintException": _WRONG_REGION,
    # --- the request
    "InvalidRequest": Rule(e.InvalidRequest),
    "InvalidArgument": Rule(e.InvalidRequest),
    "InvalidURI": Rule(e.InvalidRequest),
    "InvalidLocationConstraint": Rule(e.InvalidRequest, "The store has no such region."),
    "MalformedXML": Rule(e.InvalidRequest),
    "MalformedPOSTRequest": Rule(e.InvalidRequest),
    "MalformedACLError": Rule(e.InvalidRequest),
    "BadRequest": Rule(e.InvalidRequest),
    "AuthorizationQueryParametersError": Rule(e.InvalidRequest),
    "MissingSecurityHeader": Rule(e.InvalidRequest),
    "MissingContentMD5": Rule(e.InvalidRequest, "This store wants a Content-MD5: give content_md5."),
    "InvalidEncryptionAlgorithmError": Rule(e.InvalidRequest),
    "ServerSideEncryptionConfigurationNotFoundError": Rule(e.InvalidBucketState),
    "InvalidBucketName": Rule(e.InvalidBucketName),
    "KeyTooLongError": Rule(e.InvalidObjectKey, "Use a shorter key: 1,024 bytes in UTF-8 at most."),
    "KeyTooLong": Rule(e.InvalidObjectKey, "Use a shorter key: 1,024 bytes in UTF-8 at most."),
    "InvalidObjectName": Rule(e.InvalidObjectKey, "This store can't hold such a key."),
    "XMinioInvalidObjectName": Rule(e.InvalidObjectKey, "This store can't hold such a key."),
    "XMinioInvalidResourceName": Rule(
        e.InvalidObjectKey, "This store can't hold keys with '.' or '..' between slashes."
    ),
    "XMinioObjectExistsAsDirectory": Rule(e.InvalidObjectKey, _FOLDER),
    # SeaweedFS and Versity's gateway, which keep objects as files.
    "ExistingObjectIsFile": Rule(e.InvalidObjectKey, _FOLDER),
    "ExistingObjectIsDirectory": Rule(e.InvalidObjectKey, _FOLDER),
    "ObjectParentIsFile": Rule(e.InvalidObjectKey, _FOLDER),
    "DirectoryObjectContainsData": Rule(e.InvalidObjectKey, "Under keys that end in '/' this store holds no bytes."),
    "MetadataTooLarge": Rule(e.InvalidMetadata, "Keep metadata below 2 KB; keep the rest in an object."),
    "InvalidTag": Rule(e.InvalidTags),
    "InvalidTagError": Rule(e.InvalidTags),
    "EntityTooLarge": Rule(e.EntityTooLarge, "Send large objects in parts."),
    "MaxMessageLengthExceeded": Rule(e.EntityTooLarge),
    "MissingContentLength": Rule(e.MissingContentLength),
    "InvalidStorageClass": Rule(e.UnsupportedOperation, "This store has not got that storage class."),
    "NotImplemented": Rule(e.UnsupportedOperation),
    "XNotImplemented": Rule(e.UnsupportedOperation),
    "UnsupportedOperation": Rule(e.UnsupportedOperation),
    "MethodNotAllowed": Rule(e.UnsupportedOperation),
    # --- buckets
    "NoSuchBucket": Rule(e.BucketNotFound, "Look at the bucket's name and the endpoint, or create the bucket."),
    "BucketAlreadyExists": Rule(e.BucketAlreadyExists, "Choose another name: bucket names are shared by all accounts."),
    "BucketAlreadyOwnedByYou": Rule(e.BucketAlreadyOwnedByYou),
    "BucketNotEmpty": Rule(e.BucketNotEmpty, "Delete its objects, versions and delete markers first."),
    "TooManyBuckets": Rule(e.TooManyBuckets),
    "InvalidBucketState": Rule(e.InvalidBucketState),
    "OperationAborted": Rule(e.InvalidBucketState, "Another change of the bucket is under way.", Retry.SAFE),
    # --- objects
    "NoSuchKey": Rule(e.ObjectNotFound),
    "NoSuchVersion": Rule(e.VersionNotFound),
    "PreconditionFailed": Rule(e.PreconditionFailed),
    "FileAlreadyExists": Rule(e.PreconditionFailed),  # Alibaba OSS, of its own header for create-only writes
    "NotModified": Rule(e.NotModified),
    "ConditionalRequestConflict": Rule(e.ConditionalRequestConflict, "Read the object again, then decide."),
    "InvalidRange": Rule(e.RangeNotSatisfiable, _RANGE),
    "InvalidObjectState": Rule(e.ObjectArchived, "Restore the object first, and wait until it is there."),
    "ObjectNotInActiveTierError": Rule(e.ObjectArchived, "Restore the object first, and wait until it is there."),
    "ObjectAlreadyInActiveTierError": Rule(e.InvalidObjectState, "The object need not be restored."),
    "RestoreAlreadyInProgress": Rule(e.InvalidObjectState, "Wait for the restore that is under way."),
    # --- multipart
    "NoSuchUpload": Rule(e.UploadNotFound),
    "InvalidPart": Rule(e.InvalidPart),
    "InvalidPartOrder": Rule(e.InvalidPartOrder),
    "EntityTooSmall": Rule(e.PartTooSmall),
    "TooManyParts": Rule(e.TooManyParts),
    "InvalidPartNumber": Rule(e.RangeNotSatisfiable),
    # --- access
    "AccessDenied": Rule(e.AccessDenied),
    "Forbidden": Rule(e.AccessDenied),
    "Unauthorized": Rule(e.AccessDenied),
    "AccountProblem": Rule(e.AccountProblem, _ACCOUNT),
    "AllAccessDisabled": Rule(e.AccountProblem, _ACCOUNT),
    "NotSignedUp": Rule(e.AccountProblem, _ACCOUNT),
    "UserSuspended": Rule(e.AccountProblem, _ACCOUNT),
    "QuotaExceeded": Rule(e.AccountProblem, _ACCOUNT),
    "XMinioAdminBucketQuotaExceeded": Rule(e.AccountProblem, _ACCOUNT),
    "InvalidAccessKeyId": Rule(
        e.InvalidAccessKeyId, "Look at the access key id, and whether it belongs to this store."
    ),
    "InvalidToken": Rule(e.InvalidAccessKeyId, "The session token does not belong to the key pair."),
    "InvalidTokenId": Rule(e.InvalidAccessKeyId, "The session token is no good, or has ended."),  # MinIO
    "InvalidSecurity": Rule(e.InvalidAccessKeyId),
    "SignatureDoesNotMatch": Rule(
        e.SignatureDoesNotMatch,
        "Look at the access key id (some stores answer so to one that they do not know), the secret access key, the "
        "region, and proxies that change requests on their way.",
    ),
    "ExpiredToken": _TOKEN,
    "ExpiredTokenException": _TOKEN,
    "TokenRefreshRequired": _TOKEN,
    # --- signing
    "RequestTimeTooSkewed": Rule(e.InvalidTimestamp, _CLOCK),
    "RequestInTheFuture": Rule(e.InvalidTimestamp, _CLOCK),
    "RequestExpired": Rule(e.InvalidTimestamp, _CLOCK),
    "InvalidSignature": Rule(e.SignatureDoesNotMatch),
    "UnsupportedAlgorithm": Rule(e.UnsupportedAlgorithm),
    "UnsupportedSignature": Rule(e.UnsupportedAlgorithm),
    # --- transfer
    "BadDigest": Rule(e.ChecksumMismatch),
    # AWS: one that has not the right form, which is refused before it is sent. Garage: a wrong one.
    "InvalidDigest": Rule(e.ChecksumMismatch),
    "XAmzContentSHA256Mismatch": Rule(e.ChecksumMismatch),
    "XAmzContentChecksumMismatch": Rule(e.ChecksumMismatch),
    "ChecksumMismatch": Rule(e.ChecksumMismatch),
    "IncompleteBody": Rule(e.IncompleteBody),
    "RequestTimeout": Rule(e.OperationTimeout),
    "RequestTimeoutException": Rule(e.OperationTimeout),
    "RequestCanceled": Rule(e.OperationTimeout),
    # --- server
    "InternalError": Rule(e.InternalError),
    "InternalFailure": Rule(e.InternalError),
    "InternalServerError": Rule(e.InternalError),
    "PriorRequestNotComplete": Rule(e.ServiceUnavailable),
    "ServiceUnavailable": Rule(e.ServiceUnavailable),
    "Busy": Rule(e.ServiceUnavailable),
    "ServerBusy": Rule(e.ServiceUnavailable),
    "XMinioServerNotInitialized": Rule(e.ServiceUnavailable),
    "XMinioStorageFull": Rule(e.ServiceUnavailable, "The store has no room left.", Retry.NEVER),
    "SlowDown": _SLOW,
    "SlowDownRead": _SLOW,
    "SlowDownWrite": _SLOW,
    "Throttling": _SLOW,
    "ThrottlingException": _SLOW,
    "ThrottledException": _SLOW,
    "RequestThrottled": _SLOW,
    "RequestThrottledException": _SLOW,
    "RequestLimitExceeded": _SLOW,
    "TooManyRequests": _SLOW,
    "TooManyRequestsException": _SLOW,
    "BandwidthLimitExceeded": _SLOW,
    "LimitExceededException": _SLOW,
    "ProvisionedThroughputExceededException": _SLOW,
    "TransactionInProgressException": _SLOW,
    "EC2ThrottledException": _SLOW,
    "KMS.ThrottlingException": _SLOW,
}
"""Vendor code -> what it means."""

STATUSES: Mapping[int, Rule] = {
    301: _WRONG_REGION,
    302: _WRONG_REGION,
    304: Rule(e.NotModified),
    307: _WRONG_REGION,
    308: _WRONG_REGION,
    400: Rule(e.InvalidRequest),
    401: Rule(e.AccessDenied),
    402: Rule(e.AccountProblem, _ACCOUNT),
    403: Rule(e.AccessDenied),
    404: Rule(e.ObjectNotFound),
    405: Rule(e.UnsupportedOperation),
    407: Rule(e.ConnectionFailed, "The proxy wants credentials.", Retry.NEVER),
    408: Rule(e.OperationTimeout),
    409: Rule(e.ConditionalRequestConflict, "Read the object again, then decide."),
    411: Rule(e.MissingContentLength),
    412: Rule(e.PreconditionFailed),
    413: Rule(e.EntityTooLarge, "Send large objects in parts."),
    416: Rule(e.RangeNotSatisfiable, _RANGE),
    429: _SLOW,
    500: Rule(e.InternalError),
    501: Rule(e.UnsupportedOperation),
    502: Rule(e.BadGateway),
    503: Rule(e.ServiceUnavailable),
    504: Rule(e.BadGateway),
    507: Rule(e.ServiceUnavailable, "The store has no room left.", Retry.NEVER),
    509: _SLOW,
}
"""HTTP status -> what it means where the code is unknown or there is none (HEAD)."""


def rule_for(code: str | None, status: int | None) -> Rule:
    """What an answer means.

    Args:
        code: The vendor's code.
        status: HTTP status.
    """
    code, status = code or "", status or 0
    if code in CODES:
        return CODES[code]
    if code.startswith(("KMS.", "kms:")):  # AWS's, and MinIO's: kms:KeyNotFound with 404 is about no object
        return Rule(e.InvalidRequest, _KMS)
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:  # noqa: PLR2004 - the class of statuses that HTTP defines
        return Rule(e.InternalError)
    return Rule(e.InvalidRequest)
