"""Owns the figures of a table's columns, a bar each: what they miss, how well each alone tells the target."""

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter

from pipeline.figures.style import BLACK, BLUE, LEAST_POINTS, ORANGE, SKY, Sheet, name_rows, sheet
from pipeline.figures.words import percent, short

if TYPE_CHECKING:
    import pandas as pd

_MOST_BARS = 15
_BAR_IN = 0.24
_LABEL = 24


def missing(profile: "pd.DataFrame") -> Sheet:
    """Draw the share of missing values of each column that has some.

    Parameters
    ----------
    profile
        `column` and `missing` (0 to 1), one row a column; the 15 with most are drawn.
    """
    some = profile[profile["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    drawn = some.head(_MOST_BARS)
    says = f"{len(some)} of {len(profile)} columns miss values"
    if len(some):
        says += f": most in {short(some['column'].iloc[0], _LABEL)}, {percent(some['missing'].iloc[0])} of the rows"
    figure = _bars(says + _cut(len(drawn), len(some)), len(drawn))
    axes = figure.axes[0]
    axes.barh(range(len(drawn)), drawn["missing"], color=BLUE)
    for place, share in enumerate(drawn["missing"]):
        axes.annotate(
            percent(share), (share, place), (4, 0), textcoords="offset points", va="center", size=LEAST_POINTS
        )
    name_rows(axes, [short(name, _LABEL) for name in drawn["column"]])
    axes.set(xlabel="share of rows without a value", xlim=(0, 1.12 * max(drawn["missing"], default=1)))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure


def associations(table: "pd.DataFrame", *, metric: str, guess: float, limit: float) -> Sheet:
    """Draw how well each column alone tells the target.

    Parameters
    ----------
    table
        `column`, `score` (up to 1), `low` and `high`, best first; the first 15 are drawn.
    metric, guess
        What the score is called, and what a column has that tells nothing.
    limit
        The score from which a column is suspected of a leak.
    """
    drawn, suspects = table.head(_MOST_BARS), table[table["score"] >= limit]
    says = (
        f"{len(suspects)} of {len(table)} columns may know the target"
        if len(suspects)
        else "No column alone is suspected"
    )
    if len(table):
        says += f". Alone, {short(table['column'].iloc[0], _LABEL)} tells most: {metric} {table['score'].iloc[0]:.2f}"
    figure = _bars(f"{says}{_cut(len(drawn), len(table))}", len(drawn))
    axes = figure.axes[0]
    places, lengths = range(len(drawn)), (drawn["score"] - guess).clip(lower=0)
    spread = [(drawn["score"] - drawn["low"]).clip(lower=0), (drawn["high"] - drawn["score"]).clip(lower=0)]
    bars = axes.barh(places, lengths, left=guess, color=SKY, xerr=spread, ecolor=BLACK, capsize=2)
    for bar, score in zip(bars, drawn["score"], strict=True):
        if score >= limit:
            bar.set(color=ORANGE, hatch="//", edgecolor=BLACK)
    axes.axvline(limit, color=BLACK, linestyle="--", linewidth=1)
    name_rows(axes, [short(name, _LABEL) for name in drawn["column"]])
    label = f"{metric} of the column alone ({guess:g}: tells nothing; dashed: suspected leak)"
    axes.set(xlabel=label, xlim=(guess, 1.0))
    return figure


def _cut(drawn: int, there: int) -> str:
    """Say so where a figure leaves columns out."""
    return f" ({drawn} of {there} columns drawn)" if drawn < there else ""


def _bars(says: str, rows: int) -> Sheet:
    figure = sheet(says, height_in=0.8 + _BAR_IN * max(rows, 1))
    figure.subplots()
    return figure
