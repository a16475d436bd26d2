"""Presigned URLs and forms: used with plain HTTP, and refused when anything about them is changed.

Swift is the witness: it verifies signatures. moto, which does not, only shows that a form is understood.
"""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from holdall import errors as e
from holdall import options as opt
from holdall.models import Checksum, ChecksumAlgorithm, PresignedUrl, SseC, SseKms, SseS3
from holdall_s3 import S3Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.providers.s3.wire import Wire
    from tests.servers import S3Server

DAY = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
CRC = Checksum(ChecksumAlgorithm.CRC32, "NhCmhg==")
SHA256 = Checksum(ChecksumAlgorithm.SHA256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


def use(
    http: urllib3.PoolManager, url: PresignedUrl, body: bytes | None = None, **more: str
) -> urllib3.BaseHTTPResponse:
    headers = {name: value for name, value in {**url.headers, **more}.items() if value != ""}
    return http.request(url.method, url.url, body=body, headers=headers)


# --- URLs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["plain", "a b/ü+%2F☃?x#y", "//x", "tail/"])
def test_a_url_for_each_method(key: str, provider: S3Provider, http: urllib3.PoolManager) -> None:
    url = provider.presign(key, opt.PresignOptions(method="PUT"))
    assert use(http, url, b"hello").status == 200
    with provider.get(key, opt.GET) as got:
        assert got.read() == b"hello"
    assert use(http, provider.presign(key, opt.PresignOptions())).data == b"hello"
    answer = use(http, provider.presign(key, opt.PresignOptions(method="HEAD")))
    assert (answer.status, answer.headers["content-length"]) == (200, "5")
    assert use(http, provider.presign(key, opt.PresignOptions(method="DELETE"))).status == 204
    with pytest.raises(e.ObjectNotFound):
        provider.head(key, opt.HEAD)


def test_what_an_upload_must_send_is_told_and_enforced(swift: S3Provider, http: urllib3.PoolManager) -> None:
    write = opt.PutOptions(
        content_type="text/csv",
        cache_control="no-store",
        content_disposition="inline",
        expires=DAY,
        metadata={"a": "näive"},
        checksum=SHA256,
        content_md5="XUFAKrxLKna5cZ2REBfFkg==",
    )
    url = swift.presign("k", opt.PresignOptions(method="PUT", write=write, content_length=5))
    assert url.headers == {
        "cache-control": "no-store",
        "content-disposition": "inline",
        "content-length": "5",
        "content-md5": "XUFAKrxLKna5cZ2REBfFkg==",
        "content-type": "text/csv",
        "expires": "Wed, 02 Jan 2030 03:04:05 GMT",
        "x-amz-checksum-sha256": SHA256.value,
        "x-amz-meta-a": "=?UTF-8?B?bsOkaXZl?=",
        "x-amz-sdk-checksum-algorithm": "SHA256",
    }
    for name in ("content-type", "x-amz-meta-a"):
        assert use(http, url, b"hello", **{name: "other"}).status == 403
        assert use(http, url, b"hello", **{name: ""}).status in {400, 403}
    assert use(http, url, b"jello").status == 400  # another body: the checksums do not fit
    assert use(http, url, b"hello").status == 200
    info = swift.head("k", opt.HEAD)
    assert (info.content_type, info.metadata, info.expires) == ("text/csv", {"a": "näive"}, DAY)


def test_a_url_that_was_changed_is_refused(swift: S3Provider, http: urllib3.PoolManager) -> None:
    swift.put("k", b"hello", opt.PUT)
    swift.put("other", b"secret", opt.PUT)
    url = swift.presign("k", opt.PresignOptions())
    changed = dataclasses.replace(url, url=url.url.replace("/k?", "/other?"))
    assert use(http, changed).status == 403
    assert use(http, dataclasses.replace(url, method="DELETE")).status == 403


def test_a_url_ends(swift: S3Provider, http: urllib3.PoolManager, monkeypatch: pytest.MonkeyPatch) -> None:
    swift.put("k", b"hello", opt.PUT)
    url = swift.presign("k", opt.PresignOptions(expires_in=60))
    assert abs(url.expires_at - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=5)
    assert use(http, url).status == 200

    import botocore.auth

    past = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=2)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: past)
    ended = swift.presign("k", opt.PresignOptions(expires_in=60))
    assert use(http, ended).status == 403


def test_reading_options_are_part_of_a_url(provider: S3Provider, http: urllib3.PoolManager) -> None:
    etag = provider.put("k", b"hello", opt.PUT).etag
    read = opt.GetOptions(response_content_type="a/b", response_content_disposition="attachment", response_expires=DAY)
    answer = use(http, provider.presign("k", opt.PresignOptions(read=read)))
    assert answer.headers["content-type"] == "a/b"
    assert answer.headers["content-disposition"] == "attachment"
    url = provider.presign("k", opt.PresignOptions(read=opt.GetOptions(if_none_match=etag)))
    assert list(url.headers) == ["if-none-match"]
    assert use(http, url).status == 304


def test_create_only_by_url(swift: S3Provider, http: urllib3.PoolManager) -> None:
    url = swift.presign("k", opt.PresignOptions(method="PUT", write=opt.PutOptions(if_absent=True)))
    assert url.headers == {"if-none-match": "*"}
    assert [use(http, url, b"x").status for _ in range(2)] == [200, 412]


def test_everything_of_the_specification_is_in_a_url(aws: S3Provider, wire: Wire) -> None:
    read = opt.GetOptions(
        version_id="v1",
        response_content_type="a",
        response_content_disposition="b",
        response_content_encoding="c",
        response_content_language="d",
        response_cache_control="e",
        response_expires=DAY,
    )
    url = aws.presign("k", opt.PresignOptions(read=read, expires_in=604_800))
    query = {name: values[0] for name, values in parse_qs(urlsplit(url.url).query).items()}
    assert urlsplit(url.url).netloc == "bucket.s3.eu-central-1.amazonaws.com"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "604800"
    assert query["versionId"] == "v1"
    assert [query[f"response-{name}"] for name in ("content-type", "content-disposition", "content-encoding")] == [
        "a",
        "b",
        "c",
    ]
    assert [query[f"response-{name}"] for name in ("content-language", "cache-control")] == ["d", "e"]
    assert query["response-expires"] == "Wed, 02 Jan 2030 03:04:05 GMT"
    write = opt.PutOptions(
        storage_class="GLACIER",
        encryption=SseKms("key", {"a": "b"}, bucket_key=True),
        tags={"a b": "c"},
        checksum_algorithm=ChecksumAlgorithm.SHA1,
        backend=S3Options(acl="private", request_payer=True),
    )
    url = aws.presign("k", opt.PresignOptions(method="PUT", write=write))
    assert url.headers == {
        "x-amz-acl": "private",
        "x-amz-request-payer": "requester",
        "x-amz-sdk-checksum-algorithm": "SHA1",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "x-amz-server-side-encryption-context": "eyJhIjogImIifQ==",
        "x-amz-storage-class": "GLACIER",
        "x-amz-tagging": "a%20b=c",
    }
    deletion = aws.presign("k", opt.PresignOptions(method="DELETE", read=opt.GetOptions(version_id="v1")))
    assert parse_qs(urlsplit(deletion.url).query)["versionId"] == ["v1"]
    assert wire.sent == []  # nothing was asked of the store


def test_a_url_is_a_secret_to_its_repr(aws: S3Provider) -> None:
    url = aws.presign("k", opt.PresignOptions(method="PUT", write=opt.PutOptions(encryption=SseC(bytes(32)))))
    assert "Signature" in url.url
    assert "Signature" not in repr(url)
    assert "AAAAAAAA" in str(url.headers)
    assert "AAAAAAAA" not in repr(url)


@pytest.mark.parametrize(
    "options",
    [
        opt.PresignOptions(expires_in=0),
        opt.PresignOptions(expires_in=604_801),
        opt.PresignOptions(write=opt.PUT),
        opt.PresignOptions(content_length=5),
        opt.PresignOptions(method="PUT", read=opt.GET),
        opt.PresignOptions(method="HEAD", read=opt.GetOptions(response_content_type="a")),
        opt.PresignOptions(method="DELETE", read=opt.GetOptions(if_none_match="e")),
    ],
)
def test_a_url_that_makes_no_sense_is_refused(options: opt.PresignOptions, aws: S3Provider) -> None:
    with pytest.raises(e.InvalidRequest):
        aws.presign("k", options)


def test_a_url_lives_no_longer_than_its_credentials(aws: S3Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.credentials import RefreshableCredentials

    def credentials(left: timedelta) -> RefreshableCredentials:
        metadata = {
            "access_key": "AKIAIOSFODNN7EXAMPLE",
            "secret_key": "s",
            "token": "t",
            "expiry_time": (datetime.now(UTC) + left).isoformat(),
        }
        # Without refreshing near the end: what is left is what counts here.
        return RefreshableCredentials.create_from_metadata(
            metadata, lambda: metadata, "test", advisory_timeout=0, mandatory_timeout=0
        )

    client: Any = aws.raw_client
    signer = client._request_signer
    monkeypatch.setattr(signer, "_credentials", credentials(timedelta(minutes=10)))
    url = aws.presign("k", opt.PresignOptions(expires_in=3600))
    assert abs(url.expires_at - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(seconds=5)
    assert 590 <= int(parse_qs(urlsplit(url.url).query)["X-Amz-Expires"][0]) <= 600
    monkeypatch.setattr(signer, "_credentials", credentials(timedelta(seconds=0.9)))
    with pytest.raises(e.CredentialsExpired):
        aws.presign("k", opt.PresignOptions())


def test_nobody_signs_without_credentials(moto_server: S3Server, provider_on: MakeProvider) -> None:
    provider = provider_on(
        moto_server, access_key_id=None, secret_access_key=None, credentials={"type": "anonymous"}, bucket="some-bucket"
    )
    with pytest.raises(e.SignatureCalculationFailed, match="no credentials"):
        provider.presign("k", opt.PresignOptions())


def test_urls_may_lead_to_another_endpoint(moto_server: S3Server, provider_on: MakeProvider) -> None:
    provider = provider_on(moto_server, connection={"public_endpoint_url": "https://files.example.org"})
    provider.put("k", b"x", opt.PUT)
    assert urlsplit(provider.presign("k", opt.PresignOptions()).url).netloc == "files.example.org"


# --- forms -------------------------------------------------------------------------------------------------------


def send_form(
    http: urllib3.PoolManager, url: str, fields: dict[str, str], name: str, data: bytes
) -> urllib3.BaseHTTPResponse:
    return http.request("POST", url, fields={**fields, "file": (name, data)})


def test_a_form(moto: S3Provider, http: urllib3.PoolManager) -> None:
    write = opt.PutOptions(content_type="text/csv", metadata={"a": "b"}, storage_class="STANDARD_IA")
    post = moto.presign_post("folder/k", opt.PresignPostOptions(write=write, max_size=10))
    assert send_form(http, post.url, dict(post.fields), "name.csv", b"hello").status in {200, 204}
    info = moto.head("folder/k", opt.HEAD)
    assert (info.size, info.content_type, info.metadata) == (5, "text/csv", {"a": "b"})


def test_a_form_for_a_prefix(moto: S3Provider, http: urllib3.PoolManager) -> None:
    post = moto.presign_post("folder/", opt.PresignPostOptions(key_is_prefix=True))
    assert send_form(http, post.url, dict(post.fields), "name.csv", b"hello").status in {200, 204}
    assert moto.head("folder/name.csv", opt.HEAD).size == 5


def test_what_a_form_allows_is_in_its_policy(aws: S3Provider) -> None:
    import base64
    import json

    write = opt.PutOptions(
        content_type="text/csv",
        content_disposition="inline",
        content_encoding="gzip",
        cache_control="no-store",
        expires=DAY,
        metadata={"a": "b"},
        tags={"t": "<&>"},
        encryption=SseS3(),
        checksum=CRC,
        backend=S3Options(acl="private", website_redirect="/x"),
    )
    post = aws.presign_post("k", opt.PresignPostOptions(write=write, min_size=1, max_size=10, expires_in=60))
    assert urlsplit(post.url).netloc == "bucket.s3.eu-central-1.amazonaws.com"
    policy = json.loads(base64.b64decode(post.fields["policy"]))
    expected = {
        "key": "k",
        "bucket": "bucket",
        "Content-Type": "text/csv",
        "Content-Disposition": "inline",
        "Content-Encoding": "gzip",
        "Cache-Control": "no-store",
        "Expires": "Wed, 02 Jan 2030 03:04:05 GMT",
        "x-amz-meta-a": "b",
        "tagging": "<Tagging><TagSet><Tag><Key>t</Key><Value>&lt;&amp;&gt;</Value></Tag></TagSet></Tagging>",
        "x-amz-server-side-encryption": "AES256",
        "x-amz-checksum-algorithm": "CRC32",
        "x-amz-checksum-crc32": CRC.value,
        "acl": "private",
        "x-amz-website-redirect-location": "/x",
    }
    told: dict[str, str] = {}
    for condition in policy["conditions"]:
        if isinstance(condition, dict):
            told |= condition
    assert {name: told[name] for name in expected} == expected
    assert ["content-length-range", 1, 10] in policy["conditions"]
    assert all(post.fields[name] == value for name, value in expected.items() if name != "bucket")
    assert "policy" not in repr(post)
    assert abs(post.expires_at - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("key", "options", "kind"),
    [
        ("a${filename}b", opt.PresignPostOptions(), e.InvalidObjectKey),
        ("k", opt.PresignPostOptions(expires_in=0), e.InvalidRequest),
        ("k", opt.PresignPostOptions(min_size=9, max_size=8), e.InvalidRequest),
        ("k", opt.PresignPostOptions(write=opt.PutOptions(if_absent=True)), e.OptionNotSupported),
        ("k", opt.PresignPostOptions(write=opt.PutOptions(content_language="de")), e.OptionNotSupported),
        (
            "k",
            opt.PresignPostOptions(write=opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.SHA1)),
            e.OptionNotSupported,
        ),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(
    key: str, options: opt.PresignPostOptions, kind: type[Exception], aws: S3Provider
) -> None:
    with pytest.raises(kind):
        aws.presign_post(key, options)


def test_a_form_to_a_bucket_that_is_not_there(moto: S3Provider, http: urllib3.PoolManager) -> None:
    post = moto.bind(f"gone-{uuid.uuid4().hex}").presign_post("k", opt.PresignPostOptions())
    assert send_form(http, post.url, dict(post.fields), "n", b"x").status == 404
