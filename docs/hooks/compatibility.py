"""mkdocs hook: what was measured at real stores, from the recorded results, in place of `<!-- compatibility: … -->`.

The matrix with the evidence behind every cell becomes a file of the site of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

from s3tester.places import folder
from s3tester.report import render
from s3tester.report.markdown import group_tables, meanings, not_run, summary
from s3tester.report.matrix import matrix
from s3tester.results import Results, StoreInfo, read
from s3tester.stores.definitions import definition, names

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGE = "compatibility-matrix.html"


def recorded() -> list[Results]:
    """All recorded results; a store that can be started and is not among them was not run."""
    found = [read(path) for path in sorted(folder("results").glob("*.json"))]
    missing = [definition(name) for name in sorted(set(names()) - {run.store.name for run in found})]
    nothing = "no run of it is recorded"
    found += [Results(store=StoreInfo(name=each.name, title=each.title), not_run=nothing) for each in missing]
    return found


def filled(markdown: str) -> str:
    """A page with the tables in the places that are marked for them."""
    laid = matrix(recorded())
    groups = [f"### {group}\n\n{table}" for group, table in group_tables(laid, PAGE)]
    for mark, text in (
        ("stores", summary(laid, PAGE) or "No results are recorded yet."),
        ("not run", not_run(laid) or "There are none."),
        ("verdicts", meanings()),
        ("features", "\n\n".join(groups)),
    ):
        markdown = markdown.replace(f"<!-- compatibility: {mark} -->", text)
    return markdown


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the matrix to the site."""
    files.append(File.generated(config, PAGE, content=render("html", recorded())))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts the tables in their places."""
    return filled(markdown) if "<!-- compatibility: " in markdown else markdown
