"""Nothing that takes longer than the transfer is computed where nobody asked for it: a CRC in plain Python, above all.

CRC64NVME is what S3 keeps of most objects, and without awscrt it takes a hundred times as long as the bytes' way.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from typing import TYPE_CHECKING

import pytest

from holdall import checksums
from holdall.aio import AsyncStorage
from holdall.between import copy_between
from holdall.config.store import TransferSettings
from holdall.models import ByteRange, ChecksumAlgorithm
from holdall.reading import GetResult
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall import options as opt
    from holdall.storage import Storage

DATA = bytes(range(256)) * 40
PLAIN = (ChecksumAlgorithm.CRC64NVME, ChecksumAlgorithm.CRC32C)


def _refused(_data: object, _value: int) -> int:
    raise AssertionError("a slow checksum was computed, and nobody had asked for it")


def _in_pieces(storage: Storage, folder: Path) -> bytes:
    storage.download_file("k", folder / "f")
    return (folder / "f").read_bytes()


def _at_once(storage: Storage, folder: Path) -> bytes:
    storage.transfer = storage.transfer.model_copy(update={"max_concurrency": 1})
    return _in_pieces(storage, folder)


def _opened(storage: Storage, _: Path) -> bytes:
    with storage.open("k") as file:
        head = file.read(10)
        file.seek(0)
        return bytes(head + file.read()[10:])


def _as_text(storage: Storage, _: Path) -> bytes:
    with storage.open("k", "r", encoding="latin-1", newline="") as file:
        text: str = file.read()
        return text.encode("latin-1")


def _copied(storage: Storage, _: Path) -> bytes:
    copy_between(storage, "k", storage, "k2")
    return storage.get("k2").read()


def _copied_small(storage: Storage, folder: Path) -> bytes:
    storage.transfer = storage.transfer.model_copy(update={"multipart_threshold": 1 << 30})
    return _copied(storage, folder)


def _awaited(storage: Storage, _: Path) -> bytes:
    async def read() -> bytes:
        async with AsyncStorage(storage) as same, await same.get("k") as result:
            return await result.read()

    return asyncio.run(read())


WAYS: dict[str, Callable[[Storage, Path], bytes]] = {
    "get": lambda storage, _: storage.get("k").read(),
    "get, by chunks": lambda storage, _: b"".join(storage.get("k")),
    "download_file, in pieces": _in_pieces,
    "download_file, at once": _at_once,
    "open": _opened,
    "open, text": _as_text,
    "get_ranges": lambda storage, _: b"".join(storage.get_ranges("k", [ByteRange(0, 99), ByteRange(99, len(DATA))])),
    "copy_between, in parts": _copied,
    "copy_between, small": _copied_small,
    "awaited": _awaited,
}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that takes away the libraries which compute these checksums, and what is there without them."""

    def take_away() -> None:
        monkeypatch.setattr(checksums, "is_quick", lambda algorithm: algorithm not in PLAIN)
        for name in ("_crc32c", "_crc64nvme"):
            monkeypatch.setattr(checksums, name, lambda: _refused)

    return take_away


def _holding(
    algorithm: ChecksumAlgorithm, threshold: int = 1 << 30, capabilities: dict[str, str] | None = None
) -> Storage:
    """A store that tells the checksum whether it is asked or not, as some do."""
    transfer = TransferSettings.model_validate({"chunk_size": 1000, "multipart_threshold": threshold})
    storage, recorder = memory_storage(name=uuid.uuid4().hex, transfer=transfer, capabilities=capabilities)
    storage.put("k", DATA, checksum_algorithm=algorithm)
    told = storage.head("k", checksums=True).checksums
    assert [each.algorithm for each in told] == [algorithm]
    get = recorder.get

    def telling(key: str, options: opt.GetOptions) -> GetResult:
        found = get(key, dataclasses.replace(options, checksums=False))
        info = dataclasses.replace(found.info, checksums=told if key == "k" else ())
        return GetResult(info, found, start=found.start, length=found.length, checksums_asked=options.checksums)

    recorder.get = telling  # type: ignore[method-assign]
    return storage


@pytest.mark.parametrize("composite", [True, False])
@pytest.mark.parametrize("algorithm", PLAIN)
@pytest.mark.parametrize("way", WAYS)
def test_reading(
    plain: Callable[[], None], tmp_path: Path, way: str, algorithm: ChecksumAlgorithm, *, composite: bool
) -> None:
    storage = _holding(algorithm, 5000 if composite else 1 << 30)
    storage.transfer = storage.transfer.model_copy(update={"multipart_threshold": 5000})
    plain()
    assert WAYS[way](storage, tmp_path) == DATA


@pytest.mark.parametrize("algorithm", PLAIN)
def test_who_asks_for_it_gets_it(plain: Callable[[], None], tmp_path: Path, algorithm: ChecksumAlgorithm) -> None:
    storage = _holding(algorithm, capabilities={"checksums.md5_etag": "no"})
    plain()
    with pytest.raises(AssertionError, match="nobody had asked"):
        storage.download_file("k", tmp_path / "f", verify="strict")
    with storage.get("k", checksums=True) as result, pytest.raises(AssertionError, match="nobody had asked"):
        result.read()
