"""moto's server, in a thread of this process."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def run_moto() -> Iterator[S3Server]:
    """Run moto's server for the length of a `with` block; its data is gone afterwards.

    All of moto in one process shares its data, so two of these at once see the same buckets.
    """
    store = definition("moto")
    program_of(store)
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - no part of what is needed to run the other stores

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it writes a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield server_of(store, f"http://{host}:{port}", Keys("AKIAIOSFODNN7EXAMPLE", "moto-takes-any-secret"))
    finally:
        server.stop()
        if server._server is not None:  # stop() leaves the listening socket to the garbage collector
            server._server.server_close()
