"""``blob resume``: go on with an upload that was interrupted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import places
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_upload
from holdall.cli.progress import progress_bar, progress_option
from holdall.cli.session import Session, pass_session
from holdall.cli.text import rfc3339, told_time
from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from holdall.config import Target
    from holdall.models import PutResult
    from holdall.storage import Storage

EXAMPLES = (
    Example("Go on with what 'blob put big.iso blob://lake/' had begun", "blob resume big.iso blob://lake/big.iso"),
    Example("What there is to go on with", "blob resume --list"),
)
WRITES = """
{"bucket", "key", "size", "etag", "version_id", "uploaded_at"}: what 'blob put' writes, but for the storage class, which
was chosen when the upload was begun. With --list:
[{"file", "store", "bucket", "key", "upload_id", "size", "begun"}].
"""


@command("resume", examples=EXAMPLES, writes=WRITES)
@click.argument("source", required=False, type=click.Path())
@click.argument("location", required=False, shell_complete=complete_upload)
@click.option("--list", "listed", is_flag=True, help="Only list the uploads that this machine's journal has.")
@click.option("--upload-id", help="Which upload, if there are several of this key.")
@click.option("--if-not-exists", is_flag=True, help="Refuse to replace an object. Default: as the upload was begun.")
@click.option("--if-match", metavar="ETAG", help="Only replace the object with this ETag. Default: likewise.")
@progress_option
@pass_session
def resume(
    session: Session,
    *,
    source: str | None,
    location: str | None,
    listed: bool,
    upload_id: str | None,
    if_not_exists: bool,
    if_match: str | None,
    progress: bool | None,
) -> None:
    """Go on with the upload of SOURCE, a file, to LOCATION, where it was interrupted, on this machine or another one.

    Repeating 'blob put' does the same, if this machine's journal has the upload; this command needs no journal: it asks
    the store which parts have arrived, compares them with the file, and sends the others. If the file has changed,
    nothing is sent. Everything that was given when the upload was begun, such as metadata, is in it already.
    """
    if listed:
        if source is not None:
            raise click.UsageError("--list goes with no file")
        _list(session)
        return
    if source is None or location is None:
        raise click.UsageError("name the file and where it goes; --list shows what there is to go on with")
    if if_not_exists and if_match is not None:
        raise click.UsageError("--if-not-exists and --if-match contradict each other")
    path = places.local_path(source, instead="blob copy")
    if path is None:
        raise InvalidRequest("standard input can't be read again", hint="Name the file.")
    target = places.find_destination(session, location, path.name)
    session.resume = (source, location)
    with places.open_store(target) as storage:
        if session.dry_run:
            session.say(f"would go on sending {path} to {places.describe(target)}")
            session.record(_record(session, storage, target) | {"dry_run": True})
            return
        with session.telling(), progress_bar(session, target.key, wanted=progress) as tell:
            result = storage.uploads.resume(
                target.key, path, upload_id, progress=tell, if_absent=if_not_exists, if_match=if_match
            )
        session.record(_record(session, storage, target, result))


COMMAND = resume


def _record(session: Session, storage: Storage, target: Target, result: PutResult | None = None) -> dict[str, Any]:
    return {
        "bucket": storage.info.bucket,
        "key": target.key,
        "size": result and result.size,
        "etag": result and result.etag,
        "version_id": result and result.version_id,
        "uploaded_at": result and told_time(datetime.now(UTC), session.form),
    }


def _list(session: Session) -> None:
    from holdall.transfer import journal  # noqa: PLC0415 - not needed for help

    rows = [
        {
            "file": entry.source.path,
            "store": entry.store,
            "bucket": entry.bucket,
            "key": entry.key,
            "upload_id": entry.upload_id,
            "size": entry.source.size,
            "begun": rfc3339(datetime.fromtimestamp(entry.created, UTC)),
        }
        for entry in journal.entries()
        # Without an id the next 'blob put' looks whether the store has begun one; what has no file is only dropped.
        if entry.upload_id is not None and entry.source is not None
    ]
    session.output.rows(rows, session.form)
