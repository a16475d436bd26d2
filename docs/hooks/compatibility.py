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
from s3tester.results import read

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from s3tester.results import Results

PAGE = "compatibility-matrix.html"


def recorded() -> list[Results]:
    """All recorded results."""
    return [read(path) for path in sorted(folder("results").glob("*.json"))]


def filled(markdown: str) -> str:
    """A page with the tables in the places that are marked for them."""
    laid = matrix(recorded())
    groups = [f"### {group}\n\n{table}" for group, table in group_tables(laid, PAGE)]
    for mark, text in (
        ("stores", summary(laid, PAGE) or "No results are recorded yet."),
        ("not run", not_run(laid) or "Every store that is described was measured."),
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
