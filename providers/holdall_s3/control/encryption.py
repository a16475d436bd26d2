"""Default encryption of the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidBucketState, InvalidRequest, RequestIgnored
from holdall.models import SseC, SseKms, SseS3
from holdall_s3.errors import Asked

if TYPE_CHECKING:
    from holdall.models import Encryption
    from holdall_s3.calls import Calls


def _asked(calls: Calls, operation: str) -> Asked:
    return Asked(operation=operation, bucket=calls.bucket, unproven=calls.unproven("encryption.bucket_default"))


def get_default_encryption(calls: Calls) -> Encryption | None:
    """GetBucketEncryption."""
    asked = _asked(calls, "get_default_encryption")
    try:
        answer = calls.call("get_bucket_encryption", {"Bucket": calls.bucket}, asked)
    except InvalidBucketState as error:
        if error.code == "ServerSideEncryptionConfigurationNotFoundError":
            return None
        raise
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    for rule in rules:
        default = rule.get("ApplyServerSideEncryptionByDefault")
        if default:
            return _from_rule(rule, default)
    return None


def _from_rule(rule: dict[str, Any], default: dict[str, Any]) -> Encryption:
    algorithm = default["SSEAlgorithm"]
    if algorithm == "AES256":
        return SseS3()
    return SseKms(
        key_id=default.get("KMSMasterKeyID"),
        bucket_key=rule.get("BucketKeyEnabled"),
        dual_layer=algorithm == "aws:kms:dsse",
    )


def set_default_encryption(calls: Calls, encryption: Encryption) -> None:
    """PutBucketEncryption, and a look at what came of it: the answer says nothing, and data depends on it.

    Raises:
        InvalidRequest: A customer's key or an encryption context can't be a default.
        RequestIgnored: The store said yes and has another default.
    """
    if isinstance(encryption, SseC):
        raise InvalidRequest("a customer's key can't be a bucket's default: the store does not keep it")
    parameters = {"Bucket": calls.bucket, "ServerSideEncryptionConfiguration": {"Rules": [_to_rule(encryption)]}}
    asked = _asked(calls, "set_default_encryption")
    calls.call("put_bucket_encryption", parameters, asked)
    told = get_default_encryption(calls)
    if _kind(told) != _kind(encryption):
        raise RequestIgnored(
            "the store said yes and has another default encryption",
            operation=asked.operation,
            bucket=calls.bucket,
            hint="Give the encryption with each object, if the store confirms that.",
        )


def _to_rule(encryption: SseS3 | SseKms) -> dict[str, Any]:
    if isinstance(encryption, SseS3):
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    if encryption.context:
        raise InvalidRequest("an encryption context belongs to single objects; a bucket's default has none")
    default = {"SSEAlgorithm": "aws:kms:dsse" if encryption.dual_layer else "aws:kms"}
    if encryption.key_id is not None:
        default["KMSMasterKeyID"] = encryption.key_id
    rule: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": default}
    if encryption.bucket_key is not None:
        rule["BucketKeyEnabled"] = encryption.bucket_key
    return rule


def _kind(encryption: Encryption | None) -> tuple[type, bool, str | None]:
    """What two defaults must have in common to be the same."""
    if isinstance(encryption, SseKms):
        return SseKms, encryption.dual_layer, encryption.key_id
    return type(encryption), False, None


def delete_default_encryption(calls: Calls) -> None:
    """DeleteBucketEncryption."""
    asked = _asked(calls, "delete_default_encryption")
    calls.call("delete_bucket_encryption", {"Bucket": calls.bucket}, asked)
