"""Settings, where the data lives, and what the store says of itself."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from holdall import groups, registry
from holdall.capabilities import NO, YES, Source
from holdall.errors import BucketNotFound, InvalidRequest
from holdall.models import Versioning
from holdall.options import CREATE_BUCKET, GET, PUT
from holdall_memory.kind import MEMORY, MemorySettings
from holdall_memory.provider import MemoryProvider

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_is_registered() -> None:
    kind = registry.load("memory")
    assert kind is MEMORY
    assert kind.scheme == "memory"
    assert isinstance(kind.open(MemorySettings(name=uuid.uuid4().hex), "lake"), MemoryProvider)


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"bucket": ""}, {"bucket": "a/b"}, {"min_part_size": 0}, {"region": "eu-west-1"}],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MemorySettings.model_validate(wrong)


def test_the_data_lives_under_the_settings_name_else_under_the_stores() -> None:
    name = uuid.uuid4().hex
    by_store = MEMORY.open(MemorySettings(), name)
    by_store.put("key", b"data", PUT)
    by_settings = MEMORY.open(MemorySettings(name=name), "another")
    assert by_settings.get("key", GET).read() == b"data"
    assert by_store.info.endpoint == by_settings.info.endpoint == f"memory://{name}"
    assert (by_settings.info.kind, by_settings.info.store, by_settings.info.bucket) == ("memory", "another", "memory")
    assert MEMORY.open(MemorySettings(), None).info.endpoint == "memory://default"


def test_closing_keeps_the_data_and_ends_the_provider(open_store: Callable[..., MemoryProvider]) -> None:
    name = uuid.uuid4().hex
    provider = open_store(name=name)
    provider.put("key", b"data", PUT)
    provider.close()
    provider.close()
    with pytest.raises(InvalidRequest, match="closed"):
        provider.get("key", GET)
    with pytest.raises(InvalidRequest, match="closed"):
        provider.list_buckets(None, None)
    assert open_store(name=name).get("key", GET).read() == b"data"


def test_versioning_is_switched_on_by_the_settings_and_never_off(open_store: Callable[..., MemoryProvider]) -> None:
    name = uuid.uuid4().hex
    plain = open_store(name=name)
    assert plain.get_versioning() is Versioning.OFF
    versioned = open_store(name=name, versioning=True)
    versioned.create_bucket("other", CREATE_BUCKET)
    assert versioned.bind("other").get_versioning() is plain.get_versioning() is Versioning.ENABLED
    plain.set_versioning(Versioning.SUSPENDED)
    assert open_store(name=name, versioning=True).get_versioning() is Versioning.SUSPENDED
    assert open_store(name=name).get_versioning() is Versioning.SUSPENDED


def test_an_account_without_a_bucket(open_store: Callable[..., MemoryProvider]) -> None:
    account = open_store(bucket=None)
    assert account.info.bucket is None
    assert account.list_buckets(None, None).buckets == ()
    with pytest.raises(InvalidRequest, match="names no bucket"):
        account.put("key", b"data", PUT)
    with pytest.raises(BucketNotFound):
        account.bind("new").put("key", b"data", PUT)
    account.create_bucket("new", CREATE_BUCKET)
    account.bind("new").put("key", b"data", PUT)
    assert account.bind("new").info.bucket == "new"


def test_it_keeps_what_its_capabilities_promise(provider: MemoryProvider) -> None:
    registry.check_contract(provider)
    promised = {
        group for group, names in groups.GROUPS.items() if any(provider.capabilities.supports(name) for name in names)
    }
    assert promised == {
        groups.MultipartUploads,
        groups.BatchDelete,
        groups.Versions,
        groups.Tags,
        groups.Notifications,
        groups.Buckets,
    }
    assert {group for group in groups.GROUPS if isinstance(provider, group)} == promised


def test_the_signatures_are_those_of_the_groups(provider: MemoryProvider) -> None:
    # What mypy checks here, isinstance would not see.
    multipart: groups.MultipartUploads = provider
    batch: groups.BatchDelete = provider
    versions: groups.Versions = provider
    tags: groups.Tags = provider
    notifications: groups.Notifications = provider
    buckets: groups.Buckets = provider
    assert {id(group) for group in (multipart, batch, versions, tags, notifications, buckets)} == {id(provider)}


def test_limits_and_overrides(open_store: Callable[..., MemoryProvider]) -> None:
    provider = open_store(min_part_size="5MiB", capabilities={"put": {"if_absent": "no"}})
    capabilities = provider.capabilities
    assert capabilities.multipart.min_part_size == 5 * 1024 * 1024
    assert capabilities.put.if_absent is NO
    assert capabilities.evidence("put.if_absent").source is Source.OVERRIDDEN
    assert capabilities.put.if_match is YES
    assert (capabilities.list.page_max, capabilities.delete.batch_max, capabilities.multipart.max_parts) == (
        1000,
        1000,
        10_000,
    )
