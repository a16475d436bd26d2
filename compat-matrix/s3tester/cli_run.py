"""``run``: the command that measures."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from holdall.cli.output import console_for_people
from s3tester import expecting, report
from s3tester.choosing import choose
from s3tester.cli import DIFFERENCES, INTERRUPTED, OK
from s3tester.cli_options import filter_option, load_from, scenarios_option
from s3tester.diff import compare
from s3tester.errors import BadInput
from s3tester.plan import plan
from s3tester.report.changes import print_changes
from s3tester.results import Results, StoreInfo, read
from s3tester.runlog import RunLog
from s3tester.runner import PARALLEL
from s3tester.runner import run as run_scenarios
from s3tester.target import from_endpoint, from_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from s3tester.results import ScenarioResult
    from s3tester.scenario import Loaded


@click.command("run")
@click.option("--store", help="A store of holdall's configuration, of an S3 kind. Default: the default store.")
@click.option("--endpoint", metavar="URL", help="Instead, the address of a store; see below for its keys.")
@click.option("--config", type=click.Path(path_type=Path), help="File of holdall's settings [HOLDALL_CONFIG].")
@scenarios_option
@filter_option
@click.option("--parallel", type=click.IntRange(1, 256), default=PARALLEL, show_default=True, help="Scenarios at once.")
@click.option("--repeat", type=click.IntRange(1, 100), default=1, show_default=True, help="Runs of each scenario.")
@click.option("--format", "form", type=click.Choice(list(report.FORMATS)), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write there instead of to standard output.")
@click.option("--log", type=click.Path(path_type=Path), help="Write every step there, one JSON object per line.")
@click.option("--baseline", "recorded", type=click.Path(path_type=Path), help="Expect what this result file has.")
@click.option("--expect", "expected", multiple=True, metavar="SCENARIO=VERDICT", help="Expect this; may be repeated.")
@click.option("--name", help="What results call the store. Default: its name, or its host.")
@click.option("--title", help="The store's name for people, for the results.")
@click.option("--family", help="Name of the S3 provider's profile for such stores, for the results.")
@click.option("--server-version", help="The server's version, for the results.")
@click.option("--how", help="How to start the server, for the results.")
@click.option("--dry-run", "-n", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--progress/--no-progress", default=None, help="Show progress. Default: on a terminal.")
def run(
    store: str | None,
    endpoint: str | None,
    config: Path | None,
    places: tuple[Path, ...],
    terms: tuple[str, ...],
    parallel: int,
    repeat: int,
    form: str,
    output: Path | None,
    log: Path | None,
    recorded: Path | None,
    expected: tuple[str, ...],
    name: str | None,
    title: str | None,
    family: str | None,
    server_version: str | None,
    how: str | None,
    *,
    dry_run: bool,
    progress: bool | None,
) -> int:
    """Run scenarios against a store.

    Keys are never arguments. With --store they are those of the store's settings; with --endpoint they come from
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION. A second account, for what two may do to
    each other, is in S3TESTER_OTHER_ACCESS_KEY_ID and S3TESTER_OTHER_SECRET_ACCESS_KEY; without it those scenarios are
    not-run.

    All that is written goes to scratch buckets, which are emptied and removed, also after Ctrl-C.

    The exit code is 0 where every verdict is as --baseline has it; without a baseline, where each is supported or as
    --expect says. Else it is 1.
    """
    if store and endpoint:
        raise click.UsageError("--store and --endpoint exclude each other")
    loaded = choose(load_from(places), terms)
    if dry_run:
        _show_plan(loaded, form)
        return OK
    if output is not None and (output.is_dir() or not os.access(output.parent, os.W_OK)):
        raise BadInput(f"--output {output}: no file can be written there")  # before minutes of work are lost
    before = read(recorded) if recorded else None
    wanted = expecting.parse_expected(expected)
    target = from_endpoint(endpoint, name=name) if endpoint else from_store(store, config_file=config)
    with ExitStack() as open_files:
        stream = open_files.enter_context(log.open("w", encoding="utf-8")) if log else None
        shown = sys.stderr.isatty() if progress is None else progress
        on_result = open_files.enter_context(_bar(len(loaded), shown=shown))
        made = run_scenarios(loaded, target, parallel=parallel, repeat=repeat, log=RunLog(stream), on_result=on_result)
    about = StoreInfo(name=name or target.name, title=title, family=family, version=server_version, how=how)
    results = Results(store=about, run=made.info, results=made.results)
    report.write(form, [results], output)
    for each in made.left:
        click.echo(f"Warning: {each}", err=True)
    if made.interrupted:
        return INTERRUPTED
    if before:
        changes = compare(before, results, partial=bool(places or terms))
        if changes:
            print_changes(before, results, changes, sys.stderr)
        return DIFFERENCES if changes else OK
    found = expecting.unexpected(made.results, wanted)
    if wanted:
        for each in found:
            click.echo(each, err=True)
    return DIFFERENCES if found else OK


def _show_plan(loaded: Sequence[Loaded], form: str) -> None:
    found = plan(loaded)
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif form == "yaml":
        click.echo(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=200), nl=False)
    else:
        for each in found:
            needs = f" (after {', '.join(each['requires'])})" if each["requires"] else ""
            click.echo(f"{each['scenario']}{needs}")
            for request in each["requests"]:
                click.echo(f"  {request}")


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Callable[[ScenarioResult], None]]:
    """A progress bar on standard error."""
    if not shown:
        yield lambda _: None
        return
    from rich.progress import (  # noqa: PLC0415 - takes long, and most runs are not watched
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console_for_people()) as bars:
        bar = bars.add_task("", total=total)
        yield lambda result: bars.update(bar, advance=1, description=f"{result.scenario}: {result.verdict}")
