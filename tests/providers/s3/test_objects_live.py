"""Objects on real servers: what is promised is seen to happen. moto is no witness where something is to be verified."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.client
import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.config import ResilienceSettings
from holdall.layers import stack
from holdall.models import (
    ByteRange,
    Checksum,
    ChecksumAlgorithm,
    CopySource,
    ObjectRef,
    SseC,
    SseKms,
    SseS3,
    Versioning,
)
from holdall.options import BackendOptions
from holdall.registry import check_contract
from holdall.storage import Storage
from holdall.testing import calls
from holdall_s3 import S3Options
from holdall_s3.options import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.providers.s3.wire import Wire
    from tests.servers import S3Server

MIB = 1024 * 1024
DAY = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
ODD = [
    "a b",
    "p+lus",
    "per%cent",
    "per%2Fcent",
    "q?x=1&y",
    "#frag",
    "snow☃",
    "naïve",
    "😀",
    "//x",
    "a//b",
    "tail/",
    "=;@:,",
]
ODDER = ["/lead", "a/../b", "..", "./x", "\n", "\x01", "\x7f", "\r\n", "\t", "<&>\"'"]


def keys(provider: S3Provider, **options: Any) -> list[str]:
    return [entry.key for entry in provider.list_page(opt.ListOptions(**options)).entries]


def test_everything_about_an_object_comes_back(provider: S3Provider) -> None:
    written = provider.put(
        "k",
        b"hello",
        opt.PutOptions(
            content_type="text/csv; charset=utf-8",
            content_encoding="identity",
            content_language="de",
            content_disposition="attachment; filename*=UTF-8''n%C3%A4%C3%AFve",
            cache_control="max-age=60",
            expires=DAY,
            metadata={"plain": "value", "näive".replace("ä", "a"): "naïve ☃", "word": "=?UTF-8?B?w6Q=?="},
        ),
    )
    info = provider.head("k", opt.HEAD)
    with provider.get("k", opt.GET) as got:
        assert got.read() == b"hello"
        assert got.info == info
    assert (info.size, info.etag) == (5, written.etag)
    assert info.content_type == "text/csv; charset=utf-8"
    assert info.content_encoding == "identity"
    assert info.content_language == "de"
    assert info.content_disposition == "attachment; filename*=UTF-8''n%C3%A4%C3%AFve"
    assert info.cache_control == "max-age=60"
    assert info.expires == DAY
    assert info.metadata == {"plain": "value", "naive": "naïve ☃", "word": "=?UTF-8?B?w6Q=?="}
    assert info.last_modified is not None
    assert abs(datetime.now(UTC) - info.last_modified) < timedelta(minutes=5)


def test_odd_keys_are_what_they_are(provider: S3Provider, s3_server: S3Server) -> None:
    odd = ODD if s3_server.name == "moto" else ODD + ODDER  # moto loses keys with line ends
    for key in odd:
        provider.put(key, key.encode(), opt.PUT)
    assert keys(provider) == sorted(odd, key=str.encode)
    for key in odd:
        assert provider.head(key, opt.HEAD).size == len(key.encode())
        with provider.get(key, opt.GET) as got:
            assert got.read() == key.encode()
    for key in odd:
        copied = f"copy of {key}"
        provider.copy(CopySource(key), copied, opt.COPY)
        assert provider.head(copied, opt.HEAD).size == len(key.encode())
        provider.delete(copied, opt.DELETE)
    outcomes = provider.delete_batch([ObjectRef(key) for key in odd], opt.DELETE)
    assert [(outcome.key, outcome.error) for outcome in outcomes] == [(key, None) for key in odd]
    assert keys(provider) == []


def test_ranges(provider: S3Provider) -> None:
    provider.put("k", b"0123456789", opt.PUT)
    for wanted, text, start in (
        (ByteRange(0, 4), b"0123", 0),
        (ByteRange(4), b"456789", 4),
        (ByteRange(-3), b"789", 7),
        (ByteRange(8, 99), b"89", 8),
        (ByteRange(-99), b"0123456789", 0),
    ):
        with provider.get("k", opt.GetOptions(range=wanted)) as got:
            assert (got.start, got.length, got.info.size, got.read()) == (start, len(text), 10, text)
    for beyond in (ByteRange(10), ByteRange(99, 100)):
        with pytest.raises(e.RangeNotSatisfiable):
            provider.get("k", opt.GetOptions(range=beyond))


def test_conditions_of_reading(provider: S3Provider) -> None:
    etag = provider.put("k", b"x", opt.PUT).etag
    modified = provider.head("k", opt.HEAD).last_modified
    assert modified is not None
    before, after = modified - timedelta(hours=1), modified + timedelta(seconds=1)
    for read in (provider.head, provider.get):
        read("k", opt.GetOptions(if_match=etag))
        read("k", opt.GetOptions(if_none_match="other"))
        read("k", opt.GetOptions(if_modified_since=before))
        read("k", opt.GetOptions(if_unmodified_since=after))
        with pytest.raises(e.PreconditionFailed):
            read("k", opt.GetOptions(if_match="other"))
        with pytest.raises(e.PreconditionFailed):
            read("k", opt.GetOptions(if_unmodified_since=before))
        with pytest.raises(e.NotModified):
            read("k", opt.GetOptions(if_none_match=etag))
        with pytest.raises(e.NotModified):
            read("k", opt.GetOptions(if_modified_since=modified))


def test_the_answer_may_have_other_headers(provider: S3Provider) -> None:
    provider.put("k", b"x", opt.PutOptions(content_type="a/b"))
    options = opt.GetOptions(
        response_content_type="c/d",
        response_content_encoding="identity",
        response_content_language="de",
        response_content_disposition="inline",
        response_cache_control="no-store",
        response_expires=DAY,
    )
    with provider.get("k", options) as got:
        info = got.info
    assert (info.content_type, info.content_language, info.content_disposition) == ("c/d", "de", "inline")
    assert (info.content_encoding, info.cache_control, info.expires) == ("identity", "no-store", DAY)
    assert provider.head("k", opt.HEAD).content_type == "a/b"


def test_create_only(provider: S3Provider) -> None:
    provider.put("k", b"first", opt.PutOptions(if_absent=True))
    with pytest.raises(e.ObjectAlreadyExists):
        provider.put("k", b"second", opt.PutOptions(if_absent=True))
    with provider.get("k", opt.GET) as got:
        assert got.read() == b"first"


def test_replace_only_what_was_read(moto: S3Provider, swift: S3Provider) -> None:
    etag = moto.put("k", b"first", opt.PUT).etag
    moto.put("k", b"second", opt.PutOptions(if_match=etag))
    with pytest.raises(e.PreconditionFailed) as caught:
        moto.put("k", b"third", opt.PutOptions(if_match=etag))
    assert not isinstance(caught.value, e.ObjectAlreadyExists)
    with pytest.raises(e.ObjectNotFound):
        moto.put("gone", b"x", opt.PutOptions(if_match=etag))
    with pytest.raises(e.UnsupportedOperation):  # Swift says so, instead of ignoring the condition
        swift.put("k", b"x", opt.PutOptions(if_match=etag))


def test_delete(provider: S3Provider) -> None:
    etag = provider.put("k", b"x", opt.PUT).etag
    with pytest.raises(e.PreconditionFailed):
        provider.delete("k", opt.DeleteOptions(if_match="other"))
    provider.delete("k", opt.DeleteOptions(if_match=etag))
    with pytest.raises(e.ObjectNotFound):
        provider.head("k", opt.HEAD)
    provider.delete("k", opt.DELETE)


def test_a_wrong_checksum_is_refused(swift: S3Provider) -> None:
    # Only Swift is asked: moto takes any.
    for algorithm in ChecksumAlgorithm:
        swift.put("k", b"hello", opt.PutOptions(checksum_algorithm=algorithm))
        right = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}[algorithm]
        wrong = Checksum(algorithm, base64.b64encode(bytes(right)).decode())
        with pytest.raises(e.ChecksumMismatch):
            swift.put("k", b"other", opt.PutOptions(checksum=wrong))
    with pytest.raises(e.ChecksumMismatch):
        swift.put("k", b"other", opt.PutOptions(content_md5="XUFAKrxLKna5cZ2REBfFkg=="))
    swift.put("k", b"hello", opt.PutOptions(content_md5="XUFAKrxLKna5cZ2REBfFkg=="))
    with swift.get("k", opt.GET) as got:
        assert got.read() == b"hello"


def test_checksums_that_are_kept_are_told_when_asked_for(moto: S3Provider) -> None:
    moto.put("k", b"hello", opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.SHA256))
    expected = (Checksum(ChecksumAlgorithm.SHA256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),)
    assert moto.head("k", opt.HEAD).checksums == ()
    assert moto.head("k", opt.HeadOptions(checksums=True)).checksums == expected
    with moto.get("k", opt.GetOptions(checksums=True)) as got:
        assert got.read() == b"hello"
        assert got.info.checksums == expected


def test_a_checksum_of_the_object_does_not_spoil_a_range(rclone: S3Provider) -> None:
    # rclone tells the object's checksum with each range, on which boto3 by itself fails.
    rclone.put("k", b"hello", opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.CRC32))
    with rclone.get("k", opt.GetOptions(range=ByteRange(1, 3), checksums=True)) as got:
        assert got.read() == b"el"


# --- listing -----------------------------------------------------------------------------------------------------


def test_listing_by_pages(provider: S3Provider) -> None:
    names = ["a", "a/b", "a/c", "b", "d/e/f", "ü/x"]
    for name in names:
        provider.put(name, b"", opt.PUT)
    found, token = [], None
    while True:
        page = provider.list_page(opt.ListOptions(limit=2, token=token))
        assert 0 < len(page.entries) <= 2
        found += [entry.key for entry in page.entries]
        token = page.next_token
        if token is None:
            break
    assert found == names
    assert keys(provider, prefix="a/") == ["a/b", "a/c"]
    assert keys(provider, start_after="a/c") == ["b", "d/e/f", "ü/x"]
    page = provider.list_page(opt.ListOptions(delimiter="/"))
    assert ([entry.key for entry in page.entries], page.prefixes) == (["a", "b"], ("a/", "d/", "ü/"))
    page = provider.list_page(opt.ListOptions(delimiter="/", prefix="d/"))
    assert (page.entries, page.prefixes) == ((), ("d/e/",))
    assert provider.list_page(opt.ListOptions(owner=True)).entries[0].owner is not None
    assert provider.list_page(opt.LIST).entries[0].owner is None


def test_a_listing_tells_what_head_tells(provider: S3Provider) -> None:
    written = provider.put("k", b"hello", opt.PUT)
    (entry,) = provider.list_page(opt.LIST).entries
    assert (entry.key, entry.size, entry.etag, entry.storage_class) == ("k", 5, written.etag, "STANDARD")
    assert entry.last_modified is not None
    assert entry.last_modified.tzinfo is UTC


# --- copying -----------------------------------------------------------------------------------------------------


def test_a_copy_keeps_what_its_source_has(provider: S3Provider) -> None:
    provider.put("from", b"hello", opt.PutOptions(content_type="a/b", metadata={"m": "ü"}, cache_control="no-store"))
    result = provider.copy(CopySource("from"), "to", opt.COPY)
    info = provider.head("to", opt.HEAD)
    assert (info.etag, info.content_type, info.metadata, info.cache_control) == (
        result.etag,
        "a/b",
        {"m": "ü"},
        "no-store",
    )
    assert result.last_modified is not None
    provider.copy(
        CopySource("from"), "to", opt.CopyOptions(replace_metadata=True, content_type="c/d", metadata={"n": "1"})
    )
    info = provider.head("to", opt.HEAD)
    assert (info.content_type, info.metadata, info.cache_control) == ("c/d", {"n": "1"}, None)
    # Onto itself: the way to change metadata.
    provider.copy(CopySource("to"), "to", opt.CopyOptions(replace_metadata=True, metadata={"o": "2"}))
    assert provider.head("to", opt.HEAD).metadata == {"o": "2"}


def test_metadata_that_would_be_ignored_is_refused(aws: S3Provider, wire: Wire) -> None:
    for options in (
        opt.CopyOptions(metadata={"a": "1"}),
        opt.CopyOptions(content_type="a/b"),
        opt.CopyOptions(tags={"a": "1"}),
    ):
        with pytest.raises(e.InvalidRequest, match="keeps those of the source"):
            aws.copy(CopySource("from"), "to", options)
    assert wire.sent == []


def test_a_copy_from_another_bucket(s3_server: S3Server, provider_on: MakeProvider) -> None:
    here, there = provider_on(s3_server), provider_on(s3_server)
    there.put("ä/k", b"from there", opt.PUT)
    here.copy(CopySource("ä/k", there.info.bucket), "k", opt.COPY)
    with here.get("k", opt.GET) as got:
        assert got.read() == b"from there"
    with pytest.raises(e.ObjectNotFound) as caught:
        here.copy(CopySource("gone", there.info.bucket), "k", opt.COPY)
    assert (caught.value.bucket, caught.value.key) == (there.info.bucket, "gone")


def test_conditions_of_a_copy(swift: S3Provider) -> None:
    # Of the servers here only Swift acts upon them.
    etag = swift.put("from", b"x", opt.PUT).etag
    swift.copy(CopySource("from"), "to", opt.CopyOptions(source_if_match=etag))
    with pytest.raises(e.PreconditionFailed) as caught:
        swift.copy(CopySource("from"), "other", opt.CopyOptions(source_if_match="no"))
    assert not isinstance(caught.value, e.ObjectAlreadyExists)


# --- encryption and classes --------------------------------------------------------------------------------------


def test_encryption_is_confirmed_by_the_answer(moto: S3Provider) -> None:
    for asked, algorithm, key_id in (
        (SseS3(), "AES256", None),
        (SseKms("my-key", {"a": "b"}, bucket_key=True), "aws:kms", "my-key"),
        (SseKms(dual_layer=True), "aws:kms:dsse", None),
    ):
        info = moto.put("k", b"x", opt.PutOptions(encryption=asked)).encryption
        assert info is not None
        assert info.algorithm == algorithm
        assert key_id is None or key_id in str(info.key_id)
        assert moto.head("k", opt.HEAD).encryption == info


@pytest.mark.parametrize("asked", [SseS3(), SseKms("key"), SseKms(dual_layer=True), SseC(bytes(32))])
def test_encryption_that_is_not_confirmed_is_an_error(asked: Any, aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {"etag": '"e"', "x-amz-version-id": "v1"}, '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>')
    with pytest.raises(e.RequestIgnored, match="nothing of encryption") as caught:
        calls.put(aws, "k", b"x", encryption=asked)
    assert "delete it" in str(caught.value.hint)
    assert caught.value.version_id == "v1"
    assert (wire.last.method, wire.last.query) == ("HEAD", {"versionId": "v1"})  # it was looked at before it was blamed
    with pytest.raises(e.RequestIgnored):
        calls.copy(aws, "from", "k", encryption=asked)
    wire.answer(200, {}, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>")
    # An upload that is begun is one request, whatever is told: the framework looks, and gives up what has to be.
    assert aws.create_upload("k", opt.CreateUploadOptions(encryption=asked)).encryption is None
    assert wire.last.method == "POST"


def test_a_write_whose_confirmation_fails_is_not_made_again(
    aws: S3Provider, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has succeeded: with a condition, the next one would meet what it wrote."""
    raw = wire._raw

    def by_method(method: str) -> Any:
        if method == "HEAD":
            wire.answer(503)
        else:
            wire.answer(200, {"etag": '"e"'})
        return raw(method)

    monkeypatch.setattr(wire, "_raw", by_method)
    with pytest.raises(e.StorageError) as caught:
        calls.put(aws, "k", b"x", encryption=SseS3(), if_absent=True)
    assert caught.value.http_status == 503
    assert caught.value.retry is e.Retry.NEVER
    assert "was written" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (SseS3(), {"": "aws:kms"}),
        (SseKms(), {"": "AES256"}),
        (SseKms(dual_layer=True), {"": "aws:kms"}),
        (SseKms("one"), {"": "aws:kms", "-aws-kms-key-id": "arn:aws:kms:eu:1:key/other"}),
        (SseKms("one"), {"": "aws:kms"}),
        (SseC(bytes(32)), {"-customer-algorithm": "AES256", "-customer-key-md5": "of another key"}),
    ],
)
def test_another_encryption_than_asked_for_is_an_error(
    asked: Any, told: dict[str, str], aws: S3Provider, wire: Wire
) -> None:
    headers = {f"x-amz-server-side-encryption{name}": value for name, value in told.items()}
    wire.answer(200, {"etag": '"e"', **headers})
    with pytest.raises(e.RequestIgnored):
        calls.put(aws, "k", b"x", encryption=asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("one", "arn:aws:kms:eu:1:key/one"),
        ("arn:aws:kms:eu:1:key/one", "arn:aws:kms:eu:1:key/one"),
        ("alias/x", "arn:k"),
        ("one", "arn:aws:kms:one"),  # MinIO
    ],
)
def test_a_key_is_recognised_in_another_form(asked: str, told: str, aws: S3Provider, wire: Wire) -> None:
    name = "x-amz-server-side-encryption"
    wire.answer(200, {"etag": '"e"', name: "aws:kms", f"{name}-aws-kms-key-id": told})
    info = calls.put(aws, "k", b"x", encryption=SseKms(asked)).encryption
    assert info is not None
    assert info.key_id == told


def test_what_swift_has_not_got_it_refuses(swift: S3Provider) -> None:
    for options in (
        opt.PutOptions(encryption=SseS3()),
        opt.PutOptions(encryption=SseKms("key")),
        opt.PutOptions(tags={"a": "b"}),
        opt.PutOptions(storage_class="GLACIER"),
    ):
        with pytest.raises(e.UnsupportedOperation):
            swift.put("k", b"x", options)
    with pytest.raises(e.RequestIgnored):  # a customer's key it takes and forgets
        calls.put(swift, "k", b"x", encryption=SseC(os.urandom(32)))


def test_no_write_passes_for_encrypted_that_is_not(swift_server: S3Server, provider_on: MakeProvider) -> None:
    storage = Storage(provider_on(swift_server, capabilities={"encryption.sse_c": "yes"}))
    key = SseC(os.urandom(32))
    for write in (
        lambda: storage.put("k", b"x", encryption=key),
        lambda: storage.put("k", iter([b"x"]), encryption=key),
        lambda: storage.copy("plain", "k", encryption=key),
    ):
        storage.put("plain", b"x")
        with pytest.raises(e.RequestIgnored):
            write()
    with pytest.raises(e.RequestIgnored), storage.open("k", "wb", encryption=key) as file:
        file.write(b"x")


def test_storage_classes_and_archives(moto: S3Provider) -> None:
    moto.put("cold", b"x", opt.PutOptions(storage_class="GLACIER"))
    assert moto.head("cold", opt.HEAD).storage_class == "GLACIER"
    assert moto.list_page(opt.LIST).entries[0].storage_class == "GLACIER"
    with pytest.raises(e.ObjectArchived):
        moto.get("cold", opt.GET)
    moto.put("warm", b"x", opt.PUT)
    moto.copy(CopySource("warm"), "warm", opt.CopyOptions(storage_class="STANDARD_IA"))
    assert moto.head("warm", opt.HEAD).storage_class == "STANDARD_IA"


@pytest.mark.parametrize("most", [5 * MIB, None], ids=["in parts", "one request"])
def test_a_copy_keeps_the_class(most: int | None, moto_server: S3Server, provider_on: MakeProvider) -> None:
    limit = {"capabilities": {"copy": {"max_size": most}}} if most else {}
    provider = provider_on(moto_server, **limit)
    storage = Storage(stack.build(provider, ResilienceSettings()))
    data = os.urandom(5 * MIB + 1)
    storage.put("warm", data, storage_class="STANDARD_IA")
    storage.copy("warm", "copy")
    storage.copy("warm", "other", storage_class="ONEZONE_IA")
    storage.copy("copy", "again")
    assert {entry.key: entry.storage_class for entry in storage.list()} == {
        "warm": "STANDARD_IA",
        "copy": "STANDARD_IA",
        "other": "ONEZONE_IA",
        "again": "STANDARD_IA",
    }
    assert storage.get("again").read() == data
    assert (storage.head("copy").etag or "").endswith("-2") is (most is not None)


# --- options -----------------------------------------------------------------------------------------------------


class Foreign(BackendOptions):
    """Another provider's options."""


def test_options_of_another_provider_are_refused(aws: S3Provider, wire: Wire) -> None:
    for call in (
        lambda: aws.put("k", b"", opt.PutOptions(backend=Foreign())),
        lambda: aws.get("k", opt.GetOptions(backend=Foreign())),
        lambda: aws.list_page(opt.ListOptions(backend=Foreign())),
        lambda: aws.create_upload("k", opt.CreateUploadOptions(backend=Foreign())),
    ):
        with pytest.raises(e.OptionNotSupported, match="Foreign"):
            call()
    assert wire.sent == []


def test_an_option_that_an_operation_has_no_use_for_is_refused(aws: S3Provider, wire: Wire) -> None:
    values: dict[str, Any] = dict.fromkeys(S3Options.__dataclass_fields__, "x") | {
        "request_payer": True,
        "bypass_governance_retention": True,
        "restore_status": True,
    }
    calls: dict[str, Callable[[S3Options], Any]] = {
        "head": lambda o: aws.head("k", opt.HeadOptions(backend=o)),
        "get": lambda o: aws.get("k", opt.GetOptions(backend=o)),
        "put": lambda o: aws.put("k", b"", opt.PutOptions(backend=o)),
        "delete": lambda o: aws.delete("k", opt.DeleteOptions(backend=o)),
        "delete_batch": lambda o: aws.delete_batch([ObjectRef("k")], opt.DeleteOptions(backend=o)),
        "list_page": lambda o: aws.list_page(opt.ListOptions(backend=o)),
        "list_versions_page": lambda o: aws.list_versions_page(opt.ListOptions(backend=o)),
        "copy": lambda o: aws.copy(CopySource("s"), "k", opt.CopyOptions(backend=o)),
        "create_upload": lambda o: aws.create_upload("k", opt.CreateUploadOptions(backend=o)),
        "upload_part": lambda o: aws.upload_part("k", "i", 1, b"", opt.PartOptions(backend=o)),
        "copy_part": lambda o: aws.copy_part("k", "i", 1, CopySource("s"), None, opt.PartOptions(backend=o)),
        "complete_upload": lambda o: aws.complete_upload("k", "i", [], opt.CompleteOptions(backend=o)),
        "create_bucket": lambda o: aws.create_bucket("bucket", opt.CreateBucketOptions(backend=o)),
        "presign_post": lambda o: aws.presign_post("k", opt.PresignPostOptions(write=opt.PutOptions(backend=o))),
    }
    assert calls.keys() == ACCEPTED.keys()
    for operation, call in calls.items():
        for name in values.keys() - ACCEPTED[operation]:
            with pytest.raises(e.OptionNotSupported, match=name):
                call(S3Options(**{name: values[name]}))
    assert wire.sent == []


@pytest.mark.parametrize(
    "options",
    [
        opt.PutOptions(content_disposition="attachment; filename=naïve"),
        opt.PutOptions(cache_control="no\r\nx-amz-acl: public-read"),
        opt.PutOptions(if_absent=True, if_match="e"),
        opt.PutOptions(checksum=Checksum(ChecksumAlgorithm.CRC32, "AAAAAA==-2", composite=True)),
        opt.PutOptions(
            checksum=Checksum(ChecksumAlgorithm.CRC32, "AAAAAA=="), checksum_algorithm=ChecksumAlgorithm.SHA1
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_request(options: opt.PutOptions, aws: S3Provider, wire: Wire) -> None:
    with pytest.raises(e.InvalidRequest):
        aws.put("k", b"", options)
    assert wire.sent == []


# --- the provider ------------------------------------------------------------------------------------------------


def test_the_provider_keeps_its_promises(provider: S3Provider) -> None:
    check_contract(provider)
    assert isinstance(provider.raw_client, botocore.client.BaseClient)
    assert provider.info.kind == "s3-compatible"


def test_a_bound_provider_shares_connections_and_leaves_them(s3_server: S3Server, provider_on: MakeProvider) -> None:
    provider, other = provider_on(s3_server), provider_on(s3_server)
    assert other.info.bucket is not None
    bound = provider.bind(other.info.bucket)
    bound.put("k", b"x", opt.PUT)
    assert other.head("k", opt.HEAD).size == 1
    assert bound.raw_client is provider.raw_client
    bound.close()
    assert provider.list_page(opt.LIST).entries == ()
    provider.close()
    provider.close()
    with pytest.raises(e.InvalidRequest, match="closed"):
        provider.list_page(opt.LIST)


def test_a_store_without_a_bucket_reaches_the_account_only(moto_server: S3Server, provider_on: MakeProvider) -> None:
    provider = provider_on(moto_server, bucket="some-bucket").bind("some-bucket")
    provider._work_on(None)
    assert provider.list_buckets(None, None) is not None
    with pytest.raises(e.InvalidRequest, match="names no bucket"):
        provider.head("k", opt.HEAD)
    with pytest.raises(e.InvalidRequest, match="names no bucket"):
        provider.get_versioning()


def test_versioning_off_is_the_beginning(provider: S3Provider) -> None:
    assert provider.get_versioning() is Versioning.OFF
