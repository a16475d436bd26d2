"""mkdocs hook: the reference of the command line, read from the click commands, in place of `<!-- commands -->`."""

from __future__ import annotations

import html
import inspect
from typing import Any

import click

from holdall.cli.app import blob
from holdall.cli.command import BlobCommand, global_options

MARK = "<!-- commands -->"


def _options(params: list[click.Parameter], ctx: click.Context) -> str:
    records = (param.get_help_record(ctx) for param in params if isinstance(param, click.Option))
    cells = [f"| <code>{_cell(record[0])}</code> | {_cell(record[1])} |" for record in records if record is not None]
    return "\n".join(["| option | |", "| --- | --- |", *cells]) if cells else ""


def _cell(text: str) -> str:
    return html.escape(" ".join(text.split())).replace("|", "&#124;")


def _one(name: str, command: click.Command, parent: click.Context) -> list[str]:
    ctx = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(ctx))
    parts = [
        f"## {ctx.command_path}",
        inspect.cleandoc(command.help or ""),
        f"```text\n{ctx.command_path} {usage}\n```",
    ]
    own = list(command.own_params) if isinstance(command, BlobCommand) else list(command.params)
    if options := _options(own, ctx):
        parts.append(options)
    if isinstance(command, BlobCommand):
        forms = ", ".join(f"`{form}`" for form in command.formats)
        parts.append(f"`--format` takes {forms}; default: `{command.default_format}`.")
        if command.examples:
            lines = "\n".join(f"# {example.what}\n{example.line}" for example in command.examples)
            parts.append(f"```text\n{lines}\n```")
        if command.writes:
            parts.append(f"Output:\n\n```text\n{command.writes.strip()}\n```")
    if isinstance(command, click.Group):
        for inner in command.list_commands(ctx):
            found = command.get_command(ctx, inner)
            if found is not None:
                parts += _one(inner, found, ctx)
    return parts


def cli_reference() -> str:
    """The global options, then each command."""
    ctx = click.Context(blob, info_name="blob")
    parts = [inspect.cleandoc(blob.help or ""), "## Global options", _options(list(global_options()), ctx)]
    for name in blob.list_commands(ctx):
        command = blob.get_command(ctx, name)
        if command is not None:
            parts += _one(name, command, ctx)
    return "\n\n".join(parts)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    return markdown.replace(MARK, cli_reference()) if MARK in markdown else markdown
