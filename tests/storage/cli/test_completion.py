"""What a shell is offered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import holdall
from tests.storage.cli.conftest import BLOB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done


def completions(blob_process: Callable[..., Done], *words: str) -> list[str]:
    """What zsh would be offered for the last word."""
    done = blob_process(
        COMP_WORDS=" ".join(["blob", *words]), COMP_CWORD=str(len(words)), _BLOB_COMPLETE="zsh_complete"
    )
    return done.text.splitlines()[1::3]  # type, value, help


@pytest.fixture(autouse=True)
def _objects() -> None:
    with holdall.open_storage("lake") as storage:
        for key in ("in/a.txt", "in/b.txt", "other"):
            storage.put(key, b"")


def test_commands_and_options(blob_process: Callable[..., Done]) -> None:
    assert {"delete", "doctor"} == set(completions(blob_process, "d"))
    assert "--if-not-exists" in completions(blob_process, "put", "--if")


def test_stores_and_keys(blob_process: Callable[..., Done]) -> None:
    assert completions(blob_process, "list", "bl") == ["blob://"]
    assert completions(blob_process, "list", "blob://la") == ["blob://lake/"]
    assert completions(blob_process, "get", "blob://lake/") == ["blob://lake/in/", "blob://lake/other"]
    assert completions(blob_process, "get", "blob://lake/in/") == ["blob://lake/in/a.txt", "blob://lake/in/b.txt"]
    assert completions(blob_process, "list", "--store", "ba") == ["backup"]
    assert completions(blob_process, "doctor", "ba") == ["backup"]


def test_what_goes_wrong_is_silent(blob_process: Callable[..., Done], folder: Path) -> None:
    (folder / "holdall.toml").write_text("broken = ")
    assert completions(blob_process, "list", "blob://la") == []
    assert completions(blob_process, "list", "--store", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_accepts_its_script(shell: str, blob_process: Callable[..., Done], folder: Path) -> None:
    script = blob_process("completion", shell).text
    assert "_BLOB_COMPLETE" in script
    program = shutil.which(shell)
    if program:  # bash is everywhere the tests run; the others are looked at where they are
        (folder / "script").write_text(script)
        subprocess.run([program, "-n", "script"], check=True, timeout=30)


def test_bash_completes_a_location_in_spite_of_its_colon(blob_process: Callable[..., Done], folder: Path) -> None:
    (folder / "script").write_text(blob_process("completion", "bash").text)
    (folder / "blob").write_text(f'#!/bin/sh\nexec {" ".join(BLOB)} "$@"\n')
    (folder / "blob").chmod(0o755)
    program = """
        set -e
        source ./script
        [[ $COMP_WORDBREAKS != *:* ]]
        COMP_WORDS=(./blob get blob://lake/in/) COMP_CWORD=2
        _blob_completion ./blob
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout.split() == ["blob://lake/in/a.txt", "blob://lake/in/b.txt"], done.stderr
    assert sys.executable in (folder / "blob").read_text()


def test_an_unknown_shell_is_2(blob: Callable[..., Done]) -> None:
    assert "'cmd'" in blob("completion", "cmd", code=2).stderr
