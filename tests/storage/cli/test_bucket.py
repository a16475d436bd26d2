"""Which bucket a plain key is in: `--bucket`, else `BLOB_BUCKET`, else the store's own; never another in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

CONFIG = """
default_store = "buckets"

[stores.buckets]
provider = "local"
root = "buckets"
bucket = "data"
durable = false

[stores.one]
provider = "local"
root = "one"
durable = false

[stores.account]
provider = "memory"
bucket = "configured"

[stores.minio]
provider = "minio"
endpoint_url = "http://127.0.0.1:9"
access_key_id = "id"
secret_access_key = "secret"
bucket = "configured"
"""


@pytest.fixture(autouse=True)
def _settings(folder: Path) -> None:
    (folder / "holdall.toml").write_text(CONFIG)


def files(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != "holdall.toml")
    return {str(path) for path in found if ".holdall" not in path.parts}


@pytest.mark.parametrize("default", ["buckets", "account"])
def test_the_variable_is_the_bucket_of_plain_keys_whatever_the_store_is_set_to(
    default: str, blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_DEFAULT_STORE", default)
    monkeypatch.setenv("BLOB_BUCKET", "prod-bucket")
    assert blob("put", "-", "k", stdin=b"x").json["bucket"] == "prod-bucket"
    assert blob("get", "k", "-").stdout == b"x"
    assert blob("list").json["bucket"] == "prod-bucket"
    assert blob("copy", "k", "l").json["source"]["bucket"] == "prod-bucket"
    assert [each["key"] for each in blob("list").json["objects"]] == ["k", "l"]
    monkeypatch.delenv("BLOB_BUCKET")
    assert blob("list").json["objects"] == []
    blob("delete", "k", "--store", default, "--bucket", "prod-bucket")
    assert [each["key"] for each in blob("list", "--bucket", "prod-bucket").json["objects"]] == ["l"]


def test_the_option_wins_over_the_variable(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_BUCKET", "by-variable")
    assert blob("put", "-", "k", "--bucket", "by-option", stdin=b"x").json["bucket"] == "by-option"
    assert files(folder) == {"buckets/by-option/k"}


def test_a_bucket_in_the_settings_of_an_s3_store_gives_way_too(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_BUCKET", "by-variable")
    done = blob("put", "holdall.toml", "k", "--store", "minio", "--dry-run")
    assert done.json["bucket"] == "by-variable"
    assert "bucket by-variable" in done.stderr


def test_what_a_location_means_depends_on_no_variable(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_BUCKET", "by-variable")
    assert blob("put", "-", "blob://buckets/k", stdin=b"x").json["bucket"] == "data"
    assert blob("put", "-", "blob://buckets/k", "--bucket", "by-option", stdin=b"x").json["bucket"] == "by-option"
    blob("get", "blob://one/none", "-", code=1)
    assert blob("put", "holdall.toml", "s3://another/k", "--store", "minio", "-n").json["bucket"] == "another"
    assert files(folder) == {"buckets/data/k", "buckets/by-option/k"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("put", "holdall.toml", "k", "--store", "one"),
        ("put", "holdall.toml", "k"),
        ("get", "k", "out"),
        ("list",),
        ("delete", "k"),
        ("copy", "blob://buckets/k", "l"),
        ("head", "k"),
        ("doctor", "--write"),
    ],
)
def test_a_store_without_buckets_refuses_the_variable_and_changes_nothing(
    arguments: tuple[str, ...], blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDALL_DEFAULT_STORE", "one")
    monkeypatch.setenv("BLOB_BUCKET", "prod-bucket")
    done = blob(*arguments, code=2)
    assert "Error: BLOB_BUCKET names the bucket 'prod-bucket', and the store 'one' has no buckets" in done.stderr
    assert "Solution: Unset BLOB_BUCKET, or write blob://one/<key>, or choose" in done.stderr
    assert files(folder) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("put", "holdall.toml", "k", "--store", "one"),
        ("put", "holdall.toml", "blob://one/k"),
        ("list", "file:///"),
        ("doctor", "one", "--write"),
    ],
)
def test_a_store_without_buckets_refuses_the_option(
    arguments: tuple[str, ...], blob: Callable[..., Done], folder: Path
) -> None:
    done = blob(*arguments, "--bucket", "prod-bucket", code=2)
    assert "Error: --bucket names the bucket 'prod-bucket', and the store " in done.stderr
    assert "Solution: Leave out --bucket, or choose" in done.stderr
    assert files(folder) == set()


def test_doctor_looks_where_plain_keys_go_or_at_the_store_that_is_named(
    blob: Callable[..., Done], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_BUCKET", "prod-bucket")
    assert f"at {folder}/buckets/prod-bucket;" in blob("doctor").text
    assert f"at {folder}/buckets/data;" in blob("doctor", "buckets").text
    assert f"at {folder}/one;" in blob("doctor", "one").text
