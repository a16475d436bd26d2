"""Settings that are paths: ``~`` in front is the user's home folder."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, FilePath


def _expand_home(value: Any) -> Any:
    return os.path.expanduser(value) if isinstance(value, str) else value  # noqa: PTH111 - Path's raises on unknown users


UserPath = Annotated[Path, BeforeValidator(_expand_home)]
"""Any path."""

UserFile = Annotated[FilePath, BeforeValidator(_expand_home)]
"""The path of a file that is there."""
