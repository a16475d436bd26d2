"""``blob copy``: from one place in a store to another, by the store itself where it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import param_types, places
from holdall.cli.chunks import check_chunk_size, chunk_size_option
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location
from holdall.cli.progress import progress_bar, progress_option
from holdall.cli.session import Session, pass_session
from holdall.errors import InvalidRequest, ObjectAlreadyExists, UnsupportedOperation
from holdall.models import CopySource

if TYPE_CHECKING:
    from holdall.config import Target
    from holdall.models import CopyResult, ObjectInfo, PutResult
    from holdall.storage import Storage
    from holdall.transfer.progress import Progress

EXAMPLES = (
    Example("Within a store", "blob copy blob://lake/reports/2025.csv blob://lake/archive/"),
    Example("To another store", "blob copy blob://lake/reports/2025.csv blob://backup/2025.csv"),
    Example(
        "With one more entry of metadata", "blob copy blob://lake/app.zip blob://lake/v1.zip --metadata version=1.0.0"
    ),
    Example("Only if there is none yet", "blob copy blob://lake/a.csv blob://backup/a.csv --if-not-exists"),
)
WRITES = """
{"source": {"bucket", "key", "version_id"}, "bucket", "key", "etag", "version_id", "server_side"}. With "skipped": true
(--if-not-exists) or "dry_run": true nothing was copied.
"""
USE_OTHERS = "Use 'blob put' for a file of this machine as the source, 'blob get' for one as the target."
CONTENT = ("content_type", "content_encoding", "content_language", "content_disposition", "cache_control", "expires")


@command("copy", examples=EXAMPLES, writes=WRITES)
@click.argument("source", shell_complete=complete_location)
@click.argument("target", shell_complete=complete_location)
@click.option("--if-not-exists", is_flag=True, help="Leave an object that is there already as it is; that is no error.")
@click.option("--metadata", multiple=True, metavar="NAME=VALUE", callback=param_types.read_pairs(commas=False),
              help="Metadata to add to the source's, or to replace in it; may be given several times.")  # fmt: skip
@click.option(
    "--metadata-directive",
    type=click.Choice(["COPY", "REPLACE"], case_sensitive=False),
    help="COPY: the source's metadata, unchanged. REPLACE: that of --metadata, and none of the source's.",
)
@click.option(
    "--storage-class", help="Storage class of the copy. Default: the source's, in another store that store's."
)
@chunk_size_option
@progress_option
@pass_session
def copy(
    session: Session,
    *,
    source: str,
    target: str,
    if_not_exists: bool,
    metadata: dict[str, str],
    metadata_directive: str | None,
    storage_class: str | None,
    chunk_size: int | None,
    progress: bool | None,
) -> None:
    """Copy the object SOURCE to TARGET, with its metadata, tags and content type.

    A target that ends with a slash takes the source's name. Within a store the store copies by itself, if it can;
    between stores the bytes stream through this machine, several parts at a time. The copy is of one version of the
    source, at any size; if that is replaced meanwhile, nothing is written.
    """
    from holdall.between import copy_between  # noqa: PLC0415 - pydantic takes its time

    if metadata and metadata_directive == "COPY":
        raise click.UsageError("--metadata and --metadata-directive COPY contradict each other")
    session.chunk_size = chunk_size
    origin = places.find_object(session, source, other=USE_OTHERS)
    goal = places.find_destination(session, target, origin.key.rpartition("/")[2] or None, other=USE_OTHERS)
    if not (metadata or metadata_directive or storage_class or origin.version_id) and _is_same(origin, goal):
        raise InvalidRequest(
            f"{source} is the source and the target, and nothing of it is to change",
            hint="Name another target; --metadata or --storage-class change an object in its place.",
        )
    with places.open_store(origin) as from_store, places.open_store(goal) as to_store:
        check_chunk_size(to_store, chunk_size)
        server_side = _can_copy_itself(from_store, origin, to_store, goal, if_not_exists=if_not_exists)
        record: dict[str, Any] = {
            "source": {"bucket": from_store.info.bucket, "key": origin.key, "version_id": origin.version_id},
            "bucket": to_store.info.bucket,
            "key": goal.key,
            "etag": None,
            "version_id": None,
            "server_side": server_side,
        }
        if session.dry_run:
            session.say(f"would copy {places.describe(origin)} to {places.describe(goal)}")
            session.record(record | {"dry_run": True})
            return
        write: dict[str, Any] = {} if storage_class is None else {"storage_class": storage_class}
        if if_not_exists:
            write["if_absent"] = True
        replace = metadata_directive == "REPLACE"
        changes = _Changes(metadata, replace=replace) if metadata or replace else None
        session.explain(f"copying {places.describe(origin)} to {places.describe(goal)}")
        try:
            with progress_bar(session, goal.key, wanted=progress) as tell:
                result = None
                if server_side:
                    result = _by_the_store(session, from_store, origin, to_store, goal, write, changes, tell)
                    record["server_side"] = result is not None
                if result is None:
                    if changes is not None:
                        write["metadata"] = _metadata(_look(from_store, origin), changes)
                    result = copy_between(
                        from_store, origin.key, to_store, goal.key, version_id=origin.version_id, progress=tell, **write
                    )
        except ObjectAlreadyExists:
            if not if_not_exists:
                raise
            session.say(f"skipped: {places.describe(goal)} exists")
            session.record(record | {"skipped": True})
            return
        session.tell_emulated(result.emulated)
        session.record(record | {"etag": result.etag, "version_id": result.version_id})


COMMAND = copy


def _is_same(origin: Target, goal: Target) -> bool:
    here, there = origin.store, goal.store
    keys = here.settings.prefix + origin.key, there.settings.prefix + goal.key
    return (here.name, here.settings.bucket, keys[0]) == (there.name, there.settings.bucket, keys[1])


def _can_copy_itself(
    from_store: Storage, origin: Target, to_store: Storage, goal: Target, *, if_not_exists: bool
) -> bool:
    """Whether source and target are in one store that can do what is asked for without the bytes passing here."""
    apart = {"bucket", "prefix", "transfer", "defaults"}
    here, there = origin.store, goal.store
    if here.kind.name != there.kind.name or here.name != there.name:
        return False
    if any(
        getattr(here.settings, name) != getattr(there.settings, name)
        for name in type(here.settings).model_fields
        if name not in apart
    ):
        return False
    if from_store.info.bucket is None and from_store.prefix != to_store.prefix:
        return False
    needed = ["copy.server_side"]
    if from_store.info.bucket != to_store.info.bucket:
        needed.append("copy.across_buckets")
    return all(to_store.supports(feature) for feature in needed) and (
        not if_not_exists or to_store.supports("copy.if_absent", safety=True)
    )


def _source(from_store: Storage, origin: Target) -> CopySource:
    bucket = from_store.info.bucket
    key = origin.key if bucket is None else from_store.full_key(origin.key)  # without a bucket the prefix is added
    return CopySource(key, bucket=bucket, version_id=origin.version_id)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What the user says about metadata.

    Attributes:
        given: Names and values.
        replace: They are all that the copy shall have.
    """

    given: dict[str, str]
    replace: bool


def _by_the_store(
    session: Session,
    from_store: Storage,
    origin: Target,
    to_store: Storage,
    goal: Target,
    write: dict[str, Any],
    changes: _Changes | None,
    tell: Progress | None,
) -> CopyResult | PutResult | None:
    """What became of a copy by the store itself; ``None`` where it can't, which may turn out only then."""
    changed = write if changes is None else write | _with_metadata(from_store, to_store, origin, changes)
    try:
        return to_store.copy(_source(from_store, origin), goal.key, progress=tell, **changed)
    except UnsupportedOperation as error:  # e.g. an object that is too large for it
        session.explain(f"streaming it through this machine: {error.message}")
        return None


def _look(from_store: Storage, origin: Target) -> ObjectInfo:
    return from_store.head(origin.key, version_id=origin.version_id)


def _metadata(info: ObjectInfo, changes: _Changes) -> dict[str, str]:
    given = changes.given
    return given if changes.replace else {**info.metadata, **{name.lower(): value for name, value in given.items()}}


def _with_metadata(from_store: Storage, to_store: Storage, origin: Target, changes: _Changes) -> dict[str, Any]:
    """Arguments for a copy with other metadata. Stores replace content headers along with it, so they are given too."""
    info = _look(from_store, origin)
    write: dict[str, Any] = {name: value for name in CONTENT if (value := getattr(info, name)) is not None}
    write |= {"replace_metadata": True, "metadata": _metadata(info, changes)}
    if info.etag and to_store.supports("copy.source_if_match", safety=True):
        write["source_if_match"] = info.etag  # what was looked at is what is copied
    return write
