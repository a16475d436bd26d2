"""Bucket names: AWS's rules, which hold for every kind of store, and older ones for buckets that are there already.

AWS: Amazon S3 user guide, "General purpose bucket naming rules". At AWS a name that it reserves can't be given to a new
bucket and can still be one to use: aliases of access points (``-s3alias``, ``--ol-s3``) and directory buckets
(``--x-s3``) stand where buckets do. So do ARNs of access points. Other stores have none of these.

Older names: Ceph's documentation of bucket operations with ``rgw_relaxed_s3_bucket_names`` (up to 255 letters, digits,
dots, hyphens and underscores, no IP address), which is also what botocore lets through.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from holdall.errors import InvalidBucketName

MIN_LENGTH = 3


@dataclass(frozen=True, slots=True)
class NameRules:
    """Rules for bucket names; both kinds also want ``MIN_LENGTH`` characters and no IP address.

    Attributes:
        max_length: Characters at most.
        characters: The allowed ones, as the inside of a regular expression's set.
        allowed: The same in words.
        legacy: AWS's other rules do not hold.
        access_points: Access points can stand where buckets do, by alias or ARN.
    """

    max_length: int
    characters: str
    allowed: str
    legacy: bool = False
    access_points: bool = False


BUCKET_RULES = NameRules(63, "a-z0-9.-", "lower-case letters, digits, dots and hyphens")
AWS_RULES = replace(BUCKET_RULES, access_points=True)
LEGACY_RULES = NameRules(255, "A-Za-z0-9._-", "letters, digits, dots, hyphens and underscores", legacy=True)

# What the user guide reserves, with the reason that it gives.
RESERVED_PREFIXES = {
    "xn--": "internationalised host names",
    "sthree-": "AWS itself",
    "amzn-s3-demo-": "AWS's documentation",
}
RESERVED_SUFFIXES = {
    "-s3alias": "aliases of access points",
    "--ol-s3": "aliases of Object Lambda access points",
    ".mrap": "multi-region access points",
    "--x-s3": "directory buckets",
    "--table-s3": "table buckets",
}
_OLDER = (
    "If the store has a bucket of this name from before these rules: 'legacy_bucket_names = true' lets it be used, in "
    "stores of the kinds ceph-rgw and s3-compatible."
)
_ARN = re.compile(r"arn:[a-z-]+:s3(-outposts|-object-lambda)?:[a-z0-9-]*:\d{12}:(accesspoint|outpost)[/:].+")


def check_bucket_name(name: str, rules: NameRules) -> None:
    """Refuses what can't be the name of a bucket.

    Args:
        name: The name.
        rules: ``AWS_RULES`` at AWS, ``BUCKET_RULES`` elsewhere, ``LEGACY_RULES`` where the store has older buckets.

    Raises:
        InvalidBucketName: It breaks a rule; the message says which.
    """
    if rules.access_points and name.startswith("arn:"):
        if not _ARN.fullmatch(name):
            raise InvalidBucketName(f"{name!r} is not the ARN of an S3 access point")
        return
    broken = _broken_rule(name, rules)
    if broken is None and not rules.access_points:
        broken = _reservation(name, rules)
    if broken:
        older = not rules.access_points and _broken_rule(name, LEGACY_RULES) is None
        raise InvalidBucketName(f"{name!r} can't be a bucket name: {broken}", hint=_OLDER if older else None)


def check_new_bucket_name(name: str, rules: NameRules) -> None:
    """As ``check_bucket_name``, for a bucket that is to be made: reserved names and ARNs are refused as well.

    Raises:
        InvalidBucketName: It breaks a rule; the message says which.
    """
    if name.startswith("arn:"):
        raise InvalidBucketName(f"{name!r} is an ARN, not the name of a new bucket")
    check_bucket_name(name, rules)
    if reason := _reservation(name, rules):
        raise InvalidBucketName(f"{name!r} can't be a new bucket's name: {reason}")


def _reservation(name: str, rules: NameRules) -> str | None:
    if rules.legacy:
        return None
    for prefix, owner in RESERVED_PREFIXES.items():
        if name.startswith(prefix):
            return f"{prefix!r} in front is for {owner}"
    for suffix, owner in RESERVED_SUFFIXES.items():
        if name.endswith(suffix):
            return f"{suffix!r} at the end is for {owner}"
    return None


def _broken_rule(name: str, rules: NameRules) -> str | None:
    foreign = re.search(rf"[^{rules.characters}]", name)
    checks = (
        (
            not MIN_LENGTH <= len(name) <= rules.max_length,
            f"its length is {len(name)}, and must be {MIN_LENGTH} to {rules.max_length} characters",
        ),
        (foreign, f"{foreign and foreign[0]!r} is not allowed in it, only {rules.allowed}"),
        (_is_address(name), "it looks like an IP address"),
        # In a URL's path it would be a step up for whatever stands in between.
        (set(name) == {"."}, "it consists of dots"),
        (
            not rules.legacy and not (name[:1].isalnum() and name[-1:].isalnum()),
            "it must begin and end with a letter or a digit",
        ),
        (not rules.legacy and ".." in name, "it has two dots side by side"),
    )
    return next((reason for broken, reason in checks if broken), None)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
