"""The commands that send nothing: what was measured, as reports, differences and profiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3tester.cli import DIFFERENCES, OK
from s3tester.diff import baseline_of, compare
from s3tester.places import folder
from s3tester.profile import as_profile, as_settings
from s3tester.report import FORMATS, write
from s3tester.report.changes import print_changes
from s3tester.results import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import Results

_FILE = click.Path(dir_okay=False, path_type=Path)
_OUTPUT = click.option("--output", "-o", type=_FILE, help="Write to this file. Default: standard output.")


@click.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="[FILE]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="html: the matrix as one file that fetches nothing. json, yaml: one result file, or a list of several.",
)
@_OUTPUT
def report(files: tuple[Path, ...], form: str, output: Path | None) -> None:
    """Shows results: those of FILEs, or all that are recorded.

    \b
    s3tester report                                  all recorded stores, side by side
    s3tester report run.json                         one run, with reasons
    s3tester report --format html -o matrix.html     the matrix with the evidence of every cell
    """  # noqa: D301 - \b is for click
    runs = [read(path) for path in files or sorted(folder("results").glob("*.json"))]
    _refuse_twice(runs)
    write(form, runs, output)


@click.command()
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE, required=False)
@click.option("--partial", is_flag=True, help="AFTER ran a part of the scenarios: the others did not vanish.")
def diff(before: Path, after: Path | None, *, partial: bool) -> int:
    """Shows what is different between two runs, BEFORE and AFTER.

    With one file, it is held against the recorded results of its store. Times, request ids and texts never count.
    Exit code 0: nothing differs; 1: something does.

    \b
    s3tester diff run.json                 a run against compat-matrix/results/<store>.json
    s3tester diff monday.json today.json   two runs
    """  # noqa: D301 - \b is for click
    first = read(before)
    old, new = (baseline_of(first), first) if after is None else (first, read(after))
    changes = compare(old, new, partial=partial)
    if changes:
        print_changes(old, new, changes, sys.stdout)
        return DIFFERENCES
    click.echo(f"Nothing differs at {new.store.name}: {len(new.results)} compared.")
    return OK


@click.command()
@click.argument("run", type=_FILE)
@click.option(
    "--settings",
    "store",
    metavar="STORE",
    help="Write overrides for [stores.STORE] of holdall.toml instead of a profile.",
)
@_OUTPUT
def profile(run: Path, store: str | None, output: Path | None) -> None:
    """Writes a profile of capabilities from the results in the file RUN.

    supported is yes; unsupported, dirty, ignored and corrupt are no; what differs, is flaky or failed is unknown. A
    feature of several scenarios takes the worst. Limits are those measured.

    \b
    s3tester profile run.json -o mystore.toml       a profile, in the format of holdall_s3/profiles
    s3tester profile run.json --settings lake       what to put into holdall.toml for the store "lake"
    """  # noqa: D301 - \b is for click
    results = read(run)
    text = as_settings(results, store) if store else as_profile(results)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")


def _refuse_twice(runs: Sequence[Results]) -> None:
    names = [run.store.name for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"more than one file has results of {name!r}; 's3tester diff' compares two runs")
