"""The test servers are what the other tests take them for."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import botocore.exceptions
import pytest

from s3tester.stores.process import ServerDidNotStart, run_until_done
from tests.servers import S3Server, boto3_client, resolve_localhost_names
from tests.servers.boto import delete_bucket_and_contents

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

MakeBucket: TypeAlias = "Callable[[S3Server], str]"


@pytest.fixture(params=["moto", "swift", "rclone"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    return found


def test_what_is_put_is_got(server: S3Server, fresh_bucket: MakeBucket) -> None:
    bucket = fresh_bucket(server)
    body = os.urandom(300_000)
    with closing(boto3_client(server)) as client:
        client.put_object(Bucket=bucket, Key="folder/näme +1", Body=body)
        assert client.get_object(Bucket=bucket, Key="folder/näme +1")["Body"].read() == body


@pytest.mark.parametrize("name", ["swift", "rclone"])
def test_a_wrong_secret_is_refused(name: str, request: pytest.FixtureRequest, fresh_bucket: MakeBucket) -> None:
    server: S3Server = request.getfixturevalue(f"{name}_server")
    bucket = fresh_bucket(server)
    intruder = dataclasses.replace(server, secret_access_key="wrong")
    with closing(boto3_client(intruder)) as client:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client.put_object(Bucket=bucket, Key="key", Body=b"forged")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with closing(boto3_client(server)) as client:
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_the_servers_listen_on_loopback_only(server: S3Server) -> None:
    address = urlsplit(server.endpoint_url)
    assert address.hostname == "127.0.0.1"
    # Any address of 127.0.0.0/8 reaches a server that listens everywhere, and none but 127.0.0.1 reaches these.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", address.port or 0), timeout=5).close()


@pytest.mark.parametrize("name", ["moto", "swift"])
def test_virtual_host_addressing(name: str, request: pytest.FixtureRequest, fresh_bucket: MakeBucket) -> None:
    server: S3Server = request.getfixturevalue(f"{name}_server")
    bucket = fresh_bucket(server)
    with resolve_localhost_names(), closing(boto3_client(server, virtual_host=True)) as client:
        client.put_object(Bucket=bucket, Key="key", Body=b"by host name")
    with closing(boto3_client(server)) as client:
        assert client.get_object(Bucket=bucket, Key="key")["Body"].read() == b"by host name"


def test_only_localhost_names_are_resolved_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def getaddrinfo(host: object, *_args: object) -> list[object]:
        asked.append(host)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with resolve_localhost_names():
        for name in ("b.s3.localhost", b"b.s3.localhost", "LOCALHOST.", "notlocalhost", "localhost.example", None):
            socket.getaddrinfo(name, 80)
    assert asked == ["127.0.0.1", "127.0.0.1", "127.0.0.1", "notlocalhost", "localhost.example", None]
    assert socket.getaddrinfo is getaddrinfo


@pytest.mark.parametrize("name", ["moto", "swift"])
def test_a_bucket_goes_with_versions_and_unfinished_uploads(name: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(f"{name}_server")
    bucket = f"full-{name}-{os.getpid()}"
    with closing(boto3_client(server)) as client:
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for body in (b"one", b"two"):
            client.put_object(Bucket=bucket, Key="versioned", Body=body)
        client.delete_object(Bucket=bucket, Key="versioned")
        client.create_multipart_upload(Bucket=bucket, Key="unfinished")
        with pytest.raises(botocore.exceptions.ClientError, match="BucketNotEmpty"):
            client.delete_bucket(Bucket=bucket)
        delete_bucket_and_contents(client, bucket)
        assert bucket not in [found["Name"] for found in client.list_buckets()["Buckets"]]


def test_the_secret_is_not_in_the_repr(server: S3Server) -> None:
    assert server.secret_access_key not in repr(server)


def test_a_program_that_never_gets_ready_is_reported_with_its_output() -> None:
    command = [sys.executable, "-c", "print('no licence found')"]
    with pytest.raises(ServerDidNotStart, match="no licence found"), run_until_done(command, ready="listening"):
        pytest.fail("a program that has ended is not ready")


@pytest.mark.parametrize("name", ["moto", "swift", "rclone"])
def test_from_the_command_line_and_gone_after_sigterm(name: str) -> None:
    command = [sys.executable, "-m", "s3tester.stores", "up", name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if line.startswith("export AWS_ENDPOINT_URL="))
        finally:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
    port = urlsplit(line.removeprefix("export AWS_ENDPOINT_URL=").strip()).port
    assert port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_swift_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, signal\nfrom s3tester.stores import running\n"
        "with running('swift') as server:\n    print(server.endpoint_url, flush=True)\n    signal.pause()\n"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = urlsplit(parent.stdout.readline().strip()).port
        assert port
        assert list(tmp_path.iterdir())
        parent.kill()
    deadline = time.monotonic() + 10
    while _listens(port) or list(tmp_path.iterdir()):
        assert time.monotonic() < deadline, "swift still listens, or its data is still there"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
