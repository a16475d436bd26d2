"""Requests of our own: signed as AWS says, wrong as asked for, taken and refused by real servers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from s3tester.bodies import body
from s3tester.chunked import ChunkSigner, encode, encoded_length
from s3tester.errors import CouldNotRun
from s3tester.target import Keys
from tests.compat.fakes import run_fake
from tests.compat.running import fake_target, run_one, scenario, target_of
from tests.docs.stand_ins import run_aws

if TYPE_CHECKING:
    from pathlib import Path

# The examples of the Amazon S3 API reference, "Transferring Payload in Multiple Chunks", without and with trailers.
EXAMPLE_KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
EXAMPLE_BODY = body("a" * 66560)
PLAIN = [
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]
WITH_TRAILER = [
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    # The page prints another one here, which its own rule does not give; the SDKs have this one.
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
]


@pytest.mark.parametrize(
    ("signatures", "trailer"), [(PLAIN, {}), (WITH_TRAILER, {"x-amz-checksum-crc32c": "sOO8/Q=="})]
)
def test_chunks_are_signed_as_in_the_published_examples(signatures: list[str], trailer: dict[str, str]) -> None:
    signer = ChunkSigner(EXAMPLE_KEYS, "us-east-1", "20130524T000000Z", signatures[0])
    sent = b"".join(encode(EXAMPLE_BODY, 65536, trailer, signer))
    assert [sent.count(each.encode()) for each in signatures] == [0, *[1] * (len(signatures) - 1)]
    assert len(sent) == encoded_length(EXAMPLE_BODY, 65536, trailer, signed=True)
    assert trailer or len(sent) == 66824


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000])
@pytest.mark.parametrize("trailer", [{}, {"x-amz-checksum-crc32": "AAAA", "x-amz-meta-b": "1"}])
def test_the_length_of_chunks_is_known_before_they_are_made(size: int, trailer: dict[str, str]) -> None:
    source = body({"random": size})
    for signer in (None, ChunkSigner(EXAMPLE_KEYS, "us-east-1", "20130524T000000Z", "0" * 64)):
        sent = b"".join(encode(source, 100, trailer, signer))
        assert len(sent) == encoded_length(source, 100, trailer, signed=signer is not None)


GOOD = """
- http: {method: PUT, path: "/${bucket}/${key} é+", sign: SIGN, body: {random: 200KiB}, chunk_size: 64KiB, MORE}
- http: {path: "/${bucket}/${key} é+"}
  expect: {status: 200, body: {equals: {random: 200KiB}}}
- call: GetObject
  with: {Bucket: "${bucket}", Key: "${key} é+"}
  expect: {body: {equals: {random: 200KiB}}}
"""
TRAILER = "trailer: {x-amz-checksum-crc32: {$crc32: {random: 200KiB}}}"


@pytest.mark.parametrize(
    ("sign", "more"),
    [
        ("v4", ""),
        ("query", ""),
        ("unsigned-payload", ""),
        ("chunked", ""),
        ("chunked-trailer", TRAILER),
        ("unsigned-trailer", TRAILER),
    ],
)
def test_a_strict_server_takes_every_form(sign: str, more: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    swift = request.getfixturevalue("swift_server")
    result = run_one(tmp_path, target_of(swift), scenario(GOOD.replace("SIGN", sign).replace("MORE", more)))
    assert result.verdict == "supported", result


WRONG_TRAILER = """{path: /${bucket}/x, method: PUT, sign: unsigned-trailer, body: a,
  trailer: {x-amz-checksum-crc32: AAAAAA==}}"""


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("{path: /${bucket}/x, sign: broken-signature}", "[SignatureDoesNotMatch, 403]"),
        ("{path: /${bucket}/x, skew: -7200}", "[RequestTimeTooSkewed, 403]"),
        ("{path: /${bucket}/x, sign: query, skew: -600, expires: 60}", "[AccessDenied, 403]"),
        (
            '{path: /${bucket}/x, method: PUT, body: one, payload: "ZEROS"}'.replace("ZEROS", "0" * 64),
            "[XAmzContentSHA256Mismatch, 400]",
        ),
        ("{path: /${bucket}/x, region: eu-nowhere-1}", "[AuthorizationHeaderMalformed, 400]"),
        ("{path: /${bucket}/x, sign: none}", "400"),
        (
            WRONG_TRAILER,
            "[BadDigest, 400]",
        ),
    ],
)
def test_a_strict_server_refuses_what_is_wrong(
    request_: str, code: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    swift = request.getfixturevalue("swift_server")
    steps = f"- http: {request_.replace('/${bucket}/x', chr(34) + '/${bucket}/${key}' + chr(34))}\n"
    result = run_one(tmp_path, target_of(swift), scenario(f"{steps}  expect: {{error: {code}}}"))
    assert result.verdict == "supported", result


@pytest.mark.parametrize("credentials", ["wrong-secret", "unknown-key"])
def test_a_strict_server_refuses_credentials_that_are_wrong(
    credentials: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    swift = request.getfixturevalue("swift_server")
    for step in ("- call: ListBuckets", "- http: {path: /}"):
        steps = f"{step}\n  expect: {{error: 403}}"
        assert run_one(tmp_path, target_of(swift), scenario(steps, credentials=credentials)).verdict == "supported"


def sent_by(tmp_path: Path, step: str, answer: Any = (200, {}, b"")) -> tuple[str, str, dict[str, str], bytes]:
    with run_fake(lambda _, path, *__: answer if "x-here" in path else None) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(step))
        assert result.verdict == "supported", result
        return next(each for each in store.requests if "x-here" in each[1])


def test_a_path_is_not_normalised(tmp_path: Path) -> None:
    _, path, _, _ = sent_by(tmp_path, '- http: {path: "/b//../x-here/./a%2Fb ü"}')
    assert path == "/b//../x-here/./a%252Fb%20%C3%BC"
    _, path, _, _ = sent_by(tmp_path, '- http: {raw_path: "/b//x-here/a%2fb"}')
    assert path == "/b//x-here/a%2Fb"


def test_headers_that_are_not_to_be_signed_are_not(tmp_path: Path) -> None:
    step = "- http: {path: /b/x-here, headers: {X-Amz-Meta-A: 1}, unsigned_headers: {x-amz-meta-b: 2}, host: h.example}"
    _, _, headers, _ = sent_by(tmp_path, step)
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert (headers["x-amz-meta-a"], headers["x-amz-meta-b"], headers["host"]) == ("1", "2", "h.example")
    assert ("x-amz-meta-a" in signed, "x-amz-meta-b" in signed) == (True, False)


def test_a_form_has_its_file_last(tmp_path: Path) -> None:
    step = '- http: {method: POST, url: "${endpoint}/x-here", form: {file: {text: one}, key: "${key}"}}'
    _, _, headers, sent = sent_by(tmp_path, step)
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    assert "authorization" not in headers
    assert sent.index(b'name="key"') < sent.index(b'name="file"; filename="file"') < sent.index(b"one")


def test_xml_is_told_by_the_names_of_its_elements(tmp_path: Path) -> None:
    told = b"<R xmlns='http://s3'><A>1</A><B><C>x</C></B><D>1</D><D>2</D></R>"
    step = "- http: {path: /b/x-here}\n  expect: {result: {A: 1, B.C: x, 'D[1]': '2', D: {size: 2}}}"
    sent_by(tmp_path, step, (200, {}, told))


def test_an_error_inside_of_a_200_is_an_error_here_too(tmp_path: Path) -> None:
    told = b"<Error><Code>InternalError</Code></Error>"
    step = "- http: {path: /b/x-here}\n  expect: {error: [InternalError, 200]}"
    sent_by(tmp_path, step, (200, {}, told))


def test_tls_is_verified_by_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_aws(tmp_path) as variables:
        url = variables["STAND_IN_AWS"]
        with pytest.raises(CouldNotRun, match="SSL"):
            run_one(tmp_path, fake_target(url), scenario("- call: ListBuckets"))
        monkeypatch.setenv("AWS_CA_BUNDLE", variables["AWS_CA_BUNDLE"])
        result = run_one(tmp_path, fake_target(url), scenario("- call: ListBuckets\n- http: {path: /}"))
        assert result.verdict == "supported", result
        monkeypatch.delenv("AWS_CA_BUNDLE")
        trusting = dataclasses.replace(fake_target(url), verify=variables["AWS_CA_BUNDLE"])
        assert run_one(tmp_path, trusting, scenario("- http: {path: /}")).verdict == "supported"
