"""moto's server, in a thread of this process."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.server import ThreadedMotoServer

from tests.servers.model import S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def run_moto() -> Iterator[S3Server]:
    """Run moto's server for the length of a `with` block; its data is gone afterwards.

    All of moto in one process shares its data, so two of these at once see the same buckets.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it writes a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3Server(
            name="moto",
            endpoint_url=f"http://{host}:{port}",
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            secret_access_key="moto-takes-any-secret",
            region="us-east-1",
            notes="Verifies no signature, checksum or expiry; encryption and storage class are echoed only.",
        )
    finally:
        server.stop()
        if server._server is not None:  # stop() leaves the listening socket to the garbage collector
            server._server.server_close()
