"""Where the scenarios, the stores and the recorded results are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def data_folder(kind: Literal["scenarios", "stores", "results"]) -> Path:
    """The folder of one kind of data: beside this package in a checkout, inside it where it is installed.

    Args:
        kind: ``scenarios``, ``stores`` or ``results``.
    """
    installed = _PACKAGE / "data" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
