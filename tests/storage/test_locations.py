"""URLs taken apart, and written again."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.errors import InvalidLocation
from holdall.locations import Location, Scheme, check_slashes, is_store_name, is_url, parse_location

paths = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("/?#%+=& "), max_size=40)
stores = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", fullmatch=True)
buckets = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/?#@"), min_size=1, max_size=20)
versions = st.none() | st.text(st.sampled_from("abcXYZ019._~+/=-"), min_size=1, max_size=20)


@st.composite
def locations(draw: st.DrawFn) -> Location:
    """Every location that a URL can say."""
    scheme: Scheme = draw(st.sampled_from(get_args(Scheme)))
    if scheme == "file":
        return Location("file", None, None, draw(paths))
    path, version = draw(paths), draw(versions)
    if version is None:
        path = re.sub(r"\?version[-_ ]?id=", "?v=", path, flags=re.IGNORECASE)
    elif not path:
        path = "key"
    if scheme == "s3":
        return Location("s3", None, draw(buckets), path, version)
    return Location(scheme, draw(stores), None, path, version)


@given(locations())
def test_what_is_written_is_read_again(location: Location) -> None:
    assert parse_location(str(location)) == location


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blob://lake/a/b", Location("blob", "lake", None, "a/b")),
        ("blob://lake", Location("blob", "lake", None, "")),
        ("blob://lake/", Location("blob", "lake", None, "")),
        ("blob://lake//a//", Location("blob", "lake", None, "/a//")),
        ("blob://lake-dev.2/a%20b+c", Location("blob", "lake-dev.2", None, "a%20b+c")),
        ("blob://lake/a?b=c#d", Location("blob", "lake", None, "a?b=c#d")),
        ("blob://lake/../x/./\n", Location("blob", "lake", None, "../x/./\n")),
        ("S3://Bucket/Key", Location("s3", None, "Bucket", "Key")),
        ("s3://bucket", Location("s3", None, "bucket", "")),
        ("s3://bucket/key?versionId=3/L4+k=", Location("s3", None, "bucket", "key", "3/L4+k=")),
        ("s3://bucket/a?versionId=b?versionId=null", Location("s3", None, "bucket", "a?versionId=b", "null")),
        ("s3://bucket/key?version=x", Location("s3", None, "bucket", "key?version=x")),
        ("s3://bucket/a?version_id=b?versionId=1", Location("s3", None, "bucket", "a?version_id=b", "1")),
        ("file:///etc/hosts", Location("file", None, None, "etc/hosts")),
        ("file:///", Location("file", None, None, "")),
        ("file:///a?versionId=b", Location("file", None, None, "a?versionId=b")),
        ("memory://scratch/key?versionId=1", Location("memory", "scratch", None, "key", "1")),
    ],
)
def test_parts(text: str, expected: Location) -> None:
    assert parse_location(text) == expected


@pytest.mark.parametrize(
    ("text", "reason", "advice"),
    [
        ("", "plain path", "blob://<store>/<key>"),
        ("key", "plain path", "blob://<store>/<key>"),
        (r"C:\data", "plain path", "file:///<path>"),
        ("blobs://lake/a", "blobs:// is not a scheme", "Did you mean blob://<store>/<key>?"),
        ("https://bucket.s3.amazonaws.com/k?X-Amz-Signature=SECRET", "https:// is not a scheme", "s3://<bucket>/<key>"),
        ("blob:///key", "names no store", "blob://<store>/<key>"),
        ("blob://my lake/key", "name is not one", "letters, digits"),
        ("blob://lake?versionId=1", "name is not one", "letters, digits"),
        ("s3://", "names no bucket", "s3://<bucket>/<key>"),
        ("s3:///key", "names no bucket", "s3://<bucket>/<key>"),
        ("s3://bucket?versionId=1", "names no bucket", "s3://<bucket>/<key>"),
        ("s3://ID:SECRET@bucket/key", "user or password", "settings"),
        ("s3://bucket/key?versionid=1", "almost", "Did you mean ?versionId=<id>?"),
        ("blob://lake/key?version_id=3/L4", "almost", "Did you mean ?versionId=<id>?"),
        ("memory://m/key?Version-ID=", "almost", "Did you mean ?versionId=<id>?"),
        ("s3://bucket/key?versionId=", "not a version id", "[?versionId=<id>]"),
        ("s3://bucket/key?versionId=1&X-Amz-Signature=SECRET", "not a version id", "Nothing may come after"),
        ("s3://bucket/?versionId=1", "no key", "[?versionId=<id>]"),
        ("file://etc/hosts", "names a host", "file:///<path>"),
        ("file://", "names no path", "file:///<path>"),
        ("memory:///key", "names no store", "memory://<name>/<key>"),
    ],
)
def test_bad_urls_say_what_is_expected_and_repeat_nothing(text: str, reason: str, advice: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        parse_location(text)
    assert reason in caught.value.message
    assert advice in str(caught.value.hint)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("text", ["s3://b/k", "blob://x/", "gs://b/k", "https://x", "S3://b", "blob://a/\nb"])
def test_urls(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize(
    "text", ["", "-", "key", "a/b", "/etc/x", r"C:\x", "C://x", "C:/x", "lake:key", "a b://c", "://"]
)
def test_plain_paths(text: str) -> None:
    assert not is_url(text)


@pytest.mark.parametrize(
    ("name", "good"),
    [("lake", True), ("Lake_dev-2.eu", True), ("1", True), ("", False), ("-a", False), ("a.", False), ("a/b", False)],
)
def test_store_names(name: str, *, good: bool) -> None:
    assert is_store_name(name) is good


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("blob:/lake/x", "blob://lake/x"),
        ("blob:lake/x", "blob://lake/x"),
        ("S3:/bucket/key", "s3://bucket/key"),
        ("memory:/m/k", "memory://m/k"),
        ("blob:/user:password@lake/x", "blob://<store>/<key>"),
        ("s3:/bucket/key?X-Amz-Signature=1234", "s3://<bucket>/<key>"),
    ],
)
def test_a_url_that_lacks_a_slash_is_shown_with_it(text: str, meant: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        parse_location(text)
    assert caught.value.hint == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    "text", ["blob://lake/x", "blobs:/x", "C:/data", "file:/x", "lake", "blob:", "blob:/", "blob:///x"]
)
def test_what_lacks_no_slash(text: str) -> None:
    check_slashes(text)
