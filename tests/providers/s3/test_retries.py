"""Retries on the wire: the engines make one attempt each, and the retry layer makes the others, as the store asks."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.config import ResilienceSettings
from holdall.layers.context import ErrorContext
from holdall.layers.retry import Retry
from holdall.layers.retry_policy import RetryPolicy
from holdall.models import CopySource
from holdall.testing.fakes import FakeClock
from tests.providers.s3.wire import Wire
from tests.servers import faults, run_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server
    from tests.servers.faults import FaultProxy


@pytest.fixture
def proxied(
    moto_server: S3Server, fresh_bucket: Callable[[S3Server], str], provider_on: MakeProvider
) -> Iterator[tuple[S3Provider, FaultProxy]]:
    """A provider on an empty bucket, and the proxy before its server."""
    with run_faults(moto_server.endpoint_url) as proxy:
        server = replace(moto_server, endpoint_url=proxy.endpoint_url)
        yield provider_on(server, bucket=fresh_bucket(moto_server)), proxy


def layered(provider: S3Provider, **resilience: Any) -> tuple[Retry, FakeClock]:
    clock = FakeClock()
    policy = RetryPolicy(ResilienceSettings(**resilience), clock=clock, sleep=clock.sleep)
    return Retry(ErrorContext(provider), policy), clock


ONE_REQUEST: dict[str, Callable[[Any], Any]] = {
    "head": lambda p: p.head("k", opt.HEAD),
    "get": lambda p: p.get("k", opt.GET),
    "put": lambda p: p.put("k", b"x", opt.PUT),
    "delete": lambda p: p.delete("k", opt.DELETE),
    "list": lambda p: p.list_page(opt.LIST),
    "copy": lambda p: p.copy(CopySource("k"), "l", opt.COPY),
    "create_upload": lambda p: p.create_upload("k", opt.CREATE_UPLOAD),
    "get_tags": lambda p: p.get_tags("k", None),
    "list_buckets": lambda p: p.list_buckets(None, None),
    "head_bucket": lambda p: p.head_bucket(p.info.bucket or ""),
    "get_versioning": lambda p: p.get_versioning(),
    "list_uploads": lambda p: p.list_uploads("", None, None),
}

PASSING = {
    "503": faults.refuse(503, "ServiceUnavailable"),
    "500": faults.refuse(500, "InternalError"),
    "slow down": faults.refuse(503, "SlowDown"),
    "reset": faults.reset_before(),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_call_is_one_request(fault: faults.Fault, proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    for name, call in ONE_REQUEST.items():
        proxy.clear()
        proxy.add(fault, times=2)
        with pytest.raises(e.StorageError) as caught:
            call(provider)
        assert caught.value.retry is e.Retry.SAFE, name
        assert len(proxy.requests) == 1, name


def test_the_layer_makes_the_others(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    provider.put("k", b"x", opt.PUT)
    for name, call in ONE_REQUEST.items():
        proxy.clear()
        proxy.add(faults.refuse(503, "SlowDown"), times=2)
        store, clock = layered(provider)
        result = call(store)
        assert (len(proxy.requests), len(clock.slept)) == (3, 2), name
        if name == "get":
            result.close()
        if name == "delete":
            provider.put("k", b"x", opt.PUT)


def test_the_store_says_how_long_to_wait(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    provider.put("k", b"x", opt.PUT)
    for headers, seconds in (({"Retry-After": "7"}, 7), ({"x-amz-retry-after": "1500"}, 1.5)):
        proxy.add(faults.refuse(503, "SlowDown", headers=headers))
        store, clock = layered(provider)
        store.head("k", opt.HEAD)
        assert seconds <= clock.slept[0] <= seconds + 1, headers


def test_statuses_without_a_known_code(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    provider.put("k", b"x", opt.PUT)
    for status in (429, 408, 502, 504):
        proxy.add(faults.refuse(status, "Whatever"))
        store, clock = layered(provider)
        with store.get("k", opt.GET) as got:
            assert got.read() == b"x"
        assert len(clock.slept) == 1, status


@contextmanager
def begun(store: Any) -> Iterator[tuple[str, list[Any]]]:
    upload = store.create_upload("k", opt.CREATE_UPLOAD)
    yield upload.upload_id, [store.upload_part("k", upload.upload_id, 1, b"data", opt.PART)]
    assert store.list_uploads("", None, None).uploads == ()


def test_an_error_inside_of_a_success_is_tried_again(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, clock = layered(provider)
    with begun(store) as (upload_id, parts):
        proxy.add(faults.refuse(200, "InternalError"), method="POST", target="uploadId")
        assert store.complete_upload("k", upload_id, parts, opt.COMPLETE).size == 4
    proxy.add(faults.refuse(200, "SlowDown"), method="PUT", target="copy")
    store.copy(CopySource("k"), "copy", opt.COPY)
    assert len(clock.slept) == 2
    assert store.head("copy", opt.HEAD).size == 4


def test_a_completion_whose_answer_was_lost_is_found(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, _ = layered(provider)
    with begun(store) as (upload_id, parts):
        proxy.add(faults.lose_answer(), method="POST", target="uploadId")
        done = store.complete_upload("k", upload_id, parts, opt.COMPLETE)
    assert done.etag == provider.head("k", opt.HEAD).etag
    assert done.size == 4


def success(body: bytes, *, forward: bool) -> faults.Fault:
    """Answers 200 with a body of somebody else's; ``forward``: after the server has done what was asked."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    return faults.Fault(answer=head + body, forward=forward)


@pytest.mark.parametrize("body", [b"", b"<Foo/>", b"<html>Please log in</html>"])
def test_a_completion_without_a_result_is_none(body: bytes, proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, _ = layered(provider)
    for forward in (False, True):
        with begun(store) as (upload_id, parts):
            rule = proxy.add(success(body, forward=forward), method="POST", target="uploadId")
            done = store.complete_upload("k", upload_id, parts, opt.COMPLETE)
        assert rule.hits == 1
        assert done.etag == provider.head("k", opt.HEAD).etag
        assert done.size == 4
        provider.delete("k", opt.DELETE)


def test_a_completion_that_never_has_a_result_is_not_done(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, _ = layered(provider, max_attempts=2)
    upload = store.create_upload("k", opt.CREATE_UPLOAD)
    parts = [store.upload_part("k", upload.upload_id, 1, b"data", opt.PART)]
    proxy.add(success(b"", forward=False), method="POST", target="uploadId", times=1000)
    with pytest.raises(e.InvalidResponse):
        store.complete_upload("k", upload.upload_id, parts, opt.COMPLETE)
    assert [each.upload_id for each in store.list_uploads("", None, None).uploads] == [upload.upload_id]


def test_a_write_that_tells_no_etag_is_made_again(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, _ = layered(provider, max_attempts=2)
    proxy.add(success(b"", forward=False), method="PUT")
    store.put("k", b"data", opt.PUT)
    assert store.head("k", opt.HEAD).size == 4
    proxy.add(success(b"", forward=False), method="PUT", times=1000)
    with pytest.raises(e.InvalidResponse):
        store.put("other", b"data", opt.PUT)
    with pytest.raises(e.InvalidResponse, match="may or may not have been written"):
        store.put("other", b"data", opt.PutOptions(if_absent=True))


def test_a_create_whose_answer_was_lost_is_not_called_refused(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    store, _ = layered(provider)
    proxy.add(faults.lose_answer(), method="PUT")
    with pytest.raises(e.ConnectionFailed, match=r"may or may not have been written.*same bytes") as caught:
        store.put("k", b"data", opt.PutOptions(if_absent=True))
    assert caught.value.retry is e.Retry.NEVER
    assert proxy.count("PUT") == 2


@pytest.mark.parametrize("ending", ["reset", "close"])
def test_a_body_goes_on_over_another_connection(ending: str, proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    data = bytes(range(256)) * 4096
    provider.put("k", data, opt.PUT)
    pieces: list[bytes] = []
    ends = iter([300_000, 600_000])

    def taken() -> None:  # a reset takes back what lies unread in the client's kernel: that would be less progress
        end, patience = next(ends), time.monotonic() + 30
        while sum(map(len, pieces)) < end and time.monotonic() < patience:
            time.sleep(0.005)

    proxy.add(faults.calling(faults.cut_answer(300_000, ending), taken, at_end=True), method="GET", times=2)
    store, _ = layered(provider)
    with store.get("k", opt.GET) as got:  # in pieces: 256 KiB that came count as progress
        for piece in got.iter_chunks(50_000):
            pieces.append(piece)  # noqa: PERF402 - one by one: `taken` looks on
    assert b"".join(pieces) == data
    assert proxy.count("GET") == 3


def test_a_body_whose_object_was_replaced_ends(proxied: tuple[S3Provider, FaultProxy]) -> None:
    provider, proxy = proxied
    provider.put("k", b"old " * 100_000, opt.PUT)
    proxy.add(faults.cut_answer(1000), method="GET")
    store, _ = layered(provider)
    with store.get("k", opt.GET) as got:
        provider.put("k", b"new " * 100_000, opt.PUT)
        with pytest.raises((e.StreamInterrupted, e.IncompleteBody), match="replaced or removed"):
            got.read()


def test_a_store_that_is_not_there_is_tried_again_and_told_as_not_sent(
    moto_server: S3Server, provider_on: MakeProvider
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = replace(moto_server, endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    store, clock = layered(provider_on(gone, bucket="bucket"))
    with pytest.raises(e.ConnectionFailed) as caught:
        store.put("k", b"x", opt.PutOptions(if_absent=True))
    error = caught.value
    assert (error.attempts, error.retry, error.sent, len(clock.slept)) == (3, e.Retry.EXHAUSTED, False, 2)
    assert "may or may not" not in (error.hint or "")


@pytest.mark.parametrize("engine", ["direct"])  # boto3 signs every body that goes over plain http
def test_what_changes_on_the_way_is_refused_also_where_bodies_are_not_signed(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str], provider_on: MakeProvider
) -> None:
    bucket = fresh_bucket(swift_server)
    with run_faults(swift_server.endpoint_url) as proxy:
        server = replace(swift_server, endpoint_url=proxy.endpoint_url)
        store = provider_on(server, bucket=bucket, connection={"sign_payloads": False})
        upload = store.create_upload("parts", opt.CREATE_UPLOAD)
        rule = proxy.add(faults.flip_request(50), method="PUT", times=1000)
        with pytest.raises(e.ChecksumMismatch):
            store.put("k", b"x" * 100, opt.PUT)
        with pytest.raises(e.ChecksumMismatch):
            store.upload_part("parts", upload.upload_id, 1, b"x" * 100, opt.PART)
        assert rule.hits == 2
        proxy.clear()
        part = store.upload_part("parts", upload.upload_id, 1, b"x" * 100, opt.PART)
        store.complete_upload("parts", upload.upload_id, [part], opt.COMPLETE)
        store.put("k", b"x" * 100, opt.PUT)
        assert [entry.size for entry in store.list_page(opt.LIST).entries] == [100, 100]


@pytest.mark.parametrize(
    ("family", "checksums", "sent"),
    [
        ("swift", "auto", {"x-amz-checksum-crc32"}),
        ("swift", "when_required", set()),
        ("rclone", "auto", set()),
    ],
)
def test_a_checksum_is_sent_where_wrong_ones_are_refused(
    family: str, checksums: str, sent: set[str], swift_server: S3Server, provider_on: MakeProvider
) -> None:
    store = provider_on(swift_server, store_family=family, checksums=checksums)
    wire = Wire(store.raw_client)
    store._clients.channel().transport = wire
    wire.answer(200, {"etag": '"e"'})
    store.put("k", b"hello", opt.PUT)
    store.upload_part("k", "id", 1, b"hello", opt.PART)
    for request in wire.sent:
        assert {name for name in request.headers if name.startswith("x-amz-checksum-")} == sent
    store.put("k", b"hello", opt.PutOptions(content_md5="XUFAKrxLKna5cZ2REBfFkg=="))
    assert "x-amz-checksum-crc32" not in wire.last.headers
