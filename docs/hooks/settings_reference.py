"""mkdocs hook: the settings of every kind of store, read from their models, in place of `<!-- settings -->`."""

from __future__ import annotations

import builtins
import collections.abc
import inspect
import logging
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import griffe
from pydantic import BaseModel, ByteSize, SecretStr
from pydantic_core import PydanticUndefined

from holdall import registry
from holdall.config import StoreSettings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

MARK = "<!-- settings -->"
logging.getLogger("griffe").setLevel(logging.ERROR)  # it asks for types that stand beside the fields already

WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    ByteSize: "size",
    SecretStr: "secret text",
    Path: "path",
    Any: "anything",
}
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def described(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a model and its bases say about each setting."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base is BaseModel or not issubclass(base, BaseModel) or not base.__doc__:
            continue
        docstring = griffe.Docstring(inspect.cleandoc(base.__doc__), parser="google")
        for section in docstring.parse():
            if isinstance(section, griffe.DocstringSectionAttributes):
                found |= {each.name: " ".join(each.description.split()) for each in section.value}
    return found


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The tables that a setting may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in models_in(part)]


def type_of(annotation: Any) -> str:
    """What a setting takes, in words."""
    parts = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case typing.Annotated:
            words = type_of(parts[0])
        case typing.Literal:
            words = ", ".join(f"`{part}`" for part in parts)
        case builtins.dict | collections.abc.Mapping:
            words = "table of tables" if models_in(annotation) else f"table of {type_of(parts[1])}"
        case builtins.list | builtins.tuple:
            words = f"list of {type_of(parts[0])}"
        case None:
            words = "table" if models_in(annotation) else WORDS[annotation]
        case _:  # a union
            found = [type_of(part) for part in parts if part is not type(None)]
            words = " or ".join(dict.fromkeys(found))
    return words


def default_of(field: FieldInfo) -> str:
    """A setting's default."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "**required**"
    if value is None or isinstance(value, BaseModel) or value in ({}, (), [], ""):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, ByteSize):
        return next((f"{value // size} {unit}" for size, unit in UNITS if value % size == 0), str(value))
    return f"`{value}`"


def rows(model: type[BaseModel], table: str = "") -> list[str]:
    """A row for each setting of a model, and of the tables in it."""
    words = described(model)
    found = []
    for name, field in model.model_fields.items():
        if field.annotation is type(None):
            continue  # a kind that has no use for what other stores have
        text = words.get(name, "").replace("``", "`").replace("|", "\\|")
        found.append(f"| `{table}{name}` | {type_of(field.annotation)} | {default_of(field)} | {text} |")
        inner = models_in(field.annotation)
        if len(inner) == 1:
            named = "<name>." if typing.get_origin(field.annotation) is dict else ""
            found += rows(inner[0], f"{table}{name}.{named}")
    return found


def choices(model: type[BaseModel]) -> list[str]:
    """The tables of which a setting takes one, each with its own rows."""
    parts = []
    for name, field in model.model_fields.items():
        inner = models_in(field.annotation)
        if len(inner) < 2:  # noqa: PLR2004 - one is in the table above
            continue
        for each in inner:
            tag = next((str(f.default) for n, f in each.model_fields.items() if n in {"type", "mode"}), each.__name__)
            summary = inspect.cleandoc(each.__doc__ or "").split("\n\n")[0].replace("``", "`")
            parts += [f"### `{name}` of type `{tag}`", " ".join(summary.split()), table_of(rows(each, f"{name}."))]
    return parts


def table_of(lines: list[str]) -> str:
    """A table with the head that all have."""
    return "\n".join(["| setting | takes | default | |", "| --- | --- | --- | --- |", *lines])


def settings_reference() -> str:
    """One section for each installed kind; what the S3 kinds may choose for credentials comes once, at the end."""
    common = rows(StoreSettings)
    parts = ["## Every store", "What the other sections do not repeat.", table_of(common)]
    shared: dict[str, str] = {}
    for name in registry.kinds():
        kind = registry.load(name)
        variables = getattr(kind.settings, "environment", {})
        parts += [
            f'## `provider = "{name}"`',
            f"{kind.description}.",
            table_of([row for row in rows(kind.settings) if row not in common and "`provider`" not in row]),
        ]
        listed = ", ".join(f"`{variable}` (`{setting}`)" for variable, setting in variables.items())
        parts.append(f"Variables that count where the store's own settings say nothing: {listed}.")
        alternatives = choices(kind.settings)
        for title, *rest in zip(*[iter(alternatives)] * 3, strict=True):
            shared[title] = "\n\n".join(rest)
    parts.append("## Tables with a choice")
    parts += [f"{title}\n\n{rest}" for title, rest in shared.items()]
    return "\n\n".join(parts)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    return markdown.replace(MARK, settings_reference()) if MARK in markdown else markdown
