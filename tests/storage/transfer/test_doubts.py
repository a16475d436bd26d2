"""What a store says that need not be true: parts that it does not know, ETags that may be MD5s or not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from holdall import errors
from holdall import options as opt
from holdall.models import Proof
from holdall.transfer import verify
from tests.storage.transfer.test_verify import DATA, PARTS, UNEQUAL, in_parts, opened

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
