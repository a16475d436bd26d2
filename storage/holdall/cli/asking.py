"""Questions to whoever sits at the terminal."""

from __future__ import annotations

import sys

import click


def ask(question: str) -> str:
    """The answer of a terminal. Not click's prompt, which writes a blank to standard output.

    Args:
        question: With a blank behind.
    """
    click.echo(question, nl=False, err=True)
    return sys.stdin.readline().strip()
