"""Keys as file names: one to one, safe for every file system, and as plain as can be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdall.errors import InvalidObjectKey
from holdall_local.names import MAX_SEGMENT, EncodedNames, PlainNames, split

EXACT, PORTABLE = EncodedNames(portable=False), EncodedNames(portable=True)
SEGMENTS = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), max_size=40)
NASTY = st.text("a.%2eE\0\n/ ~é", max_size=12).map(lambda text: text.replace("/", ""))


@given(SEGMENTS | NASTY)
@example("")
@example(".")
@example("..")
@example("%")
@example(".holdall")
@example(".HOLDALL")
@example("a.")
@example("a ")
def test_every_segment_comes_back(segment: str) -> None:
    for names in (EXACT, PORTABLE):
        name = names.encode(segment)
        assert names.decode(name) == segment
        assert name not in {"", ".", ".."}
        assert name.lower() != ".holdall"
        assert "/" not in name
        assert not any(ord(character) < 32 or ord(character) == 127 for character in name)
        assert not name.endswith("%") or name == "%"  # that ending marks objects that made room


@given(SEGMENTS | NASTY, SEGMENTS | NASTY)
def test_hosts_that_confuse_names_keep_portable_ones_apart(first: str, second: str) -> None:
    def seen_by_host(segment: str) -> str:
        return unicodedata.normalize("NFD", PORTABLE.encode(segment)).casefold().rstrip(". ")

    assert (seen_by_host(first) == seen_by_host(second)) == (first == second)


@given(st.text("aA%.2e5\n", min_size=1, max_size=8))
def test_no_two_names_are_one_segment(name: str) -> None:
    for names in (EXACT, PORTABLE):
        segment = names.decode(name)
        assert segment is None or names.encode(segment) == name


@pytest.mark.parametrize("segment", ["report.csv", "a b", "Ünï", "#?*:", "...", ".hidden", "x" * MAX_SEGMENT])
def test_safe_segments_are_their_own_names(segment: str) -> None:
    assert EXACT.encode(segment) == segment


@pytest.mark.parametrize("names", [EXACT, PORTABLE, PlainNames()])
def test_what_is_too_long_is_refused_by_its_reason(names: EncodedNames | PlainNames) -> None:
    assert names.encode("x" * MAX_SEGMENT) == "x" * MAX_SEGMENT
    with pytest.raises(InvalidObjectKey, match="255 bytes"):
        split("a/" + "x" * 255, names)


def test_length_counts_in_bytes_of_the_name() -> None:
    assert EXACT.encode("é" * 127) == "é" * 127
    with pytest.raises(InvalidObjectKey):
        EXACT.encode("é" * 128)
    with pytest.raises(InvalidObjectKey):
        PORTABLE.encode("é" * 50)  # six characters each


@pytest.mark.parametrize("key", ["a//b", "/a", "a/", "../a", "a/./b", "a\0", ".holdall/x", ".holdall-1.tmp"])
def test_plain_names_refuse_what_they_would_have_to_encode(key: str) -> None:
    with pytest.raises(InvalidObjectKey):
        split(key, PlainNames())


def test_undecodable_names_are_nobodys_key() -> None:
    for names in (EXACT, PORTABLE, PlainNames()):
        assert names.decode("caf\udce9") is None
