"""Completion of what only the configuration and the stores know: store names, buckets, keys.

The shell calls the command again and waits for it, so this asks for one page of one level at most, and is silent about
everything that goes wrong.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from holdall.config import Config

SCHEMES = ("blob://", "s3://", "file:///", "memory://")
MOST = 200
"""Keys to offer at most; nobody reads more."""


def complete_store(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Store names."""
    try:
        return [CompletionItem(name) for name in _config().store_names() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - see the module's docstring
        return []


def complete_location(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Locations: schemes, then stores, then buckets or keys up to the next slash."""
    try:
        return [CompletionItem(each) for each in _locations(incomplete) if _fits(each, incomplete)]
    except Exception:  # noqa: BLE001 - see the module's docstring
        return []


def complete_upload(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Locations, and those of unfinished uploads: they are no objects yet."""
    try:
        found = dict.fromkeys([*_uploads(incomplete), *_locations(incomplete)])
        return [CompletionItem(each) for each in found if _fits(each, incomplete)]
    except Exception:  # noqa: BLE001 - see the module's docstring
        return []


def _uploads(incomplete: str) -> list[str]:
    """Unfinished uploads, in a store with a bucket."""
    from holdall import opening  # noqa: PLC0415 - pydantic takes its time

    scheme, _, rest = incomplete.partition("://")
    if scheme not in {"blob", "s3"} or "/" not in rest:
        return []
    target = _config().locate(incomplete)
    if target.store.settings.spans_account:
        return []
    beginning = incomplete[: len(incomplete) - len(target.key)]
    with opening.storage_of(target.store) as storage:
        if not storage.supports("multipart.list_uploads"):
            return []
        return [beginning + upload.key for upload in islice(storage.uploads.list(target.key), MOST)]


def _fits(location: str, incomplete: str) -> bool:
    """Whether to offer a location; shells take line breaks in a key for further replies."""
    return location.startswith(incomplete) and location.isprintable()


def complete_either(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Locations, and files of this machine."""
    return complete_location(ctx, param, incomplete) or [CompletionItem(incomplete, type="file")]


def _config() -> Config:
    from holdall.config import load_config  # noqa: PLC0415 - pydantic takes its time

    return load_config()


def _locations(incomplete: str) -> list[str]:
    scheme, separator, rest = incomplete.partition("://")
    if not separator:
        return [each for each in SCHEMES if incomplete and each.startswith(incomplete)]
    if scheme == "blob" and "/" not in rest:
        return [f"blob://{name}/" for name in _config().store_names()]
    if scheme not in {"blob", "s3"} or "/" not in rest:
        return []
    return _keys(incomplete)


def _keys(incomplete: str) -> list[str]:
    """Buckets, or keys up to the next slash."""
    from holdall import opening  # noqa: PLC0415 - pydantic takes its time

    config = _config()
    target = config.locate(incomplete)
    if target.store.settings.spans_account:
        with opening.open_account(target.store.name, config=config) as account:
            return [f"{incomplete[: len(incomplete) - len(target.key)]}{each.name}/" for each in account.list()]
    beginning = incomplete[: len(incomplete) - len(target.key)]
    with opening.storage_of(target.store) as storage:
        page = next(storage.list_pages(target.key, delimiter="/", page_size=MOST))
    return [beginning + name for name in (*page.prefixes, *(entry.key for entry in page.entries))]
