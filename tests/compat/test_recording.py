"""`s3tester record`: what is kept of a store, and what is not."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from s3tester import cli, recording
from s3tester.cli import INTERRUPTED, OK
from s3tester.results import read
from s3tester.runner import Run
from s3tester.stores.installing import NotInstalledError
from s3tester.verdicts import Verdict
from tests.compat import samples
from tests.compat.samples import RUN, result

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers import S3Server


def not_here(_: str) -> None:
    raise NotInstalledError("rclone is not installed")


def test_scenarios_are_run_against_a_store_that_is_started_for_it() -> None:
    found = recording.measure("rclone", ["objects.head"])
    assert found.not_run is None
    assert (found.store.family, found.store.how) == ("rclone", "python -m s3tester.stores up rclone")
    assert found.store.version
    assert {each.verdict for each in found.results} == {Verdict.SUPPORTED}


def test_a_store_that_can_not_be_had_is_recorded_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recording, "running", not_here)
    assert cli.run(["record", "rclone", "--folder", str(tmp_path)]) == OK
    assert read(tmp_path / "rclone.json").not_run == "rclone is not installed"
    assert "rclone: not run: rclone is not installed" in capsys.readouterr().err


def test_results_are_not_replaced_by_the_reason_why_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rclone.json").write_text(samples.run("rclone", result("objects.head")).text(), "utf-8")
    monkeypatch.setattr(recording, "running", not_here)
    assert cli.run(["record", "rclone", "--folder", str(tmp_path)]) == OK
    assert read(tmp_path / "rclone.json").not_run is None


def test_what_was_interrupted_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rclone_server: S3Server
) -> None:
    monkeypatch.setattr(recording, "running", lambda _: nullcontext(rclone_server))
    monkeypatch.setattr(recording, "run", lambda *_, **__: Run(RUN, [], interrupted=True))
    assert cli.run(["record", "rclone", "--folder", str(tmp_path)]) == INTERRUPTED
    assert list(tmp_path.iterdir()) == []


def test_what_failed_for_want_of_time_is_asked_again_alone(
    monkeypatch: pytest.MonkeyPatch, rclone_server: S3Server
) -> None:
    monkeypatch.setattr(recording, "running", lambda _: nullcontext(rclone_server))
    asked: list[tuple[int, list[str]]] = []

    def busy(scenarios: Any, _: Any, *, parallel: int) -> Run:
        names = [each.scenario.id for each in scenarios]
        asked.append((parallel, names))
        verdict = "error" if parallel > 1 else "supported"
        return Run(RUN, [result(name, verdict) for name in names])

    monkeypatch.setattr(recording, "run", busy)
    found = recording.measure("rclone", ["objects.head"])
    assert [parallel for parallel, _ in asked] == [16, 1]
    assert {each.verdict for each in found.results} == {Verdict.SUPPORTED}
