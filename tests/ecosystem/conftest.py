"""Stores for the libraries that people use with holdall, and a way to count what they fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import fsspec
import pytest

from holdall.layers.forwarding import ForwardingProvider
from holdall.reading import ByteSource, GetResult
from tests.stores import configure, memory, s3_bucket, s3_settings, store  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.fsspec import BlobFileSystem
    from holdall.provider import StorageProvider

P = ParamSpec("P")
R = TypeVar("R")


@pytest.fixture
def fs(store: str) -> BlobFileSystem:
    """A file system over an empty store of each kind."""
    found: BlobFileSystem = fsspec.filesystem("blob", store=store)
    return found


class Counter(ForwardingProvider):
    """Counts the bytes that come out of a store."""

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self.count = 0
        self.requests = 0

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        result = call(*args, **kwargs)
        if isinstance(result, GetResult):
            self.requests += 1
            result._source = _Counted(result._source, self)
        return result


class _Counted:
    def __init__(self, source: ByteSource, counter: Counter) -> None:
        self._source = source
        self._counter = counter

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self._counter.count += len(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._source.readinto(buffer) or 0
        self._counter.count += count
        return count

    def close(self) -> None:
        self._source.close()


@pytest.fixture
def fetched(fs: BlobFileSystem, store: str) -> Iterator[Counter]:
    """What is fetched from the store."""
    storage: Any = fs._place(store).in_bucket()
    before = storage.provider
    storage.provider = counter = Counter(before)
    yield counter
    storage.provider = before
