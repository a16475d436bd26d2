"""Buckets that are in another region than the settings say. The server is a fake, see `fake_aws.py`."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from holdall.errors import MissingRegion
from holdall_s3.client import S3Clients
from holdall_s3.settings import AwsSettings
from tests.providers.s3.fake_aws import FakeAws, run_fake_aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EAST, CENTRAL = "us-east-1", "eu-central-1"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[FakeAws]:
    with run_fake_aws(tmp_path) as fake:
        fake.buckets = {"here": EAST, "there": CENTRAL, "also-there": CENTRAL}
        yield fake


@pytest.fixture
def clients(aws: FakeAws) -> Iterator[S3Clients]:
    settings = AwsSettings.model_validate(
        {
            "region": EAST,
            "access_key_id": "id",
            "secret_access_key": "secret",
            "connection": {"ca_bundle": aws.ca_bundle, "proxies": {"https": aws.proxy_url}},
        }
    )
    with closing(S3Clients(settings.to_config(), "lake")) as made:
        yield made


def statuses(aws: FakeAws) -> list[int]:
    return [status for *_, status in aws.requests]


def test_a_bucket_in_its_region_is_asked_once(aws: FakeAws, clients: S3Clients) -> None:
    clients.client().head_object(Bucket="here", Key="k")
    assert aws.requests == [("HEAD", "here.s3.us-east-1.amazonaws.com", EAST, 200)]


@pytest.mark.parametrize("body", [b"all of it", io.BytesIO(b"all of it")], ids=["bytes", "file"])
def test_a_write_to_the_wrong_region_is_repeated_in_the_right_one(aws: FakeAws, clients: S3Clients, body: Any) -> None:
    clients.client().put_object(Bucket="there", Key="k", Body=body)
    assert aws.requests == [
        ("PUT", "there.s3.us-east-1.amazonaws.com", EAST, 301),
        ("PUT", "there.s3.eu-central-1.amazonaws.com", CENTRAL, 200),
    ]
    assert aws.objects == {"there/k": b"all of it"}


@pytest.mark.parametrize("operation", ["head_object", "get_object"])
def test_reads_likewise(aws: FakeAws, clients: S3Clients, operation: str) -> None:
    getattr(clients.client(), operation)(Bucket="there", Key="k")
    assert statuses(aws) == [301, 200]


def test_the_region_is_remembered_per_bucket(aws: FakeAws, clients: S3Clients) -> None:
    client = clients.client()
    client.head_object(Bucket="there", Key="k")
    aws.requests.clear()
    client.head_object(Bucket="there", Key="other")
    client.head_object(Bucket="here", Key="k")
    client.head_object(Bucket="also-there", Key="k")
    assert statuses(aws) == [200, 200, 301, 200]


def test_where_the_answer_does_not_tell_the_region_the_bucket_is_asked(aws: FakeAws, clients: S3Clients) -> None:
    aws.tell_region = False
    clients.client().get_object(Bucket="there", Key="k")
    assert [(method, status) for method, _, _, status in aws.requests] == [
        ("GET", 301),
        ("HEAD", 301),
        ("HEAD", 200),
        ("GET", 200),
    ]


def test_a_failure_after_the_redirect_is_not_retried(aws: FakeAws, clients: S3Clients) -> None:
    client = clients.client()
    client.head_object(Bucket="there", Key="k")
    aws.requests.clear()
    aws.failures = [503]
    with pytest.raises(ClientError):
        client.get_object(Bucket="there", Key="k")
    assert statuses(aws) == [503]


@pytest.mark.usefixtures("aws")
def test_presigned_urls_use_the_region_that_was_learned(clients: S3Clients) -> None:
    clients.client().head_object(Bucket="there", Key="k")
    url = clients.presign_client().generate_presigned_url("get_object", {"Bucket": "there", "Key": "k"})
    assert url.startswith("https://there.s3.eu-central-1.amazonaws.com/k?")
    assert "%2Feu-central-1%2Fs3%2F" in url


# --- the store's own region --------------------------------------------------------------------------------------


def region_of(**settings: Any) -> str:
    values = {"access_key_id": "id", "secret_access_key": "secret"} | settings
    with closing(S3Clients(AwsSettings.model_validate(values).to_config())) as clients:
        return clients.client().meta.region_name


def test_a_store_in_aws_without_a_region_is_refused() -> None:
    with pytest.raises(MissingRegion, match="no region is known") as caught:
        region_of()
    assert "AWS_REGION" in str(caught.value)


def test_the_region_may_come_from_the_shared_files(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[default]\nregion = eu-west-3\n[profile dev]\nregion = eu-north-1\n")
    assert region_of() == "eu-west-3"
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert region_of() == "eu-north-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert region_of() == "ap-south-1"
    assert region_of(region=CENTRAL) == CENTRAL


def test_the_region_variables_are_settings_of_the_kind() -> None:
    assert AwsSettings.environment["AWS_REGION"] == AwsSettings.environment["AWS_DEFAULT_REGION"] == "region"
    assert list(AwsSettings.environment).index("AWS_REGION") < list(AwsSettings.environment).index("AWS_DEFAULT_REGION")
