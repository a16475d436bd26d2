"""What was closed refuses to be used, with every provider."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

import holdall
from holdall.errors import InvalidRequest
from tests.stores import configure, memory, s3_bucket, s3_settings, store  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.storage import Storage

USES: dict[str, Callable[[Storage], Any]] = {
    "put": lambda s: s.put("k", b"x"),
    "get": lambda s: s.get("k"),
    "exists": lambda s: s.exists("k"),
    "list": lambda s: list(s.list()),
    "delete": lambda s: s.delete("k"),
    "copy": lambda s: s.copy("k", "l"),
    "tags": lambda s: s.tags.get("k"),
}


def test_every_use_after_close_is_refused(store: str) -> None:  # noqa: F811
    storage = holdall.open_storage(store)
    storage.put("k", b"x")
    storage.close()
    storage.close()  # may be called twice
    for name, use in USES.items():
        with pytest.raises(InvalidRequest, match="closed") as caught:
            use(storage)
        assert caught.value.store == store, name
        assert "open_storage" in (caught.value.hint or "")
    with holdall.open_storage(store) as again:
        assert again.get("k").read() == b"x"


def test_a_bucket_is_closed_with_its_account_and_not_the_other_way_round(memory: str) -> None:  # noqa: F811
    account = holdall.open_account(memory)
    name, other = f"b-{uuid.uuid4().hex}", f"c-{uuid.uuid4().hex}"
    account.create(name)
    account.create(other)
    first, second = account.open(name), account.open(other)
    first.close()
    with pytest.raises(InvalidRequest, match="closed"):
        first.put("k", b"x")
    second.put("k", b"x")
    assert account.exists(name)
    account.close()
    with pytest.raises(InvalidRequest, match="closed"):
        second.put("k", b"x")
    with pytest.raises(InvalidRequest, match="closed"):
        account.exists(name)
