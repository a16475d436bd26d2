"""Whatever way an object is sent: bits that turn on the way are no success, even where the store checks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import errors as e
from tests.integration.conftest import SMALL, Place
from tests.places import at
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable


def write(storage: holdall.Storage, data: bytes) -> None:
    with storage.open("k", "wb") as file:
        file.write(data)


def stream(storage: holdall.Storage, data: bytes) -> None:
    storage.put("k", iter([data]))


def copy(storage: holdall.Storage, data: bytes) -> None:
    with holdall.open_storage("memory://confirmed") as source:
        source.put("k", data)
        holdall.copy_between(source, "k", storage, "k")


@at("rclone-direct", "rclone-sdk")
@pytest.mark.parametrize("way", [write, stream, copy])
def test_a_bit_that_turns_on_the_way_up_is_found(
    way: Callable[[holdall.Storage, bytes], None], place: Place, data: bytes
) -> None:
    with place.open() as storage:
        for body in (SMALL, data):
            place.proxy.clear()
            place.proxy.add(faults.flip_request(50), method="PUT", times=1000)
            with pytest.raises(e.StorageError):
                way(storage, body)
            assert place.uploads() == []
