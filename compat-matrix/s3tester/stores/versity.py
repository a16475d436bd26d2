"""Versity's S3 gateway over a folder."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.process import run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAIN = Keys("AKIAVERSITYSERVES0MA", "versity-secret-for-one-test-run")
_OTHER = Keys("AKIAVERSITYSERVES0OT", "versity-secret-of-somebody-else")


@contextmanager
def run_versity() -> Iterator[S3Server]:
    """Run the gateway over a temporary folder for the length of a `with` block.

    The folder must be on a file system with user attributes; set `TMPDIR` if the usual one is not.
    """
    store = definition("versity")
    program = program_of(store)
    with tempfile.TemporaryDirectory(prefix="versity-", ignore_cleanup_errors=True) as folder:
        data, versions, users = (Path(folder, name) for name in ("data", "versions", "users"))
        for each in (data, versions, users):
            each.mkdir()
        # As the gateway's own administration would write it.
        account = {"access": _OTHER.access_key_id, "secret": _OTHER.secret_access_key, "role": "userplus"}
        (users / "users.json").write_text(
            json.dumps({"accessAccounts": {_OTHER.access_key_id: account | {"userID": 0, "groupID": 0}}}), "utf-8"
        )

        def command(port: int) -> list[str]:
            return [
                str(program), "--port", f"127.0.0.1:{port}", "--region", "us-east-1", "--health", "/health",
                "--iam-dir", str(users), "--virtual-domain", "s3.localhost", "--quiet",
                "posix", "--versioning-dir", str(versions), str(data),
            ]  # fmt: skip

        environment = os.environ | {
            "ROOT_ACCESS_KEY": _MAIN.access_key_id,
            "ROOT_SECRET_KEY": _MAIN.secret_access_key,
        }
        with run_until_answers(command, "/health", environment=environment) as endpoint:
            yield server_of(store, endpoint, _MAIN, other=_OTHER)
