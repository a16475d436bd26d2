"""``load_config``: reads the files and the environment, and checks what can be checked without knowing any kind."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from holdall.config.config import Config
from holdall.config.environment import kebab, read_environment
from holdall.config.files import CONFIG_VARIABLE, FILE_NAME, find_project_file, read_file
from holdall.config.settings_tree import overlay
from holdall.errors import InvalidConfiguration
from holdall.locations import is_store_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.config.settings_tree import Table

TOP_LEVEL = ("default_store", "stores")


def load_config(*, start: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Reads the configuration: environment over project file over user file. Nothing is cached.

    The project file is the one that ``HOLDALL_CONFIG`` names, else the nearest ``holdall.toml``, or ``pyproject.toml``
    with a ``[tool.holdall]``, from ``start`` upward; in one folder ``holdall.toml`` counts. The user file is
    ``holdall.toml`` in the platform's configuration folder (``~/.config/holdall`` on Linux).

    Settings of a store are checked when the store is resolved: its kind has to be known for that.

    Args:
        start: Folder where the search for the project file begins. Default: the current one.
        environ: Environment variables. Default: those of the process.

    Raises:
        InvalidConfiguration: A file can't be read or is no TOML; a setting at the top is unknown or of the wrong type;
            the current folder was removed.
    """
    environ = os.environ if environ is None else environ
    try:
        start = Path.cwd() if start is None else start.absolute()
    except FileNotFoundError as error:
        raise InvalidConfiguration(
            "the current folder is not there any more, where the search for the project file begins",
            hint="Change to a folder that is there.",
        ) from error
    user_file = platformdirs.user_config_path("holdall", appauthor=False) / FILE_NAME
    if named := environ.get(CONFIG_VARIABLE):
        project_file: Path | None = start / Path(named).expanduser()
    else:
        project_file = find_project_file(start)
    # With the user's own folder on the way up its file would be found twice.
    found = [user_file] if user_file.is_file() and user_file != project_file else []
    files = (*found, project_file) if project_file else tuple(found)

    settings = overlay(*(read_file(path) for path in files))
    from_environment, variables = read_environment(environ)
    spelling = _spelling(settings)
    table = overlay(settings, {_respell(key, spelling): setting for key, setting in from_environment.items()})
    _check(table)
    by_store = {_spelt(name, spelling): found for name, found in variables.items()}
    for name, unread in by_store.items():
        if not is_store_name(name):
            raise InvalidConfiguration(f"{unread[0].name}: {name!r} can't be the name of a store")
    return Config(table=table, variables=by_store, environ=dict(environ), files=files)


def _spelling(files: Table) -> dict[str, list[str]]:
    """Names of the files' stores by how variables spell them."""
    spelling: dict[str, list[str]] = {}
    for name in dict.fromkeys(key[1] for key in files if key[0] == "stores" and len(key) > 1):
        spelling.setdefault(kebab(name), []).append(name)
    return spelling


def _spelt(name: str, spelling: dict[str, list[str]]) -> str:
    meant = spelling.get(name, [name])
    if len(meant) > 1:
        raise InvalidConfiguration(
            f"environment variables can't tell the stores {' and '.join(map(repr, meant))} apart",
            hint="Rename one of them.",
        )
    return meant[0]


def _respell(key: tuple[str, ...], spelling: dict[str, list[str]]) -> tuple[str, ...]:
    return ("stores", _spelt(key[1], spelling), *key[2:]) if key[0] == "stores" else key


def _check(table: Table) -> None:
    """What must hold at the top, whatever the kinds.

    Raises:
        InvalidConfiguration: It does not.
    """
    for key, setting in table.items():
        where = f"(set by {setting.source})"
        match key:
            case ("default_store",):
                if not isinstance(setting.value, str):
                    raise InvalidConfiguration(f"'default_store' must be the name of a store {where}")
            case ("stores",):
                _need_table("stores", setting.value, where)
            case ("stores", name, *rest):
                if not is_store_name(name):
                    raise InvalidConfiguration(
                        f"{name!r} can't be the name of a store {where}",
                        hint="Names are letters, digits, '.', '_' and '-', and begin and end with a letter or digit.",
                    )
                if not rest:
                    _need_table(f"stores.{name}", setting.value, where)
            case _:
                near = difflib.get_close_matches(key[0], TOP_LEVEL, n=1)
                known = " and ".join(map(repr, TOP_LEVEL))
                raise InvalidConfiguration(
                    f"{key[0]!r} is not a setting {where}",
                    hint=f"Did you mean {near[0]!r}?" if near else f"At the top there are {known} only.",
                )


def _need_table(name: str, value: Any, where: str) -> None:
    if value != {}:
        raise InvalidConfiguration(
            f"{name!r} must be a table {where}", hint="Write [stores.<name>] above its settings."
        )
