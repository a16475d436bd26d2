"""What the tests of the S3 provider share: providers on the test servers, and one on a recorded wire."""

from __future__ import annotations

import uuid
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest
from pydantic import SecretStr

from holdall_s3.provider import S3Provider
from holdall_s3.settings import AwsSettings, S3CompatibleSettings
from tests.providers.s3.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import S3Server

    MakeProvider: TypeAlias = Callable[..., S3Provider]

ENGINES: tuple[Literal["sdk", "direct"], ...] = ("sdk", "direct")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine: every test of a provider runs on both."""
    return str(request.param)


@pytest.fixture
def provider_on(fresh_bucket: Callable[[S3Server], str], engine: str) -> Iterator[MakeProvider]:
    """Return a function that makes a provider on a fresh bucket of a server, closed after the test."""
    with ExitStack() as afterwards:

        def make(server: S3Server, **settings: object) -> S3Provider:
            bucket = settings.pop("bucket", None) or fresh_bucket(server)
            values: dict[str, object] = {
                "provider": "s3-compatible",
                "endpoint_url": server.endpoint_url,
                "region": server.region,
                "access_key_id": server.access_key_id,
                "secret_access_key": server.secret_access_key,
                "bucket": bucket,
                "store_family": server.name,
                "engine": engine,
                **settings,
            }
            store = S3CompatibleSettings.model_validate(values)
            return afterwards.enter_context(closing(S3Provider(store.to_config(), server.name)))

        yield make


@pytest.fixture
def provider(s3_server: S3Server, provider_on: MakeProvider) -> S3Provider:
    """A provider on an empty bucket, on each server that the provider has to pass on."""
    return provider_on(s3_server)


@pytest.fixture
def moto(moto_server: S3Server, provider_on: MakeProvider) -> S3Provider:
    return provider_on(moto_server)


@pytest.fixture
def swift(swift_server: S3Server, provider_on: MakeProvider) -> S3Provider:
    return provider_on(swift_server)


@pytest.fixture
def rclone(rclone_server: S3Server, provider_on: MakeProvider) -> S3Provider:
    return provider_on(rclone_server)


@pytest.fixture
def unique() -> str:
    """Return a bucket name that nobody has; what has it after the test is up to the test."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def _recorded(_clean_session: None) -> Iterator[dict[str, tuple[S3Provider, Wire]]]:
    with ExitStack() as afterwards:
        yield {engine: _record(engine, afterwards) for engine in ENGINES}


def _record(engine: Literal["sdk", "direct"], afterwards: ExitStack) -> tuple[S3Provider, Wire]:
    settings = AwsSettings(
        region="eu-central-1",
        bucket="bucket",
        access_key_id=SecretStr("AKIAIOSFODNN7EXAMPLE"),
        secret_access_key=SecretStr("not-a-secret"),
        checksums="when_required",
        engine=engine,
    )
    made = afterwards.enter_context(closing(S3Provider(settings.to_config(), "aws")))
    wire = Wire(made.raw_client)
    made._clients.channel().transport = wire  # what the engine `direct` sends ends there, too
    return made, wire


@pytest.fixture
def aws(_recorded: dict[str, tuple[S3Provider, Wire]], engine: str) -> S3Provider:
    """A provider of kind `s3` whose requests end in `wire`; nothing leaves this process."""
    return _recorded[engine][0]


@pytest.fixture
def wire(_recorded: dict[str, tuple[S3Provider, Wire]], engine: str) -> Wire:
    """The other end of the provider `aws`: it keeps what was sent, and answers what it is told."""
    found = _recorded[engine][1]
    found.reset()
    return found
