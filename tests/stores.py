"""Stores for the tests of the fsspec face and of those who use it, configured as users configure them.

A conftest.py imports the fixtures that its tests need.
"""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.layers.forwarding import ForwardingProvider
from tests.servers import boto3_client
from tests.servers.boto import delete_bucket_and_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.models import ObjectInfo
    from holdall.provider import StorageProvider
    from tests.servers import S3Server

    Configure = Callable[..., str]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Return a function that configures a store through the environment, and returns its name."""

    def configured(provider: str, name: str = "", **settings: object) -> str:
        name = name or f"{provider}-{uuid.uuid4().hex[:8]}"
        for setting, value in ({"provider": provider} | settings).items():
            variable = f"HOLDALL_STORES__{name.upper().replace('-', '_')}__{setting.upper()}"
            monkeypatch.setenv(variable, str(value))
        return name

    return configured


@pytest.fixture
def memory(configure: Configure) -> str:
    """Name of a store in memory that is empty and no other test's."""
    return configure("memory")


@pytest.fixture(scope="module")
def s3_settings(moto_server: S3Server) -> dict[str, str]:
    """Settings of an S3 store on moto's server, without a bucket."""
    return {
        "endpoint_url": moto_server.endpoint_url,
        "access_key_id": moto_server.access_key_id,
        "secret_access_key": moto_server.secret_access_key,
    }


@pytest.fixture(scope="module")
def s3_bucket(moto_server: S3Server) -> Iterator[str]:
    """A bucket for all tests of a module; whoever uses it works below a prefix of his own."""
    with closing(boto3_client(moto_server)) as client:
        bucket = f"fsspec-{uuid.uuid4().hex}"
        client.create_bucket(Bucket=bucket)
        yield bucket
        delete_bucket_and_contents(client, bucket)


@pytest.fixture(params=["memory", "local", "s3"])
def store(request: pytest.FixtureRequest, configure: Configure) -> str:
    """Name of an empty store of each kind."""
    if request.param == "memory":
        return configure("memory")
    if request.param == "local":
        return configure("local", root=request.getfixturevalue("tmp_path") / "store", durable="false")
    settings = request.getfixturevalue("s3_settings")
    bucket = request.getfixturevalue("s3_bucket")
    return configure("minio", bucket=bucket, prefix=f"{uuid.uuid4().hex}/", **settings)


class Rival(ForwardingProvider):
    """Writes the object anew right after somebody has looked at it: the other client that a test waits for."""

    def __init__(self, inner: StorageProvider, data: bytes) -> None:
        super().__init__(inner)
        self._data = data

    def head(self, key: str, options: opt.HeadOptions = opt.HEAD) -> ObjectInfo:
        try:
            return self.inner.head(key, options)
        finally:
            self.inner.put(key, self._data, opt.PUT)
