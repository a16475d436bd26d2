"""Real S3 servers for the tests, each on a free port of 127.0.0.1 for as long as a `with` block lasts.

- `moto`: AWS's behaviour imitated, in this process. For features that only AWS has; it verifies nothing, so it proves
  nothing about signatures, checksums or encryption.
- `swift`: OpenStack Swift with s3api, one process. A real and strict store of a second vendor.
- `rclone`: `rclone serve s3`, one process. The store that lies: it echoes headers that it does not act upon.
- `quirky`: moto with a quirk of a store that nobody can run here; no evidence of what that store does.

In tests take the fixtures of `tests/conftest.py`; from a shell `python -m tests.servers swift` runs one until Ctrl-C.
"""

from tests.servers.boto import boto3_client
from tests.servers.faults import run_faults
from tests.servers.hosts import resolve_localhost_names
from tests.servers.model import S3Server
from tests.servers.moto import run_moto
from tests.servers.quirky import run_quirky
from tests.servers.rclone import run_rclone
from tests.servers.swift import run_swift

__all__ = [
    "S3Server",
    "boto3_client",
    "resolve_localhost_names",
    "run_faults",
    "run_moto",
    "run_quirky",
    "run_rclone",
    "run_swift",
]
