"""Bucket names: AWS's rules, and those of other stores.

AWS: Amazon S3 user guide, "General purpose bucket naming rules". A name that AWS reserves can't be given to a new
bucket and can still be one to use: aliases of access points (``-s3alias``, ``--ol-s3``) and directory buckets
(``--x-s3``) stand where buckets do. So do ARNs of access points.

Other stores: Ceph's documentation of bucket operations with ``rgw_relaxed_s3_bucket_names`` (up to 255 letters, digits,
dots, hyphens and underscores, no IP address), which is also what botocore lets through. Names from before AWS's
present rules live on in such stores, so the store has the last word there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from holdall.errors import InvalidBucketName

MIN_LENGTH = 3


@dataclass(frozen=True, slots=True)
class NameRules:
    """Rules for bucket names; both kinds also want ``MIN_LENGTH`` characters and no IP address.

    Attributes:
        max_length: Characters at most.
        characters: The allowed ones, as the inside of a regular expression's set.
        allowed: The same in words.
        aws: AWS's other rules hold, too.
    """

    max_length: int
    characters: str
    allowed: str
    aws: bool


AWS_RULES = NameRules(63, "a-z0-9.-", "lower-case letters, digits, dots and hyphens", aws=True)
COMPATIBLE_RULES = NameRules(255, "A-Za-z0-9._-", "letters, digits, dots, hyphens and underscores", aws=False)

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
_ARN = re.compile(r"arn:[a-z-]+:s3(-outposts|-object-lambda)?:[a-z0-9-]*:\d{12}:(accesspoint|outpost)[/:].+")


def check_bucket_name(name: str, rules: NameRules) -> None:
    """Refuses what can't be the name of a bucket.

    Args:
        name: The name.
        rules: ``AWS_RULES`` or ``COMPATIBLE_RULES``.

    Raises:
        InvalidBucketName: It breaks a rule; the message says which.
    """
    if rules.aws and name.startswith("arn:"):
        if not _ARN.fullmatch(name):
            raise InvalidBucketName(f"{name!r} is not the ARN of an S3 access point")
        return
    broken = _broken_rule(name, rules)
    if broken:
        raise InvalidBucketName(f"{name!r} can't be a bucket name: {broken}")


def check_new_bucket_name(name: str, rules: NameRules) -> None:
    """As ``check_bucket_name``, for a bucket that is to be made: reserved names and ARNs are refused as well.

    Raises:
        InvalidBucketName: It breaks a rule; the message says which.
    """
    if name.startswith("arn:"):
        raise InvalidBucketName(f"{name!r} is an ARN, not the name of a new bucket")
    check_bucket_name(name, rules)
    if not rules.aws:
        return
    for prefix, owner in RESERVED_PREFIXES.items():
        if name.startswith(prefix):
            raise InvalidBucketName(f"{name!r} can't be a new bucket's name: {prefix!r} in front is for {owner}")
    for suffix, owner in RESERVED_SUFFIXES.items():
        if name.endswith(suffix):
            raise InvalidBucketName(f"{name!r} can't be a new bucket's name: {suffix!r} at the end is for {owner}")


def _broken_rule(name: str, rules: NameRules) -> str | None:
    foreign = re.search(rf"[^{rules.characters}]", name)
    checks = (
        (
            not MIN_LENGTH <= len(name) <= rules.max_length,
            f"it has {len(name)} characters, and must have {MIN_LENGTH} to {rules.max_length}",
        ),
        (foreign, f"{foreign and foreign[0]!r} is not allowed in it, only {rules.allowed}"),
        (_is_address(name), "it looks like an IP address"),
        # In a URL's path it would be a step up for whatever stands in between.
        (set(name) == {"."}, "it consists of dots"),
        (
            rules.aws and not (name[:1].isalnum() and name[-1:].isalnum()),
            "it must begin and end with a letter or a digit",
        ),
        (rules.aws and ".." in name, "it has two dots side by side"),
    )
    return next((reason for broken, reason in checks if broken), None)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
