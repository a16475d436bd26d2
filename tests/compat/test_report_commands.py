"""The commands `report`, `diff` and `profile`: what they print, write and end with."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from s3tester import cli, diff
from s3tester.cli import BAD_INPUT, DIFFERENCES, OK
from tests.compat.samples import few, not_run, result, run

if TYPE_CHECKING:
    from pathlib import Path

    from s3tester.results import Results


def save(folder: Path, *runs: Results) -> list[str]:
    paths = [folder / f"{each.store.name}.json" for each in runs]
    for path, each in zip(paths, runs, strict=True):
        path.write_text(each.text(), "utf-8")
    return [str(path) for path in paths]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of recorded results, empty."""
    folder = tmp_path / "results"
    folder.mkdir()
    for module in ("diff", "cli_reports"):
        monkeypatch.setattr(f"s3tester.{module}.folder", lambda _: folder)
    return folder


def test_a_report_is_of_the_files_that_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["report", *save(tmp_path, *few())]) == OK
    printed = capsys.readouterr().out
    assert "put.if_absent" in printed
    assert "not run: its package can't be had" in printed


def test_a_report_is_of_all_that_is_recorded(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(recorded, *few())
    assert cli.run(["report", "--format", "json"]) == OK
    assert [each["store"]["name"] for each in json.loads(capsys.readouterr().out)] == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("form", ["table", "json", "yaml", "junit", "markdown", "html"])
def test_a_report_goes_to_a_file_as_it_does_to_standard_output(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    paths = save(tmp_path, *few())
    assert cli.run(["report", "--format", form, "--output", str(tmp_path / "out"), *paths]) == OK
    assert capsysbinary.readouterr().out == b""
    assert cli.run(["report", "--format", form, *paths]) == OK
    assert (tmp_path / "out").read_bytes() == capsysbinary.readouterr().out


def test_two_runs_of_one_store_are_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = save(tmp_path, few()[0])
    assert cli.run(["report", path, path]) == BAD_INPUT
    assert "'s3tester diff' compares two runs" in capsys.readouterr().err


def test_no_difference_is_said_and_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = save(tmp_path, few()[1])
    assert cli.run(["diff", path, path]) == OK
    assert capsys.readouterr().out == "Nothing differs at beta: 4 compared.\n"


def test_differences_are_listed_and_end_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = save(tmp_path, *few()[:2])
    assert cli.run(["diff", before, after]) == DIFFERENCES
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "new failure put.if_absent/race supported ignored both writers won" in lines
    assert "vanished scenario bucket.cors supported" in lines
    assert cli.run(["diff", "--partial", before, after]) == DIFFERENCES
    assert "vanished" not in capsys.readouterr().out


def test_one_run_is_held_against_what_is_recorded_of_its_store(
    tmp_path: Path, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = save(tmp_path, run("alpha", result("put.metadata", "corrupt", reason="half of it came back")))
    assert cli.run(["diff", path]) == BAD_INPUT
    assert "no recorded results of 'alpha'" in capsys.readouterr().err
    save(recorded, run("alpha", result("put.metadata")))
    assert cli.run(["diff", path]) == DIFFERENCES
    assert "half of it came back" in capsys.readouterr().out


def test_a_name_leads_to_no_file_outside_of_the_recorded_ones(recorded: Path, tmp_path: Path) -> None:
    assert recorded.parent == tmp_path
    outside = run("alpha", result("put.metadata"))
    save(tmp_path, outside)
    with pytest.raises(Exception, match="no recorded results"):
        diff.baseline_of(outside.model_copy(update={"store": outside.store.model_copy(update={"name": "../alpha"})}))


def test_a_profile_goes_to_standard_output_or_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = save(tmp_path, few()[1])
    assert cli.run(["profile", path]) == OK
    printed = capsys.readouterr().out
    assert tomllib.loads(printed)["capabilities"]["put"]["if_absent"]["value"] == "no"
    assert cli.run(["profile", path, "--output", str(tmp_path / "beta.toml")]) == OK
    assert (tmp_path / "beta.toml").read_text("utf-8") == printed
    assert cli.run(["profile", path, "--settings", "lake"]) == OK
    overrides = tomllib.loads(capsys.readouterr().out)["stores"]["lake"]["capabilities"]
    assert overrides["put.if_absent"] == "no"


def test_a_store_that_was_not_run_has_no_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = save(tmp_path, not_run("gamma", "its package can't be had"))
    assert cli.run(["profile", path]) == BAD_INPUT
    assert "was not run: its package can't be had" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "diff", "profile"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b"[1]"])
def test_what_is_no_result_file_is_bad_input_with_its_name_and_a_solution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, content: bytes | None
) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_bytes(content)
    assert cli.run([command, str(path)]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert str(path) in told.err
    assert "Solution: " in told.err
