"""A fresh store for each test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from holdall.models import Versioning
from holdall_memory.kind import MemorySettings
from holdall_memory.provider import MemoryProvider, open_memory

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def open_store() -> Callable[..., MemoryProvider]:
    """Open a store of settings; without a name it shares its data with no other test."""

    def open_one(**settings: object) -> MemoryProvider:
        return open_memory(MemorySettings.model_validate({"name": uuid.uuid4().hex, **settings}), None)

    return open_one


@pytest.fixture
def provider(open_store: Callable[..., MemoryProvider]) -> MemoryProvider:
    return open_store()


@pytest.fixture
def versioned(provider: MemoryProvider) -> MemoryProvider:
    provider.set_versioning(Versioning.ENABLED)
    return provider
