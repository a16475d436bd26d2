"""How verdicts look and what they mean, for all reports alike."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

SYMBOLS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.SUPPORTED: "✓",
        Verdict.DIFFERS: "≈",
        Verdict.UNSUPPORTED: "-",
        Verdict.DIRTY: "✗",
        Verdict.IGNORED: "!",
        Verdict.CORRUPT: "‼",
        Verdict.FLAKY: "~",
        Verdict.ERROR: "?",
        Verdict.NOT_RUN: "·",
    }
)
"""One character each, best first: colours alone don't tell them apart for everybody."""

STYLES: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.SUPPORTED: "green",
        Verdict.DIFFERS: "cyan",
        Verdict.UNSUPPORTED: "dim",
        Verdict.DIRTY: "yellow",
        Verdict.IGNORED: "bold red",
        Verdict.CORRUPT: "bold white on red",
        Verdict.FLAKY: "magenta",
        Verdict.ERROR: "magenta",
        Verdict.NOT_RUN: "dim",
    }
)
"""Styles of rich."""

MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.SUPPORTED: "It works, and its effect was seen.",
        Verdict.DIFFERS: "It works, in another shape than on Amazon S3.",
        Verdict.UNSUPPORTED: "The store refuses it cleanly: a program notices.",
        Verdict.DIRTY: "The store refuses it with a wrong status or code, or breaks (5xx).",
        Verdict.IGNORED: "The store answers with success and does nothing: a program does not notice.",
        Verdict.CORRUPT: "Bytes were lost or changed.",
        Verdict.FLAKY: "The verdict changes from one repetition to the next.",
        Verdict.ERROR: "Nothing was learned: the connection, a time limit or s3tester itself failed.",
        Verdict.NOT_RUN: "Not tried; the evidence says why, for example because something it needs is not supported.",
    }
)


def printable(text: str) -> str:
    """Text without characters that a terminal would obey: a server's answers may hold any."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
