"""Deleting many objects: in batches where the store has them, one by one where not; several requests at a time."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from holdall import fields
from holdall import options as opt
from holdall.checks import require
from holdall.errors import InvalidObjectKey, Retry, StorageError
from holdall.models import DeleteOutcome, ObjectRef
from holdall.transfer.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from holdall.groups import BatchDelete
    from holdall.provider import StorageProvider

BATCH = 1000
"""Keys per request of S3 (API reference, DeleteObjects)."""
BATCHES = 4
"""Batches at a time at most. S3 counts each of their keys as a request, of which it takes 3,500 a second per prefix
(user guide, "Best practices design patterns"): more batches would only be told to slow down."""
AGAIN = 4
"""How often keys are tried again that the store was too busy for, though it answered the request as a whole."""
PAUSE = 1.0
"""Seconds before the first of these at most; twice as many before each next one, all with full jitter."""


@dataclass(slots=True)
class DeleteSummary:
    """What became of a ``delete_many``.

    Attributes:
        deleted: Keys that are gone (also those that were not there).
        failed: The outcomes that have an ``error``.
        emulated: That they were deleted one by one, where the store has no batches. That is only costly, and done
            whatever ``on_unsupported`` says.
    """

    deleted: int = 0
    failed: list[DeleteOutcome] = field(default_factory=list)
    emulated: tuple[str, ...] = ()


def delete_many(
    provider: StorageProvider,
    keys: Iterable[str | ObjectRef],
    full_key: Callable[[str], str],
    prefix: str,
    backend: opt.BackendOptions | None,
    workers: int,
) -> DeleteSummary:
    """Deletes keys, in constant memory however many there are: several requests at a time, in no order.

    Args:
        provider: The store.
        keys: Keys or references to versions; drawn in the caller's thread, as they are needed.
        full_key: Checks a key and puts the prefix before it.
        prefix: Taken off the keys in the outcomes.
        backend: The provider's own options.
        workers: Requests at a time at most.

    Raises:
        InvalidObjectKey, InvalidRequest: A key or version id that none can be. Nothing of its batch was sent.
        StorageError: A whole request failed, so that others would, too. A note says how many keys were gone by then. A
            request for keys again that the store was too busy for is none of these: its error is that of each key.
    """
    refs = (_checked(item, full_key) for item in keys)
    batched = provider.capabilities.supports("delete.batch")
    size = (provider.capabilities.delete.batch_max or BATCH) if batched else BATCH

    def delete(piece: _Piece) -> list[DeleteOutcome]:
        if piece.together:
            return _delete_batch(provider, piece.refs, backend, crew)
        return [_delete_one(provider, ref, backend) for ref in piece.refs]

    summary = DeleteSummary(emulated=() if batched else ("delete.batch: costly: one request for each key",))
    failed: list[tuple[int, DeleteOutcome]] = []
    pieces = _pieces(provider, refs, size, batched=batched)
    try:
        with Crew[tuple[int, _Piece], list[DeleteOutcome]](
            lambda numbered: delete(numbered[1]), min(workers, BATCHES) if batched else workers
        ) as crew:
            for (number, _), outcomes in crew.run(enumerate(pieces)):
                for outcome in outcomes:
                    if outcome.error is None:
                        summary.deleted += 1
                    else:
                        failed.append((number, replace(outcome, key=outcome.key.removeprefix(prefix))))
    except StorageError as error:
        if summary.deleted:
            error.add_note(f"{summary.deleted} of the objects had been deleted by then")
        raise
    failed.sort(key=itemgetter(0))  # in the order of the keys, whichever was done first
    summary.failed = [outcome for _, outcome in failed]
    return summary


def _checked(item: str | ObjectRef, full_key: Callable[[str], str]) -> ObjectRef:
    """Without its version, a reference is to the latest object: an empty one must not pass for none."""
    if not isinstance(item, (str, ObjectRef)):
        raise InvalidObjectKey(
            f"delete_many takes keys and ObjectRefs, and one of these is {type(item).__name__}",
            hint="Give the keys of what was listed, delete_many(each.key for each in ...), or for single versions "
            "ObjectRef(each.key, each.version_id).",
        )
    if not isinstance(item, ObjectRef):
        return ObjectRef(full_key(item))
    return ObjectRef(full_key(item.key), fields.clean({"version_id": item.version_id})["version_id"])


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is deleted in one go: a batch, or one."""

    refs: tuple[ObjectRef, ...]
    together: bool


def _pieces(provider: StorageProvider, refs: Iterator[ObjectRef], size: int, *, batched: bool) -> Iterator[_Piece]:
    """So many references at a time are checked before the first of them is deleted."""
    versions_batched = provider.capabilities.supports("delete.batch_versions")
    while some := tuple(itertools.islice(refs, size)):
        if any(ref.version_id is not None for ref in some):
            require(provider, "versions.delete", what="version_id")
        together = tuple(ref for ref in some if batched and (versions_batched or ref.version_id is None))
        if together:
            yield _Piece(together, together=True)
        if len(together) < len(some):
            alone = (ref for ref in some if not batched or (ref.version_id is not None and not versions_batched))
            yield from (_Piece((ref,), together=False) for ref in alone)


def _delete_batch(
    provider: StorageProvider, refs: Sequence[ObjectRef], backend: opt.BackendOptions | None, crew: Crew[Any, Any]
) -> list[DeleteOutcome]:
    """A batch, and those of its keys again that the store was only too busy for."""
    options = opt.DELETE if backend is None else opt.DeleteOptions(backend=backend)
    outcomes = list(cast("BatchDelete", provider).delete_batch(refs, options))
    for attempt in range(AGAIN):
        again = [at for at, each in enumerate(outcomes) if each.error is not None and each.error.retry is Retry.SAFE]
        if not again:
            break
        asked = max((cast("StorageError", outcomes[at].error).retry_after or 0.0) for at in again)
        crew.pause(max(asked, random.uniform(0, PAUSE * 2**attempt)))  # noqa: S311 - jitter is no secret
        try:
            answers = cast("BatchDelete", provider).delete_batch([refs[at] for at in again], options)
        except StorageError as error:  # what is known of the others must not be lost
            error.add_note("this was another attempt for keys that the store was too busy for at first")
            for at in again:
                outcomes[at] = replace(outcomes[at], error=error)
            return outcomes
        for at, outcome in zip(again, answers, strict=True):
            outcomes[at] = outcome
    for outcome in outcomes:
        if outcome.error is not None and outcome.error.retry is Retry.SAFE:
            outcome.error.retry, outcome.error.attempts = Retry.EXHAUSTED, 1 + AGAIN
    return outcomes


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
