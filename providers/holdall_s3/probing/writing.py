"""Probes of ``put`` and ``delete``: conditions, checksums, and what is kept with an object."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdall.checksums import checksum
from holdall.models import ChecksumAlgorithm
from holdall_s3.probing.registry import probe
from holdall_s3.probing.trial import (
    BODY,
    CREATED,
    DELETED,
    EXPIRES,
    FAILED,
    HEADERS,
    METADATA,
    RACERS,
    REPLACED,
    WRONG_ETAG,
    Trial,
)

if TYPE_CHECKING:
    from holdall_s3.probing.trial import Value

# What stores call a body that is not what its checksum says: AWS and most; MinIO.
_USUAL = (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256)
_MISMATCH = ("BadDigest", "XAmzContentChecksumMismatch")


@probe("dialect.default_checksums")
def default_checksums(trial: Trial) -> Value:
    """Writes with a checksum that is right are taken."""
    trial.base  # noqa: B018 - it is written with one
    return trial.found.get("dialect.default_checksums", True)


@probe("put.metadata")
def metadata(trial: Trial) -> Value:
    """Names, in whatever case, and values come back."""
    return {name.lower(): value for name, value in trial.base_head["Metadata"].items()} == METADATA


@probe("dialect.metadata_case")
def metadata_case(trial: Trial) -> Value:
    """Names come back as they were."""
    return None if not trial.found["put.metadata"] else trial.base_head["Metadata"] == METADATA


@probe("put.content_headers")
def content_headers(trial: Trial) -> Value:
    """They come back."""
    return all(trial.base_head.get(name) == value for name, value in HEADERS.items())


@probe("put.expires")
def expires(trial: Trial) -> Value:
    """It comes back."""
    return trial.base_head.get("ExpiresString") == EXPIRES


@probe("put.if_absent")
def if_absent(trial: Trial) -> Value:
    """Of several that create an object at once one succeeds; another one later is refused, and changes nothing."""

    def create(body: bytes) -> None:
        trial.on("put_object", CREATED, Body=body, IfNoneMatch="*")

    won = trial.race(*(partial(create, str(number).encode()) for number in range(RACERS)))
    if won != 1:
        trial.said = f"of {RACERS} create-only puts at the same time {won} succeeded"
        return False
    if not trial.refuses(FAILED, "put_object", CREATED, Body=b"later", IfNoneMatch="*"):
        return False
    said = trial.said
    unchanged = trial.on("get_object", CREATED)["Body"] != b"later"
    trial.said = f"of {RACERS} create-only puts at the same time one succeeded; a later one: {said}"
    return bool(unchanged)


@probe("put.if_match")
def if_match(trial: Trial) -> Value:
    """The object's own ETag replaces it, once; of several with the same one at once one succeeds."""
    old = trial.made(REPLACED)
    current = _replace(trial, old)
    if current is None:
        return False
    if not trial.refuses(FAILED, "put_object", REPLACED, Body=b"three", IfMatch=_written(trial, old)):
        return False
    said = trial.said

    def replace(body: bytes) -> None:
        trial.on("put_object", REPLACED, Body=body, IfMatch=_written(trial, current))

    racers = RACERS - 1
    won = trial.race(*(partial(replace, str(number).encode()) for number in range(racers)))
    trial.said = f"of {racers} puts with the same ETag at the same time {won} succeeded; one with an old one: {said}"
    return won == 1


def _replace(trial: Trial, etag: str) -> str | None:
    """Replaces the object of that ETag, with and without quotes; returns the new one, ``None`` where none is taken."""
    for quoted in (True, False):
        try:
            condition = etag if quoted else etag.strip('"')
            new: str = trial.on("put_object", REPLACED, Body=b"two", IfMatch=condition)["ETag"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in FAILED:
                return None
        else:
            trial.found["dialect.quoted_etags"] = quoted
            return new
    return None


def _written(trial: Trial, etag: str) -> str:
    return etag if trial.found["dialect.quoted_etags"] else etag.strip('"')


@probe("dialect.quoted_etags")
def quoted_etags(trial: Trial) -> Value:
    """Conditions are understood with the ETag in quotes; where none is understood, nobody knows."""
    if not trial.found["put.if_match"]:
        return None
    trial.said = "by the conditions of put.if_match"
    return trial.found["dialect.quoted_etags"]


@probe("put.content_md5")
def content_md5(trial: Trial) -> Value:
    """A wrong one is refused."""
    wrong = b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    return trial.refuses(_MISMATCH, "put_object", "md5", Body=BODY, ContentMD5=wrong)


@probe("checksums.algorithms")
def algorithms(trial: Trial) -> Value:
    """Those of which a wrong value is refused. A store that takes any CRC32 and any SHA256 checks none."""
    checked = {each for each in _USUAL if _checks(trial, each)}
    if checked:
        checked |= {each for each in ChecksumAlgorithm if each not in _USUAL and _checks(trial, each)}
    return tuple(str(each) for each in ChecksumAlgorithm if each in checked)


def _checks(trial: Trial, algorithm: ChecksumAlgorithm) -> bool:
    name = f"Checksum{algorithm}"
    wrong = checksum(algorithm, b"other").value
    try:
        trial.on("put_object", "sum", Body=BODY, **{name: wrong})
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISMATCH:
            return True
        # Another word for it, or an algorithm that the store does not know at all.
        return trial.works("put_object", "sum", Body=BODY, **{name: checksum(algorithm, BODY).value})
    return False


@probe("checksums.stored")
def stored(trial: Trial) -> Value:
    """One that the store has checked is told again. What is told and was never checked is an echo."""
    told = trial.base_head.get("ChecksumCRC32") == checksum(ChecksumAlgorithm.CRC32, BODY).value
    return told and "CRC32" in (trial.found["checksums.algorithms"] or ())  # type: ignore[operator] # a tuple


@probe("delete.if_match")
def delete_if_match(trial: Trial) -> Value:
    """A wrong ETag deletes nothing."""
    trial.made(DELETED)
    if not trial.refuses(FAILED, "delete_object", DELETED, IfMatch=WRONG_ETAG):
        trial.forget(DELETED)  # it may be gone
        return False
    said = trial.said
    there = trial.works("head_object", DELETED)
    trial.said = said
    return there
