"""The command ``blob``. ``holdall.cli:main`` is its entry point; ``python -m holdall`` is the same.

Nothing here is imported before it is needed: ``blob --help`` loads click and no more. What other programs may build on
is the command's behaviour (options, JSON on stdout, exit codes), not these modules.
"""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from typing import NoReturn

NEEDED = ("click", "rich")
"""The packages of the extra ``cli``."""


def main() -> None:
    """Runs the command with the process's arguments, and ends the process with its exit code."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"Error: the blob command needs {' and '.join(missing)}, which is not installed\n\n"
            "Solution: pip install 'holdall[cli]'\n"
        )
        sys.exit(2)
    from holdall.cli.app import run  # noqa: PLC0415 - click is an extra

    signal.signal(signal.SIGTERM, _unwind)
    sys.exit(run())


def _unwind(signum: int, _: object) -> NoReturn:
    """Ends the process the orderly way: temporary files and unfinished uploads are removed."""
    raise SystemExit(128 + signum)
