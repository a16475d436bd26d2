"""The command as shells run it: pipes, signals, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

import holdall
from tests.storage.cli.conftest import BLOB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

MIB = 1024 * 1024
SIGNALS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_bytes_survive_a_chain_of_pipes(folder: Path) -> None:
    program = (
        f"{' '.join(BLOB)} put - blob://lake/a -q < input && {' '.join(BLOB)} get blob://lake/a - "
        f"| {' '.join(BLOB)} put - blob://backup/b -q && {' '.join(BLOB)} get blob://backup/b -"
    )
    data = os.urandom(3 * MIB + 1)
    (folder / "input").write_bytes(data)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", program], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == data
    assert done.stderr == b""


def test_a_pipe_with_a_name_is_a_stream() -> None:
    program = f"{' '.join(BLOB)} put <(printf hello) blob://lake/a --expected-size 5 -q"
    subprocess.run(["bash", "-c", program], check=True, timeout=60)
    with holdall.open_storage("lake") as storage:
        assert storage.get("a").read() == b"hello"


def test_data_on_stdout_messages_on_stderr(blob_process: Callable[..., Done], folder: Path) -> None:
    (folder / "f").write_bytes(b"x")
    done = blob_process("put", "f", "blob://lake/", "--verbose", "--progress")
    assert done.json["key"] == "f"
    assert "putting f to f (store lake" in done.stderr
    assert "100%" in done.stderr or "1/1 bytes" in done.stderr
    assert blob_process("put", "f", "blob://lake/").stderr == ""  # no terminal: no bar unless it is asked for


@pytest.mark.parametrize("telling", ["--progress", "--verbose"])
@pytest.mark.parametrize("target", ["-", "file"])
def test_nobody_reads_what_is_told_and_everything_is_done(telling: str, target: str, folder: Path) -> None:
    data = os.urandom(4 * MIB)
    with holdall.open_storage("lake") as storage:
        storage.put("large", data)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*BLOB, "get", "blob://lake/large", target, telling],
        stdout=subprocess.PIPE,
        stderr=write,
        env={**os.environ, "FORCE_COLOR": "1"},  # so that the bar is drawn from its beginning on
        check=False,
        timeout=60,
    )
    os.close(write)
    assert done.returncode == 0
    if target == "-":
        assert done.stdout == data
    else:
        assert json.loads(done.stdout)["size"] == len(data)
        assert (folder / "file").read_bytes() == data


@pytest.mark.parametrize("arguments", [["list", "blob://lake/", "-r"], ["get", "blob://lake/large", "-"]])
def test_a_reader_that_stops_is_no_error_to_talk_about(arguments: list[str]) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("large", bytes(4 * MIB))
        for number in range(300):
            storage.put(f"{number:0240}", b"")
    read, write = os.pipe()
    with subprocess.Popen([*BLOB, *arguments], stdout=write, stderr=subprocess.PIPE) as process:
        os.close(write)
        assert os.read(read, 10)
        os.close(read)
        assert process.stderr is not None
        shown = process.stderr.read()
        assert process.wait(timeout=30) == 141
    assert shown == b""


def test_output_that_can_not_be_written_is_an_error(folder: Path) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("k", b"x")
    with (folder / "out").open("wb") as out:
        done = subprocess.run(  # no file may grow: what a full disk is like, without filling one
            ["bash", "-c", f"ulimit -f 0; exec {' '.join(BLOB)} get blob://lake/k -"],
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            timeout=30,
        )
    assert done.returncode == 3
    assert done.stderr.startswith(b"Error: can't write to standard output: File too large\n\nSolution: ")


def test_a_file_that_may_not_grow_is_an_error_that_says_what_to_do(folder: Path) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("k", bytes(MIB))
    done = in_bash("ulimit -f 1; exec blob get blob://lake/k out")
    assert done.returncode == 3
    said = done.stderr.decode()
    assert said.startswith("Error: can't write 'out': File too large")
    assert "Solution: The file system, or a limit of this process, does not allow files so large" in said
    assert "  - store: lake\n" in said
    assert "  - key: k\n" in said
    assert not (folder / "out").exists()


def in_bash(line: str) -> subprocess.CompletedProcess[bytes]:
    blob = " ".join(BLOB)
    return subprocess.run(
        ["bash", "-c", line.replace("blob ", f"{blob} ", 1)], capture_output=True, check=False, timeout=30
    )


def test_a_closed_output_is_found_before_anything_is_done(folder: Path) -> None:
    (folder / "f").write_bytes(b"x")
    for line in ("blob put f blob://lake/k >&-", "blob list blob://lake/ >&-", "blob --help >&-"):
        done = in_bash(line)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"Error: standard output is closed")
    with holdall.open_storage("lake") as storage:
        assert not storage.exists("k")
    assert in_bash("blob put f blob://lake/k -q >&-").returncode == 0
    done = in_bash("blob get blob://lake/k - -q >&-")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"Error: standard output is closed")
    with holdall.open_storage("lake") as storage:
        assert storage.get("k").read() == b"x"


def test_closed_input_and_closed_messages_are_no_mistake_of_ours(folder: Path) -> None:
    (folder / "f").write_bytes(b"x")
    done = in_bash("blob put - blob://lake/k <&-")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"Error: standard input is closed")
    done = in_bash("blob put f blob://lake/k <&- 2>&-")
    assert (done.returncode, json.loads(done.stdout)["size"]) == (0, 1)
    done = in_bash("blob delete -r blob://lake/ <&-")
    assert (done.returncode, b"there is nobody to answer" in done.stderr) == (2, True)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@SIGNALS
def test_an_upload_that_is_interrupted_leaves_nothing(
    number: signal.Signals, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    with holdall.open_storage("lake") as storage:
        storage.put("before", b"")
    before = files_in(folder)
    os.mkfifo(folder / "fifo")
    command = [*BLOB, "put", "fifo", "blob://lake/big", "--chunk-size", "1MiB"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        (folder / "fifo").open("wb", buffering=0) as fifo,
    ):
        for _ in range(4):
            fifo.write(bytes(MIB))
        wait_until(lambda: len(files_in(folder)) > len(before))  # parts are there: the transfer is under way
        begun = time.monotonic()
        process.send_signal(number)
        assert process.stderr is not None
        first = next((line for line in process.stderr if line.strip()), b"")  # after the line of the "^C"
        took = time.monotonic() - begun
        stdout, rest = process.communicate(timeout=30)
        stderr = first + rest
    assert process.returncode == code, stderr
    assert took < 2  # a second is promised; the other is for a busy machine
    assert stdout == b""
    assert b"Traceback" not in stderr
    assert (b"Interrupted" if code == 130 else b"Terminated") + b"; nothing incomplete was kept.\n" in stderr
    with holdall.open_storage("lake") as storage:
        assert [entry.key for entry in storage.list()] == ["before"]
        assert list(storage.uploads.list()) == []
    assert files_in(folder) == before


@SIGNALS
def test_a_download_that_is_interrupted_leaves_nothing(number: signal.Signals, code: int, folder: Path) -> None:
    (folder / "source").mkdir()
    (folder / "target").mkdir()
    os.mkfifo(folder / "source" / "fifo")
    # A provider that stops in the middle of a body, so that the signal meets a download under way.
    program = (
        "import sys, time\n"
        "from holdall.reading import GetResult\n"
        "readinto = GetResult.readinto\n"
        "def slow(self, buffer):\n"
        "    count = readinto(self, memoryview(buffer)[:1000])\n"
        "    print('reading', file=sys.stderr, flush=True)\n"
        "    time.sleep(0.2)\n"
        "    return count\n"
        "GetResult.readinto = slow\n"
        "sys.argv = ['blob', 'get', 'blob://lake/big', 'target/big']\n"
        "from holdall.cli import main\n"
        "main()\n"
    )
    with holdall.open_storage("lake") as storage:
        storage.put("big", bytes(MIB))
    with subprocess.Popen([BLOB[0], "-c", program], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"reading\n"
        assert process.stderr.readline() == b"reading\n"
        assert len(files_in(folder / "target")) == 1
        process.send_signal(number)
        stderr = process.stderr.read()
        assert process.wait(timeout=30) == code
    assert b"Traceback" not in stderr
    assert files_in(folder / "target") == []


SLOW = """
import sys, time
from holdall_local.provider import LocalProvider
act = LocalProvider.{method}
def slow(self, *given):
    result = act(self, *given)
    print("under way", file=sys.stderr, flush=True)
    time.sleep({seconds})
    return result
LocalProvider.{method} = slow
sys.argv = ["blob", "put", "source", "blob://lake/big", "--chunk-size", "1MiB"]
from holdall.cli import main
main()
"""


@SIGNALS
def test_an_interrupt_while_an_upload_is_being_begun_leaves_nothing(
    number: signal.Signals, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    (folder / "source").write_bytes(bytes(2 * MIB))
    program = SLOW.format(method="create_upload", seconds=0.5)  # the upload is there, and its id still on the way
    with subprocess.Popen([BLOB[0], "-c", program], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"under way\n"
        process.send_signal(number)
        assert b"nothing incomplete was kept" in process.stderr.read()
        assert process.wait(timeout=30) == code
    with holdall.open_storage("lake") as storage:
        assert list(storage.uploads.list()) == []
        assert list(storage.list()) == []


def test_a_store_that_does_not_answer_holds_up_no_interrupt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    (folder / "source").write_bytes(bytes(2 * MIB))
    program = SLOW.format(method="create_upload", seconds=30)
    with subprocess.Popen([BLOB[0], "-c", program], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"under way\n"
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert 0.9 < time.monotonic() - begun < 10


@pytest.mark.parametrize(("pause", "tidied"), [(0.05, True), (1.2, False)])
def test_more_interrupts_end_the_command_with_its_own_code(
    pause: float,
    tidied: bool,  # noqa: FBT001
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    os.mkfifo(folder / "source")
    program = SLOW.format(method="abort_upload", seconds=0.5 if tidied else 30)
    with subprocess.Popen([BLOB[0], "-c", program], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        with (folder / "source").open("wb", buffering=0) as fifo:
            for _ in range(3):
                fifo.write(bytes(MIB))
            wait_until(lambda: bool(list((folder / "data").rglob("uploads/*"))))
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline() == b"under way\n"
            for _ in range(2):
                time.sleep(pause)
                process.send_signal(signal.SIGINT)
            shown = process.stderr.read()
            assert process.wait(timeout=30) == 130
    assert (b"nothing incomplete was kept" in shown) is tidied
    assert (b"may be left" in shown) is not tidied


LATE = """
import os, signal, sys
class Late:
    def __del__(self, kill=os.kill, process=os.getpid()):
        kill(process, {number})
late = Late()  # goes with the modules, after all that a program may still do
sys.argv = ["blob", "head", "blob://lake/not-there"]
from holdall.cli import main
main()
"""


@SIGNALS
def test_a_signal_while_the_interpreter_ends_does_not_decide_the_code(number: signal.Signals, code: int) -> None:
    program = LATE.format(number=int(number))
    done = subprocess.run([BLOB[0], "-c", program], capture_output=True, check=False, timeout=30)
    assert done.returncode == 1 != code
    assert b"not-there" in done.stderr


def test_an_ignored_signal_stays_ignored(folder: Path) -> None:
    """What ``nohup`` is for."""
    os.mkfifo(folder / "fifo")
    command = f"trap '' HUP; exec {' '.join(BLOB)} put fifo blob://lake/k -q"
    with (
        subprocess.Popen(["bash", "-c", command], stderr=subprocess.PIPE) as process,
        (folder / "fifo").open("wb", buffering=0) as fifo,
    ):
        process.send_signal(signal.SIGHUP)
        fifo.write(b"x")
        fifo.close()
        _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (0, b"")


def at_a_terminal(*arguments: str) -> str:
    """What the command says at a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*BLOB, *arguments], stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        shown = b""
        with suppress(OSError):  # the other side is closed at the end
            while chunk := os.read(ours, 4096):
                shown += chunk
        assert json.loads(process.stdout.read())["key"] == "shown"
    os.close(ours)
    return shown.decode()


def test_a_terminal_gets_a_progress_bar_and_no_escape_codes_in_the_data(folder: Path) -> None:
    (folder / "f").write_bytes(bytes(MIB))
    shown = at_a_terminal("put", "f", "blob://lake/shown")
    assert "shown" in shown
    assert "1.0/1.0 MB" in shown


def test_messages_stand_above_the_bar_and_not_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOB_MULTIPART_THRESHOLD", "1MiB")
    (folder / "state").write_bytes(b"")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))  # no folder: there can be no journal, which is said
    (folder / "f").write_bytes(bytes(2 * MIB))
    shown = at_a_terminal("put", "f", "blob://lake/shown", "--chunk-size", "1MiB")
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", shown)]
    (said,) = [line for line in lines if "no journal" in line]
    assert said.startswith("should the upload of ")


def test_a_file_name_that_is_no_text_is_refused_in_words(blob_process: Callable[..., Done], folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    (folder / name).write_bytes(b"x")
    done = blob_process("put", name, "blob://lake/", code=2)
    assert "the key has a lone surrogate" in done.stderr
    assert blob_process("put", name, "blob://lake/cafe").json["size"] == 1
    assert blob_process("get", "blob://lake/cafe", os.fsdecode(b"th\xe9")).json["path"] == os.fsdecode(b"th\xe9")
    assert (folder / os.fsdecode(b"th\xe9")).read_bytes() == b"x"


def test_an_ascii_terminal_gets_all_messages(blob_process: Callable[..., Done]) -> None:
    done = blob_process("head", "blob://lake/naïve", code=1, PYTHONIOENCODING="ascii:strict")
    assert done.stderr.startswith('Error: object "blob://lake/na')
    blob_process("put", "-", "blob://lake/naïve", PYTHONIOENCODING="ascii:strict")
    assert blob_process("list", "--format", "keys", PYTHONIOENCODING="ascii:strict").text == "naïve\n"


def test_python_m_holdall_is_the_command(blob_process: Callable[..., Done]) -> None:
    assert blob_process("--help").text.startswith("Usage: blob ")
