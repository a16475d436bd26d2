"""What steps do: one function per verb, and what all of them have in common."""

from s3tester.steps.perform import perform

__all__ = ["perform"]
