"""What our clients do beyond boto3's own handling: small handlers of botocore's events."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp

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


def install(client: S3Client, regions: Mapping[str, str], *, content_md5: bool) -> None:
    """Adds our handlers to a new client.

    Args:
        client: The client.
        regions: Region by bucket, as far as redirects told; whoever learns of one adds it.
        content_md5: Send ``Content-MD5`` with batch deletes: several stores insist on it, or on anything but the CRC32
            that boto3 sends (Swift, OCI, old Ceph and MinIO).
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
    if content_md5:
        client.meta.events.register("before-call.s3.DeleteObjects", add_content_md5)


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


def add_content_md5(params: dict[str, Any], **_: Any) -> None:
    """Adds the MD5 of a request's body, which is XML of ours and small."""
    body = params["body"]
    data = body if isinstance(body, bytes) else body.encode()
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
