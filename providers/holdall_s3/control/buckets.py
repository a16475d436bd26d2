"""Buckets of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidRequest
from holdall.models import BucketInfo, BucketPage
from holdall_s3 import requests
from holdall_s3.encoding import pack_token, unpack_token
from holdall_s3.errors import Asked
from holdall_s3.names import check_bucket_name, check_new_bucket_name
from holdall_s3.responses import owner, utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.options import CreateBucketOptions
    from holdall_s3.calls import Calls

# What GetBucketLocation says of the two oldest regions at AWS (API reference, GetBucketLocation).
_OLD_NAMES = {None: "us-east-1", "EU": "eu-west-1"}


def create_bucket(calls: Calls, name: str, options: CreateBucketOptions) -> BucketInfo:
    """CreateBucket. At AWS a bucket without a wish for a region is made in the store's region."""
    check_new_bucket_name(name, calls.config.name_rules)
    region = calls.client().meta.region_name if calls.config.aws else None
    parameters = requests.create_bucket(name, options, region)
    answer = calls.call("create_bucket", parameters, Asked(operation="create_bucket", bucket=name))
    return BucketInfo(name=name, region=options.region or region, location=answer.get("Location"))


def delete_bucket(calls: Calls, name: str) -> None:
    """DeleteBucket."""
    check_bucket_name(name, calls.config.name_rules)
    calls.call("delete_bucket", {"Bucket": name}, Asked(operation="delete_bucket", bucket=name))


def head_bucket(calls: Calls, name: str) -> BucketInfo:
    """HeadBucket."""
    check_bucket_name(name, calls.config.name_rules)
    answer = calls.call("head_bucket", {"Bucket": name}, Asked(operation="head_bucket", bucket=name))
    return BucketInfo(
        name=name,
        region=answer.get("BucketRegion"),
        is_access_point_alias=bool(answer.get("AccessPointAlias")),
    )


def bucket_location(calls: Calls, name: str) -> str | None:
    """GetBucketLocation."""
    check_bucket_name(name, calls.config.name_rules)
    answer = calls.call("get_bucket_location", {"Bucket": name}, Asked(operation="bucket_location", bucket=name))
    told: str | None = answer.get("LocationConstraint") or None
    return _OLD_NAMES.get(told, told) if calls.config.aws else told


def list_buckets(calls: Calls, token: str | None, limit: int | None) -> BucketPage:
    """ListBuckets. Pages are AWS's; of other stores many know none and one drops the rest, so they are cut here.

    Raises:
        InvalidRequest: The token is not one of this listing.
    """
    if limit is not None and limit < 1:
        raise InvalidRequest(f"a page of {limit} buckets holds none")
    markers = unpack_token(token) if token is not None else {}
    parameters: dict[str, Any] = {}
    if limit is not None and calls.config.aws:
        parameters["MaxBuckets"] = limit
    if markers.get("store"):
        parameters["ContinuationToken"] = markers["store"]
    answer = calls.call("list_buckets", parameters, Asked(operation="list_buckets"))
    found = sorted(map(_bucket, answer.get("Buckets", ())), key=lambda bucket: bucket.name)
    buckets = [bucket for bucket in found if bucket.name > markers.get("after", "")]
    following = answer.get("ContinuationToken")
    next_token = pack_token(store=following) if following else None
    if limit is not None and len(buckets) > limit:
        buckets = buckets[:limit]
        next_token = pack_token(after=buckets[-1].name)
    return BucketPage(tuple(buckets), owner(answer.get("Owner")), next_token)


def _bucket(entry: Mapping[str, Any]) -> BucketInfo:
    return BucketInfo(name=entry["Name"], created=utc(entry.get("CreationDate")), region=entry.get("BucketRegion"))
