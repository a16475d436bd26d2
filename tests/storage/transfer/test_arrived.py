"""Listings of uploads and parts that do not get on are an error, never an end in silence or a loop."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from holdall import errors
from holdall import options as opt
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import PartPage, UploadPage
from holdall.semantics.paging import write_token
from holdall.storage import Storage
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


class Stuck(ForwardingProvider):
    """Every page says that another one follows, and where it begins is always the same."""

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        answer = call(*args, **kwargs)
        if isinstance(answer, UploadPage):
            return replace(answer, next_token=write_token("k", 0))
        if isinstance(answer, PartPage):
            return replace(answer, next_marker=1)
        return answer


def test_pages_that_repeat_are_no_end() -> None:
    whole, _ = memory_storage(name=uuid.uuid4().hex)
    provider = whole.provider
    upload_id = provider.create_upload("k", opt.CreateUploadOptions()).upload_id  # type: ignore[attr-defined]
    provider.upload_part("k", upload_id, 1, b"x", opt.PART)  # type: ignore[attr-defined]
    assert [part.part_number for part in whole.uploads.parts("k", upload_id)] == [1]
    storage = Storage(Stuck(provider))
    uploads, parts = storage.uploads.list(), storage.uploads.parts("k", upload_id)
    assert (next(uploads).key, next(parts).part_number) == ("k", 1)
    for pages in (uploads, parts):
        with pytest.raises(errors.InvalidResponse, match="does not get on"):
            list(pages)
