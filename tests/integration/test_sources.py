"""What is uploaded from, over a bad line: all of it arrives, and what is the caller's stays open."""

from __future__ import annotations

import io
import os
import threading
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from tests.integration.conftest import MIB, PART, SMALL, Place, nothing_left
from tests.places import MAIN, OTHERS, at, cases
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = os.urandom(PART + 12_345)
"""Of two parts."""
SENT = [pytest.param(SMALL, id="one request"), pytest.param(LARGE, id="parts")]
TWO_PARTS = {"multipart_threshold": PART}


class Reader:
    """Has ``read`` and no more; of something that can't be gone back in."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, 100_000))  # as a socket: less than was asked for


def opened_file(data: bytes, folder: Path, afterwards: ExitStack) -> IO[bytes]:
    (folder / "source").write_bytes(data)
    return afterwards.enter_context((folder / "source").open("rb"))


def pipe(data: bytes, _: Path, afterwards: ExitStack) -> IO[bytes]:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    afterwards.callback(writer.join)
    return afterwards.enter_context(os.fdopen(reading, "rb"))


SOURCES: dict[str, Callable[[bytes, Path, ExitStack], Any]] = {
    "file": opened_file,
    "buffer": lambda data, *_: io.BytesIO(data),
    "reader": lambda data, *_: Reader(data),
    "iterator": lambda data, *_: (data[start : start + MIB] for start in range(0, len(data), MIB)),
    "pipe": pipe,
}


@pytest.mark.parametrize("data", SENT)
@cases("source", SOURCES, dict.fromkeys(OTHERS, ("file", "iterator")))
def test_all_of_it_arrives_over_a_bad_line(
    source: Callable[[bytes, Path, ExitStack], Any], data: bytes, place: Place, tmp_path: Path
) -> None:
    bad = [
        place.proxy.add(faults.reset_in_request(100), method="PUT", target="/k$|partNumber=1"),
        place.proxy.add(faults.lose_answer(), method="PUT", target="/k$|partNumber=2"),
    ]
    with ExitStack() as afterwards, place.open(transfer=TWO_PARTS) as storage:
        body = source(data, tmp_path, afterwards)
        assert storage.put("k", body).size == len(data)
        assert not getattr(body, "closed", False)
    assert [rule.hits for rule in bad] == [1, 1]
    assert place.stored() == data
    assert place.uploads() == []


@pytest.mark.parametrize("data", SENT)
@at(MAIN, "swift-sdk")
def test_a_refusal_leaves_the_callers_file_open_and_nothing_else(data: bytes, place: Place, tmp_path: Path) -> None:
    refused = place.proxy.add(faults.refuse(403, "AccessDenied"), method="PUT", target="/k$|partNumber=2")
    with ExitStack() as afterwards, place.open(transfer=TWO_PARTS) as storage:
        file = opened_file(data, tmp_path, afterwards)
        with pytest.raises(e.AccessDenied):
            storage.put("k", file)
        assert refused.hits == 1
        file.seek(0)
        assert file.read() == data
    assert place.stored() is None
    nothing_left(place, tmp_path, "source")


@at(MAIN, "swift-sdk")
def test_a_source_that_breaks_leaves_nothing(place: Place, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield LARGE
        while place.proxy.count("PUT", "partNumber=1") == 0:  # it is noticed when a part has gone already
            yield b"x" * MIB
        raise RuntimeError("the source broke")

    with place.open(transfer=TWO_PARTS) as storage, pytest.raises(RuntimeError, match="the source broke"):
        storage.put("k", broken())
    assert place.stored() is None
    nothing_left(place, tmp_path)
