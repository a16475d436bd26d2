"""``record``: measures the stores that can be started here, and keeps what was found."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from s3tester.diff import compare
from s3tester.places import folder
from s3tester.recording import measure
from s3tester.report.changes import print_changes
from s3tester.results import read
from s3tester.runner import PARALLEL
from s3tester.stores.definitions import names


@click.command()
@click.argument("stores", nargs=-1, required=True, type=click.Choice(names()), metavar="STORE...")
@click.option(
    "--folder",
    "target",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where to. Default: compat-matrix/results.",
)
@click.option("--parallel", type=click.IntRange(1, 256), default=PARALLEL, show_default=True, help="Scenarios at once.")
def record(stores: tuple[str, ...], target: Path | None, parallel: int) -> None:
    """Start each STORE on this machine, run all scenarios against it, and write <STORE>.json.

    \b
    s3tester record moto swift rclone     those that need nothing but Python packages
    python -m s3tester.stores list        all there are, and which of them are installed

    What is otherwise than in the file that was there is printed. A store that can't be had is recorded as such, with
    the reason, unless there are results of it.
    """  # noqa: D301 - \b is for click
    for name in stores:
        path = (target or folder("results")) / f"{name}.json"
        before = read(path) if path.exists() else None
        found = measure(name, parallel=parallel)
        if found.not_run is not None:
            click.echo(f"{name}: not run: {found.not_run}", err=True)
            if before is not None and before.not_run is None:
                continue
        elif before is not None and (changes := compare(before, found)):
            print_changes(before, found, changes, sys.stdout)
        path.write_text(found.text(), "utf-8")
        click.echo(f"{name}: {len(found.results)} scenarios, written to {path}")
