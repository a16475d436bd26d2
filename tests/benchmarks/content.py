"""What is in the objects, and what they are called: the same on every server, so that every result can be checked."""

from __future__ import annotations

import os
import random
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERIOD = 67_108_859
"""Bytes of the pattern that objects consist of: a prime just below 64 MiB, so that a part in a wrong place shows."""

BLOCK = 1024 * 1024


def write_pattern(path: Path) -> None:
    """Makes the file with the pattern; its bytes are the same everywhere."""
    path.write_bytes(random.Random(7).randbytes(PERIOD))  # noqa: S311 - it shall be the same every time


def folder(count: int, size: int) -> str:
    """The prefix of `count` objects of `size` bytes each; the null store makes them up from this name."""
    return f"{count}x{size}/"


def name(number: int) -> str:
    """The name of an object in its folder, from 0."""
    return f"part-{number:07d}.bin"


def key(count: int, size: int, number: int = 0) -> str:
    """The key of one object."""
    return folder(count, size) + name(number)


def blocks(pattern: Path, size: int) -> Iterator[bytes]:
    """The bytes of an object."""
    with pattern.open("rb") as file:
        left = size
        while left:
            block = file.read(min(left, BLOCK))
            if not block:
                file.seek(0)
                continue
            left -= len(block)
            yield block


def piece(pattern: Path, start: int, stop: int) -> bytes:
    """Some of the bytes of an object: `start` to `stop`, half-open."""
    with pattern.open("rb") as file:
        file.seek(start % os.fstat(file.fileno()).st_size)
        data = file.read(stop - start)
        while len(data) < stop - start:
            file.seek(0)
            data += file.read(stop - start - len(data))
    return data


def write_object(pattern: Path, size: int, path: Path) -> None:
    """Makes a file with the bytes of an object."""
    with path.open("wb") as file:
        file.writelines(blocks(pattern, size))


def crc32_of_object(pattern: Path, size: int) -> int:
    """CRC-32 of an object."""
    crc = 0
    for block in blocks(pattern, size):
        crc = zlib.crc32(block, crc)
    return crc


def crc32_of_file(path: Path) -> int:
    """CRC-32 of a file."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            crc = zlib.crc32(block, crc)
    return crc
