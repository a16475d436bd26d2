"""Deleting many objects: in batches where the store has them, one by one where not."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from holdall import options as opt
from holdall.checks import require
from holdall.errors import StorageError
from holdall.models import DeleteOutcome, ObjectRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from holdall.groups import BatchDelete
    from holdall.provider import StorageProvider

BATCH = 1000
"""Keys per request of S3 (API reference, DeleteObjects)."""


@dataclass(slots=True)
class DeleteSummary:
    """What became of a ``delete_many``.

    Attributes:
        deleted: Keys that are gone (also those that were not there).
        failed: The outcomes that have an ``error``.
    """

    deleted: int = 0
    failed: list[DeleteOutcome] = field(default_factory=list)


def delete_many(
    provider: StorageProvider,
    keys: Iterable[str | ObjectRef],
    full_key: Callable[[str], str],
    prefix: str,
    backend: opt.BackendOptions | None,
) -> DeleteSummary:
    """Deletes keys, in constant memory however many there are.

    Args:
        provider: The store.
        keys: Keys or references to versions.
        full_key: Checks a key and puts the prefix before it.
        prefix: Taken off the keys in the outcomes.
        backend: The provider's own options.
    """
    summary = DeleteSummary()
    refs = (
        ObjectRef(full_key(item.key), item.version_id) if isinstance(item, ObjectRef) else ObjectRef(full_key(item))
        for item in keys
    )
    batched = provider.capabilities.supports("delete.batch")
    versions_batched = provider.capabilities.supports("delete.batch_versions")
    options = opt.DELETE if backend is None else opt.DeleteOptions(backend=backend)
    size = (provider.capabilities.delete.batch_max or BATCH) if batched else BATCH
    for batch in _batches(refs, size):
        if any(ref.version_id for ref in batch):
            require(provider, "versions.delete", what="version_id")
        together: list[ObjectRef] = []
        alone: list[ObjectRef] = []
        for ref in batch:
            (together if batched and (versions_batched or ref.version_id is None) else alone).append(ref)
        outcomes: list[DeleteOutcome] = []
        if together:
            outcomes += cast("BatchDelete", provider).delete_batch(together, options)
        for outcome in itertools.chain(outcomes, (_delete_one(provider, ref, backend) for ref in alone)):
            if outcome.error is None:
                summary.deleted += 1
            else:
                summary.failed.append(replace(outcome, key=outcome.key.removeprefix(prefix)))
    return summary


def _batches(refs: Iterator[ObjectRef], size: int) -> Iterator[Sequence[ObjectRef]]:
    while batch := tuple(itertools.islice(refs, size)):
        yield batch


def _delete_one(provider: StorageProvider, ref: ObjectRef, backend: opt.BackendOptions | None) -> DeleteOutcome:
    try:
        result = provider.delete(ref.key, opt.DeleteOptions(version_id=ref.version_id, backend=backend))
    except StorageError as error:
        return DeleteOutcome(key=ref.key, version_id=ref.version_id, error=error)
    return DeleteOutcome(
        key=ref.key,
        version_id=ref.version_id,
        delete_marker=result.delete_marker,
        delete_marker_version_id=result.version_id if result.delete_marker else None,
    )
