"""Probes of ``copy``."""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from holdall_s3.probing.registry import probe
from holdall_s3.probing.trial import BODY, FAILED, HEADERS, METADATA, WRONG_ETAG, Trial, Value

COPY = "copy"


@probe("copy.if_absent")
def if_absent(trial: Trial) -> Value:
    """A free key is taken, one that is taken is refused; and writes to the same store have a lock."""
    if not trial.works("copy_object", COPY, CopySource=trial.source, IfNoneMatch="*"):
        return False
    trial.completed.add(COPY)
    locked = trial.found.get("put.if_absent")
    refused = trial.refuses(FAILED, "copy_object", COPY, CopySource=trial.source, IfNoneMatch="*")
    return refused and (None if locked is None else locked)


@probe("copy.server_side")
def server_side(trial: Trial) -> Value:
    """Bytes, metadata and content headers come along."""
    try:
        if COPY not in trial.completed:
            trial.on("copy_object", COPY, CopySource=trial.source)
        copy = trial.on("get_object", COPY)
    except ClientError:
        return False
    told = {name.lower(): value for name, value in copy["Metadata"].items()}
    return copy["Body"] == BODY and told == METADATA and copy["ContentType"] == HEADERS["ContentType"]


@probe("copy.if_match")
def if_match(trial: Trial) -> Value:
    """A destination of another ETag is not replaced."""
    return trial.refuses(FAILED, "copy_object", COPY, CopySource=trial.source, IfMatch=WRONG_ETAG)


@probe("copy.source_if_match")
def source_if_match(trial: Trial) -> Value:
    """A source of another ETag is not copied."""
    return trial.refuses(FAILED, "copy_object", COPY, CopySource=trial.source, CopySourceIfMatch=WRONG_ETAG)


@probe("copy.source_conditions")
def source_conditions(trial: Trial) -> Value:
    """A source of the same ETag is not copied where another one is wanted, nor one that is younger than wanted."""
    same = {"CopySourceIfNoneMatch": trial.base["ETag"]}
    older = {"CopySourceIfUnmodifiedSince": datetime(2020, 1, 1, tzinfo=UTC)}
    return all(
        trial.refuses(FAILED, "copy_object", COPY, CopySource=trial.source, **condition) for condition in (same, older)
    )
