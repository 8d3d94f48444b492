"""Owns the figures of drift: what moved, what was predicted, how well, window by window. Draws, computes nothing."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from pipeline.figures.style import BLACK, BLUE, GREY, LEAST_POINTS, MIST, ORANGE, SKY, Sheet, name_rows, sheet
from pipeline.figures.words import short
from pipeline.goal import Goal, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_ROW_IN = 0.27
_MOST_ROWS = 15
_MOST_BINS = 12
_PANELS_PER_LINE = 2
_LABEL, _BIN = 26, 14  # letters
_DARKEST = 0.5  # PSI from which shades no longer differ
_DARK = 0.3  # PSI from which a cell needs white letters
_NUMBERED = 10  # windows whose cells have room for a number
_LARGE = 9.995  # PSI whose decimal places say nothing
_LETTERS = 72  # that fit below a chart, side by side
_PERCENT = PercentFormatter(1.0, decimals=0)


def heat(table: "pd.DataFrame", *, marks: "Sequence[float]", finding: str) -> Sheet:
    """Draw how far each column moved in each window, the most moved on top.

    Parameters
    ----------
    table
        `window`, `column` and `psi`, a row each; the 15 columns that moved most are drawn.
    marks
        Sizes that have a name, for the colour bar.
    finding
        The title.
    """
    windows = list(dict.fromkeys(table["window"]))
    sizes = table.pivot_table(index="column", columns="window", values="psi")[windows]
    columns = len(sizes)
    sizes = sizes.loc[sizes.max(axis=1).sort_values(ascending=False, kind="stable").index[:_MOST_ROWS]]
    says = f"{finding} ({len(sizes)} of {columns} columns drawn)" if len(sizes) < columns else finding
    figure = sheet(says, height_in=1.3 + _ROW_IN * len(sizes))
    axes = figure.subplots()
    image = axes.imshow(sizes.to_numpy(), cmap="Blues", vmin=0, vmax=_DARKEST, aspect="auto")
    for (row, column), size in np.ndenumerate(sizes.to_numpy() if len(windows) <= _NUMBERED else np.empty((0, 0))):
        text = f"{size:.2f}" if size < _LARGE else f"{size:.0f}"
        colour = "white" if size > _DARK else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=LEAST_POINTS)
    name_rows(axes, [short(name, _LABEL) for name in sizes.index])
    _name_windows(axes, windows)
    axes.grid(visible=False)
    bar = figure.colorbar(
        image, ax=axes, extend="max", ticks=[0, *marks, _DARKEST], orientation="horizontal", aspect=50
    )
    bar.set_label(f"PSI against the training rows ({marks[0]:g}: moderate, {marks[-1]:g}: major)")
    return figure


def moved(tables: "Mapping[str, pd.DataFrame]", *, before: str, finding: str) -> Sheet:
    """Draw where the rows of some columns went, a panel each.

    Parameters
    ----------
    tables
        By title `bin`, `before` and `after`, shares of rows; of many bins the 12 that changed most are drawn.
    before
        What the reference is called.
    finding
        The title.
    """
    lines = -(-len(tables) // _PANELS_PER_LINE)
    figure = sheet(finding, height_in=0.3 + 2.6 * lines)
    panels = list(figure.subplots(lines, _PANELS_PER_LINE, squeeze=False).flat)
    for axes in panels[len(tables) :]:
        axes.set_axis_off()
    for axes, (title, table) in zip(panels, tables.items(), strict=False):
        change = (table["after"] - table["before"]).abs()
        shown = table.loc[sorted(change.nlargest(_MOST_BINS).index)]
        places = np.arange(len(shown))
        look = {"width": 0.4, "edgecolor": BLACK, "linewidth": 0.5}
        axes.bar(places - 0.2, shown["before"], color=MIST, hatch="///", label=before, **look)
        axes.bar(places + 0.2, shown["after"], color=BLUE, label="this window", **look)
        axes.set_xticks(places, [short(name, _BIN) for name in shown["bin"]], rotation=90)
        axes.yaxis.set_major_formatter(_PERCENT)
        axes.set_title(title if len(shown) == len(table) else f"{title}\n{len(shown)} of {len(table)} bins drawn")
        axes.grid(visible=False, axis="x")
    figure.supylabel("share of rows", fontsize=LEAST_POINTS)
    figure.legend(*panels[0].get_legend_handles_labels(), ncols=2, loc="outside lower center")
    return figure


def predictions(table: "pd.DataFrame", observed: "pd.DataFrame", *, goal: Goal, target: str, finding: str) -> Sheet:
    """Draw how predictions are spread in each window, and what happened.

    Parameters
    ----------
    table
        `window`, `mean`, and the quantiles `0.1`, `0.25`, `0.5`, `0.75`, `0.9`, a row a window.
    observed
        Indexed by window: `rate` of what happened, `low` and `high`; missing where no label is in.
    goal, target
        What is predicted, and the column that is.
    finding
        The title.
    """
    figure = sheet(finding, height_in=3.6)
    axes = figure.subplots()
    places = np.arange(len(table))
    axes.vlines(places - 0.15, table["0.1"], table["0.9"], color=SKY, linewidth=6, label="8 of 10 predictions")
    axes.vlines(places - 0.15, table["0.25"], table["0.75"], color=BLUE, linewidth=10, label="half of them")
    axes.plot(places - 0.15, table["mean"], "D", color="white", markeredgecolor=BLACK, markersize=6, label="their mean")
    rates = observed.reindex(table["window"])
    spread = [(rates["rate"] - rates["low"]).clip(lower=0), (rates["high"] - rates["rate"]).clip(lower=0)]
    look: dict[str, Any] = {
        "fmt": "o",
        "color": ORANGE,
        "markeredgecolor": BLACK,
        "markersize": 7,
        "ecolor": BLACK,
        "capsize": 3,
    }
    axes.errorbar(places + 0.15, rates["rate"], yerr=spread, label="what happened, 95 %", **look)
    _name_windows(axes, list(table["window"]))
    axes.set_xlim(-0.6, len(table) - 0.4)
    if goal.task is Task.REGRESSION:
        axes.set_ylabel(short(target, _LABEL))
    else:
        axes.set(ylabel="probability, rate", ylim=(0, None))
        axes.yaxis.set_major_formatter(_PERCENT)
    figure.legend(ncols=4, loc="outside lower center", columnspacing=1, handletextpad=0.4)
    return figure


def performance(
    table: "pd.DataFrame", titles: "Mapping[str, str]", *, reference: "pd.DataFrame", called: str, finding: str
) -> Sheet:
    """Draw metrics by window, a panel each, with intervals and the reference's.

    Parameters
    ----------
    table
        `window`, `metric`, `value`, `low`, `high`, and `guess` (of the rate alone).
    titles
        The metrics to draw, each with its title.
    reference
        The same of the one window that others are compared with.
    called
        What that window is called.
    finding
        The title.
    """
    figure = sheet(finding, height_in=0.3 + 2.0 * len(titles))
    panels = figure.subplots(len(titles), sharex=True, squeeze=False)[:, 0]
    for axes, (metric, title) in zip(panels, titles.items(), strict=True):
        rows = table[table["metric"] == metric].reset_index(drop=True)
        promised = reference[reference["metric"] == metric].iloc[0]
        axes.axhspan(promised["low"], promised["high"], color=MIST, alpha=0.5, linewidth=0)
        axes.axhline(promised["value"], color=GREY, linestyle="--", linewidth=1.2, label=f"{called}, with 95 %")
        axes.vlines(rows.index, rows["low"], rows["high"], color=SKY, linewidth=4)
        axes.plot(rows.index, rows["value"], "o-", color=BLUE, markersize=6, linewidth=1, label="window, with 95 %")
        axes.plot(rows.index, rows["guess"], "x", color=BLACK, markersize=7, markeredgewidth=1.5, label="guessing")
        axes.set_title(title)
        _name_windows(axes, list(rows["window"]))
        axes.set_xlim(-0.5, len(rows) - 0.5)
    figure.legend(*panels[0].get_legend_handles_labels(), ncols=3, loc="outside lower center")
    return figure


def _name_windows(axes: "Axes", windows: "Sequence[str]") -> None:
    letters = sum(len(str(window)) + 2 for window in windows)
    axes.set_xticks(range(len(windows)), windows, rotation=0 if letters <= _LETTERS else 90)
