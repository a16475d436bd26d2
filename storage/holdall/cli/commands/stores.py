"""``blob stores``: which stores there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.cli.command import Example, command
from holdall.cli.session import Session, pass_session
from holdall.errors import StorageError

if TYPE_CHECKING:
    from holdall.config import Config

EXAMPLES = (
    Example("For people", "blob stores"),
    Example("For programs", "blob stores --format json"),
)
WRITES = """
[{"name", "provider", "where", "default", "source"}]; a store whose settings are not valid has what is wrong as "where".
"""


@command("stores", examples=EXAMPLES, writes=WRITES, default_format="table")
@pass_session
def stores(session: Session) -> None:
    """List the stores that are configured, and those that are there without.

    The source is where a store is set up; "built in" ones need no settings. No store is contacted.
    """
    config = session.config
    default = _default(config)
    rows = [_row(config, name, default) for name in config.store_names()]
    if session.form == "table":
        rows = [row | {"default": "*" if row["default"] else ""} for row in rows]
    session.output.rows(rows, session.form)


COMMAND = stores


def _default(config: Config) -> str | None:
    try:
        return config.default_store
    except StorageError:  # several stores, and none is the default one
        return None


def _row(config: Config, name: str, default: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "provider": None, "where": None, "default": name == default, "source": None}
    try:
        store = config.resolve(name)
    except StorageError as error:
        return row | {"where": f"not valid: {error.message}"}
    source = store.table[("provider",)].source.text
    return row | {"provider": store.kind.name, "where": store.settings.where, "source": source}
