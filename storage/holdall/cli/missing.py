"""What is said about an object, a version or a bucket that is not there: in the words in which it was asked for."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from holdall import errors
from holdall.locations import is_url

if TYPE_CHECKING:
    from holdall.cli.session import Session
    from holdall.config import Target

_VERSION = "?versionId="


def headline(error: errors.StorageError, session: Session) -> str | None:
    """Says that what was asked for does not exist; ``None`` for other errors, and where nobody asked for it by name.

    Args:
        error: What stopped the command.
        session: Has the arguments as they were typed.
    """
    found = _asked_for(error, session)
    if found is None:
        return None
    text, _ = found
    match error:
        case errors.VersionNotFound():
            return f'version "{error.version_id}" of object "{_latest(text)}" does not exist'
        case errors.ObjectNotFound():
            return f'object "{text}" does not exist'
        case _:
            return f'bucket "{error.bucket}" does not exist'


def solution(error: errors.StorageError, session: Session) -> str | None:
    """The command that shows what there is instead; ``None`` where there is none.

    Args:
        error: What stopped the command.
        session: Has the arguments as they were typed.
    """
    found = _asked_for(error, session)
    if found is None or isinstance(error, errors.VersionNotFound):
        return None
    text, target = found
    if isinstance(error, errors.ObjectNotFound):
        return f"'{_list_command(_latest(text), session)}' shows which objects there are."
    chosen = target.store.table.get(("bucket",))
    if is_url(text) and session.bucket is None and chosen is not None and chosen.source.by_caller:
        account = f"blob://{target.store.name}/"
        if session.config.locate(account).store.settings.spans_account:
            shown = f"'blob list {account}' shows the buckets of the store"
        else:  # it would list the objects of the bucket that the store has of its own
            shown = f"it is that of the location, looked for in the store {target.store.name!r}, which --store chooses"
    else:
        shown = "'blob config show' tells where a store's is set"
    make = f"import holdall; holdall.open_account({target.store.name!r}).create({error.bucket!r})"
    return f'Check the bucket\'s name: {shown}. To make it: python -c "{make}"'


def _asked_for(error: errors.StorageError, session: Session) -> tuple[str, Target] | None:
    """The argument that names what is missing, and what it leads to."""
    if not isinstance(error, errors.ObjectNotFound | errors.BucketNotFound):
        return None
    for text, target in session.named:
        settings = target.store.settings
        if target.store.name != error.store:
            continue
        if isinstance(error, errors.ObjectNotFound):
            # A store without buckets calls its one bucket by another name.
            if error.key == settings.prefix + target.key and settings.bucket in {None, error.bucket}:
                return text, target
        elif error.bucket is not None and error.bucket == settings.bucket:
            return text, target
    return None


def _latest(text: str) -> str:
    return text.rpartition(_VERSION)[0] if is_url(text) and _VERSION in text else text


def _list_command(text: str, session: Session) -> str:
    above, slash, _ = text.rpartition("/")
    words = ["blob", "list", *([above + slash] if slash else [])]
    for option, value in (("--store", session.store), ("--bucket", session.bucket)):
        words += [option, value] if value is not None else []
    return shlex.join(words)
