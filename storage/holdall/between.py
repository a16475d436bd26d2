"""Copying between two stores, streaming through this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from holdall.transfer.copying import HEADERS, tags_of

if TYPE_CHECKING:
    from holdall.arguments import PutArgs
    from holdall.models import PutResult
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
    Where the target has not got one of them, ``UnsupportedOperation`` says which; give e.g. ``tags={}`` to go without.

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
    """
    with source.get(source_key, version_id=version_id) if version_id else source.get(source_key) as result:
        info = result.info
        come_along: dict[str, Any] = {name: value for name in HEADERS if (value := getattr(info, name)) is not None}
        if info.metadata:
            come_along["metadata"] = info.metadata
        if "tags" not in write:
            tags = tags_of(source.provider, source.full_key(source_key), version_id, info)
            come_along |= {"tags": tags} if tags else {}
        arguments = cast("PutArgs", come_along | write)
        return target.put(key, result, progress=progress, expected_size=info.size, **arguments)
