"""Stores on real servers behind a proxy that makes things go wrong."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors as e
from tests.places import ALL, IS_ALL, MAIN
from tests.servers import boto3_client, run_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import S3Server
    from tests.servers.faults import FaultProxy

MIB = 1024 * 1024
PART = 5 * MIB
"""Bytes of a part: the smallest that S3 takes."""
SMALL = b"a small object" * 100


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs at all places, when that is asked for, what does not say where it runs."""
    if IS_ALL and "place" in metafunc.fixturenames:
        names = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
        if not any("place" in ([name] if isinstance(name, str) else name) for name in names):
            metafunc.parametrize("place", ALL, indirect=True)


@dataclass(frozen=True)
class Place:
    """A bucket behind a proxy.

    Attributes:
        name: The store's name in the configuration.
        server: The real server.
        proxy: What stands before it.
        bucket: The bucket.
        witness: boto3's client of the server itself, to see what really is there.
    """

    name: str
    server: S3Server
    proxy: FaultProxy
    bucket: str
    witness: Any

    def open(self, **overrides: Any) -> holdall.Storage:
        """The store, through the proxy."""
        return holdall.open_storage(self.name, **overrides)

    def stored(self, key: str = "k") -> bytes | None:
        """An object's bytes as the server has them."""
        try:
            data: bytes = self.witness.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.witness.exceptions.NoSuchKey:
            return None
        return data

    def uploads(self) -> list[str]:
        """Keys of the uploads that are open on the server."""
        try:
            answer = self.witness.list_multipart_uploads(Bucket=self.bucket)
        except self.witness.exceptions.NoSuchUpload:  # rclone's way to say that there are none
            return []
        return [upload["Key"] for upload in answer.get("Uploads", [])]


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    fresh_bucket: Callable[[S3Server], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """A store whose retries do not wait and whose parts are small; at the main place unless the test says where."""
    name, engine = getattr(request, "param", MAIN).split("-")
    server: S3Server = request.getfixturevalue(f"{name}_server")
    bucket = fresh_bucket(server)
    with run_faults(server.endpoint_url) as proxy, closing(boto3_client(server)) as witness:
        settings = {
            "provider": "s3-compatible",
            "endpoint_url": proxy.endpoint_url,
            "region": server.region,
            "access_key_id": server.access_key_id,
            "secret_access_key": server.secret_access_key,
            "bucket": bucket,
            "store_family": server.name,
            "engine": engine,
            "connection__read_timeout": "2",
            "transfer__multipart_threshold": str(2 * PART),
            "transfer__chunk_size": str(PART),
            "transfer__max_concurrency": "3",
            "resilience__max_delay": "0.05",
        }
        for setting, value in settings.items():
            monkeypatch.setenv(f"HOLDALL_STORES__FAULTY__{setting.upper()}", value)
        monkeypatch.chdir(tmp_path)
        yield Place("faulty", server, proxy, bucket, witness)


@pytest.fixture
def data() -> bytes:
    """An object of four parts, the last one short."""
    return os.urandom(3 * PART + 12_345)


@pytest.fixture
def file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def nothing_left(place: Place, folder: Path, *names: str) -> None:
    """No upload is open, and there is no file in the folder but these."""
    assert place.uploads() == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def uploaded(place: Place, file: Path) -> None:
    """Uploads a file. rclone tells nothing of an object by which it could be known again: once, that may be said."""
    with place.open() as storage:
        try:
            assert storage.upload_file(file, "k").size == file.stat().st_size
        except e.StorageError as error:
            if place.server.name != "rclone" or "may or may not have been completed" not in str(error):
                raise
            storage.upload_file(file, "k")
