"""Batch deletes: which keys can be sent together, and what became of each. Pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidResponse
from holdall.models import DeleteOutcome
from holdall_s3.error_table import rule_for
from holdall_s3.errors import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.errors import StorageError
    from holdall.models import ObjectRef

# XML 1.0, "Char": what is not in there can't be written in any way, not even as a character reference.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# That a key is not there is what was wanted.
_GONE = frozenset({"NoSuchKey", "NoSuchVersion"})


def fits_xml(key: str) -> bool:
    """Whether a key can be named in the XML of a batch delete."""
    return _NOT_XML.search(key) is None


def entry_of(ref: ObjectRef, entries: Mapping[tuple[str, str | None], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What an answer says of one key.

    Swift removes the version that was asked for and does not repeat its id. Where a delete marker is told instead, the
    id was ignored, and the answer is not one to this reference.
    """
    exact = entries.get((ref.key, ref.version_id))
    if exact is not None or ref.version_id is None:
        return exact
    entry = entries.get((ref.key, None))
    return None if entry is None or entry.get("DeleteMarker") else entry


def outcome(ref: ObjectRef, entry: Mapping[str, Any] | None, bucket: str) -> DeleteOutcome:
    """What became of one key.

    Args:
        ref: The key that was to be deleted.
        entry: What the answer of DeleteObjects says of it.
        bucket: The bucket, for errors.
    """
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
        delete_marker_version_id=entry.get("DeleteMarkerVersionId"),
        error=error,
    )
