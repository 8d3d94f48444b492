"""Owns the figure of permutation importance. Computes nothing."""

from typing import TYPE_CHECKING

from pipeline.figures.scores.whiskers import BAR_IN, LABEL, whiskers
from pipeline.figures.style import BLACK, Sheet, name_rows, sheet
from pipeline.figures.words import count, number, quoted, short

if TYPE_CHECKING:
    import pandas as pd

_MOST = 15  # features that are drawn


def importance(table: "pd.DataFrame", *, features: int, title: str) -> Sheet:
    """Draw by how much a metric gets worse when a feature says nothing, the greatest on top.

    Parameters
    ----------
    table
        `feature`, `value`, `low`, `high` and `rows`, a row each, the greatest first; the first 15 are drawn.
    features
        How many the model has.
    title
        What the metric is called.
    """
    shown = table.head(_MOST)
    figure = sheet(_finding(table, features, title), height_in=0.9 + BAR_IN * len(shown))
    axes = figure.subplots()
    whiskers(axes, shown, filled=list(shown["low"] > 0))
    name_rows(axes, [short(name, LABEL) for name in shown["feature"]])
    axes.axvline(0, color=BLACK, linewidth=1, linestyle="--")
    axes.set_xlabel(f"{title} gets worse by so much when its values are shuffled (filled: surely more than 0)")
    return figure


def _finding(table: "pd.DataFrame", features: int, title: str) -> str:
    used, first = int((table["low"] > 0).sum()), table.iloc[0]
    tried = (
        f"{len(table)} tried of {count(features, 'feature')}" if len(table) < features else count(features, "feature")
    )
    if not used:
        return f"None of {tried} is missed when its values are shuffled"
    name = quoted(first["feature"]).strip("`")
    lost = f"without it {title} gets worse by {number(first['value'])}"
    return f"The model rests most on {name}: {lost}; {used} of {tried} matter"
