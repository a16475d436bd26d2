"""Lets tox find the interpreters that pyenv installed: its shims on the PATH only run those that are switched on."""

import os
from pathlib import Path

_versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")

# tox reads its options after this file. Naming interpreters in TOX_DISCOVER oneself goes first.
os.environ.setdefault(
    "TOX_DISCOVER", os.pathsep.join(str(python) for python in sorted(_versions.glob("3.*/bin/python")))
)
