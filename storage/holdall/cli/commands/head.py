"""``blob head``: what a store knows about an object, without its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdall.cli import places
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.session import Session, pass_session
from holdall.cli.text import rfc3339
from holdall.errors import AccessError, StorageError, UnsupportedOperation
from holdall.transfer.copying import UNKNOWN_TAGS

if TYPE_CHECKING:
    from holdall.config import Target
    from holdall.models import ObjectInfo
    from holdall.storage import Storage

EXAMPLES = (
    Example("An object", "blob head blob://lake/reports/2025.csv"),
    Example("Is it there? The exit code tells: 0, or 1", "blob head blob://lake/reports/2025.csv --quiet"),
)
WRITES = """
{"bucket", "key", "size", "etag", "version_id", "content_type", "last_modified", "storage_class", "metadata", "tags"},
and where the object has them "content_encoding", "content_language", "content_disposition", "cache_control", "expires",
"checksums", "encryption", "expiration". last_modified is as 2025-11-15T10:30:00Z. tags are null where they may not be
read.
"""
HEADERS = ("content_encoding", "content_language", "content_disposition", "cache_control")


@command("head", examples=EXAMPLES, writes=WRITES)
@click.argument("location", shell_complete=complete_location)
@click.option("--version-id", help="This version.")
@pass_session
def head(session: Session, *, location: str, version_id: str | None) -> None:
    """Show what is known about the object LOCATION: size, time, type, metadata, tags."""
    target = places.find_object(session, location, version_id)
    read: dict[str, Any] = {} if target.version_id is None else {"version_id": target.version_id}
    with places.open_store(target) as storage:
        if storage.supports("checksums.stored"):
            read["checksums"] = True
        info = storage.head(target.key, **read)
        tags = _tags(session, storage, target, info)
        session.record(_record(storage, info, tags))


COMMAND = head


def _tags(session: Session, storage: Storage, target: Target, info: ObjectInfo) -> dict[str, str] | None:
    """The object's tags; ``None`` where they can't be had."""
    feature = "tags.objects" if target.version_id is None else "tags.versions"
    if info.tag_count == 0 or not storage.supports("tags.objects"):
        return {}
    if not storage.supports(feature):
        return None
    try:
        return storage.tags.get(target.key, version_id=target.version_id)
    except UnsupportedOperation:  # it was not known before; now it is
        return {}
    except AccessError:
        session.say("The tags may not be read with these credentials.")
        return None
    except StorageError:
        if storage.supports(feature, safety=True):
            raise
        session.say(UNKNOWN_TAGS)
        return None


def _record(storage: Storage, info: ObjectInfo, tags: dict[str, str] | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "bucket": storage.info.bucket,
        "key": info.key,
        "size": info.size,
        "etag": info.etag,
        "version_id": info.version_id,
        "content_type": info.content_type,
        "last_modified": rfc3339(info.last_modified),
        "storage_class": info.storage_class,
        "metadata": dict(info.metadata),
        "tags": tags,
    }
    extra: dict[str, Any] = {name: getattr(info, name) for name in HEADERS} | {
        "expires": rfc3339(info.expires),
        "checksums": {each.algorithm.value: each.value for each in info.checksums},
        "encryption": info.encryption and info.encryption.algorithm,
        "expiration": info.expiration,
    }
    return record | {name: value for name, value in extra.items() if value}
