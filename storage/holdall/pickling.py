"""What travels when a store is pickled: names and settings, never a secret; and what arrives where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import BaseModel, SecretBytes, SecretStr

from holdall.errors import InvalidConfiguration
from holdall.models import ProviderInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdall.errors import StorageError


class Unopened:
    """Stands where a provider should be that could not be made: every use raises why."""

    info = ProviderInfo(kind="unopened")

    def __init__(self, error: StorageError) -> None:
        """Keeps the error.

        Args:
            error: Why there is no provider.
        """
        self._error = error

    def close(self) -> None:
        """Nothing to close."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._error.with_traceback(None)  # a fresh traceback for every use


def without_secrets(overrides: Mapping[str, Any], settings: BaseModel) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Splits overrides into those that may be pickled and the rest.

    Args:
        overrides: Settings given with a call.
        settings: The store's complete settings; they say what is secret.

    Returns:
        Overrides without the secret ones, and the dotted paths of those.
    """
    public: dict[str, Any] = {}
    secret: list[str] = []
    for name, value in overrides.items():
        effective = getattr(settings, name, None)
        if _is_secret(value) or _is_secret(effective):
            secret.append(name)
        elif isinstance(value, dict) and isinstance(effective, BaseModel):
            inner, hidden = without_secrets(value, effective)
            public[name] = inner
            secret += [f"{name}.{path}" for path in hidden]
        elif isinstance(value, BaseModel):
            public[name], hidden = without_secrets(value.model_dump(exclude_unset=True), value)
            secret += [f"{name}.{path}" for path in hidden]
        else:
            public[name] = value
    return public, tuple(secret)


def _is_secret(value: Any) -> bool:
    if isinstance(value, Mapping):  # a table whose names are free, like that of the proxies
        return any(_is_secret(each) for each in value.values())
    return isinstance(value, (SecretStr, SecretBytes))


def check_secrets(settings: BaseModel, secret: Iterable[str], target: str) -> None:
    """Makes sure that secrets that were left out of a pickle are here.

    Without that, another identity of this process, e.g. an instance role, would be used in silence.

    Args:
        settings: The store's complete settings in this process.
        secret: Dotted paths, as ``without_secrets`` gave them.
        target: Name or URL that was opened.

    Raises:
        InvalidConfiguration: One is missing.
    """
    if any(_lookup(settings, path) is None for path in secret):
        raise missing_secrets(secret, target)


def _lookup(settings: BaseModel, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def missing_secrets(secret: Iterable[str], target: str) -> InvalidConfiguration:
    """The error for a pickled store whose secrets are not here."""
    return InvalidConfiguration(
        f"{target!r} was opened with {', '.join(secret)} as call arguments; secrets are never pickled",
        hint="Configure the store in this process too: a holdall.toml, or HOLDALL_STORES__… variables.",
    )
