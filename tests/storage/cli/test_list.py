"""`blob list`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import holdall
from holdall.cli.listings import Filter, select
from holdall.models import ListPage, ObjectEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.storage.cli.conftest import Done

KEYS = {"a.txt": 1, "in/b.txt": 20, "in/c.txt": 300, "in/deep/d.txt": 4000, "z.txt": 5}


@pytest.fixture(autouse=True)
def _objects() -> None:
    with holdall.open_storage("lake") as storage:
        for key, size in KEYS.items():
            storage.put(key, bytes(size))


def test_one_level_is_the_documented_json(blob: Callable[..., Done]) -> None:
    with holdall.open_storage("lake") as storage:
        info = storage.head("a.txt")
    assert info.last_modified is not None
    listing = blob("list", "blob://lake/").json
    assert list(listing) == ["bucket", "prefix", "objects", "prefixes", "total_count", "total_size"]
    assert listing["objects"][0] == {
        "key": "a.txt",
        "size": 1,
        "last_modified": info.last_modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "etag": info.etag,
        "storage_class": "STANDARD",
    }
    assert [each["key"] for each in listing["objects"]] == ["a.txt", "z.txt"]
    assert (listing["bucket"], listing["prefix"], listing["prefixes"]) == ("lake", "", ["in/"])
    assert (listing["total_count"], listing["total_size"]) == (2, 6)


def test_the_default_store_needs_no_name(blob: Callable[..., Done]) -> None:
    assert blob("list").stdout == blob("list", "blob://lake").stdout
    assert blob("list", "--store", "backup").json["objects"] == []
    assert blob("list", "in/", "--store", "lake").json["prefixes"] == ["in/deep/"]


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["-r"], list(KEYS)),
        (["--recursive", "--limit", "2"], ["a.txt", "in/b.txt"]),
        (["-r", "--min-size", "20", "--max-size", "300"], ["in/b.txt", "in/c.txt"]),
        (["--min-size", "4kB"], ["in/deep/d.txt"]),
        (["--since", "1h ago"], list(KEYS)),
        (["--since", "7 days ago", "--limit", "1"], ["a.txt"]),
        (["--since", "2100-01-01"], []),
        (["--before", "2100-01-01"], list(KEYS)),
        (["--before", "7 days ago"], []),
    ],
)
def test_filters_look_at_all_levels(arguments: list[str], keys: list[str], blob: Callable[..., Done]) -> None:
    listing = blob("list", "blob://lake/", *arguments).json
    assert [each["key"] for each in listing["objects"]] == keys
    assert listing["total_count"] == len(keys)
    assert listing["total_size"] == sum(KEYS[key] for key in keys)
    assert listing["prefixes"] == []


def test_several_requests_at_the_same_time_make_no_difference(blob: Callable[..., Done]) -> None:
    for arguments in (["-r"], [], ["--min-size", "20"]):
        assert blob("list", "blob://lake/", *arguments, "--parallel", "4").json == (
            blob("list", "blob://lake/", *arguments).json
        )
    assert "--parallel" in blob("list", "--parallel", "0", code=2).stderr


def test_a_prefix_is_the_beginning_of_keys(blob: Callable[..., Done]) -> None:
    keys = blob("list", "blob://lake/in/", "--format", "keys").text
    assert keys == "in/b.txt\nin/c.txt\n"
    assert blob("list", "blob://lake/in/b", "--format", "keys").text == "in/b.txt\n"
    assert blob("--format", "keys", "list", "blob://lake/none").text == ""


def test_keys_that_hold_anything(blob: Callable[..., Done]) -> None:
    odd = ["in\nb\x1b[31m", "tab\there", "ä b", "back\\slash"]
    with holdall.open_storage("memory://odd-keys") as storage:
        for key in odd:
            storage.put(key, b"")
    keys = blob("list", "memory://odd-keys/", "--format", "keys").text.splitlines()
    assert sorted(keys) == sorted(["in\\nb\\x1b[31m", "tab\\there", "ä b", "back\\slash"])
    raw = blob("list", "memory://odd-keys/", "--format", "keys", "-0").text
    assert sorted(raw.split("\0")) == sorted([*odd, ""])
    for form in ("text", "table"):
        assert "\x1b" not in blob("list", "memory://odd-keys/", "--format", form).text
    listing = blob("list", "memory://odd-keys/")
    assert b"\x1b" not in listing.stdout
    assert sorted(each["key"] for each in listing.json["objects"]) == sorted(odd)


def test_text_has_one_line_for_each_with_tabs(blob: Callable[..., Done]) -> None:
    lines = [line.split("\t") for line in blob("list", "blob://lake/", "--format", "text").text.splitlines()]
    assert [(line[0], line[4]) for line in lines] == [("-", "in/"), ("1", "a.txt"), ("5", "z.txt")]


def test_the_table_is_for_people(blob: Callable[..., Done]) -> None:
    table = blob("list", "blob://lake/", "-r", "--format", "table").text.splitlines()
    assert table[0].split() == ["SIZE", "MODIFIED", "CLASS", "KEY"]
    assert table[4].split()[:2] == ["4.0", "kB"]
    assert table[-1] == "5 objects, 4.3 kB"


def test_quiet_writes_nothing(blob: Callable[..., Done]) -> None:
    assert blob("list", "-q").stdout == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--limit", "0"], "0 is not in the range"),
        (["--since", "soon"], "is not a time"),
        (["--min-size", "x"], "is not a size"),
        (["--null"], "--null goes with --format keys"),
        (["blob://nowhere/"], "there is no store 'nowhere'"),
        (["./here"], "is a path or a plain key"),
        (["--format", "xml"], "xml"),
    ],
)
def test_bad_input_is_2(arguments: list[str], message: str, blob: Callable[..., Done]) -> None:
    assert message in blob("list", *arguments, code=2).stderr


def test_a_folder_behind_a_link_is_never_an_empty_listing(blob: Callable[..., Done], folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "f").write_bytes(b"1")
    (folder / "linked").symlink_to("real")
    (folder / "link.txt").symlink_to("real/f")
    (folder / "nowhere").symlink_to("nothing")
    for arguments in ((), ("-r",), ("--format", "keys")):
        assert f"{folder}/linked/f"[1:] in blob("list", f"file://{folder}/linked/", *arguments).text
    done = blob("list", f"file://{folder}/linked", code=2)
    assert f"Solution: Write file://{folder}/linked/ for what is below it." in done.stderr
    assert "'blob head" in blob("list", f"file://{folder}/link.txt", code=2).stderr
    blob("list", f"file://{folder}/nowhere", code=2)


def entries(*sizes: int) -> tuple[ObjectEntry, ...]:
    time = datetime(2025, 11, 15, tzinfo=UTC)
    return tuple(ObjectEntry(f"{number}", size, None, time) for number, size in enumerate(sizes))


def test_no_page_is_asked_for_beyond_the_limit() -> None:
    def pages() -> Iterator[ListPage]:
        yield ListPage(entries(1, 2, 3))
        raise AssertionError("asked for another page")

    assert len(list(select(pages(), Filter(), 3))) == 3


def test_a_filter_of_time_leaves_out_what_has_no_time() -> None:
    timeless = ObjectEntry("k", 1)
    assert Filter().passes(timeless)
    assert not Filter(since=datetime(2000, 1, 1, tzinfo=UTC)).passes(timeless)
    assert not Filter(before=datetime(2100, 1, 1, tzinfo=UTC)).passes(timeless)


def test_since_includes_its_moment_and_before_does_not() -> None:
    (entry,) = entries(1)
    assert Filter(since=entry.last_modified).passes(entry)
    assert not Filter(before=entry.last_modified).passes(entry)


def test_json_is_written_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each object is written before the next is asked for, and prefixes do not pile up in memory."""
    from holdall.cli import listings

    written: list[str] = []

    class Sink:
        def text(self, text: str) -> None:
            written.append(text)

    def items() -> Iterator[ObjectEntry | str]:
        for number in range(100):
            yield f"p{number}/"
            yield ObjectEntry(f"k{number}", 1)
            assert f'"k{number}"' in written[-1]

    monkeypatch.setattr(listings, "SPOOLED", 64)
    listing = listings.Listing(Sink(), "json", {"bucket": None, "prefix": ""})  # type: ignore[arg-type]
    listing.write(items())
    document = json.loads("".join(written))
    assert document["prefixes"] == [f"p{number}/" for number in range(100)]
    assert [each["key"] for each in document["objects"]] == [f"k{number}" for number in range(100)]
