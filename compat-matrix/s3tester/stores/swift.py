"""OpenStack Swift with its S3 front, in a process of its own (`swift_process.py`)."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s3tester.stores.definitions import definition
from s3tester.stores.installing import program_of
from s3tester.stores.process import run_until_done
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def run_swift() -> Iterator[S3Server]:
    """Run Swift over a temporary folder for the length of a `with` block; takes about a second to start.

    The folder must be on a file system with user attributes (ext4, xfs, btrfs, recent tmpfs); set `TMPDIR` if the
    usual one is not.
    """
    store = definition("swift")
    program = program_of(store)
    with tempfile.TemporaryDirectory(prefix="swift-", ignore_cleanup_errors=True) as folder:
        # As a file, not a module: the process patches the standard library before anything else is imported.
        # -P keeps the script's folder off the path, where this very module would hide the package of the same name.
        script = Path(__file__).with_name("swift_process.py")
        command = [str(program), "-P", "-W", "ignore", str(script), folder]
        with run_until_done(
            command, ready=r"^swift listens on (http://127\.0\.0\.1:\d+)$", watches_input=True
        ) as started:
            yield server_of(store, started[1], Keys("test:tester", "testing"), other=Keys("test:tester2", "testing2"))
