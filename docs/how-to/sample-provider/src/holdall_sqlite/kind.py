"""What the plugin registers: the name of the kind and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from holdall.config.store import StoreSettings
from holdall.registry import ProviderKind

if TYPE_CHECKING:
    from holdall.provider import StorageProvider


class SqliteSettings(StoreSettings):
    """Settings of a store in a SQLite file.

    Attributes:
        provider: ``sqlite``.
        path: The file; ``~`` is the home folder. Required.
        bucket: Not used: the file is the one bucket.
        create: Make the file where it is missing. Default: yes.
    """

    provider: Literal["sqlite"] = "sqlite"
    path: Path
    bucket: None = None
    create: bool = True

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def spans_account(self) -> bool:
        """Never: all of ``blob://store/a/b`` behind the store is the key."""
        return False


def _open(settings: SqliteSettings, store: str | None) -> StorageProvider:
    # Imported here and not above: `blob stores` loads every kind, and opens none.
    from holdall_sqlite.provider import SqliteProvider  # noqa: PLC0415

    return SqliteProvider(settings, store)


SQLITE = ProviderKind(
    name="sqlite",
    settings=SqliteSettings,
    open=_open,
    description="One SQLite file",
)
