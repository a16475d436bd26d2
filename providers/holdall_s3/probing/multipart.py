"""Probes of multipart uploads, with parts that are small: the last part of an upload may be."""

from __future__ import annotations

import hashlib

from botocore.exceptions import ClientError

from holdall_s3.probing.registry import probe
from holdall_s3.probing.trial import BODY, DELETED, FAILED, WRONG_ETAG, Answer, Trial, Value

PARTS, COPIED = DELETED, "parts"  # an object that is there already, and none


@probe("multipart.list_uploads")
def list_uploads(trial: Trial) -> Value:
    """An upload that was begun is listed, and where there is none, none is."""
    try:
        trial.send("list_multipart_uploads", Prefix=trial.prefix)
        upload_id, _ = _sent(trial)
        uploads = trial.send("list_multipart_uploads", Prefix=trial.prefix).get("Uploads", [])
    except ClientError:
        return False
    return upload_id in {upload["UploadId"] for upload in uploads}


@probe("multipart.list_uploads_of_key")
def list_uploads_of_key(trial: Trial) -> Value:
    """The upload is listed by its exact key; some take no other prefix."""
    upload_id, _ = _sent(trial)
    try:
        uploads = trial.send("list_multipart_uploads", Prefix=trial.key(PARTS)).get("Uploads", [])
    except ClientError:
        return False
    return upload_id in {upload["UploadId"] for upload in uploads}


@probe("multipart.list_parts")
def list_parts(trial: Trial) -> Value:
    """A part that was sent is listed with its size."""
    upload_id, _ = _sent(trial)
    try:
        parts = trial.on("list_parts", PARTS, UploadId=upload_id).get("Parts", [])
    except ClientError:
        return False
    return [part["Size"] for part in parts] == [len(BODY)]


@probe("multipart.copy_part")
def copy_part(trial: Trial) -> Value:
    """A part by copy is listed with its size."""
    upload_id = trial.begin_upload(COPIED)
    try:
        part = trial.on("upload_part_copy", COPIED, UploadId=upload_id, PartNumber=1, CopySource=trial.source)
        etag = part["CopyPartResult"]["ETag"]
        trial.complete(COPIED, upload_id, etag)
        return bool(trial.on("get_object", COPIED)["Body"] == BODY)
    except (ClientError, KeyError):
        return False


@probe("multipart.complete_if_absent")
def complete_if_absent(trial: Trial) -> Value:
    """An object that is there is not replaced; and writes to the same store have a lock."""
    trial.made(PARTS)
    refused = _refuses_to_complete(trial, IfNoneMatch="*")
    locked = trial.found.get("put.if_absent")
    return refused and (None if locked is None else locked)


@probe("multipart.complete_if_match")
def complete_if_match(trial: Trial) -> Value:
    """An object of another ETag is not replaced."""
    trial.made(PARTS)
    refused = _refuses_to_complete(trial, IfMatch=WRONG_ETAG)
    locked = trial.found.get("put.if_match")
    return refused and (None if locked is None else locked)


@probe("multipart.uploads")
def uploads(trial: Trial) -> Value:
    """The object has the bytes of its part."""
    if PARTS not in trial.completed:  # it is where a condition was ignored
        upload_id, etag = _sent(trial)
        trial.complete(PARTS, upload_id, etag)
    return bool(_object(trial)["Body"] == BODY)


def _object(trial: Trial) -> Answer:
    return trial.shared("parts", lambda: trial.on("get_object", PARTS))


@probe("dialect.complete_etag")
def complete_etag(trial: Trial) -> Value:
    """The answer to the completion tells it."""
    return trial.found.get("dialect.complete_etag")


@probe("get.part_number")
def part_number(trial: Trial) -> Value:
    """A part that is not there is refused. Some that have part numbers send the whole object then, as those without."""
    if not trial.found["multipart.uploads"]:
        return None
    try:
        trial.on("get_object", PARTS, PartNumber=2)
    except ClientError as error:
        return error.response["Error"]["Code"] in {"InvalidPartNumber", "InvalidRange", "416"}
    return None


@probe("checksums.md5_etag")
def md5_etag(trial: Trial) -> Value:
    """ETags are MD5s, in one piece and in parts; some say that of the whole there, too."""
    if not trial.found["multipart.uploads"]:
        return None
    digest = hashlib.md5(BODY, usedforsecurity=False)
    by_parts = hashlib.md5(digest.digest(), usedforsecurity=False).hexdigest()
    told = _object(trial)["ETag"].strip('"')
    return trial.base["ETag"].strip('"') == digest.hexdigest() and told in {f"{by_parts}-1", digest.hexdigest()}


def _sent(trial: Trial) -> tuple[str, str]:
    """An upload that is under way: its id, and the ETag of its one part."""
    for key, upload_id in trial.uploads:
        if key == trial.key(PARTS):
            return upload_id, trial.part_etags[upload_id]
    upload_id = trial.begin_upload(PARTS)
    etag: str = trial.on("upload_part", PARTS, UploadId=upload_id, PartNumber=1, Body=BODY)["ETag"]
    trial.part_etags[upload_id] = etag
    return upload_id, etag


def _refuses_to_complete(trial: Trial, **condition: str) -> bool:
    upload_id, etag = _sent(trial)
    try:
        trial.complete(PARTS, upload_id, etag, **condition)
    except ClientError as error:
        return error.response["Error"]["Code"] in FAILED
    return False
