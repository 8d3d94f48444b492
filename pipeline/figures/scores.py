"""Owns the figures of scores: models compared, curves, calibration, decisions, slices. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from pipeline.figures.style import BLACK, BLUE, COLOURS, GREY, SKY, Sheet, name_rows, sheet
from pipeline.figures.words import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_BAR_IN = 0.26
_PANELS_PER_LINE = 2
_LABEL = 30  # letters
_MODELS = 4  # curves that can be told apart
_DASHES = ("-", "--", "-.", ":")
_DARK = 0.5  # share from which a cell needs white letters
_PERCENT = PercentFormatter(1.0, decimals=0)
_CELLS = {(0, 0): "rightly no", (0, 1): "false alarm", (1, 0): "missed", (1, 1): "found"}


def compared(table: "pd.DataFrame", titles: "Mapping[str, str]", *, own: str, finding: str) -> Sheet:
    """Draw metrics of several models, a panel each, with intervals.

    Parameters
    ----------
    table
        `model`, `metric`, `value`, `low`, `high`.
    titles
        The metrics to draw, each with its title.
    own
        The model that the others are compared with: its marks are filled.
    finding
        The title.
    """
    models = list(dict.fromkeys(table["model"]))
    lines = -(-len(titles) // _PANELS_PER_LINE)
    figure = sheet(finding, height_in=lines * (0.75 + _BAR_IN * len(models)))
    panels = list(figure.subplots(lines, _PANELS_PER_LINE, squeeze=False).flat)
    for axes in panels[len(titles) :]:
        axes.set_axis_off()
    for axes, (metric, title) in zip(panels, titles.items(), strict=False):
        rows = table[table["metric"] == metric].set_index("model").loc[models]
        _whiskers(axes, rows, filled=[model == own for model in models])
        name_rows(axes, [short(model, _LABEL) for model in models])
        axes.xaxis.set_major_locator(MaxNLocator(4))
        found = int(rows["value"].notna().sum())
        axes.set_title(title if found == len(rows) else f"{title} ({found} of {len(rows)} have one)")
    return figure


def curves(
    found: "Mapping[str, Mapping[str, pd.DataFrame]]", labels: "Mapping[str, str]", *, base_rate: float, finding: str
) -> Sheet:
    """Draw ROC and precision-recall curves, models over each other.

    Parameters
    ----------
    found
        By model `roc` and `precision`, each a table of `x` and `y`; the first 4 are drawn.
    labels
        By model what its line is called.
    base_rate
        Share of positive rows, 0 to 1: the precision of guessing.
    finding
        The title.
    """
    figure = sheet(finding, height_in=3.7)
    left, right = figure.subplots(1, 2)
    for place, (model, drawn) in enumerate(list(found.items())[:_MODELS]):
        look = {"color": COLOURS[place], "linestyle": _DASHES[place], "linewidth": 2.4 - 0.4 * place}
        left.plot(drawn["roc"]["x"], drawn["roc"]["y"], label=labels[model], **look)
        right.plot(drawn["precision"]["x"], drawn["precision"]["y"], **look)
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="guessing")
    right.axhline(base_rate, color=GREY, linewidth=1, linestyle=":")
    left.set(xlabel="negatives that raise a false alarm", ylabel="positives found (recall)")
    right.set(xlabel="positives found (recall)", ylabel="alarms that are right (precision)")
    for axes in (left, right):
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.xaxis.set_major_formatter(_PERCENT)
        axes.yaxis.set_major_formatter(_PERCENT)
    figure.legend(ncols=2, loc="outside lower center")
    return figure


def calibration(table: "pd.DataFrame", probability: "NDArray[np.float64]", *, finding: str) -> Sheet:
    """Draw what happened against what was predicted, and how often each probability is predicted.

    Parameters
    ----------
    table
        `predicted`, `observed`, `low`, `high`, a row a bin.
    probability
        Shape (rows,), 0 to 1: all predictions.
    finding
        The title.
    """
    most = min(1.0, 1.1 * max(table["high"].max(), table["predicted"].max(), float(probability.max())))
    figure = sheet(finding, height_in=4.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    spread = [(table["observed"] - table["low"]).clip(lower=0), (table["high"] - table["observed"]).clip(lower=0)]
    upper.plot([0, 1], [0, 1], color=BLACK, linewidth=1, linestyle="--", label="what is predicted happens")
    look = {"fmt": "o-", "markersize": 5, "linewidth": 1, "color": BLUE, "ecolor": SKY, "elinewidth": 3}
    upper.errorbar(table["predicted"], table["observed"], yerr=spread, label="a bin of rows, 95 %", **look)
    upper.set(ylabel="rows that were positive", xlim=(0, most), ylim=(0, most))
    upper.legend(loc="upper left")
    lower.hist(probability, bins=50, range=(0, most), color=SKY, edgecolor="white", linewidth=0.3)
    lower.set(xlabel="predicted probability", ylabel="rows")
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    lower.yaxis.set_major_locator(MaxNLocator(3))
    for axis in (upper.xaxis, upper.yaxis):
        axis.set_major_formatter(_PERCENT)
    figure.align_ylabels()
    return figure


def confusion(counts: "pd.DataFrame", *, finding: str) -> Sheet:
    """Draw the four counts of decisions, shaded by their share of the actual class.

    Parameters
    ----------
    counts
        Actual (index) by predicted (columns).
    finding
        The title.
    """
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    figure = sheet(finding, height_in=2.8, width_in=5.0)
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(visible=False)
    for (row, column), name in _CELLS.items():
        share = float(shares[row, column])
        text = f"{name}\n{counts.to_numpy()[row, column]:,} rows\n{share:.1%}"
        axes.text(column, row, text, ha="center", va="center", color="white" if share > _DARK else "black")
    axes.set_xticks([0, 1], ["negative", "positive"])
    axes.set_yticks([0, 1], ["negative", "positive"], rotation=90, va="center")
    axes.set(xlabel="predicted", ylabel="actual (a line is 100 %)")
    return figure


def slices(table: "pd.DataFrame", *, value: float, title: str, finding: str) -> Sheet:
    """Draw one metric on the slices of some columns, one column below the other, with intervals.

    Parameters
    ----------
    table
        `column`, `slice`, `rows`, `value`, `low`, `high`, a row a slice.
    value
        The metric on all rows.
    title
        What the metric is called.
    finding
        The title.
    """
    by = {column: table[table["column"] == column] for column in dict.fromkeys(table["column"])}
    sizes = [len(rows) for rows in by.values()]
    figure = sheet(finding, height_in=0.6 + 0.35 * len(by) + _BAR_IN * sum(sizes))
    panels = figure.subplots(len(by), sharex=True, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, (column, rows) in zip(panels, by.items(), strict=True):
        clear = [not low <= value <= high for low, high in zip(rows["low"], rows["high"], strict=True)]
        _whiskers(axes, rows, filled=clear)
        pairs = zip(rows["slice"], rows["rows"], strict=True)
        name_rows(axes, [f"{short(name, _LABEL)} ({count:,})" for name, count in pairs])
        axes.axvline(value, color=BLACK, linewidth=1, linestyle="--")
        axes.set_title(f"{short(column, _LABEL)} (rows)")
    panels[-1].set_xlabel(f"{title} (dashed: all rows; filled: its interval does not reach them)")
    return figure


def _whiskers(axes: "Axes", rows: "pd.DataFrame", *, filled: "Sequence[bool]") -> None:
    """Draw a point and its interval for each row, from the top down."""
    axes.hlines(range(len(rows)), rows["low"], rows["high"], color=SKY, linewidth=3.5)
    for place, (value, full) in enumerate(zip(rows["value"], filled, strict=True)):
        axes.plot(value, place, "o", markersize=6, color=BLUE, markerfacecolor=BLUE if full else "white")
