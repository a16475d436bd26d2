"""dask opens files with an argument of its own making."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HOLDALL_STORES__HERE__PROVIDER", "local")
    monkeypatch.setenv("HOLDALL_STORES__HERE__ROOT", str(tmp_path))
    return "blob://here"


def test_default_cache_is_the_cache_type_where_that_is_not_given(folder: str) -> None:
    fs, path = fsspec.url_to_fs(f"{folder}/a")
    fs.pipe_file(path, b"abc")
    with fs.open(path, default_cache="none") as file:
        assert file.cache.name == "none"
    with fs.open(path, default_cache="none", cache_type="bytes") as file:
        assert file.cache.name == "bytes"
    with fs.open(path) as file:
        assert file.cache.name == "readahead"


def test_an_argument_that_nobody_knows_is_refused(folder: str) -> None:
    fs, path = fsspec.url_to_fs(f"{folder}/a")
    fs.pipe_file(path, b"abc")
    with pytest.raises(TypeError, match="cashe_type"):
        fs.open(path, cashe_type="none")
