"""A download takes bounded memory, in one stream and in pieces, whatever proves it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from holdall.config.store import TransferSettings
from holdall.models import Proof
from holdall.storage import Storage
from holdall_local.kind import LOCAL
from tests.storage.support import peak_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024
SIZE = 96 * MIB
THREADS = 4
MOST = (THREADS + 3) * MIB
"""One MiB per thread, one for reading again, and little things."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the object ``k``, and ``sha``, which has a checksum that must see its bytes in order."""
    root = tmp_path_factory.mktemp("store")
    block = random.Random(1).randbytes(MIB)  # noqa: S311 - no secret
    settings = LOCAL.settings(provider="local", root=root, durable=False)
    with Storage(
        LOCAL.open(settings, "store"), transfer=TransferSettings.model_validate({"multipart_threshold": 2 * SIZE})
    ) as storage:
        for key, algorithm in (("crc", "CRC32"), ("sha", "SHA256")):
            storage.put(key, _blocks(block), checksum_algorithm=algorithm)
    return root


def _blocks(block: bytes) -> Iterator[bytes]:
    return (block for _ in range(SIZE // MIB))


@pytest.mark.parametrize("key", ["crc", "sha"])
@pytest.mark.parametrize("chunk_size", [SIZE, 16 * MIB], ids=["one stream", "pieces"])
def test_a_download_takes_bounded_memory(root: Path, tmp_path: Path, key: str, chunk_size: int) -> None:
    transfer = TransferSettings.model_validate({"chunk_size": chunk_size, "max_concurrency": THREADS})
    proofs = []
    with Storage(LOCAL.open(LOCAL.settings(provider="local", root=root), "store"), transfer=transfer) as storage:
        peak = peak_memory(lambda: proofs.append(storage.download_file(key, tmp_path / "f").verified_by))
    assert peak < MOST
    assert proofs == [Proof.CHECKSUM]
    assert (tmp_path / "f").stat().st_size == SIZE
