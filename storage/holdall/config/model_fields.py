"""Questions to a pydantic model about a setting's path: which field it is, what is allowed there, is it secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.fields import FieldInfo


def field_at(model: type[BaseModel], path: Sequence[str]) -> FieldInfo | None:
    """The field that a path leads to, through tables, unions of tables and into dicts; ``None`` if there is none."""
    models: list[type[BaseModel]] = [model]
    found: FieldInfo | None = None
    named = False  # the last step was a name that the user chose
    for name in path:
        if found is not None and not named and _takes_any_name(found):
            if not models:
                return found
            named = True
            continue
        named = False
        found = next((each.model_fields[name] for each in models if name in each.model_fields), None)
        if found is None:
            return None
        models = _models_in(found.annotation)
    return found


def resolve_error_path(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[tuple[str, ...], list[str]]:
    """Reads the ``loc`` of a pydantic error.

    Args:
        model: The model that was validated.
        loc: Names, list indices, and for unions of tables the tag of the chosen one.

    Returns:
        The setting's path without tags, and the names that are allowed beside its last one.
    """
    path: list[str] = []
    models = [model]
    siblings = models
    any_name = False
    for step in loc:
        name = str(step)
        if any_name:
            path.append(name)
            any_name = False
            continue
        if len(models) > 1:  # a union of tables: pydantic puts the tag of the chosen one here
            models = [each for each in models if _has_tag(each, name)]
            continue
        found = next((each.model_fields[name] for each in models if name in each.model_fields), None)
        path.append(name)
        siblings, models = models, _models_in(found.annotation) if found else []
        any_name = found is not None and _takes_any_name(found) and bool(models)
    return tuple(path), sorted({name for each in siblings for name in each.model_fields})


def is_secret(field: FieldInfo | None) -> bool:
    """Whether a value of this field must not be shown. A setting that no model knows may be anything, so it is."""
    return field is None or any(part in {SecretStr, SecretBytes} for part in _parts(field.annotation))


def is_path(field: FieldInfo | None) -> bool:
    """Whether the field holds a path of the file system."""
    return field is not None and any(
        isinstance(part, type) and issubclass(part, Path) for part in _parts(field.annotation)
    )


def _parts(annotation: Any) -> list[Any]:
    """An annotation and everything it is made of: unions, lists, ``Annotated``."""
    return [annotation, *(part for argument in get_args(annotation) for part in _parts(argument))]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    return [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]


def _takes_any_name(field: FieldInfo) -> bool:
    return any(get_origin(part) is dict for part in _parts(field.annotation))


def _has_tag(model: type[BaseModel], tag: str) -> bool:
    return any(
        get_origin(field.annotation) is Literal and tag in get_args(field.annotation)
        for field in model.model_fields.values()
    )
