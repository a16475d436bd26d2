"""Where scenarios, store definitions and results are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Folder = Literal["scenarios", "stores", "results"]


def folder(name: Folder) -> Path:
    """One of the three folders of data.

    Args:
        name: Which one.
    """
    package = Path(__file__).resolve().parent
    installed = package / "data" / name
    return installed if installed.is_dir() else package.parent / name
