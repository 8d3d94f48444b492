"""Owns the figures of drift: what moved, what was predicted, how well, window by window. Draws, computes nothing."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pipeline.figures.style import BLUE, GREY, ORANGE, SKY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_WIDE_IN = 8.0
_ROW_IN = 0.27
_MOST_ROWS = 20
_MOST_BINS = 12
_PANELS_PER_LINE = 2
_LABEL = 24
_DARKEST = 0.5  # PSI from which shades no longer differ
_DARK = 0.3  # PSI from which a cell needs white letters


def heat(table: "pd.DataFrame", *, marks: "Sequence[float]", finding: str) -> Figure:
    """Draw how far each column moved in each window, the most moved on top.

    Parameters
    ----------
    table
        `window`, `column` and `psi`, a row each; the 20 columns that moved most are drawn.
    marks
        Sizes that have a name, for the colour bar.
    finding
        The title.
    """
    windows = list(dict.fromkeys(table["window"]))
    sizes = table.pivot_table(index="column", columns="window", values="psi")[windows]
    columns = len(sizes)
    sizes = sizes.loc[sizes.max(axis=1).sort_values(ascending=False, kind="stable").index[:_MOST_ROWS]]
    figure = Figure(figsize=(_WIDE_IN, 1.2 + _ROW_IN * len(sizes)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(sizes.to_numpy(), cmap="Blues", vmin=0, vmax=_DARKEST, aspect="auto")
    axes.grid(visible=False)
    for (row, column), size in np.ndenumerate(sizes.to_numpy()):
        colour = "white" if size > _DARK else "black"
        axes.text(column, row, f"{size:.2f}", ha="center", va="center", color=colour, fontsize="x-small")
    axes.set_yticks(range(len(sizes)), [_shortened(name) for name in sizes.index], fontsize="small")
    _name_windows(axes, windows)
    bar = figure.colorbar(image, ax=axes, extend="max", ticks=[0, *marks, _DARKEST])
    bar.set_label("PSI against the reference", fontsize="small")
    axes.set_title(f"{finding} ({len(sizes)} of {columns} columns drawn)" if len(sizes) < columns else finding)
    return figure


def moved(tables: "Mapping[str, pd.DataFrame]", *, before: str, finding: str) -> Figure:
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
    figure = Figure(figsize=(_WIDE_IN, 0.4 + 2.6 * lines), layout="constrained")
    panels = list(figure.subplots(lines, _PANELS_PER_LINE, squeeze=False).flat)
    for axes in panels[len(tables) :]:
        axes.set_axis_off()
    for axes, (title, table) in zip(panels, tables.items(), strict=False):
        change = (table["after"] - table["before"]).abs()
        shown = table.loc[sorted(change.nlargest(_MOST_BINS).index)]
        places = range(len(shown))
        axes.bar([place - 0.2 for place in places], shown["before"], width=0.4, color=GREY, label=before)
        axes.bar([place + 0.2 for place in places], shown["after"], width=0.4, color=BLUE, label="this window")
        labels = [_shortened(str(name)) for name in shown["bin"]]
        axes.set_xticks(places, labels, rotation=45, ha="right", fontsize="x-small")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_title(title, fontsize="small")
        axes.set_ylabel("rows", fontsize="small")
    panels[0].legend(fontsize="small")
    figure.suptitle(finding, x=0, ha="left", weight="bold", size=10)
    return figure


def predictions(table: "pd.DataFrame", observed: "pd.Series[float]", *, finding: str) -> Figure:
    """Draw how predictions are spread in each window, and what happened.

    Parameters
    ----------
    table
        `window`, `mean`, and the quantiles `0.1`, `0.25`, `0.5`, `0.75`, `0.9`, a row a window.
    observed
        Rate of the positive class by window, missing where no label is in.
    finding
        The title.
    """
    figure = Figure(figsize=(_WIDE_IN, 3.4), layout="constrained")
    axes = figure.subplots()
    places = range(len(table))
    axes.vlines(places, table["0.1"], table["0.9"], color=SKY, linewidth=5, label="8 of 10 predictions")
    axes.vlines(places, table["0.25"], table["0.75"], color=BLUE, linewidth=10, label="half of them")
    axes.plot(places, table["0.5"], "_", color="white", markersize=10)
    axes.plot(places, table["mean"], "D", color="black", markersize=4, label="their mean")
    rates = observed.reindex(table["window"])
    axes.plot(places, rates, "o-", color=ORANGE, markersize=6, linewidth=1, label="what happened")
    _name_windows(axes, list(table["window"]))
    axes.set(ylabel="probability, rate", ylim=(0, 1.2 * table["0.9"].max()), xlim=(-0.5, len(table) - 0.5))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.legend(ncols=4, fontsize="small", loc="upper right")
    axes.set_title(finding)
    return figure


def performance(
    table: "pd.DataFrame", titles: "Mapping[str, str]", *, reference: "pd.DataFrame", finding: str
) -> Figure:
    """Draw metrics by window, a panel each, with intervals and the reference's.

    Parameters
    ----------
    table
        `window`, `metric`, `value`, `low`, `high`, and `guess` (of the rate alone).
    titles
        The metrics to draw, each with its title.
    reference
        The same of the one window that others are compared with.
    finding
        The title.
    """
    figure = Figure(figsize=(_WIDE_IN, 2.3 * len(titles)), layout="constrained")
    panels = figure.subplots(len(titles), sharex=True, squeeze=False)[:, 0]
    for axes, (metric, title) in zip(panels, titles.items(), strict=True):
        rows = table[table["metric"] == metric].reset_index(drop=True)
        promised = reference[reference["metric"] == metric].iloc[0]
        axes.axhspan(promised["low"], promised["high"], color=GREY, alpha=0.2, linewidth=0)
        axes.axhline(promised["value"], color=GREY, linestyle="--", linewidth=1, label=f"{promised['window']}")
        axes.vlines(rows.index, rows["low"], rows["high"], color=SKY, linewidth=4)
        axes.plot(rows.index, rows["value"], "o-", color=BLUE, markersize=5, linewidth=1, label="window")
        axes.plot(rows.index, rows["guess"], "_", color=ORANGE, markersize=14, markeredgewidth=2, label="rate alone")
        axes.set_ylabel(title)
        _name_windows(axes, list(rows["window"]))
    figure.legend(*panels[0].get_legend_handles_labels(), ncols=3, fontsize="small", loc="outside lower center")
    panels[0].set_title(finding)
    return figure


def _name_windows(axes: "Axes", windows: "Sequence[str]") -> None:
    axes.set_xticks(range(len(windows)), windows, rotation=0 if len(windows) <= 10 else 60, fontsize="small")  # noqa: PLR2004 - as many as fit


def _shortened(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"
