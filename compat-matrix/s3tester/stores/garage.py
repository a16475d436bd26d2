"""Garage, one node."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.process import free_port, run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAIN = Keys("GKgarageserves0main", "garage-secret-for-one-test-run")
_OTHER = Keys("GKgarageserves0other", "garage-secret-of-somebody-else")
_ADMIN_TOKEN = "garage-administration-of-one-test-run"
_REGION = "garage"
_SETTINGS = """
metadata_dir = "{folder}/metadata"
data_dir = "{folder}/data"
db_engine = "lmdb"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:{rpc}"
rpc_public_addr = "127.0.0.1:{rpc}"
rpc_secret = "{secret}"

[s3_api]
s3_region = "{region}"
api_bind_addr = "127.0.0.1:{s3}"
root_domain = ".s3.localhost"

[admin]
api_bind_addr = "127.0.0.1:{admin}"
admin_token = "{token}"
"""


@contextmanager
def run_garage() -> Iterator[S3Server]:
    """Run Garage over a temporary folder for the length of a `with` block."""
    store = definition("garage")
    program = program_of(store)
    with tempfile.TemporaryDirectory(prefix="garage-", ignore_cleanup_errors=True) as folder:
        settings = Path(folder, "garage.toml")
        admin = 0

        def command(port: int) -> list[str]:
            nonlocal admin
            admin = free_port()
            settings.write_text(
                _SETTINGS.format(
                    folder=folder, s3=port, admin=admin, rpc=free_port(), region=_REGION,
                    secret=os.urandom(32).hex(), token=_ADMIN_TOKEN,
                ),
                "utf-8",
            )  # fmt: skip
            settings.chmod(0o600)
            return [str(program), "--config", str(settings), "server", "--single-node", "--default-access-key"]

        environment = os.environ | {
            "GARAGE_DEFAULT_ACCESS_KEY": _MAIN.access_key_id,
            "GARAGE_DEFAULT_SECRET_KEY": _MAIN.secret_access_key,
        }
        with run_until_answers(command, environment=environment) as endpoint:
            yield server_of(store, endpoint, _MAIN, region=_REGION, other=_make_user(admin))


def _make_user(admin: int) -> Keys:
    """Make a key without any rights, through the administration at this port."""
    with urllib3.PoolManager() as pool:
        answer = pool.request(
            "POST",
            f"http://127.0.0.1:{admin}/v2/ImportKey",
            headers={"Authorization": f"Bearer {_ADMIN_TOKEN}", "Content-Type": "application/json"},
            body=json.dumps({"accessKeyId": _OTHER.access_key_id, "secretAccessKey": _OTHER.secret_access_key,
                             "name": "other"}),
        )  # fmt: skip
    if answer.status != 200:  # noqa: PLR2004 - HTTP's own
        raise RuntimeError(f"Garage made no second key: {answer.status} {answer.data.decode(errors='replace')}")
    return _OTHER
