"""`blob stores`, `blob config`, and the global options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

SECRET = "marker-of-a-secret"

CLOUD = f"""
[stores.cloud]
provider = "minio"
endpoint_url = "http://127.0.0.1:9"
bucket = "analytics"
access_key_id = "me"
secret_access_key = "{SECRET}"

[stores.broken]
provider = "minio"
buckt = "x"
"""


@pytest.fixture
def _cloud(folder: Path) -> None:
    with (folder / "holdall.toml").open("a") as file:
        file.write(CLOUD)


@pytest.mark.usefixtures("_cloud")
def test_stores(blob: Callable[..., Done], folder: Path) -> None:
    stores = {store["name"]: store for store in blob("stores", "--format", "json").json}
    assert stores["lake"] == {
        "name": "lake",
        "provider": "local",
        "where": str(folder / "data" / "lake"),
        "default": True,
        "source": f"{folder / 'holdall.toml'}: stores.lake.provider",
    }
    assert (stores["cloud"]["where"], stores["cloud"]["default"]) == ("bucket analytics at http://127.0.0.1:9", False)
    assert stores["broken"]["provider"] is None
    assert stores["broken"]["where"].startswith("not valid: 'buckt' is not a setting")
    assert stores["s3"]["source"] == "built in"


@pytest.mark.usefixtures("_cloud")
def test_the_table_of_stores_marks_the_default_and_is_never_cut(blob: Callable[..., Done], folder: Path) -> None:
    table = blob("stores").text
    (lake,) = [line for line in table.splitlines() if line.split()[:1] == ["lake"]]
    assert "*" in lake.split()
    assert f"{folder / 'holdall.toml'}: stores.lake.provider" in lake


@pytest.mark.usefixtures("_cloud")
@pytest.mark.parametrize("arguments", [["show"], ["show", "cloud"], ["show", "--store", "cloud"], ["show", "broken"]])
@pytest.mark.parametrize("form", ["json", "text", "table"])
def test_no_secret_is_shown(arguments: list[str], form: str, blob: Callable[..., Done]) -> None:
    done = blob("config", *arguments, "--format", form, "-V", code=2 if "broken" in arguments else 0)
    assert SECRET not in done.text + done.stderr
    if "broken" not in arguments:
        assert "**********" in done.text


@pytest.mark.usefixtures("_cloud")
def test_each_setting_has_its_source(blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDALL_STORES__CLOUD__TRANSFER__MAX_CONCURRENCY", "3")
    monkeypatch.setenv("BLOB_CHUNK_SIZE", "8MiB")
    rows = blob("config", "show", "cloud", "--region", "eu-central-1", "--format", "json").json
    found = {row["path"]: (row["value"], row["source"], row["secret"]) for row in rows}
    assert found["bucket"] == ("analytics", f"{folder / 'holdall.toml'}: stores.cloud.bucket", False)
    assert found["secret_access_key"][0] == "**********"
    assert found["secret_access_key"][2] is True
    assert found["transfer.max_concurrency"] == (3, "HOLDALL_STORES__CLOUD__TRANSFER__MAX_CONCURRENCY", False)
    assert found["transfer.chunk_size"] == (8 * 2**20, "BLOB_CHUNK_SIZE", False)
    assert found["region"] == ("eu-central-1", "call argument region", False)
    assert found["prefix"] == ("", "default", False)


def test_which_files_are_read(blob: Callable[..., Done], folder: Path) -> None:
    assert blob("config", "path").text == f"{folder / 'holdall.toml'}\n"
    assert blob("config", "path", "--format", "json").json == {"files": [str(folder / "holdall.toml")]}
    (folder / "holdall.toml").unlink()
    done = blob("config", "path")
    assert done.text == ""
    assert "write a holdall.toml" in done.stderr


def test_broken_settings_are_2_with_file_and_line(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "holdall.toml").write_text("default_store = \n")
    for arguments in (["stores"], ["list"], ["config", "show"], ["doctor"]):
        assert f"{folder / 'holdall.toml'}, line 1, column" in blob(*arguments, code=2).stderr


def test_an_unknown_store_is_2_with_the_nearest_name(blob: Callable[..., Done]) -> None:
    done = blob("list", "blob://lakes/", code=2)
    assert done.stderr.splitlines()[:3] == ["Error: there is no store 'lakes'", "", "Solution: Did you mean 'lake'?"]


def test_the_options_of_all_commands_stand_before_or_after(blob: Callable[..., Done]) -> None:
    assert blob("--format", "json", "stores").stdout == blob("stores", "--format", "json").stdout
    assert blob("--format", "table", "stores", "--format", "json").json
    assert blob("-q", "stores").stdout == b""
    assert "'prefx'" not in blob("config", "show", "lake", "--format", "text").text
    done = blob("config", "show", "lake", "--region", "x", code=2)
    assert "'region' is not a setting of provider 'local' (set by --region)" in done.stderr


def test_doctor_tells_a_failure_once_to_people(blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    assert blob("doctor", "nope", code=2).stderr.startswith("Error: there is no store 'nope'")
    monkeypatch.setattr("holdall.cli.commands.doctor.is_terminal", lambda _: True)
    done = blob("doctor", "nope", code=2)
    assert (done.text + done.stderr).count("there is no store 'nope'") == 1
    assert done.stderr.startswith("Error: the check 'store' failed\n\nSolution: ")
    assert "there is no store 'nope'" in blob("doctor", "nope", "--quiet", code=2).stderr
