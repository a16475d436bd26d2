"""Results as Markdown: what `docs/compatibility.md` is made of, and what fits into an issue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s3tester.report.matrix import Matrix, matrix
from s3tester.words import MEANINGS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s3tester.results import Results

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&$^]")


def as_markdown(runs: Sequence[Results]) -> str:
    """Results as Markdown: the stores, what each verdict means, and the features group by group."""
    laid = matrix(runs)
    parts = ["# Compatibility", summary(laid), not_run(laid), "## Verdicts", meanings()]
    parts += [f"## {text(group)}\n\n{table}" for group, table in group_tables(laid)]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(laid: Matrix, link: str = "") -> str:
    """One row for each store: version, date, and how many features have which verdict.

    Args:
        laid: The results.
        link: Address of the HTML matrix; empty: no links.
    """
    found = {run.store.name: laid.counts(run.store.name) for run in laid.stores}
    verdicts = [verdict for verdict in SYMBOLS if any(verdict in counts for counts in found.values())]
    rows = [["store", "measured", "features", *(text(SYMBOLS[verdict]) for verdict in verdicts)]]
    for run in laid.stores:
        counts = found[run.store.name]
        title = text(f"{run.store.label} {run.store.version or ''}".strip())
        rows.append(
            [
                f"[{title}]({link}#store={run.store.name})" if link else title,
                run.run.date[:10] if run.run else "",
                str(sum(counts.values())),
                *(str(counts[verdict]) if verdict in counts else "" for verdict in verdicts),
            ]
        )
    return _table(rows, centred=2) if laid.stores else ""


def not_run(laid: Matrix) -> str:
    """The stores that could not be had, and why."""
    rows = [["not measured", "why"]]
    rows += [[text(run.store.label), text(run.not_run or "")] for run in laid.not_run]
    return _table(rows, centred=len(rows[0])) if laid.not_run else ""


def meanings() -> str:
    """What each verdict means."""
    rows = [["", "verdict", "what was seen"]]
    rows += [[text(SYMBOLS[verdict]), str(verdict), text(MEANINGS[verdict])] for verdict in SYMBOLS]
    return _table(rows, centred=len(rows[0]))


def group_tables(laid: Matrix, link: str = "") -> Iterable[tuple[str, str]]:
    """For each group of features its name and its table.

    Args:
        laid: The results.
        link: Address of the HTML matrix; empty: no links.
    """
    for group, features in laid.groups():
        rows = [["feature", *(text(run.store.name) for run in laid.stores)]]
        for row in features:
            name = f"`{row.feature}`"
            cells = [
                text(SYMBOLS[row.cells[run.store.name].verdict]) if run.store.name in row.cells else ""
                for run in laid.stores
            ]
            rows.append([f"[{name}]({link}#feature={row.feature})" if link else name, *cells])
        yield group, _table(rows, centred=1)


def text(value: str) -> str:
    """Text that means nothing to Markdown or HTML, on one line: every dialect of Markdown knows HTML's entities."""
    printable = "".join(each for each in " ".join(value.split()) if each.isprintable())
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", printable)


def _table(rows: Sequence[Sequence[str]], *, centred: int) -> str:
    head, *body = rows
    line = ["---" if place < centred else ":-:" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, line, *body))
