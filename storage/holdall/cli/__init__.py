"""The command ``blob``. ``holdall.cli:main`` is its entry point; ``python -m holdall`` is the same.

Nothing here is imported before it is needed: ``blob --help`` loads click and no more. What other programs may build on
is the command's behaviour (options, JSON on stdout, exit codes), not these modules.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from holdall.cli import exits, signals

NEEDED = ("click", "rich")
"""The packages of the extra ``cli``."""
STDERR = 2
"""The last of the standard streams' numbers."""


def main() -> None:
    """Runs the command with the process's arguments, and ends the process with its exit code."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        lack = f"{' and '.join(missing)}, which {'are' if missing[1:] else 'is'} not installed"
        sys.stderr.write(f"Error: the blob command needs {lack}\n\nSolution: pip install 'holdall[cli]'\n")
        sys.exit(2)
    _fill_closed_streams()
    signals.stop_orderly()
    try:
        from holdall.cli.app import run  # noqa: PLC0415 - click is an extra

        code = run()
    except KeyboardInterrupt:  # while the modules were being imported
        code = exits.INTERRUPTED
    signals.end_with(code)
    sys.exit(code)


def _fill_closed_streams() -> None:
    """A standard stream that is closed leaves its number free, and the next file or socket would become that stream."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(descriptor)
