"""Bucket names."""

from __future__ import annotations

import pytest

from holdall.errors import InvalidBucketName
from holdall_s3.names import AWS_RULES, BUCKET_RULES, LEGACY_RULES, check_bucket_name, check_new_bucket_name

GOOD = ["abc", "a" * 63, "my-bucket", "my.bucket", "0bucket9", "1.2.3", "a-.b"]


@pytest.mark.parametrize("name", GOOD)
def test_names_that_every_rule_allows(name: str) -> None:
    for rules in (AWS_RULES, BUCKET_RULES, LEGACY_RULES):
        check_bucket_name(name, rules)
        check_new_bucket_name(name, rules)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "its length is 0, and must be 3 to 63 characters"),
        ("ab", "its length is 2,"),
        ("a" * 64, "its length is 64,"),
        ("Bucket", "'B' is not allowed"),
        ("my_bucket", "'_' is not allowed"),
        ("my bucket", "' ' is not allowed"),
        ("büro", "'ü' is not allowed"),
        ("bucket/key", "'/' is not allowed"),
        ("bucket\n", r"'\n' is not allowed"),
        ("٣٣٣", "is not allowed"),
        ("-bucket", "begin and end"),
        ("bucket-", "begin and end"),
        (".bucket", "begin and end"),
        ("bucket.", "begin and end"),
        ("my..bucket", "two dots side by side"),
        ("192.168.5.4", "IP address"),
    ],
)
def test_it_is_said_which_rule_is_broken(name: str, rule: str) -> None:
    for rules in (AWS_RULES, BUCKET_RULES):
        with pytest.raises(InvalidBucketName) as caught:
            check_bucket_name(name, rules)
        assert rule in caught.value.message


def test_an_arn_of_something_else() -> None:
    with pytest.raises(InvalidBucketName, match="not the ARN of an S3 access point"):
        check_bucket_name("arn:aws:s3:::bucket", AWS_RULES)


@pytest.mark.parametrize("name", ["Bucket", "my_bucket", "a" * 255, "my..bucket", "-bucket", "_x_"])
def test_older_names_are_for_stores_that_are_said_to_have_them(name: str) -> None:
    check_bucket_name(name, LEGACY_RULES)
    with pytest.raises(InvalidBucketName) as caught:
        check_bucket_name(name, BUCKET_RULES)
    assert "legacy_bucket_names" in str(caught.value)
    with pytest.raises(InvalidBucketName) as caught:
        check_bucket_name(name, AWS_RULES)
    assert "legacy_bucket_names" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 256, "a/b", "a b", "büro", "...", "10.0.0.1", "a?b", "a\nb", "arn:aws:s3:::bucket"]
)
def test_names_that_no_store_takes(name: str) -> None:
    for rules in (LEGACY_RULES, BUCKET_RULES):
        with pytest.raises(InvalidBucketName) as caught:
            check_bucket_name(name, rules)
        assert "legacy_bucket_names" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "point-a1b2c3-s3alias",
        "lambda-a1b2c3--ol-s3",
        "express--usw2-az1--x-s3",
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/reports",
        "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
        "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:reports",
        "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/reports",
    ],
)
def test_what_stands_for_a_bucket_at_aws_can_be_used_and_not_made(name: str) -> None:
    check_bucket_name(name, AWS_RULES)
    with pytest.raises(InvalidBucketName):
        check_bucket_name(name, BUCKET_RULES)
    with pytest.raises(InvalidBucketName):
        check_new_bucket_name(name, AWS_RULES)


@pytest.mark.parametrize("name", ["xn--bucket", "sthree-bucket", "amzn-s3-demo-bucket", "x.mrap", "x--table-s3"])
def test_reserved_names_can_not_be_made(name: str) -> None:
    for rules in (AWS_RULES, BUCKET_RULES):
        with pytest.raises(InvalidBucketName, match="is for"):
            check_new_bucket_name(name, rules)
    check_new_bucket_name(name, LEGACY_RULES)
