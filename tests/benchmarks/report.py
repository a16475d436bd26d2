"""The results as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.clients import CLIENTS
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.results import rows

if TYPE_CHECKING:
    from tests.benchmarks.results import Results, Row

MIB = 2**20


def amount(row: Row, job: str) -> str:
    """CPU of a row: milliseconds per call, or seconds for the whole."""
    if JOBS[job].per_call:
        return f"{row.cpu / row.operations * 1000:.3f}"
    return f"{row.cpu:.3f}"


def unit(job: str) -> str:
    """What `amount` tells."""
    return "CPU ms" if JOBS[job].per_call else "CPU s"


def times(ratio: float | None) -> str:
    """A ratio, or nothing."""
    return "" if ratio is None else f"{ratio:.2f}"


def per_second(row: Row) -> str:
    """Operations per second, where there are several."""
    return f"{row.operations / row.wall:,.0f}" if row.operations > 1 and row.wall else ""


def columns(job: str) -> list[str]:
    """The heads of a job's table."""
    return [unit(job), "+-", "to boto3", "wall s", "to boto3", "per s", "MiB"]


def cells(row: Row, job: str) -> list[str]:
    """A row of a job's table, without the client's name."""
    return [
        amount(row, job),
        f"{row.spread:.0%}",
        times(row.ratio),
        f"{row.wall:.2f}",
        times(row.wall_ratio),
        per_second(row),
        f"{row.memory / MIB:.0f}",
    ]


def caption(results: Results, job: str, protocol: str) -> str:
    """What a job's table is about."""
    found = rows(results.of(job, protocol))
    count = f" ({found[0].operations:,})" if found and found[0].operations > 1 else ""
    return f"{JOBS[job].title}{count}, {protocol}"


def table(results: Results, job: str, protocol: str) -> str:
    """A job for the terminal, with what was not measured below."""
    series = results.of(job, protocol)
    lines = [["client", *columns(job)], *([CLIENTS[row.client].title, *cells(row, job)] for row in rows(series))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    text = [caption(results, job, protocol)]
    for line in lines:
        first, *rest = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        text.append("  ".join([first.strip().ljust(widths[0]), *rest]))
    text += [f"not measured: {CLIENTS[each.client].title}: {each.reason}" for each in series if each.reason]
    return "\n".join(text)
