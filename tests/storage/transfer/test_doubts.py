"""What a store says that need not be true: parts that it does not know, ETags that may be MD5s or not."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall import options as opt
from holdall.models import Proof
from holdall.transfer import verify
from tests.storage.transfer.test_verify import DATA, PARTS, UNEQUAL, Flipping, in_parts, opened

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.reading import GetResult
    from holdall.testing.fakes import RecordingProvider


class TestPartsThatTheStoreDoesNotTell:
    """Asking for a part serves a proof that nobody needs: no answer to it may fail a download."""

    @staticmethod
    def answering(recorder: RecordingProvider, answer: errors.StorageError | None, first: int = 1) -> None:
        """From a number on, parts are answered so; ``None`` is the whole object, as stores do that know no parts."""
        inner = recorder.get

        def get(key: str, options: opt.GetOptions) -> GetResult:
            if (options.part_number or 0) < first:
                return inner(key, options)
            if answer is not None:
                raise answer
            return inner(key, dataclasses.replace(options, part_number=None))

        recorder.get = get  # type: ignore[method-assign]

    @pytest.mark.parametrize("answer", [
        errors.RequestIgnored("the whole"), errors.UnsupportedOperation("no parts"), errors.AccessDenied("no"),
        errors.InvalidRequest("what?"), errors.RangeNotSatisfiable("no such part"), None,
    ])  # fmt: skip
    @pytest.mark.parametrize("first", [1, 2])
    @pytest.mark.parametrize("known", ["yes", "unknown"])
    def test_the_download_goes_on(
        self, tmp_path: Path, answer: errors.StorageError | None, first: int, known: str
    ) -> None:
        storage, recorder = opened(lambda storage: in_parts(storage, UNEQUAL, None), {"checksums.md5_etag": known}, 128)
        self.answering(recorder, answer, first)
        assert storage.download_file("k", tmp_path / "f").verified_by is None
        assert (tmp_path / "f").read_bytes() == DATA
        with pytest.raises(errors.Unverifiable):
            storage.download_file("k", tmp_path / "g", verify="strict")

    @pytest.mark.parametrize("answer", [errors.RequestIgnored("the whole"), None])
    def test_usual_sizes_are_tried(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: errors.StorageError | None
    ) -> None:
        monkeypatch.setattr(verify, "USUAL_PART_SIZES", (300,))
        storage, recorder = opened(lambda storage: in_parts(storage, PARTS, None), {}, 128)
        self.answering(recorder, answer)
        assert storage.download_file("k", tmp_path / "f", verify="strict").verified_by is Proof.MULTIPART_ETAG

    def test_a_network_that_fails_is_no_word_on_parts(self, tmp_path: Path) -> None:
        storage, recorder = opened(lambda storage: in_parts(storage, PARTS, None), {}, 128)
        self.answering(recorder, errors.ConnectionFailed("down"))
        with pytest.raises(errors.ConnectionFailed):
            storage.download_file("k", tmp_path / "f")


UNKNOWN = {"checksums.md5_etag": "unknown"}
FOREIGN = "0123456789abcdef0123456789abcdef"


def flipping(recorder: RecordingProvider, *positions: int | None) -> list[opt.GetOptions]:
    """In the answers that have it, that byte of the object comes wrong: each time the next of these; then all is right.

    Returns:
        What was asked for so far, kept up.
    """
    inner, left, asked = recorder.get, list(positions), []

    def get(key: str, options: opt.GetOptions) -> GetResult:
        asked.append(options)
        result = inner(key, options)
        whole = options.range is None and options.part_number is None
        if whole and left and (position := left.pop(0)) is not None:
            result._source = Flipping(result._source, result.start, position)
        return result

    recorder.get = get  # type: ignore[method-assign]
    return asked


def with_etags(recorder: RecordingProvider, etag: str) -> None:
    """The store's ETags are something else."""
    inner = recorder.get

    def get(key: str, options: opt.GetOptions) -> GetResult:
        result = inner(key, dataclasses.replace(options, if_match=None))
        result.info = dataclasses.replace(result.info, etag=etag)
        return result

    recorder.get = get  # type: ignore[method-assign]


def write(shape: str) -> Any:
    return lambda storage: storage.put("k", DATA) if shape == "whole" else in_parts(storage, PARTS, None)


@pytest.mark.parametrize("chunk_size", [1000, 128, 300], ids=["one stream", "pieces", "pieces as parts"])
class TestUsualSizesThatContradict:
    """The store does not tell the sizes of an object's parts, and what is of them agrees with no usual size."""

    @staticmethod
    def opened(chunk_size: int, monkeypatch: pytest.MonkeyPatch, usual: int = 300) -> tuple[Any, RecordingProvider]:
        monkeypatch.setattr(verify, "USUAL_PART_SIZES", (usual,))
        storage, recorder = opened(lambda storage: in_parts(storage, PARTS, None), {}, chunk_size)
        TestPartsThatTheStoreDoesNotTell.answering(recorder, None)
        return storage, recorder

    @pytest.mark.parametrize("mode", ["auto", "strict"])
    def test_what_was_damaged_on_the_way_is_fetched_again(
        self, tmp_path: Path, chunk_size: int, mode: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage, recorder = self.opened(chunk_size, monkeypatch)
        flipping(recorder, 5)
        assert storage.download_file("k", tmp_path / "f", verify=mode).verified_by is Proof.MULTIPART_ETAG
        assert (tmp_path / "f").read_bytes() == DATA

    def test_bytes_that_come_otherwise_each_time_are_an_error(
        self, tmp_path: Path, chunk_size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage, recorder = self.opened(chunk_size, monkeypatch)
        flipping(recorder, 5, 6)
        with pytest.raises(errors.ChecksumMismatch, match="of neither"):
            storage.download_file("k", tmp_path / "f")
        assert list(tmp_path.iterdir()) == []

    def test_other_sizes_are_seen_to_be_others_and_that_is_remembered(
        self, tmp_path: Path, chunk_size: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        storage, recorder = self.opened(chunk_size, monkeypatch, usual=310)
        asked = flipping(recorder)
        for expected in (2, 1):  # the second download is not fetched twice, but says the same
            asked.clear()
            caplog.clear()
            assert storage.download_file("k", tmp_path / "f").verified_by is None
            assert (tmp_path / "f").read_bytes() == DATA
            assert sum(each.range is None and each.part_number is None for each in asked) == expected
            assert "the sizes: they are others" in caplog.text


@pytest.mark.parametrize("chunk_size", [1000, 128, 300], ids=["one stream", "pieces", "pieces as parts"])
@pytest.mark.parametrize(("shape", "proof"), [("whole", Proof.ETAG), ("parts", Proof.MULTIPART_ETAG)])
class TestEtagsThatContradict:
    """It is not known whether the store's ETags are MD5s, and one is not that of the bytes."""

    @pytest.mark.parametrize("mode", ["auto", "strict"])
    def test_what_was_damaged_on_the_way_is_fetched_again(
        self, tmp_path: Path, shape: str, proof: Proof, chunk_size: int, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        storage, recorder = opened(write(shape), UNKNOWN, chunk_size)
        flipping(recorder, 5)
        assert storage.download_file("k", tmp_path / "f", verify=mode).verified_by is proof
        assert (tmp_path / "f").read_bytes() == DATA
        assert "damaged on the way" in caplog.text

    def test_bytes_that_come_otherwise_each_time_are_an_error(
        self, tmp_path: Path, shape: str, proof: Proof, chunk_size: int
    ) -> None:
        storage, recorder = opened(write(shape), UNKNOWN, chunk_size)
        flipping(recorder, 5, 6)
        with pytest.raises(errors.ChecksumMismatch, match=f"{proof.value}.*neither") as caught:
            storage.download_file("k", tmp_path / "f")
        assert caught.value.key == "k"
        assert list(tmp_path.iterdir()) == []

    def test_etags_that_are_no_md5s_are_seen_to_be_none_and_that_is_remembered(
        self, tmp_path: Path, shape: str, proof: Proof, chunk_size: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        storage, recorder = opened(write(shape), UNKNOWN, chunk_size)
        etag = FOREIGN if shape == "whole" else f"{FOREIGN}-4"
        with_etags(recorder, etag)
        asked = flipping(recorder)
        for expected in (2, 1):  # the second download is not fetched twice, but says the same
            asked.clear()
            caplog.clear()
            assert storage.download_file("k", tmp_path / "f").verified_by is None
            assert (tmp_path / "f").read_bytes() == DATA
            assert sum(each.range is None and each.part_number is None for each in asked) == expected
            warnings = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
            assert len(warnings) == 1
            assert etag in warnings[0]
            assert "not the MD5 of the bytes" in warnings[0]
        with pytest.raises(errors.Unverifiable, match=f"{proof.value}.*{etag}.*nothing says surely"):
            storage.download_file("k", tmp_path / "g", verify="strict")
