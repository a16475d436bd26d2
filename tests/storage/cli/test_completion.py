"""What a shell is offered."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import options as opt
from tests.storage.cli.conftest import BLOB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done


def completions(blob: Callable[..., Done], *words: str) -> list[str]:
    """What zsh would be offered for the last word."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", " ".join(["blob", *words]))
        patch.setenv("COMP_CWORD", str(len(words)))
        patch.setenv("_BLOB_COMPLETE", "zsh_complete")
        return blob().text.splitlines()[1::3]  # type, value, help


@pytest.fixture(autouse=True)
def _objects() -> None:
    with holdall.open_storage("lake") as storage:
        for key in ("in/a.txt", "in/b.txt", "other"):
            storage.put(key, b"")


def test_commands_and_options(blob: Callable[..., Done]) -> None:
    assert {"delete", "doctor"} == set(completions(blob, "d"))
    assert "--if-not-exists" in completions(blob, "put", "--if")


def test_stores_and_keys(blob: Callable[..., Done]) -> None:
    assert completions(blob, "list", "bl") == ["blob://"]
    assert completions(blob, "list", "blob://la") == ["blob://lake/"]
    assert completions(blob, "get", "blob://lake/") == ["blob://lake/in/", "blob://lake/other"]
    assert completions(blob, "get", "blob://lake/in/") == ["blob://lake/in/a.txt", "blob://lake/in/b.txt"]
    assert completions(blob, "list", "--store", "ba") == ["backup"]
    assert completions(blob, "doctor", "ba") == ["backup"]


def test_of_resume_unfinished_uploads(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("lake") as storage:
        storage.provider.create_upload("in/big", opt.CREATE_UPLOAD)  # type: ignore[attr-defined]
    assert completions(blob, "resume", "f", "blob://lake/in/b") == [
        "blob://lake/in/big",
        "blob://lake/in/b.txt",
    ]
    assert completions(blob, "resume", "f", "blob://la") == ["blob://lake/"]


def test_what_goes_wrong_is_silent(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "holdall.toml").write_text("broken = ")
    assert completions(blob, "list", "blob://la") == []
    assert completions(blob, "list", "--store", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_accepts_its_script(shell: str, blob_process: Callable[..., Done], folder: Path) -> None:
    script = blob_process("completion", shell).text
    assert "_BLOB_COMPLETE" in script
    program = shutil.which(shell)
    if program:  # bash is everywhere the tests run; the others are looked at where they are
        (folder / "script").write_text(script)
        subprocess.run([program, "-n", "script"], check=True, timeout=30)


@pytest.mark.parametrize(
    ("shell", "mended"),
    [
        ("zsh", "-S '' -- ${(M)completions:#*/};"),  # no blank behind a folder
        ("fish", 'string split --max 1 "," $completion'),  # keys may have commas
    ],
)
def test_the_scripts_of_click_are_mended(shell: str, mended: str, blob: Callable[..., Done]) -> None:
    assert blob("completion", shell).text.count(mended) == 1


@pytest.fixture
def script(blob: Callable[..., Done], folder: Path) -> str:
    """The script for bash, and the command on its path."""
    (folder / "bin").mkdir()
    (folder / "bin" / "blob").write_text(f'#!/bin/sh\nexec {" ".join(BLOB)} "$@"\n')
    (folder / "bin" / "blob").chmod(0o755)
    (folder / "script").write_text(blob("completion", "bash").text)
    return "PATH=$PWD/bin:$PATH; source ./script;"


@pytest.mark.parametrize("breaks", [" :=", " ="])
@pytest.mark.parametrize(
    ("words", "replies"),
    [
        (["blob://lake/in/"], ["blob://lake/in/a.txt", "blob://lake/in/b.txt"]),
        (["blob://la"], ["blob://lake/"]),
        (["bl"], ["blob://"]),
        (["blob://lake/odd"], [r"blob://lake/odd\ \$key\;"]),
        ([r"blob://lake/odd\ "], [r"blob://lake/odd\ \$key\;"]),
        (["'blob://lake/odd"], ["blob://lake/odd $key;"]),
    ],
)
def test_bash_is_offered_quoted_words(breaks: str, words: list[str], replies: list[str], script: str) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("odd $key;", b"")
        storage.put("odd\nline", b"")

    def glued(word: str) -> bool:
        return ":" in breaks and not word.startswith("'")  # bash looks for breaks outside of quotes only

    cut = [piece for word in words for piece in (word.partition(":") if glued(word) else [word]) if piece]
    program = f"""
        COMP_WORDBREAKS=$1; shift
        {script}
        [[ $COMP_WORDBREAKS == "{breaks}" ]] || echo changed
        COMP_WORDS=(blob get "$@") COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _blob_completion blob
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", program, "bash", breaks, *cut], capture_output=True, text=True, check=False, timeout=30
    )
    if ":" in words[0] and glued(words[0]):
        replies = [reply.removeprefix("blob:") for reply in replies]
    assert done.stdout.splitlines() == replies, done.stderr


def test_bash_goes_on_below_a_folder_without_a_blank(script: str) -> None:
    """Keys pressed at a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execlp("bash", "bash", "--norc", "--noprofile", "-i")  # noqa: S606 - it is the shell itself
    try:
        os.write(terminal, f"bind 'set bell-style none'; {script} echo re''ady\n".encode())
        read_until(terminal, b"ready\r")
        os.write(terminal, b"blob head blob://lake/i\t")
        read_until(terminal, b"lake/in/")
        os.write(terminal, b"b\t\n")
        assert b'"key": "in/b.txt"' in read_until(terminal, b"}\r\n}", b"Error")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def read_until(terminal: int, *ends: bytes) -> bytes:
    shown = b""
    while not any(end in shown for end in ends):
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, shown
        shown += os.read(terminal, 4096)
    return shown


def test_an_unknown_shell_is_2(blob: Callable[..., Done]) -> None:
    assert "'cmd'" in blob("completion", "cmd", code=2).stderr
