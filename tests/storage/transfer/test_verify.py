"""A flipped byte anywhere is an error, never a file: for each way in which a store can prove an object."""

from __future__ import annotations

import base64
import random
import uuid
import zlib
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import checksums, errors
from holdall import options as opt
from holdall.claims import Claim, Piece
from holdall.config.store import TransferSettings
from holdall.models import ChecksumAlgorithm, EncryptionInfo, ObjectInfo, Proof
from holdall.reading import GetResult
from holdall.transfer import verify
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.reading import ByteSource
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = random.Random(5).randbytes(1000)  # noqa: S311 - no secret
NO_ETAG = {"checksums.md5_etag": "no"}
PARTS = (300, 300, 300, 100)
UNEQUAL = (200, 300, 400, 100)
SEEMINGLY_EQUAL = (300, 250, 350, 100)
"""As many as if all were like the first."""


class Flipping:
    """A body in which one byte of the object is another one."""

    def __init__(self, source: ByteSource, start: int, flipped: int) -> None:
        self._source = source
        self._position = start
        self._flipped = flipped

    def read(self, size: int = -1, /) -> bytes:
        data = bytearray(self._source.read(size))
        if 0 <= self._flipped - self._position < len(data):
            data[self._flipped - self._position] ^= 1
        self._position += len(data)
        return bytes(data)

    def readinto(self, buffer: memoryview, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()


def flip(recorder: RecordingProvider, position: int) -> None:
    """From now on a byte of every object comes wrong."""
    around = recorder.around

    def flipping(operation: str, do: Callable[..., Any], /, *args: Any) -> Any:
        result = around(operation, do, *args)
        if isinstance(result, GetResult):
            result._source = Flipping(result._source, result.start, position)
        return result

    recorder.around = flipping  # type: ignore[method-assign,assignment]


def in_parts(storage: Storage, sizes: tuple[int, ...], algorithm: ChecksumAlgorithm | None) -> None:
    """Writes the data as an object of such parts, with a composite checksum where an algorithm is given."""
    provider: Any = storage.provider
    upload = provider.create_upload(
        "k", opt.CreateUploadOptions(checksum_algorithm=algorithm, checksum_composite=True if algorithm else None)
    )
    done, position = [], 0
    for number, size in enumerate(sizes, start=1):
        data = DATA[position : position + size]
        own = checksums.checksum(algorithm, data) if algorithm else None
        done.append(provider.upload_part("k", upload.upload_id, number, data, opt.PartOptions(checksum=own)))
        position += size
    provider.complete_upload("k", upload.upload_id, done, opt.COMPLETE)


def with_checksum(algorithm: str) -> Callable[[Storage], object]:
    return lambda storage: storage.put("k", DATA, checksum_algorithm=algorithm)


def with_own(algorithm: ChecksumAlgorithm) -> Callable[[Storage], object]:
    value = checksums.checksum(algorithm, DATA).value
    return lambda storage: storage.put("k", DATA, metadata={verify.METADATA_NAME: f"{algorithm}:{value}"})


WAYS = [
    *(
        pytest.param(with_checksum(name), NO_ETAG, Proof.CHECKSUM, id=name)
        for name in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
    ),
    *(
        pytest.param(
            lambda storage, sizes=sizes, algorithm=algorithm: in_parts(storage, sizes, algorithm),
            NO_ETAG, Proof.COMPOSITE, id=f"composite {algorithm} {sizes}",
        )
        for sizes in (PARTS, UNEQUAL, SEEMINGLY_EQUAL, (500, 500))
        for algorithm in (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256)
    ),
    pytest.param(with_own(ChecksumAlgorithm.CRC32), NO_ETAG, Proof.METADATA, id="own CRC32"),
    pytest.param(with_own(ChecksumAlgorithm.SHA256), NO_ETAG, Proof.METADATA, id="own SHA256"),
    pytest.param(lambda storage: storage.put("k", DATA), {}, Proof.ETAG, id="ETag"),
    pytest.param(lambda storage: in_parts(storage, PARTS, None), {}, Proof.MULTIPART_ETAG, id="ETag of parts"),
    pytest.param(lambda storage: in_parts(storage, UNEQUAL, None), {}, Proof.MULTIPART_ETAG, id="ETag of odd parts"),
]  # fmt: skip


def opened(write: Callable[[Storage], object], capabilities: dict[str, str], chunk_size: int, **transfer: Any) -> Any:
    given = {"chunk_size": chunk_size, "multipart_threshold": 1 << 30, **transfer}
    storage, recorder = memory_storage(
        name=uuid.uuid4().hex, transfer=TransferSettings.model_validate(given), capabilities=capabilities
    )
    write(storage)
    recorder.calls.clear()
    return storage, recorder


@pytest.mark.parametrize("chunk_size", [1000, 128, 300], ids=["one stream", "pieces", "pieces as parts"])
@pytest.mark.parametrize(("write", "capabilities", "proof"), WAYS)
class TestEveryProof:
    def test_the_right_bytes_are_proved(
        self, tmp_path: Path, write: Any, capabilities: dict[str, str], proof: Proof, chunk_size: int
    ) -> None:
        storage, _ = opened(write, capabilities, chunk_size)
        assert storage.download_file("k", tmp_path / "f", verify="strict").verified_by is proof
        assert (tmp_path / "f").read_bytes() == DATA

    @pytest.mark.parametrize("position", [0, 299, 300, 650, 999])
    def test_a_flipped_byte_is_an_error_and_no_file(
        self, tmp_path: Path, write: Any, capabilities: dict[str, str], proof: Proof, chunk_size: int, position: int
    ) -> None:
        storage, recorder = opened(write, capabilities, chunk_size)
        flip(recorder, position)
        with pytest.raises(errors.ChecksumMismatch, match=proof.value) as caught:
            storage.download_file("k", tmp_path / "f", checksums=True)
        assert caught.value.key == "k"
        assert list(tmp_path.iterdir()) == []


class TestModes:
    def test_nothing_proves_it(self, tmp_path: Path) -> None:
        storage, recorder = opened(lambda storage: storage.put("k", DATA), NO_ETAG, 128)
        flip(recorder, 5)
        assert storage.download_file("k", tmp_path / "f").verified_by is None
        (tmp_path / "f").unlink()
        with pytest.raises(errors.Unverifiable) as caught:
            storage.download_file("k", tmp_path / "f", verify="strict")
        assert caught.value.hint
        assert list(tmp_path.iterdir()) == []

    def test_strict_refuses_before_the_bytes_are_fetched(self, tmp_path: Path) -> None:
        storage, recorder = opened(lambda storage: storage.put("k", DATA), NO_ETAG, 128, verify="strict")
        with pytest.raises(errors.Unverifiable):
            storage.download_file("k", tmp_path / "f")
        assert recorder.operations == ["get"]

    def test_off_looks_at_nothing(self, tmp_path: Path) -> None:
        for chunk_size in (1000, 128):
            storage, recorder = opened(with_checksum("CRC32"), {}, chunk_size, verify="off")
            flip(recorder, 5)
            assert storage.download_file("k", tmp_path / "f").verified_by is None
            assert (tmp_path / "f").read_bytes() != DATA

    def test_an_unknown_mode_is_refused_before_any_request(self, tmp_path: Path) -> None:
        storage, recorder = opened(with_checksum("CRC32"), {}, 128)
        with pytest.raises(errors.InvalidRequest, match="auto, strict, off"):
            storage.download_file("k", tmp_path / "f", verify="never")
        assert recorder.calls == []

    def test_a_range_is_not_compared_with_what_is_said_of_the_whole(self, tmp_path: Path) -> None:
        storage, _ = opened(with_checksum("CRC32"), {}, 128)
        assert storage.download_file("k", tmp_path / "f", range=(10, 900)).verified_by is None
        with pytest.raises(errors.Unverifiable):
            storage.download_file("k", tmp_path / "f", range=(10, 900), verify="strict")

    def test_an_empty_object(self, tmp_path: Path) -> None:
        storage, _ = opened(lambda storage: storage.put("k", b"", checksum_algorithm="CRC32"), {}, 128)
        assert storage.download_file("k", tmp_path / "f", verify="strict").verified_by is Proof.CHECKSUM
        assert (tmp_path / "f").read_bytes() == b""


class TestEtagsThatMayBeMd5s:
    """Stores of which it is not known: what agrees proves; what does not agree says nothing."""

    UNKNOWN: ClassVar = {"checksums.md5_etag": "unknown"}

    def test_what_agrees_proves(self, tmp_path: Path) -> None:
        storage, _ = opened(lambda storage: storage.put("k", DATA), self.UNKNOWN, 128)
        assert storage.download_file("k", tmp_path / "f", verify="strict").verified_by is Proof.ETAG

    def test_what_does_not_agree_says_nothing(self, tmp_path: Path) -> None:
        storage, recorder = opened(lambda storage: storage.put("k", DATA), self.UNKNOWN, 128)
        flip(recorder, 5)
        assert storage.download_file("k", tmp_path / "f").verified_by is None
        with pytest.raises(errors.Unverifiable, match="nothing says surely"):
            storage.download_file("k", tmp_path / "g", verify="strict")
        assert [path.name for path in tmp_path.iterdir()] == ["f"]

    def test_usual_part_sizes_are_tried_where_the_store_does_not_tell(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verify, "USUAL_PART_SIZES", (50, 260, 300, 320))
        storage, recorder = opened(lambda storage: in_parts(storage, PARTS, None), {"get.part_number": "no"}, 128)
        assert storage.download_file("k", tmp_path / "f", verify="strict").verified_by is Proof.MULTIPART_ETAG
        assert all(call.args[1].part_number is None for call in recorder.calls)
        flip(recorder, 5)
        assert storage.download_file("k", tmp_path / "f").verified_by is None  # a guess that fails proves nothing


class TestClaims:
    """What is taken for a claim, and what is not."""

    @staticmethod
    def found(info: ObjectInfo) -> list[Proof]:
        storage, _ = memory_storage(name=uuid.uuid4().hex)
        return [claim.proof for claim in verify.claims(info, storage.capabilities, lambda _: None)]

    @pytest.mark.parametrize(("etag", "more", "expected"), [
        ("ce114e4501d2f4e2dcea3e17b546f339", {}, [Proof.ETAG]),
        ("ce114e4501d2f4e2dcea3e17b546f339", {"encryption": EncryptionInfo("AES256")}, [Proof.ETAG]),
        ("ce114e4501d2f4e2dcea3e17b546f339", {"encryption": EncryptionInfo("aws:kms")}, []),
        ("ce114e4501d2f4e2dcea3e17b546f339", {"encryption": EncryptionInfo("AES256", customer_key_md5="x")}, []),
        ("ce114e4501d2f4e2dcea3e17b546f339", {"storage_class": "EXPRESS_ONEZONE"}, []),
        ("ce114e4501d2f4e2dcea3e17b546f33", {}, []),
        ("CE114E4501D2F4E2DCEA3E17B546F339", {}, []),
        ("ce114e4501d2f4e2dcea3e17b546f339-0", {}, []),
        ("ce114e4501d2f4e2dcea3e17b546f339-1", {}, [Proof.MULTIPART_ETAG]),
        (None, {}, []),
    ])  # fmt: skip
    def test_etags(self, etag: str | None, more: dict[str, Any], expected: list[Proof]) -> None:
        assert self.found(ObjectInfo(key="k", size=10, etag=etag, **more)) == expected

    @pytest.mark.parametrize(("entry", "count"), [
        ("CRC32:AAAAAA==", 1), ("crc32:AAAAAA==", 1), ("CRC32:", 0), ("CRC32", 0), ("", 0), ("MD4:AAAA", 0),
        ("CRC32:not base64", 0),
    ])  # fmt: skip
    def test_metadata(self, entry: str, count: int) -> None:
        info = ObjectInfo(key="k", size=10, metadata={verify.METADATA_NAME: entry})
        assert self.found(info) == [Proof.METADATA] * count


@given(
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    step=st.none() | st.integers(1, 500),
    algorithm=st.sampled_from([ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256, "MD5"]),
    by_parts=st.booleans(),
)
def test_pieces_cover_the_object_once_and_none_lies_in_two_units(
    *, sizes: list[int], step: int | None, algorithm: Any, by_parts: bool
) -> None:
    total = sum(sizes)
    units = tuple(sizes) if by_parts else (total,)
    claim = Claim(Proof.CHECKSUM, algorithm, "", units, by_parts=by_parts)
    pieces, hashed = verify.cut(claim, total, step)
    assert [piece.start for piece in pieces] == [0, *(piece.stop for piece in pieces[:-1])]
    assert pieces[-1].stop == total
    if hashed:
        ends = {unit.stop for unit in claim.units()}
        assert all(not any(piece.start < end < piece.stop for end in ends) for piece in pieces)
        if algorithm != ChecksumAlgorithm.CRC32:
            assert tuple(pieces) == claim.units()


def test_pieces_of_a_crc_make_the_whole() -> None:
    value = base64.b64encode(zlib.crc32(DATA).to_bytes(4)).decode()
    claim = Claim(Proof.CHECKSUM, ChecksumAlgorithm.CRC32, value, (1000,))
    pieces = [Piece(0, 1), Piece(1, 700), Piece(700, 1000)]
    digests = {piece: zlib.crc32(DATA[piece.start : piece.stop]).to_bytes(4) for piece in reversed(pieces)}
    assert claim.holds(digests)
    assert not claim.holds({**digests, pieces[1]: b"\0\0\0\0"})
