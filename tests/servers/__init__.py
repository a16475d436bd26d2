"""Real S3 servers for the tests, each on a free port of 127.0.0.1 for as long as a `with` block lasts.

- `moto`: AWS's behaviour imitated, in this process. For features that only AWS has; it verifies nothing, so it proves
  nothing about signatures, checksums or encryption.
- `swift`: OpenStack Swift with s3api, one process. A real and strict store of a second vendor.
- `rclone`: `rclone serve s3`, one process. The store that lies: it echoes headers that it does not act upon.
- `quirky`: moto with a quirk of a store that nobody can run here; no evidence of what that store does.

In tests take the fixtures of `tests/conftest.py`. The servers are those of `s3tester.stores`, which also runs them
from a shell: `python -m s3tester.stores up swift`.
"""

import os

from s3tester.stores.server import S3Server
from tests.servers.boto import boto3_client
from tests.servers.faults import run_faults
from tests.servers.hosts import resolve_localhost_names
from tests.servers.quirky import run_quirky

CHOSEN = tuple(filter(None, os.environ.get("HOLDALL_TEST_S3", "moto,swift,rclone").split(",")))
"""The servers that the tests of the S3 provider as a whole run on. The default is what needs no more than Python."""

__all__ = ["CHOSEN", "S3Server", "boto3_client", "resolve_localhost_names", "run_faults", "run_quirky"]
