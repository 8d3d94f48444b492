"""Owns the figure of a search: scores in the order of trials, then against each parameter. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from pipeline.figures.style import BLACK, BLUE, GREY, SKY, Sheet, sheet
from pipeline.figures.words import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_PANELS_PER_LINE = 3
_LABEL = 26  # letters
_MANY_TIMES = 50  # from so many times its smallest value on, a parameter is drawn by its logarithm
_PLAIN = FuncFormatter(lambda number, _: f"{number:g}")  # without the formulas of matplotlib's powers of ten
_SCORE = FuncFormatter(lambda number, _: f"{number:.4g}")


def search(trials: "pd.DataFrame", params: "Sequence[str]", *, score: str, better: int) -> Sheet:
    """Draw what a search tried.

    Parameters
    ----------
    trials
        A row a trial: `trial`, `mean`, `std`, `best`, `pruned`, and a column for each parameter.
    params
        The parameters to draw.
    score
        What is searched for.
    better
        +1 where more is better, -1 where less is.
    """
    lines = -(-len(params) // _PANELS_PER_LINE)
    figure = sheet(_says(trials, score, better), height_in=2.4 + 2.0 * lines)
    grid = figure.add_gridspec(1 + lines, _PANELS_PER_LINE, height_ratios=[1.2, *[1] * lines])
    _history(figure.add_subplot(grid[0, :]), trials, score)
    for place, name in enumerate(params):
        row, column = divmod(place, _PANELS_PER_LINE)
        axes = figure.add_subplot(grid[1 + row, column])
        _tried(axes, trials, name, better)
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel(score)
    return figure


def _says(trials: "pd.DataFrame", score: str, better: int) -> str:
    won, first = _won(trials, better), trials["mean"].iloc[0]
    best = f"Trial {won['trial']:.0f} of {len(trials)} is best: {score} {won['mean']:.4g}"
    gain = better * (won["mean"] - first)
    gained = f"{gain:.2g} {'more' if better > 0 else 'less'} than the first" if gain > 0 else "none beat the first"
    return f"{best}, {gained}; folds spread by ± {won['std']:.2g}"


def _won(trials: "pd.DataFrame", better: int) -> "pd.Series":
    whole = trials[~trials["pruned"]]
    return whole.iloc[int((better * whole["mean"]).to_numpy().argmax())]


def _history(axes: "Axes", trials: "pd.DataFrame", score: str) -> None:
    whole, pruned = trials[~trials["pruned"]], trials[trials["pruned"]]
    axes.vlines(
        whole["trial"],
        whole["mean"] - whole["std"],
        whole["mean"] + whole["std"],
        color=SKY,
        linewidth=3,
        label="± between folds",
    )
    axes.step(trials["trial"], trials["best"], where="post", color=BLACK, linewidth=1.2, label="best so far")
    axes.plot(whole["trial"], whole["mean"], "o", markersize=5, color=BLUE, label="mean of folds")
    if len(pruned):
        axes.plot(pruned["trial"], pruned["mean"], "x", markersize=5, color=GREY, label="given up after half")
    axes.set(xlabel="trial, in order", ylabel=score)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(_SCORE)
    axes.legend(ncols=4, loc="upper left", bbox_to_anchor=(0, 1.2), borderaxespad=0)


def _tried(axes: "Axes", trials: "pd.DataFrame", name: str, better: int) -> None:
    whole = trials[~trials["pruned"]]
    axes.scatter(whole[name], whole["mean"], s=22, color=BLUE)
    won = _won(trials, better)
    axes.scatter(won[name], won["mean"], s=110, marker="D", facecolors="none", edgecolors=BLACK, linewidths=1.5)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    if trials[name].min() * _MANY_TIMES < trials[name].max() and trials[name].min() > 0:
        axes.set_xscale("log")  # searched by its magnitude: on a plain scale most trials would stand on one spot
        axes.xaxis.set_major_locator(LogLocator(numticks=4))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(_PLAIN)
    axes.yaxis.set_major_formatter(_SCORE)
    axes.set_title(short(name, _LABEL))
    axes.margins(0.12)
