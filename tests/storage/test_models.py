"""Plain data: ranges, frozen results that survive pickling, secrets out of reprs."""

from __future__ import annotations

import dataclasses
import inspect
import io
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import models
from holdall.models import ByteRange, PresignedPost, PresignedUrl, SizedReader, SseC

CLASSES = [value for value in vars(models).values() if dataclasses.is_dataclass(value) and inspect.isclass(value)]
sizes = st.integers(0, 300)
ranges = st.builds(ByteRange, st.integers(-300, 300), st.none()) | st.builds(
    lambda start, more: ByteRange(start, start + more), st.integers(0, 300), st.integers(0, 300)
)


@given(ranges, sizes)
def test_a_range_takes_what_a_slice_takes(wanted: ByteRange, size: int) -> None:
    data = bytes(value % 256 for value in range(size))
    found = wanted.resolve(size)
    assert data[wanted.start : wanted.stop] == (data[slice(*found)] if found else b"")


@given(ranges, sizes)
def test_a_resolved_range_lies_inside_and_is_not_empty(wanted: ByteRange, size: int) -> None:
    found = wanted.resolve(size)
    if found:
        assert 0 <= found[0] < found[1] <= size


@given(ranges, sizes)
def test_the_header_means_the_same_to_a_server(wanted: ByteRange, size: int) -> None:
    found = wanted.resolve(size)
    if found is None:  # a range of nothing has no header that says so
        return
    unit, _, value = wanted.header().partition("=")
    first, _, last = value.partition("-")
    assert unit == "bytes"
    start = int(first) if first else max(0, size - int(last))
    served = (start, min(size, int(last) + 1) if first and last else size)
    assert served == found


@pytest.mark.parametrize(
    ("wanted", "header"),
    [
        (ByteRange(0, 1024), "bytes=0-1023"),
        (ByteRange(5, 6), "bytes=5-5"),
        (ByteRange(7), "bytes=7-"),
        (ByteRange(-9), "bytes=-9"),
    ],
)
def test_range_headers(wanted: ByteRange, header: str) -> None:
    assert wanted.header() == header


def test_no_range_of_an_empty_object_can_be_satisfied() -> None:
    assert [ByteRange(0).resolve(0), ByteRange(-1).resolve(0), ByteRange(0, 1).resolve(0)] == [None, None, None]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_result_is_frozen_and_lean(cls: type) -> None:
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(cls)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_field_is_documented_or_a_class_of_few_fields_says_it_in_one_line(cls: type) -> None:
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}(")  # what dataclass makes up where there is no docstring


def test_results_survive_pickling() -> None:
    info = models.ObjectInfo(
        key="k",
        size=3,
        last_modified=datetime(2026, 1, 2, tzinfo=UTC),
        metadata={"a": "b"},
        checksums=(models.Checksum(models.ChecksumAlgorithm.CRC32, "AAAAAA=="),),
        encryption=models.EncryptionInfo("AES256"),
    )
    page = models.ListPage((models.ObjectEntry("k", 3),), ("p/",), "token")
    for result in (info, page):
        assert pickle.loads(pickle.dumps(result)) == result


def test_secrets_are_not_in_reprs() -> None:
    expires = datetime(2026, 1, 2, tzinfo=UTC)
    secret = "c2lnbmF0dXJl"
    found = [
        SseC(secret.encode()),
        PresignedUrl(url=f"https://h/?sig={secret}", method="GET", headers={"x": secret}, expires_at=expires),
        PresignedPost(url="https://h/", fields={"signature": secret}, expires_at=expires),
    ]
    for value in found:
        assert secret not in repr(value)
        assert secret not in str(value)
        assert secret not in f"{value}"


def test_a_file_like_body_needs_a_length() -> None:
    class Sized(io.BytesIO):
        def __len__(self) -> int:
            return len(self.getvalue())

    assert isinstance(Sized(b"abc"), SizedReader)
    assert not isinstance(io.BytesIO(b"abc"), SizedReader)
