"""fsspec's own suites for file systems, over a folder and memory, and over S3 when all places are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.tests import abstract

from tests.places import IS_ALL

if TYPE_CHECKING:
    from holdall.fsspec import BlobFileSystem


pytestmark = pytest.mark.parametrize("store", ["memory", "local", *(["s3"] if IS_ALL else [])], indirect=True)


class BlobFixtures(abstract.AbstractFixtures):  # type: ignore[misc] # fsspec has no annotations
    """What fsspec's suites ask of a file system."""

    @pytest.fixture
    def fs(self, store: str) -> BlobFileSystem:
        found: BlobFileSystem = fsspec.filesystem("blob", store=store)
        return found

    @pytest.fixture
    def local_fs(self) -> LocalFileSystem:
        return LocalFileSystem(auto_mkdir=True)  # older suites have it with a scope that pytest does not like

    @pytest.fixture
    def fs_join(self) -> Any:
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def fs_path(self, store: str) -> str:
        return f"{store}/in/here"

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestCopy(abstract.AbstractCopyTests, BlobFixtures):  # type: ignore[misc]
    pass


class TestGet(abstract.AbstractGetTests, BlobFixtures):  # type: ignore[misc]
    pass


class TestPut(abstract.AbstractPutTests, BlobFixtures):  # type: ignore[misc]
    pass


class TestOpen(abstract.AbstractOpenTests, BlobFixtures):  # type: ignore[misc]
    pass


class TestPipe(abstract.AbstractPipeTests, BlobFixtures):  # type: ignore[misc]
    pass
