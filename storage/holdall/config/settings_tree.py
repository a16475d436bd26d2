"""Settings with their origins, as flat tables that can be laid over one another.

A table maps the path of a setting, ``("stores", "lake", "bucket")``, to its value and its source. Flat, because then
"who wins" is a rule about paths, and no value ever loses sight of where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was set.

    Attributes:
        text: For people: a file with the key in it, the name of a variable, ``call argument …``.
        folder: Folder of the file, which relative paths in it start from; ``None`` for all other sources.
        by_caller: The value comes with the call: an argument, or a part of the location.
    """

    text: str
    folder: Path | None = None
    by_caller: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and its source. The value may be secret, so it is no part of the repr."""

    value: Any = field(repr=False)
    source: Source


Table = dict[Key, Setting]


def flatten(values: Mapping[Any, Any], source: Callable[[Key], Source], path: Key = ()) -> Table:
    """Makes a table of nested mappings.

    Args:
        values: Nested mappings, or settings objects, of which counts what was set. An empty one is a value of its own.
        source: Says where the value of a path was set.
        path: Where the mappings belong.

    Raises:
        InvalidConfiguration: A name is not a string.
    """
    table: Table = {}
    for name, value in values.items():
        if not isinstance(name, str):
            raise InvalidConfiguration(f"the name of a setting is of type {type(name).__name__} ({source(path)})")
        here = (*path, name)
        if isinstance(value, BaseModel):
            value = value.model_dump(exclude_unset=True)  # noqa: PLW2901 - the same, as a mapping
        if isinstance(value, Mapping) and value:
            table |= flatten(value, source, here)
        else:
            table[here] = Setting(value, source(here))
    return table


def overlay(*tables: Table) -> Table:
    """Lays tables over one another, the weakest first.

    A stronger value replaces what the weaker tables have at its path, and a table or value that is in its way. Tables
    of the same path are merged key by key.
    """
    merged: Table = {}
    for table in tables:
        for path, setting in table.items():
            inside = [other for other in merged if len(other) > len(path) and other[: len(path)] == path]
            if inside and setting.value == {}:
                continue  # an empty table takes nothing away
            for other in inside:
                del merged[other]
            for length in range(1, len(path)):
                merged.pop(path[:length], None)
            merged[path] = setting
    return merged


def below(table: Table, path: Key) -> Table:
    """The part of a table below a path, with paths relative to it; a value at the path itself is not in it."""
    depth = len(path)
    return {key[depth:]: setting for key, setting in table.items() if len(key) > depth and key[:depth] == path}


def nested(table: Table) -> dict[str, Any]:
    """Nested dicts of a table's values, as pydantic takes them."""
    values: dict[str, Any] = {}
    for path, setting in table.items():
        place = values
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = setting.value
    return values
