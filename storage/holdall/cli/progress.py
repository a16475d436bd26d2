"""Progress bars on standard error: on a terminal, or where ``--progress`` asks for them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from holdall.cli.output import console_for_people, is_terminal
from holdall.cli.text import escape, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.cli.session import Session
    from holdall.transfer.progress import Progress, ProgressEvent


COUNTED = 46
"""Columns that the counted bytes, the speed, the time left and the gaps between them take at most."""
_BAR = range(10, 40)
"""Columns of the bar itself."""

progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show a progress bar on standard error. Default: if that is a terminal.",
)


@contextmanager
def progress_bar(session: Session, title: str, *, wanted: bool | None) -> Iterator[Progress | None]:
    """A bar for one transfer.

    Args:
        session: ``--quiet`` hides the bar unless it is asked for.
        title: What is transferred.
        wanted: As the option says; ``None`` decides by the terminal.

    Yields:
        What the transfer tells its progress, or ``None`` for no bar.
    """
    if wanted is None:
        wanted = is_terminal(sys.stderr) and not session.quiet
    if not wanted:
        yield None
        return
    from rich.progress import (  # noqa: PLC0415 - takes long, and most runs need no bar
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = console_for_people()
    room = console.width - COUNTED
    bar_width = max(_BAR.start, min(_BAR.stop, room // 3))
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        bar = bars.add_task(shortened(escape(title), max(room - bar_width, _BAR.start)), total=None)

        def update(event: ProgressEvent) -> None:
            bars.update(bar, completed=event.transferred, total=event.total)

        session.above_bar = partial(console.print, markup=False, highlight=False, emoji=False, soft_wrap=True)
        try:
            yield update
        finally:
            session.above_bar = None
