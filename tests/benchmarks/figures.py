"""What is made of many measurements of one thing: medians, spreads, ratios."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """Half the way from the least to the most, as a share of the median: 0.05 is "plus or minus 5 %"."""
    middle = median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0


def ratio(values: Mapping[int, float], baseline: Mapping[int, float]) -> float | None:
    """How many times the baseline something takes: the median of the ratios within each round.

    What disturbs a round (another program, a warm processor) disturbs both alike; medians taken apart would not see it.

    Args:
        values: By round.
        baseline: By round; rounds that only one of them has are left out.

    Returns:
        `None` where they have no round in common.
    """
    both = [values[number] / baseline[number] for number in values.keys() & baseline.keys() if baseline[number]]
    return median(both) if both else None
