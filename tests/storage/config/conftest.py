"""Plugins that exist for one test, and settings files in folders of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from holdall import registry
from holdall.config import Config, load_config
from holdall.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS = {"s3": "S3", "cloud": "CLOUD", "folder": "FOLDER", "memory": "MEMORY"}


@dataclass(frozen=True)
class Sources:
    """Where settings come from in a test.

    Attributes:
        folder: The program's current folder.
        user_file: The user's own settings file.
    """

    folder: Path
    user_file: Path

    def project(self, text: str, name: str = "holdall.toml") -> Path:
        """Write the project's file."""
        path = self.folder / name
        path.write_text(text)
        return path

    def user(self, text: str) -> Path:
        """Write the user's file."""
        self.user_file.parent.mkdir(parents=True, exist_ok=True)
        self.user_file.write_text(text)
        return self.user_file

    def load(self, environ: Mapping[str, str] | None = None) -> Config:
        """Load the configuration with these variables only."""
        return load_config(start=self.folder, environ=environ or {})

    def error(self, environ: Mapping[str, str] | None = None, name: str = "lake", **overrides: Any) -> StorageError:
        """Load the configuration, resolve a store, and return the error of whichever fails."""
        with pytest.raises(StorageError) as caught:
            self.load(environ).resolve(name, overrides)
        return caught.value


@pytest.fixture
def sources(tmp_path: Path, home: Path) -> Sources:
    """Return an empty project folder, and the place of the user's file."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Sources(folder, home / ".config" / "holdall" / "holdall.toml")


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Install the kinds of ``kinds.py`` and no others; ``real_kinds`` marks the tests that want those installed."""
    if "real_kinds" in request.fixturenames:
        return
    entries = [
        EntryPoint(name, f"tests.storage.config.kinds:{value}", registry.ENTRY_POINTS) for name, value in KINDS.items()
    ]
    entries.append(EntryPoint("broken", "tests.storage.config.no_such_module:KIND", registry.ENTRY_POINTS))
    # In place of what is kept of the installed ones, so that nothing of these is kept for other tests.
    monkeypatch.setattr(registry, "_entries", lambda: tuple(entries))


@pytest.fixture
def real_kinds() -> None:
    """Take the kinds that are installed."""
