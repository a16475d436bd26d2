"""Empties buckets, whatever holds their objects: uploads, versions, legal holds, retention that may be bypassed."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s3tester.concurrently import concurrently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REFUSED = (ClientError, BotoCoreError)
_AT_ONCE = 16
_BATCH = 1000
"""Keys that one batch delete may name."""
_WORTH_A_BATCH = 20
"""Objects from which on batches are tried first."""
_MOST_PAGES = 1000
"""A store whose listing goes round in a circle must not keep the tool for ever."""


def remove_bucket(client: Any, bucket: str) -> str | None:
    """Empties and removes a bucket. What a store does not have (versions, uploads) is no problem.

    Args:
        client: boto3's client, of an account that may.
        bucket: The bucket; one that is not there is removed already.

    Returns:
        Why it is still there; ``None``: it is not.
    """
    problem = _try(client, bucket)
    if problem is not None and "AccessDenied" in problem:  # a policy that a test left
        with suppress(*_REFUSED):
            client.delete_bucket_policy(Bucket=bucket)
        problem = _try(client, bucket)
    return problem


def _try(client: Any, bucket: str) -> str | None:
    jobs: list[Callable[[], None]] = []
    with suppress(*_REFUSED):
        for page in _pages(client, "list_multipart_uploads", Bucket=bucket):
            jobs += [partial(_abort, client, bucket, each["Key"], each["UploadId"]) for each in page.get("Uploads", [])]
    concurrently(jobs, _AT_ONCE)
    for find in (_versions, _keys):
        found = find(client, bucket)
        if len(found) >= _WORTH_A_BATCH:
            _delete_in_batches(client, bucket, found)
            found = find(client, bucket)  # what batches left, or were not taken for
        concurrently([partial(_delete, client, bucket, *each) for each in found], _AT_ONCE)
    try:
        client.delete_bucket(Bucket=bucket)
    except ClientError as error:
        told = error.response.get("Error", {})
        if told.get("Code") == "NoSuchBucket":
            return None
        return f"the bucket {bucket} is left: {told.get('Code')} {told.get('Message') or ''}".strip()
    except BotoCoreError as error:
        return f"the bucket {bucket} is left: {error}"
    return None


def _versions(client: Any, bucket: str) -> list[tuple[str, str | None]]:
    """All versions and delete markers, where the store has any; keys with version ids."""
    with suppress(*_REFUSED):
        return [
            (each["Key"], each.get("VersionId"))
            for page in _pages(client, "list_object_versions", Bucket=bucket)
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
    return []


def _keys(client: Any, bucket: str) -> list[tuple[str, str | None]]:
    """All keys, by the listing that the store has."""
    for operation in ("list_objects_v2", "list_objects"):
        with suppress(*_REFUSED):
            pages = _pages(client, operation, Bucket=bucket)
            return [(each["Key"], None) for page in pages for each in page.get("Contents", [])]
    return []


def _delete_in_batches(client: Any, bucket: str, found: list[tuple[str, str | None]]) -> None:
    for start in range(0, len(found), _BATCH):
        named = [
            {"Key": key, **({} if version is None else {"VersionId": version})}
            for key, version in found[start : start + _BATCH]
        ]
        with suppress(*_REFUSED):
            client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})


def _pages(client: Any, operation: str, **given: Any) -> Iterator[dict[str, Any]]:
    for number, page in enumerate(client.get_paginator(operation).paginate(**given)):
        yield page
        if number >= _MOST_PAGES:
            return


def _abort(client: Any, bucket: str, key: str, upload_id: str) -> None:
    with suppress(*_REFUSED):
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)


def _delete(client: Any, bucket: str, key: str, version: str | None) -> None:
    """Deletes an object or a version; one that is held is freed first, as far as the store allows."""
    which = {"Bucket": bucket, "Key": key, **({} if version is None else {"VersionId": version})}
    with suppress(*_REFUSED):
        client.delete_object(**which)
        return
    with suppress(*_REFUSED):
        client.put_object_legal_hold(**which, LegalHold={"Status": "OFF"})
    with suppress(*_REFUSED):
        client.delete_object(**which, BypassGovernanceRetention=True)
