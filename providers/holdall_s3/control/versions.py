"""Versioning of the bucket, and the listing of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest
from holdall.models import Versioning
from holdall_s3 import confirm, requests, responses
from holdall_s3.errors import Asked

if TYPE_CHECKING:
    from holdall.models import VersionPage
    from holdall.options import ListOptions
    from holdall_s3.calls import Calls

_STATES = {None: Versioning.OFF, "Enabled": Versioning.ENABLED, "Suspended": Versioning.SUSPENDED}


def _asked(calls: Calls, operation: str) -> Asked:
    return Asked(operation=operation, bucket=calls.bucket, unproven=calls.unproven("versions.enable"))


def get_versioning(calls: Calls) -> Versioning:
    """GetBucketVersioning."""
    asked = _asked(calls, "get_versioning")
    return _STATES[calls.call("get_bucket_versioning", {"Bucket": calls.bucket}, asked).get("Status")]


def set_versioning(calls: Calls, state: Versioning) -> None:
    """PutBucketVersioning.

    Raises:
        InvalidRequest: Versioning can't be switched off again.
    """
    if state is Versioning.OFF:
        raise InvalidRequest(
            "versioning can be suspended, not switched off again", hint="Set Versioning.SUSPENDED.", bucket=calls.bucket
        )
    status = "Enabled" if state is Versioning.ENABLED else "Suspended"
    parameters = {"Bucket": calls.bucket, "VersioningConfiguration": {"Status": status}}
    calls.call("put_bucket_versioning", parameters, _asked(calls, "set_versioning"))


def list_versions_page(calls: Calls, options: ListOptions) -> VersionPage:
    """ListObjectVersions.

    Raises:
        RequestIgnored: The store listed other keys than those of the prefix.
    """
    parameters = requests.list_versions(calls.bucket, options, payer=calls.payer)
    asked = Asked(operation="list_versions_page", bucket=calls.bucket)
    page = responses.version_page(calls.call("list_object_versions", parameters, asked))
    confirm.of_prefix(options.prefix, [*(each.key for each in page.versions), *page.prefixes])
    return page
