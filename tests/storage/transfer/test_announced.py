"""Sizes and numbers of parts that a store announces, and that no object has: they cost no memory."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from holdall.claims import Claim
from holdall.models import Checksum, ChecksumAlgorithm, ObjectInfo, Proof
from holdall.transfer import verify
from holdall.transfer.verify import MIB
from tests.storage.support import memory_storage


@pytest.mark.parametrize(("size", "count", "claims"), [
    (16 * MIB, "2", 1), (0, "0", 0), (16 * MIB, "", 0), (16 * MIB, "02", 0), (16 * MIB, "9" * 5000, 0),
    (8 * MIB * 10**5, "100000", 0),
])  # fmt: skip
def test_no_store_makes_us_count_parts_that_nobody_can_have(size: int, count: str, claims: int) -> None:
    told = Checksum(ChecksumAlgorithm.CRC32, f"AAAAAA==-{count}", composite=True)
    storage, _ = memory_storage(name=uuid.uuid4().hex)
    info = ObjectInfo(key="k", size=size, checksums=(told,))
    assert len(list(verify.claims(info, storage.capabilities, lambda _: 8 * MIB))) == claims


@pytest.mark.parametrize("algorithm", [None, ChecksumAlgorithm.CRC32, "MD5"])
def test_a_size_that_no_object_has_makes_no_list_that_no_memory_holds(algorithm: Any) -> None:
    size = 10**15
    claim = Claim(Proof.CHECKSUM, algorithm, "", (size,)) if algorithm else None
    pieces, _ = verify.cut(claim, size, 16 * MIB)
    assert len(pieces) <= verify.MOST_PIECES
    assert (pieces[0].start, pieces[-1].stop) == (0, size)
