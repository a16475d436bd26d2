"""MinIO's community edition, one disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3

from s3tester.stores.definitions import definition
from s3tester.stores.events import run_receiver
from s3tester.stores.installing import program_of
from s3tester.stores.process import run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAIN = Keys("AKIAMINIOSERVES0MAIN", "minio-secret-for-one-test-run")
_OTHER = Keys("AKIAMINIOSERVESOTHER", "minio-secret-of-somebody-else")
_KMS_KEY_ID = "holdall-key"
_SETTINGS = {
    "MINIO_ROOT_USER": _MAIN.access_key_id,
    "MINIO_ROOT_PASSWORD": _MAIN.secret_access_key,
    # A key of 32 bytes, which is all that its own small key server holds.
    "MINIO_KMS_SECRET_KEY": f"{_KMS_KEY_ID}:aG9sZGFsbC10ZXN0cy1vbi1sb29wYmFjay1vbmx5LTE=",
    "MINIO_DOMAIN": "s3.localhost",
    "MINIO_SITE_REGION": "us-east-1",
    "MINIO_BROWSER": "off",
    "MINIO_UPDATE": "off",
    "MINIO_CI_CD": "on",  # a folder on the disk of the system will do
}


@contextmanager
def run_minio() -> Iterator[S3Server]:
    """Run MinIO over a temporary folder for the length of a `with` block."""
    store = definition("minio")
    program = program_of(store)
    with (
        tempfile.TemporaryDirectory(prefix="minio-", ignore_cleanup_errors=True) as folder,
        run_receiver() as receiver,
    ):
        data, certificates = Path(folder, "data"), Path(folder, "certificates")
        data.mkdir()
        certificates.mkdir()

        def command(port: int) -> list[str]:
            return [
                str(program), "server", "--certs-dir", str(certificates), "--address", f"127.0.0.1:{port}", str(data),
            ]  # fmt: skip

        webhook = {"MINIO_NOTIFY_WEBHOOK_ENABLE_EVENTS": "on", "MINIO_NOTIFY_WEBHOOK_ENDPOINT_EVENTS": receiver.url}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MINIO_")}
        environment = inherited | _SETTINGS | webhook
        with run_until_answers(command, "/minio/health/cluster", environment=environment) as endpoint:
            yield server_of(
                store,
                endpoint,
                _MAIN,
                other=_make_user(endpoint),
                kms_key_id=_KMS_KEY_ID,
                storage_class="REDUCED_REDUNDANCY",
                event_destination="arn:minio:sqs:us-east-1:EVENTS:webhook",
                received_events=receiver.take,
            )


def _make_user(endpoint: str) -> Keys:
    """Make a user without any rights."""
    from minio.credentials.providers import StaticProvider  # noqa: PLC0415 - needed for this store only
    from minio.minioadmin import MinioAdmin  # noqa: PLC0415 - as above

    with urllib3.PoolManager() as pool:
        admin = MinioAdmin(
            endpoint=urlsplit(endpoint).netloc,
            credentials=StaticProvider(_MAIN.access_key_id, _MAIN.secret_access_key),
            secure=False,
            http_client=pool,
        )
        admin.user_add(access_key=_OTHER.access_key_id, secret_key=_OTHER.secret_access_key)
    return _OTHER
