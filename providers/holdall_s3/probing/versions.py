"""Probes of versions: they change the bucket's configuration, and are for scratch buckets only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from holdall_s3.probing.registry import probe

if TYPE_CHECKING:
    from holdall_s3.probing.trial import Trial, Value

_HISTORY, _BATCH = "history", "batch"  # names of scratch objects


@probe("versions.enable", owned=True)
def enable(trial: Trial) -> Value:
    """Once enabled, a put makes a version."""
    try:
        trial.send("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    except ClientError:
        return False
    trial.versioned = True
    return "VersionId" in trial.on("put_object", _HISTORY, Body=b"1")


@probe("versions.newest_first", owned=True)
def newest_first(trial: Trial) -> Value:
    """Versions and delete markers come newest first."""
    if not trial.found["versions.enable"]:
        return False
    # boto3 hands versions and delete markers out apart, so the document is looked at.
    documents: list[bytes] = []

    def keep(http_response: Any, **_: Any) -> None:
        documents.append(http_response.content)

    ids = [trial.on("put_object", _HISTORY, Body=b"2")["VersionId"]]
    ids.append(trial.on("delete_object", _HISTORY)["VersionId"])
    ids.append(trial.on("put_object", _HISTORY, Body=b"3")["VersionId"])
    with trial.watching("after-call.s3.ListObjectVersions", keep):
        trial.send("list_object_versions", Prefix=trial.key(_HISTORY))
    told = re.findall("<VersionId>([^<]+)<", documents[-1].decode())
    trial.found["versions.list"] = set(ids) <= set(told)
    return told[: len(ids)] == ids[::-1]


@probe("versions.list", owned=True)
def list_versions(trial: Trial) -> Value:
    """All versions are listed."""
    return bool(trial.found.get("versions.list"))


@probe("delete.batch_versions", owned=True)
def batch_versions(trial: Trial) -> Value:
    """A batch that removes the newest version makes the one before it the current one."""
    if not trial.found["versions.enable"]:
        return False
    ids = [trial.on("put_object", _BATCH, Body=body)["VersionId"] for body in (b"1", b"2")]
    trial.send("delete_objects", Delete={"Objects": [{"Key": trial.key(_BATCH), "VersionId": ids[-1]}]})
    try:
        return bool(trial.on("get_object", _BATCH)["Body"] == b"1")
    except ClientError:
        return False
