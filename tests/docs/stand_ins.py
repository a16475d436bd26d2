"""Servers that stand in for AWS and for a MinIO while the examples of the documentation run."""

from __future__ import annotations

import logging
import ssl
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trustme
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from s3tester.stores.process import run_until_done

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def run_minio() -> Iterator[dict[str, str]]:
    """Run moto over plain http, in a process of its own: what is in one of the two servers is not in the other.

    Yields:
        Variables for the examples.
    """
    command = [sys.executable, "-m", "s3tester.stores", "up", "moto"]
    with run_until_done(command, ready=r"^export AWS_ENDPOINT_URL=(http://127\.0\.0\.1:\d+)$") as started:
        yield {"STAND_IN_MINIO": started[1]}


@contextmanager
def run_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Run moto over https, as a store of the kind `s3` demands it.

    Args:
        folder: Where the certificate of its authority is put.

    Yields:
        Variables for the examples: the server's URL, its authority, and credentials.
    """
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it writes a line for each request
    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, ssl_context=context
    )
    thread = threading.Thread(target=server.serve_forever, name="aws-stand-in")
    thread.start()
    try:
        yield {
            "STAND_IN_AWS": f"https://127.0.0.1:{server.server_port}",
            "AWS_CA_BUNDLE": str(bundle),
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "moto-takes-any-secret",
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
