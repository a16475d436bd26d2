"""What all subcommands share: the global options, accepted before or after the command's name, and examples in help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from holdall.cli.completing import complete_store
from holdall.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS = ("json", "text", "table")
ALL_FORMATS = (*FORMATS, "keys")
KEYS_ONLY = " keys: of list and delete; completion has text only."


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a command's help; the tests run it.

    Attributes:
        what: What it does.
        line: The line for the shell.
    """

    what: str
    line: str


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is None or value is False:
        return
    _refuse_empty(ctx, param, value)
    session = ctx.find_root().ensure_object(Session)
    setattr(session, param.name or "", value)


def _refuse_empty(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """What is empty was meant to be something: taken for "not given", it would do more than was asked for."""
    if value == "":
        raise click.BadParameter("it is empty; is a variable unset?", ctx=ctx, param=param)


def global_options(formats: Sequence[str] = ALL_FORMATS, default: str | None = None) -> list[click.Option]:
    """The options that may stand before or after the command's name; the later one counts.

    Args:
        formats: What ``--format`` takes.
        default: What it is where nobody says, for help.
    """
    shown = f" Default: {default}." if default else ""
    options: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (("--store",), {"help": "Store of plain keys and of s3:// locations.", "shell_complete": complete_store}),
        (
            ("--bucket",),
            {"help": "Bucket of plain keys [BLOB_BUCKET] and blob:// locations, not the store's own."},
        ),
        (("--region",), {"help": "Region of the store [AWS_REGION]."}),
        (("--profile",), {"help": "Profile of the shared AWS files [AWS_PROFILE]."}),
        (
            ("--format", "form"),
            {"type": click.Choice(formats), "help": f"How results are written.{shown or KEYS_ONLY}"},
        ),
        (("--verbose", "-V"), {"is_flag": True, "help": "Say on standard error what is done."}),
        (("--quiet", "-q"), {"is_flag": True, "help": "Write no results and no messages, errors excepted."}),
        (("--dry-run", "-n"), {"is_flag": True, "help": "Say what would be done, and change nothing."}),
    ]
    return [click.Option(names, callback=_remember, expose_value=False, **rest) for names, rest in options]


class BlobCommand(click.Command):
    """A subcommand: with the global options, examples, and a description of what it writes."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[Example] = (),
        writes: str = "",
        formats: Sequence[str] = FORMATS,
        default_format: str = "json",
        **rest: Any,
    ) -> None:
        """As click's, and:

        Args:
            *args: For click.
            examples: Shown in help, run by the tests.
            writes: What ``--format json`` writes.
            formats: What ``--format`` takes.
            default_format: What it is where nobody says.
            **rest: For click.
        """  # noqa: D415 - the list that follows ends the sentence
        super().__init__(*args, **rest)
        self.examples = tuple(examples)
        self.writes = writes
        self.formats = tuple(formats)
        self.default_format = default_format
        self.own_params = tuple(self.params)
        self.params = [*self.params, *global_options(formats, default_format)]

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command, if nothing that it was given is empty; a format from before its name must be its own."""
        for param in self.own_params:
            _refuse_empty(ctx, param, ctx.params.get(param.name or ""))
        session = ctx.find_root().ensure_object(Session)
        session.form = session.form or self.default_format
        if session.form not in self.formats:
            raise click.UsageError(f"--format {session.form} is not for this command; it has {', '.join(self.formats)}")
        session.output  # noqa: B018 - a closed standard output is found before anything is done
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options first, then those of all commands."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": [], "Global options": []}
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)) is not None:
                own = param in self.own_params or "--help" in param.opts
                groups["Options" if own else "Global options"].append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, and what the command writes."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}# {example.what}\n")
                    formatter.write(f"{'':{formatter.current_indent}}{example.line}\n")
        if self.writes:
            with formatter.section("Output"):
                for line in self.writes.strip().splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def command(name: str, **rest: Any) -> Callable[[Callable[..., Any]], BlobCommand]:
    """Makes a subcommand of a function; see ``BlobCommand`` for the arguments."""
    return click.command(name, cls=BlobCommand, **rest)
