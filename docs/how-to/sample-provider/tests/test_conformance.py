"""The conformance kit over the provider, as it is installed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from holdall import registry
from holdall.testing import AllSuites, Harness

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.provider import StorageProvider


class SqliteHarness(Harness):
    """A new file for every provider."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kind = registry.load("sqlite")  # through the entry point, as users reach it

    def make_provider(self) -> StorageProvider:
        return self._open(create=True)

    def missing_bucket_provider(self) -> StorageProvider:
        return self._open(create=False)

    def _open(self, *, create: bool) -> StorageProvider:
        settings = self._kind.settings(path=self._folder / f"{uuid.uuid4().hex}.db", create=create)
        return self._kind.open(settings, "kit")


class TestSqlite(AllSuites):
    """Every suite: what the store has must behave, what it has not must be refused."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> SqliteHarness:
        return SqliteHarness(tmp_path)
