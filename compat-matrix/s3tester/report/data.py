"""Results as JSON and YAML. One run is a result file as it is; several are a list of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import Results


def as_json(runs: Sequence[Results]) -> str:
    """Results as JSON."""
    if len(runs) == 1:
        return runs[0].text()
    return json.dumps(_plain(runs), indent=1) + "\n"


def as_yaml(runs: Sequence[Results]) -> str:
    """Results as YAML: the same as JSON."""
    return yaml.safe_dump(_plain(runs), sort_keys=False, allow_unicode=True, width=120)


def _plain(runs: Sequence[Results]) -> Any:
    documents = [json.loads(run.text()) for run in runs]
    return documents[0] if len(documents) == 1 else documents
