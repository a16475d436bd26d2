"""``blob get``: an object becomes a file, or goes to standard output."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import param_types, places
from holdall.cli.chunks import chunk_size_option
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.progress import progress_bar, progress_option
from holdall.cli.session import Session, pass_session
from holdall.cli.text import told_time
from holdall.errors import InvalidRequest, NotModified
from holdall.transfer.download import receive
from holdall.transfer.targets import check_target
from holdall.transfer.verify import VERIFY

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from holdall.config import Target
    from holdall.models import ByteRange, DownloadResult
    from holdall.reading import GetResult
    from holdall.storage import Storage
    from holdall.transfer.progress import Progress
    from holdall.transfer.verify import Verify

EXAMPLES = (
    Example("Into the current folder", "blob get blob://lake/reports/2025.csv"),
    Example("To a file", "blob get blob://lake/reports/2025.csv latest.csv"),
    Example("Into a pipe", "blob get blob://lake/reports/2025.csv - | sort"),
    Example("The first KiB, to standard output", "blob get blob://lake/reports/2025.csv - --range 0-1023"),
    Example("The end", "blob get blob://lake/reports/2025.csv tail.bin --range -100"),
    Example("Only if it is newer", "blob get blob://lake/reports/2025.csv --if-modified-since '7 days ago'"),
)
WRITES = """
{"bucket", "key", "size", "etag", "version_id", "content_type", "last_modified", "metadata", "path", "verified_by"};
last_modified is in seconds since 1970 (as text or a table: 2025-11-15T10:30:00Z), size is that of the whole
object, verified_by what proved the bytes: "checksum", "composite-checksum", "metadata-checksum", "etag",
"multipart-etag", or null where nothing could. With "skipped": true (--if-modified-since) nothing was written.
With "-" the object's bytes are written, and nothing else.
"""


@command("get", examples=EXAMPLES, writes=WRITES)
@click.argument("location", shell_complete=complete_location)
@click.argument("target", default=".", type=click.Path(allow_dash=True))
@click.option("--version-id", help="This version.")
@click.option("--range", "byte_range", type=param_types.RANGE, metavar="BYTES",
              help="Only these bytes, both ends included: 0-1023, 100-, -500.")  # fmt: skip
@click.option("--if-match", metavar="ETAG", help="Only if the object's ETag is this one.")
@click.option(
    "--if-modified-since",
    type=param_types.TIME,
    metavar="TIME",
    help="Only if it changed after that, e.g. 2025-11-01 or '7 days ago'; else an existing file stays.",
)
@click.option(
    "--verify",
    type=click.Choice(VERIFY),
    help="auto: prove the bytes by what the store tells about them; strict: fail where it tells nothing; off: don't"
    " look. Default: as the store's settings say.",
)
@chunk_size_option
@progress_option
@pass_session
def get(
    session: Session,
    *,
    location: str,
    target: str,
    version_id: str | None,
    byte_range: ByteRange | None,
    if_match: str | None,
    if_modified_since: datetime | None,
    verify: Verify | None,
    chunk_size: int | None,
    progress: bool | None,
) -> None:
    """Download the object LOCATION to TARGET: a file, a folder, or "-" for standard output.

    Without a target the object comes into the current folder, under its last name. A file appears when all of it has
    arrived and been checked; until then an existing one stays as it is. What an interrupt or a failure that passes
    leaves of a large object, the same command goes on with.
    """
    session.chunk_size = chunk_size
    place = places.find_object(session, location, version_id)
    path = places.local_path(target, instead="blob copy")
    if path is not None:
        path = _file_to_be(target, path, place.key)
    read: dict[str, Any] = {
        "version_id": place.version_id,
        "if_match": if_match,
        "if_modified_since": if_modified_since,
    }
    read = {name: value for name, value in read.items() if value is not None}
    with places.open_store(place) as storage:
        if session.dry_run:
            session.say(f"would get {places.describe(place)} to {target if path is None else path}")
            if path is not None:
                session.record(_record(session.form, place, storage, path) | {"dry_run": True})
            return
        session.explain(f"getting {places.describe(place)}")
        try:
            with session.telling(), progress_bar(session, place.key, wanted=progress) as tell:
                if path is None:
                    mode = verify or storage.transfer.verify
                    with storage.get(place.key, byte_range, verify=mode, **read) as result:
                        _stream(session, result, tell)
                    return
                info = storage.download_file(place.key, path, range=byte_range, progress=tell, verify=verify, **read)
        except NotModified:
            if path is None:  # no bytes at all would pass for an empty object
                raise
            session.say(f"skipped: {places.describe(place)} did not change after that time")
            session.record(_record(session.form, place, storage, path) | {"skipped": True})
            return
        session.record(_record(session.form, place, storage, path, info))


COMMAND = get


def _file_to_be(text: str, path: Path, key: str) -> Path:
    """The file to write.

    Raises:
        InvalidRequest: There can't be one.
    """
    if os.path.isdir(path):  # noqa: PTH112 - of a name that is too long it says no, and Path.is_dir raises
        name = key.rstrip("/").rpartition("/")[2]
        if name in {"", ".", ".."} or "\0" in name:
            raise InvalidRequest(f"the key {key!r} ends with no name for a file", hint="Name the file.")
        path /= name
    elif text.endswith("/"):
        raise InvalidRequest(f"the folder {text!r} is not there", hint="Create it first.")
    check_target(path)
    return path


def _stream(session: Session, result: GetResult, tell: Progress | None) -> None:
    """Writes the bytes to standard output; until the last one is checked the session has that they may be wrong."""

    def write(chunk: bytes) -> None:
        session.output.data(chunk)
        session.streamed += len(chunk)

    receive(result, write, tell)
    session.streamed = 0


def _record(
    form: str, place: Target, storage: Storage, path: Path, info: DownloadResult | None = None
) -> dict[str, Any]:
    return {
        "bucket": storage.info.bucket,
        "key": place.key,
        "size": info and info.size,
        "etag": info and info.etag,
        "version_id": info.version_id if info else place.version_id,
        "content_type": info and info.content_type,
        "last_modified": info and told_time(info.last_modified, form),
        "metadata": dict(info.metadata) if info else None,
        "path": str(path),
        "verified_by": info and info.verified_by,
    }
