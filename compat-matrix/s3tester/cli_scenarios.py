"""``validate``, ``list``, ``schema``: commands about scenarios; they send nothing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from s3tester.choosing import choose
from s3tester.cli_options import filter_option, load_from, scenarios_option
from s3tester.features import all_features
from s3tester.loading import load
from s3tester.places import folder
from s3tester.scenario import ScenarioFile
from s3tester.tables import write_table


@click.command("validate")
@click.argument("places", nargs=-1, type=click.Path(path_type=Path))
def validate(places: tuple[Path, ...]) -> None:
    """Check scenario files, or folders of them. Default: those that come with s3tester.

    Every mistake is told with its file and line; the exit code is then 2.
    """
    loaded = load(places or [folder("scenarios")])
    features = {each.scenario.feature for each in loaded}
    click.echo(f"{len(loaded)} scenarios of {len(features)} features are valid.")


@click.command("list")
@scenarios_option
@filter_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--untested", is_flag=True, help="Instead, list the features that no scenario is about.")
def list_scenarios(places: tuple[Path, ...], terms: tuple[str, ...], form: str, *, untested: bool) -> None:
    """List scenarios."""
    loaded = load_from(places)
    if untested:
        tested = {each.scenario.feature for each in loaded}
        click.echo("\n".join(each for each in all_features() if each not in tested))
        return
    chosen = choose(loaded, terms, with_required=False, with_large=True)
    if form == "json":
        found = [
            {
                "scenario": each.scenario.id,
                "feature": each.scenario.feature,
                "group": each.group,
                "title": each.scenario.title,
                "severity": each.scenario.severity,
                "file": each.file,
                "line": each.line,
            }
            for each in chosen
        ]
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    rows = [(each.scenario.id, each.scenario.severity, each.scenario.title) for each in chosen]
    write_table(("scenario", "severity", "title"), rows)


@click.command("schema")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ScenarioFile.model_json_schema(by_alias=True)}
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))
