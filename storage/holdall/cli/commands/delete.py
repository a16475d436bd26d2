"""``blob delete``: one object, or all below a prefix."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import exits, param_types, places
from holdall.cli.asking import ask
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.listings import Filter, Listing
from holdall.cli.output import is_terminal, tell
from holdall.cli.session import Session, pass_session
from holdall.cli.text import escape, human_size, plural
from holdall.errors import InvalidLocation, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from holdall.config import Target
    from holdall.models import ObjectEntry
    from holdall.storage import Storage
    from holdall.transfer.deleting import DeleteSummary

COUNTED = 10_000
"""Objects that are counted before asking; counting more would only take longer."""

EXAMPLES = (
    Example("One object", "blob delete blob://lake/reports/2025.csv"),
    Example("What would go", "blob delete blob://lake/tmp/ --recursive --dry-run --format keys"),
    Example("Everything below a prefix that is older than 90 days, without asking",
            "blob delete blob://lake/logs/ --recursive --older-than 90d --force"),
)  # fmt: skip
WRITES = """
{"bucket", "key", "version_id", "delete_marker"} for one object; with --recursive {"bucket", "prefix", "deleted_count",
"failed_count", "failures": [{"key", "error", "message"}]}; with both and --dry-run what 'blob list' writes, and
"dry_run": true.
"""


@command("delete", examples=EXAMPLES, writes=WRITES, formats=("json", "text", "table", "keys"))
@click.argument("location", shell_complete=complete_location)
@click.option("--recursive", "-r", is_flag=True, help="All objects below LOCATION, which ends with a slash.")
@click.option("--older-than", type=param_types.DURATION, help="Only objects that did not change for so long, e.g. 90d.")
@click.option("--force", "-f", is_flag=True, help="Do not ask.")
@click.option("--version-id", help="Remove this version for good.")
@pass_session
def delete(
    session: Session,
    *,
    location: str,
    recursive: bool,
    older_than: timedelta | None,
    force: bool,
    version_id: str | None,
) -> int:
    """Delete the object LOCATION, or with --recursive all objects below it.

    Deleting what is not there succeeds. In a bucket that keeps versions an object is hidden, and its versions stay;
    --version-id removes one of them. A recursive delete asks first, and is refused where nobody can answer, unless
    --force is given.
    """
    if session.form == "keys" and not (recursive and session.dry_run):
        raise click.UsageError("--format keys shows what would go: it is for --recursive with --dry-run")
    if recursive:
        if version_id is not None:
            raise click.UsageError("--recursive and --version-id contradict each other")
        return _delete_below(session, location, older_than, force=force)
    if older_than is not None:
        raise click.UsageError("--older-than goes with --recursive")
    _delete_one(session, places.find_object(session, location, version_id))
    return exits.OK


COMMAND = delete


def _delete_one(session: Session, target: Target) -> None:
    with places.open_store(target) as storage:
        record: dict[str, Any] = {"bucket": storage.info.bucket, "key": target.key, "version_id": target.version_id}
        if session.dry_run:
            session.say(f"would delete {places.describe(target)}")
            session.record(record | {"delete_marker": None, "dry_run": True})
            return
        session.explain(f"deleting {places.describe(target)}")
        result = storage.delete(target.key, version_id=target.version_id)
        record |= {"version_id": result.version_id or target.version_id, "delete_marker": result.delete_marker}
        session.record(record)


def _delete_below(session: Session, location: str, older_than: timedelta | None, *, force: bool) -> int:
    target = places.require_bucket(places.find(session, location))
    if target.version_id is not None:
        raise InvalidLocation("a recursive delete takes no version", hint="Leave out ?versionId=…")
    if target.store.kind.scheme == "file" and target.store.settings.where == "/" and not target.key:
        raise InvalidLocation("this would delete every file of this machine", hint="Name a folder.")
    if link := places.linked(location):  # to anywhere, the machine's root included
        raise InvalidLocation(
            f"{location} is a symbolic link, and a recursive delete does not begin behind one",
            hint=f"Name the folder itself: file://{link.resolve()}/",
        )
    if target.key and not target.key.endswith("/"):
        raise InvalidLocation(
            f"{location} does not end with a slash, and keys that only begin like it would be deleted too",
            hint=f"Write {location}/ for what is below it, or leave out --recursive for the one object.",
        )
    chosen = Filter(before=None if older_than is None else _before(older_than))
    with places.open_store(target) as storage:
        if session.dry_run:
            head = {"bucket": storage.info.bucket, "prefix": target.key, "dry_run": True}
            listing = Listing(session.output, session.form, head)
            listing.write(_entries(storage, target, chosen))
            session.say(f"would delete {plural(listing.count, 'object')}, {human_size(listing.size)}")
            return exits.OK
        if not force and not _agreed(storage, target, chosen, location):
            session.say("Nothing was deleted.")
            return exits.USER_ERROR
        summary = storage.delete_many(entry.key for entry in _entries(storage, target, chosen))
        return _tell(session, storage, target, summary)


def _before(older_than: timedelta) -> datetime:
    try:
        return datetime.now(UTC) - older_than
    except OverflowError:  # before the calendar begins: nothing is so old
        return datetime.min.replace(tzinfo=UTC)


def _entries(storage: Storage, target: Target, chosen: Filter) -> Iterator[ObjectEntry]:
    return filter(chosen.passes, storage.list(target.key))


def _agreed(storage: Storage, target: Target, chosen: Filter, location: str) -> bool:
    """Asks, and says what is at stake; for all of a bucket or store its name has to be typed."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise InvalidRequest(
            "a recursive delete asks first, and there is nobody to answer",
            hint="Look with --dry-run, then give --force.",
        )
    count = size = 0
    for entry in islice(_entries(storage, target, chosen), COUNTED):
        count += 1
        size += entry.size
    if not count:
        return True
    many = f"{COUNTED:,} objects or more" if count == COUNTED else f"{plural(count, 'object')} ({human_size(size)})"
    if target.key:
        return ask(f"Delete {many} below {escape(location)}? [y/N]: ").lower() in {"y", "yes"}
    name = target.store.settings.bucket or target.store.name
    return ask(f"Delete {many}, all that {escape(location)} holds? Type {escape(name)} to go on: ") == name


def _tell(session: Session, storage: Storage, target: Target, summary: DeleteSummary) -> int:
    failures = [(outcome.key, outcome.error) for outcome in summary.failed if outcome.error is not None]
    record = {
        "bucket": storage.info.bucket,
        "prefix": target.key,
        "deleted_count": summary.deleted,
        "failed_count": len(failures),
        "failures": [{"key": key, "error": type(error).__name__, "message": error.message} for key, error in failures],
    }
    session.record(record)
    for key, error in failures:
        tell(f"failed: {escape(key)}: {escape(error.message or type(error).__name__)}")
    return exits.exit_code(failures[0][1]) if failures else exits.OK
