"""Progress: what a transfer tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """Something happened in a transfer.

    Attributes:
        kind: ``started``, ``advanced``, ``rewound`` (bytes must be moved again), ``finished`` or ``failed``.
        key: The object.
        transferred: Bytes moved so far.
        total: Bytes in all; ``None`` where nobody knows.
    """

    kind: Literal["started", "advanced", "rewound", "finished", "failed"]
    key: str
    transferred: int
    total: int | None


Progress = Callable[[ProgressEvent], None]
"""Called in the thread that moves the bytes; be quick. What it raises stops the transfer."""
