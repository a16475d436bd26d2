"""The arithmetic behind the tables, and that a file of results comes back as it was written."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import content, figures, results
from tests.benchmarks.clients import BASELINE, CLIENTS
from tests.benchmarks.jobs import FAR, JOBS, SMALL
from tests.benchmarks.run import Series, plan
from tests.benchmarks.task import Measured, Place


def measured(cpu: float, wall: float = 1.0, memory: int = 0) -> Measured:
    return Measured(cpu=cpu, user=cpu, wall=wall, memory=memory, operations=10)


def test_the_spread_is_half_of_what_lies_between() -> None:
    assert figures.spread([0.9, 1.0, 1.1]) == pytest.approx(0.1)
    assert figures.spread([2.0]) == 0
    assert figures.spread([0.0, 0.0]) == 0


def test_ratios_are_taken_within_a_round() -> None:
    # The machine is slower from round to round, which is no difference between the two.
    assert figures.ratio({0: 1.0, 1: 2.0, 2: 4.0}, {0: 2.0, 1: 4.0, 2: 8.0}) == 0.5
    assert figures.ratio({0: 1.0, 2: 9.0}, {0: 2.0, 1: 4.0}) == 0.5
    assert figures.ratio({0: 1.0}, {1: 1.0}) is None


def test_rows_are_medians_and_the_least_cpu_comes_first() -> None:
    series = [
        Series("get", "http", BASELINE, {0: measured(2.0, 4.0), 1: measured(2.2, 4.0), 2: measured(9.0, 4.0)}),
        Series(
            "get", "http", "holdall", {0: measured(0.5, 1.0, 7), 1: measured(0.5, 2.0, 9), 2: measured(0.9, 3.0, 8)}
        ),
        Series("get", "http", "s5cmd", reason="no"),
    ]
    first, second = results.rows(series)
    assert (first.client, first.cpu, first.wall, first.memory, first.rounds) == ("holdall", 0.5, 2.0, 8, 3)
    assert first.ratio == pytest.approx(0.5 / 2.2)
    assert first.wall_ratio == 0.5
    assert (second.client, second.cpu, second.ratio) == (BASELINE, 2.2, 1.0)


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    written = results.Results(
        server="null",
        date="2026-01-02",
        machine=results.machine(),
        load=results.load_now(),
        checksum="crc32",
        amounts=command.QUICK,
        versions={"boto3": "1"},
        notices={"boto3": {"small": True}},
        series=[Series("get", "http", "boto3", {0: measured(1.0), 2: measured(2.0)})],
    )
    results.save(written, path)
    assert results.load(path) == written


def test_the_pattern_is_the_same_everywhere_and_goes_round(tmp_path: Path) -> None:
    path = tmp_path / "pattern"
    content.write_pattern(path)
    assert path.stat().st_size == content.PERIOD
    assert content.crc32_of_file(path) == content.crc32_of_object(path, content.PERIOD) == 0x01D013AF
    across = content.piece(path, content.PERIOD - 3, content.PERIOD + 3)
    assert across == content.piece(path, content.PERIOD - 3, content.PERIOD) + content.piece(path, 0, 3)
    copy = tmp_path / "copy"
    content.write_object(path, content.PERIOD + 5, copy)
    assert copy.read_bytes()[-8:] == content.piece(path, content.PERIOD - 3, content.PERIOD + 5)


def test_amounts_fit_into_the_object() -> None:
    for much in (command.QUICK, command.FULL):
        count = much.operations("ranges-far", stand_in=True)
        assert (count - 1) * FAR + SMALL <= much.size < count * FAR + SMALL or count == 1000
    assert command.FULL.operations("ranges-far", stand_in=True) == 1000
    assert command.FULL.operations("list", stand_in=True) == 100_000
    assert command.FULL.operations("list", stand_in=False) == command.FULL.small
    assert command.FULL.operations("download", stand_in=True) == 1


def test_only_what_moves_much_is_measured_over_tls_too() -> None:
    both = {"http": Place("http://a", "b"), "https": Place("https://a", "b")}
    planned = plan(list(JOBS), both)
    assert [job for job, protocol in planned if protocol == "https"] == [job for job in JOBS if JOBS[job].tls]
    assert [job for job, protocol in planned if protocol == "http"] == list(JOBS)
    assert set(plan(list(JOBS), {"https": both["https"]})) == {(job, "https") for job in JOBS}


@pytest.mark.parametrize(
    "wrong", [["--jobs", "get,gte"], ["--clients", "boto"], ["--endpoint", "http://a"], ["--prefix", "a"]]
)
def test_a_slip_on_the_command_line_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(wrong)
    assert "usage:" in capsys.readouterr().err


def test_the_command_line_is_read() -> None:
    given = command.parse(["--quick", "--jobs", "get,put", "--rounds", "7", "--size", "5"])
    assert isinstance(given, argparse.Namespace)
    assert given.jobs == ["get", "put"]
    assert command.amounts(given).rounds == 7
    assert command.amounts(given).size == 5 * 2**20
    assert command.amounts(given).small == command.QUICK.small


def test_every_client_has_a_class() -> None:
    folder = Path(__file__).parent / "clients"
    for known in CLIENTS.values():
        module, name = known.home.split(":")
        assert f"class {name}(" in (folder / f"{module}.py").read_text()
