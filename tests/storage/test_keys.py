"""Keys that a store would take for other keys are refused by name, whatever is to be done with them."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from holdall import CopySource, ObjectRef, copy_between
from holdall.aio import AsyncStorage
from holdall.capabilities import KEY_FORMS
from holdall.errors import InvalidConfiguration, InvalidObjectKey
from holdall.validation import check_key
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

ODD = {
    "leading-slash": ("/", "//", "/a", "//a", "/../a"),
    "empty-segment": ("//", "a//b", "//a", "a//", "a///b"),
    "dot-segment": (".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "/../a", "a/./"),
    "trailing-slash": ("/", "//", "a/", "a//", "a/./"),
    "backslash": ("\\", "a\\b", "..\\a"),
}
PLAIN = ("a", "a/b", ".hidden", "..a", "a.", "a..", "a/.b", "a/..b", "a/b..", "...", "a/.../b", "%2F", "a\n.")


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize(("form", "key"), [(form, key) for form, keys in ODD.items() for key in keys])
def test_a_form_that_is_not_held_is_told_with_what_would_become_of_it(form: str, key: str) -> None:
    with pytest.raises(InvalidObjectKey, match=r"; this store takes '.+' for '.+', or refuses such keys") as caught:
        check_key(key, not_held=[form])
    assert caught.value.key == key
    assert str(caught.value.hint).endswith("Nothing was sent.")


@pytest.mark.parametrize("form", KEY_FORMS)
def test_every_other_key_stays_opaque(form: str) -> None:
    others = [key for keys in ODD.values() for key in keys if key not in ODD[form]]
    for key in (*PLAIN, *others):
        check_key(key, not_held=[form])
    for key in (*PLAIN, *others, *ODD[form]):
        check_key(key)


def test_a_form_that_nobody_knows_would_protect_from_nothing(name: str) -> None:
    with pytest.raises(InvalidConfiguration, match="a list of names out of leading-slash, empty-segment"):
        memory_storage(name=name, capabilities={"keys.not_held": ["leading_slash"]})


CALLS: dict[str, Callable[[Storage, str], Any]] = {
    "put": lambda s, key: s.put(key, b"new"),
    "get": lambda s, key: s.get(key),
    "get_ranges": lambda s, key: s.get_ranges(key, [(0, 1)]),
    "head": lambda s, key: s.head(key),
    "exists": lambda s, key: s.exists(key),
    "delete": lambda s, key: s.delete(key),
    "delete_many": lambda s, key: s.delete_many(["other", key]),
    "delete_many, versions": lambda s, key: s.delete_many([ObjectRef(key, "1")]),
    "copy from": lambda s, key: s.copy(key, "other"),
    "copy to": lambda s, key: s.copy("b", key),
    "copy from another bucket": lambda s, key: s.copy(CopySource(key, "elsewhere"), "other"),
    "move from": lambda s, key: s.move(key, "other"),
    "move to": lambda s, key: s.move("b", key),
    "copy_between from": lambda s, key: copy_between(s, key, s, "other"),
    "copy_between to": lambda s, key: copy_between(s, "other", s, key, if_absent=True),
    "open for reading": lambda s, key: s.open(key).read(),
    "open for writing": lambda s, key: s.open(key, "wb").close(),
    "upload_file": lambda s, key: s.upload_file(__file__, key),
    "tags.get": lambda s, key: s.tags.get(key),
    "tags.set": lambda s, key: s.tags.set(key, {"a": "b"}),
    "uploads.list": lambda s, key: list(s.uploads.list(key, exact=True)),
    "uploads.parts": lambda s, key: list(s.uploads.parts(key, "id")),
    "uploads.abort": lambda s, key: s.uploads.abort(key, "id"),
    "uploads.abort_all": lambda s, key: s.uploads.abort_all(key, older_than=timedelta(0), exact=True),
    "uploads.resume": lambda s, key: s.uploads.resume(key, __file__),
    "asynchronous": lambda s, key: asyncio.run(_head(s, key)),
}


async def _head(storage: Storage, key: str) -> Any:
    return await AsyncStorage(storage).head(key)


def confusing(name: str, **settings: Any) -> tuple[Storage, RecordingProvider]:
    """A store that is said to confuse ``a//b`` with ``a/b``; memory does not, so what is read or lost would show."""
    return memory_storage(name=name, capabilities={"keys.not_held": ["empty-segment"]}, **settings)


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_nothing_reaches_the_store(name: str, call: Callable[[Storage, str], Any]) -> None:
    storage, recorder = confusing(name)
    with pytest.raises(InvalidObjectKey, match="slashes in a row"):
        call(storage, "a//b")
    assert recorder.calls == []


def test_downloads_are_refused_before_a_file_is_made(name: str, tmp_path: Path) -> None:
    storage, recorder = confusing(name)
    with pytest.raises(InvalidObjectKey):
        storage.download_file("a//b", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    assert recorder.calls == []


def test_the_prefix_counts_with_the_key(name: str) -> None:
    for storage in (confusing(name, prefix="a/")[0], confusing(name)[0].below("a/")):
        with pytest.raises(InvalidObjectKey, match="'a//b'"):
            storage.put("/b", b"")
        storage.put("b", b"")
    storage = confusing(name, prefix="a//")[0]
    with pytest.raises(InvalidObjectKey, match="'a//b'"):
        storage.put("b", b"")
    leading, _ = memory_storage(name=name, prefix="a/", capabilities={"keys.not_held": ["leading-slash"]})
    leading.put("/b", b"held")
    assert leading.get("/b").read() == b"held"


def test_a_store_that_confuses_nothing_holds_them_all(name: str) -> None:
    storage, _ = memory_storage(name=name)
    keys = sorted({key for keys in ODD.values() for key in keys})
    for key in keys:
        storage.put(key, key.encode())
    assert {key: storage.get(key).read() for key in keys} == {key: key.encode() for key in keys}
