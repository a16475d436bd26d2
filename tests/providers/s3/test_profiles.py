"""The profiles as data: complete, with evidence, and overridable."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest

from holdall.capabilities import FEATURES, NO, UNKNOWN, YES, Evidence, Source, Support
from holdall.errors import InvalidConfiguration
from holdall.registry import check_contract
from holdall_s3 import profiles
from holdall_s3.kinds import S3_COMPATIBLE
from holdall_s3.knowledge import Knowledge
from holdall_s3.settings import AwsSettings, CephRgwSettings, MinioSettings, S3CompatibleSettings

ENDPOINT: dict[str, Any] = {"endpoint_url": "http://127.0.0.1:9", "access_key_id": "id", "secret_access_key": "secret"}
FAMILIES = (
    "alibaba-oss", "aws", "aws-express", "b2", "ceph-rgw", "dell-ecs", "digitalocean", "garage", "gcs", "generic",
    "hetzner", "ibm-cos", "idrive", "linode", "localstack", "minio", "moto", "oci", "ovh", "ozone", "r2", "rclone",
    "scaleway", "seaweedfs", "storagegrid", "storj", "swift", "tigris", "versity", "wasabi",
)  # fmt: skip


def test_the_families_are_those_documented() -> None:
    assert profiles.families() == FAMILIES


@pytest.mark.parametrize("version", [None, "9999"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_leaf_has_evidence(family: str, version: str | None) -> None:
    capabilities = profiles.profile(family, version)
    for feature, value in capabilities.leaves():
        evidence = capabilities.evidence(feature)
        if value in {None, (), UNKNOWN} and evidence.date is None:
            continue
        assert evidence.source is Source.PROFILE, feature
        assert evidence.date is not None, feature
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", evidence.date), feature
        assert evidence.note is not None, feature
        # Only limits may come from the S3 API alone.
        whose = family if isinstance(value, Support) else f"({family}|generic)"
        assert re.match(f"profile {whose}: .", evidence.note), feature


@pytest.mark.parametrize("family", ["aws", "moto", "rclone", "swift"])
def test_what_was_measured_or_documented_leaves_nothing_unknown(family: str) -> None:
    unknown = [feature for feature, value in profiles.profile(family).leaves() if value is UNKNOWN]
    assert unknown == []


def test_a_value_of_its_own_date_and_note_keeps_them() -> None:
    default = profiles.profile("aws").evidence("get.range")
    evidence = profiles.profile("swift").evidence("put.if_match")
    assert default.note == "profile aws: botocore 1.43.67 model of S3; Amazon S3 user guide"
    assert evidence.note == "profile swift: 501 NotImplemented"
    assert evidence.date == "2026-11-20"


def test_nothing_is_taken_over_from_aws_for_an_unknown_store() -> None:
    generic = profiles.profile("generic")
    known = [feature for feature, value in generic.leaves() if isinstance(value, Support) and value is not UNKNOWN]
    assert known == []
    assert not generic.supports("put.if_absent", safety=True)
    assert generic.supports("get.range")


@pytest.mark.parametrize(
    ("version", "condition", "inside"),
    [
        ("18.2.1", ">=18", True),
        ("18", ">=18.0.1", False),
        ("17.9", ">=18", False),
        ("18.2", ">=17,<19", True),
        ("19.0", ">=17, <19", False),
        ("12.1.0", ">=12.1", True),
        ("RELEASE.2025-09-07T16-13-09Z", ">=2025.4", True),
        ("RELEASE.2024-01-01T00-00-00Z", "<2025.4", True),
        ("v1.4.2", "<1.10", True),
        ("4.40", ">=4.9", True),
    ],
)
def test_versions_are_in_ranges_by_their_numbers(version: str, condition: str, *, inside: bool) -> None:
    assert profiles.in_range(version, condition) is inside


@pytest.mark.parametrize("condition", ["", "18", "==18", ">18", ">=v18", ">=18,"])
def test_what_is_no_range_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="is no range of versions"):
        profiles.in_range("18", condition)


def test_a_version_in_a_range_is_held_to_it_and_an_unknown_one_to_the_cautious_values() -> None:
    unknown, old, new = (profiles.profile("storagegrid", version) for version in (None, "11.8", "12.1"))
    assert unknown.checksums.algorithms == ("SHA256",)
    assert old.checksums.algorithms == ()
    assert new.checksums.algorithms == ("CRC32", "CRC32C", "CRC64NVME", "SHA256")
    assert (unknown.dialect.default_checksums, new.dialect.default_checksums) == (NO, YES)
    assert new.evidence("checksums.algorithms").note == "profile storagegrid: CRC32, CRC32C and CRC64NVME since 12.1"


def test_a_file_may_take_over_anothers_limits() -> None:
    scaleway, generic = profiles.profile("scaleway"), profiles.profile("generic")
    assert scaleway.keys == generic.keys
    assert scaleway.evidence("keys.max_bytes") == generic.evidence("keys.max_bytes")
    assert scaleway.multipart.max_parts == 1000
    assert scaleway.evidence("versions.list").note == "profile scaleway does not say"


@pytest.mark.parametrize(
    ("settings", "family"),
    [
        (AwsSettings(), "aws"),
        (MinioSettings(**ENDPOINT), "minio"),
        (CephRgwSettings(**ENDPOINT), "ceph-rgw"),
        (S3CompatibleSettings(**ENDPOINT), "generic"),
        (S3CompatibleSettings(**ENDPOINT, store_family="swift"), "swift"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_has_its_profile(settings: Any, family: str) -> None:
    assert Knowledge(settings.to_config()).capabilities == profiles.profile(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_profile_promises_what_the_provider_has_not(family: str) -> None:
    settings = S3CompatibleSettings(**ENDPOINT, store_family=family)
    with closing(S3_COMPATIBLE.open(settings, "lake")) as provider:
        check_contract(provider)


def test_the_users_word_is_last() -> None:
    settings = MinioSettings(**ENDPOINT, capabilities={"put": {"if_absent": "no"}, "delete.batch_max": 10})
    capabilities = Knowledge(settings.to_config()).capabilities
    assert capabilities.put.if_absent is NO
    assert capabilities.delete.batch_max == 10
    assert capabilities.evidence("put.if_absent").source is Source.OVERRIDDEN
    assert capabilities.put.if_match is YES
    assert profiles.profile("minio").put.if_absent is YES


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_stronger_source_outranks_a_weaker_one_whichever_is_heard_first(order: tuple[int, ...]) -> None:
    heard = [
        ({"put.if_absent": "no", "put.if_match": "no", "delete.batch": "no"}, Evidence(Source.PROBED)),
        ({"put.if_absent": "yes", "put.if_match": "yes"}, Evidence(Source.OBSERVED)),
        ({"put.if_absent": "unknown"}, Evidence(Source.OVERRIDDEN)),
    ]
    knowledge = Knowledge(S3CompatibleSettings(**ENDPOINT).to_config())
    before = knowledge.capabilities
    for place in order:
        knowledge.learn(*heard[place])
    known = knowledge.capabilities
    assert (known.put.if_absent, known.put.if_match, known.delete.batch) == (UNKNOWN, YES, NO)
    assert known.evidence("put.if_match").source is Source.OBSERVED
    assert known.evidence("get.range").source is Source.PROFILE
    assert before.delete.batch is UNKNOWN


def test_an_override_of_the_wrong_kind_is_refused() -> None:
    settings = MinioSettings(**ENDPOINT, capabilities={"delete.batch_max": "many"})
    with pytest.raises(InvalidConfiguration, match=r"'delete.batch_max' can't be 'many'"):
        Knowledge(settings.to_config())


def test_an_unknown_family_has_the_nearest_name() -> None:
    with pytest.raises(InvalidConfiguration, match="Did you mean 'swift'"):
        profiles.profile("swfit")
    with pytest.raises(ValueError, match="Did you mean 'rclone'"):
        S3CompatibleSettings(**ENDPOINT, store_family="rclon")


@pytest.mark.parametrize("family", FAMILIES)
def test_limits_fit_together(family: str) -> None:
    parts = profiles.profile(family).multipart
    if parts.max_parts and parts.max_part_size and parts.max_object_size:
        assert parts.max_object_size <= parts.max_parts * parts.max_part_size
    if parts.min_part_size and parts.max_part_size:
        assert parts.min_part_size < parts.max_part_size
    assert {feature for feature, _ in profiles.profile(family).leaves()} == set(FEATURES)
