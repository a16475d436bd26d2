"""Options that read what ``values.py`` can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdall.cli import values

if TYPE_CHECKING:
    from collections.abc import Callable


class Parsed(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic in some releases of click only
    """A type whose values a function reads; what it can't read is a usage error."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        """Made once for each function.

        Args:
            name: What help shows for it.
            read: The function; raises ``ValueError``.
        """
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value of a text; what is no text has been read already."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


SIZE = Parsed("size", values.parse_size)
DURATION = Parsed("duration", values.parse_duration)
TIME = Parsed("time", values.parse_time)
RANGE = Parsed("bytes", values.parse_range)


def read_pairs(commas: bool) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, str]]:  # noqa: FBT001 - see its two uses
    """The callback of an option that is given several times with ``name=value``."""

    def read(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
        try:
            return values.parse_pairs(texts, commas=commas)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx=ctx, param=param) from error

    return read
