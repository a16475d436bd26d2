"""Where credentials come from. moto answers as STS; Swift is the one that checks signatures."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import CredentialRetrievalError

from holdall.errors import (
    CredentialsNotFound,
    CredentialsRefreshFailed,
    InvalidConfiguration,
    InvalidCredentials,
    InvalidEndpoint,
)
from holdall.options import PresignOptions
from holdall_s3.client import S3Clients
from holdall_s3.provider import S3Provider
from holdall_s3.renewal import RenewableCredentials, credentials_of
from holdall_s3.settings import AwsSettings, S3CompatibleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server

ROLE = "arn:aws:iam::123456789012:role/reader"


@contextmanager
def aws_clients(**settings: Any) -> Iterator[S3Clients]:
    config = AwsSettings.model_validate({"region": "us-east-1"} | settings).to_config()
    with closing(S3Clients(config, "lake")) as made:
        yield made


@contextmanager
def clients_at(endpoint_url: str, **settings: Any) -> Iterator[S3Clients]:
    config = S3CompatibleSettings.model_validate({"endpoint_url": endpoint_url} | settings).to_config()
    with closing(S3Clients(config, "lake")) as made:
        yield made


def signed_headers(clients: S3Clients) -> Any:
    """The headers that a request would have; it is stopped before it leaves."""
    caught: list[Any] = []

    def stop(request: Any, **_: Any) -> None:
        caught.append(request.headers)
        raise InterruptedError

    client = clients.client()
    client.meta.events.register("before-send.s3", stop)
    with pytest.raises(InterruptedError):
        client.list_buckets()
    client.meta.events.unregister("before-send.s3", stop)
    return caught[0]


def key_id(clients: S3Clients) -> str:
    found = re.search(rb"Credential=([^/]+)/", signed_headers(clients)["Authorization"])
    assert found is not None
    return found[1].decode()


def write_profiles(home: Path, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws/credentials").write_text(text)


# --- the default chain and profiles ------------------------------------------------------------------------------


def test_the_default_chain(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    write_profiles(
        home,
        "[default]\naws_access_key_id = of-default\naws_secret_access_key = s\n"
        "[dev]\naws_access_key_id = of-dev\naws_secret_access_key = s\n",
    )
    with aws_clients() as clients:
        assert key_id(clients) == "of-default"
    monkeypatch.setenv("AWS_PROFILE", "dev")
    with aws_clients() as clients:
        assert key_id(clients) == "of-dev"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with aws_clients() as clients:
        assert key_id(clients) == "of-environment"
    with aws_clients(profile="dev") as clients:
        assert key_id(clients) == "of-dev"
    with aws_clients(access_key_id="of-settings", secret_access_key="s") as clients:
        assert key_id(clients) == "of-settings"


def test_other_stores_take_the_environments_credentials_only_when_told(
    swift_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", swift_server.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", swift_server.secret_access_key)
    with clients_at(swift_server.endpoint_url, credentials={"type": "default"}) as clients:
        clients.client().list_buckets()
    with pytest.raises(ValueError, match="names no credentials"), clients_at(swift_server.endpoint_url):
        pytest.fail("no settings without credentials")


def test_a_profile_gives_other_stores_its_credentials_and_nothing_else(swift_server: S3Server, home: Path) -> None:
    write_profiles(
        home,
        f"[swift]\naws_access_key_id = {swift_server.access_key_id}\n"
        f"aws_secret_access_key = {swift_server.secret_access_key}\n",
    )
    (home / ".aws/config").write_text("[profile swift]\nregion = mars-1\nendpoint_url = http://127.0.0.1:1\n")
    with clients_at(swift_server.endpoint_url, profile="swift") as clients:
        clients.client().list_buckets()


def test_temporary_credentials_send_their_token() -> None:
    with aws_clients(access_key_id="id", secret_access_key="s", session_token="the-token") as clients:
        assert signed_headers(clients)["X-Amz-Security-Token"] == b"the-token"


@pytest.mark.parametrize("settings", [{}, {"credentials": {"role_arn": ROLE}}])
def test_no_credentials_are_an_error_and_never_anonymous(settings: dict[str, Any]) -> None:
    with aws_clients(**settings) as clients, pytest.raises(CredentialsNotFound) as caught:
        clients.client()
    assert caught.value.store == "lake"


def test_credentials_that_come_later_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with aws_clients() as clients:
        with pytest.raises(CredentialsNotFound):
            clients.client()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "late")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        assert key_id(clients) == "late"


def test_half_a_pair_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alone")
    with aws_clients() as clients, pytest.raises(InvalidCredentials):
        clients.client()


@pytest.mark.parametrize("from_environment", [True, False])
def test_a_profile_that_is_not_there(*, from_environment: bool, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    write_profiles(home, "[develop]\naws_access_key_id = x\naws_secret_access_key = y\n")
    if from_environment:
        monkeypatch.setenv("AWS_PROFILE", "devlop")
    settings = {} if from_environment else {"profile": "devlop"}
    with aws_clients(**settings) as clients, pytest.raises(InvalidConfiguration, match="devlop") as caught:
        clients.client()
    assert "Did you mean 'develop'" in str(caught.value)


def test_a_source_that_fails(home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[profile broken]\ncredential_process = false\n")
    with aws_clients(profile="broken") as clients, pytest.raises(CredentialsRefreshFailed):
        clients.client()


def test_anonymous_requests_have_no_signature(swift_server: S3Server) -> None:
    with clients_at(swift_server.endpoint_url, credentials={"type": "anonymous"}) as clients:
        assert "Authorization" not in signed_headers(clients)


# --- roles -------------------------------------------------------------------------------------------------------


def test_a_role_of_moto(moto_server: S3Server) -> None:
    # Without an STS endpoint of its own the store is asked, as MinIO and Ceph serve both.
    keys = {"access_key_id": moto_server.access_key_id, "secret_access_key": moto_server.secret_access_key}
    with clients_at(moto_server.endpoint_url, credentials={"role_arn": ROLE}, **keys) as clients:
        headers = signed_headers(clients)
        assert moto_server.access_key_id not in headers["Authorization"].decode()
        assert headers["X-Amz-Security-Token"]
        clients.client().list_buckets()


def test_a_web_identity_of_moto(moto_server: S3Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-token")
    credentials = {"role_arn": ROLE, "token_file": str(token)}
    with clients_at(moto_server.endpoint_url, credentials=credentials) as clients:
        assert signed_headers(clients)["X-Amz-Security-Token"]
        clients.client().list_buckets()


def test_a_role_of_a_profile_is_botocores_own_affair(moto_server: S3Server, home: Path) -> None:
    write_profiles(home, "[base]\naws_access_key_id = x\naws_secret_access_key = y\n")
    (home / ".aws/config").write_text(
        f"[profile deputy]\nrole_arn = {ROLE}\nsource_profile = base\nendpoint_url = {moto_server.endpoint_url}\n"
    )
    with clients_at(moto_server.endpoint_url, profile="deputy") as clients:
        assert signed_headers(clients)["X-Amz-Security-Token"]


def test_a_role_in_aws_is_not_asked_for_over_plain_http(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
    settings = {"access_key_id": "base", "secret_access_key": "s", "credentials": {"role_arn": ROLE}}
    with aws_clients(**settings) as clients, pytest.raises(InvalidEndpoint, match="plain http"):
        clients.client().list_buckets()
    assert sts.asked == []


class FakeSts:
    """Counts what it is asked; hands out credentials that end when the test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.life = timedelta(hours=1)
        self.refuse = False
        self.url = ""

    def answer(self, form: dict[str, str]) -> tuple[int, str]:
        self.asked.append(form)
        if self.refuse:
            return (
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>",
            )
        end = (datetime.now(UTC) + self.life).strftime("%Y-%m-%dT%H:%M:%SZ")
        action = form["Action"]
        return 200, (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
            f"<AccessKeyId>key{len(self.asked)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>t</SessionToken><Expiration>{end}</Expiration>"
            f"</Credentials></{action}Result></{action}Response>"
        )


@pytest.fixture
def sts() -> Iterator[FakeSts]:
    """A fake STS: no real one lets its credentials end within a test."""
    fake = FakeSts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = fake.answer({name: values[0] for name, values in parse_qs(body).items()})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing on standard error."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def role_at(sts: FakeSts, **more: Any) -> dict[str, Any]:
    return {
        "access_key_id": "base",
        "secret_access_key": "s",
        "credentials": {"role_arn": ROLE, "sts_endpoint_url": sts.url, **more},
    }


def test_what_sts_is_asked(sts: FakeSts) -> None:
    settings = role_at(sts, external_id="outside", session_name="nightly", duration_seconds=1800)
    with clients_at("http://127.0.0.1:1", **settings) as clients:
        clients.client()
        assert sts.asked == [], "nothing is asked before a request is signed"
        assert key_id(clients) == "key1"
        assert key_id(clients) == "key1"
    (asked,) = sts.asked
    assert {
        name: asked[name] for name in ("Action", "RoleArn", "ExternalId", "RoleSessionName", "DurationSeconds")
    } == {
        "Action": "AssumeRole",
        "RoleArn": ROLE,
        "ExternalId": "outside",
        "RoleSessionName": "nightly",
        "DurationSeconds": "1800",
    }


def test_credentials_are_renewed_before_they_end(sts: FakeSts) -> None:
    sts.life = timedelta(minutes=5)  # botocore renews when less than ten minutes, or 15 in the newer default, are left
    with clients_at("http://127.0.0.1:1", **role_at(sts)) as clients:
        assert [key_id(clients) for _ in range(3)] == ["key1", "key2", "key3"]


def test_a_token_file_is_read_again(sts: FakeSts, tmp_path: Path) -> None:
    sts.life = timedelta(minutes=5)
    token = tmp_path / "token"
    credentials = {"role_arn": ROLE, "token_file": str(token), "sts_endpoint_url": sts.url}
    with clients_at("http://127.0.0.1:1", credentials=credentials) as clients:
        for text in ("first", "second"):
            token.write_text(text)
            key_id(clients)
    assert [asked["WebIdentityToken"] for asked in sts.asked] == ["first", "second"]


@pytest.mark.parametrize("flow", ["role", "web"])
def test_credentials_that_are_refused_are_asked_for_again_once(sts: FakeSts, tmp_path: Path, flow: str) -> None:
    (tmp_path / "token").write_text("a-token")
    settings = role_at(sts)
    if flow == "web":
        settings = {"credentials": settings["credentials"] | {"token_file": str(tmp_path / "token")}}
    with clients_at("http://127.0.0.1:1", **settings) as clients:
        credentials = credentials_of(clients.client())
        assert isinstance(credentials, RenewableCredentials)
        first = credentials.get_frozen_credentials()
        with ThreadPoolExecutor(8) as pool:  # whose requests are all refused
            assert all(pool.map(lambda _: credentials.renew(first), range(8)))
        assert len(sts.asked) == 2
        assert key_id(clients) == "key2"
        assert not credentials.renew(credentials.get_frozen_credentials())  # new ones are refused for another reason
        assert len(sts.asked) == 2


def test_urls_are_signed_with_what_was_renewed_and_end_with_it(sts: FakeSts) -> None:
    sts.life = timedelta(minutes=30)
    elsewhere = {"connection": {"public_endpoint_url": "http://127.0.0.2:1"}}
    settings = {"endpoint_url": "http://127.0.0.1:1", "bucket": "lake", **role_at(sts), **elsewhere}
    with closing(S3Provider(S3CompatibleSettings.model_validate(settings).to_config())) as provider:
        url = provider.presign("k", PresignOptions(expires_in=7200))
        assert timedelta(minutes=29) < url.expires_at - datetime.now(UTC) <= timedelta(minutes=30)
        credentials = credentials_of(provider.raw_client)
        assert isinstance(credentials, RenewableCredentials)
        assert credentials.renew(credentials.get_frozen_credentials())
        assert "key2" in provider.presign("k", PresignOptions()).url


@pytest.mark.parametrize("flow", ["role", "web"])
def test_a_refusal_by_sts_is_about_credentials(sts: FakeSts, tmp_path: Path, flow: str) -> None:
    sts.refuse = True
    (tmp_path / "token").write_text("a-token")
    settings = role_at(sts)
    if flow == "web":
        settings = {"credentials": settings["credentials"] | {"token_file": str(tmp_path / "token")}}
    with (
        clients_at("http://127.0.0.1:1", **settings) as clients,
        pytest.raises(CredentialRetrievalError, match="AccessDenied: not you"),
    ):
        clients.client().list_buckets()


def test_a_token_file_that_is_not_there(tmp_path: Path) -> None:
    credentials = {"role_arn": ROLE, "token_file": str(tmp_path / "token"), "sts_endpoint_url": "http://127.0.0.1:1"}
    with (
        clients_at("http://127.0.0.1:1", credentials=credentials) as clients,
        pytest.raises(CredentialRetrievalError, match="No such file"),
    ):
        clients.client().list_buckets()


def test_an_sts_that_can_not_be_reached() -> None:
    settings = {
        "access_key_id": "base",
        "secret_access_key": "s",
        "credentials": {"role_arn": ROLE, "sts_endpoint_url": "http://127.0.0.1:1"},
    }
    with (
        clients_at("http://127.0.0.1:2", **settings) as clients,
        pytest.raises(CredentialRetrievalError, match=r"127\.0\.0\.1:1"),
    ):
        clients.client().list_buckets()
