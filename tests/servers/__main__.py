"""`python -m tests.servers moto|swift|rclone`: run one server until Ctrl-C, and print how to reach it."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys

from tests.servers import run_moto, run_rclone, run_swift

RUNNERS = {"moto": run_moto, "swift": run_swift, "rclone": run_rclone}


def main() -> None:
    """Run the server that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description="Run a real S3 server on loopback.")
    parser.add_argument("server", choices=sorted(RUNNERS))
    chosen = parser.parse_args().server
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with RUNNERS[chosen]() as server, contextlib.suppress(KeyboardInterrupt):
        # In the shell's form, so that `eval` or a copy sets up any S3 client.
        sys.stdout.write(
            f"export AWS_ENDPOINT_URL={server.endpoint_url}\n"
            f"export AWS_ACCESS_KEY_ID={server.access_key_id}\n"
            f"export AWS_SECRET_ACCESS_KEY={server.secret_access_key}\n"
            f"export AWS_REGION={server.region}\n"
            f"# {server.notes}\n# Ctrl-C ends it.\n"
        )
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
