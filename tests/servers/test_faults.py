"""The proxy does to requests what its rules say, and nothing to all others."""

from __future__ import annotations

import dataclasses
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from tests.servers import boto3_client, faults, run_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import S3Server
    from tests.servers.faults import FaultProxy

BROKEN = (HTTPClientError, OSError)
DATA = bytes(range(256)) * 2000


@pytest.fixture
def proxy(rclone_server: S3Server) -> Iterator[FaultProxy]:
    with run_faults(rclone_server.endpoint_url) as found:
        yield found


@pytest.fixture
def bucket(rclone_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> str:
    return fresh_bucket(rclone_server)


@pytest.fixture
def client(proxy: FaultProxy, rclone_server: S3Server) -> Iterator[Any]:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=1)
    server = dataclasses.replace(rclone_server, endpoint_url=proxy.endpoint_url)
    with closing(boto3_client(server, config=config)) as found:
        yield found


def body_of(client: Any, bucket: str) -> bytes:
    data: bytes = client.get_object(Bucket=bucket, Key="k")["Body"].read()
    return data


def test_what_no_rule_matches_passes_as_it_is(client: Any, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(faults.lose_answer(), target="another")
    client.put_object(Bucket=bucket, Key="k", Body=DATA)
    assert body_of(client, bucket) == DATA
    assert [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    assert proxy.count("PUT", "/k") == proxy.count("GET", "/k") == 1


def test_refused_requests_do_not_reach_the_server_and_lost_answers_do(
    client: Any, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(faults.refuse(503, "SlowDown", headers={"Retry-After": "1"}), method="PUT")
    with pytest.raises(ClientError, match="SlowDown"):
        client.put_object(Bucket=bucket, Key="k", Body=DATA)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)
    proxy.add(faults.refuse_after(500, "InternalError"), method="PUT", times=1)
    with pytest.raises(ClientError, match="InternalError"):
        client.put_object(Bucket=bucket, Key="k", Body=DATA)
    assert body_of(client, bucket) == DATA
    proxy.add(faults.lose_answer(), method="PUT")
    with pytest.raises(BROKEN):
        client.put_object(Bucket=bucket, Key="k", Body=b"again")
    assert body_of(client, bucket) == b"again"


@pytest.mark.parametrize("fault", [faults.reset_before(), faults.reset_in_request(100_000)])
def test_requests_that_are_reset_are_not_carried_out(
    fault: faults.Fault, client: Any, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(fault, method="PUT")
    with pytest.raises(BROKEN):
        client.put_object(Bucket=bucket, Key="k", Body=DATA)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("ending", ["reset", "close", "stall"])
def test_answers_that_end_early(ending: str, client: Any, bucket: str, proxy: FaultProxy) -> None:
    client.put_object(Bucket=bucket, Key="k", Body=DATA)
    proxy.add(faults.cut_answer(1000, ending), method="GET")
    with pytest.raises(BROKEN):
        body_of(client, bucket)
    assert body_of(client, bucket) == DATA


def test_an_answer_that_never_comes(client: Any, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(faults.stall(), method="HEAD")
    started = time.monotonic()
    with pytest.raises(BROKEN):
        client.head_object(Bucket=bucket, Key="k")
    assert time.monotonic() - started > 0.9


def test_bits_that_turn_on_the_way(client: Any, bucket: str, proxy: FaultProxy) -> None:
    client.put_object(Bucket=bucket, Key="k", Body=DATA)
    proxy.add(faults.flip_answer(70_000), method="GET")
    wrong = body_of(client, bucket)
    assert [at for at, (left, right) in enumerate(zip(wrong, DATA, strict=True)) if left != right] == [70_000]
    proxy.add(faults.flip_request(3), method="PUT")
    client.put_object(Bucket=bucket, Key="k", Body=DATA)  # rclone compares it with nothing
    assert body_of(client, bucket)[3] == DATA[3] ^ 0x10


def test_rules_skip_count_and_call(client: Any, bucket: str, proxy: FaultProxy) -> None:
    calls: list[str] = []
    rule = proxy.add(
        faults.calling(faults.refuse(500, "InternalError"), lambda: calls.append("now")), method="HEAD", skip=1, times=2
    )
    client.put_object(Bucket=bucket, Key="k", Body=b"x")
    outcomes = []
    for _ in range(5):
        try:
            client.head_object(Bucket=bucket, Key="k")
            outcomes.append(200)
        except ClientError as error:
            outcomes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert outcomes == [200, 500, 500, 200, 200]
    assert calls == ["now", "now"]
    assert rule.hits == 2


def test_the_server_learns_that_a_client_went_away_in_its_body() -> None:
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(10)
        with run_faults(f"http://127.0.0.1:{upstream.getsockname()[1]}") as proxy:
            with socket.create_connection(("127.0.0.1", urlsplit(proxy.endpoint_url).port or 0)) as client:
                client.sendall(b"PUT /b/k HTTP/1.1\r\nContent-Length: 1000\r\n\r\nsome")
                server, _ = upstream.accept()
            with server, server.makefile("rb") as received:
                server.settimeout(10)
                assert received.read().endswith(b"some")  # to the end of the connection


def test_rules_by_header(client: Any, bucket: str, proxy: FaultProxy) -> None:
    rule = proxy.add(faults.refuse(400, "ExpiredToken"), header="(?i)x-amz-meta-which: old")
    client.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"which": "new"})
    assert rule.hits == 0
    with pytest.raises(ClientError, match="ExpiredToken"):
        client.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"which": "old"})


def test_heads_that_drip(client: Any, bucket: str, proxy: FaultProxy) -> None:
    client.put_object(Bucket=bucket, Key="k", Body=b"x")
    proxy.add(faults.drip_head(400), method="HEAD")
    started = time.monotonic()
    assert client.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1
    assert time.monotonic() - started > 0.3


def test_slow_bodies_take_their_time(client: Any, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(faults.slow(400_000), method="PUT")
    started = time.monotonic()
    client.put_object(Bucket=bucket, Key="k", Body=DATA[:200_000])
    assert time.monotonic() - started > 0.4
