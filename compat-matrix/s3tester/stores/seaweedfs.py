"""SeaweedFS: master, volumes, filer and S3 gateway in one process."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.process import free_port, run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAIN = Keys("AKIASEAWEEDSERVES0MA", "seaweed-secret-for-one-test-run")
_OTHER = Keys("AKIASEAWEEDSERVES0OT", "seaweed-secret-of-somebody-else")
_KMS_KEY_ID = "alias/seaweedfs-default"  # the one key that its own small key store has from the start
_PASSPHRASE = "seaweed-passphrase-of-one-test-run"  # SSE-S3 makes its key of it
_SETTINGS = {
    "identities": [
        {
            "name": name,
            "credentials": [{"accessKey": keys.access_key_id, "secretKey": keys.secret_access_key}],
            "actions": actions,
        }
        # The second one may do what there is to do in a bucket that no test has.
        for name, keys, actions in (("main", _MAIN, ["Admin"]), ("other", _OTHER, ["Read:nobodys-bucket"]))
    ],
    "kms": {"default_provider": "local", "providers": {"local": {"type": "local", "enableOnDemandCreate": False}}},
}


@contextmanager
def run_seaweedfs() -> Iterator[S3Server]:
    """Run SeaweedFS over a temporary folder for the length of a `with` block."""
    store = definition("seaweedfs")
    program = program_of(store)
    with tempfile.TemporaryDirectory(prefix="seaweedfs-", ignore_cleanup_errors=True) as folder:
        settings = Path(folder, "s3.json")
        settings.write_text(json.dumps(_SETTINGS), "utf-8")
        settings.chmod(0o600)

        ports = {"s3.port.iceberg": 0, "s3.port.lance": 0}

        def command(port: int) -> list[str]:
            # Left alone, each of these would be a fixed port, or ten thousand more than another one.
            for part in ("master", "volume", "filer", "s3"):
                ports[f"{part}.port"] = port if part == "s3" else free_port()
                ports[f"{part}.port.grpc"] = free_port()
            return [
                str(program), "-logtostderr", "server", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}",
                f"-s3.config={settings}", "-s3.domainName=s3.localhost", "-s3.autoCreateBucket=false",
                "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0",
                *(f"-{name}={number}" for name, number in ports.items()),
            ]  # fmt: skip

        # Keys in these variables would be one more user who may do everything.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment["WEED_S3_SSE_KEY"] = _PASSPHRASE
        environment["WEED_MASTER_VOLUME_GROWTH_COPY_1"] = "1"  # volumes to begin a bucket with; seven are slow to make
        with _sockets_removed(ports), run_until_answers(command, "/healthz", environment=environment) as endpoint:
            _wait_for_writes(endpoint)
            yield server_of(store, endpoint, _MAIN, other=_OTHER, kms_key_id=_KMS_KEY_ID)


def _wait_for_writes(endpoint: str) -> None:
    """Write something: the first write waits for volumes and locks, which come some seconds after it answers."""
    session = boto3.session.Session(_MAIN.access_key_id, _MAIN.secret_access_key, region_name="us-east-1")
    with closing(session.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))) as client:
        client.create_bucket(Bucket="first-write")
        client.put_object(Bucket="first-write", Key="key", Body=b"data")
        client.delete_object(Bucket="first-write", Key="key")
        client.delete_bucket(Bucket="first-write")


@contextmanager
def _sockets_removed(ports: Mapping[str, int]) -> Iterator[None]:
    """Remove what its parts leave behind in a folder that can't be chosen."""
    try:
        yield
    finally:
        for name, port in ports.items():
            if name.endswith(".grpc"):
                part = name.partition(".")[0]
                Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108 - its choice
