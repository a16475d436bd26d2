"""Which providers there are: kinds, found through the entry-point group ``holdall.providers``.

The bundled kinds register there like anybody's. A kind is loaded when it is asked for, one at a time: a broken plugin
is an error only for those who use it.
"""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdall.errors import ConfigurationError, ContractViolation, InvalidConfiguration, MissingExtra, UnknownProvider
from holdall.groups import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel

    from holdall.provider import StorageProvider

ENTRY_POINTS = "holdall.providers"


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """What a plugin registers: a name, the model of its settings, and how to make a provider of them.

    Attributes:
        name: The word users write in ``provider = "…"``; equal to the entry point's name.
        settings: Model that validates a store's settings; a subclass of ``holdall.config.StoreSettings``.
        open: Makes a provider. Called with validated settings and the store's name; heavy imports belong in here.
        description: One line for ``blob stores``.
        scheme: URL scheme that leads to stores of this kind (``s3``, ``file``, ``memory``), if any. Several kinds may
            share one: all that speak S3 have ``s3``.
    """

    name: str
    settings: type[BaseModel]
    open: Callable[[Any, str | None], StorageProvider]
    description: str = ""
    scheme: str | None = None


def _entries() -> Sequence[EntryPoint]:
    return _entries_on(tuple((folder, _changed(folder)) for folder in sys.path))


@lru_cache(maxsize=1)
def _entries_on(folders: tuple[tuple[str, int], ...]) -> Sequence[EntryPoint]:  # noqa: ARG001 - the cache's key
    """Entry points, read again when a distribution came or went: reading those of all distributions takes 3 ms."""
    return tuple(entry_points(group=ENTRY_POINTS))


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0  # sys.path may name what is not there


def kinds() -> tuple[str, ...]:
    """Names of all installed provider kinds, without loading any."""
    return _names(_entries())


def _names(entries: Sequence[EntryPoint]) -> tuple[str, ...]:
    return tuple(sorted({entry.name for entry in entries}))


def load(name: str) -> ProviderKind:
    """Loads one provider kind.

    Args:
        name: The kind, e.g. ``minio``.

    Raises:
        UnknownProvider: Nothing installed registers it; the hint has the nearest name.
        InvalidConfiguration: Two distributions register it, or the plugin is broken.
        MissingExtra: The kind needs a package that is not installed.
    """
    return _load(name, _entries())


def _load(name: str, entries: Sequence[EntryPoint]) -> ProviderKind:
    found = [entry for entry in entries if entry.name == name]
    if not found:
        names = _names(entries)
        near = difflib.get_close_matches(name, names, n=1)
        raise UnknownProvider(
            f"there is no provider {name!r}",
            hint=f"Did you mean {near[0]!r}?" if near else f"Installed are: {', '.join(names)}.",
        )
    owners = Counter(entry.value for entry in found)
    if len(owners) > 1:
        dists = sorted({entry.dist.name if entry.dist else entry.value for entry in found})
        raise InvalidConfiguration(
            f"provider {name!r} is registered by {' and by '.join(dists)}", hint="Uninstall one of them."
        )
    try:
        kind = found[0].load()
    except MissingExtra:  # an ImportError too, and the one that says what to install
        raise
    except Exception as error:  # whatever somebody else's module raises while it is imported
        raise InvalidConfiguration(f"provider {name!r} can't be loaded: {error}") from error
    if not isinstance(kind, ProviderKind) or kind.name != name:
        raise InvalidConfiguration(f"the entry point {found[0].value!r} is not the provider kind {name!r}")
    return kind


def for_scheme(scheme: str) -> ProviderKind:
    """Finds the kind that opens a URL scheme where no configured store does.

    Of several the one that is named like the scheme counts, else the first by name.

    Args:
        scheme: e.g. ``file``.

    Raises:
        UnknownProvider: Nothing installed opens it.
    """
    entries = _entries()  # once: looking through all distributions takes milliseconds
    broken: dict[str, ConfigurationError] = {}
    # In this order the kind "s3" is found without loading the others that speak S3.
    for name in sorted(_names(entries), key=lambda kind: (kind != scheme, kind)):
        try:
            kind = _load(name, entries)
        except ConfigurationError as error:
            broken[name] = error  # an error only for those who use it: perhaps another kind is the one
            continue
        if kind.scheme == scheme:
            return kind
    raise UnknownProvider(
        f"no installed provider opens {scheme}:// locations",
        hint="; ".join(error.message for error in broken.values()) or f"Installed are: {', '.join(_names(entries))}.",
    )


def check_contract(provider: StorageProvider) -> None:
    """Makes sure that a provider implements what its capabilities promise.

    Raises:
        ContractViolation: A feature is not ``NO`` and its group's methods are missing.
    """
    capabilities = provider.capabilities
    for group, features in GROUPS.items():
        promised = [feature for feature in features if capabilities.supports(feature)]
        if promised and not isinstance(provider, group):
            raise ContractViolation(
                f"{type(provider).__name__} promises {promised[0]} and has not all methods of {group.__name__}"
            )
