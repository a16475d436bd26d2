"""boto3's model of the S3 API: which operations there are, and which parameters each takes."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape


@cache
def _service() -> Any:
    return botocore.session.Session().get_service_model("s3")


def operation_names() -> tuple[str, ...]:
    """All operations."""
    return tuple(_service().operation_names)


def operation(name: str) -> OperationModel:
    """The model of an operation.

    Raises:
        KeyError: There is none of that name; the message has the nearest.
    """
    if name not in operation_names():
        near = difflib.get_close_matches(name, operation_names(), n=1)
        raise KeyError(f"boto3 has no S3 operation {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    model: OperationModel = _service().operation_model(name)
    return model


def parameter_problems(name: str, given: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with the parameters of an operation, as far as names go.

    Args:
        name: The operation.
        given: Its parameters, as the scenario has them.

    Yields:
        Where in the parameters, and what.
    """
    shape = operation(name).input_shape
    if shape is None:
        if given:
            yield (), f"{name} takes no parameters"
        return
    meant = {
        near for key in given if key not in shape.members for near in difflib.get_close_matches(key, shape.members, 1)
    }
    for needed in shape.required_members:
        if needed not in given and needed not in meant:
            yield (), f"{name} needs {needed!r}"
    yield from _problems(name, shape, given, ())


def _problems(
    name: str, shape: Shape, given: Any, where: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if shape.type_name == "structure" and isinstance(given, dict) and not _is_function(given):
        members = shape.members  # type: ignore[attr-defined] # of structures
        for key, value in given.items():
            if key in members:
                yield from _problems(name, members[key], value, (*where, key))
                continue
            near = difflib.get_close_matches(key, members, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(members)}"
            yield (*where, key), f"{'.'.join(map(str, (name, *where)))} has no parameter {key!r}{hint}"
    elif shape.type_name == "list" and isinstance(given, list):
        for index, value in enumerate(given):
            yield from _problems(name, shape.member, value, (*where, index))  # type: ignore[attr-defined] # of lists


def _is_function(given: dict[str, Any]) -> bool:
    return len(given) == 1 and next(iter(given)).startswith("$")


def is_paged(name: str) -> bool:
    """Whether boto3 has a paginator for an operation."""
    return name in _paginators()


@cache
def _paginators() -> frozenset[str]:
    return frozenset(botocore.session.Session().get_data("s3/2006-03-01/paginators-1")["pagination"])


def streaming_member(name: str) -> str | None:
    """The parameter of an operation that is its body, e.g. ``Body``; ``None``: it has none."""
    shape = operation(name).input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if shape is None or payload is None or shape.members[payload].type_name != "blob":
        return None
    return str(payload)
