"""LocalStack: the closest imitation of AWS, with queues and topics beside S3; in an environment of its own."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.process import run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# The only keys with which it makes the signatures that it checks.
_KEYS = Keys("test", "test")
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

        with (
            run_until_answers(command, "/_localstack/health", environment=os.environ | _SETTINGS | folders) as endpoint,
            closing(_queues(endpoint)) as queues,
        ):
            queue = queues.create_queue(QueueName="events")["QueueUrl"]
            attributes = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
            yield server_of(
                store,
                endpoint,
                _KEYS,
                event_destination=attributes["QueueArn"],
                received_events=lambda: _take(queues, queue),
            )


def _queues(endpoint: str) -> Any:
    session = boto3.session.Session(_KEYS.access_key_id, _KEYS.secret_access_key, region_name="us-east-1")
    return session.client("sqs", endpoint_url=endpoint)


def _take(queues: Any, queue: str) -> list[dict[str, Any]]:
    """All records that the queue has now, which it has no longer afterwards."""
    records = []
    while messages := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            records += json.loads(message["Body"]).get("Records", [])
            queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return records
