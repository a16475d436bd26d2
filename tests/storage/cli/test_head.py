"""`blob head`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storage.cli.conftest import Done


@pytest.fixture(autouse=True)
def _an_object() -> None:
    with holdall.open_storage("lake") as storage:
        storage.put(
            "a.json",
            b"{}",
            metadata={"version": "1"},
            tags={"env": "prod"},
            checksum_algorithm=holdall.ChecksumAlgorithm.SHA256,
        )


def test_the_documented_json(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("lake") as storage:
        info = storage.head("a.json", checksums=True)
    assert info.last_modified is not None
    assert blob("head", "blob://lake/a.json").json == {
        "bucket": "lake",
        "key": "a.json",
        "size": 2,
        "etag": info.etag,
        "version_id": None,
        "content_type": "application/json",
        "last_modified": info.last_modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "storage_class": "STANDARD",
        "metadata": {"version": "1"},
        "tags": {"env": "prod"},
        "checksums": {"SHA256": info.checksums[0].value},
    }


def test_text_and_table_have_a_line_for_each_field(blob: Callable[..., Done]) -> None:
    text = dict(line.split("\t") for line in blob("head", "blob://lake/a.json", "--format", "text").text.splitlines())
    assert (text["size"], text["metadata"], text["version_id"]) == ("2", '{"version": "1"}', "-")
    table = blob("head", "blob://lake/a.json", "--format", "table").text
    assert ["size", "2"] in [line.split() for line in table.splitlines()]


def test_versions(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("versioned") as storage:
        old = str(storage.put("v", b"old").version_id)
        storage.put("v", b"newer")
    assert blob("head", "blob://versioned/v").json["size"] == 5
    assert blob("head", "blob://versioned/v", "--version-id", old).json["size"] == 3
    assert blob("head", f"blob://versioned/v?versionId={old}").json["version_id"] == old


def test_quiet_tells_by_the_exit_code(blob: Callable[..., Done]) -> None:
    assert blob("head", "blob://lake/a.json", "-q").stdout == b""
    done = blob("head", "blob://lake/none", "-q", code=1)
    assert done.stdout == b""
    assert "Error:" in done.stderr


def test_tags_that_may_not_be_read_are_null_and_said_so(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise errors.AccessDenied("no")

    monkeypatch.setattr("holdall.views.TagsView.get", refuse)
    done = blob("head", "blob://lake/a.json")
    assert done.json["tags"] is None
    assert done.stderr == "The tags may not be read with these credentials.\n"
