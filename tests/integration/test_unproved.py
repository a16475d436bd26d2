"""Stores of which nothing is known: what their ETags and parts say is tried, and believed with care."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import copy_between
from holdall import errors as e
from holdall.models import Proof
from holdall.transfer.verify import METADATA_NAME
from tests.integration.conftest import MIB, PART
from tests.places import UNPROVED, at, cases
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import Place


@pytest.fixture(autouse=True)
def unrecognised(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of which nothing is known, and which nobody recognises."""
    monkeypatch.setenv(f"HOLDALL_STORES__{place.name.upper()}__STORE_FAMILY", "generic")


@at("moto-direct", "moto-sdk", but={"rclone-*": "rclone's ETag of an object in parts is an MD5 of all its bytes"})
def test_an_object_in_parts_of_a_store_that_knows_no_parts(place: Place, tmp_path: Path, data: bytes) -> None:
    with place.open() as storage:
        storage.put("k", data)
        assert (storage.head("k").etag or "").endswith("-4")
        storage.download_file("k", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data


@at("moto-direct", but={"rclone-*": "rclone's ETag of an object in parts is an MD5 of all its bytes"})
def test_a_bit_that_turns_once_in_parts_of_sizes_that_nobody_tells(place: Place, tmp_path: Path, data: bytes) -> None:
    with place.open() as storage:
        storage.put("k", data)
        rule = place.proxy.add(faults.flip_answer(1_000_000), method="GET")
        result = storage.download_file("k", tmp_path / "file")
    assert rule.hits == 1
    assert result.verified_by is Proof.MULTIPART_ETAG
    assert (tmp_path / "file").read_bytes() == data


@at("swift-direct", "swift-sdk")
@pytest.mark.parametrize("kind", ["one request", "pieces"])
def test_a_bit_that_turns_once_is_noticed_by_the_etag(kind: str, place: Place, tmp_path: Path, data: bytes) -> None:
    data = data if kind == "pieces" else data[: 3 * MIB]
    with place.open() as storage:
        place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
        rule = place.proxy.add(faults.flip_answer(1_000_000), method="GET")
        result = storage.download_file("k", tmp_path / "file")
    assert rule.hits == 1
    assert result.verified_by is Proof.ETAG
    assert (tmp_path / "file").read_bytes() == data


def _got(place: Place) -> bytes:
    with place.open() as storage:
        return storage.get("k").read()


def _opened(place: Place) -> bytes:
    with place.open() as storage, storage.open("k") as file:
        return bytes(file.read())


def _copied(place: Place) -> bytes:
    with place.open() as storage, holdall.open_storage("memory://there", transfer={"chunk_size": PART}) as target:
        copy_between(storage, "k", target, "k")
        return target.get("k").read()


@cases(
    "kind",
    {"one request": "one request", "parts": "parts"},
    dict.fromkeys(("swift-sdk", "rclone-direct", "rclone-sdk"), ("one request", "parts")),
    but={"moto-*-parts": UNPROVED},
)
@pytest.mark.parametrize("read", [_got, _opened, _copied])
def test_a_bit_that_turns_in_a_stream_is_an_error(
    kind: str, place: Place, data: bytes, read: Callable[[Place], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """These stores keep no checksum: their ETags have to tell."""
    monkeypatch.setenv(f"HOLDALL_STORES__{place.name.upper()}__STORE_FAMILY", place.server.name)
    with place.open(transfer={"multipart_threshold": PART if kind == "parts" else 1 << 30}) as storage:
        storage.put("k", data)
    assert read(place) == data
    # The last request for bytes: one before it may be for the size of a part, and is left unread.
    rule = place.proxy.add(faults.flip_answer(1_000_000), method="GET", times=1000)
    with pytest.raises(e.ChecksumMismatch):
        read(place)
    assert rule.hits


@pytest.mark.parametrize("size", [3 * MIB, 2 * PART + 7], ids=["one request", "parts"])
@at("rclone-direct", "swift-sdk")
def test_a_checksum_of_ones_own_proves_what_the_store_does_not(size: int, place: Place, tmp_path: Path) -> None:
    data = os.urandom(size)
    with place.open(transfer={"own_checksum": "auto"}, capabilities={"checksums.stored": "no"}) as storage:
        storage.put("k", data)
        assert METADATA_NAME in storage.head("k").metadata
        done = storage.download_file("k", tmp_path / "file", verify="strict")
        assert done.verified_by is Proof.METADATA
        assert (tmp_path / "file").read_bytes() == data
        (tmp_path / "file").unlink()
        place.proxy.add(faults.flip_answer(1_000_000), method="GET", times=1000)
        with pytest.raises(e.ChecksumMismatch, match="metadata"):
            storage.download_file("k", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
