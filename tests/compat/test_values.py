"""Variables, functions, matchers and bodies."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tester.bodies import BLOCK, body, digest, size_of
from s3tester.matching import mismatch
from s3tester.values import Unset, resolve

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES: dict[str, Any] = {
    "n": 3,
    "put": {"ETag": '"1"', "headers": {"x-amz-id-2": "h"}, "List": [{"Key": "a"}, {"Key": "b"}], "Gone": None},
    "yes": True,
}


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("${n}", 3),
        ("n=${n}", "n=3"),
        ("${put.ETag}", '"1"'),
        ("${put.List[1].Key}${n}", "b3"),
        ("${put.List[].Key}", ["a", "b"]),
        ('${put.headers."x-amz-id-2"}', "h"),
        ("$${n}", "${n}"),
        ("a$${n}${n}", "a${n}3"),
        ("$n", "$n"),
        ("${yes}!", "true!"),
        ({"a": ["${n}"], "${put.ETag}": 1}, {"a": [3], '"1"': 1}),
        ({"$size": {"text": "äö"}}, 4),
        ({"$size": [1, 2]}, 2),
        ({"$md5": {"text": "one"}}, hashlib.md5(b"one").hexdigest()),  # noqa: S324 - as S3 has it
        ({"$sha256": "one"}, hashlib.sha256(b"one").hexdigest()),
        ({"$crc32": {"text": "one"}}, base64.b64encode(zlib.crc32(b"one").to_bytes(4, "big")).decode()),
        ({"$crc64nvme": {"text": "123456789"}}, base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode()),
        ({"$crc32c": {"text": "123456789"}}, base64.b64encode(bytes.fromhex("e3069283")).decode()),
        ({"$unquoted": "${put.ETag}"}, "1"),
        ({"$replace": ["abc", "b", "${n}"]}, "a3c"),
        ({"$merge": [{"a": 1}, {"b": "${n}"}]}, {"a": 1, "b": 3}),
        ({"$url": "a b/c"}, "a%20b%2Fc"),
        ({"$repeat": ["ab", 3]}, "ababab"),
        ({"$base64": {"text": "one"}}, "b25l"),
    ],
)
def test_values_are_replaced(value: Any, result: Any) -> None:
    assert resolve(value, VARIABLES) == result


@pytest.mark.parametrize("value", ["${absent}", "${put.Absent}", "a${put.Gone}", "${put.List[7].Key}"])
def test_what_has_no_value_is_told(value: str) -> None:
    with pytest.raises(Unset, match="has no value"):
        resolve(value, VARIABLES)


def test_the_etag_of_parts_is_that_of_s3() -> None:
    parts = [{"random": 6_000_000, "seed": 1}, {"text": "end"}]
    joined = b"".join(hashlib.md5(b"".join(body(part).chunks())).digest() for part in parts)  # noqa: S324 - as S3 has it
    assert resolve({"$multipart_etag": parts}, {}) == f"{hashlib.md5(joined).hexdigest()}-2"  # noqa: S324


@pytest.mark.parametrize(
    ("expected", "got", "holds"),
    [
        (1, 1, True),
        (1, "1", True),
        (True, "true", True),
        (True, 1, False),
        ("1", 1, False),
        ("a", "a", True),
        ("a", None, False),
        ({"A": 1}, {"A": 1, "B": 2}, True),
        ({"A": 1}, {"B": 2}, False),
        ([1, {"A": 1}], [1, {"A": 1, "B": 2}], True),
        ([1], [1, 2], False),
        ({"regex": "^a.c$"}, "abc", True),
        ({"regex": "^a.c$"}, "abcd", False),
        ({"regex": "x"}, None, False),
        ({"one_of": [1, {"regex": "b"}]}, "abc", True),
        ({"one_of": [1, 2]}, 3, False),
        ({"present": True}, "", True),
        ({"present": True}, None, False),
        ({"absent": True}, None, True),
        ({"absent": True}, "", False),
        ({"not": "a"}, "b", True),
        ({"not": "a"}, "a", False),
        ({"size": 2}, ["a", "b"], True),
        ({"size": {"at_least": 2}}, ["a"], False),
        ({"size": 0}, None, True),
        ({"contains": "b"}, ["a", "b"], True),
        ({"contains": {"A": 1}}, [{"A": 2}], False),
        ({"contains": "b"}, "abc", True),
        ({"starts_with": "a"}, "abc", True),
        ({"starts_with": "b"}, "abc", False),
        ({"any_order": [2, 1]}, [1, 2], True),
        ({"any_order": [1, 1]}, [1, 2], False),
        ({"any_order": [1]}, [1, 2], False),
        ({"all": {"at_most": 3}}, [1, 3], True),
        ({"all": 1}, [1, 2], False),
        ({"at_least": 3}, "3", True),
        ({"at_least": 3}, "x", False),
        ({"etag": "abc"}, '"abc"', True),
        ({"etag": '"abc"'}, '"abd"', False),
        ({"at_least": 1, "at_most": 3}, 2, True),
        ({"at_least": 1, "at_most": 3}, 4, False),
    ],
)
def test_matchers_hold_or_say_what_was_expected(expected: Any, got: Any, *, holds: bool) -> None:
    assert (mismatch(expected, got) is None) is holds


@pytest.mark.parametrize(("text", "size"), [(7, 7), ("7", 7), ("5MiB", 5 << 20), ("1 kB", 1000), ("2gib", 2 << 30)])
def test_sizes_are_read(text: int | str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "5 M", "-1", "1.5MiB", "MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_of(text)


@settings(max_examples=50)
@given(size=st.integers(0, 3 * BLOCK), offset=st.integers(0, 3 * BLOCK), count=st.integers(0, BLOCK * 2))
def test_a_generated_body_is_the_same_wherever_it_is_read_from(size: int, offset: int, count: int) -> None:
    source = body({"random": size, "seed": 7})
    whole = b"".join(source.chunks(1000))
    with source.open() as stream:
        stream.seek(offset)
        assert stream.read(count) == whole[offset : offset + count]
        assert stream.seek(0, 2) == size
    assert len(whole) == size


def test_seeds_make_the_difference() -> None:
    assert digest(body({"random": 10, "seed": 1}), "md5") == digest(body({"random": 10, "seed": 1}), "md5")
    assert digest(body({"random": 10, "seed": 1}), "md5") != digest(body({"random": 10, "seed": 2}), "md5")


def test_a_file_is_a_body(tmp_path: Path) -> None:
    file = tmp_path / "a b"
    file.write_bytes(b"one")
    assert b"".join(body({"file": file.as_uri()}).chunks()) == b"one"
    for wrong in ("file://host/a", "http://a/b", (tmp_path / "absent").as_uri()):
        with pytest.raises(ValueError, match="no file"):
            body({"file": wrong})


@pytest.mark.parametrize(
    "value", [True, {"txt": "a"}, {"text": "a", "zeros": 1}, {"base64": "*"}, {"text": "a", "seed": 1}]
)
def test_what_is_no_body_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"is no body|is not base64|has no seed"):
        body(value)
