"""Owns the figure of slices: one metric on parts of the rows. Computes nothing."""

from typing import TYPE_CHECKING

from pipeline.figures.scores.whiskers import BAR_IN, LABEL, whiskers
from pipeline.figures.style import BLACK, Sheet, name_rows, sheet
from pipeline.figures.words import count, number, short

if TYPE_CHECKING:
    import pandas as pd


def slices(table: "pd.DataFrame", *, value: float, title: str) -> Sheet:
    """Draw one metric on the slices of some columns, one column below the other, with intervals.

    Parameters
    ----------
    table
        `column`, `slice`, `rows`, `value`, `low`, `high`, `adjusted` and `worse`, a row a slice.
    value
        The metric on all rows.
    title
        What the metric is called.
    """
    by = {column: table[table["column"] == column] for column in dict.fromkeys(table["column"])}
    sizes = [len(rows) for rows in by.values()]
    figure = sheet(_finding(table, title), height_in=0.6 + 0.35 * len(by) + BAR_IN * sum(sizes))
    panels = figure.subplots(len(by), sharex=True, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, (column, rows) in zip(panels, by.items(), strict=True):
        whiskers(axes, rows, filled=list(rows["worse"]))
        pairs = zip(rows["slice"], rows["rows"], strict=True)
        name_rows(axes, [f"{short(name, LABEL)} ({count:,})" for name, count in pairs])
        axes.axvline(value, color=BLACK, linewidth=1, linestyle="--")
        axes.set_title(f"{short(column, LABEL)} (rows)")
    panels[-1].set_xlabel(f"{title} (dashed: all rows; filled: surely worse than they)")
    return figure


def _finding(table: "pd.DataFrame", title: str) -> str:
    worse = table[table["worse"]]
    if worse.empty:
        return (
            f"None of {count(len(table), 'slice')} is surely worse than all rows by {title}, chance being accounted for"
        )
    row = worse.iloc[int(worse["adjusted"].to_numpy().argmin())]
    said = f"{short(row['column'], LABEL)} = {short(row['slice'], LABEL)}"
    found = f"{number(row['value'])} ({number(row['low'])} to {number(row['high'])})"
    verb = "is" if len(worse) == 1 else "are"
    return (
        f"{len(worse)} of {count(len(table), 'slice')} {verb} surely worse than all rows, first {said}: {title} {found}"
    )
