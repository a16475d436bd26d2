"""The command: options, formats, exit codes, and errors without tracebacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from s3tester.cli import run
from s3tester.places import folder
from tests.compat.fakes import ENVIRON, Answer, error, run_fake
from tests.compat.running import HEAD, scenario

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3Server

PUT = '- call: PutObject\n  with: {Bucket: "${bucket}", Key: "${key}", Body: one}\n'
QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
IGNORED = PUT + "  expect: {error: 412}\n  otherwise: ignored"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file with one scenario that is supported and one that is ignored."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        HEAD + scenario(PUT, severity="core") + scenario(IGNORED, id="put.if_absent", feature="put.if_absent")
    )
    return file


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def run_on(store_url: str, mine: Path, *options: str) -> int:
    return run(["run", "--endpoint", store_url, "--scenarios", str(mine), "--format", "json", *options])


def verdicts(out: str) -> dict[str, str]:
    return {each["scenario"]: each["verdict"] for each in json.loads(out)["results"]}


def test_all_supported_is_0_and_anything_else_1(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with run_fake(lambda *_: None) as store:
        assert run_on(store.url, mine, "--filter", "core") == 0
        assert run_on(store.url, mine) == 1
    assert '"verdict": "ignored"' in capsys.readouterr().out


def test_expectations_decide(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with run_fake(lambda *_: None) as store:
        assert run_on(store.url, mine, "--expect", "put.if_absent=ignored") == 0
        capsys.readouterr()
        assert run_on(store.url, mine, "--expect", "put.if_absent=unsupported") == 1
        assert "put.if_absent" in capsys.readouterr().err
        assert run_on(store.url, mine, "--expect", "put.if_absent=no") == 2


def test_results_that_can_not_be_written_are_refused_before_anything_is_sent(mine: Path, tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as store:
        for place in (tmp_path / "nowhere" / "results.json", tmp_path):
            assert run_on(store.url, mine, "--output", str(place)) == 2
        assert store.requests == []


def test_a_baseline_decides(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = tmp_path / "recorded.json"

    def refuse(method: str, path: str, *_: object) -> Answer | None:
        return error(501, "NotImplemented") if method == "PUT" and path.count("/") > 1 else None

    with run_fake(lambda *_: None) as store:
        assert run_on(store.url, mine, "--output", str(recorded)) == 1
        assert run_on(store.url, mine, "--baseline", str(recorded)) == 0
        assert run_on(store.url, mine, "--baseline", str(recorded), "--filter", "core") == 0
    with run_fake(refuse) as store:
        capsys.readouterr()
        assert run_on(store.url, mine, "--baseline", str(recorded)) == 1
    assert "put.if_absent" in capsys.readouterr().err
    recorded.write_text("{}")
    with run_fake(lambda *_: None) as store:
        assert run_on(store.url, mine, "--baseline", str(recorded)) == 2
        assert store.requests == []


def test_what_can_not_be_right_is_2_and_nothing_is_sent(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(mine.read_text().replace("PutObject", "PutObjekt"))
    with run_fake(lambda *_: None) as store:
        for options in (
            ("run", "--endpoint", store.url, "--scenarios", str(wrong)),
            ("run", "--endpoint", store.url, "--scenarios", str(mine), "--filter", "nothing"),
            ("run", "--endpoint", store.url, "--scenarios", str(mine), "--filter", "!put", "--filter", "!core"),
            ("run", "--endpoint", store.url, "--store", "lake"),
            ("run", "--endpoint", "no address", "--scenarios", str(mine)),
            ("run", "--store", "nowhere", "--scenarios", str(mine)),
            ("run", "--config", str(tmp_path / "absent.toml"), "--scenarios", str(mine)),
            ("run", "--parallel", "0"),
            ("run", "--no-such-option"),
            ("rnu",),
            ("validate", str(wrong)),
            ("run", "--endpoint", store.url, "--scenarios", str(mine), "--log", str(tmp_path / "absent" / "log")),
        ):
            assert run(options) == 2, options
            told = capsys.readouterr().err
            assert told.startswith("Error: "), told
            assert "Traceback" not in told
            assert ENVIRON["AWS_SECRET_ACCESS_KEY"] not in told
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        assert run_on(store.url, mine) == 2
        assert store.requests == []


def test_a_store_that_does_not_let_itself_be_measured_is_3(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with run_fake(lambda *_: error(403, "AccessDenied")) as store:
        assert run_on(store.url, mine) == 3
    told = capsys.readouterr().err
    assert told.startswith("Error: the store made no bucket: 403 AccessDenied\n\nSolution: ")


def test_a_mistake_of_ours_is_70_and_no_traceback(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("s3tester.cli_run.plan", lambda _: 1 / 0)
    assert run(["run", "--scenarios", str(mine), "--dry-run"]) == 70
    assert capsys.readouterr().err.startswith(
        "Error: something unexpected happened (ZeroDivisionError) at test_cli.py:"
    )


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_a_dry_run_sends_nothing_and_needs_no_store(
    form: str, mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ENVIRON:
        monkeypatch.delenv(name)
    assert run(["run", "--scenarios", str(mine), "--dry-run", "--format", form]) == 0
    assert "test[0] PutObject Bucket=${bucket} Key=${key} Body=one" in capsys.readouterr().out


def test_a_store_of_the_configuration_is_measured(
    mine: Path, moto_server: S3Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(
        f'[stores.lake]\nprovider = "s3-compatible"\nendpoint_url = "{moto_server.endpoint_url}"\n'
        f'access_key_id = "{moto_server.access_key_id}"\nsecret_access_key = "{moto_server.secret_access_key}"\n'
    )
    command = ["run", "--config", str(config), "--scenarios", str(mine), "--format", "json", "--filter", "core"]
    assert run([*command, "--store", "lake"]) == 0
    assert run(command) == 0  # it is the only one
    out = capsys.readouterr().out
    assert '"name": "lake"' in out
    config.write_text('[stores.lake]\nprovider = "memory"\n')
    assert run(command) == 2
    assert "speaks S3 only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("terms", "chosen"),
    [
        ([], {"objects.put_get", "put.if_absent"}),
        (["put"], {"put.if_absent"}),
        (["put.*"], {"put.if_absent"}),
        (["core"], {"objects.put_get"}),
        (["!core"], {"put.if_absent"}),
        (["objects.put_get", "put.if_absent"], {"objects.put_get", "put.if_absent"}),
    ],
)
def test_filters_choose(terms: list[str], chosen: set[str], mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [each for term in terms for each in ("--filter", term)]
    assert run(["list", "--scenarios", str(mine), "--format", "json", *options]) == 0
    assert {each["scenario"] for each in json.loads(capsys.readouterr().out)} == chosen


@pytest.mark.parametrize(
    ("terms", "chosen"),
    [
        ([], {"put.if_match"}),
        (["put"], {"put.if_match"}),
        (["put.if_absent"], {"put.if_absent"}),
        (["large"], {"put.if_absent"}),
        (["put", "large"], {"put.if_match", "put.if_absent"}),
    ],
)
def test_what_is_large_runs_only_when_it_is_named(
    terms: list[str], chosen: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "large.yaml"
    small = scenario(PUT, id="put.if_match", feature="put.if_match")
    file.write_text(HEAD + small + scenario(PUT, id="put.if_absent", feature="put.if_absent", tags="[large]"))
    options = [each for term in terms for each in ("--filter", term)]
    assert run(["run", "--scenarios", str(file), "--dry-run", "--format", "json", *options]) == 0
    assert {each["scenario"] for each in json.loads(capsys.readouterr().out)} == chosen
    assert run(["list", "--scenarios", str(file), "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_what_is_required_runs_with_what_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.yaml"
    needed = scenario(PUT)
    file.write_text(
        HEAD + needed + scenario(PUT, id="put.metadata", feature="put.metadata", requires="[objects.put_get]")
    )
    with run_fake(lambda *_: None) as store:
        assert run_on(store.url, file, "--filter", "put.metadata") == 0
    assert set(verdicts(capsys.readouterr().out)) == {"objects.put_get", "put.metadata"}


def test_the_schema_takes_our_scenarios_and_refuses_what_validate_refuses(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    for file in [mine, *sorted(folder("scenarios").glob("*.yaml"))]:
        checker.validate(yaml.load(file.read_text(), Loader=QUICK))  # noqa: S506 - a safe one
    wrong = mine.read_text().replace("call: PutObject", "cal: PutObject")
    assert not checker.is_valid(yaml.safe_load(wrong))


def test_help_is_there_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "Exit codes" in capsys.readouterr().out
    for command in ("run", "validate", "list", "schema"):
        assert run([command, "--help"]) == 0
    assert "AWS_ACCESS_KEY_ID" in capsys.readouterr().out
