"""Bodies made ready: each is read as often as it must be, and what is announced is what is sent."""

from __future__ import annotations

import hashlib
import io
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.models import ChecksumAlgorithm
from holdall.transfer.progress import Meter
from holdall_s3.bodies import CHUNK, GuardedReader
from holdall_s3.direct.payload import prepare
from holdall_s3.direct.signer import EMPTY_PAYLOAD, UNSIGNED_PAYLOAD, UNSIGNED_TRAILER


class Source(io.BytesIO):
    """A source that counts what is read of it, and returns less than asked for."""

    def __init__(self, data: bytes, most: int = 1 << 30) -> None:
        super().__init__(data)
        self._length = len(data)
        self._most = most
        self.taken = 0

    def __len__(self) -> int:
        return self._length

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(self._most if size is None or size < 0 else min(size, self._most))
        self.taken += len(data)
        return data


def ready(body: Any, algorithm: ChecksumAlgorithm | None = None, **more: Any) -> Any:
    return prepare(body, algorithm, **{"signed": False, "trailer": False, "encoding": None, **more})


def crc32(data: bytes) -> str:
    return b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def all_of(body: Any) -> bytes:
    return b"".join(iter(lambda: body.read(16384), b""))


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_bytes_are_sent_as_they_lie(form: Any) -> None:
    body = form(b"hello")
    payload = ready(body, ChecksumAlgorithm.CRC32, signed=True)
    assert payload.body is body
    assert (payload.length, payload.hash) == (5, hashlib.sha256(b"hello").hexdigest())
    assert payload.headers == {"x-amz-checksum-crc32": crc32(b"hello")}
    assert ready(body).hash == UNSIGNED_PAYLOAD


def test_no_body_has_the_hash_of_none() -> None:
    assert ready(None, signed=True)[:3] == (None, 0, EMPTY_PAYLOAD)
    assert ready(b"", signed=True).hash == EMPTY_PAYLOAD


def test_a_source_is_read_once_for_all_hashes() -> None:
    source = Source(b"hello")
    payload = ready(GuardedReader(source), ChecksumAlgorithm.CRC32, signed=True)
    assert source.taken == 5
    assert payload.headers == {"x-amz-checksum-crc32": crc32(b"hello")}
    assert payload.hash == hashlib.sha256(b"hello").hexdigest()
    assert all_of(payload.body) == b"hello"


def test_to_hash_a_source_is_no_progress() -> None:
    told: list[int] = []
    meter = Meter(lambda event: told.append(event.transferred), "k", 5)
    body = GuardedReader(meter.watch(Source(b"hello")))
    assert ready(body, ChecksumAlgorithm.CRC32, signed=True).hash == hashlib.sha256(b"hello").hexdigest()
    assert told == []
    assert all_of(body) == b"hello"
    assert told == [5]


def test_a_source_without_hashes_is_not_read_before_it_is_sent() -> None:
    source = Source(b"hello")
    payload = ready(GuardedReader(source))
    assert (source.taken, payload.hash, payload.length) == (0, UNSIGNED_PAYLOAD, 5)


def unchunk(sent: bytes) -> tuple[bytes, bytes]:
    stream, data = io.BytesIO(sent), b""
    while size := int(stream.readline(), 16):
        data += stream.read(size)
        assert stream.read(2) == b"\r\n"
    return data, stream.read()


@given(
    size=st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]),
    most=st.sampled_from([65536, 700_001, 1 << 30]),
)
def test_chunks_with_the_checksum_behind(size: int, most: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    source = Source(data, most)
    payload = ready(GuardedReader(source), ChecksumAlgorithm.CRC32, trailer=True, encoding="gzip")
    assert source.taken == 0
    sent = all_of(payload.body)
    assert len(sent) == payload.length == len(payload.body)
    body, trailer = unchunk(sent)
    assert body == data
    assert trailer == f"x-amz-checksum-crc32:{crc32(data)}\r\n\r\n".encode()
    assert source.taken == size
    assert payload.hash == UNSIGNED_TRAILER
    assert payload.headers == {
        "content-encoding": "aws-chunked,gzip",
        "x-amz-decoded-content-length": str(size),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }


def test_a_signed_body_has_no_trailer() -> None:
    payload = ready(GuardedReader(Source(b"hello")), ChecksumAlgorithm.CRC32, trailer=True, signed=True)
    assert payload.headers == {"x-amz-checksum-crc32": crc32(b"hello")}
