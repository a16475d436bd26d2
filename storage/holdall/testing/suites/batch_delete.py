"""Several keys in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from holdall import options as opt
from holdall.errors import OptionNotSupported
from holdall.models import ObjectRef
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import ORDINARY_KEYS
from holdall.testing.calls import keys, put
from holdall.testing.suites.objects import ForeignOptions

if TYPE_CHECKING:
    from holdall import groups
    from holdall.models import DeleteOutcome
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness


def delete_batch(provider: StorageProvider, *names: str) -> list[DeleteOutcome]:
    """Deletes keys in one request."""
    return list(cast("groups.BatchDelete", provider).delete_batch([ObjectRef(name) for name in names], opt.DELETE))


class BatchDeleteSuite(Suite):
    """One outcome for each key, in the order given."""

    @needs("delete.batch")
    def test_all_are_deleted_and_each_has_an_outcome(self, provider: StorageProvider, harness: Harness) -> None:
        for key in (*ORDINARY_KEYS, "kept"):
            put(provider, key, b"data")
        outcomes = delete_batch(provider, *ORDINARY_KEYS)
        assert [outcome.key for outcome in outcomes] == list(ORDINARY_KEYS)
        assert [outcome.error for outcome in outcomes] == [None] * len(ORDINARY_KEYS)
        assert keys(provider) == ["kept"]

    @needs("delete.batch")
    def test_what_is_not_there_counts_as_deleted(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "there", b"data")
        outcomes = delete_batch(provider, "missing", "there", "also/missing")
        assert [(outcome.key, outcome.error) for outcome in outcomes] == [
            ("missing", None), ("there", None), ("also/missing", None),
        ]  # fmt: skip
        assert keys(provider) == []

    @needs("delete.batch")
    def test_the_limit_is_one_that_can_be_used(self, provider: StorageProvider, harness: Harness) -> None:
        count = provider.capabilities.delete.batch_max or 1000
        count = min(count, 50) if harness.slow else count
        outcomes = delete_batch(provider, *(f"key{number}" for number in range(count)))
        assert [outcome.error for outcome in outcomes] == [None] * count

    @needs("delete.batch")
    def test_options_of_another_provider_are_refused(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        with pytest.raises(OptionNotSupported):
            cast("groups.BatchDelete", provider).delete_batch(
                [ObjectRef("key")], opt.DeleteOptions(backend=ForeignOptions())
            )
        assert keys(provider) == ["key"]
