"""The engine `direct` with AWS's settings: regions, checksums that nobody asked for, TLS. The server is a fake."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.models import ChecksumAlgorithm
from holdall_s3.direct.engine import DirectEngine
from holdall_s3.provider import S3Provider
from holdall_s3.sdk import SdkEngine
from holdall_s3.settings import AwsSettings, S3CompatibleSettings
from tests.providers.s3.fake_aws import FakeAws, run_fake_aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EAST, CENTRAL = "us-east-1", "eu-central-1"


class Source(io.BytesIO):
    def __len__(self) -> int:
        return len(self.getvalue())


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[FakeAws]:
    with run_fake_aws(tmp_path) as fake:
        fake.buckets = {"here": EAST, "there": CENTRAL, "also-there": CENTRAL}
        yield fake


@pytest.fixture
def account(aws: FakeAws) -> Iterator[S3Provider]:
    values = {
        "engine": "direct",
        "region": EAST,
        "access_key_id": "id",
        "secret_access_key": "secret",
        "connection": {"ca_bundle": aws.ca_bundle, "proxies": {"https": aws.proxy_url}},
    }
    with closing(S3Provider(AwsSettings.model_validate(values).to_config(), "lake")) as made:
        yield made


def test_a_bucket_in_its_region_is_asked_once(aws: FakeAws, account: S3Provider) -> None:
    account.bind("here").head("k", opt.HEAD)
    assert aws.requests == [("HEAD", "here.s3.us-east-1.amazonaws.com", EAST, 200)]


@pytest.mark.parametrize("body", [b"all of it", Source(b"all of it")], ids=["bytes", "source"])
def test_a_write_to_the_wrong_region_is_repeated_in_the_right_one(aws: FakeAws, account: S3Provider, body: Any) -> None:
    account.bind("there").put("k", body, opt.PUT)
    assert aws.requests == [
        ("PUT", "there.s3.us-east-1.amazonaws.com", EAST, 301),
        ("PUT", "there.s3.eu-central-1.amazonaws.com", CENTRAL, 200),
    ]
    assert aws.objects == {"there/k": b"all of it"}


def test_the_region_is_remembered_per_bucket_and_for_the_control_plane(aws: FakeAws, account: S3Provider) -> None:
    account.bind("there").head("k", opt.HEAD)
    aws.requests.clear()
    account.bind("there").head("other", opt.HEAD)
    account.bind("here").head("k", opt.HEAD)
    account.bind("also-there").head("k", opt.HEAD)
    assert [status for *_, status in aws.requests] == [200, 200, 301, 200]
    url = account.bind("there").presign("k", opt.PresignOptions()).url
    assert url.startswith("https://there.s3.eu-central-1.amazonaws.com/k?")


def test_where_the_answer_does_not_tell_the_region_the_bucket_is_asked(aws: FakeAws, account: S3Provider) -> None:
    aws.tell_region = False
    account.bind("there").get("k", opt.GET).close()
    assert aws.requests[0] == ("GET", "there.s3.us-east-1.amazonaws.com", EAST, 301)
    assert aws.requests[-1] == ("GET", "there.s3.eu-central-1.amazonaws.com", CENTRAL, 200)
    assert [method for method, *_ in aws.requests].count("GET") == 2


@pytest.mark.parametrize("status", [500, 503])
def test_one_attempt(status: int, aws: FakeAws, account: S3Provider) -> None:
    aws.failures = [status] * 4
    with pytest.raises(e.ServerError):
        account.bind("here").get("k", opt.GET)
    assert len(aws.requests) == 1


def test_a_region_that_is_no_name_is_not_followed(
    aws: FakeAws, account: S3Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(aws.buckets, "here", "evil.example.com/#")
    with pytest.raises(e.WrongRegion):
        account.bind("here").get("k", opt.GET)
    assert len(aws.requests) == 1


def test_the_server_must_be_who_it_says(aws: FakeAws) -> None:
    values = {
        "engine": "direct",
        "region": EAST,
        "access_key_id": "id",
        "secret_access_key": "secret",
        "bucket": "here",
        "connection": {"proxies": {"https": aws.proxy_url}},
    }
    with (
        closing(S3Provider(AwsSettings.model_validate(values).to_config())) as provider,
        pytest.raises(e.TlsError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        provider.head("k", opt.HEAD)
    assert aws.requests == []


class Kept:
    """Stands before a transport, and keeps the headers that go through it."""

    def __init__(self, provider: S3Provider) -> None:
        self._channel = provider._clients.channel()
        self._transport = self._channel.transport
        self._channel.transport = self
        self.headers: dict[str, str] = {}

    def send(self, origin: Any, method: str, target: str, headers: Any, body: Any) -> Any:
        self.headers = dict(headers)
        return self._transport.send(origin, method, target, headers, body)

    def close(self) -> None:
        self._transport.close()


def test_aws_is_sent_checksums_that_nobody_asked_for(account: S3Provider) -> None:
    kept, bucket = Kept(account), account.bind("here")
    bucket.put("k", b"hello", opt.PUT)
    assert kept.headers["x-amz-checksum-crc32"] == "NhCmhg=="
    assert kept.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    bucket.put("k", Source(b"hello"), opt.PUT)
    assert kept.headers["x-amz-trailer"] == "x-amz-checksum-crc32"
    assert kept.headers["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    bucket.put("k", b"hello", opt.PutOptions(content_md5="XUFAKrxLKna5cZ2REBfFkg=="))
    assert "x-amz-checksum-crc32" not in kept.headers
    bucket.put("k", b"hello", opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.SHA1))
    assert kept.headers["x-amz-checksum-sha1"] == "qvTGHdzF6KLavt4PO0gs2a6pQ00="
    assert "x-amz-checksum-crc32" not in kept.headers
    bucket.get("k", opt.GET).close()
    assert kept.headers["x-amz-checksum-mode"] == "ENABLED"


# --- which engine ------------------------------------------------------------------------------------------------


def chosen(bucket: str, **settings: Any) -> type:
    values = {"region": EAST, "access_key_id": "id", "secret_access_key": "secret", "bucket": bucket, **settings}
    config = AwsSettings.model_validate(values).to_config()
    with closing(S3Provider(config)) as provider:
        return type(provider._engines.choose())


@pytest.mark.parametrize(
    "settings",
    [{}, {"accelerate": True}, {"fips": True}, {"dualstack": True}, {"endpoint_url": "https://private.example.com"}],
)
def test_ordinary_endpoints_are_reached_directly(settings: dict[str, Any]) -> None:
    assert chosen("bucket", **settings) is DirectEngine
    assert chosen("bucket", engine="sdk", **settings) is SdkEngine


@pytest.mark.parametrize(
    "bucket",
    [
        "bucket--use1-az4--x-s3",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/one",
        "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
    ],
)
def test_others_are_not(bucket: str) -> None:
    assert chosen(bucket) is SdkEngine
    with pytest.raises(e.InvalidConfiguration, match="ordinary endpoint"):
        chosen(bucket, engine="direct")


@pytest.mark.parametrize(("addressing", "base"), [("path", "/bucket"), ("virtual", "")])
def test_where_the_bucket_goes(addressing: str, base: str) -> None:
    values = {
        "endpoint_url": "http://s3.example.com:9000",
        "access_key_id": "id",
        "secret_access_key": "secret",
        "connection": {"addressing": addressing},
    }
    with closing(S3Provider(S3CompatibleSettings.model_validate(values).to_config())) as provider:
        found = provider._clients.channel().endpoint("bucket")
    assert found is not None
    host = "s3.example.com" if addressing == "path" else "bucket.s3.example.com"
    assert (found.host, found.base, found.region) == (f"{host}:9000", base, "us-east-1")


MOCKED = """
from contextlib import closing
from moto import mock_aws
from holdall import options as opt
from holdall_s3.choice import motos_mock_is_active
from holdall_s3.provider import S3Provider
from holdall_s3.settings import AwsSettings

config = AwsSettings(region="us-east-1", bucket="mocked", engine="auto").to_config()
assert not motos_mock_is_active()
with mock_aws(), closing(S3Provider(config)) as provider:
    assert motos_mock_is_active()
    provider.create_bucket("mocked", opt.CREATE_BUCKET)
    provider.put("k", b"one", opt.PUT)
    print(provider.get("k", opt.GET).read().decode())
assert not motos_mock_is_active()
"""


def test_auto_does_not_go_past_motos_mock() -> None:
    # In a process of its own: the mock forgets all data of this one's moto server when it begins.
    done = subprocess.run([sys.executable, "-c", MOCKED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "one\n"), done.stderr
