"""The second step of validation: a store's settings against the model of its kind, and errors that people can use.

pydantic's own error never leaves this module: it carries the input, and with it secrets. What is raised instead names
the store, the setting, where it was set, what is allowed there, and the nearest name where one is unknown.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr, ValidationError

from holdall.config.model_fields import field_at, is_path, is_secret, resolve_error_path
from holdall.config.settings_tree import Setting, nested
from holdall.config.store import MASK, mask_url
from holdall.errors import ConfigurationError, InvalidConfiguration, RequestError, StorageError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from holdall.config.settings_tree import Key, Table
    from holdall.config.store import StoreSettings
    from holdall.registry import ProviderKind

_SHORTEST_SECRET = 4  # masking shorter texts would only garble messages


def check_store(name: str, kind: ProviderKind, table: Table) -> StoreSettings:
    """Validates a store's settings.

    Args:
        name: The store, for messages.
        kind: Its kind.
        table: Its settings. Relative paths among them start from the folder of the file that has them.

    Raises:
        ConfigurationError: A setting is unknown, missing, or not valid; most often ``InvalidConfiguration``.
        RequestError: An argument of the call, or a part of its location, is not valid, e.g. ``InvalidBucketName``.
    """
    model = kind.settings
    try:
        return cast("StoreSettings", model.model_validate(nested(_anchor(model, table))))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    # Outside of the handler: what is raised there would carry pydantic's error, and with it the input.
    raise _translate(name, kind, table, details)


def _anchor(model: type[BaseModel], table: Table) -> Table:
    """Makes relative paths from files absolute, so that they mean the same in whatever folder the program runs."""

    def anchored(key: Key, setting: Setting) -> Setting:
        folder, value = setting.source.folder, setting.value
        if folder is None or not isinstance(value, str) or value.startswith("~") or not is_path(field_at(model, key)):
            return setting
        return Setting(str(folder / value), setting.source)

    return {key: anchored(key, setting) for key, setting in table.items()}


def _translate(name: str, kind: ProviderKind, table: Table, details: list[ErrorDetails]) -> StorageError:
    messages: list[str] = []
    hint: str | None = None
    # A name that is not known comes first: often it is why another one is missing.
    for detail in sorted(details, key=lambda each: each["type"] != "extra_forbidden"):
        path, allowed = resolve_error_path(kind.settings, detail["loc"])
        what, advice = _explain(kind, path, allowed, detail)
        sources = _sources(table, path)
        messages.append(f"{what} (set by {sources})" if sources else what)
        hint = hint or advice
    message = mask_url(_without_secrets(kind.settings, table, "; ".join(messages)))
    return _class_of(table, kind, details)(message, store=name, provider=kind.name, hint=hint and mask_url(hint))


def _explain(  # noqa: PLR0911 - one for each kind of mistake
    kind: ProviderKind, path: Key, allowed: list[str], detail: ErrorDetails
) -> tuple[str, str | None]:
    """What is wrong with a setting, and what to do."""
    setting = ".".join(path)
    table = "".join(f"{part}." for part in path[:-1])
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(path[-1], allowed, n=1)
            known = ", ".join(table + other for other in allowed)
            familiar = getattr(kind.settings, "familiar_names", {}).get(setting)
            return (
                f"{setting!r} is not a setting of provider {kind.name!r}",
                f"What other libraries call {setting!r} is {familiar} here."
                if familiar
                else f"Did you mean {table + near[0]!r}?"
                if near
                else f"Its settings are: {known}."
                if known
                else None,
            )
        case "missing":
            return f"{setting!r} is missing", f"Provider {kind.name!r} needs it."
        case "union_tag_invalid":  # pydantic's message repeats the input
            tag = f"{setting}.{str(context['discriminator']).strip(chr(39))}"
            return f"{tag!r} must be one of {context['expected_tags']}", None
        case "string_too_short" | "too_short" if context.get("min_length") == 1:
            return f"{setting!r} is empty", "Is a variable empty that should have it? Leave it out to have none."
        case "byte_size" | "byte_size_unit":  # as above
            return f"{setting!r} must be a size", "Write bytes, or a unit: 8388608, 8MiB, 8MB."
        case "greater_than_equal" if context.get("ge") == 1 and setting.endswith("_size"):
            return f"{setting!r} is 1 byte at least", "Write bytes or a unit, e.g. 16MiB, or leave it out."
        case "value_error" | "assertion_error" if (cause := context.get("error")) is not None:
            own = cause if isinstance(cause, StorageError) else None
            reason = own.message if own else str(cause)
            # A rule about the table as a whole names its settings itself.
            return (f"{setting!r}: {reason}" if setting else reason), own.hint if own else None
        case _:
            reason = detail["msg"]
            return (f"{setting!r}: {reason[:1].lower()}{reason[1:]}" if setting else reason), None


def _class_of(table: Table, kind: ProviderKind, details: list[ErrorDetails]) -> type[StorageError]:
    """The class that a validator raised, where there is one reason only; ``InvalidConfiguration`` otherwise.

    A rule about requests that is broken in a file is a matter of configuration; broken by the caller it is not.
    """
    cause = details[0].get("ctx", {}).get("error") if len(details) == 1 else None
    if isinstance(cause, ConfigurationError):
        return type(cause)
    if isinstance(cause, RequestError):
        path, _ = resolve_error_path(kind.settings, details[0]["loc"])
        if path in table and table[path].source.by_caller:
            return type(cause)
    return InvalidConfiguration


def _sources(table: Table, path: Key) -> str:
    """Where a setting, or what is in its table, was set; empty for the store as a whole, and if it is not set."""
    if not path:
        return ""
    found = [
        setting.source.text
        for key, setting in table.items()
        if key[: len(path)] == path or path[: len(key)] == key  # the setting, in its table, or the list it is in
    ]
    return ", ".join(dict.fromkeys(found))


def _without_secrets(model: type[BaseModel], table: Table, message: str) -> str:
    """A message without the values of secret and unknown settings, should somebody's validator repeat them."""
    for key, setting in table.items():
        value = setting.value.get_secret_value() if isinstance(setting.value, SecretStr) else setting.value
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET and is_secret(field_at(model, key)):
            message = message.replace(value, MASK)
    return message
