"""``blob config``: which settings are in effect, and where they come from."""

from __future__ import annotations

import click

from holdall.cli.command import BlobCommand, Example, command
from holdall.cli.completing import complete_store
from holdall.cli.session import Session, pass_session
from holdall.cli.text import escape

WRITES_SHOW = """
[{"path", "value", "source", "secret"}]; secrets are shown as "**********".
"""


@click.group(
    "config", no_args_is_help=False, epilog="'blob config show --help' and 'blob config path --help' have examples."
)
def config() -> None:
    """Show settings, and where they come from."""


@command(
    "show",
    examples=(
        Example("Everything", "blob config show"),
        Example("One store", "blob config show lake"),
        Example("For programs", "blob config show lake --format json"),
    ),
    writes=WRITES_SHOW,
    default_format="table",
)
@click.argument("store_name", metavar="[STORE]", required=False, shell_complete=complete_store)
@pass_session
def show(session: Session, *, store_name: str | None) -> None:
    """Show each effective setting with its source; secrets are hidden.

    Sources are files with the setting's path in them, environment variables, options of this call, "built in", and
    "default" where nobody set it.
    """
    from holdall.config import explain, explain_store  # noqa: PLC0415 - pydantic takes its time

    name = store_name or session.store
    if name is None and not session.overrides:
        found = explain(session.config)
    else:
        resolved = session.config.resolve(name, session.overrides)
        found = list(explain_store(resolved))
    rows = [{"path": row.path, "value": row.value, "source": row.source, "secret": row.secret} for row in found]
    if session.form == "table":
        rows = [{"setting": row["path"], "value": row["value"], "source": row["source"]} for row in rows]
    session.output.rows(rows, session.form)


@command(
    "path",
    examples=(Example("Which files are read", "blob config path"),),
    writes='{"files"}; the weakest first.',
    default_format="text",
)
@pass_session
def path(session: Session) -> None:
    """Show the settings files that are read, the weakest first."""
    from holdall.config import notes  # noqa: PLC0415 - pydantic takes its time

    files = [str(each) for each in session.config.files]
    if session.form == "json":
        session.record({"files": files})
    else:
        session.output.text("".join(f"{escape(each)}\n" for each in files))
    if not files:
        session.say("There is none: write a holdall.toml in this folder, or see the documentation for other places.")
    for note in notes(session.config):
        session.say(f"Note: {note}")


SUBCOMMANDS: tuple[BlobCommand, ...] = (show, path)
for subcommand in SUBCOMMANDS:
    config.add_command(subcommand)
COMMAND = config
