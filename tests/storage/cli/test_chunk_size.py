"""`--chunk-size`: the same option of `put`, `get` and `copy`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall import errors
from holdall.transfer.download import Download

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

COMMANDS = {
    "put": ("put", "f", "blob://lake/k"),
    "get": ("get", "blob://lake/there", "here"),
    "copy": ("copy", "blob://lake/there", "blob://backup/k"),
}


@pytest.fixture(autouse=True)
def there(folder: Path) -> None:
    (folder / "f").write_bytes(bytes(3_000_000))
    with holdall.open_storage("lake") as storage:
        storage.upload_file("f", "there")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", ["0", "0MiB", "5X", "-1", "many"])
def test_what_is_no_size_is_refused_with_what_to_write(command: str, size: str, blob: Callable[..., Done]) -> None:
    said = blob(*COMMANDS[command], f"--chunk-size={size}", code=2).stderr
    assert said.startswith("Error: --chunk-size ")
    assert "\nSolution: Write bytes or a unit, e.g. --chunk-size 16MiB; or leave it out" in said


@pytest.mark.parametrize(("variable", "value"), [("BLOB_CHUNK_SIZE", "0"), ("BLOB_CHUNK_SIZE", "5X")])
def test_a_variable_that_is_no_size_has_a_solution_too(
    variable: str, value: str, blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert re.search(r"\nSolution: Write bytes,? or a unit", blob(*COMMANDS["get"], code=2).stderr)


@pytest.mark.parametrize("command", ["put", "copy"])
def test_more_than_the_store_takes_is_refused(command: str, blob: Callable[..., Done]) -> None:
    said = blob(*COMMANDS[command], "--chunk-size", "10GB", code=2).stderr
    assert "--chunk-size 10.0 GB is more than this store takes in one part" in said


def test_a_download_comes_in_pieces_of_it(blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int | None] = []
    to = Download.to

    def spy(self: Download, target: Any) -> Any:
        seen.append(self.settings.chunk_size)
        return to(self, target)

    monkeypatch.setattr(Download, "to", spy)
    blob(*COMMANDS["get"], "--chunk-size", "1MB")
    assert seen == [1_000_000]


def test_a_copy_between_stores_is_sent_in_parts_of_it(
    blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    from holdall_local.provider import LocalProvider

    sizes: list[int] = []
    upload_part = LocalProvider.upload_part

    def spy(self: LocalProvider, *args: Any) -> Any:
        sizes.append(len(args[3]))
        return upload_part(self, *args)

    monkeypatch.setattr(LocalProvider, "upload_part", spy)
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    blob(*COMMANDS["copy"], "--chunk-size", "1MB")
    assert sorted(sizes) == [1_000_000] * 3


def test_a_verb_says_that_it_is_a_setting() -> None:
    with holdall.open_storage("lake") as storage, pytest.raises(TypeError, match=r"transfer=\{'chunk_size': \.\.\.\}"):
        storage.upload_file("f", chunk_size=5)  # type: ignore[call-arg]
    with pytest.raises(errors.InvalidConfiguration) as caught:
        holdall.open_storage("lake", transfer={"chunk_size": 0})
    assert "16MiB" in str(caught.value.hint)
