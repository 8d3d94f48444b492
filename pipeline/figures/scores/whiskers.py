"""Owns the mark that every figure of scores uses: a point with its interval, a row each."""

from typing import TYPE_CHECKING

from pipeline.figures.style import BLUE, SKY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

BAR_IN = 0.26  # height of a row
LABEL = 30  # letters


def whiskers(axes: "Axes", rows: "pd.DataFrame", *, filled: "Sequence[bool]") -> None:
    """Draw a point and its interval for each row, from the top down.

    Parameters
    ----------
    axes
        To draw on.
    rows
        `value`, `low` and `high`.
    filled
        Whether a point is.
    """
    axes.hlines(range(len(rows)), rows["low"], rows["high"], color=SKY, linewidth=3.5)
    for place, (value, full) in enumerate(zip(rows["value"], filled, strict=True)):
        axes.plot(value, place, "o", markersize=6, color=BLUE, markerfacecolor=BLUE if full else "white")
