"""``blob features``: what a store can do, and how that is known."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from holdall.capabilities import Support
from holdall.cli import places, probing
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location, complete_store
from holdall.cli.output import plain
from holdall.cli.session import Session, pass_session
from holdall.cli.text import escape

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from holdall.capabilities import Capabilities
    from holdall.models import ProviderInfo

EXAMPLES = (
    Example("The default store, for people", "blob features"),
    Example("Another one, for programs", "blob features lake --json"),
    Example("What it does about conditions", "blob features lake --format text | grep if_"),
    Example("Find out what it really does, by trying it (with -n: only say so)", "blob features lake --probe -n"),
)
WRITES = """
{"store", "provider", "endpoint", "family", "version", "recognised_by", "features": [{"feature", "value", "source",
"date", "note"}]}; a value is "yes", "no" or "unknown", a limit (null: none is known), or a list of names.
"""


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete_store(ctx, param, incomplete) or complete_location(ctx, param, incomplete)


@command("features", examples=EXAMPLES, writes=WRITES, default_format="table")
@click.argument("store_name", metavar="[STORE]", required=False, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--probe", is_flag=True, help="Find out what it does, by some seventy requests on scratch objects.")
@click.option("--scratch-bucket", is_flag=True, help="Probe in a bucket that is made for it, and deleted afterwards.")
@click.option("--fresh", is_flag=True, help="Probe although something is kept that was found out earlier.")
@click.option("--forget", is_flag=True, help="Forget what was found out earlier.")
@pass_session
def features(
    session: Session,
    *,
    store_name: str | None,
    as_json: bool,
    probe: bool,
    scratch_bucket: bool,
    fresh: bool,
    forget: bool,
) -> None:
    """Show what STORE (a name or a location; default: the default store) can do, and how that is known.

    This is what holdall acts upon. Without --probe no request is sent, so of a store that neither its settings nor its
    host tell anything about, only what every store has is known.

    With --probe it is tried: create-only writes that race, wrong checksums, customers' keys, tags and so on, on scratch
    objects below the store's prefix that are deleted whatever happens. What was found is kept for 30 days and used
    whenever this endpoint is opened.
    """
    from holdall.opening import make_provider  # noqa: PLC0415 - pydantic takes its time

    if as_json:
        session.form = "json"
    probe = probe or fresh or scratch_bucket
    if probe and forget:
        raise click.UsageError("--forget and --probe exclude each other; --fresh probes anew")
    store = places.store_of(session, store_name)
    provider = make_provider(store)
    try:
        if probe or forget:
            known = probing.capabilities_of(store, provider, scratch_bucket=scratch_bucket or forget)
            if session.dry_run:
                session.say(_would(store.name, forget=forget, scratch_bucket=scratch_bucket))
            elif forget:
                session.explain("forgotten" if known.forget() else "nothing was kept")
            else:
                with probing.telling(session) as progress:
                    known.probe(fresh=fresh, progress=progress)
        info, capabilities = provider.info, provider.capabilities
    finally:
        provider.close()
    rows = _rows(capabilities)
    if session.form == "json":
        session.record(_head(info) | {"features": rows})
    elif session.form == "text":
        session.output.rows(rows, "text")
    else:
        session.output.text(f"{_words(info)}\n")
        session.output.table(["feature", "value", "source", "date", "note"], _cells(rows))


COMMAND = features


def _would(name: str, *, forget: bool, scratch_bucket: bool) -> str:
    if forget:
        return f"would forget what was found out about {name}"
    return f"would probe {name} " + ("in a scratch bucket" if scratch_bucket else "on scratch objects in its bucket")


def _head(info: ProviderInfo) -> dict[str, Any]:
    return {
        "store": info.store,
        "provider": info.kind,
        "endpoint": info.endpoint,
        "family": info.family,
        "version": info.version,
        "recognised_by": info.recognised_by,
    }


def _words(info: ProviderInfo) -> str:
    """The store in a sentence."""
    words = f"{info.store or info.kind}: provider {info.kind}"
    if info.endpoint is not None:
        words += f", {info.endpoint}"
    if info.family is not None:
        words += f"; {info.family} {info.version or '(version not known)'}"
        words += f", recognised by {info.recognised_by}" if info.recognised_by else ", recognised by nothing"
    return escape(words)


def _rows(capabilities: Capabilities) -> list[dict[str, Any]]:
    rows = []
    for feature, value in capabilities.leaves():
        evidence = capabilities.evidence(feature)
        rows.append(
            {
                "feature": feature,
                "value": value.value if isinstance(value, Support) else value,
                "source": evidence.source.value,
                "date": evidence.date,
                "note": evidence.note,
            }
        )
    return rows


def _cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    """The rows of the table, with an empty one between groups."""
    cells: list[list[str]] = []
    for _, group in groupby(rows, key=lambda row: row["feature"].partition(".")[0]):
        cells += [[""] * 5] if cells else []
        cells += [
            [row["feature"], _value(row["value"]), row["source"], *(plain(row[name]) for name in ("date", "note"))]
            for row in group
        ]
    return cells


def _value(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(value) or "none" if isinstance(value, tuple) else plain(value)
