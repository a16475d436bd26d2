"""What is empty, most often an unset variable of a script, is refused and never taken for "not given"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import holdall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

K = "blob://versioned/k"


@pytest.mark.parametrize(
    ("named", "arguments"),
    [
        ("--if-match", ("put", "f", K, "--if-match", "")),
        ("--content-type", ("put", "f", K, "--content-type", "")),
        ("--storage-class", ("put", "f", K, "--storage-class", "")),
        ("SOURCE", ("put", "", K)),
        ("LOCATION", ("put", "f", "")),
        ("TARGET", ("get", K, "")),
        ("LOCATION", ("get", "", "t")),
        ("--version-id", ("get", K, "t", "--version-id", "")),
        ("--if-match", ("get", K, "t", "--if-match", "")),
        ("--version-id", ("head", K, "--version-id", "")),
        ("LOCATION", ("head", "")),
        ("LOCATION", ("list", "")),
        ("LOCATION", ("delete", "", "--recursive", "--force")),
        ("--version-id", ("delete", K, "--version-id", "")),
        ("SOURCE", ("copy", "", K)),
        ("TARGET", ("copy", K, "")),
        ("--storage-class", ("copy", K, "blob://versioned/l", "--storage-class", "")),
        ("SOURCE", ("resume", "", K)),
        ("--upload-id", ("resume", "f", K, "--upload-id", "")),
        ("--if-match", ("resume", "f", K, "--if-match", "")),
        ("LOCATION", ("uploads", "", "--abort", "--force")),
        *((f"--{name}", ("delete", "k", "--force", "--recursive", f"--{name}", "")) for name in ("store", "bucket")),
        *((f"--{name}", (f"--{name}", "", "head", K)) for name in ("store", "region", "profile")),
    ],
)
def test_an_empty_argument_is_refused_and_nothing_is_changed(
    named: str, arguments: tuple[str, ...], blob: Callable[..., Done], folder: Path
) -> None:
    (folder / "f").write_bytes(b"new")
    with holdall.open_storage("versioned") as storage:
        storage.put("k", b"old")
        before = sorted(path.name for path in folder.iterdir())
        done = blob(*arguments, code=2)
        told = done.stderr.replace("[", "").replace("]", "")  # the names of arguments that may be left out
        assert f"'{named}': it is empty; is a variable unset?" in told
        assert done.stdout == b""
        assert storage.get("k").read() == b"old"
        assert len(list(storage.versions.list())) == 1
    assert sorted(path.name for path in folder.iterdir()) == before
