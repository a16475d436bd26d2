"""What an argument names: an object or prefix in a store, a file of this machine, or a standard stream.

In a store: a location (``blob://…``, ``s3://…``), or a plain key where ``--store``, ``--bucket`` or ``BLOB_BUCKET``
says where. What looks like a path of this machine is refused there: guessing would put files where nobody looks.

The bucket of a plain key is ``--bucket``, else ``BLOB_BUCKET``, else the store's own. The option names the bucket of
``blob://`` locations as well; the variable does not: what a location means must not depend on who runs the command.
A store that has one bucket and no others refuses both, so that nothing goes into another bucket than the one named.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from holdall.errors import InvalidLocation, InvalidRequest
from holdall.locations import is_url, parse_location

if TYPE_CHECKING:
    from holdall.account import Account
    from holdall.cli.session import Session
    from holdall.config import ResolvedStore, Target
    from holdall.storage import Storage

BUCKET_VARIABLE = "BLOB_BUCKET"
STREAM = "-"
_PATH_STARTS = ("/", "./", "../", "~", ".\\", "..\\")


def open_store(target: Target) -> Storage:
    """The opened store of a place; no request."""
    from holdall.opening import storage_of  # noqa: PLC0415 - pydantic takes its time

    return storage_of(target.store)


def open_account(session: Session, target: Target) -> Account:
    """The opened account of a place that names no bucket; no request."""
    from holdall import opening  # noqa: PLC0415 - pydantic takes its time

    return opening.open_account(target.store.name, config=session.config, **session.overrides)


def store_of(session: Session, name: str | None) -> ResolvedStore:
    """The store that an argument names. No request, and nothing is opened.

    Args:
        session: Has the configuration and the options about stores.
        name: Its name, or a location in it; ``None`` is the chosen store.

    Raises:
        StorageError: As ``find``.
    """
    if name is not None and is_url(name):
        return find(session, name).store
    from holdall.config import Target  # noqa: PLC0415 - pydantic takes its time

    store = chosen_store(session, name)
    session.named.append((name or "", Target(store, "")))  # so that a bucket of its that is missing is told as such
    return store


def find(session: Session, text: str | None, *, other: str = "") -> Target:
    """The place in a store that an argument names. No request, and nothing is opened.

    Args:
        session: Has the configuration and the options about stores.
        text: The argument; ``None`` is the beginning of the chosen store.
        other: What to use for files of this machine, for the hint.

    Raises:
        InvalidLocation: It names no place in a store.
        InvalidRequest: A bucket is named, and the store has no others than its own.
        ConfigurationError: The store is not configured, or its settings are wrong.
    """
    target = _find(session, text, other)
    session.named.append((text or "", target))
    return target


def _find(session: Session, text: str | None, other: str) -> Target:
    from holdall.config import Target  # noqa: PLC0415 - pydantic takes its time

    if text is not None and is_url(text):
        location = parse_location(text)
        if location.scheme == "blob" and session.store not in {None, location.store}:
            raise InvalidLocation(
                f"--store {session.store} and the location's store {location.store} contradict each other",
                hint="Leave one of them out.",
            )
        if session.bucket is not None:
            _require_buckets(session.config.locate(location, store=session.store).store, "--bucket", session.bucket)
        return session.config.locate(location, store=session.store, overrides=session.overrides)
    if text is not None:
        _refuse_path(session, text, other)
    return Target(chosen_store(session), text or "")


def chosen_store(session: Session, name: str | None = None) -> ResolvedStore:
    """A store, with the bucket of plain keys. No request, and nothing is opened.

    Args:
        session: Has the configuration and the options about stores.
        name: The store, where the command is about a store and not about plain keys; ``BLOB_BUCKET`` is then no more
            than the default of a store that names no bucket.

    Raises:
        InvalidRequest: ``--bucket`` or ``BLOB_BUCKET`` names a bucket, and the store has no others than its own.
        ConfigurationError: The store is not configured, or its settings are wrong.
    """
    named, bucket = "--bucket", session.bucket
    if bucket is None and name is None:
        named, bucket = BUCKET_VARIABLE, os.environ.get(BUCKET_VARIABLE) or None
    name = name or session.store
    without = {setting: value for setting, value in session.overrides.items() if setting != "bucket"}
    store = session.config.resolve(name, without)
    if bucket is None:
        return store
    _require_buckets(store, named, bucket)
    return session.config.resolve(name, {**without, "bucket": bucket})


def _require_buckets(store: ResolvedStore, named: str, bucket: str) -> None:
    """Refuses to choose a bucket in a store, as it is configured, that is one bucket and has no others."""
    if store.settings.bucket is not None or store.settings.spans_account:
        return
    leave = f"Unset {named}" if named == BUCKET_VARIABLE else f"Leave out {named}"
    own = f", or write blob://{store.name}/<key>" if named == BUCKET_VARIABLE else ""
    raise InvalidRequest(
        f"{named} names the bucket {bucket!r}, and the store {store.name!r} has no buckets to choose from",
        store=store.name,
        hint=f"{leave}{own}, or choose a store with buckets by --store; 'blob stores' lists them.",
    )


def find_object(session: Session, text: str, version_id: str | None = None, *, other: str = "") -> Target:
    """As ``find``, and it must name an object.

    Args:
        session: Has the configuration and the options about stores.
        text: The argument.
        version_id: What ``--version-id`` says.
        other: What to use for files of this machine, for the hint.

    Raises:
        InvalidLocation: It names no object, or two versions.
    """
    target = require_bucket(find(session, text, other=other))
    if not target.key:
        raise InvalidLocation(f"{text} names no object", hint=f"Write {text.rstrip('/')}/<key>.")
    if version_id is None:
        return target
    if target.version_id not in {None, version_id}:
        raise InvalidLocation("the location and --version-id name different versions", hint="Leave one of them out.")
    return dataclasses.replace(target, version_id=version_id)


def find_destination(session: Session, text: str, name: str | None, *, other: str = "") -> Target:
    """As ``find_object``; a location that ends with a slash, or has no key, takes the source's name.

    Args:
        session: Has the configuration and the options about stores.
        text: The argument.
        name: Last name of the source; ``None`` where it has none (standard input).
        other: What to use for files of this machine, for the hint.

    Raises:
        InvalidLocation: There is no name to take, or a version is named: new versions get their ids from the store.
    """
    target = require_bucket(find(session, text, other=other))
    if target.version_id is not None:
        raise InvalidLocation("a version can't be written to", hint="Leave out ?versionId=…")
    if target.key and not target.key.endswith("/"):
        return target
    if not name:
        raise InvalidLocation(f"{text} names no object, and the source has no name to take", hint="Name the object.")
    target = dataclasses.replace(target, key=target.key + name)
    session.named[-1] = (f"{text}{'' if text.endswith('/') else '/'}{name}", target)
    return target


def require_bucket(target: Target) -> Target:
    """The place, if it is in a bucket.

    Raises:
        InvalidLocation: Its store spans an account, and no bucket is named.
    """
    if is_account(target):
        name = target.store.name
        raise InvalidLocation(
            f"store {name!r} names no bucket", hint=f"Write blob://{name}/<bucket>/<key>, or give --bucket."
        )
    return target


def is_account(target: Target) -> bool:
    """Whether a place is an account as a whole: its buckets."""
    return target.store.settings.spans_account


def describe(target: Target, key: str | None = None) -> str:
    """A place in words, for messages.

    Args:
        target: The place.
        key: Another key in the same store.
    """
    bucket = target.store.settings.bucket
    return f"{target.key if key is None else key} (store {target.store.name}{f', bucket {bucket}' if bucket else ''})"


def local_path(text: str, *, instead: str) -> Path | None:
    """The file that an argument names; ``None`` for a standard stream.

    Args:
        text: A path, a ``file:///`` location, or ``-``.
        instead: The command for locations in stores, for the hint.

    Raises:
        InvalidRequest: It is a location in a store.
    """
    if text == STREAM:
        return None
    if is_url(text):
        if text.lower().startswith("file://"):
            return Path("/" + parse_location(text).path)
        raise InvalidRequest(f"{text} is not a file of this machine", hint=f"Use '{instead}'.")
    return Path(text)


def linked(text: str | None) -> Path | None:
    """The symbolic link of this machine that a ``file:///`` location is, with or without a slash at its end.

    Args:
        text: The argument.
    """
    if text is None or not text.lower().startswith("file://"):
        return None
    path = Path("/" + parse_location(text).path)  # without a slash at the end, so that it is the link itself
    return path if path.is_symlink() else None


def _refuse_path(session: Session, text: str, other: str) -> None:
    given = session.store or session.bucket or os.environ.get(BUCKET_VARIABLE)
    if text != STREAM and given and not text.startswith(_PATH_STARTS):
        return
    what = "a standard stream" if text == STREAM else "a path or a plain key"
    raise InvalidLocation(
        f"{text!r} is {what}, and a location in a store is needed",
        hint=other or "Write blob://<store>/<key> or s3://<bucket>/<key>; plain keys need --store or --bucket.",
    )
