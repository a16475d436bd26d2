"""How values travel: metadata, tags, ETags, keys of listings, tokens."""

from __future__ import annotations

import email.header
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall import options as opt
from holdall.errors import InvalidRequest
from holdall_s3 import encoding

if TYPE_CHECKING:
    from holdall_s3.provider import S3Provider
    from tests.servers import S3Server

TEXT = st.text(st.characters(codec="utf-8"))
# What the framework lets through: no control characters, no blanks at the ends.
VALUES = st.text(st.characters(exclude_categories=("Cc", "Cs"))).filter(lambda text: text == text.strip())


@given(st.dictionaries(st.from_regex(r"[a-z0-9-]+", fullmatch=True), VALUES))
def test_metadata_comes_back_as_it_was_given(metadata: dict[str, str]) -> None:
    sent = encoding.encode_metadata(metadata)
    assert all(value.isascii() for value in sent.values())
    assert encoding.decode_metadata(sent) == metadata


@pytest.mark.parametrize("value", ["=?UTF-8?B?w6Q=?=", "a =?x", "=?utf-8?q?=C3=A4?=", "=?nonsense?B?w6Q=?="])
def test_what_looks_encoded_comes_back_as_it_was_given(value: str) -> None:
    assert encoding.decode_metadata(encoding.encode_metadata({"a": value})) == {"a": value}


def test_metadata_of_others_is_read_in_every_form() -> None:
    told = {
        "One-Word": "=?UTF-8?B?bmHDr3Zl?=",
        "quoted": "=?utf-8?Q?na=C3=AFve?=",
        "words": email.header.Header("naïve " * 20, "utf-8", maxlinelen=60).encode(linesep="").replace("\n", ""),
        "raw": "naïve".encode().decode("latin-1"),
        "latin": "naïve",
        "broken": "=?UTF-8?B?%%%?=",
        "charset": "=?klingon?B?w6Q=?=",
    }
    read = encoding.decode_metadata(told)
    assert read["one-word"] == read["quoted"] == read["raw"] == read["latin"] == "naïve"
    assert read["words"].strip() == ("naïve " * 20).strip()
    assert read["charset"] == "=?klingon?B?w6Q=?="


def test_raw_metadata_of_other_programs_is_read(moto: S3Provider, moto_server: S3Server) -> None:
    # Other tools send UTF-8 as it is; this server takes requests without a signature.
    connection = HTTPConnection(urlsplit(moto_server.endpoint_url).netloc)
    connection.request("PUT", f"/{moto.info.bucket}/k", b"x", {"x-amz-meta-name": "naïve ☃".encode()})
    connection.getresponse().read()
    connection.close()
    assert moto.head("k", opt.HEAD).metadata == {"name": "naïve ☃"}


@given(
    st.dictionaries(
        TEXT.filter(bool),
        TEXT,
    )
)
def test_tags_are_form_encoded(tags: dict[str, str]) -> None:
    header = encoding.encode_tags(tags)
    assert header.isascii()
    assert "+" not in header
    assert dict(parse_qsl(header, keep_blank_values=True)) == tags


@given(TEXT)
def test_keys_of_listings_are_read_in_both_forms(key: str) -> None:
    assert encoding.decode_key(quote_plus(key)) == key
    assert encoding.decode_key(quote(key, safe="")) == key


def test_etags_lose_their_quotes_and_get_them_back() -> None:
    assert encoding.unquote_etag('"abc-2"') == "abc-2"
    assert encoding.unquote_etag('""') is None
    assert encoding.unquote_etag(None) is None
    assert encoding.quote_etag("abc-2") == '"abc-2"'
    assert encoding.quote_etag("*") == "*"


@given(TEXT, st.none() | st.text())
def test_tokens_carry_their_markers(key: str, version: str | None) -> None:
    token = encoding.pack_token(key=key, version=version)
    assert token.isascii()
    assert encoding.unpack_token(token) == {"key": key, "version": version}


@pytest.mark.parametrize("token", ["", "no", "1", "MTIz", "ü", "W10="])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest, match="token"):
        encoding.unpack_token(token)


def test_a_customers_key_and_its_md5() -> None:
    # MD5 of the bytes 0 to 31: b4ffcb23737cec315a4a4d1aa2a620ce
    assert encoding.sse_c_parameters(bytes(range(32)), "CopySource") == {
        "CopySourceSSECustomerAlgorithm": "AES256",
        "CopySourceSSECustomerKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "CopySourceSSECustomerKeyMD5": "tP/LI3N87DFaSk0aoqYgzg==",
    }
