"""`blob features`: what a store can do, and how that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from holdall.capabilities import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import S3Server
    from tests.storage.cli.conftest import Done

SECRET = "marker-of-a-secret"
CLOUD = f"""
[stores.cloud]
provider = "s3-compatible"
endpoint_url = "%s"
bucket = "analytics"
access_key_id = "me"
secret_access_key = "{SECRET}"
"""


@pytest.fixture
def cloud(folder: Path) -> Callable[..., None]:
    def configure(endpoint_url: str = "http://127.0.0.1:9", **more: str) -> None:
        with (folder / "holdall.toml").open("a") as file:
            file.write(CLOUD % endpoint_url + "".join(f'{name} = "{value}"\n' for name, value in more.items()))

    return configure


def found(done: Done) -> dict[str, Any]:
    return {row["feature"]: row for row in done.json["features"]}


def test_every_feature_is_there_with_what_is_known(blob: Callable[..., Done], cloud: Callable[..., None]) -> None:
    cloud("https://s3.fr-par.scw.cloud")
    done = blob("features", "cloud", "--json")
    head = {name: value for name, value in done.json.items() if name != "features"}
    assert head == {
        "store": "cloud",
        "provider": "s3-compatible",
        "endpoint": "https://s3.fr-par.scw.cloud",
        "family": "scaleway",
        "version": None,
        "recognised_by": "host s3.fr-par.scw.cloud",
    }
    features = found(done)
    assert list(features) == list(FEATURES)
    assert features["multipart.max_parts"] == {
        "feature": "multipart.max_parts",
        "value": 1000,
        "source": "profile",
        "date": "2026-08-21",
        "note": "profile scaleway: rclone/rclone@64ab1ac32 backend/s3/provider/Scaleway.yaml",
    }
    assert features["put.if_absent"]["value"] == "yes"
    assert features["versions.list"]["value"] == "unknown"
    assert features["tiers.classes"]["value"] == ["STANDARD", "ONEZONE_IA", "GLACIER"]
    assert SECRET not in done.text


def test_the_users_word_is_named_as_the_source(
    blob: Callable[..., Done], cloud: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud(store_family="storagegrid", store_version="12.1")
    monkeypatch.setenv("HOLDALL_STORES__CLOUD__CAPABILITIES", '{"put.if_absent": "yes"}')
    done = blob("features", "cloud", "--format", "json")
    assert (done.json["family"], done.json["version"]) == ("storagegrid", "12.1")
    assert done.json["recognised_by"] == "the setting store_family"
    features = found(done)
    assert (features["put.if_absent"]["value"], features["put.if_absent"]["source"]) == ("yes", "overridden")
    assert features["dialect.default_checksums"]["value"] == "yes"


def test_a_store_that_nothing_tells_anything_of(blob: Callable[..., Done], cloud: Callable[..., None]) -> None:
    cloud()
    table = blob("features", "blob://cloud/any/key").text
    assert table.startswith(
        "cloud: provider s3-compatible, http://127.0.0.1:9; generic (version not known), recognised by nothing\n"
    )
    assert [line.split()[:2] for line in table.splitlines() if "put.if_absent" in line] == [
        ["put.if_absent", "unknown"]
    ]
    assert "5,368,709,120" in table


def test_lines_for_programs_are_one_for_each_feature(blob: Callable[..., Done]) -> None:
    lines = blob("features", "--format", "text").text.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(FEATURES)
    assert {len(line.split("\t")) for line in lines} == {5}


def test_a_folder_has_features_too(blob: Callable[..., Done]) -> None:
    done = blob("features", "lake", "--json")
    assert (done.json["provider"], done.json["family"]) == ("local", None)
    assert found(done)["put.if_absent"]["value"] == "yes"
    assert "recognised" not in blob("features", "lake").text.splitlines()[0]


def test_an_unknown_store_is_2(blob: Callable[..., Done]) -> None:
    assert "Did you mean 'lake'" in blob("features", "lakee", code=2).stderr


# --- probing -----------------------------------------------------------------------------------------------------


@pytest.fixture
def real(folder: Path, moto_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> str:
    """A store that nothing is known of, on a fresh bucket of a real server, and an account there."""
    bucket = fresh_bucket(moto_server)
    for name, more in (("real", f'bucket = "{bucket}"\nprefix = "mine/"\n'), ("account", "")):
        with (folder / "holdall.toml").open("a") as file:
            file.write(
                f"[stores.{name}]\n{more}"
                'provider = "s3-compatible"\nstore_family = "generic"\n'
                f'endpoint_url = "{moto_server.endpoint_url}"\nregion = "{moto_server.region}"\n'
                f'access_key_id = "{moto_server.access_key_id}"\n'
                f'secret_access_key = "{moto_server.secret_access_key}"\n'
            )
    return bucket


@pytest.mark.usefixtures("real")
def test_a_probe_shows_what_was_found_and_later_runs_know_it(blob: Callable[..., Done], moto_server: S3Server) -> None:
    assert found(blob("features", "real", "--json"))["put.if_absent"]["value"] == "unknown"
    assert blob("features", "real", "--probe", "-n").stderr.startswith("would probe real on scratch objects")
    assert found(blob("features", "real", "--json"))["put.if_absent"]["value"] == "unknown"
    done = blob("features", "real", "--probe", "--json")
    assert found(done)["put.if_absent"] | {"date": None, "note": None} == {
        "feature": "put.if_absent",
        "value": "yes",
        "source": "probed",
        "date": None,
        "note": None,
    }
    assert moto_server.secret_access_key not in done.text + done.stderr
    later = found(blob("features", "account", "--json"))  # the same endpoint
    assert later["put.if_absent"]["source"] == "probed"
    assert blob("list", "blob://real/", "-r", "--format", "keys").text == ""
    blob("features", "real", "--forget")
    assert found(blob("features", "account", "--json"))["put.if_absent"]["value"] == "unknown"


def test_an_account_is_probed_in_a_bucket_that_is_named_or_in_a_scratch_one(
    real: str, blob: Callable[..., Done]
) -> None:
    assert "--scratch-bucket" in blob("features", "account", "--probe", code=2).stderr
    features = found(blob("features", "account", "--scratch-bucket", "--json"))
    assert features["versions.enable"]["source"] == "probed"
    features = found(blob("features", f"blob://account/{real}", "--fresh", "--json"))
    assert features["put.if_absent"]["source"] == "probed"


def test_what_is_emulated_is_said(blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HOLDALL_STORES__LAKE__CAPABILITIES", '{"put.if_absent": "no"}')
    (folder / "f").write_bytes(b"one")
    assert "on_unsupported" in blob("put", "f", "blob://lake/f", "--if-not-exists", code=2).stderr
    monkeypatch.setenv("HOLDALL_STORES__LAKE__ON_UNSUPPORTED", "emulate")
    done = blob("put", "f", "blob://lake/f", "--if-not-exists")
    assert done.stderr == (
        "emulated, since the store has not got it: "
        "put.if_absent: racy: somebody else may write between the look and the write\n"
    )
    assert "skipped" in blob("put", "f", "blob://lake/f", "--if-not-exists").stderr


def test_a_store_that_says_what_it_can_is_not_probed(blob: Callable[..., Done]) -> None:
    assert "not probed" in blob("features", "lake", "--probe", code=2).stderr
    assert "exclude each other" in blob("features", "lake", "--probe", "--forget", code=2).stderr
