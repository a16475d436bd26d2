"""Answers that lie, that are cut, that are not what S3 says: never taken for the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import SMALL, Place, nothing_left, uploaded
from tests.places import BEGUN_IN_2010, MAIN, UNPROVED, at, cases, everywhere
from tests.servers import faults

if TYPE_CHECKING:
    from pathlib import Path


def error_in_200() -> bytes:
    refused = faults.error_answer(500, "InternalError", {})
    return refused.replace(b"500 Made", b"200 OK", 1)


@everywhere
@pytest.mark.parametrize("done", ["not done", "done"])
def test_a_200_with_an_error_in_it_is_no_success(done: str, place: Place, file: Path, data: bytes) -> None:
    fault = faults.Fault(answer=error_in_200(), forward=done == "done")
    rule = place.proxy.add(fault, method="POST", target="uploadId=")
    uploaded(place, file)
    assert rule.hits == 1
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


ELSEWHERE = ("rclone-direct", "swift-sdk")


@pytest.mark.parametrize("times", [1, 1000], ids=["once", "always"])
@cases(
    "kind",
    {"one request": "one request", "parts": "parts"},
    dict.fromkeys(ELSEWHERE, ("one request", "parts")),
    but={"moto-*-parts": UNPROVED},
)
def test_a_bit_that_turns_on_the_way_down_is_never_a_file(
    times: int, kind: str, place: Place, tmp_path: Path, data: bytes
) -> None:
    with place.open() as storage:
        if kind == "parts":
            storage.put("k", data)
        else:
            place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
        place.proxy.add(faults.flip_answer(777), method="GET", times=times)
        try:
            storage.download_file("k", tmp_path / "file")
        except e.ChecksumMismatch:
            assert list(tmp_path.iterdir()) == []
        else:
            assert times == 1
            assert (tmp_path / "file").read_bytes() == data


@at(MAIN, *ELSEWHERE)
@pytest.mark.parametrize("times", [1, 1000], ids=["once", "always"])
def test_a_bit_that_turns_on_the_way_up_is_never_an_object(times: int, place: Place, data: bytes) -> None:
    with place.open() as storage:
        for size, target in ((len(SMALL), "/k$"), (len(data), "partNumber=2")):
            place.proxy.clear()
            rule = place.proxy.add(faults.flip_request(50), method="PUT", target=target, times=times)
            body = data[:size]
            try:
                storage.put("k", body)
            except e.StorageError:
                assert place.stored() != body
                assert place.uploads() == []
            else:
                assert place.stored() == body
            assert rule.hits


PAGE = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>false</IsTruncated>
<Contents><Key>made-up</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>
<Size>1</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""
GARBLED = {
    "nothing": b"",
    "cut": PAGE[:-60],
    "cut after an entry": PAGE.removesuffix(b"</ListBucketResult>"),
    "torn tags": PAGE.replace(b"</Contents>", b"</Cont\x00nts>"),
    "a web page": b"<html><body>Please log in to the network</body></html>",
    "no XML": b"\x1f\x8b\x08\x00" + b"\xff" * 100,
}


def instead(body: bytes) -> faults.Fault:
    """A success with this body in place of the server's answer; the server has carried the request out."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return faults.Fault(answer=head.encode() + body)


garbled = pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED.keys())


@at(MAIN, "swift-sdk")  # each engine has a parser of its own
@garbled
def test_a_listing_that_is_garbled_is_no_listing(body: bytes, place: Place) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=SMALL)
    place.proxy.add(instead(body), method="GET", times=1000)
    with place.open() as storage:
        with pytest.raises((e.ResponseError, e.ServerError)):  # botocore makes a 500 of what is no XML
            list(storage.list())
        place.proxy.clear()
        assert [entry.key for entry in storage.list()] == ["k"]


@pytest.mark.parametrize("ending", ["reset", "close"])
@pytest.mark.parametrize("count", [0, 200])
def test_a_listing_that_breaks_off_is_asked_for_again(count: int, ending: str, place: Place) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=SMALL)
    rule = place.proxy.add(faults.cut_answer(count, ending), method="GET")
    with place.open() as storage:
        assert [entry.key for entry in storage.list()] == ["k"]
    assert rule.hits == 1


@garbled
def test_a_completion_whose_answer_is_garbled(body: bytes, place: Place, file: Path, data: bytes) -> None:
    """It is done, or it is not, and the same call again ends it either way."""
    place.proxy.add(instead(body), method="POST", target="uploadId=")
    with place.open() as storage:
        try:
            storage.upload_file(file, "k")
        except e.StorageError:
            storage.upload_file(file, "k")
    assert place.stored() == data
    nothing_left(place, file.parent, "file")


@cases(
    "body",
    GARBLED,
    {},
    but={f"moto-*-{label}": BEGUN_IN_2010 for label in ("nothing", "a web page")},
)
def test_a_beginning_whose_answer_is_garbled(body: bytes, place: Place, file: Path, data: bytes) -> None:
    place.proxy.add(instead(body), method="POST", target=r"\?uploads")
    with place.open() as storage:
        try:
            storage.upload_file(file, "k")
        except e.StorageError:
            storage.upload_file(file, "k")
    assert place.stored() == data
    nothing_left(place, file.parent, "file")
