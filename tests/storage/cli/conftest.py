"""Two local stores in a temporary folder, and the command in this process or in one of its own."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from holdall.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOB = (sys.executable, "-W", "error", "-m", "holdall")

CONFIG = """
default_store = "lake"

[stores.lake]
provider = "local"
root = "data/lake"
durable = false

[stores.backup]
provider = "local"
root = "data/backup"
durable = false

[stores.versioned]
provider = "local"
root = "data/versioned"
versioning = true
"""


@dataclass(frozen=True)
class Done:
    """What became of a run."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


class _Program:
    """The command as CliRunner calls it: `run` with its error handling, not only the click group."""

    name = "blob"

    def main(self, args: list[str], prog_name: str, **_: Any) -> None:
        sys.exit(run(args))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a holdall.toml."""
    (tmp_path / "holdall.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def blob() -> Callable[..., Done]:
    """Run the command in this process; `stdin` is bytes, `code` the exit code that is expected."""
    # Up to click 8.1 the streams are mixed unless told otherwise; later ones know no such argument.
    apart = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}

    def call(*arguments: str, stdin: bytes | None = None, code: int = 0) -> Done:
        result = CliRunner(**apart).invoke(_Program(), list(arguments), input=stdin)  # type: ignore[arg-type]
        assert result.exit_code == code, (result.exit_code, result.stdout_bytes, result.stderr, result.exception)
        return Done(result.exit_code, result.stdout_bytes, result.stderr)

    return call


@pytest.fixture
def blob_process() -> Callable[..., Done]:
    """Run the command in a process of its own."""

    def call(*arguments: str, stdin: bytes = b"", code: int = 0, **environ: str) -> Done:
        done = subprocess.run(
            [*BLOB, *arguments], input=stdin, capture_output=True, check=False, timeout=60, env=os.environ | environ
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return Done(done.returncode, done.stdout, done.stderr.decode())

    return call
