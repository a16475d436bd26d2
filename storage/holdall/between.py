"""Copying between two stores, streaming through this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from holdall import checks
from holdall.content_type import guess
from holdall.errors import UnsupportedOperation
from holdall.transfer.copying import HEADERS, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.arguments import PutArgs
    from holdall.models import ObjectInfo, PutResult
    from holdall.storage import Storage
    from holdall.transfer.progress import Progress


def copy_between(
    source: Storage,
    source_key: str,
    target: Storage,
    key: str,
    *,
    version_id: str | None = None,
    progress: Progress | None = None,
    **write: Any,
) -> PutResult:
    """Copies an object from one store to another, streaming through this machine in bounded memory.

    Content headers, metadata and tags come along, the storage class does not (the names mean something else elsewhere).
    Where the target keeps no content headers, a content type that says no more than the key does is left behind;
    everything else that it can't keep is an ``UnsupportedOperation`` that says how to go without, e.g. ``tags={}``.

    Args:
        source: From here.
        source_key: The object.
        target: To there.
        key: The object to be.
        version_id: A version of the source.
        progress: Is told how far it is.
        **write: What shall be different; see ``PutArgs``.

    Raises:
        ObjectNotFound: No source.
        UnsupportedOperation: The target can't keep what the source has. Nothing was written.
    """
    with source.get(source_key, version_id=version_id) if version_id else source.get(source_key) as result:
        info = result.info
        come_along: dict[str, Any] = {name: value for name in HEADERS if (value := getattr(info, name))}
        if info.metadata:
            come_along["metadata"] = info.metadata
        if "tags" not in write:
            tags = tags_of(source.provider, source.full_key(source_key), version_id, info)
            come_along |= {"tags": tags} if tags else {}
        come_along = {name: value for name, value in come_along.items() if name not in write}
        if not target.supports("put.content_headers") and _says_nothing(info, source_key, key):
            come_along.pop("content_type", None)
        _check_kept(target, come_along)
        arguments = cast("PutArgs", come_along | write)
        return target.put(key, result, progress=progress, expected_size=info.size, **arguments)


GENERIC = frozenset({"application/octet-stream", "binary/octet-stream"})
"""What stores call an object that was given no type; the second is S3's own."""


def _says_nothing(info: ObjectInfo, source_key: str, key: str) -> bool:
    """Whether the content type is one that anybody would guess."""
    return info.content_type in {*GENERIC, guess(source_key), guess(key)}


def _check_kept(target: Storage, come_along: Mapping[str, Any]) -> None:
    for name in come_along:
        feature, safety = checks.PUT[name]
        try:
            checks.require(target.provider, feature, safety=safety, what=name)
        except UnsupportedOperation as error:
            without: dict[str, str] | None = {} if name in {"metadata", "tags"} else None
            error.hint = (
                f"The source has {name}; go without by giving {name}={without}, or copy to a store that keeps it."
            )
            raise
