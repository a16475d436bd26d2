"""Standard output: listings that come in pieces, and a place that takes nothing."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

import holdall
from holdall.cli.listings import SPOOLED, Listing
from holdall.cli.output import Output
from tests.storage.cli.conftest import BLOB


class _Kept(Output):
    """Keeps the text."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def text(self, text: str) -> None:
        self.kept.append(text)


@pytest.mark.parametrize("offset", range(3))
def test_many_prefixes_come_back_whole_wherever_a_chunk_ends(offset: int) -> None:
    prefixes = ["p" * offset, *(f"日本語{number:07d}日/" for number in range(SPOOLED // 20))]
    output = _Kept()
    Listing(output, "json", {"bucket": "b"}).write(iter(prefixes))
    text = "".join(output.kept)
    assert len(text.encode()) > SPOOLED
    assert json.loads(text)["prefixes"] == prefixes


@pytest.mark.parametrize(
    "arguments", [("get", "blob://lake/k", "-"), ("list", "blob://lake/"), ("get", "blob://lake/large", "-")]
)
def test_a_full_disk_behind_standard_output_is_told_as_for_files(arguments: tuple[str, ...]) -> None:
    with holdall.open_storage("lake") as storage:
        storage.put("k", b"data")
        storage.put("large", bytes(3_000_000))
    # Buffered, as it is for everybody: what could not be written must not come up again when the process ends.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*BLOB, *arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60, env=environ
        )
    assert done.returncode == 3, done.stderr
    assert done.stderr.decode().splitlines()[:3] == [
        "Error: can't write to standard output: No space left on device",
        "",
        "Solution: Free some space, then try again.",
    ]
    assert b"Exception ignored" not in done.stderr
