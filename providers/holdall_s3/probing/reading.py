"""Probes of ``get`` and of listings."""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from holdall_s3.probing.registry import probe
from holdall_s3.probing.trial import ABSENT, BASE, BODY, FAILED, NAMES, UNMODIFIED, WRONG_ETAG, Answer, Trial, Value

_OTHER_TYPE = "text/x-other"


@probe("get.range")
def byte_range(trial: Trial) -> Value:
    """Bytes from the middle come, and those only."""
    return bool(_piece(trial)["Body"] == BODY[2:5])


@probe("get.response_headers")
def response_headers(trial: Trial) -> Value:
    """The answer has the header that was asked for."""
    return bool(_piece(trial)["ContentType"] == _OTHER_TYPE)


def _piece(trial: Trial) -> Answer:
    """Some bytes of ``BASE`` under another type; without that where it is refused."""
    trial.base  # noqa: B018 - it has to be there

    def read() -> Answer:
        try:
            answer: Answer = trial.on("get_object", BASE, Range="bytes=2-4", ResponseContentType=_OTHER_TYPE)
        except ClientError:
            answer = trial.on("get_object", BASE, Range="bytes=2-4")
        return answer

    return trial.shared("piece", read)


@probe("get.suffix_range")
def suffix_range(trial: Trial) -> Value:
    """The last bytes come, and those only."""
    trial.base  # noqa: B018 - it has to be there
    try:
        return bool(trial.on("get_object", BASE, Range="bytes=-3")["Body"] == BODY[-3:])
    except ClientError:
        return False


@probe("get.if_match")
def if_match(trial: Trial) -> Value:
    """Another ETag is refused."""
    trial.base  # noqa: B018 - it has to be there
    return trial.refuses(FAILED, "get_object", BASE, IfMatch=WRONG_ETAG)


@probe("get.if_none_match")
def if_none_match(trial: Trial) -> Value:
    """The same ETag is told to be unmodified."""
    return trial.refuses(UNMODIFIED, "get_object", BASE, IfNoneMatch=trial.base["ETag"])


@probe("get.if_modified_since")
def if_modified_since(trial: Trial) -> Value:
    """The object's own date is told to be unmodified."""
    return trial.refuses(UNMODIFIED, "get_object", BASE, IfModifiedSince=trial.base_head["LastModified"])


@probe("get.if_unmodified_since")
def if_unmodified_since(trial: Trial) -> Value:
    """A date before the object's is refused."""
    trial.base  # noqa: B018 - it has to be there
    return trial.refuses(FAILED, "get_object", BASE, IfUnmodifiedSince=datetime(2020, 1, 1, tzinfo=UTC))


# --- keys --------------------------------------------------------------------------------------------------------


@probe("keys.not_held")
def not_held(trial: Trial) -> Value:
    """Under another spelling of its key ``BASE`` is found, or a 404 is not the answer. Nothing is written there."""
    trial.base  # noqa: B018 - it has to be there
    spellings = {
        "leading-slash": f"/{trial.key(BASE)}",
        "empty-segment": trial.key(f"/{BASE}"),
        "dot-segment": trial.key(f"./{BASE}"),
    }
    return tuple(form for form, key in spellings.items() if not _is_free(trial, key))


def _is_free(trial: Trial, key: str) -> bool:
    try:
        trial.send("head_object", Key=key)
    except ClientError as error:
        return error.response["Error"]["Code"] in ABSENT
    return False


# --- listings ----------------------------------------------------------------------------------------------------


@probe("list.ordered")
def ordered(trial: Trial) -> Value:
    """Keys come in the order of their UTF-8."""
    listed = [entry["Key"] for entry in trial.listing["Contents"]]
    return listed == sorted(listed, key=str.encode) and {trial.key(name) for name in NAMES} <= set(listed)


@probe("list.owner")
def owner(trial: Trial) -> Value:
    """It is told where it was asked for."""
    return "Owner" in trial.listing["Contents"][0]


@probe("list.start_after")
def start_after(trial: Trial) -> Value:
    """Keys up to the one given are left out."""
    first = trial.listing["Contents"][0]["Key"]
    try:
        listed = trial.send("list_objects_v2", Prefix=trial.prefix, StartAfter=first, MaxKeys=1)["Contents"]
    except (ClientError, KeyError):
        return False
    return [entry["Key"] for entry in listed] == [trial.listing["Contents"][1]["Key"]]


@probe("list.delimiter")
def delimiter(trial: Trial) -> Value:
    """What shares a beginning up to it is rolled up."""
    trial.listing  # noqa: B018 - there have to be objects
    folder = trial.prefix.rstrip("/")
    try:
        page = trial.send("list_objects_v2", Prefix=folder, Delimiter="/")
    except ClientError:
        return False
    return page.get("CommonPrefixes") == [{"Prefix": trial.prefix}] and "Contents" not in page


@probe("dialect.list_v2")
def list_v2(trial: Trial) -> Value:
    """A page tells how many keys it has, as only version 2 does."""
    return "KeyCount" in trial.listing and bool(trial.found["list.start_after"])


@probe("dialect.encoding_type")
def encoding_type(trial: Trial) -> Value:
    """boto3 asks for it, and the page says that it is so."""
    return trial.listing.get("EncodingType") == "url"
