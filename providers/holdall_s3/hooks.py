"""What our clients do beyond boto3's own handling: small handlers of botocore's events."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import HeadersDict
from botocore.utils import parse_timestamp

from holdall.capabilities import NO
from holdall_s3.adaptations import CREATING, SETTING, content_md5
from holdall_s3.direct.parsers import check_no_page, error_details
from holdall_s3.responses import VERSION_ORDER, usual_http_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from holdall_s3.knowledge import Knowledge

_MULTIPLE_CHOICES = 300  # from here on a status is no success
ROOT = "HoldallRoot"
"""Where the name of an answer's root element is kept; boto3 takes any document, and none, for an empty answer."""

DOCUMENTS: Mapping[str, frozenset[str]] = {
    "list_objects_v2": frozenset({"ListBucketResult"}),
    "list_objects": frozenset({"ListBucketResult"}),
    "list_object_versions": frozenset({"ListVersionsResult"}),
    "list_multipart_uploads": frozenset({"ListMultipartUploadsResult"}),
    "list_parts": frozenset({"ListPartsResult", "ListPartsResponse", "ListMultipartUploadResult"}),  # moto, old Ceph
    "list_buckets": frozenset({"ListAllMyBucketsResult"}),
    "get_object_tagging": frozenset({"Tagging"}),
}
"""Method of the client -> the roots that its answer may have, where one without entries is no error (API reference)."""

# What stands before the root: a byte order mark, white space, the declaration, comments.
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?>(?:<\?.*?\?>|<!--.*?-->)\s*)*+<([\w:.-]+)", re.DOTALL)
_ENTRY = re.compile(rb"<(Version|DeleteMarker)[\s>]")
_USUAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


def install(client: S3Client, regions: Mapping[str, str], knowledge: Knowledge) -> None:
    """Adds our handlers to a new client.

    Args:
        client: The client.
        regions: Region by bucket, as far as redirects told; whoever learns of one adds it.
        knowledge: What is known of the store, and with it what has to be adapted.
    """
    client.meta.events.register("after-call.s3.ListObjectVersions", keep_version_order)
    for method in DOCUMENTS:
        operation = client.meta.method_to_api_mapping[method]
        client.meta.events.register(f"after-call.s3.{operation}", note_root)
    for operation in ("DeleteObject", "AbortMultipartUpload"):
        client.meta.events.register(f"after-call.s3.{operation}", refuse_pages)
    client.meta.events.register("before-parameter-build.s3", presign_for_the_region)
    client.meta.events.register("before-endpoint-resolution.s3", partial(use_known_region, regions))
    client.meta.events.register_first("needs-retry.s3.HeadBucket", end_redirects)
    for method in (*CREATING, *SETTING, "delete_objects"):
        operation = client.meta.method_to_api_mapping[method]
        client.meta.events.register(f"before-call.s3.{operation}", partial(adapt_headers, knowledge, method))
    for operation in ("PutObject", "UploadPart"):
        client.meta.events.register(f"before-call.s3.{operation}", partial(adapt_payload, knowledge))
    for operation in ("ListObjects", "ListObjectsV2", "ListObjectVersions"):
        event = f"before-parameter-build.s3.{operation}"
        client.meta.events.register_last(event, partial(leave_encoding_type_out, knowledge))


def watch(client: S3Client, knowledge: Knowledge) -> None:
    """Lets a store be recognised by what it answers to a client.

    Args:
        client: The client.
        knowledge: What is known of the store.
    """

    def look(http_response: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        if http_response.status_code >= _MULTIPLE_CHOICES:
            knowledge.see(parsed["ResponseMetadata"]["HTTPHeaders"], error_details(http_response.content))
        elif knowledge.curious:
            knowledge.see(parsed["ResponseMetadata"]["HTTPHeaders"])

    client.meta.events.register("after-call.s3", look)


def quick_timestamp(value: Any) -> datetime:
    """A time as botocore reads it; those of S3's XML and headers without its general parser.

    That takes half of a listing's CPU, and a twentieth of a small object's.

    Args:
        value: Text in any form that botocore knows, or seconds since 1970.

    Raises:
        ValueError: It is no time.
    """
    if not isinstance(value, str):
        return parse_timestamp(value)
    if _USUAL_TIME.fullmatch(value):
        return datetime.fromisoformat(value)
    return usual_http_date(value) or parse_timestamp(value)


def keep_version_order(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Notes which entries of a version listing are delete markers, in the order of the document.

    boto3 hands out versions and delete markers as two lists. Which of two entries of a key is the newer one is told by
    their place alone: times in listings are whole seconds.
    """
    parsed[VERSION_ORDER] = [name == b"DeleteMarker" for name in _ENTRY.findall(http_response.content)]


def note_root(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Notes what kind of document an answer is."""
    found = _ROOT.match(http_response.content)
    parsed[ROOT] = found[1].decode() if found else ""


def refuse_pages(http_response: Any, **_: Any) -> None:
    """Makes sure that a success without a document is the store's: boto3 does not look at what came with it.

    Raises:
        UnexpectedContent: It is the page of somebody on the way.
    """
    check_no_page(http_response.content)


def presign_for_the_region(context: dict[str, Any], **_: Any) -> None:
    """Lets presigned URLs lead to the region's own host.

    botocore takes AWS's global one, which redirects to the region while a bucket is new; a signature does not survive
    the change of the host.
    """
    if context.get("is_presign_request"):
        context["use_global_endpoint"] = False


def use_known_region(regions: Mapping[str, str], builtins: dict[str, Any], params: Mapping[str, Any], **_: Any) -> None:
    """Sends requests for a bucket to the region that it is known to be in, as botocore does with what it learns."""
    region = regions.get(params.get("Bucket", ""))
    if region is not None:
        builtins["AWS::Region"] = region


def end_redirects(request_dict: dict[str, Any], response: Any, **_: Any) -> None:
    """Takes an answer to HEAD bucket that tells no region for the last one.

    After a redirect that names no region botocore asks for it with HEAD bucket, and asks again after a redirect of
    that, without end.
    """
    if response is None:
        return
    headers = response[1].get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if "x-amz-bucket-region" not in headers:
        request_dict["context"].setdefault("s3_redirect", {})["redirected"] = True


def adapt_headers(knowledge: Knowledge, method: str, params: dict[str, Any], **_: Any) -> None:
    """Makes the store's adaptations of headers. XML that was given its ``Content-MD5`` gets no other checksum."""
    changes = knowledge.adaptations.headers.get(method)
    if not changes:
        return
    headers, body = HeadersDict(params["headers"]), params["body"]  # names in whatever case
    params["headers"] = headers
    for change in changes:
        change(headers, body.encode() if isinstance(body, str) else body)
    if content_md5 in changes:
        params["context"].pop("checksum", None)
        headers.pop("x-amz-sdk-checksum-algorithm", None)


def adapt_payload(knowledge: Knowledge, params: dict[str, Any], **_: Any) -> None:
    """Has a checksum sent before the body where the store reads none behind it, and the body signed where it has to be.

    boto3 decides by the endpoint's scheme alone.
    """
    adapted, context = knowledge.adaptations, params["context"]
    signed = context["client_config"].s3.get("payload_signing_enabled")
    signs = adapted.sign_payloads if signed is None else signed
    algorithm = context.get("checksum", {}).get("request_algorithm")
    if isinstance(algorithm, dict) and algorithm["in"] == "trailer" and (signs or not adapted.trailers):
        algorithm["in"] = "header"
    if signs:
        context["has_streaming_input"] = False  # for the signature alone: else bodies over TLS are left out of it


def leave_encoding_type_out(knowledge: Knowledge, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Asks for no URL-encoded keys where the store has none; boto3 does so by itself."""
    if knowledge.capabilities.dialect.encoding_type is NO:
        params.pop("EncodingType", None)
        context.pop("encoding_type_auto_set", None)
