"""Answers that only half arrive: what is known from them counts, and nothing is made up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall_s3.provider import S3Provider
from holdall_s3.settings import S3CompatibleSettings
from tests.providers.s3.direct.scripted import read_request, serving

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

CUT = b'Content-Length: 1000\r\nETag: "e"\r\n\r\n<?xml version="1.0"?>'


def provider_that_hears(answer: bytes) -> Iterator[S3Provider]:
    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(answer)

    with serving(talk) as server:
        values = {
            "endpoint_url": str(server.origin),
            "bucket": "bucket",
            "access_key_id": "id",
            "secret_access_key": "secret",
            "engine": "direct",
        }
        with closing(S3Provider(S3CompatibleSettings.model_validate(values).to_config())) as provider:
            yield provider


@pytest.fixture
def refused() -> Iterator[S3Provider]:
    yield from provider_that_hears(b"HTTP/1.1 403 Forbidden\r\nx-amz-request-id: R1\r\n" + CUT)


@pytest.fixture
def answered() -> Iterator[S3Provider]:
    yield from provider_that_hears(b"HTTP/1.1 200 OK\r\n" + CUT)


def test_a_refusal_stands_even_if_its_reason_is_cut_off(refused: S3Provider) -> None:
    with pytest.raises(e.AccessDenied) as caught:
        refused.put("k", b"data", opt.PUT)
    assert (caught.value.http_status, caught.value.request_id) == (403, "R1")


def test_half_a_listing_is_none(answered: S3Provider) -> None:
    with pytest.raises(e.IncompleteBody):
        answered.list_page(opt.LIST)


def test_half_an_object_is_none(answered: S3Provider) -> None:
    with pytest.raises(e.IncompleteBody):
        answered.get("k", opt.GET).read()
