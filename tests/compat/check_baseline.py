"""What the stores do now is what is recorded of them: a change of a store, of a scenario or of s3tester shows itself.

Takes minutes, so it runs by its name alone: `make matrix`. After a change that is meant: `s3tester record moto swift
rclone`, and look at the difference in the result files.
"""

from __future__ import annotations

import io
import os
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from s3tester.diff import baseline_of, compare
from s3tester.recording import measure
from s3tester.report.changes import print_changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3tester.diff import Change

SECONDS = 900
RACES = ("concurrency.*", "*/race")
"""Scenarios whose end depends on how busy the machine is: recorded, and not compared."""
STORES = [name for name in os.environ.get("HOLDALL_TEST_S3", "").split(",") if name] or ["moto", "swift", "rclone"]
"""Where nobody says: those that run everywhere."""


def _meant(changes: Iterable[Change]) -> list[Change]:
    return [each for each in changes if not any(fnmatch(each.scenario, race) for race in RACES)]


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("name", STORES)
def test_a_store_does_what_is_recorded_of_it(name: str) -> None:
    found = measure(name)
    if found.not_run is not None:
        pytest.skip(found.not_run)
    recorded = baseline_of(found)
    changes = _meant(compare(recorded, found))
    if known := [change.scenario for change in changes if change.after]:
        # What races can end otherwise on a busy machine: what is otherwise again, alone, is a change.
        again = {each.scenario: each for each in measure(name, known, parallel=1).results}
        results = [again.get(each.scenario, each) for each in found.results]
        found = found.model_copy(update={"results": results})
        changes = _meant(compare(recorded, found))
    shown = io.StringIO()
    print_changes(recorded, found, changes, shown)
    assert changes == [], shown.getvalue()
