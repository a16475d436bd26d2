"""What holdall wants to reach: in each pair the first must hold, the second is aimed at."""

from __future__ import annotations

CPU = {
    ("download", "http"): (0.55, 0.40),
    ("download", "https"): (0.70, 0.58),
    ("upload", "http"): (0.45, 0.30),
    ("upload", "https"): (0.65, 0.50),
    ("get", "http"): (0.25, 0.10),
    ("put", "http"): (0.25, 0.10),
    ("get32", "http"): (0.30, 0.12),
    ("put32", "http"): (0.30, 0.12),
    ("head", "http"): (0.25, 0.10),
    ("list", "http"): (0.15, 0.09),
    ("ranges-far", "http"): (0.35, 0.15),
    ("ranges-near", "http"): (0.35, 0.15),
}
"""The client's CPU against plain boto3's in the same run."""

SDK = 1.05
"""The engine `sdk` against plain boto3, in every job."""

IMPORT_MS = (200, 100)
"""CPU of a fresh interpreter that imports holdall."""

MEMORY = {
    ("download", "http"): (64, 32),
    ("download", "https"): (64, 32),
    ("upload", "http"): (64, 32),
    ("upload", "https"): (64, 32),
    ("list-million", "http"): (32, 32),
}
"""MiB by which the resident memory grows."""
