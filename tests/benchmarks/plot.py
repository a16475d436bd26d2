"""Bar charts as SVG, for pages that are light or dark: plain shapes, system fonts, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

WIDTH, LABEL, VALUE = 720, 190, 100
ROW, BAR = 22, 14

DARK = """
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  rect { fill: #607d8b }
  rect.ours { fill: #8c9eff }
  rect.floor { fill: none }
}
"""
FILLS = {
    "": 'fill="#b0bec5"',
    "ours": 'class="ours" fill="#3f51b5"',
    "floor": 'class="floor" fill="none" stroke="#90a4ae" stroke-dasharray="3 2"',
}


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: In front of it.
        length: Of the bar, in any unit.
        value: Behind it.
        kind: `ours`, `floor` (no more than an outline), or empty.
    """

    label: str
    length: float
    value: str
    kind: str = ""


def bars(title: str, drawn: list[Bar]) -> str:
    """A chart of horizontal bars.

    Args:
        title: Above it, and what a screen reader says.
        drawn: The bars, from top to bottom.
    """
    longest = max((bar.length for bar in drawn), default=0) or 1
    height = ROW * (len(drawn) + 1) + 8
    font = 'font-family="system-ui, sans-serif" font-size="12"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {font}>',
        f"<title>{escape(title)}</title>",
        f"<style>{DARK}</style>",
        f'<text x="0" y="15" fill="#333" font-weight="600">{escape(title)}</text>',
    ]
    for number, bar in enumerate(drawn, start=1):
        y = number * ROW + 4
        length = max(1.0, (WIDTH - LABEL - VALUE) * bar.length / longest)
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 11}" fill="#333" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" {FILLS[bar.kind]}/>',
            f'<text x="{LABEL + length + 6:.1f}" y="{y + 11}" fill="#333">{escape(bar.value)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
