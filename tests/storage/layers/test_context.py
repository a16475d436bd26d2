"""Errors say where: the context layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from holdall import options as opt
from holdall.capabilities import Capabilities
from holdall.errors import AccessDenied, BucketNotFound, IncompleteBody, ObjectNotFound, SlowDown, StorageError
from holdall.layers.context import ErrorContext
from holdall.models import ObjectInfo, ProviderInfo
from holdall.reading import GetResult

if TYPE_CHECKING:
    from holdall.provider import StorageProvider

INFO = ProviderInfo(kind="probe", store="lake", bucket="analytics", endpoint="probe:", region="here")


class Failing:
    """Raises what it was made with, whatever is called."""

    def __init__(self, error: Exception) -> None:
        self.info = INFO
        self.capabilities = Capabilities()
        self._error = error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*_args: Any) -> None:
            raise self._error

        return method


def layer_over(inner: object) -> ErrorContext:
    return ErrorContext(cast("StorageProvider", inner))


def test_key_version_bucket_store_and_operation_are_filled_in() -> None:
    with pytest.raises(ObjectNotFound) as caught:
        layer_over(Failing(ObjectNotFound("no such object"))).head("a/b", opt.HeadOptions(version_id="v1"))
    assert caught.value.details() == {
        "operation": "head",
        "store": "lake",
        "provider": "probe",
        "bucket": "analytics",
        "key": "a/b",
        "version_id": "v1",
    }


def test_version_ids_that_are_arguments_are_found_too() -> None:
    with pytest.raises(ObjectNotFound) as caught:
        layer_over(Failing(ObjectNotFound("gone"))).get_tags("k", "v7")
    assert (caught.value.operation, caught.value.key, caught.value.version_id) == ("get_tags", "k", "v7")


def test_the_key_of_a_copy_is_its_destination() -> None:
    from holdall.models import CopySource

    with pytest.raises(StorageError) as caught:
        layer_over(Failing(AccessDenied("no"))).copy(CopySource("from"), "to", opt.COPY)
    assert caught.value.key == "to"


def test_calls_on_buckets_name_that_bucket() -> None:
    with pytest.raises(BucketNotFound) as caught:
        layer_over(Failing(BucketNotFound("no such bucket"))).delete_bucket("other")
    assert caught.value.bucket == "other"
    assert caught.value.key is None


def test_what_the_provider_knows_better_stays() -> None:
    error = SlowDown("busy", key="the real key", bucket="real", operation="batch")
    with pytest.raises(SlowDown) as caught:
        layer_over(Failing(error)).put("k", b"", opt.PUT)
    assert caught.value is error
    assert (error.key, error.bucket, error.operation, error.store) == ("the real key", "real", "batch", "lake")


def test_other_exceptions_pass_untouched() -> None:
    error = RuntimeError("a bug")
    with pytest.raises(RuntimeError) as caught:
        layer_over(Failing(error)).put("k", b"", opt.PUT)
    assert caught.value is error


def test_errors_while_a_body_is_read_have_the_context_of_its_get() -> None:
    class Short:
        def read(self, size: int = -1, /) -> bytes:
            return b""

        def readinto(self, buffer: memoryview, /) -> int:
            return 0

        def close(self) -> None:
            pass

    class Getting(Failing):
        def get(self, key: str, options: opt.GetOptions) -> GetResult:
            return GetResult(ObjectInfo(key=key, size=10), Short())

    result = layer_over(Getting(RuntimeError())).get("k", opt.GetOptions(version_id="v"))
    with pytest.raises(IncompleteBody) as caught:
        result.read()
    error = caught.value
    assert (error.operation, error.store, error.bucket, error.key, error.version_id) == (
        "get", "lake", "analytics", "k", "v",
    )  # fmt: skip
