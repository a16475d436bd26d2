"""Errors that a newcomer meets first say what to do."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.models import ByteRange, CopySource, ObjectRef
from holdall_s3.errors import Asked, refusal
from holdall_s3.provider import S3Provider
from holdall_s3.settings import S3CompatibleSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.providers.s3.wire import Wire
    from tests.servers import S3Server

NUL = "a\0b"
BEYOND = Asked(operation="get", key="k", range=ByteRange(12, 20))


def test_https_to_a_port_without_tls(moto_server: S3Server, engine: str) -> None:
    settings = S3CompatibleSettings.model_validate({
        "endpoint_url": moto_server.endpoint_url.replace("http:", "https:"),
        "access_key_id": "id",
        "secret_access_key": "secret",
        "bucket": "bucket",
        "engine": engine,
    })  # fmt: skip
    with closing(S3Provider(settings.to_config(), "lake")) as provider:
        with pytest.raises(e.TlsError) as caught:
            provider.head("k", opt.HEAD)
        assert "speaks plain http: write http://" in (caught.value.hint or "")
        endpoint = next(probe for probe in provider.diagnose() if probe.name == "endpoint")
        with pytest.raises(e.TlsError, match="speaks plain http: write http://"):
            endpoint.run()


def test_a_range_past_the_end_names_both_sizes(moto: S3Provider) -> None:
    moto.put("k", b"0123456789", opt.PUT)
    with pytest.raises(e.RangeNotSatisfiable) as caught:
        moto.get("k", opt.GetOptions(range=ByteRange(12, 20)))
    assert caught.value.message == "the object has 10 bytes; the range starts at 12"
    assert caught.value.http_status == 416
    assert "Ranges start below 10" in (caught.value.hint or "")


def test_swift_does_not_tell_the_size(swift: S3Provider) -> None:
    swift.put("k", b"0123456789", opt.PUT)
    with pytest.raises(e.RangeNotSatisfiable) as caught:
        swift.get("k", opt.GetOptions(range=ByteRange(12, 20)))
    assert caught.value.message == "the range starts at 12, past the object's end"
    assert caught.value.hint == "Look at the object's size: storage.head(key).size."
    swift.put("k", b"", opt.PUT)
    with pytest.raises(e.RangeNotSatisfiable, match="the object is empty"):
        swift.get("k", opt.GetOptions(range=ByteRange(-5)))


@pytest.mark.parametrize(
    ("headers", "details"),
    [({"content-range": "bytes */10"}, {}), ({}, {"Code": "InvalidRange", "ActualObjectSize": "10"})],
)
def test_the_size_is_taken_from_where_it_is(headers: dict[str, str], details: dict[str, str]) -> None:
    assert refusal(BEYOND, 416, headers, details).message == "the object has 10 bytes; the range starts at 12"


def test_where_no_size_is_told_the_hint_says_who_knows_it() -> None:
    error = refusal(BEYOND, 416, {}, {})
    assert isinstance(error, e.RangeNotSatisfiable)
    assert "storage.head(key).size" in (error.hint or "")


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.put(NUL, b"x", opt.PUT),
        lambda s: s.get(NUL, opt.GET),
        lambda s: s.head(NUL, opt.HEAD),
        lambda s: s.delete(NUL, opt.DELETE),
        lambda s: s.copy(CopySource("k"), NUL, opt.COPY),
        lambda s: s.copy(CopySource(NUL), "k", opt.COPY),
        lambda s: s.create_upload(NUL, opt.CreateUploadOptions()),
        lambda s: s.upload_part(NUL, "id", 1, b"x", opt.PartOptions()),
        lambda s: s.list_parts(NUL, "id", 0, None),
        lambda s: s.abort_upload(NUL, "id"),
        lambda s: s.get_tags(NUL, None),
        lambda s: s.put_tags(NUL, {"a": "b"}, None),
        lambda s: s.delete_tags(NUL, None),
        lambda s: s.presign(NUL, opt.PresignOptions(method="GET", expires_in=60)),
        lambda s: s.presign_post(NUL, opt.PresignPostOptions(expires_in=60)),
    ],
)
def test_a_nul_in_a_key_is_refused_before_anything_is_sent(
    aws: S3Provider, wire: Wire, call: Callable[[S3Provider], Any]
) -> None:
    with pytest.raises(e.InvalidObjectKey, match="NUL"):
        call(aws)
    assert wire.sent == []


def test_a_nul_in_a_key_of_many(aws: S3Provider, wire: Wire) -> None:
    (outcome,) = aws.delete_batch([ObjectRef(NUL)], opt.DELETE)
    assert isinstance(outcome.error, e.InvalidObjectKey)
    assert wire.sent == []


@pytest.mark.parametrize("character", ["\x01", "\t", "\n", "\r", "\x1f", "\x7f", "\x85", "\u2028", "\uffff"])
def test_other_control_characters_arrive(swift: S3Provider, character: str) -> None:
    key = f"a{character}b"
    swift.put(key, b"x", opt.PUT)
    assert swift.get(key, opt.GET).read() == b"x"
    assert [entry.key for entry in swift.list_page(opt.ListOptions()).entries] == [key]


def test_tags_on_a_store_without_them(swift: S3Provider) -> None:
    swift.put("k", b"x", opt.PUT)
    with pytest.raises(e.UnsupportedOperation, match="Keep them in the object's metadata, or use a store with tags"):
        swift.put_tags("k", {"a": "b"}, None)
