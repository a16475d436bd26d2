"""Clients: one per process, one attempt per call, and nothing in the surroundings that changes where requests go."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ProxyConnectionError

from holdall.errors import InvalidConfiguration, InvalidEndpoint, InvalidRequest, MissingExtra
from holdall_s3 import kinds
from holdall_s3.client import S3Clients
from holdall_s3.session import make_client
from holdall_s3.settings import AwsSettings, S3CompatibleSettings
from tests.providers.s3.fake_aws import FakeAws, run_fake_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import S3Server


@contextmanager
def clients_for(server: S3Server, **settings: Any) -> Iterator[S3Clients]:
    values = {
        "endpoint_url": server.endpoint_url,
        "region": server.region,
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
    } | settings
    with closing(S3Clients(S3CompatibleSettings.model_validate(values).to_config(), "lake")) as made:
        yield made


@contextmanager
def aws_clients(**settings: Any) -> Iterator[S3Clients]:
    values = {"region": "us-east-1", "access_key_id": "id", "secret_access_key": "secret"} | settings
    with closing(S3Clients(AwsSettings.model_validate(values).to_config(), "lake")) as made:
        yield made


def sent_by(client: Any, call: Callable[[Any], Any]) -> Any:
    """The first HTTP request of a call, which is stopped before it leaves."""
    caught: list[Any] = []

    def stop(request: Any, **_: Any) -> None:
        caught.append(request)
        raise InterruptedError

    client.meta.events.register("before-send.s3", stop)
    with pytest.raises(InterruptedError):
        call(client)
    client.meta.events.unregister("before-send.s3", stop)
    return caught[0]


# --- one per process ---------------------------------------------------------------------------------------------


def test_threads_share_one_client(swift_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def slow_make(*arguments: Any, **more: Any) -> Any:
        time.sleep(0.05)
        made.append(make_client(*arguments, **more))
        return made[-1]

    monkeypatch.setattr("holdall_s3.client.make_client", slow_make)
    gate = threading.Barrier(8)
    with clients_for(swift_server) as clients, ThreadPoolExecutor(8) as pool:

        def first_use(_: int) -> Any:
            gate.wait(10)
            return clients.client()

        found = list(pool.map(first_use, range(8)))
    assert len(made) == 1
    assert all(client is made[0] for client in found)


def test_what_a_client_is_made_from_is_read_once_for_all_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    def folders(clients: S3Clients) -> list[str]:
        client: Any = clients.client()
        return list(client._loader.search_paths)

    with aws_clients() as first:
        known = folders(first)

    def no_more(_: Any, path: str) -> None:
        pytest.fail(f"{path} is read again")

    monkeypatch.setattr("botocore.loaders.JSONFileLoader.load_file", no_more)
    with aws_clients(region="eu-central-1") as second:
        assert folders(second) == known


FORK = """
import os, sys
from holdall_s3.client import S3Clients
from holdall_s3.session import make_client
from holdall_s3.settings import S3CompatibleSettings

endpoint, key_id, secret = sys.argv[1:]
settings = S3CompatibleSettings(endpoint_url=endpoint, access_key_id=key_id, secret_access_key=secret)
clients = S3Clients(settings.to_config(), "lake")
parents = clients.client()
parents.list_buckets()
clients._state().lock.acquire()  # as if another thread were making a client at this moment
child = os.fork()
if child == 0:
    mine = clients.client()
    mine.list_buckets()
    os._exit(0 if mine is not parents and clients.client() is mine else 9)
clients._state().lock.release()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert clients.client() is parents
parents.list_buckets()
print("done")
"""


def test_a_forked_child_makes_its_own(swift_server: S3Server) -> None:
    arguments = [swift_server.endpoint_url, swift_server.access_key_id, swift_server.secret_access_key]
    done = subprocess.run(
        [sys.executable, "-c", FORK, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_closing_twice_and_using_afterwards(swift_server: S3Server) -> None:
    with clients_for(swift_server) as clients:
        clients.client().list_buckets()
        clients.close()
        clients.close()
        for use in (clients.client, clients.presign_client):
            with pytest.raises(InvalidRequest, match="was closed"):
                use()


# --- what a client sends -----------------------------------------------------------------------------------------


def test_real_signatures_are_accepted(s3_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> None:
    bucket = fresh_bucket(s3_server)
    with clients_for(s3_server) as clients:
        clients.client().put_object(Bucket=bucket, Key="a b", Body=b"one")
        assert clients.client().get_object(Bucket=bucket, Key="a b")["Body"].read() == b"one"


def test_a_wrong_secret_is_not(swift_server: S3Server) -> None:
    with clients_for(swift_server, secret_access_key="wrong") as clients, pytest.raises(ClientError) as caught:
        clients.client().list_buckets()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_who_is_calling(moto_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.11")
    with clients_for(moto_server) as clients:
        request = sent_by(clients.client(), lambda client: client.list_buckets())
    products = request.headers["User-Agent"].decode().split()
    assert [products[0], *products[-2:]] == [
        f"Boto3/{boto3.__version__}",
        f"Botocore/{botocore.__version__}",
        f"holdall/{version('holdall')}",
    ]
    assert len(products) == len(set(products))
    assert "exec-env/AWS_Lambda_python3.11" in products


def test_an_applications_own_id_is_told(moto_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "night-report")
    with clients_for(moto_server) as clients:
        request = sent_by(clients.client(), lambda client: client.list_buckets())
    products = request.headers["User-Agent"].decode().split()
    assert {"app/night-report", f"holdall/{version('holdall')}"} <= set(products)


@pytest.mark.parametrize(("policy", "sends"), [("when_required", False), ("when_supported", True)])
def test_checksums_follow_the_store_and_not_the_environment(
    policy: str, *, sends: bool, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    opposite = "when_supported" if policy == "when_required" else "when_required"
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", opposite)
    monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", opposite)
    with clients_for(moto_server, checksums=policy) as clients:
        put = sent_by(clients.client(), lambda client: client.put_object(Bucket="bucket", Key="k", Body=b"x"))
        get = sent_by(clients.client(), lambda client: client.get_object(Bucket="bucket", Key="k"))
    assert ("x-amz-checksum-crc32" in put.headers) is sends
    assert ("x-amz-checksum-mode" in get.headers) is sends


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://bucket.s3.us-east-1.amazonaws.com/k"),
        ({"connection": {"addressing": "path"}}, "https://s3.us-east-1.amazonaws.com/bucket/k"),
        ({"connection": {"addressing": "virtual"}}, "https://bucket.s3.us-east-1.amazonaws.com/k"),
        ({"accelerate": True}, "https://bucket.s3-accelerate.amazonaws.com/k"),
        ({"accelerate": True, "dualstack": True}, "https://bucket.s3-accelerate.dualstack.amazonaws.com/k"),
        ({"fips": True}, "https://bucket.s3-fips.us-east-1.amazonaws.com/k"),
        ({"dualstack": True, "region": "eu-west-1"}, "https://bucket.s3.dualstack.eu-west-1.amazonaws.com/k"),
        ({"endpoint_url": "https://private.example.com"}, "https://private.example.com/bucket/k"),
    ],
)
def test_where_requests_to_aws_go(settings: dict[str, Any], url: str) -> None:
    with aws_clients(**settings) as clients:
        request = sent_by(clients.client(), lambda client: client.get_object(Bucket="bucket", Key="k"))
    assert request.url == url


@pytest.mark.parametrize(("name", "part"), [("FIPS", "s3-fips."), ("DUALSTACK", "dualstack.")])
def test_what_the_environment_says_of_aws_endpoints_holds_for_aws(
    name: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"AWS_USE_{name}_ENDPOINT", "true")
    for settings, follows in ({}, True), ({name.lower(): False}, False):
        with aws_clients(**settings) as clients:
            request = sent_by(clients.client(), lambda client: client.get_object(Bucket="bucket", Key="k"))
        assert (part in request.url) is follows


def test_virtual_addressing_of_other_stores() -> None:
    settings = S3CompatibleSettings.model_validate(
        {
            "endpoint_url": "https://s3.example.com",
            "access_key_id": "id",
            "secret_access_key": "secret",
            "connection": {"addressing": "virtual"},
        }
    )
    with closing(S3Clients(settings.to_config())) as clients:
        request = sent_by(clients.client(), lambda client: client.get_object(Bucket="bucket", Key="k"))
    assert request.url == "https://bucket.s3.example.com/k"


def test_pool_and_time_outs(moto_server: S3Server) -> None:
    connection = {"connect_timeout": 3, "read_timeout": 4, "max_connections": 7}
    with clients_for(moto_server, connection=connection) as clients:
        config = clients.client().meta.config
    found = (config.connect_timeout, config.read_timeout, config.max_pool_connections)  # type: ignore[attr-defined]
    assert found == (3, 4, 7)


# --- the surroundings --------------------------------------------------------------------------------------------


@pytest.fixture
def hostile_surroundings(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[default]\nregion = mars-1\nendpoint_url = http://127.0.0.1:1\nca_bundle = /nowhere\n"
        "s3 =\n  addressing_style = virtual\n  use_accelerate_endpoint = true\n"
    )
    (home / ".aws/credentials").write_text("[default]\naws_access_key_id = x\naws_secret_access_key = y\n")
    for name, value in {
        "AWS_PROFILE": "not-there",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_REGION": "mars-1",
        "AWS_DEFAULT_REGION": "mars-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_SESSION_TOKEN": "z",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy",
        "AWS_MAX_ATTEMPTS": "9",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("hostile_surroundings")
def test_nothing_of_awss_touches_a_store_that_is_not_aws(swift_server: S3Server) -> None:
    with clients_for(swift_server) as clients:
        client = clients.client()
        bucket = f"surrounded-{time.monotonic_ns()}"
        client.create_bucket(Bucket=bucket)
        client.delete_bucket(Bucket=bucket)
        assert client.meta.endpoint_url == swift_server.endpoint_url
        assert client.meta.region_name == swift_server.region


def test_a_configured_https_endpoint_of_aws_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://private.example.com")
    with aws_clients() as clients:
        assert clients.client().meta.endpoint_url == "https://private.example.com"
    with aws_clients(endpoint_url="https://own.example.com") as clients:
        assert clients.client().meta.endpoint_url == "https://own.example.com"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_a_configured_http_endpoint_of_aws_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:4566")
    with aws_clients() as clients, pytest.raises(InvalidEndpoint, match="plain http") as caught:
        clients.client()
    assert (caught.value.store, caught.value.provider) == ("lake", "s3")


def test_settings_that_botocore_does_not_take_are_a_configuration_error() -> None:
    with aws_clients(region="no_region!"[:9]) as clients, pytest.raises(InvalidConfiguration, match="no_region"):
        clients.client()


def test_proxies_are_the_environments_unless_the_store_says_otherwise(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with clients_for(moto_server) as clients, pytest.raises(ProxyConnectionError):
        clients.client().list_buckets()
    with clients_for(moto_server, connection={"proxies": {}}) as clients:
        clients.client().list_buckets()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[FakeAws]:
    with run_fake_aws(tmp_path) as fake:
        fake.buckets = {"bucket": "us-east-1"}
        yield fake


@pytest.mark.parametrize("status", [500, 503])
def test_one_attempt_whatever_the_environment_says(status: int, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    aws.failures = [status] * 4
    connection = {"ca_bundle": aws.ca_bundle, "proxies": {"https": aws.proxy_url}}
    with aws_clients(connection=connection) as clients, pytest.raises(ClientError):
        clients.client().get_object(Bucket="bucket", Key="k")
    assert len(aws.requests) == 1


MOCKED = """
from contextlib import closing
from moto import mock_aws
from holdall_s3.client import S3Clients
from holdall_s3.settings import AwsSettings

with mock_aws(), closing(S3Clients(AwsSettings(region="us-east-1").to_config())) as clients:
    client = clients.client()
    client.create_bucket(Bucket="mocked")
    client.put_object(Bucket="mocked", Key="k", Body=b"one")
    print(client.get_object(Bucket="mocked", Key="k")["Body"].read().decode())
"""


def test_motos_mock_is_not_gone_past() -> None:
    # In a process of its own: the mock forgets all data of this one's moto server when it begins.
    done = subprocess.run([sys.executable, "-c", MOCKED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "one\n"), done.stderr


# --- presigned URLs ----------------------------------------------------------------------------------------------


def test_presigned_urls_are_of_version_4_and_work(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]
) -> None:
    bucket = fresh_bucket(swift_server)
    with clients_for(swift_server) as clients:
        clients.client().put_object(Bucket=bucket, Key="k", Body=b"one")
        assert clients.presign_client() is clients.client()
        url = clients.presign_client().generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    with urlopen(url, timeout=10) as answer:
        assert answer.read() == b"one"


def test_presigning_for_aws_is_of_version_4_too() -> None:
    with aws_clients(region="us-east-1") as clients:
        client = clients.presign_client()
        url = client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
        form = client.generate_presigned_post("bucket", "k")
    assert url.startswith("https://bucket.s3.us-east-1.amazonaws.com/k?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    assert "%2Fus-east-1%2Fs3%2Faws4_request" in url
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_keys_are_signed_as_they_are() -> None:
    plain = boto3.session.Session().client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="id",
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"}),
    )
    with aws_clients() as clients, closing(plain):

        def presign(client: Any) -> Any:
            return client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "a//b/../c d+é"})

        pairs = [(presign(clients.presign_client()), presign(plain)) for _ in range(5)]
    # The time is part of a signature; of five pairs one at least falls into one second.
    assert any(ours == plains for ours, plains in pairs)


def test_presigned_urls_may_point_elsewhere(moto_server: S3Server) -> None:
    connection = {"public_endpoint_url": "https://files.example.com"}
    with clients_for(moto_server, connection=connection) as clients:
        assert clients.client().meta.endpoint_url == moto_server.endpoint_url
        url = clients.presign_client().generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
        assert clients.presign_client() is clients.presign_client()
    assert url.startswith("https://files.example.com/bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256")


# --- the extra ---------------------------------------------------------------------------------------------------


def test_without_boto3_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtra) as caught:
        kinds.S3.open(AwsSettings(), "lake")
    assert caught.value.hint == "pip install 'holdall[s3]'"


def test_the_kinds_load_no_boto3() -> None:
    program = "import holdall_s3.kinds, sys; print({'boto3', 'botocore'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
