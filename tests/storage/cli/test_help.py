"""Help: quick, complete, and its examples work."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

import holdall
from holdall import options as opt
from holdall.cli.app import COMMANDS
from holdall.cli.app import blob as group
from holdall.cli.command import BlobCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from holdall.cli.command import Example
    from tests.storage.cli.conftest import Done


def commands(parent: click.Group = group, path: str = "") -> Iterator[tuple[str, BlobCommand]]:
    context = click.Context(parent)
    for name in parent.list_commands(context):
        found = parent.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, f"{path}{name} ")
        else:
            assert isinstance(found, BlobCommand)
            yield f"{path}{name}", found


ALL = dict(commands())
EXAMPLES = [(name, example) for name, found in ALL.items() for example in found.examples]
GLOBAL = (
    "--store",
    "--bucket",
    "--region",
    "--profile",
    "--format",
    "--verbose",
    "-V",
    "--quiet",
    "-q",
    "--dry-run",
    "-n",
)
# Commands and options of the command line's specification, as far as there are such commands yet.
SPECIFIED = {
    "put": (
        "--metadata",
        "--tags",
        "--content-type",
        "--storage-class",
        "--if-not-exists",
        "--if-match",
        "--chunk-size",
        "--progress",
    ),
    "get": ("--version-id", "--range", "--if-match", "--if-modified-since", "--chunk-size", "--progress"),
    "list": ("--recursive", "-r", "--format", "--limit", "--since", "--before", "--min-size", "--max-size"),
    "head": ("--version-id",),
    "delete": ("--recursive", "-r", "--older-than", "--dry-run", "-n", "--force", "-f", "--version-id"),
    "copy": ("--if-not-exists", "--chunk-size", "--metadata", "--storage-class", "--metadata-directive"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself(name: str, blob: Callable[..., Done]) -> None:
    text = blob(*name.split(), "--help").text
    assert ALL[name].examples
    for example in ALL[name].examples:
        assert f"  {example.line}\n" in text
    assert ALL[name].writes
    for option in (*GLOBAL, *SPECIFIED.get(name, ())):
        assert option in text


def test_help_lists_all_commands(blob: Callable[..., Done]) -> None:
    text = blob("--help").text
    for name in COMMANDS:
        assert f"\n  {name} " in text
    for code in ("0 done", "1 not there", "2 wrong", "3 the store", "130"):
        assert code in text


def test_help_loads_nothing_heavy_and_is_quick(record_property: Callable[[str, object], None]) -> None:
    program = (
        "import sys; sys.argv = ['blob', '--help']\n"
        "from holdall.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sorted(sys.modules), file=sys.stderr, sep='\\n')"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    record_property("seconds", time.perf_counter() - begun)  # shown, not asserted: the machine has others to serve
    loaded = set(done.stderr.splitlines())
    assert "click" in loaded
    assert loaded.isdisjoint({"pydantic", "rich", "boto3", "botocore", "fsspec", "holdall.storage", "holdall.config"})


def test_no_command_at_all_shows_help_and_is_2(blob: Callable[..., Done]) -> None:
    done = blob(code=2)
    assert "Commands:" in done.stderr
    assert done.stdout == b""


def test_half_a_command_is_2(blob: Callable[..., Done]) -> None:
    assert blob("config", code=2).stderr.startswith("Error: Missing command")


def test_an_unknown_command_is_2(blob: Callable[..., Done]) -> None:
    done = blob("putt", code=2)
    assert done.stderr.startswith("Error: No such command 'putt'")
    assert "Solution: 'blob --help'" in done.stderr


def test_the_version(blob: Callable[..., Done]) -> None:
    assert blob("--version").text == f"blob, version {holdall.__version__}\n"


def test_a_missing_click_says_what_to_install() -> None:
    program = (
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'click' else real(name, *rest)\n"
        "from holdall.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.endswith("Solution: pip install 'holdall[cli]'\n")
    assert "click" in done.stderr


FOR_THE_SHELL = {"|", ">"}


@pytest.fixture
def _for_examples(folder: Path) -> None:
    """The files and objects that the examples name, and a `blob` on the path."""
    for name in ("report.csv", "app.zip", "big.iso"):
        (folder / name).write_bytes(name.encode() * 100)
    with holdall.open_storage("lake") as storage:
        for key in ("reports/2025.csv", "a.csv", "app.zip", "tmp/x", "logs/x"):
            storage.put(key, b"b,1\na,2\n" * 200)
        storage.provider.create_upload("big.iso", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
    (folder / "bin").mkdir()
    (folder / "bin" / "blob").write_text(f'#!/bin/sh\nexec {sys.executable} -W error -m holdall "$@"\n')
    (folder / "bin" / "blob").chmod(0o755)


@pytest.mark.usefixtures("_for_examples")
@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example.line for _, example in EXAMPLES])
def test_every_example_of_help_works(name: str, example: Example, folder: Path, blob: Callable[..., Done]) -> None:
    assert f"blob {name}" in example.line
    words = shlex.split(example.line)
    if words[0] == "blob" and not FOR_THE_SHELL.intersection(words):  # a process of its own would show no more
        assert "Error" not in blob(*words[1:]).stderr
        return
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", example.line],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
