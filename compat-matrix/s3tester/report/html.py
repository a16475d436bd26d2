"""The matrix as one HTML file that fetches nothing: data, style and script are inside.

Whatever a server answered may be in the data. It gets into the page as JSON in which no character means anything to
HTML, the script writes it as text only, and the page's own policy lets no other script run and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from s3tester.report.matrix import WORST_FIRST, Matrix, Row, matrix
from s3tester.words import MEANINGS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import Results

_SCRIPTS = ("page.js", "grid.js", "panel.js", "start.js")
"""In this order they are one program."""

_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def as_html(runs: Sequence[Results]) -> str:
    """The matrix as a page.

    Args:
        runs: One for each store.
    """
    folder = files("s3tester") / "report" / "page"
    style = (folder / "page.css").read_text("utf-8")
    script = "".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    return Template((folder / "page.html").read_text("utf-8")).substitute(
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:",
        style=style,
        script=script,
        data=safe_json(_data(matrix(runs))),
    )


def safe_json(value: Any) -> str:
    """JSON that may stand in an HTML script element, whatever texts are in it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _data(laid: Matrix) -> dict[str, Any]:
    return {
        "verdicts": [{"id": verdict, "meaning": MEANINGS[verdict]} for verdict in SYMBOLS],
        "stores": [
            {
                "about": {**run.store.model_dump(mode="json", exclude_none=True), "title": run.store.label},
                "run": run.run.model_dump(mode="json", exclude_none=True) if run.run else {},
                "counts": laid.counts(run.store.name),
            }
            for run in laid.stores
        ],
        "notRun": [{"title": run.store.label, "reason": run.not_run} for run in laid.not_run],
        "rows": [_row(row) for row in laid.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "feature": row.feature,
        "group": row.group,
        "title": row.title,
        "severity": row.severity,
        "cells": {
            store: {
                "verdict": cell.verdict,
                "results": [
                    result.model_dump(
                        mode="json", exclude_none=True, exclude_defaults=True, exclude={"feature", "differs_means"}
                    )
                    for result in sorted(cell.results, key=lambda each: WORST_FIRST.index(each.verdict))
                ],
            }
            for store, cell in row.cells.items()
        },
    }
