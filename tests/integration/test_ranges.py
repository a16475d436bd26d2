"""Ranges of objects on every kind of server, over connections that break."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from holdall.fsspec import BlobFileSystem
from tests.integration.conftest import MIB
from tests.places import ALL, at
from tests.servers import faults

if TYPE_CHECKING:
    from tests.integration.conftest import Place

SIZE = 3 * MIB
RANGES = [(0, 10), (2 * MIB, 2 * MIB + 5000), (5, 70_000), (SIZE - 1, SIZE), (100, 100), (MIB, MIB + 1)]
BREAKS = faults.cut_answer(3000)


@pytest.fixture
def content(place: Place) -> bytes:
    """Of an object that is there."""
    data = os.urandom(SIZE)
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    return data


@at(*ALL)
def test_ranges_of_an_object(place: Place, content: bytes) -> None:
    broken = place.proxy.add(BREAKS, method="GET")
    with place.open() as storage:
        assert storage.get_ranges("k", RANGES) == [content[start:stop] for start, stop in RANGES]
        assert storage.get_ranges("k", [(SIZE - 9, None)]) == [content[-9:]]
        with pytest.raises(e.RangeNotSatisfiable):
            storage.get_ranges("k", [(0, 5), (SIZE + 5, SIZE + 9)])
    assert broken.hits == 1


@at(*ALL)
def test_slices_of_objects(place: Place, content: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="other", Body=b"0123456789")
    broken = place.proxy.add(BREAKS, method="GET")
    paths = ["faulty/k"] * len(RANGES) + ["faulty/other"]
    starts, ends = zip(*RANGES, (3, 6), strict=True)
    wanted = [content[start:stop] for start, stop in RANGES]
    assert BlobFileSystem("faulty").cat_ranges(paths, list(starts), list(ends)) == [*wanted, b"345"]
    assert broken.hits == 1
