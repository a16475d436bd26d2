"""Tags of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall_s3 import requests
from holdall_s3.errors import Asked
from holdall_s3.options import REQUEST_PAYER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.calls import Calls


def get_tags(calls: Calls, key: str, version_id: str | None) -> dict[str, str]:
    """GetObjectTagging."""
    answer = calls.call(
        "get_object_tagging", _parameters(calls, key, version_id), _asked(calls, "get", key, version_id)
    )
    return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", ())}


def put_tags(calls: Calls, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
    """PutObjectTagging; an empty set is a deletion, which more stores understand."""
    if not tags:
        return delete_tags(calls, key, version_id)
    parameters = _parameters(calls, key, version_id) | {"Tagging": requests.tag_set(tags)}
    return _version(calls.call("put_object_tagging", parameters, _asked(calls, "put", key, version_id)))


def delete_tags(calls: Calls, key: str, version_id: str | None) -> str | None:
    """DeleteObjectTagging, the one object operation that knows no requester who pays."""
    parameters = requests.object_tagging(calls.bucket, key, version_id)
    return _version(calls.call("delete_object_tagging", parameters, _asked(calls, "delete", key, version_id)))


def _parameters(calls: Calls, key: str, version_id: str | None) -> dict[str, Any]:
    parameters = requests.object_tagging(calls.bucket, key, version_id)
    if calls.payer:
        parameters["RequestPayer"] = REQUEST_PAYER
    return parameters


def _asked(calls: Calls, verb: str, key: str, version_id: str | None) -> Asked:
    return Asked(operation=f"{verb}_tags", bucket=calls.bucket, key=key, version_id=version_id)


def _version(answer: dict[str, Any]) -> str | None:
    version: str | None = answer.get("VersionId")
    return version
