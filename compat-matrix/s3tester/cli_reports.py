"""The commands that send nothing: what was measured, as reports, differences and profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3tester.cli import DIFFERENCES, OK
from s3tester.diff import Change, Kind, baseline_of, compare
from s3tester.places import folder
from s3tester.profile import as_profile, as_settings
from s3tester.report import FORMATS, as_table, render
from s3tester.results import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import Results

_FILE = click.Path(dir_okay=False, path_type=Path)
_OUTPUT = click.option("--output", "-o", type=_FILE, help="Write to this file. Default: standard output.")
_STYLES = {
    Kind.FAILURE: "bold red",
    Kind.VERDICT: "yellow",
    Kind.MEASURED: "yellow",
    Kind.FIXED: "green",
    Kind.NEW: "cyan",
    Kind.VANISHED: "magenta",
}


@click.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="[FILE]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    show_default=True,
    help="html: the matrix as one file that fetches nothing. json, yaml: one result file, or a list of several.",
)
@_OUTPUT
def report(files: tuple[Path, ...], format_name: str, output: Path | None) -> None:
    """Shows results: those of FILEs, or all that are recorded.

    \b
    s3tester report                                  all recorded stores, side by side
    s3tester report run.json                         one run, with reasons
    s3tester report --format html -o matrix.html     the matrix with the evidence of every cell
    """  # noqa: D301 - \b is for click
    runs = [read(path) for path in files or sorted(folder("results").glob("*.json"))]
    _refuse_twice(runs)
    if format_name != "table":
        _write(render(format_name, runs), output)
    elif output is None:
        Console().print(as_table(runs))
    else:
        with output.open("w", encoding="utf-8") as file:
            Console(file=file, width=160).print(as_table(runs))


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
    console = Console()
    if changes:
        console.print(changes_table(old, new, changes))
        return DIFFERENCES
    console.print(Text(f"Nothing differs: {len(new.results)} scenarios at {new.store.label}."))
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
    _write(as_settings(results, store) if store else as_profile(results), output)


def changes_table(before: Results, after: Results, changes: Sequence[Change]) -> Table:
    """The differences between two runs, for rich to print."""
    table = Table(title=Text(f"{after.store.label}: {_of(before)}, then {_of(after)}"), title_justify="left")
    for name in ("change", "scenario", "before", "after", "about"):
        table.add_column(name, overflow="fold")
    for change in changes:
        kind = Text(change.kind, style=_STYLES[change.kind])
        told = (change.scenario, change.before, change.after, change.reason)
        table.add_row(kind, *(Text(each) for each in told))
    return table


def _of(results: Results) -> str:
    date = results.run.date[:10] if results.run else "not run"
    return f"{results.store.version or 'version unknown'} ({date})"


def _refuse_twice(runs: Sequence[Results]) -> None:
    names = [run.store.name for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"more than one file has results of {name!r}; 's3tester diff' compares two runs")


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.get_binary_stream("stdout").write(text.encode())
    else:
        output.write_text(text, "utf-8")
