"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3tester import choosing
from s3tester.loading import load
from s3tester.places import folder

if TYPE_CHECKING:
    from s3tester.scenario import Loaded

scenarios_option = click.option(
    "--scenarios",
    "places",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A scenario file, or a folder of them; may be repeated. Default: those that come with s3tester.",
)
filter_option = click.option("--filter", "terms", multiple=True, metavar="TERM", help=choosing.HELP)


def load_from(places: tuple[Path, ...]) -> list[Loaded]:
    """The scenarios of the places that were named, else ours."""
    return load(places or [folder("scenarios")])
