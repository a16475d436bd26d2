"""``blob doctor``: what is wrong with a store, step by step."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from holdall.cli import exits, failures, missing
from holdall.cli.checkup import findings
from holdall.cli.command import Example, command
from holdall.cli.completing import complete_location, complete_store
from holdall.cli.output import is_terminal
from holdall.cli.session import Session, pass_session
from holdall.cli.text import escape

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from holdall.cli.checkup import Finding
    from holdall.errors import StorageError

EXAMPLES = (
    Example("The default store", "blob doctor"),
    Example("Another one, and whether it can be written to", "blob doctor lake --write"),
    Example("For programs", "blob doctor lake --format json"),
)
WRITES = """
[{"check", "ok", "detail", "seconds", "error", "solution"}]; ok is null for steps that were not tried, since one before
them failed; error is the name of the error's class.
"""
_MARKS = {True: "✓", False: "✗", None: "-"}


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete_store(ctx, param, incomplete) or complete_location(ctx, param, incomplete)


@command("doctor", examples=EXAMPLES, writes=WRITES, default_format="text")
@click.argument("store_name", metavar="[STORE]", required=False, shell_complete=_complete)
@click.option("--write", is_flag=True, help="Also write, read and delete a scratch object.")
@pass_session
def doctor(session: Session, *, store_name: str | None, write: bool) -> int:
    """Look whether STORE (a name or a location; default: the default store) can be reached and used.

    The exit code is 0 if all is well, else that of the first error. Nothing is changed without --write.
    """
    found: list[Finding] = []
    for finding in findings(session, store_name, write=write and not session.dry_run):
        found.append(finding)
        if session.form == "text":
            # One by one: a step that takes long is seen to do so.
            session.output.text(f"{_MARKS[finding.ok]} {finding.name}: {escape(finding.detail)}{_time(finding)}\n")
            session.output.flush()
    if session.form == "json":
        session.output.rows([_record(each, session) for each in found], "json")
    elif session.form == "table":
        rows = [{"": _MARKS[each.ok], "check": each.name, "detail": each.detail, "time": _time(each)} for each in found]
        session.output.rows(rows, "table")
    for each in found:
        if each.error is not None:
            # Elsewhere whoever reads one of the two streams does not see the other.
            seen = session.form != "json" and not session.quiet and is_terminal(sys.stdout) and is_terminal(sys.stderr)
            failures.report(each.error, session, f"the check {each.name!r} failed" if seen else None)
            return exits.exit_code(each.error)
    return exits.OK


COMMAND = doctor


def _time(finding: Finding) -> str:
    return "" if finding.ok is None else f" ({finding.seconds * 1000:.0f} ms)"


def _record(finding: Finding, session: Session) -> dict[str, Any]:
    error: StorageError | None = finding.error
    return {
        "check": finding.name,
        "ok": finding.ok,
        "detail": finding.detail,
        "seconds": round(finding.seconds, 3),
        "error": error and type(error).__name__,
        "solution": error and (missing.solution(error, session) or failures.solution_for(error)),
    }
