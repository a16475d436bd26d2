"""Presigned URLs, used by a stranger over plain HTTP."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit, urlunsplit

import pytest

from holdall import options as opt
from holdall.errors import ObjectNotFound
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import body_of
from holdall.testing.calls import head, keys, put, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall import groups
    from holdall.models import PresignedUrl
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness, HttpAnswer

ODD_KEY = "folder/a+b c%41&=?#ü日.txt"


def presign(provider: StorageProvider, key: str, options: opt.PresignOptions) -> PresignedUrl:
    """Makes a URL."""
    return cast("groups.Presign", provider).presign(key, options)


def use(harness: Harness, url: PresignedUrl, body: bytes | None = None) -> HttpAnswer:
    """Sends exactly what the URL stands for."""
    return harness.http(url.method, url.url, url.headers, body)


def form(fields: Mapping[str, str], file: bytes) -> tuple[bytes, str]:
    """A multipart/form-data body (RFC 7578) with the file last, and its content type."""
    boundary = "----holdall-conformance-kit-7f1d3b5a"
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'.encode())
    return b"".join([*lines, file, f"\r\n--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


class PresignSuite(Suite):
    """A URL does the one thing that it was made for, for as long as it was made for."""

    @needs("presign.get")
    @pytest.mark.parametrize("key", ["key", ODD_KEY])
    def test_get(self, provider: StorageProvider, harness: Harness, key: str) -> None:
        put(provider, key, b"data")
        url = presign(provider, key, opt.PresignOptions(method="GET"))
        assert url.method == "GET"
        answer = use(harness, url)
        assert (answer.status, answer.body) == (200, b"data")

    @needs("presign.get")
    def test_making_a_url_sends_nothing(self, provider: StorageProvider, harness: Harness) -> None:
        before = harness.count_requests()
        url = presign(provider, "never/there", opt.PresignOptions(expires_in=600))
        assert harness.count_requests() == before
        left = url.expires_at - datetime.now(UTC)
        assert timedelta(seconds=500) < left <= timedelta(seconds=600)
        assert use(harness, url).status == 404

    @needs("presign.get", "get.response_headers")
    def test_the_answers_headers_can_be_chosen(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        wanted = opt.GetOptions(response_content_disposition='attachment; filename="x.csv"')
        answer = use(harness, presign(provider, "key", opt.PresignOptions(read=wanted)))
        assert (answer.status, answer.headers["content-disposition"]) == (200, 'attachment; filename="x.csv"')

    @needs("presign.head")
    def test_head(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        answer = use(harness, presign(provider, "key", opt.PresignOptions(method="HEAD")))
        assert (answer.status, answer.headers["content-length"], answer.body) == (200, "4", b"")

    @needs("presign.put")
    @pytest.mark.parametrize("key", ["key", ODD_KEY])
    def test_put(self, provider: StorageProvider, harness: Harness, key: str) -> None:
        body = body_of(5000)
        answer = use(harness, presign(provider, key, opt.PresignOptions(method="PUT")), body)
        assert answer.status == 200
        assert read(provider, key) == body

    @needs("presign.put", "put.metadata", "put.content_headers")
    def test_put_with_what_must_be_sent(self, provider: StorageProvider, harness: Harness) -> None:
        write = opt.PutOptions(content_type="text/csv", metadata={"origin": "browser"})
        url = presign(provider, "key", opt.PresignOptions(method="PUT", write=write))
        assert use(harness, url, b"data").status == 200
        info = head(provider, "key")
        assert (info.content_type, info.metadata) == ("text/csv", {"origin": "browser"})

    @needs("presign.put", "put.content_headers")
    def test_a_put_of_another_type_is_refused(self, provider: StorageProvider, harness: Harness) -> None:
        write = opt.PutOptions(content_type="text/csv")
        url = presign(provider, "key", opt.PresignOptions(method="PUT", write=write))
        changed = {
            name: "text/html" if name.lower() == "content-type" else value for name, value in url.headers.items()
        }
        assert changed != url.headers
        assert harness.http("PUT", url.url, changed, b"data").status == 403
        assert keys(provider) == []

    @needs("presign.delete")
    def test_delete(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        put(provider, "kept", b"data")
        assert use(harness, presign(provider, "key", opt.PresignOptions(method="DELETE"))).status in {200, 204}
        assert keys(provider) == ["kept"]

    @needs("presign.get", "presign.put")
    def test_an_expired_url_is_refused(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        read_url = presign(provider, "key", opt.PresignOptions(method="GET", expires_in=1))
        write_url = presign(provider, "new", opt.PresignOptions(method="PUT", expires_in=1))
        time.sleep(2.1)  # servers count whole seconds
        for url, body in ((read_url, None), (write_url, b"data")):
            answer = use(harness, url, body)
            assert 400 <= answer.status < 500
            assert b"data" not in answer.body
        assert keys(provider) == ["key"]

    @needs("presign.get")
    def test_a_url_is_good_for_its_key_and_signature_only(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        put(provider, "kez", b"secret")
        url = presign(provider, "key", opt.PresignOptions())
        parts = urlsplit(url.url)
        other_key = urlunsplit(parts._replace(path=parts.path.removesuffix("key") + "kez"))
        longer_life = url.url.replace("Expires=3600", "Expires=360000")
        other_signature = url.url[:-1] + ("0" if url.url[-1] != "0" else "1")
        for forged in (other_key, longer_life, other_signature):
            assert forged != url.url
            answer = harness.http("GET", forged, url.headers)
            assert 400 <= answer.status < 500
            assert b"secret" not in answer.body
        assert harness.http("DELETE", url.url, url.headers).status >= 400
        assert keys(provider) == ["key", "kez"]

    @needs("presign.get")
    def test_the_url_is_no_part_of_a_repr(self, provider: StorageProvider, harness: Harness) -> None:
        url = presign(provider, "key", opt.PresignOptions())
        query = urlsplit(url.url).query
        assert query
        assert query not in repr(url)
        for secret in harness.secrets():
            assert secret not in url.url

    @needs("presign.post")
    def test_post(self, provider: StorageProvider, harness: Harness) -> None:
        options = opt.PresignPostOptions(max_size=1000)
        post = cast("groups.Presign", provider).presign_post("key", options)
        body, content_type = form(post.fields, b"from a form")
        answer = harness.http("POST", post.url, {"Content-Type": content_type}, body)
        assert answer.status in {200, 201, 204}
        assert read(provider, "key") == b"from a form"

    @needs("presign.post")
    def test_a_post_that_is_too_large_is_refused(self, provider: StorageProvider, harness: Harness) -> None:
        options = opt.PresignPostOptions(min_size=2, max_size=10)
        post = cast("groups.Presign", provider).presign_post("key", options)
        for file in (b"1", b"12345678901"):
            body, content_type = form(post.fields, file)
            assert 400 <= harness.http("POST", post.url, {"Content-Type": content_type}, body).status < 500
        with pytest.raises(ObjectNotFound):
            head(provider, "key")

    @needs("presign.post")
    def test_a_post_for_a_prefix(self, provider: StorageProvider, harness: Harness) -> None:
        options = opt.PresignPostOptions(key_is_prefix=True)
        post = cast("groups.Presign", provider).presign_post("incoming/", options)
        for key, fine in (("incoming/file", True), ("elsewhere/file", False)):
            body, content_type = form({**post.fields, "key": key}, b"data")
            status = harness.http("POST", post.url, {"Content-Type": content_type}, body).status
            assert (status < 300) is fine
        assert keys(provider) == ["incoming/file"]
