"""How the make of a store is found out: by its host, by names of buckets, by its answers, on real servers too."""

from __future__ import annotations

import base64
import logging
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from holdall.capabilities import NO, UNKNOWN, YES, Evidence, Source
from holdall.errors import ObjectNotFound
from holdall.options import HeadOptions, ListOptions, PutOptions
from holdall_s3 import profiles
from holdall_s3.knowledge import Knowledge
from holdall_s3.provider import S3Provider
from holdall_s3.recognition import Recognised, by_answer, by_bucket, by_host
from holdall_s3.settings import AwsSettings, CephRgwSettings, MinioSettings, S3CompatibleSettings
from tests.servers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

KEYS: dict[str, Any] = {"access_key_id": "id", "secret_access_key": "secret"}
LOOPBACK = "http://127.0.0.1:9"

# Endpoint, family, region in signatures, addressing.
HOSTS = [
    ("https://s3.amazonaws.com", "aws", "us-east-1", "path"),
    ("https://s3.eu-central-1.amazonaws.com", "aws", "eu-central-1", "path"),
    ("https://s3-eu-west-1.amazonaws.com", "aws", "eu-west-1", "path"),
    ("https://s3.dualstack.ap-south-1.amazonaws.com", "aws", "ap-south-1", "path"),
    ("https://s3-fips.us-gov-west-1.amazonaws.com", "aws", "us-gov-west-1", "path"),
    ("https://s3.cn-north-1.amazonaws.com.cn", "aws", "cn-north-1", "path"),
    ("https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", "aws", "us-east-1", "path"),
    ("https://s3express-use1-az4.us-east-1.amazonaws.com", "aws-express", "us-east-1", "virtual"),
    ("https://0123456789abcdef.r2.cloudflarestorage.com", "r2", "auto", "path"),
    ("https://0123456789abcdef.eu.r2.cloudflarestorage.com", "r2", "auto", "path"),
    ("https://s3.us-west-004.backblazeb2.com", "b2", "us-west-004", "path"),
    ("https://s3.wasabisys.com", "wasabi", "us-east-1", "path"),
    ("https://s3.eu-central-1.wasabisys.com", "wasabi", "eu-central-1", "path"),
    ("https://fra1.digitaloceanspaces.com", "digitalocean", "fra1", "path"),
    ("https://storage.googleapis.com", "gcs", "auto", "path"),
    ("https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com", "oci", "eu-frankfurt-1", "path"),
    ("https://ns.compat.objectstorage.us-ashburn-1.oci.customer-oci.com", "oci", "us-ashburn-1", "path"),
    ("https://s3.eu-de.cloud-object-storage.appdomain.cloud", "ibm-cos", "eu-de", "path"),
    ("https://s3.private.us-south.cloud-object-storage.appdomain.cloud", "ibm-cos", "us-south", "path"),
    ("https://oss-cn-hangzhou.aliyuncs.com", "alibaba-oss", "cn-hangzhou", "virtual"),
    ("https://oss-cn-hangzhou-internal.aliyuncs.com", "alibaba-oss", "cn-hangzhou", "virtual"),
    ("https://s3.oss-eu-central-1.aliyuncs.com", "alibaba-oss", "eu-central-1", "virtual"),
    ("https://oss-accelerate.aliyuncs.com", "alibaba-oss", "us-east-1", "virtual"),
    ("https://s3.fr-par.scw.cloud", "scaleway", "fr-par", "path"),
    ("https://s3.gra.io.cloud.ovh.net", "ovh", "gra", "path"),
    ("https://fsn1.your-objectstorage.com", "hetzner", "fsn1", "path"),
    ("https://us-ord-1.linodeobjects.com", "linode", "us-ord-1", "path"),
    ("https://j2g0.or.idrivee2-78.com", "idrive", "us-east-1", "path"),
    ("https://gateway.storjshare.io", "storj", "us-east-1", "path"),
    ("https://t3.storage.dev", "tigris", "auto", "path"),
    ("https://fly.storage.tigris.dev", "tigris", "auto", "path"),
    ("http://s3.localhost.localstack.cloud:4566", "localstack", "us-east-1", "path"),
    ("https://s3.example.com", "generic", "us-east-1", "path"),
    ("http://127.0.0.1:9000", "generic", "us-east-1", "path"),
    ("http://[::1]:9000", "generic", "us-east-1", "path"),
]

# Headers of answers, elements of the error document; sources are in the profiles.
ANSWERS: list[tuple[str, str | None, str, Mapping[str, str], Mapping[str, str]]] = [
    ("minio", None, "header server", {"server": "MinIO", "x-amz-request-id": "17A2B3C4D5E6F708"}, {}),
    ("minio", "RELEASE.2020-01-03T19-12-21Z", "header server", {"server": "MinIO/RELEASE.2020-01-03T19-12-21Z"}, {}),
    ("seaweedfs", "3.97", "header server", {"server": "SeaweedFS 3.97"}, {}),
    ("seaweedfs", "4.53", "header server", {"server": "SeaweedFS 30GB 4.53"}, {}),
    ("versity", None, "header server", {"server": "VERSITYGW"}, {}),
    ("ozone", None, "header server", {"server": "Ozone"}, {}),
    ("ceph-rgw", "19", "header server", {"server": "Ceph Object Gateway (squid)"}, {}),
    ("ceph-rgw", None, "header server", {"server": "Ceph Object Gateway"}, {}),
    ("ceph-rgw", None, "header server", {"server": "Ceph Object Gateway (zebra)"}, {}),
    (
        "ceph-rgw",
        None,
        "shape of its request ids",
        {"x-amz-request-id": "tx00000000000002ce2efba-00638e54d1-1cd01abb-sgp1b"},
        {},
    ),
    ("swift", None, "header x-openstack-request-id", {"x-openstack-request-id": f"tx{'0' * 21}-0068a1b2c3"}, {}),
    ("swift", None, "shape of its request ids", {"x-amz-request-id": f"tx{'0' * 21}-0068a1b2c3"}, {}),
    ("storagegrid", None, "header x-ntap-sg-trace-id", {"x-ntap-sg-trace-id": "1234"}, {}),
    ("localstack", None, "header x-localstack", {"x-localstack": "true", "server": "TwistedWeb/24.3.0"}, {}),
    ("tigris", None, "header x-tigris-served-from", {"x-tigris-served-from": "fra"}, {}),
    ("dell-ecs", None, "header server", {"server": "ViPR/1.0"}, {}),
    ("alibaba-oss", None, "header server", {"server": "AliyunOSS", "x-oss-request-id": "534B3716"}, {}),
    (
        "rclone",
        None,
        "shape of its request ids",
        {
            "server": "AmazonS3",
            "x-amz-request-id": "05EE9F5366C0981F",
            "x-amz-id-2": base64.b64encode(b"05EE9F5366C0981F" * 4).decode(),
        },
        {},
    ),
    ("garage", None, "shape of its error documents", {}, {"Code": "NoSuchKey", "Region": "garage"}),
    (
        "b2",
        None,
        "shape of its error documents",
        {},
        {"Message": "Unsupported header 'x-amz-sdk-checksum-algorithm' received for this API call."},
    ),
]


def compatible(endpoint_url: str = LOOPBACK, **values: Any) -> S3CompatibleSettings:
    return S3CompatibleSettings.model_validate({"endpoint_url": endpoint_url, **KEYS, **values})


# --- by host -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "family", "region", "addressing"), HOSTS, ids=[each[0] for each in HOSTS])
def test_a_known_host_tells_the_family_and_what_follows(url: str, family: str, region: str, addressing: str) -> None:
    config = compatible(url).to_config()
    assert (config.store_family, config.region, config.addressing) == (family, region, addressing)
    assert (config.recognised_by is None) is (family == "generic")
    assert config.endpoint_url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil-r2.cloudflarestorage.com.example.com",
        "https://s3.fr-par.scw.cloud.example.com",
        "https://examplewasabisys.com",
        "https://s3xwasabisys.com",
        "https://a.b.c.d.r2.cloudflarestorage.com",
    ],
)
def test_hosts_that_only_look_alike_are_nobodys(url: str) -> None:
    assert by_host(url) is None


def test_upper_case_and_a_final_dot_make_no_difference() -> None:
    assert by_host("https://S3.FR-PAR.SCW.CLOUD.") == Recognised("scaleway", None, "host s3.fr-par.scw.cloud", "fr-par")


def test_the_users_word_wins_over_the_host() -> None:
    config = compatible(
        "https://0123.r2.cloudflarestorage.com", region="weur", connection={"addressing": "virtual"}
    ).to_config()
    assert (config.store_family, config.region, config.addressing) == ("r2", "weur", "virtual")
    config = compatible("https://oss-cn-hangzhou.aliyuncs.com", store_family="minio").to_config()
    assert (config.store_family, config.region, config.addressing) == ("minio", "us-east-1", "path")
    assert config.recognised_by == "the setting store_family"
    config = compatible("https://oss-cn-hangzhou.aliyuncs.com", connection={"addressing": "path"}).to_config()
    assert config.addressing == "path"


def test_a_family_that_the_user_names_has_its_rules_at_any_host() -> None:
    config = compatible("https://files.example.com", store_family="r2").to_config()
    assert (config.region, config.addressing) == ("auto", "path")
    config = compatible("https://files.example.com", store_family="alibaba-oss").to_config()
    assert config.addressing == "virtual"
    assert compatible("http://127.0.0.1:9", store_family="alibaba-oss").to_config().addressing == "path"
    config = compatible("https://s3.fr-par.scw.cloud", store_family="scaleway").to_config()
    assert config.region == "fr-par"


def test_a_bucket_with_dots_is_refused_where_the_family_wants_it_in_the_host() -> None:
    with pytest.raises(ValidationError, match="has dots, and TLS certificates do not cover such names"):
        compatible("https://oss-cn-hangzhou.aliyuncs.com", bucket="a.b")


@pytest.mark.parametrize(
    ("settings", "family", "by"),
    [
        (MinioSettings(endpoint_url="https://s3.fr-par.scw.cloud", **KEYS), "minio", "provider minio"),
        (CephRgwSettings(endpoint_url="https://s3.fr-par.scw.cloud", **KEYS), "ceph-rgw", "provider ceph-rgw"),
        (AwsSettings(bucket="lake"), "aws", "provider s3"),
        (AwsSettings(bucket="lake--use1-az4--x-s3"), "aws-express", "bucket lake--use1-az4--x-s3"),
    ],
    ids=["minio", "ceph-rgw", "s3", "express"],
)
def test_the_other_kinds_say_it_themselves(settings: Any, family: str, by: str) -> None:
    config = settings.to_config()
    assert (config.store_family, config.recognised_by) == (family, by)
    assert by_bucket("lake") is None


def test_a_version_needs_a_family() -> None:
    with pytest.raises(ValidationError, match=r"'store_version' says nothing without the store's family"):
        compatible(store_version="18.2")
    with pytest.raises(ValidationError, match="store_version"):
        compatible(store_family="ceph-rgw", store_version="squid")
    config = compatible(store_family="ceph-rgw", store_version="18.2").to_config()
    assert Knowledge(config).capabilities == profiles.profile("ceph-rgw", "18.2")
    assert Knowledge(config).capabilities.put.if_match is UNKNOWN
    minio = MinioSettings(endpoint_url=LOOPBACK, **KEYS, store_version="RELEASE.2025-09-07T16-13-09Z").to_config()
    assert minio.store_version == "RELEASE.2025-09-07T16-13-09Z"


# --- by answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "version", "by", "headers", "error"),
    ANSWERS,
    ids=[f"{each[0]}-{number}" for number, each in enumerate(ANSWERS)],
)
def test_answers_tell_the_family(
    family: str, version: str | None, by: str, headers: Mapping[str, str], error: Mapping[str, str]
) -> None:
    assert by_answer(headers, error) == Recognised(family, version, by)


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"server": "AmazonS3", "x-amz-request-id": "X26NWV0RJ1697SXF", "x-amz-id-2": "a" * 75 + "="}, {}),
        ({"x-amz-request-id": "05EE9F5366C0981F", "x-amz-id-2": "MDVFRTlGNTM2NkMwOTgx" * 4 + "RTlGNT=="}, {}),
        ({"server": "nginx", "x-amz-request-id": "not-a-known-shape"}, {}),
        ({"server": "NotMinIO"}, {}),
        ({"x-localstack": "false"}, {}),
        ({}, {"Code": "NoSuchBucket", "BucketName": "lake", "HostId": "base64=="}),
        ({}, {"Code": "AuthorizationHeaderMalformed", "Region": "eu-central-1"}),
        ({}, {}),
    ],
)
def test_what_anybody_may_send_tells_nothing(headers: Mapping[str, str], error: Mapping[str, str]) -> None:
    assert by_answer(headers, error) is None


def test_a_header_counts_more_than_the_shape_of_ids() -> None:
    ids = {"x-amz-request-id": f"tx{'0' * 21}-0068a1b2c3-1a2b-default"}
    found = by_answer({**ids, "x-localstack": "true"}, {"Region": "garage"})
    assert found is not None
    assert found.family == "localstack"


# --- what is known of a store --------------------------------------------------------------------------------------

MINIO = {"server": "MinIO"}
RGW_IDS = {"x-amz-request-id": f"tx{'0' * 21}-0068a1b2c3-1a2b-default"}


def test_an_answer_replaces_the_profile_where_nothing_told_the_family() -> None:
    knowledge = Knowledge(compatible(capabilities={"put.if_match": "no"}).to_config())
    knowledge.learn({"delete.batch": "no", "put.if_match": "yes"}, Evidence(Source.OBSERVED))
    before = knowledge.capabilities
    knowledge.see({"server": "nginx"})
    assert knowledge.capabilities is before
    knowledge.see(MINIO)
    assert (knowledge.family, knowledge.recognised_by, knowledge.curious) == ("minio", "header server", False)
    known = knowledge.capabilities
    assert (known.put.if_absent, known.put.if_match, known.delete.batch) == (YES, NO, NO)
    assert known.evidence("put.if_absent").source is Source.PROFILE
    assert before.put.if_absent is UNKNOWN


def test_the_first_answer_that_tells_decides() -> None:
    knowledge = Knowledge(compatible().to_config())
    knowledge.see(MINIO)
    knowledge.see(RGW_IDS)
    assert knowledge.family == "minio"


def test_only_the_first_successes_are_looked_at_and_some_more_errors() -> None:
    knowledge = Knowledge(compatible().to_config())
    for _ in range(8):
        assert knowledge.curious
        knowledge.see({"server": "nginx"})
    assert not knowledge.curious
    knowledge.see({}, {"Region": "garage"})
    assert knowledge.family == "garage"


def test_a_store_that_shows_nothing_in_many_errors_is_left_alone() -> None:
    knowledge = Knowledge(compatible().to_config())
    for _ in range(32):
        knowledge.see({}, {"Code": "NoSuchKey"})
    knowledge.see(MINIO, {"Code": "NoSuchKey"})
    knowledge.see(MINIO)
    assert knowledge.family == "generic"


@pytest.mark.parametrize(
    "settings",
    [
        MinioSettings(endpoint_url=LOOPBACK, **KEYS),
        compatible(store_family="swift"),
    ],
    ids=["kind", "setting"],
)
def test_the_users_word_stands_against_an_answer_with_one_warning(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = settings.to_config()
    knowledge = Knowledge(config, "lake")
    before = knowledge.capabilities
    with caplog.at_level(logging.WARNING, logger="holdall.store"):
        knowledge.see(RGW_IDS)
        knowledge.see(RGW_IDS)
        knowledge.see(RGW_IDS, {"Code": "NoSuchKey"})
    assert knowledge.capabilities is before
    assert knowledge.family == config.store_family
    [record] = caplog.records
    assert record.getMessage().startswith("store lake is set up as ")
    assert "answers like Ceph object gateway (shape of its request ids)" in record.getMessage()


@pytest.mark.parametrize(
    "settings",
    [compatible("https://fra1.digitaloceanspaces.com"), compatible(store_family="digitalocean")],
    ids=["host", "setting"],
)
def test_a_service_that_runs_anothers_software_is_no_contradiction(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    knowledge = Knowledge(settings.to_config())
    knowledge.see(RGW_IDS)
    assert knowledge.family == "digitalocean"
    assert not caplog.records


def test_a_test_double_may_stand_in_for_any_store(caplog: pytest.LogCaptureFixture) -> None:
    knowledge = Knowledge(MinioSettings(endpoint_url=LOOPBACK, **KEYS).to_config())
    knowledge.see({"x-localstack": "true"})
    assert knowledge.family == "minio"
    assert not caplog.records


def test_a_version_is_taken_from_answers_unless_the_user_says_it() -> None:
    squid = {"server": "Ceph Object Gateway (squid)"}
    read = Knowledge(CephRgwSettings(endpoint_url=LOOPBACK, **KEYS).to_config())
    read.see(squid)
    assert (read.version, read.capabilities.multipart.complete_if_match) == ("19", UNKNOWN)
    assert read.recognised_by == "provider ceph-rgw"
    said = Knowledge(CephRgwSettings(endpoint_url=LOOPBACK, **KEYS, store_version="16.2.15").to_config())
    said.see(squid)
    assert (said.version, said.capabilities.multipart.complete_if_match) == ("16.2.15", NO)


# --- real servers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHOSEN)
def test_real_servers_are_recognised_by_their_first_answer(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    provider = provider_on(server_named(name), store_family=None)
    before = provider.info
    provider.put("key", b"one", PutOptions())
    after = provider.info
    assert (before.family, before.recognised_by) == ("generic", None)
    assert after.family == name
    assert after.recognised_by is not None
    assert after.recognised_by.startswith(("header ", "shape of its request ids"))
    assert provider.capabilities == profiles.profile(name)


@pytest.mark.parametrize("name", CHOSEN)
def test_real_servers_are_recognised_by_an_error(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    provider = provider_on(server_named(name), store_family=None)
    with pytest.raises(ObjectNotFound):
        provider.head("missing", HeadOptions())
    assert provider.info.family == name


@pytest.mark.parametrize("name", CHOSEN)
def test_recognition_changes_neither_credentials_nor_where_requests_go(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    server = server_named(name)
    provider = provider_on(server, store_family=None)
    before = (provider.raw_client.meta.endpoint_url, provider.raw_client.meta.region_name, provider.raw_client)
    provider.list_page(ListOptions())
    assert provider.info.family == name
    assert (provider.raw_client.meta.endpoint_url, provider.raw_client.meta.region_name, provider.raw_client) == before
    assert provider.info.endpoint == server.endpoint_url


def test_buckets_of_one_store_share_what_is_known(
    swift_server: S3Server, provider_on: MakeProvider, fresh_bucket: Callable[[S3Server], str]
) -> None:
    provider = provider_on(swift_server, store_family=None)
    with closing(provider.bind(fresh_bucket(swift_server))) as other:
        other.list_page(ListOptions())
    assert isinstance(other, S3Provider)
    assert provider.info.family == other.info.family == "swift"
