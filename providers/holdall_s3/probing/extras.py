"""Probes of tags, encryption and storage classes."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from holdall_s3.probing.copying import COPY
from holdall_s3.probing.registry import probe
from holdall_s3.probing.trial import BODY, TAGGED, Inconclusive, Trial, Value

_SECRET, _CLASS, _SSE = "secret", "class", "sse"  # names of scratch objects
_ABSENT = ("NotImplemented", "XNotImplemented", "MethodNotAllowed")


@probe("tags.on_put")
def tags_on_put(trial: Trial) -> Value:
    """Tags that come with an object are read back."""
    if not trial.works("put_object", TAGGED, Body=BODY, Tagging="a=b"):
        return False
    trial.completed.add(TAGGED)
    return bool(_tags(trial, TAGGED) == [{"Key": "a", "Value": "b"}])


@probe("tags.objects")
def tags(trial: Trial) -> Value:
    """Tags that are set are read back, and the object is still there."""
    if TAGGED not in trial.completed:
        trial.made(TAGGED)
    tag_set = [{"Key": "c", "Value": "d"}]
    if not trial.works("put_object_tagging", TAGGED, Tagging={"TagSet": tag_set}):
        return False
    return bool(_tags(trial, TAGGED) == tag_set and trial.on("get_object", TAGGED)["Body"] == BODY)


@probe("tags.on_copy")
def tags_on_copy(trial: Trial) -> Value:
    """Tags that come with a copy are read back."""
    if not trial.found["tags.objects"]:
        return False
    directive = {"Tagging": "a=b", "TaggingDirective": "REPLACE"}
    if not trial.works("copy_object", COPY, CopySource=trial.source, **directive):
        return False
    return bool(_tags(trial, COPY) == [{"Key": "a", "Value": "b"}])


def _tags(trial: Trial, name: str) -> Any:
    try:
        return trial.on("get_object_tagging", name)["TagSet"]
    except ClientError:
        return None


@probe("encryption.sse_c")
def sse_c(trial: Trial) -> Value:
    """Unreadable without the customer's key, readable with it. Some refuse keys over plain http, and have them."""
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
    try:
        trial.on("put_object", _SECRET, Body=BODY, **key)
    except ClientError as error:
        return False if error.response["Error"]["Code"] in _ABSENT else None
    try:
        trial.on("get_object", _SECRET)
    except (ClientError, Inconclusive):  # 403 is an answer here
        said = trial.said
    else:
        return False
    readable = trial.on("get_object", _SECRET, **key)["Body"] == BODY
    trial.said = f"without the key: {said}"
    return bool(readable)


@probe("encryption.sse_s3")
def sse_s3(trial: Trial) -> Value:
    """Refused, or not confirmed: not there. What is confirmed may be an echo, and nobody can look behind it."""
    try:
        told = trial.on("put_object", _SSE, Body=BODY, ServerSideEncryption="AES256").get("ServerSideEncryption")
    except ClientError as error:
        return False if error.response["Error"]["Code"] in _ABSENT else None
    return None if told else False


@probe("tiers.storage_class")
def storage_class(trial: Trial) -> Value:
    """A listing tells the class. Refused it may be because this class is not there, and others are."""
    if not trial.works("put_object", _CLASS, Body=BODY, StorageClass="STANDARD_IA"):
        return None
    entry = trial.send("list_objects_v2", Prefix=trial.key(_CLASS))["Contents"][0]
    return bool(entry.get("StorageClass") == "STANDARD_IA")
