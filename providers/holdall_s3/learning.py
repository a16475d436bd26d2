"""What a store's own answers teach about it, for the life of the process.

A clean "I have not got that" (501 and the like) to a request that asked for one optional thing is remembered, so that
the next such call is refused before it is sent. The tables below say what may be learned and from which answers:

* never that an operation of the core contract (put, get, head, delete, list, copy) is missing, nor multipart uploads:
  an answer that only passes would leave nothing that works;
* never from an answer without a code: proxies answer 501, too, and HEAD has no body to tell them apart;
* never from a request that asked for two optional things: nobody knows which of them was refused.

A success teaches only where the answer shows the effect, as tags that are read back do. For features that data depends
on it teaches nothing: stores say yes to much that they do not do.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from holdall.capabilities import UNKNOWN, YES, Evidence, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.errors import StorageError
    from holdall_s3.knowledge import Knowledge

# The answers of the fact sheet (measured on Ceph RGW 16.2, Swift 2.38, rclone 1.75): what each calls a request that it
# does not know. `CLEAN` is unmistakable. The others are only where the request has nothing in it that could be wrong:
# the configuration of a bucket that is read.
CLEAN = frozenset({"NotImplemented", "XNotImplemented"})
ABSENT = CLEAN | {"MethodNotAllowed"}
CONFIGURATION = ABSENT | {"MalformedXML", "InvalidArgument", "BucketAlreadyExists"}

METHODS: Mapping[str, tuple[str, frozenset[str]]] = {
    "get_object_tagging": ("tags.objects", CLEAN),
    "put_object_tagging": ("tags.objects", CLEAN),
    "delete_object_tagging": ("tags.objects", CLEAN),
    "get_bucket_encryption": ("encryption.bucket_default", CONFIGURATION),
    "put_bucket_encryption": ("encryption.bucket_default", ABSENT),
    "delete_bucket_encryption": ("encryption.bucket_default", ABSENT),
    "get_bucket_notification_configuration": ("notifications.rules", CONFIGURATION),
    "put_bucket_notification_configuration": ("notifications.rules", ABSENT),
    "put_bucket_versioning": ("versions.enable", ABSENT),
    "list_object_versions": ("versions.list", ABSENT),
    "list_multipart_uploads": ("multipart.list_uploads", ABSENT),
    "list_parts": ("multipart.list_parts", ABSENT),
    "upload_part_copy": ("multipart.copy_part", CLEAN),
    "delete_objects": ("delete.batch", ABSENT),
    "get_bucket_location": ("buckets.location", ABSENT),
}
"""Method that is itself optional -> its feature, and the codes that say that the store has not got it.

Of an object, AWS also answers 405 where a version is a delete marker; there only ``CLEAN`` counts.
"""

_ENCRYPTION = {
    "AES256": "encryption.sse_s3",
    "aws:kms": "encryption.sse_kms",
    "aws:kms:dsse": "encryption.sse_kms_dual",
}
_WRITE = {
    "Tagging": "tags.on_put",
    "StorageClass": "tiers.storage_class",
    "SSECustomerAlgorithm": "encryption.sse_c",
    "WebsiteRedirectLocation": "put.website_redirect",
    "ACL": "access.acl",
    "RequestPayer": "access.request_payer",
}
_READ = {
    "VersionId": "versions.get",
    "PartNumber": "get.part_number",
    "IfMatch": "get.if_match",
    "IfNoneMatch": "get.if_none_match",
    "IfModifiedSince": "get.if_modified_since",
    "IfUnmodifiedSince": "get.if_unmodified_since",
    "SSECustomerAlgorithm": "encryption.sse_c",
    "RequestPayer": "access.request_payer",
}
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "put_object": {**_WRITE, "IfNoneMatch": "put.if_absent", "IfMatch": "put.if_match"},
    "create_multipart_upload": {**_WRITE, "Tagging": "tags.on_multipart"},
    "complete_multipart_upload": {
        "IfNoneMatch": "multipart.complete_if_absent",
        "IfMatch": "multipart.complete_if_match",
        "SSECustomerAlgorithm": "encryption.sse_c",
        "RequestPayer": "access.request_payer",
    },
    "copy_object": {
        **_WRITE,
        "Tagging": "tags.on_copy",
        "IfNoneMatch": "copy.if_absent",
        "IfMatch": "copy.if_match",
        "CopySourceIfMatch": "copy.source_if_match",
        "CopySourceIfNoneMatch": "copy.source_conditions",
        "CopySourceIfModifiedSince": "copy.source_conditions",
        "CopySourceIfUnmodifiedSince": "copy.source_conditions",
        "CopySourceSSECustomerAlgorithm": "",
    },
    "upload_part_copy": {"SSECustomerAlgorithm": "", "CopySourceSSECustomerAlgorithm": "", "CopySourceIfMatch": ""},
    "get_object": _READ,
    "delete_object": {"IfMatch": "delete.if_match", "VersionId": "versions.delete"},
    "list_objects_v2": {"FetchOwner": "list.owner", "RequestPayer": "access.request_payer"},
}
"""Method -> member of its request that is optional -> its feature; an empty one teaches nothing.

Learned by ``CLEAN`` only. A copy with a customer's key is refused by Ceph, which has both copies and keys.
"""

SEEN: Mapping[str, tuple[str, str]] = {
    "get_object_tagging": ("tags.objects", "TagSet"),
    "list_object_versions": ("versions.list", "Versions"),
    "list_multipart_uploads": ("multipart.list_uploads", "Uploads"),
    "list_parts": ("multipart.list_parts", "Parts"),
}
"""Method -> feature that is there if the answer has such a member: it shows what was written before."""


def refused_feature(method: str, parameters: Mapping[str, Any], code: str | None) -> str | None:
    """The feature that a store has not got, if its refusal of a request says so beyond doubt.

    Args:
        method: Name of boto3's method.
        parameters: The request's members.
        code: The vendor's code.
    """
    optional = PARAMETERS.get(method, {})
    asked = {name: feature for name, feature in optional.items() if parameters.get(name)}
    if method in METHODS:
        feature, codes = METHODS[method]
        return feature if code in codes and not asked else None
    if code not in CLEAN or _with_encryption(method, parameters, asked) != 1:
        return None
    return next(iter(asked.values())) or None


def _with_encryption(method: str, parameters: Mapping[str, Any], asked: dict[str, str]) -> int:
    """How many optional things a request asks for; that of encryption, whose feature is in its value, is added."""
    kind = parameters.get("ServerSideEncryption")
    if kind is not None and method in PARAMETERS:
        asked["ServerSideEncryption"] = _ENCRYPTION.get(kind, "")
    return len(asked)


def learn_from_refusal(knowledge: Knowledge, method: str, parameters: Mapping[str, Any], error: StorageError) -> None:
    """Remembers what a refusal says about the store, if it says anything; else does nothing."""
    feature = refused_feature(method, parameters, error.code)
    if feature is not None:
        answer = f"answered {error.http_status} {error.code} to {method}"
        knowledge.learn({feature: "no"}, _observed(answer, error.request_id))


def learn_from_success(knowledge: Knowledge, method: str, answer: Mapping[str, Any]) -> None:
    """Remembers what an answer shows of the store, where nobody knew it; else does nothing."""
    feature, member = SEEN.get(method, ("", ""))
    if feature and answer.get(member) and knowledge.capabilities.lookup(feature) is UNKNOWN:
        request_id = answer.get("ResponseMetadata", {}).get("RequestId")
        knowledge.learn({feature: YES}, _observed(f"answered {method} with what was written before", request_id))


def _observed(what: str, request_id: str | None) -> Evidence:
    note = f"it {what}" + (f", request id {request_id}" if request_id else "")
    return Evidence(Source.OBSERVED, datetime.now(UTC).date().isoformat(), note)
