"""``blob uploads``: unfinished uploads, which cost money until they are completed or aborted."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import exits, param_types, places
from holdall.cli.asking import ask
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.output import is_terminal, tell
from holdall.cli.session import Session, pass_session
from holdall.cli.text import escape, plural, rfc3339
from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from holdall.config import Target
    from holdall.models import UploadInfo
    from holdall.storage import Storage

EXAMPLES = (
    Example("Of the default store", "blob uploads"),
    Example("Those that nobody is likely to go on with", "blob uploads blob://lake/ --older-than 7d --format table"),
    Example("Away with these, without asking", "blob uploads blob://lake/ --older-than 7d --abort --force"),
)
WRITES = """
[{"key", "upload_id", "initiated", "storage_class"}]; with --abort {"bucket", "prefix", "aborted_count", "failed_count",
"failures": [{"key", "upload_id", "error", "message"}]}, and with --dry-run, too, the list of what would go.
"""


@command("uploads", examples=EXAMPLES, writes=WRITES)
@click.argument("location", required=False, shell_complete=complete_location)
@click.option("--older-than", type=param_types.DURATION, help="Only uploads that were begun so long ago, e.g. 7d.")
@click.option("--abort", is_flag=True, help="Abort them: their parts are deleted, and whoever still sends them fails.")
@click.option("--exact", is_flag=True, help="Only uploads of the one key that LOCATION names; MinIO lists no others.")
@click.option("--force", "-f", is_flag=True, help="Do not ask.")
@pass_session
def uploads(
    session: Session, *, location: str | None, older_than: timedelta | None, abort: bool, exact: bool, force: bool
) -> int:
    """List the unfinished uploads of keys that begin as LOCATION says; with --abort, drop them.

    An upload that was interrupted stays at the store, unseen, and its parts cost money. 'blob resume' goes on with one.
    Aborting asks first, and is refused where nobody can answer, unless --force is given.
    """
    target = places.require_bucket(places.find(session, location))
    with places.open_store(target) as storage:
        if not abort or session.dry_run:
            found = storage.uploads.list(target.key, older_than=older_than, exact=exact)
            rows = [_row(upload) for upload in found]
            session.output.rows(rows, session.form)
            if abort:
                session.say(f"would abort {plural(len(rows), 'upload')}")
            return exits.OK
        if not force and not _agreed(storage, target, older_than, exact=exact):
            session.say("Nothing was aborted.")
            return exits.USER_ERROR
        return _abort(session, storage, target, older_than, exact=exact)


COMMAND = uploads


def _row(upload: UploadInfo) -> dict[str, Any]:
    return {
        "key": upload.key,
        "upload_id": upload.upload_id,
        "initiated": rfc3339(upload.initiated),
        "storage_class": upload.storage_class,
    }


def _agreed(storage: Storage, target: Target, older_than: timedelta | None, *, exact: bool) -> bool:
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise InvalidRequest(
            "aborting uploads asks first, and there is nobody to answer",
            hint="Look without --abort, then give --force.",
        )
    found = list(storage.uploads.list(target.key, older_than=older_than, exact=exact))
    if not found:
        return True
    for upload in found:
        click.echo(f"{escape(upload.key)}  {rfc3339(upload.initiated) or '-'}", err=True)
    return ask(f"Abort {plural(len(found), 'upload')}? [y/N]: ").lower() in {"y", "yes"}


def _abort(session: Session, storage: Storage, target: Target, older_than: timedelta | None, *, exact: bool) -> int:
    summary = storage.uploads.abort_all(target.key, older_than=older_than or timedelta(0), exact=exact)
    session.record(
        {
            "bucket": storage.info.bucket,
            "prefix": target.key,
            "aborted_count": len(summary.aborted),
            "failed_count": len(summary.failures),
            "failures": [
                {
                    "key": upload.key,
                    "upload_id": upload.upload_id,
                    "error": type(error).__name__,
                    "message": error.message,
                }
                for upload, error in summary.failures
            ],
        }
    )
    for upload, error in summary.failures:
        tell(f"failed: {escape(upload.key)}: {escape(error.message or type(error).__name__)}")
    return exits.exit_code(summary.failures[0][1]) if summary.failures else exits.OK
