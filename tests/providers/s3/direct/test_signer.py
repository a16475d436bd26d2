"""Signatures: the examples that AWS publishes, and botocore as the second witness for whatever else can be signed."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import example, given
from hypothesis import strategies as st

from holdall_s3.direct.signer import (
    EMPTY_PAYLOAD,
    UNSIGNED_PAYLOAD,
    AwsSigner,
    canonical_path,
    canonical_query,
    timestamp,
)

# Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in a Single
# Chunk" and "Authenticating Requests: Using Query Parameters". The keys are those of the documentation.
KEYS = ReadOnlyCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None)
AT = "20130524T000000Z"
HOST = "examplebucket.s3.amazonaws.com"
PUBLISHED = [
    pytest.param(
        "GET", "/test.txt", [], {"range": "bytes=0-9"}, EMPTY_PAYLOAD,
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", id="get a range",
    ),
    pytest.param(
        "PUT", "/test$file.text", [],
        {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", id="put",
    ),
    pytest.param(
        "GET", "/", [("lifecycle", "")], {}, EMPTY_PAYLOAD,
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", id="get the lifecycle",
    ),
    pytest.param(
        "GET", "/", [("prefix", "J"), ("max-keys", "2")], {}, EMPTY_PAYLOAD,
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", id="list",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "query", "headers", "payload", "signature"), PUBLISHED)
def test_a_published_example(
    method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], payload: str, signature: str
) -> None:
    headers = {"host": HOST, **headers}
    AwsSigner().sign(
        method, canonical_path(path), canonical_query(query), headers, payload, keys=KEYS, region="us-east-1", at=AT
    )
    scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    assert headers["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=")
    assert headers["authorization"].endswith(f", Signature={signature}")


def test_the_published_presigned_example() -> None:
    query = AwsSigner().presign(
        "GET", "/test.txt", [], {"host": HOST}, keys=KEYS, region="us-east-1", at=AT, expires_in=86400
    )
    assert query == (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_a_key_is_derived_once_per_day_region_and_secret() -> None:
    signer = AwsSigner()
    other = ReadOnlyCredentials("AKIAIOSFODNN7EXAMPLE", "another", None)

    def signature(keys: ReadOnlyCredentials, region: str, at: str) -> str:
        headers = {"host": HOST}
        signer.sign("GET", "/", "", headers, EMPTY_PAYLOAD, keys=keys, region=region, at=at)
        return headers["authorization"].rpartition("=")[2]

    asked = [
        (KEYS, "us-east-1", AT),
        (other, "us-east-1", AT),
        (KEYS, "eu-west-1", AT),
        (KEYS, "us-east-1", "2014" + AT[4:]),
    ]
    first = [signature(*each) for each in asked]
    assert len(set(first)) == len(asked)
    with mock.patch("holdall_s3.direct.signer.hmac.digest", wraps=hmac.digest) as digest:
        assert [signature(*each) for each in asked] == first
    assert digest.call_count == len(asked)


def test_secrets_are_not_remembered_for_ever() -> None:
    signer = AwsSigner()
    for number in range(200):
        keys = ReadOnlyCredentials("id", f"secret-{number}", None)
        signer.sign("GET", "/", "", {"host": HOST}, EMPTY_PAYLOAD, keys=keys, region="us-east-1", at=AT)
    assert len(signer._keys) <= 64


# --- against botocore --------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
NAMES = WORD.map(lambda word: f"x-amz-meta-{word}") | st.sampled_from(
    ["content-type", "range", "if-match", "content-md5"]
)
HEADERS = st.dictionaries(NAMES, VALUE, max_size=6)
QUERY = st.dictionaries(TEXT.filter(bool), TEXT, max_size=5)
CREDENTIALS = st.builds(ReadOnlyCredentials, WORD, TEXT, st.none() | WORD)
TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001 - as botocore's


def botocores(auth: Any, request: AWSRequest, keys: ReadOnlyCredentials, now: datetime, **more: int) -> AWSRequest:
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        auth(keys, "s3", "eu-central-1", **more).add_auth(request)
    return request


@given(
    key=TEXT.filter(bool),
    query=QUERY,
    headers=HEADERS,
    body=st.binary(max_size=64),
    keys=CREDENTIALS,
    now=TIMES,
    tls=st.booleans(),
)
@example(
    key="a//b/../c d+é~%2F*",
    query={"a": "", "a b": "+%"},
    headers={"x-amz-meta-a": " two  blanks "},
    body=b"x",
    keys=KEYS,
    now=datetime(2026, 1, 2),  # noqa: DTZ001
    tls=True,
)
def test_headers_are_signed_as_botocore_does(
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    keys: ReadOnlyCredentials,
    now: datetime,
    *,
    tls: bool,
) -> None:
    path, text = canonical_path(f"/bucket/{key}"), canonical_query(query.items())
    url = f"{'https' if tls else 'http'}://s3.example.com:9000{path}{'?' if text else ''}{text}"
    theirs = botocores(S3SigV4Auth, AWSRequest("PUT", url, dict(headers), body), keys, now)
    ours = {"host": "s3.example.com:9000", **headers}
    AwsSigner().sign(
        "PUT", path, text, ours, theirs.headers["X-Amz-Content-SHA256"],
        keys=keys, region="eu-central-1", at=now.strftime("%Y%m%dT%H%M%SZ"),
    )  # fmt: skip
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours.get("x-amz-security-token") == theirs.headers.get("X-Amz-Security-Token")


@given(
    key=TEXT.filter(bool), query=QUERY, headers=HEADERS, keys=CREDENTIALS, now=TIMES, seconds=st.integers(1, 604_800)
)
def test_queries_are_signed_as_botocore_does(
    key: str, query: dict[str, str], headers: dict[str, str], keys: ReadOnlyCredentials, now: datetime, seconds: int
) -> None:
    path = canonical_path(f"/{key}")
    request = AWSRequest("GET", f"https://b.s3.example.com{path}", dict(headers), params=dict(query))
    theirs = botocores(S3SigV4QueryAuth, request, keys, now, expires=seconds)
    ours = AwsSigner().presign(
        "GET", path, query.items(), {"host": "b.s3.example.com", **headers},
        keys=keys, region="eu-central-1", at=now.strftime("%Y%m%dT%H%M%SZ"), expires_in=seconds,
    )  # fmt: skip
    assert sorted(ours.split("&")) == sorted(str(theirs.url).partition("?")[2].split("&"))


def test_times_are_utc_and_of_the_form_that_signatures_want() -> None:
    assert timestamp(0) == "19700101T000000Z"
    assert timestamp(1_369_353_600) == AT
    assert len(timestamp()) == len(AT)


def test_constants() -> None:
    assert (EMPTY_PAYLOAD[:8], UNSIGNED_PAYLOAD) == ("e3b0c442", "UNSIGNED-PAYLOAD")
