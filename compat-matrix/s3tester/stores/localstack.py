"""LocalStack: the closest imitation of AWS, with queues and topics beside S3; in an environment of its own."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of, version_of
from s3tester.stores.process import run_until_answers
from s3tester.stores.server import S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = {
    "SERVICES": "s3,sqs,sns,events,kms,sts",
    "EAGER_SERVICE_LOADING": "0",
    "DISABLE_EVENTS": "1",  # no usage statistics
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "S3_SKIP_SIGNATURE_VALIDATION": "0",  # checks presigned URLs; it never checks signatures in headers
    "DNS_ADDRESS": "0",
    "PERSISTENCE": "0",
}


@contextmanager
def run_localstack() -> Iterator[S3Server]:
    """Run LocalStack over a temporary folder for the length of a `with` block; takes about five seconds to start."""
    store = definition("localstack")
    program = program_of(store)
    with tempfile.TemporaryDirectory(prefix="localstack-", ignore_cleanup_errors=True) as folder:
        folders = {
            "LOCALSTACK_VOLUME_DIR": str(Path(folder, "volume")),
            "FILESYSTEM_ROOT": str(Path(folder, "files")),
        }

        def command(port: int) -> list[str]:
            listen = f"GATEWAY_LISTEN=127.0.0.1:{port}"
            return ["/usr/bin/env", listen, str(program), "-m", "localstack.runtime.main"]

        with run_until_answers(
            command, "/_localstack/health", environment=os.environ | _SETTINGS | folders
        ) as endpoint:
            yield S3Server(
                name=store.name,
                endpoint_url=endpoint,
                # The only keys with which it makes the signatures that it checks.
                access_key_id="test",
                secret_access_key="test",
                region="us-east-1",
                notes=" ".join(store.notes),
                family=store.family,
                version=version_of(store),
            )
