"""The group ``blob``: which subcommand is in which module, and how a run ends."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, cast

import click

from holdall.cli import exits, failures
from holdall.cli.command import BlobCommand, global_options
from holdall.cli.output import ReaderGone, forget_output
from holdall.cli.session import Session
from holdall.cli.signals import Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "put": "put",
    "get": "get",
    "list": "listing",
    "head": "head",
    "delete": "delete",
    "copy": "copy",
    "resume": "resume",
    "uploads": "uploads",
    "stores": "stores",
    "config": "config",
    "doctor": "doctor",
    "features": "features",
    "completion": "completion",
}
"""Each subcommand with its module in ``holdall.cli.commands``; in the order of help."""


class LazyGroup(click.Group):
    """A group that imports a subcommand's module when the subcommand is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"holdall.cli.commands.{COMMANDS[cmd_name]}")
        return cast("BlobCommand", module.COMMAND)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that is asked for; where there is none of that name, the nearest one is named."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]!r}?", ctx) from error


EPILOG = """
Locations are blob://<store>/<key>, blob://<store>/<bucket>/<key> for stores that name no bucket, s3://<bucket>/<key>,
file:///<path>, and memory://<name>/<key>. Add ?versionId=<id> for a version. "-" is standard input or output.

Exit codes: 0 done, 1 not there or not as expected, 2 wrong arguments or settings, 3 the store or the way to it failed,
70 a mistake in holdall, 129 the terminal was closed, 130 interrupted, 141 the reader of the output went away,
143 terminated.
"""


@click.group("blob", cls=LazyGroup, params=list(global_options()), epilog=EPILOG, invoke_without_command=True)
@click.version_option(package_name="holdall", prog_name="blob")
@click.pass_context
def blob(ctx: click.Context) -> int:
    """Put, get, list, copy and delete objects in any store: S3, folders, memory.

    Data goes to standard output, messages and errors to standard error.
    """
    if ctx.invoked_subcommand is not None:
        return exits.OK
    click.echo(ctx.get_help(), err=True)
    return exits.BAD_INPUT


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows the program's name; default: the process's arguments.

    Returns:
        The exit code.
    """
    session = Session()
    try:
        result = blob.main(
            args=None if arguments is None else list(arguments), prog_name="blob", standalone_mode=False, obj=session
        )
        session.output.flush()
    except ReaderGone:
        forget_output()
        return exits.READER_GONE
    except (Exception, KeyboardInterrupt, Stopped) as error:  # noqa: BLE001 - whatever it is, people get no traceback
        return failures.handle(error, session)
    return result if isinstance(result, int) else exits.OK
