"""Programs for the command line. A measurement is the whole of a process, from its start to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.clients.base import Client

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> int:
    """Runs a program of this environment, and returns the number of lines that it printed.

    Raises:
        RuntimeError: It failed; with the end of what it said.
    """
    program = Path(sys.executable).parent / command[0]
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(program), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"{command[0]} ended with {done.returncode}: {done.stderr[-500:].decode(errors='replace')}"
            )
        output.seek(0)
        return sum(1 for _ in output)


class Command(Client):
    """A program."""

    is_command = True
    lacks = "a command: one process per call is not how it is used"

    def url(self, key: str) -> str:
        """An `s3://` URL."""
        return f"s3://{self.path(key)}"


class S5cmd(Command):
    """s5cmd with its defaults."""

    def download(self, key: str, path: Path) -> None:
        self._run("cp", self.url(key), str(path))

    def upload(self, path: Path, key: str) -> None:
        self._run("cp", str(path), self.url(key))

    def list(self, prefix: str) -> int:
        return self._run("ls", self.url(prefix) + "*")

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        self._run("cp", self.url(prefix) + "*", f"{folder}/")

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        self._run("cp", f"{folder}/", self.url(prefix))

    def _run(self, *arguments: str) -> int:
        return run(["s5cmd", "--endpoint-url", self.place.url, *arguments], {"AWS_REGION": self.place.region})


class Rclone(Command):
    """rclone with its defaults, without looking first at what is there already."""

    def download(self, key: str, path: Path) -> None:
        self._run("copyto", "--no-check-dest", f":s3:{self.path(key)}", str(path))

    def upload(self, path: Path, key: str) -> None:
        self._run("copyto", "--no-check-dest", str(path), f":s3:{self.path(key)}")

    def list(self, prefix: str) -> int:
        return self._run("lsf", "-R", "--files-only", f":s3:{self.path(prefix)}")

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        self._run("copy", "--no-check-dest", f":s3:{self.path(prefix)}", str(folder))

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        self._run("copy", "--no-check-dest", str(folder), f":s3:{self.path(prefix)}")

    def _run(self, *arguments: str) -> int:
        settings = {
            "RCLONE_CONFIG": "",
            "RCLONE_S3_PROVIDER": "Other",
            "RCLONE_S3_ENDPOINT": self.place.url,
            "RCLONE_S3_REGION": self.place.region,
            "RCLONE_S3_ENV_AUTH": "true",
            "RCLONE_S3_LIST_VERSION": "2",
            "RCLONE_S3_NO_CHECK_BUCKET": "true",
        }
        return run(["rclone", *arguments], settings)


class AwsCli(Command):
    """The AWS CLI, version 1 as pip installs it, with its defaults."""

    def download(self, key: str, path: Path) -> None:
        self._run("cp", "--only-show-errors", self.url(key), str(path))

    def upload(self, path: Path, key: str) -> None:
        self._run("cp", "--only-show-errors", str(path), self.url(key))

    def list(self, prefix: str) -> int:
        return self._run("ls", self.url(prefix))

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        self._run("cp", "--only-show-errors", "--recursive", self.url(prefix), str(folder))

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        self._run("cp", "--only-show-errors", "--recursive", str(folder), self.url(prefix))

    def _run(self, *arguments: str) -> int:
        return run(["aws", "--endpoint-url", self.place.url, "--region", self.place.region, "s3", *arguments])
