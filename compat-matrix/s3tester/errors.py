"""What stops the tool as a whole. What stops one scenario is a verdict."""

from __future__ import annotations


class BadInput(Exception):
    """Scenarios, options or settings that can't be right. Nothing was sent. Exit code 2.

    Args:
        problems: One line each, mostly ``file:line: message``.
        hint: What to do.
    """

    def __init__(self, *problems: str, hint: str | None = None) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.hint = hint


class CouldNotRun(Exception):
    """The store could not be reached, or made no scratch bucket. Exit code 3.

    Args:
        message: What happened.
        hint: What to do.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
