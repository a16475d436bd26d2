"""The two settings files: the project's and the user's. Found, read, and turned into tables with their sources."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from holdall.config.settings_tree import Key, Source, flatten
from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from pathlib import Path

    from holdall.config.settings_tree import Table

FILE_NAME = "holdall.toml"
PYPROJECT = "pyproject.toml"
CONFIG_VARIABLE = "HOLDALL_CONFIG"

_POSITION = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def find_project_file(start: Path) -> Path | None:
    """The nearest project file from a folder upward.

    In each folder ``holdall.toml`` counts before ``pyproject.toml``, and the latter only with a ``[tool.holdall]``.

    Args:
        start: An absolute folder.

    Raises:
        InvalidConfiguration: A ``pyproject.toml`` that speaks of holdall is no TOML.
    """
    for folder in (start, *start.parents):
        own = folder / FILE_NAME
        if own.is_file():
            return own
        if has_tool_table(folder / PYPROJECT):
            return folder / PYPROJECT
    return None


def has_tool_table(pyproject: Path) -> bool:
    """Whether a ``pyproject.toml`` is there and has a ``[tool.holdall]``.

    Raises:
        InvalidConfiguration: The file speaks of holdall and is no TOML.
    """
    try:
        text = pyproject.read_bytes()
    except OSError:
        return False  # not there, or not ours to read: the search goes on as if there were none
    # Most such files are other people's; they are neither parsed nor held to be right.
    return b"holdall" in text and _tool_table(_parse(pyproject, text)) is not None


def read_file(path: Path) -> Table:
    """Reads a settings file.

    Args:
        path: A ``holdall.toml`` of whatever name, or a ``pyproject.toml``, of which ``[tool.holdall]`` is read.

    Raises:
        InvalidConfiguration: It can't be read, is no TOML (with line and column), or has no ``[tool.holdall]``.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidConfiguration(
            f"the settings file {path} can't be read: {error.strerror}",
            hint=f"{CONFIG_VARIABLE} names the project's file, if it is set.",
        ) from error
    values = _parse(path, text)
    prefix: Key = ()
    if path.name == PYPROJECT:
        table = _tool_table(values)
        if table is None:
            raise InvalidConfiguration(f"{path} has no table [tool.holdall]")
        values, prefix = table, ("tool", "holdall")
    folder = path.parent

    def source(key: Key) -> Source:
        return Source(f"{path}: {'.'.join(prefix + key)}", folder)

    return flatten(values, source)


def _tool_table(values: dict[str, Any]) -> dict[str, Any] | None:
    tool = values.get("tool")
    table = tool.get("holdall") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    text = raw.decode(errors="replace")
    try:
        raw.decode()
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line, column = _end_of(raw[: error.start].decode())
        what = "not UTF-8"
    except tomllib.TOMLDecodeError as error:
        line, column, what = _position(str(error), text)
    # Outside of the handlers: both errors carry the file's text, and with it whatever secrets are in there.
    raise InvalidConfiguration(
        f"{path}, line {line}, column {column}: {what}", hint="The file must be TOML; see https://toml.io."
    )


def _position(message: str, text: str) -> tuple[int, int, str]:
    """Line, column and reason out of tomllib's message, which is all that Python before 3.14 tells."""
    found = _POSITION.search(message)
    if found and found["line"]:
        return int(found["line"]), int(found["column"]), message[: found.start()]
    return *_end_of(text.rstrip("\n")), f"{_POSITION.sub('', message)} at the end of the file"


def _end_of(text: str) -> tuple[int, int]:
    """Line and column, from 1, of what would come after a text."""
    return text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1
