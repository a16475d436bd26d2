"""Standard output: data and nothing else, always UTF-8, whatever the locale says. Standard error: for people."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from holdall.cli.text import escape, to_json
from holdall.errors import InvalidRequest, TransferError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console


class ReaderGone(Exception):
    """Whoever read the output has closed it."""


class Output:
    """Where data goes. With ``--quiet`` results are not written; an object's bytes always are."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Made once for a command.

        Args:
            quiet: Write no results.

        Raises:
            InvalidRequest: Standard output is closed, and results are wanted.
        """
        self._quiet = quiet
        # Closed from the beginning (">&-"), it is None, whatever the type says.
        self._stream: BinaryIO | None = getattr(sys.stdout, "buffer", None)
        if self._stream is None and not quiet:
            raise _closed()

    def data(self, chunk: bytes) -> None:
        """Writes bytes of an object.

        Raises:
            ReaderGone: Nobody reads them.
            InvalidRequest: Standard output is closed.
            TransferError: They can't be written, e.g. since the disk is full.
        """
        if self._stream is None:
            raise _closed()
        try:
            self._stream.write(chunk)
        except BrokenPipeError as error:
            raise ReaderGone from error
        except OSError as error:
            raise _failed(error) from error

    def text(self, text: str) -> None:
        """Writes a part of a result."""
        if not self._quiet:
            self.data(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Makes sure that all has been taken.

        Raises:
            ReaderGone: It has not.
            TransferError: It can't be written.
        """
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except BrokenPipeError as error:
            raise ReaderGone from error
        except OSError as error:
            raise _failed(error) from error

    def record(self, record: dict[str, Any], form: str) -> None:
        """Writes one result: as JSON, as lines of name, tab and value, or as a table for people."""
        if form == "json":
            self.text(to_json(record, indent=2) + "\n")
        elif form == "text":
            self.text("".join(f"{name}\t{plain(value)}\n" for name, value in record.items()))
        else:
            self.table(None, [(name, plain(value)) for name, value in record.items()])

    def rows(self, rows: Sequence[dict[str, Any]], form: str) -> None:
        """Writes results that are alike: as a JSON array, as tab-separated lines, or as a table for people."""
        if form == "json":
            self.text(to_json(rows, indent=2) + "\n")
        elif form == "text":
            self.text("".join("\t".join(plain(value) for value in row.values()) + "\n" for row in rows))
        else:
            self.table(list(rows[0]) if rows else [], [[plain(value) for value in row.values()] for row in rows])

    def table(self, header: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> None:
        """Writes a table; on a terminal it is folded to the terminal's width, elsewhere lines are never cut."""
        if self._quiet:
            return
        from rich import box  # noqa: PLC0415 - takes long, and few commands need it
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        on_terminal = self._stream is not None and self._stream.isatty()
        console = Console(
            file=_TextFile(self.text),  # type: ignore[arg-type] # write and flush are all that rich needs
            force_terminal=on_terminal,
            width=None if on_terminal else 100_000,
            highlight=False,
        )
        table = Table(
            *(header or ()), box=box.SIMPLE_HEAD if header else None, show_header=header is not None, pad_edge=False
        )
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))  # Text: keys are not rich's markup
        console.print(table)


def tell(text: str) -> None:
    """Writes a message to standard error; that nobody is there to read it ends nothing that is under way."""
    with suppress(OSError):
        click.echo(text, err=True)


def console_for_people() -> Console:
    """Rich's console on standard error, for bars and the like; as with ``tell`` nobody need be there.

    Left to itself, rich takes a reader of standard error who has gone for one of standard output: it turns that to
    nowhere, and an object's bytes with it.
    """
    from rich.console import Console  # noqa: PLC0415 - takes long, and most runs need none

    stream: TextIO | None = sys.stderr  # closed from the beginning ("2>&-"), it is None, whatever the type says
    return Console(stderr=True) if stream is None else Console(file=_Unheard(stream))  # type: ignore[arg-type]


def is_terminal(stream: TextIO | None) -> bool:
    """Whether people are at the other end of a standard stream; one that is closed is ``None``."""
    return stream is not None and stream.isatty()


def _closed() -> InvalidRequest:
    return InvalidRequest(
        "standard output is closed", hint="Redirect it to a file or to /dev/null; --quiet writes no results."
    )


def _failed(error: OSError) -> TransferError:
    from holdall.transfer.targets import local_hint  # noqa: PLC0415 - takes long, and is seldom needed

    forget_output()
    return TransferError(
        f"can't write to standard output: {error.strerror or error}",
        hint=local_hint(error) or "Look where standard output goes.",
    )


def forget_output() -> None:
    """Keeps the interpreter from complaining, when it ends, about output that nobody takes (Python docs, signal)."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _TextFile:
    """What rich writes to."""

    encoding = "utf-8"

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write

    def flush(self) -> None:
        """Nothing is kept back here."""


class _Unheard:
    """A stream that is written to whether or not anybody reads it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def plain(value: Any) -> str:
    """A value for people and line-based programs: text escaped, everything else as JSON; ``None`` is ``-``."""
    if value is None:
        return "-"
    return escape(value) if isinstance(value, str) else to_json(value)
