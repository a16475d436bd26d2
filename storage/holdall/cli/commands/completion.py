"""``blob completion``: what a shell needs to complete the command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from holdall.cli.command import Example, command
from holdall.cli.session import Session, pass_session

VARIABLE = "_BLOB_COMPLETE"
"""The variable by which a shell asks the command for completions; click derives it from the command's name."""

# bash takes the colon of blob:// for the end of a word unless it is told otherwise.
_BEFORE = {"bash": "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n"}


@command(
    "completion",
    examples=(
        Example("bash: in ~/.bashrc", 'eval "$(blob completion bash)"'),
        Example("zsh: in ~/.zshrc", "blob completion zsh > _blob"),
        Example("fish", "blob completion fish > blob.fish"),
    ),
    writes="The script, in the shell's language.",
    formats=("text",),
    default_format="text",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_session
def completion(session: Session, *, shell: str) -> None:
    """Write the script that makes SHELL complete commands, options, stores, buckets and keys.

    For zsh put it as _blob into a folder of $fpath, or eval it; for fish into ~/.config/fish/completions/blob.fish. The
    script for bash takes the colon out of COMP_WORDBREAKS, or locations could not be completed.
    """
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no shell {shell}")
    source = kind(root.command, {}, "blob", VARIABLE).source()
    session.output.text(_BEFORE.get(shell, "") + source + "\n")


COMMAND = completion
