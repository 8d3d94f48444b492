"""Owns the figures of scores: a search, models compared, curves, calibration, decisions, slices. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from pipeline.figures.style import BLUE, COLOURS, GREY, ORANGE, SKY, VERMILION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WIDE_IN = 8.0
_BAR_IN = 0.26
_PANELS_PER_LINE = 3
_LABEL, _TITLE = 18, 32  # characters
_DASHES = ("-", "--", "-.", ":")
_MANY_TIMES = 50  # from so many times its smallest value on, a parameter is drawn by its logarithm
_DARK = 0.5  # share from which a cell needs white letters


def search(trials: "pd.DataFrame", params: "Sequence[str]") -> Figure:
    """Draw what a search tried: scores in the order of trials, then against each parameter.

    Parameters
    ----------
    trials
        A row a trial: `trial`, `mean`, `std`, `best`, and a column for each parameter.
    params
        The parameters to draw.
    """
    lines = 1 + -(-len(params) // _PANELS_PER_LINE)
    figure = Figure(figsize=(_WIDE_IN, 2.3 * lines), layout="constrained")
    grid = figure.add_gridspec(lines, _PANELS_PER_LINE)
    _history(figure.add_subplot(grid[0, :]), trials)
    for place, name in enumerate(params, start=_PANELS_PER_LINE):
        axes = figure.add_subplot(grid[place // _PANELS_PER_LINE, place % _PANELS_PER_LINE])
        _tried(axes, trials, name)
    return figure


def compared(table: "pd.DataFrame", titles: "Mapping[str, str]", *, finding: str) -> Figure:
    """Draw the metrics of several models, a panel each, with intervals.

    Parameters
    ----------
    table
        `model`, `metric`, `value`, `low`, `high`.
    titles
        The metrics to draw, each with its title.
    finding
        The title.
    """
    models = list(dict.fromkeys(table["model"]))
    figure, panels = _panels(len(titles), height_in=0.7 + _BAR_IN * len(models))
    for axes, (metric, title) in zip(panels, titles.items(), strict=False):
        rows = table[table["metric"] == metric].set_index("model").loc[models]
        _whiskers(axes, rows, labels=models)
        found = int(rows["value"].notna().sum())
        axes.set_title(title if found == len(rows) else f"{title} ({found} of {len(rows)} have one)", fontsize="small")
    figure.suptitle(finding, x=0, ha="left", weight="bold", size=10)
    return figure


def curves(found: "Mapping[str, Mapping[str, pd.DataFrame]]", *, base_rate: float, finding: str) -> Figure:
    """Draw ROC and precision-recall curves, models over each other.

    Parameters
    ----------
    found
        By model `roc` and `precision`, each a table of `x` and `y`.
    base_rate
        Share of positive rows, 0 to 1: the precision of guessing.
    finding
        The title.
    """
    figure = Figure(figsize=(_WIDE_IN, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for place, (model, drawn) in enumerate(found.items()):
        look = {"color": COLOURS[place % len(COLOURS)], "linestyle": _DASHES[place % len(_DASHES)]}
        left.plot(drawn["roc"]["x"], drawn["roc"]["y"], label=model, **look)
        right.plot(drawn["precision"]["x"], drawn["precision"]["y"], label=model, **look)
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    right.axhline(base_rate, color=GREY, linewidth=1, linestyle=":")
    left.set(xlabel="false positive rate", ylabel="recall (true positive rate)", xlim=(0, 1), ylim=(0, 1))
    right.set(xlabel="recall", ylabel="precision (dotted: guessing)", xlim=(0, 1), ylim=(0, 1))
    left.legend(loc="lower right", fontsize="small")
    figure.suptitle(finding, x=0, ha="left", weight="bold", size=10)
    return figure


def calibration(table: "pd.DataFrame", probability: "NDArray[np.float64]", *, finding: str) -> Figure:
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
    figure = Figure(figsize=(_WIDE_IN, 4.2), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    spread = [table["observed"] - table["low"], table["high"] - table["observed"]]
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="says what happens")
    upper.errorbar(
        table["predicted"], table["observed"], yerr=spread, fmt="o-", markersize=3, color=BLUE, label="a bin of rows"
    )
    upper.set(ylabel="share that was positive", xlim=(0, 1), ylim=(0, 1))
    upper.legend(loc="upper left", fontsize="small")
    upper.set_title(finding)
    lower.hist(probability, bins=50, range=(0, 1), color=SKY)
    lower.set(xlabel="predicted probability", ylabel="rows")
    return figure


def confusion(counts: "pd.DataFrame", *, finding: str) -> Figure:
    """Draw the four counts of decisions, shaded by their share of the actual class.

    Parameters
    ----------
    counts
        Actual (index) by predicted (columns).
    finding
        The title.
    """
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = float(shares[row, column])
        text = f"{counts.to_numpy()[row, column]:,}\n{share:.1%}"
        axes.text(column, row, text, ha="center", va="center", color="white" if share > _DARK else "black")
    axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="predicted", ylabel="actual (shares of each row)")
    axes.set_title(finding)
    return figure


def slices(table: "pd.DataFrame", *, value: float, title: str, finding: str) -> Figure:
    """Draw one metric on the slices of some columns, a panel a column, with intervals.

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
    by = list(dict.fromkeys(table["column"]))
    most = int(table["column"].value_counts().max())
    figure, panels = _panels(len(by), height_in=0.9 + _BAR_IN * most, share=True)
    for axes, column in zip(panels, by, strict=False):
        rows = table[table["column"] == column]
        _whiskers(axes, rows, labels=[_shortened(str(each)) for each in rows["slice"]])
        axes.axvline(value, color=VERMILION, linewidth=1, linestyle="--")
        axes.set_title(_shortened(column, most=_TITLE), fontsize="small")
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(f"{title} (dashed: all rows)", fontsize="small")
    figure.suptitle(finding, x=0, ha="left", weight="bold", size=10)
    return figure


def _history(axes: "Axes", trials: "pd.DataFrame") -> None:
    axes.plot(trials["trial"], trials["mean"], "o", markersize=4, color=BLUE, label="trial")
    axes.step(trials["trial"], trials["best"], where="post", color=ORANGE, label="best so far")
    axes.set(xlabel="trial, in order", ylabel="ROC AUC, mean of folds")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.3f}"))
    axes.legend(ncols=2, loc="best", fontsize="small")
    won = trials.nlargest(1, "mean").iloc[0]
    finding = f"Trial {won['trial']:.0f} of {len(trials)} is best: ROC AUC {won['mean']:.4f}"
    axes.set_title(f"{finding} ± {won['std']:.4f} between folds")


def _tried(axes: "Axes", trials: "pd.DataFrame", name: str) -> None:
    axes.scatter(trials[name], trials["mean"], s=14, color=BLUE)
    won = trials.nlargest(1, "mean")
    axes.scatter(won[name], won["mean"], s=60, facecolors="none", edgecolors=ORANGE, linewidths=1.8)
    if trials[name].min() * _MANY_TIMES < trials[name].max() and trials[name].min() > 0:
        axes.set_xscale("log")  # searched by its magnitude: on a plain scale most trials would stand on one spot
    axes.set_xlabel(name, fontsize="small")
    axes.tick_params(labelsize="x-small")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.3f}"))


def _whiskers(axes: "Axes", rows: "pd.DataFrame", *, labels: "Sequence[str]") -> None:
    """Draw a point and its interval for each row, from the top down."""
    places = range(len(rows))
    axes.hlines(places, rows["low"], rows["high"], color=SKY, linewidth=3)
    axes.plot(rows["value"], places, "o", markersize=4, color=BLUE)
    axes.set_yticks(places, labels, fontsize="small")
    axes.tick_params(axis="x", labelsize="small")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def _panels(count: int, *, height_in: float, share: bool = False) -> "tuple[Figure, list[Axes]]":
    lines = -(-count // _PANELS_PER_LINE)
    figure = Figure(figsize=(_WIDE_IN, 0.3 + height_in * lines), layout="constrained")
    panels = list(figure.subplots(lines, _PANELS_PER_LINE, squeeze=False, sharex=share).flat)
    for axes in panels[count:]:
        axes.set_axis_off()
    return figure, panels[:count]


def _shortened(text: str, *, most: int = _LABEL) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
