"""The page is what the measurements say, and it is up to date."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.benchmarks import page, plot, results
from tests.benchmarks.__main__ import QUICK
from tests.benchmarks.run import Series
from tests.benchmarks.task import Measured


def series(client: str, cpu: float, job: str = "get", reason: str = "") -> Series:
    measured = {} if reason else {0: Measured(cpu=cpu, user=cpu, wall=cpu, memory=5 * 2**20, operations=100)}
    return Series(job, "http", client, measured, reason)


def run(*found: Series, load: float = 0.0) -> results.Results:
    return results.Results(
        "null", "2026-01-02", {"Python": "3"}, load, "crc32", QUICK, {"boto3": "1.2.3"}, {}, list(found)
    )


def test_the_page_is_made_from_the_results_that_are_kept() -> None:
    files = page.kept()
    assert files
    made = page.render([results.load(path) for path in files])
    for name, text in made.items():
        assert (page.DOCS / name).read_text() == text, f"{name}: run python -m tests.benchmarks.page"
    there = {f"{page.PLOTS}/{path.name}" for path in (page.DOCS / page.PLOTS).iterdir()}
    assert there == set(made) - {page.PAGE}


def test_what_is_kept_tells_nothing_of_the_machine_but_what_it_is() -> None:
    root = Path(page.__file__).parents[2]
    for path in page.kept():
        assert not re.search(rf"{re.escape(str(root))}|/dev/shm|/tmp|/home/|/root", path.read_text())


@pytest.mark.parametrize(
    ("value", "told"), [(0.10, "aim reached"), (0.11, "holds"), (0.25, "holds"), (0.26, "**missed**")]
)
def test_a_target_is_missed_or_holds(value: float, told: str) -> None:
    assert page.verdict(value, 0.25, 0.10) == told


def test_targets_are_held_against_boto3_in_the_same_run() -> None:
    text = page.target_table(run(series("boto3", 2.0), series("holdall", 0.6), series("floor", 0.1)))
    assert "| GET of 16 KiB, one at a time, http | 0.25 | 0.10 | 0.30 |  |  | 0.05 | **missed** |" in text
    text = page.other_targets(run(series("boto3", 2.0), series("holdall-sdk", 2.2)))
    assert '| engine "sdk", GET of 16 KiB, one at a time (100), http | 1.05 |  | 1.10 | **missed** |' in text


def test_who_is_quicker_is_named() -> None:
    found = run(series("boto3", 2.0), series("holdall", 1.0), series("obstore", 0.5), series("minio", 0.97))
    assert page.quicker(found) == "- GET of 16 KiB, one at a time (100), http: obstore (0.50)."
    assert page.quicker(run(series("boto3", 2.0), series("holdall", 1.0))) == "- In no job."


def test_what_was_not_measured_is_named_with_the_reason() -> None:
    found = run(series("s5cmd", 0, reason="no call"), series("s5cmd", 0, "put", reason="no call"))
    assert page.gaps(found) == "- no call: s5cmd (get, put)."


def test_who_takes_wrong_bytes_is_named() -> None:
    found = run()
    assert page.noticing_table(found) == "Not tried in this run."
    found.notices.update({"boto3": {"small": True, "large": False}, "s5cmd": {"large": False}})
    assert page.noticing_table(found).splitlines()[2:] == ["| boto3 | refused | taken |", "| s5cmd |  | taken |"]


def test_a_busy_machine_is_owned_up_to() -> None:
    assert "was busy" in page.circumstances(run(load=0.5))
    assert "was busy" not in page.circumstances(run(load=0.1))


def test_charts_are_drawn_to_scale_and_are_well_formed() -> None:
    drawn = [plot.Bar("a <b>", 1.0, "1"), plot.Bar("ours", 4.0, "4", "ours"), plot.Bar("nothing", 0.0, "0")]
    svg = ET.fromstring(plot.bars("Title & more", drawn))  # noqa: S314 - our own
    widths = [float(rect.get("width", "")) for rect in svg.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths[1] == pytest.approx(4 * widths[0], abs=0.3)
    assert widths[2] == 1
    texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["Title & more", "a <b>", "1", "ours", "4", "nothing", "0"]
    assert max(widths) + plot.LABEL + plot.VALUE <= plot.WIDTH
