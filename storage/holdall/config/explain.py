"""Every effective setting with its source, for ``blob config show`` and ``blob doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretBytes, SecretStr

from holdall import registry
from holdall.config.files import FILE_NAME, PYPROJECT, has_tool_table
from holdall.config.model_fields import field_at, is_secret
from holdall.config.store import MASK, StoreSettings, mask_url
from holdall.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from holdall.config.config import Config, ResolvedStore
    from holdall.config.settings_tree import Key, Table

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Explained:
    """One effective setting.

    Attributes:
        path: Dotted, e.g. ``stores.lake.transfer.chunk_size``.
        value: Its value as JSON knows values; secrets are ``**********``.
        source: File and key, variable, ``built in``, or ``default`` where nobody set it.
        secret: The value is hidden.
    """

    path: str
    value: Any
    source: str
    secret: bool = False


def explain(config: Config) -> list[Explained]:
    """Every effective setting of every store, the configured ones first.

    A store whose settings are not valid is shown as it was written; ``config.resolve(name)`` says what is wrong.

    Args:
        config: The configuration.
    """
    rows = [Explained("default_store", *_default_store(config))]
    for name in config.store_names():
        try:
            found = list(explain_store(config.resolve(name)))
        except StorageError:
            found = list(_as_written(config, name))
        rows += [Explained(f"stores.{name}.{row.path}", row.value, row.source, row.secret) for row in found]
    return rows


def explain_store(store: ResolvedStore) -> Iterator[Explained]:
    """Every effective setting of one store, with paths that begin in the store.

    Args:
        store: As ``Config.resolve`` or ``Config.locate`` gave it.
    """
    sources = {".".join(key): setting.source.text for key, setting in store.table.items()}
    shown = _flat(store.settings.model_dump(mode="json"))
    secret = {
        path for path, value in _flat(store.settings.model_dump()).items() if isinstance(value, SecretStr | SecretBytes)
    }
    for path, value in shown.items():
        hidden = path in secret
        yield Explained(path, MASK if hidden else _printable(value), _source(sources, path), hidden)


def notes(config: Config) -> list[str]:
    """What is worth knowing about the files that were read, for ``blob doctor``."""
    return [
        f"[tool.holdall] in {path.parent / PYPROJECT} is not read, because there is {path}"
        for path in config.files
        if path.name == FILE_NAME and has_tool_table(path.parent / PYPROJECT)
    ]


def _default_store(config: Config) -> tuple[str | None, str]:
    setting = config.top_level().get(("default_store",))
    if setting is not None:
        return setting.value, setting.source.text
    try:
        return config.default_store, DEFAULT
    except StorageError:
        return None, DEFAULT


def _as_written(config: Config, name: str) -> Iterator[Explained]:
    table = config.as_written(name)
    model = _model(table)
    for key, setting in table.items():
        hidden = is_secret(field_at(model, key))
        yield Explained(".".join(key), MASK if hidden else _printable(setting.value), setting.source.text, hidden)


def _model(table: Table) -> type[BaseModel]:
    """The model of the store's kind, or what all stores have where the kind is not known."""
    provider = table.get(("provider",))
    try:
        return registry.load(str(provider.value)).settings if provider else StoreSettings
    except StorageError:
        return StoreSettings


def _source(sources: dict[str, str], path: str) -> str:
    """Where a setting was set: itself, or the table that it is in by a text that stands for one (``"never"``)."""
    while path and path not in sources:
        path = path.rpartition(".")[0]
    return sources.get(path, DEFAULT)


def _flat(values: dict[str, Any], path: Key = ()) -> dict[str, Any]:
    """Dotted paths and values of nested dicts; an empty dict is a value."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        here = (*path, str(name))
        if isinstance(value, dict) and value:
            flat |= _flat(value, here)
        else:
            flat[".".join(here)] = value
    return flat


def _printable(value: Any) -> Any:
    return mask_url(value) if isinstance(value, str) else value
