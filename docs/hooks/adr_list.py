"""mkdocs hook: the decision records join the navigation, and are listed in place of `<!-- list of decisions -->`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

MARK = "<!-- list of decisions -->"
FOLDER = Path(__file__).parents[1] / "adr"
_TITLE = re.compile(r"^# (\d+)\. (.+)$", re.MULTILINE)
_STATUS = re.compile(r"^Date: (\S+) · Status: (\w+)", re.MULTILINE)


def records() -> list[Path]:
    """The records in their order."""
    return sorted(FOLDER.glob("[0-9]*.md"))


def on_config(config: Any) -> Any:
    """Adds every record to the section that has their list."""
    section = next(each["Decisions"] for each in config.nav if "Decisions" in each)
    section += [f"adr/{path.name}" for path in records()]
    return config


def decisions() -> str:
    """A table of all records."""
    rows = ["| | decision | date | status |", "| --- | --- | --- | --- |"]
    for path in records():
        text = path.read_text("utf-8")
        title, status = _TITLE.search(text), _STATUS.search(text)
        if title is None or status is None:
            raise ValueError(f"{path.name} has no title '# <number>. <title>', or no line 'Date: … · Status: …'")
        rows.append(f"| {title[1]} | [{title[2]}]({path.name}) | {status[1]} | {status[2]} |")
    return "\n".join(rows)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts it in its place."""
    return markdown.replace(MARK, decisions()) if MARK in markdown else markdown
