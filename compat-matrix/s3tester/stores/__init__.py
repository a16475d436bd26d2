"""Real S3 servers, each on a free port of 127.0.0.1 for as long as a `with` block lasts.

    with running("minio") as server:
        server.endpoint_url, server.access_key_id, ...

From a shell: `python -m s3tester.stores list|install|up|down|run`. What there is, is described in the files of
`compat-matrix/stores`; one module here starts each.
"""

from s3tester.stores.running import running
from s3tester.stores.server import Keys, S3Server

__all__ = ["Keys", "S3Server", "running"]
