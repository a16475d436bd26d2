"""``blob list``: objects, or the buckets of a store."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from holdall.cli import param_types, places
from holdall.cli.command import ALL_FORMATS, Example, command
from holdall.cli.completing import complete_location
from holdall.cli.listings import Filter, Listing, select
from holdall.cli.session import Session, pass_session
from holdall.cli.text import rfc3339
from holdall.errors import InvalidLocation

if TYPE_CHECKING:
    from datetime import datetime

    from holdall.config import Target

PAGE = 1000
"""Entries that S3 puts on a page at most; asking for fewer than the limit would cost requests."""

EXAMPLES = (
    Example("One level, as a table", "blob list blob://lake/ --format table"),
    Example("Everything below a prefix", "blob list blob://lake/reports/ --recursive"),
    Example("Keys only, for other programs", "blob list blob://lake/reports/ --format keys | head -1"),
    Example("Keys that may hold anything", "blob list blob://lake/ -r --format keys --null | xargs -0 -n 1 echo"),
    Example("A large bucket, quickly", "blob list blob://lake/ -r --parallel 8 --format keys > keys.txt"),
    Example("What changed lately", "blob list blob://lake/ --since '7 days ago' --format keys"),
    Example(
        "Large objects of one month", "blob list blob://lake/ --since 2025-11-01 --before 2025-12-01 --min-size 1MB"
    ),
)
WRITES = """
{"bucket", "prefix", "objects": [{"key", "size", "last_modified", "etag", "storage_class"}], "prefixes", "total_count",
"total_size"}; sizes in bytes, times as 2025-11-15T10:30:00Z. For a store that names no bucket:
{"buckets": [{"name", "created", "region"}], "total_count"}. text: size, time, ETag, class, key with tabs between.
keys: one key a line, control characters written as \\n, \\x1b; --null writes keys as they are, a NUL behind each.
"""


@command("list", examples=EXAMPLES, writes=WRITES, formats=ALL_FORMATS)
@click.argument("location", required=False, shell_complete=complete_location)
@click.option("--recursive", "-r", is_flag=True, help='All levels. Without it, one level and its prefixes ("folders").')
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many.")
@click.option("--since", type=param_types.TIME, metavar="TIME", help="Changed then or later, e.g. '7 days ago'.")
@click.option("--before", type=param_types.TIME, metavar="TIME", help="Changed before that, e.g. 2025-11-15.")
@click.option("--min-size", type=param_types.SIZE, help="At least so large, e.g. 1MB.")
@click.option("--max-size", type=param_types.SIZE, help="At most so large, e.g. 8MiB.")
@click.option(
    "--parallel", type=click.IntRange(min=1), default=1,
    help="Requests at the same time, where all levels are listed: quicker for many thousands of objects. Default: 1.",
)  # fmt: skip
@click.option(
    "--null", "-0", "null", is_flag=True, help="Keys as they are, with a NUL behind each (with --format keys)."
)
@pass_session
def list_(
    session: Session,
    *,
    location: str | None,
    recursive: bool,
    limit: int | None,
    since: datetime | None,
    before: datetime | None,
    min_size: int | None,
    max_size: int | None,
    parallel: int,
    null: bool,
) -> None:
    """List the objects whose keys begin as LOCATION says; without it, those of the default store.

    Of a store that names no bucket the buckets are listed. Filters (--since, --before, --min-size, --max-size) look at
    all levels, since prefixes have neither time nor size.
    """
    if null and session.form != "keys":
        raise click.UsageError("--null goes with --format keys")
    chosen = Filter(since, before, min_size, max_size)
    if location is not None and not location.endswith("/") and (link := places.linked(location)):
        raise InvalidLocation(
            f"{location} is a symbolic link, and a listing leaves links out",
            hint=f"Write {location}/ for what is below it." if link.is_dir() else f"'blob head {location}' follows it.",
        )
    target = places.find(session, location)
    if places.is_account(target):
        if chosen or recursive:
            raise click.UsageError("buckets can't be filtered, nor listed recursively; name one of them")
        _list_buckets(session, target, limit)
        return
    with places.open_store(target) as storage:
        page_size = limit if limit is not None and limit < PAGE and not chosen else None
        delimiter = "" if recursive or chosen else "/"
        pages = storage.list_pages(target.key, delimiter=delimiter, page_size=page_size, parallel=parallel)
        head = {"bucket": storage.info.bucket, "prefix": target.key}
        listing = Listing(session.output, session.form, head, end="\0" if null else "\n")
        listing.write(select(pages, chosen, limit))


COMMAND = list_


def _list_buckets(session: Session, target: Target, limit: int | None) -> None:
    with places.open_account(session, target) as account:
        buckets = [
            {"name": each.name, "created": rfc3339(each.created), "region": each.region}
            for each in islice(account.list(), limit)
        ]
    if session.form == "json":
        session.record({"buckets": buckets, "total_count": len(buckets)})
    elif session.form == "keys":
        session.output.text("".join(f"{each['name']}\n" for each in buckets))
    else:
        session.output.rows(buckets, session.form)
