"""``blob put``: one file, or standard input, becomes an object."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from holdall.checks import PUT, check_write
from holdall.cli import param_types, places
from holdall.cli.chunks import check_chunk_size, chunk_size_option
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.progress import progress_bar, progress_option
from holdall.cli.session import Session, pass_session
from holdall.cli.text import told_time
from holdall.content_type import guess
from holdall.errors import AccessError, InvalidRequest, ObjectAlreadyExists, ObjectNotFound, SourceNotFound
from holdall.models import ChecksumAlgorithm

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.config import Target
    from holdall.models import ObjectInfo, PutResult
    from holdall.storage import Storage
    from holdall.transfer.progress import Progress

EXAMPLES = (
    Example("A file, under its own name", "blob put report.csv blob://lake/reports/"),
    Example("From a pipe", "echo '{\"ok\": true}' | blob put - blob://lake/state.json"),
    Example(
        "With metadata and tags",
        "blob put app.zip blob://lake/app.zip --metadata version=1.0.0 --metadata build=123 --tags env=prod,team=data",
    ),
    Example("Only if there is none yet", "blob put report.csv blob://lake/first.csv --if-not-exists"),
    Example("Kept with a SHA-256; putting the same file again sends nothing",
            "blob put app.zip blob://lake/v1/app.zip --checksum SHA256"),
)  # fmt: skip
WRITES = """
{"bucket", "key", "size", "etag", "version_id", "storage_class", "uploaded_at"}; uploaded_at is in seconds since 1970
(as text or a table: 2025-11-15T10:30:00Z), by this machine's clock.
With "skipped": true (--if-not-exists), "unchanged": true or "dry_run": true nothing was sent.
"""


_MESSAGES = {
    "dry_run": "would put {source} to {target}",
    "skipped": "skipped: {target} exists",
    "unchanged": "unchanged: {target} has the same SHA-256",
}


@command("put", examples=EXAMPLES, writes=WRITES)
@click.argument("source", type=click.Path(allow_dash=True))
@click.argument("location", shell_complete=complete_location)
@click.option("--metadata", multiple=True, metavar="NAME=VALUE", callback=param_types.read_pairs(commas=False),
              help="User metadata; may be given several times.")  # fmt: skip
@click.option("--tags", multiple=True, metavar="NAME=VALUE", callback=param_types.read_pairs(commas=True),
              help="Tags; several times, or with commas between them.")  # fmt: skip
@click.option("--content-type", help="MIME type. Default: by the key's ending.")
@click.option("--storage-class", help="Storage class [for S3 stores: BLOB_STORAGE_CLASS].")
@click.option("--if-not-exists", is_flag=True, help="Leave an object that is there already as it is; that is no error.")
@click.option("--if-match", metavar="ETAG", help="Only replace the object with this ETag.")
@chunk_size_option
@click.option("--expected-size", type=param_types.SIZE, help="About how long a stream is; sizes the parts.")
@click.option("--checksum", type=click.Choice([each.value for each in ChecksumAlgorithm], case_sensitive=False),
              help="Checksum for the store to check and keep.")  # fmt: skip
@progress_option
@pass_session
def put(
    session: Session,
    *,
    source: str,
    location: str,
    chunk_size: int | None,
    expected_size: int | None,
    if_not_exists: bool,
    checksum: str | None,
    progress: bool | None,
    **given: Any,
) -> None:
    """Upload SOURCE, a file or "-" for standard input, as the object LOCATION.

    A location that ends with a slash takes the file's name. Large objects are sent in parts; nothing is visible under
    the key before everything has arrived. If a large file is interrupted, the same command goes on from there; see
    'blob resume'.

    An object that has the same content already is left alone if that can be proven: if the store keeps its SHA-256 (see
    --checksum), and it differs in nothing that was asked for. ETags prove nothing, since stores make them as they like.
    """
    if if_not_exists and given["if_match"] is not None:
        raise click.UsageError("--if-not-exists and --if-match contradict each other")
    path = places.local_path(source, instead="blob copy")
    if path is not None:
        _check_source(path)
        if expected_size is not None and path.is_file():
            raise click.UsageError("--expected-size is for streams and pipes; a file tells its size by itself")
    session.chunk_size = chunk_size
    target = places.find_destination(session, location, path.name if path else None)
    write = {name: value for name, value in given.items() if value not in (None, {})}
    if checksum is not None:
        write["checksum_algorithm"] = ChecksumAlgorithm(checksum.upper())
    with places.open_store(target) as storage:
        check_chunk_size(storage, chunk_size)
        reason = _reason_not_to(session, storage, target, path, write, if_not_exists=if_not_exists)
        if reason is None:
            session.explain(f"putting {source} to {places.describe(target)}")
            write |= {"if_absent": True} if if_not_exists else {}
            session.resume = (source, location) if path is not None else None
            try:
                with session.telling(), progress_bar(session, target.key, wanted=progress) as tell:
                    result = _send(storage, target.key, path, write, tell, expected_size)
            except ObjectAlreadyExists:
                if not if_not_exists:
                    raise
                reason = "skipped"
            else:
                session.tell_emulated(result.emulated)
                session.record(_record(session.form, target, storage, write, result))
                return
        session.say(_MESSAGES[reason].format(source=source, target=places.describe(target)))
        size = path.stat().st_size if path and reason != "skipped" else None
        session.record(_record(session.form, target, storage, write) | {"size": size, reason: True})


COMMAND = put


def _check_source(path: Path) -> None:
    """Refuses what is no file, before a store is looked for."""
    if os.path.isdir(path):  # noqa: PTH112 - of a name that is too long these say no, and those of Path raise
        raise InvalidRequest(f"{str(path)!r} is a folder", hint="Name a file.")
    if not os.path.exists(path):  # noqa: PTH110
        raise SourceNotFound(f"there is no file {str(path)!r}")


def _reason_not_to(
    session: Session, storage: Storage, target: Target, path: Path | None, write: dict[str, Any], *, if_not_exists: bool
) -> str | None:
    """Why nothing has to be sent, if nothing has to."""
    if session.dry_run:
        return "dry_run"
    if if_not_exists:
        return "skipped" if _is_there(storage, target.key) else None
    if path is not None and _is_unchanged(storage, target.key, path, write):
        return "unchanged"
    return None


def _send(
    storage: Storage,
    key: str,
    path: Path | None,
    write: dict[str, Any],
    progress: Progress | None,
    expected_size: int | None,
) -> PutResult:
    if path is None:
        return storage.put(key, _standard_input(), progress=progress, expected_size=expected_size, **write)
    # A path may lead to a pipe (a FIFO, bash's <(…)), so it may have to be told how long it is as well.
    return storage.upload_file(path, key, progress=progress, expected_size=expected_size, **write)


def _standard_input() -> BinaryIO:
    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)  # closed from the beginning ("<&-"), it is None
    if stream is None:
        raise InvalidRequest("standard input is closed", hint="Give a file, or a pipe to read from.")
    return stream


def _is_there(storage: Storage, key: str) -> bool:
    """Spares sending everything for nothing. The condition on the write decides; being refused here decides nothing."""
    with suppress(AccessError):
        return storage.exists(key)
    return False


def _is_unchanged(storage: Storage, key: str, path: Path, write: dict[str, Any]) -> bool:
    """Whether it can be proven that the object is what the write would make of it."""
    if not path.is_file() or "if_match" in write or not storage.supports("checksums.stored", safety=True):
        return False
    check_write(storage.provider, storage.put_options(key, write), PUT)  # what can't be is refused before any request
    try:
        info = storage.head(key, checksums=True)
    except (ObjectNotFound, AccessError):
        return False
    kept = [each for each in info.checksums if each.algorithm is ChecksumAlgorithm.SHA256 and not each.composite]
    if not kept or info.size != path.stat().st_size or not _has_all(storage, key, info, write):
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return base64.b64encode(digest).decode() == kept[0].value


def _has_all(storage: Storage, key: str, info: ObjectInfo, write: dict[str, Any]) -> bool:
    """Whether everything beside the bytes is as the write would make it; what can't be compared is not."""
    if not write.keys() <= {"metadata", "tags", "content_type", "storage_class", "checksum_algorithm"}:
        return False
    if write.get("checksum_algorithm", ChecksumAlgorithm.SHA256) is not ChecksumAlgorithm.SHA256:
        return False
    metadata = {name.lower(): value for name, value in write.get("metadata", {}).items()}
    wanted_class = write.get("storage_class") or storage.defaults.storage_class or info.storage_class
    content_type = write.get("content_type") or guess(key) or info.content_type
    if (dict(info.metadata), info.storage_class, info.content_type) != (metadata, wanted_class, content_type):
        return False
    if not storage.supports("tags.objects"):
        return True
    tags = storage.tags.get(key) if info.tag_count != 0 else {}
    return bool(tags == write.get("tags", {}))


def _record(
    form: str, target: Target, storage: Storage, write: dict[str, Any], result: PutResult | None = None
) -> dict[str, Any]:
    """What the command writes; the fields of what was not sent are null."""
    return {
        "bucket": storage.info.bucket,
        "key": target.key,
        "size": result and result.size,
        "etag": result and result.etag,
        "version_id": result and result.version_id,
        "storage_class": result and (write.get("storage_class") or storage.defaults.storage_class or "STANDARD"),
        "uploaded_at": result and told_time(datetime.now(UTC), form),
    }
