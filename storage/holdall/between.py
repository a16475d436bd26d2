"""Copying between two stores, streaming through this machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from holdall import checks
from holdall import options as opt
from holdall.arguments import PUT_NAMES, check_names
from holdall.checksums import can_combine, comparable
from holdall.content_type import guess
from holdall.errors import ChecksumMismatch, InvalidRequest, ObjectAlreadyExists, UnsupportedOperation
from holdall.storage import Storage
from holdall.transfer.copying import HEADERS, tags_of
from holdall.transfer.streaming import stream_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.arguments import PutArgs
    from holdall.models import Checksum, ObjectInfo, PutResult, SseC
    from holdall.transfer.progress import Progress


def copy_between(
    source: Storage,
    source_key: str,
    target: Storage,
    key: str,
    *,
    version_id: str | None = None,
    source_customer_key: SseC | None = None,
    progress: Progress | None = None,
    **write: Any,
) -> PutResult:
    """Copies an object from one store to another, streaming through this machine in bounded memory.

    Content headers, metadata and tags come along, the storage class does not (the names mean something else elsewhere).
    Where the target keeps no content headers, a content type that says no more than the key does is left behind;
    everything else that it can't keep is an ``UnsupportedOperation`` that says how to go without, e.g. ``tags={}``.

    An object below the target's ``multipart_threshold`` takes one request to each store. A larger one is read by
    ranges, several at a time, each sent as a part; at most 48 MiB wait in memory. All bytes are of one version of the
    source, and are compared with what the source tells of them, a checksum or an ETag, as its ``transfer.verify`` says;
    the target compares a checksum, too, where it can.

    Args:
        source: From here.
        source_key: The object.
        target: To there.
        key: The object to be.
        version_id: A version of the source.
        source_customer_key: Key of a source encrypted with SSE-C.
        progress: Is told how far it is.
        **write: What shall be different; see ``holdall.arguments.PutArgs``.

    Raises:
        ObjectNotFound: No source.
        ObjectAlreadyExists: ``if_absent``, and there is one.
        SourceChanged: The source was replaced or deleted meanwhile. Nothing was written.
        ChecksumMismatch: The bytes are not the source's any more.
        UnsupportedOperation: The target can't keep what the source has. Nothing was written.
    """
    check_names(copy_between, write, PUT_NAMES)
    for name, each in (("source", source), ("target", target)):
        if not isinstance(each, Storage):
            raise InvalidRequest(
                f"{name} is {type(each).__name__}; a store is needed", hint="Open it: holdall.open_storage(...)."
            )
    if write.get("if_absent") and target.exists(key):  # the condition itself comes with the last byte
        raise ObjectAlreadyExists("there is an object of that key already", key=key, store=target.name)
    read: dict[str, Any] = {"version_id": version_id, "customer_key": source_customer_key}
    with source.get(source_key, **read) as result:
        info = result.info
        whole = comparable(info.checksums)
        arguments = cast("PutArgs", _come_along(source, source_key, target, key, version_id, info, write) | write)
        parts = info.size >= target.transfer.multipart_threshold and target.supports("multipart.uploads")
        unsaid = write.keys().isdisjoint({"checksum", "checksum_algorithm", "content_md5"})
        if whole and unsaid and _checks(target, whole, in_parts=parts):
            arguments["checksum"] = whole  # so that the target refuses anything else
        if parts and info.etag is not None and source.supports("get.range"):
            result.close()  # its size and its checksum had to be known
            asked = opt.GetOptions(
                version_id=version_id,
                customer_key=source_customer_key,
                if_match=info.etag if source.supports("get.if_match") else None,
            )
            copied = stream_parts(
                lambda options: source.provider.get(source.full_key(source_key), options),
                asked,
                info,
                result.compared_with,
                result.exactly,
                target.provider,
                target.full_key(key),
                target.put_options(key, arguments),
                target.transfer,
                progress,
            )
            copied = dataclasses.replace(copied, key=key)
        else:
            copied = target.put(key, result, progress=progress, expected_size=info.size, **arguments)
    _compare(whole, copied)
    return copied


def _come_along(
    source: Storage,
    source_key: str,
    target: Storage,
    key: str,
    version_id: str | None,
    info: ObjectInfo,
    write: Mapping[str, Any],
) -> dict[str, Any]:
    """What the copy takes from its source, beside the bytes."""
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
    return come_along


def _checks(target: Storage, whole: Checksum, *, in_parts: bool) -> bool:
    """Whether the target compares an object with such a checksum: of objects in parts, S3 takes CRCs only."""
    if whole.algorithm not in target.capabilities.checksums.algorithms:
        return False
    return not in_parts or (can_combine(whole.algorithm) and target.supports("checksums.full_object", safety=True))


def _compare(whole: Checksum | None, copied: PutResult) -> None:
    """What the target says that it has is what the source had."""
    for told in copied.checksums:
        if whole and not told.composite and told.algorithm == whole.algorithm and told.value != whole.value:
            raise ChecksumMismatch(
                f"the copy's {told.algorithm} is {told.value}, that of the source {whole.value}",
                key=copied.key,
                operation="copy_between",
                hint="The copy is there and is wrong: delete it, then copy again.",
            )


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
