"""Batch deletes: which keys can be sent together, and what became of each. Pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidResponse
from holdall.models import DeleteOutcome
from holdall_s3.error_table import rule_for
from holdall_s3.errors import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall.errors import StorageError
    from holdall.models import ObjectRef

    Entry = Mapping[str, Any]

# XML 1.0, "Char": what is not in there can't be written in any way, not even as a character reference.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# That a key is not there is what was wanted.
_GONE = frozenset({"NoSuchKey", "NoSuchVersion"})


def fits_xml(key: str) -> bool:
    """Whether a key can be named in the XML of a batch delete."""
    return _NOT_XML.search(key) is None


def outcomes(
    refs: Sequence[ObjectRef], entries: Mapping[tuple[str, str | None], Entry], bucket: str
) -> list[DeleteOutcome]:
    """What became of each key.

    Args:
        refs: The keys that were to be deleted by one request.
        entries: What the answer of DeleteObjects says, by key and version.
        bucket: The bucket, for errors.
    """
    asked = {(ref.key, ref.version_id) for ref in refs}
    # Garage names a version that it removed, where it has no versions and nobody asked for one.
    own = {ref[0]: entry for ref, entry in entries.items() if ref not in asked}
    return [_outcome(ref, _entry_of(ref, entries, own), bucket) for ref in refs]


def _entry_of(
    ref: ObjectRef, entries: Mapping[tuple[str, str | None], Entry], own: Mapping[str, Entry]
) -> Entry | None:
    """What an answer says of one key.

    Swift removes the version that was asked for and does not repeat its id. Where a delete marker is told instead, the
    id was ignored, and the answer is not one to this reference.
    """
    exact = entries.get((ref.key, ref.version_id))
    if exact is not None:
        return exact
    if ref.version_id is None:
        return own.get(ref.key)
    entry = entries.get((ref.key, None))
    return None if entry is None or entry.get("DeleteMarker") else entry


def _outcome(ref: ObjectRef, entry: Entry | None, bucket: str) -> DeleteOutcome:
    error: StorageError | None = None
    if entry is None:
        error = InvalidResponse("the store did not say what became of this key", hint="Look whether it is still there.")
        entry = {}
    elif "Code" in entry and entry["Code"] not in _GONE:
        rule = rule_for(entry["Code"], None)
        message = redact(entry.get("Message") or entry["Code"])
        error = rule.error(f"the store answered: {message}", code=entry["Code"], hint=rule.hint, retry=rule.retry)
    if error is not None:
        error.add_context(operation="delete_batch", bucket=bucket, key=ref.key, version_id=ref.version_id)
    return DeleteOutcome(
        key=ref.key,
        version_id=ref.version_id,
        delete_marker=bool(entry.get("DeleteMarker")),
        delete_marker_version_id=entry.get("DeleteMarkerVersionId") if entry.get("DeleteMarker") else None,
        error=error,
    )
