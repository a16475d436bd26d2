"""What an S3 store tells about itself when something does not work."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from holdall.diagnosis import Diagnosable
from holdall.errors import (
    ConnectionFailed,
    CredentialsNotFound,
    DnsResolutionFailed,
    InvalidTimestamp,
    MissingRegion,
    StorageError,
)
from holdall_s3 import diagnose
from holdall_s3.provider import S3Provider
from holdall_s3.settings import AwsSettings, S3CompatibleSettings

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from tests.servers import S3Server

AWS = {"region": "eu-central-1", "bucket": "some-bucket"}
KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "never-shown"}


def answers(provider: S3Provider) -> dict[str, str | StorageError]:
    """Every question's answer, or the error that it raised."""

    def answer(run: Any) -> str | StorageError:
        try:
            return str(run())
        except StorageError as error:
            return error

    assert isinstance(provider, Diagnosable)
    return {probe.name: answer(probe.run) for probe in provider.diagnose()}


def aws(**settings: Any) -> S3Provider:
    return S3Provider(AwsSettings.model_validate(AWS | settings).to_config(), "aws")


def compatible(server: S3Server, **settings: Any) -> S3Provider:
    values = {
        "endpoint_url": server.endpoint_url,
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
        "bucket": "no-such-bucket",
    } | settings
    return S3Provider(S3CompatibleSettings.model_validate(values).to_config(), "cloud")


def test_a_store_that_works(provider: S3Provider, s3_server: S3Server) -> None:
    found = answers(provider)
    assert list(found) == ["credentials", "name", "endpoint", "clock"]
    assert str(found["credentials"]).startswith(f"key {diagnose.masked(s3_server.access_key_id)} from ")
    assert found["name"] == "127.0.0.1 is an address; no name has to be resolved"
    assert str(found["endpoint"]).startswith(f"{s3_server.endpoint_url} answers over plain http")
    software = "it calls itself Werkzeug" if s3_server.name == "moto" else "it does not tell its software"
    assert software in str(found["endpoint"])
    assert str(found["clock"]).startswith("within ")
    for text in map(str, found.values()):
        assert s3_server.secret_access_key not in text
        assert s3_server.access_key_id not in text


def test_a_refusal_is_an_answer_too(s3_server: S3Server) -> None:
    with closing(compatible(s3_server)) as provider:
        assert str(answers(provider)["endpoint"]).startswith(s3_server.endpoint_url)


def test_an_account_is_asked_for_its_buckets(s3_server: S3Server) -> None:
    with closing(compatible(s3_server, bucket=None)) as provider:
        assert str(answers(provider)["endpoint"]).startswith(s3_server.endpoint_url)


def test_nobody_listens(swift_server: S3Server) -> None:
    with closing(compatible(swift_server, endpoint_url="http://127.0.0.1:9")) as provider:
        assert isinstance(answers(provider)["endpoint"], ConnectionFailed)


def test_a_host_without_an_address_unless_a_proxy_looks_for_it(
    swift_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    url = "http://no-such-host.invalid:9000"
    with closing(compatible(swift_server, endpoint_url=url)) as provider:
        assert isinstance(answers(provider)["name"], DnsResolutionFailed)
    proxy = {"proxies": {"http": "http://user:password@127.0.0.1:9"}}
    with closing(compatible(swift_server, endpoint_url=url, connection=proxy)) as provider:
        assert answers(provider)["name"] == "no-such-host.invalid is reached through a proxy"


@pytest.mark.parametrize(("minutes", "words"), [(20, "ahead of"), (-20, "behind")])
def test_a_clock_that_is_wrong(minutes: int, words: str, provider: S3Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        @staticmethod
        def now(tz: tzinfo) -> datetime:
            return datetime.now(tz) + timedelta(minutes=minutes)

    monkeypatch.setattr(diagnose, "datetime", Clock)
    error = answers(provider)["clock"]
    assert isinstance(error, InvalidTimestamp)
    assert f"seconds {words} the store's" in error.message


def test_anonymous_is_said_so(s3_server: S3Server) -> None:
    keys = {"access_key_id": None, "secret_access_key": None, "credentials": {"type": "anonymous"}}
    with closing(compatible(s3_server, **keys)) as provider:
        assert answers(provider)["credentials"] == "none; requests are anonymous, as the settings say"


def test_no_region_and_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(aws(region=None)) as provider:
        assert isinstance(answers(provider)["credentials"], MissingRegion)
    (tmp_path / "config").write_text("[profile work]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with closing(aws(profile="work")) as provider:
        error = answers(provider)["credentials"]
    assert isinstance(error, CredentialsNotFound)
    assert f"profile 'work' in ~/.aws/credentials, {tmp_path / 'config'}" in str(error.hint)


def test_aws_tells_who_one_is() -> None:
    with mock_aws(), closing(aws(**KEYS)) as provider:
        found = answers(provider)
    assert found["credentials"] == "key AKIA…MPLE from holdall"
    assert found["identity"] == "arn:aws:sts::123456789012:user/moto"


def test_where_sts_can_not_be_asked_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    with closing(aws(**KEYS)) as provider:
        identity = {probe.name: probe for probe in provider.diagnose()}["identity"]
        assert identity.run() == "STS can't be asked: EndpointConnectionError"


@pytest.mark.parametrize(
    ("key_id", "shown"), [("AKIAIOSFODNN7EXAMPLE", "AKIA…MPLE"), ("test:tester", "te…"), ("", "…")]
)
def test_access_key_ids_are_masked(key_id: str, shown: str) -> None:
    assert diagnose.masked(key_id) == shown
