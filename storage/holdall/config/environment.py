"""Settings in environment variables: ``HOLDALL_DEFAULT_STORE``, ``HOLDALL_STORES__LAKE__ENDPOINT_URL``.

Values are strings. What a string means depends on the setting, and so on the store's kind: lists and tables are JSON,
a secret that looks like a number stays as it is. pydantic-settings knows these rules, and is asked, one variable at
a time, when the kind is known. It costs 45 ms to import, which only those pay who have such variables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from holdall.config.files import CONFIG_VARIABLE
from holdall.config.settings_tree import Setting, Source, flatten, nested, overlay
from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from holdall.config.settings_tree import Key, Table

PREFIX = "HOLDALL_"
DELIMITER = "__"


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting of a store in the environment.

    Attributes:
        name: The variable's name as it is written.
        path: Setting in the store, e.g. ``("transfer", "chunk_size")``.
        text: Its value, which may be secret.
    """

    name: str
    path: Key
    text: str = field(repr=False)


def read_environment(environ: Mapping[str, str]) -> tuple[Table, dict[str, list[Variable]]]:
    """Sorts the ``HOLDALL_`` variables.

    Names are read in any case. ``HOLDALL_CONFIG`` is not a setting.

    Args:
        environ: Environment variables.

    Returns:
        What is known without a store's kind, and for each store the variables that are not. Store names are in lower
        case with ``-`` for ``_``.

    Raises:
        InvalidConfiguration: A variable that must be a JSON object is none, or a name has an empty part.
    """
    tables: list[Table] = []
    stores: dict[str, list[Variable]] = {}
    # Short names first, so that …__TRANSFER__CHUNK_SIZE is stronger than …__TRANSFER, whatever the order they come in.
    for name, text in sorted(environ.items(), key=lambda item: (item[0].count(DELIMITER), item[0])):
        if not name.upper().startswith(PREFIX) or name.upper() == CONFIG_VARIABLE:
            continue
        path = tuple(name[len(PREFIX) :].lower().split(DELIMITER))
        if not all(path):
            raise InvalidConfiguration(
                f"the variable {name} has an empty part in its name", hint="HOLDALL_STORES__<STORE>__<SETTING>"
            )
        if path[0] != "stores":
            if text:  # a variable set to nothing is the shell's way of not setting it
                tables.append({path: Setting(text, Source(name))})
        elif len(path) == 1:
            tables += [_store_table(name, store, values) for store, values in _json_object(name, text).items()]
        elif len(path) == 2:  # noqa: PLR2004 - stores, and the store's name
            tables.append(_store_table(name, path[1], _json_object(name, text)))
        else:
            stores.setdefault(kebab(path[1]), []).append(Variable(name, path[2:], text))
    return overlay(*tables), stores


def decode(variables: list[Variable], model: type[BaseModel]) -> Iterator[Table]:
    """Reads a store's variables by the rules of its model.

    Args:
        variables: As ``read_environment`` gave them.
        model: Settings model of the store's kind.

    Yields:
        A table for each variable, the weakest first. A setting that the model has not got keeps its string.

    Raises:
        InvalidConfiguration: A list or table is not JSON.
    """
    from pydantic_settings import EnvSettingsSource, SettingsError  # noqa: PLC0415 - see the module's docstring

    source = EnvSettingsSource(
        cast("Any", model), case_sensitive=False, env_prefix="", env_nested_delimiter=DELIMITER, env_ignore_empty=False
    )
    for variable in variables:
        source.env_vars = {DELIMITER.join(variable.path): variable.text}
        origin = Source(variable.name)
        try:
            values = source()
        except SettingsError:
            values = None  # its message has the value in it
        if values is None:
            raise InvalidConfiguration(
                f"the variable {variable.name} is not JSON", hint="Lists and tables are written as JSON in a variable."
            )
        unread = nested({variable.path: Setting(variable.text, origin)})
        yield flatten(values or unread, partial(_same, origin))


def _same(source: Source, _: Key) -> Source:
    return source


def kebab(name: str) -> str:
    """A store's name as variables spell it: ``LAKE_DEV``, ``lake_dev`` and ``Lake-Dev`` are all ``lake-dev``."""
    return name.lower().replace("_", "-")


def _store_table(variable: str, store: str, values: Any) -> Table:
    if not isinstance(values, dict):
        raise InvalidConfiguration(f"the variable {variable}: a store's settings are a JSON object")
    return flatten(values, lambda _: Source(variable), ("stores", kebab(store)))


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = None  # its message may have the value in it
    if not isinstance(values, dict):
        raise InvalidConfiguration(
            f"the variable {name} is not a JSON object", hint=f"Or name one setting: {name}{DELIMITER}<SETTING>."
        )
    return values
