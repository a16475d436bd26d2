"""File systems for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec
import pytest

from tests.stores import configure, memory, s3_bucket, s3_settings, store  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from holdall.fsspec import BlobFileSystem


@pytest.fixture
def memory_fs(memory: str) -> BlobFileSystem:
    """A file system over the store in memory."""
    found: BlobFileSystem = fsspec.filesystem("blob", store=memory)
    return found


@pytest.fixture
def fs(store: str) -> BlobFileSystem:
    """A file system over an empty store of each kind."""
    found: BlobFileSystem = fsspec.filesystem("blob", store=store)
    return found
