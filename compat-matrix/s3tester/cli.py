"""The command ``s3tester``: which subcommand is in which module, and how a run ends."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from s3tester.errors import BadInput, CouldNotRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

OK, DIFFERENCES, BAD_INPUT, COULD_NOT_RUN, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 70, 130
NEEDED = ("click", "rich", "boto3", "yaml")
"""The packages of the extra ``s3tester``."""
COMMANDS = {
    "run": "s3tester.cli_run:run",
    "validate": "s3tester.cli_scenarios:validate",
    "list": "s3tester.cli_scenarios:list_scenarios",
    "schema": "s3tester.cli_scenarios:schema",
    "report": "s3tester.cli_reports:report",
    "diff": "s3tester.cli_reports:diff",
    "profile": "s3tester.cli_reports:profile",
    "record": "s3tester.cli_record:record",
}
"""Each subcommand with the module and name of its click command; imported when it is asked for."""
EPILOG = """
Exit codes: 0 all as expected, 1 differences, 2 bad input (nothing was sent), 3 could not run, 70 a mistake in s3tester,
130 interrupted.
"""


def main() -> None:
    """Runs the command with the process's arguments, and ends the process with its exit code."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"Error: s3tester needs {', '.join(missing)}\n\nSolution: pip install 'holdall[s3tester]'\n")
        sys.exit(BAD_INPUT)
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows the program's name; default: the process's arguments.

    Returns:
        The exit code.
    """
    try:
        result = group().main(
            args=None if arguments is None else list(arguments), prog_name="s3tester", standalone_mode=False
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - people get no traceback
        return _report(error)
    return result if isinstance(result, int) else OK


def _report(error: BaseException) -> int:
    """Says what ended the command; returns the exit code."""
    import click  # noqa: PLC0415 - an extra

    match error:
        case BadInput():
            code, problems, hint = BAD_INPUT, error.problems, error.hint
        case CouldNotRun():
            code, problems, hint = COULD_NOT_RUN, (str(error),), error.hint
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "s3tester"
            code, problems, hint = BAD_INPUT, (error.format_message(),), f"'{path} --help' shows the options."
        case click.Abort() | KeyboardInterrupt():
            code, problems, hint = INTERRUPTED, ("interrupted",), None
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            code, problems, hint = BAD_INPUT, (f"{where}{error.strerror or type(error).__name__}",), None
        case _:
            # Its message may hold anything, so it is not shown.
            name = type(error).__name__
            hint = "This is a mistake in s3tester: please report it."
            code, problems = INTERNAL, (f"something unexpected happened ({name}) at {_place(error)}",)
    lines = [*(f"Error: {problem}" for problem in problems), *(["", f"Solution: {hint}"] if hint else [])]
    sys.stderr.write("\n".join(lines) + "\n")
    return code


def _place(error: BaseException) -> str:
    """Where in the code an error came up."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119 - a name, of no file of ours


def group() -> click.Group:
    """The group with all its commands, which are imported when they are asked for."""
    import click  # noqa: PLC0415 - an extra

    class LazyGroup(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(COMMANDS)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in COMMANDS:
                return None
            module, _, name = COMMANDS[cmd_name].partition(":")
            found: click.Command = getattr(importlib.import_module(module), name)
            return found

        def resolve_command(
            self, ctx: click.Context, args: list[str]
        ) -> tuple[str | None, click.Command | None, list[str]]:
            try:
                return super().resolve_command(ctx, args)
            except click.UsageError as error:
                near = difflib.get_close_matches(args[0], COMMANDS, n=1)
                if not near:
                    raise
                raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]!r}?", ctx) from error

    @click.group("s3tester", cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["--help", "-h"]})
    @click.version_option(package_name="holdall", prog_name="s3tester")
    def s3tester() -> Any:
        """Measure what an S3 store really does, feature by feature, with evidence."""

    return s3tester
