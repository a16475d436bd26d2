"""Checks whose answer depends on a value, and what their errors advise."""

from __future__ import annotations

from typing import Any

import pytest

from holdall.errors import UnsupportedOperation
from tests.storage.support import SMALL_PARTS, memory_storage


def unknown_classes(support: str) -> dict[str, Any]:
    return {"tiers.storage_class": support, "tiers.classes": []}


@pytest.mark.parametrize(("wrong", "advice"), [("GLACIR", "'GLACIER'"), ("standard_ia", "'STANDARD_IA'"), ("NOPE", "")])
def test_a_class_that_no_store_is_known_to_have_is_refused_before_any_request(wrong: str, advice: str) -> None:
    storage, recorder = memory_storage(name="classes-unknown", capabilities=unknown_classes("unknown"))
    with pytest.raises(UnsupportedOperation, match=f"'{wrong}' is no storage class of S3") as caught:
        storage.put("k", b"", storage_class=wrong)
    assert recorder.calls == []
    hint = str(caught.value.hint)
    assert hint.startswith(f"Did you mean {advice}?" if advice else "If the store has the class")
    assert 'capabilities."tiers.classes"' in hint
    storage.put("k", b"", storage_class="GLACIER")
    assert storage.head("k").storage_class == "GLACIER"


def test_a_class_outside_the_known_ones_is_refused_with_the_nearest() -> None:
    storage, recorder = memory_storage(name="classes-known", capabilities={"tiers.classes": ["STANDARD", "FAST_SSD"]})
    for wrong, hint in (("FAST_SD", "Did you mean 'FAST_SSD'?"), ("X", "It has STANDARD, FAST_SSD.")):
        with pytest.raises(UnsupportedOperation) as caught:
            storage.put("k", b"", storage_class=wrong)
        assert caught.value.hint == hint
    assert recorder.calls == []
    storage.put("k", b"", storage_class="FAST_SSD")


def test_classes_that_the_operator_names_are_sent() -> None:
    storage, _ = memory_storage(name="classes-named", capabilities=unknown_classes("yes"))
    storage.put("k", b"", storage_class="OURS")
    assert storage.head("k").storage_class == "OURS"


def test_tags_are_not_advised_where_there_are_none() -> None:
    storage, _ = memory_storage(name="tags-later", capabilities={"tags.on_put": "no"})
    with pytest.raises(UnsupportedOperation) as caught:
        storage.put("k", b"", tags={"a": "b"})
    assert "storage.tags.set" in str(caught.value.hint)
    storage, _ = memory_storage(name="tags-never", capabilities={"tags.on_put": "no", "tags.objects": "no"})
    with pytest.raises(UnsupportedOperation) as caught:
        storage.put("k", b"", tags={"a": "b"})
    assert "storage.tags" not in str(caught.value.hint)
    assert "metadata" in str(caught.value.hint)


def test_a_store_with_tags_that_takes_none_with_parts_is_not_said_to_have_no_tags() -> None:
    known = {"tags.on_multipart": "no", "copy.max_size": 10}
    storage, recorder = memory_storage(name="tags-parts", capabilities=known, transfer=SMALL_PARTS)
    with pytest.raises(UnsupportedOperation, match="has no tags that come with an object in parts") as caught:
        storage.put("k", bytes(20), tags={"a": "b"})
    assert recorder.calls == []
    assert "without tags" in str(caught.value.hint)
    assert "multipart_threshold" in str(caught.value.hint)
    storage.put("k", bytes(20))
    storage.tags.set("k", {"a": "b"})
    with pytest.raises(UnsupportedOperation, match="has no tags that come with an object in parts") as caught:
        storage.copy("k", "copy")
    assert "replace_tags=True" in str(caught.value.hint)
    storage.copy("k", "copy", replace_tags=True)
    storage.tags.set("copy", {"a": "b"})
    assert storage.tags.get("copy") == {"a": "b"}
