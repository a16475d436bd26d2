"""``blob completion``: what a shell needs to complete the command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from holdall.cli.command import Example, command
from holdall.cli.session import Session, pass_session

VARIABLE = "_BLOB_COMPLETE"
"""The variable by which a shell asks the command for completions; click derives it from the command's name."""

# Instead of click's: bash takes the colon of blob:// for the end of a word (so words are put together again, and what
# stands before the colon is cut off the replies), adds a blank behind a folder, and inserts keys without quoting them.
_BASH = r"""_blob_completion() {
    local words=() word i reply type value before quoted
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == : || ${COMP_WORDS[i - 1]} == : ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    word=${words[${#words[@]} - 1]}
    before= quoted=
    if [[ $word == [\"\']* ]]; then
        quoted=1
    elif [[ $COMP_WORDBREAKS == *:* ]]; then
        before=${word%"${word##*:}"}
    fi
    COMPREPLY=()
    while IFS=, read -r type value; do
        if [[ $type == file ]]; then
            compopt -o default 2>/dev/null
        elif [[ $type == dir ]]; then
            compopt -o dirnames 2>/dev/null
        else
            [[ $value == */ ]] && compopt -o nospace 2>/dev/null
            reply=$value
            [[ $quoted ]] || printf -v reply %q "$value"
            COMPREPLY+=("${reply#"$before"}")
        fi
    done < <(IFS=$'\n'; COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) _BLOB_COMPLETE=bash_complete "$1")
}
complete -o nosort -F _blob_completion blob"""

# Changes to click's scripts: zsh adds a blank behind a folder, fish cuts keys off at a comma.
_MENDED = {
    "zsh": (
        "compadd -U -V unsorted -a completions",
        (
            "compadd -U -V unsorted -S '' -- ${(M)completions:#*/}; compadd -U -V unsorted -- ${completions:#*/}; "
            "(( compstate[nmatches] ))"
        ),
    ),
    "fish": ('string split "," $completion', 'string split --max 1 "," $completion'),
}


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

    For zsh put it as _blob into a folder of $fpath, or eval it after compinit; for fish into
    ~/.config/fish/completions/blob.fish.
    """
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no shell {shell}")
    source = _BASH if shell == "bash" else kind(root.command, {}, "blob", VARIABLE).source().replace(*_MENDED[shell])
    session.output.text(source + "\n")


COMMAND = completion
