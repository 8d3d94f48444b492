"""Owns the figures of tables: what is missing, how a target moves, what goes with it. Draws, computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pipeline.figures.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_MOST_BARS = 20
_BAR_IN = 0.24
_WIDE_IN = 8.0
_COLUMNS = 3
_LABEL = 18
_ALL_LABELLED = 16
_FEW_LABELLED = 5
_EXTREMES = 3
_PERCENT = PercentFormatter(1.0, decimals=0)
_SPANS = (BLUE, ORANGE, GREEN)


def missing(profile: "pd.DataFrame") -> Figure:
    """Draw the share of missing values of each column that has some.

    Parameters
    ----------
    profile
        `column` and `missing` (0 to 1), one row a column; the 20 with most are drawn.
    """
    some = profile[profile["missing"] > 0].sort_values("missing").tail(_MOST_BARS)
    figure, axes = _bars(len(some))
    axes.barh(some["column"], some["missing"], color=BLUE)
    axes.set(xlabel="rows without a value", xlim=(0, None))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    worst = f": most in {some['column'].iloc[-1]}, {some['missing'].iloc[-1]:.1%}" if len(some) else ""
    count = int((profile["missing"] > 0).sum())
    axes.set_title(f"{count} of {len(profile)} columns miss values{worst}{_cut(len(some), count)}")
    return figure


def associations(table: "pd.DataFrame", *, limit: float) -> Figure:
    """Draw how well each column alone tells the target.

    Parameters
    ----------
    table
        `column` and `auc` (0.5 to 1), best first; the first 20 are drawn.
    limit
        The AUC from which a column is suspected of a leak.
    """
    best = table.head(_MOST_BARS).iloc[::-1]
    figure, axes = _bars(len(best))
    colours = [VERMILION if auc >= limit else BLUE for auc in best["auc"]]
    axes.barh(best["column"], best["auc"] - 0.5, left=0.5, color=colours)
    axes.axvline(limit, color=VERMILION, linestyle="--", linewidth=1)
    axes.set(xlabel="AUC of the column alone (0.5: tells nothing; dashed: suspected leak)", xlim=(0.5, 1.0))
    axes.set_title(
        f"Alone, {table['column'].iloc[0]} tells most: AUC {table['auc'].iloc[0]:.2f}{_cut(len(best), len(table))}"
    )
    return figure


def _cut(drawn: int, there: int) -> str:
    """Say so where a figure leaves columns out."""
    return f" ({drawn} of {there} columns drawn)" if drawn < there else ""


def over_time(table: "pd.DataFrame", *, target: str, base_rate: float) -> Figure:
    """Draw a target's rate over time with its 95 % band, and the rows behind it.

    Parameters
    ----------
    table
        One row a period: `period`, `rows`, `rate`, `low`, `high`.
    target
        What the rate counts, such as `paid = yes`.
    base_rate
        The rate over all rows, 0 to 1.
    """
    figure = Figure(figsize=(_WIDE_IN, 4.4), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    _band(upper, table)
    upper.axhline(base_rate, color=GREY, linestyle="--", linewidth=1, label="all rows")
    upper.legend(ncols=3, loc="upper right", fontsize="small")
    upper.set(ylabel=f"rows with {target}")
    low, high = table["rate"].min(), table["rate"].max()
    upper.set_title(f"{target}: from {low:.0%} to {high:.0%} over time, {base_rate:.1%} of all rows")
    lower.step(table["period"], table["rows"], where="mid", color=GREY)
    lower.set(ylabel="rows", ylim=(0, None), xlabel="time (start of each period)")
    return figure


def windows(table: "pd.DataFrame", spans: "dict[str, tuple[pd.Timestamp, pd.Timestamp]]", *, target: str) -> Figure:
    """Draw a target's rate over time on the windows that a table was split into.

    Parameters
    ----------
    table
        As in `over_time`.
    spans
        Name of each window to its first and last moment, in order.
    target
        What the rate counts, such as `paid = yes`.
    """
    figure = Figure(figsize=(_WIDE_IN, 3.2), layout="constrained")
    axes = figure.subplots()
    _band(axes, table)
    for (name, moments), colour in zip(spans.items(), _SPANS, strict=False):
        start, end = (axes.convert_xunits(moment) for moment in moments)  # type: ignore[no-untyped-call]
        axes.axvspan(start, end, color=colour, alpha=0.13, linewidth=0)
        axes.annotate(name, (start, 1), (4, -12), xycoords=axes.get_xaxis_transform(), textcoords="offset points")
    axes.set(ylabel=f"rows with {target}", xlabel="time (start of each period)", ylim=(0, None))
    axes.set_title("What is tested comes after what was learnt from")
    return figure


def rates(tables: "Sequence[pd.DataFrame]", *, target: str, base_rate: float) -> Figure:
    """Draw a target's rate along some columns, one panel each, with 95 % intervals.

    Parameters
    ----------
    tables
        Each indexed by bin, in order, the index called as its column: `rate`, `low`, `high`. All bins are named where
        there are 16 or fewer, else some, the three lowest and the three highest among them.
    target
        What the rate counts, such as `paid = yes`.
    base_rate
        The rate over all rows, 0 to 1.
    """
    lines = -(-len(tables) // _COLUMNS)
    figure = Figure(figsize=(_WIDE_IN, 2.9 * lines), layout="constrained")
    panels = list(figure.subplots(lines, _COLUMNS, sharey=True, squeeze=False).flat)
    for axes, table in zip(panels, tables, strict=False):
        _steps(axes, table)
        axes.axhline(base_rate, color=GREY, linestyle="--", linewidth=1)
    for axes in panels[len(tables) :]:
        axes.set_axis_off()
    figure.supylabel(f"rows with {target}", fontsize="medium")
    figure.suptitle(f"{target} along single columns (dashed: all rows)", x=0, ha="left", weight="bold", size=10)
    return figure


def _steps(axes: "Axes", table: "pd.DataFrame") -> None:
    places = range(len(table))
    spread = [table["rate"] - table["low"], table["high"] - table["rate"]]
    axes.errorbar(places, table["rate"], yerr=spread, fmt="o", markersize=3, color=BLUE, ecolor=SKY)
    shown = _labelled(table)
    slant = {"rotation": 30, "ha": "right", "size": 7} if len(shown) <= _FEW_LABELLED else {"rotation": 90, "size": 6}
    axes.set_xticks(shown, [_shortened(str(table.index[place])) for place in shown], **slant)
    axes.set_title(_shortened(str(table.index.name)), fontsize="small")
    axes.yaxis.set_major_formatter(_PERCENT)


def _labelled(table: "pd.DataFrame") -> list[int]:
    """Name all bins where there is room for it, else some, and those with the lowest and the highest rates."""
    places = list(range(len(table)))
    if len(places) <= _ALL_LABELLED:
        return places
    ranked = sorted(places, key=table["rate"].tolist().__getitem__)
    return sorted({*places[:: len(places) // _FEW_LABELLED], *ranked[:_EXTREMES], *ranked[-_EXTREMES:]})


def _shortened(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _band(axes: "Axes", table: "pd.DataFrame") -> None:
    axes.fill_between(table["period"], table["low"], table["high"], color=SKY, alpha=0.35, linewidth=0, label="95 %")
    axes.plot(table["period"], table["rate"], color=BLUE, marker="o", markersize=2.5, label="rate")
    axes.yaxis.set_major_formatter(_PERCENT)


def _bars(count: int) -> "tuple[Figure, Axes]":
    figure = Figure(figsize=(_WIDE_IN, 1.1 + _BAR_IN * max(count, 1)), layout="constrained")
    axes = figure.subplots()
    axes.grid(visible=False, axis="y")
    return figure, axes
