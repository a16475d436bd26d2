"""What is not there is named as it was asked for, with the command that shows what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import errors
from holdall.cli.missing import headline, solution
from holdall.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import S3Server
    from tests.storage.cli.conftest import Done


@pytest.mark.parametrize(
    ("arguments", "object_", "command"),
    [
        (["head", "blob://lake/none"], "blob://lake/none", "blob list blob://lake/"),
        (["get", "blob://lake/a/b/no ne", "-"], "blob://lake/a/b/no ne", "blob list blob://lake/a/b/"),
        (["get", "blob://lake/a b/none", "-"], "blob://lake/a b/none", "blob list 'blob://lake/a b/'"),
        (["head", "none", "--store", "below"], "none", "blob list --store below"),
        (["head", "a/none", "--store", "below"], "a/none", "blob list a/ --store below"),
        (["head", "memory://other/none"], "memory://other/none", "blob list memory://other/"),
        (["head", "none", "--store", "shelf", "--bucket", "b"], "none", "blob list --store shelf --bucket b"),
        (["copy", "blob://below/none", "blob://below/x"], "blob://below/none", "blob list blob://below/"),
        (["copy", "blob://lake/none", "blob://below/x"], "blob://lake/none", "blob list blob://lake/"),
    ],
)
def test_objects(arguments: list[str], object_: str, command: str, blob: Callable[..., Done], folder: Path) -> None:
    with (folder / "holdall.toml").open("a") as file:
        file.write('[stores.below]\nprovider = "local"\nroot = "data/below"\nprefix = "p/"\n')
        file.write('[stores.shelf]\nprovider = "local"\nroot = "data/shelf"\nbucket = "data"\n')
    done = blob(*arguments, code=1)
    assert done.stderr.startswith(
        f"Error: object \"{object_}\" does not exist\n\nSolution: '{command}' shows which objects there are.\n"
    )
    assert "  - error: ObjectNotFound\n" in done.stderr


def test_files_of_this_machine_and_why(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "there").mkdir()
    done = blob("head", f"file://{folder}/there", code=1)
    assert done.stderr.startswith(f'Error: object "file://{folder}/there" does not exist\n')
    assert "  - message: there is a folder of that name, and no file\n" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["blob://versioned/k?versionId=gone"], ["blob://versioned/k", "--version-id=gone"]]
)
def test_versions(arguments: list[str], blob: Callable[..., Done]) -> None:
    with holdall.open_storage("versioned") as storage:
        storage.put("k", b"x")
    done = blob("head", *arguments, code=1)
    assert done.stderr.startswith(
        'Error: version "gone" of object "blob://versioned/k" does not exist\n\nSolution: Leave out the version'
    )


def test_a_bucket_that_the_settings_name(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "holdall.toml").write_text(
        '[stores.shelf]\nprovider = "local"\nroot = "data"\nbucket = "gone"\ncreate = false\n'
    )
    done = blob("list", "blob://shelf/", code=1)
    assert done.stderr.startswith(
        "Error: bucket \"gone\" does not exist\n\nSolution: Check the bucket's name: 'blob config"
    )


def test_buckets_and_objects_of_an_account(
    s3_server: S3Server, fresh_bucket: Callable[[S3Server], str], blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "holdall.toml").write_text(
        f'[stores.cloud]\nprovider = "s3-compatible"\nendpoint_url = "{s3_server.endpoint_url}"\n'
        f'access_key_id = "{s3_server.access_key_id}"\nsecret_access_key = "{s3_server.secret_access_key}"\n'
        f'region = "{s3_server.region}"\n'
    )
    bucket = fresh_bucket(s3_server)
    for location in ("s3://no-such-bucket/k", "blob://cloud/no-such-bucket/k"):
        done = blob("get", location, "-", code=1)
        assert done.stderr.startswith(
            'Error: bucket "no-such-bucket" does not exist\n\n'
            "Solution: Check the bucket's name: 'blob list blob://cloud/' shows the buckets of the store. To make it: "
        )
    for location in (f"s3://{bucket}/a/none", f"blob://cloud/{bucket}/a/none"):
        for command in (("head", location), ("get", location, "-"), ("copy", location, f"s3://{bucket}/x")):
            assert blob(*command, code=1).stderr.startswith(
                f"Error: object \"{location}\" does not exist\n\nSolution: 'blob list {location[:-4]}' shows"
            )


def test_a_bucket_of_a_location_that_goes_through_a_store_with_a_bucket_of_its_own(
    moto_server: S3Server, blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "holdall.toml").write_text(
        f'[stores.cloud]\nprovider = "s3-compatible"\nendpoint_url = "{moto_server.endpoint_url}"\n'
        'access_key_id = "a"\nsecret_access_key = "b"\nregion = "us-east-1"\nbucket = "not-made-yet"\n'
    )
    said = blob("get", "s3://no-such-bucket/k", "-", code=1).stderr
    assert "\nSolution: Check the bucket's name: it is that of the location" in said
    assert "in the store 'cloud', which --store chooses" in said
    assert "blob list blob://cloud/" not in said  # it would list what is in the store's own bucket
    for arguments in ([], ["cloud"]):
        done = blob("doctor", *arguments, code=1)
        assert "✗ listing: the store answered: The specified bucket does not exist: not-made-yet" in done.text
        assert done.stderr.startswith('Error: bucket "not-made-yet" does not exist\n')
        assert "'blob config show' tells where a store's is set. To make it: python -c" in done.stderr
    listing = blob("doctor", "--format", "json", code=1).json[-1]
    assert "open_account('cloud').create('not-made-yet')" in listing["solution"]


def test_what_nobody_named_keeps_its_own_message() -> None:
    for error in (errors.ObjectNotFound("gone", store="lake", key="k"), errors.SlowDown("wait")):
        assert headline(error, Session()) is None
        assert solution(error, Session()) is None
