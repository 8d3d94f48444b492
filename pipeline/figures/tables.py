"""Owns the figures of tables: what is missing, how a target moves, what goes with it. Draws, computes nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from pipeline.figures.style import BLACK, BLUE, GREY, LEAST_POINTS, MIST, ORANGE, SKY, Sheet, name_rows, sheet
from pipeline.figures.words import listed, percent, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_BARS = 15
_BAR_IN = 0.24
_COLUMNS = 2
_LABEL = 24
_BIN = 14
_ALL_LABELLED = 20
_FEW_LABELLED = 5
_EXTREMES = 1
_FLAT = 36  # letters that fit side by side
_PERCENT = PercentFormatter(1.0, decimals=0)
_UNITS = ((1.5, "day"), (8, "week"), (32, "month"))  # up to so many days apart


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


def associations(table: "pd.DataFrame", *, limit: float) -> Sheet:
    """Draw how well each column alone tells the target.

    Parameters
    ----------
    table
        `column`, `auc` (0.5 to 1), `low` and `high`, best first; the first 15 are drawn.
    limit
        The AUC from which a column is suspected of a leak.
    """
    drawn, suspects = table.head(_MOST_BARS), table[table["auc"] >= limit]
    best = f"{short(table['column'].iloc[0], _LABEL)} tells most: AUC {table['auc'].iloc[0]:.2f}"
    says = f"{len(suspects)} of {len(table)} columns may know the target" if len(suspects) else "No suspected leak"
    figure = _bars(f"{says}. Alone, {best}{_cut(len(drawn), len(table))}", len(drawn))
    axes = figure.axes[0]
    spread = [(drawn["auc"] - drawn["low"]).clip(lower=0), (drawn["high"] - drawn["auc"]).clip(lower=0)]
    bars = axes.barh(range(len(drawn)), drawn["auc"] - 0.5, left=0.5, color=SKY, xerr=spread, ecolor=BLACK, capsize=2)
    for bar, auc in zip(bars, drawn["auc"], strict=True):
        if auc >= limit:
            bar.set(color=ORANGE, hatch="//", edgecolor=BLACK)
    axes.axvline(limit, color=BLACK, linestyle="--", linewidth=1)
    name_rows(axes, [short(name, _LABEL) for name in drawn["column"]])
    axes.set(xlabel="AUC of the column alone (0.5: tells nothing; dashed: suspected leak)", xlim=(0.5, 1.0))
    return figure


def _cut(drawn: int, there: int) -> str:
    """Say so where a figure leaves columns out."""
    return f" ({drawn} of {there} columns drawn)" if drawn < there else ""


def over_time(table: "pd.DataFrame", *, target: str, base_rate: float) -> Sheet:
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
    away = int(((table["low"] > base_rate) | (table["high"] < base_rate)).sum())
    spread = f"from {percent(table['rate'].min())} to {percent(table['rate'].max())}"
    says = f"{target} in {percent(base_rate)} of rows; {away} of {len(table)} {_unit(table)}s clearly differ ({spread})"
    figure = sheet(says, height_in=4.0)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    _band(upper, table)
    upper.axhline(base_rate, color=BLACK, linestyle="--", linewidth=1, label="all rows")
    upper.legend(ncols=3, loc="upper left", bbox_to_anchor=(0, 1.14), borderaxespad=0)
    upper.set(ylabel=f"share with {short(target, _LABEL)}", ylim=(0, None))
    lower.step(table["period"], table["rows"], where="mid", color=GREY)
    lower.set(ylabel="rows", ylim=(0, None), xlabel=f"start of each {_unit(table)}")
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    figure.align_ylabels()
    return figure


def windows(table: "pd.DataFrame", spans: Mapping[str, Mapping[str, Any]], *, target: str) -> Sheet:
    """Draw a target's rate over time on the windows that a table was split into.

    Parameters
    ----------
    table
        As in `over_time`.
    spans
        By name of a window `start`, `end` and `base_rate`, in the order of time.
    target
        What the rate counts, such as `paid = yes`.
    """
    said = listed([f"{percent(window['base_rate'])} of {name}" for name, window in spans.items()])
    figure = sheet(f"{target} in {said} rows: each window comes after the one before", height_in=3.3)
    axes = figure.subplots()
    _band(axes, table)
    for place, (name, window) in enumerate(spans.items()):
        start, end = (axes.convert_xunits(window[moment]) for moment in ("start", "end"))  # type: ignore[no-untyped-call]
        axes.axvspan(start, end, color=MIST, alpha=0.45 if place % 2 else 0, linewidth=0)
        axes.axvline(start, color=BLACK, linewidth=1, linestyle=":")
        axes.hlines(window["base_rate"], start, end, color=BLACK, linestyle="--", linewidth=1.2, zorder=3)
        axes.annotate(name, (start, 1), (4, 4), xycoords=axes.get_xaxis_transform(), textcoords="offset points")
    label = f"share with {short(target, _LABEL)}"
    axes.set(ylabel=label, xlabel=f"start of each {_unit(table)} (dashed: mean of the window)", ylim=(0, None))
    return figure


def rates(tables: "Sequence[pd.DataFrame]", *, target: str, base_rate: float) -> Sheet:
    """Draw a target's rate along some columns, one panel each, with 95 % intervals.

    Parameters
    ----------
    tables
        Each indexed by bin, in order, the index called as its column: `rate`, `low`, `high`. All bins are named where
        they are at most 20 words, else some, the lowest and the highest among them.
    target
        What the rate counts, such as `paid = yes`.
    base_rate
        The rate over all rows, 0 to 1.
    """
    lines = -(-len(tables) // _COLUMNS)
    figure = sheet(_widest(tables, target), height_in=2.5 * lines)
    panels = list(figure.subplots(lines, _COLUMNS, sharey=True, squeeze=False).flat)
    for axes, table in zip(panels, tables, strict=False):
        _steps(axes, table)
        axes.axhline(base_rate, color=BLACK, linestyle="--", linewidth=1)
    for axes in panels[len(tables) :]:
        axes.set_axis_off()
    figure.supylabel(f"share with {short(target, _LABEL)} (dashed: all rows)", fontsize=LEAST_POINTS)
    return figure


def _widest(tables: "Sequence[pd.DataFrame]", target: str) -> str:
    """Name the column along which the rate surely goes furthest: from the least upper to the greatest lower bound."""
    table = max(tables, key=lambda each: float(each["low"].max() - each["high"].min()))
    low, high = table.iloc[int(table["high"].argmin())], table.iloc[int(table["low"].argmax())]
    ends = [f"{percent(end['rate'])} at {short(end.name, _BIN)}" for end in (low, high)]
    return f"{target} goes furthest along {short(table.index.name, _LABEL)}: from {ends[0]} to {ends[1]}"


def _steps(axes: "Axes", table: "pd.DataFrame") -> None:
    places = range(len(table))
    spread = [table["rate"] - table["low"], table["high"] - table["rate"]]
    axes.errorbar(places, table["rate"], yerr=spread, fmt="o", markersize=4, color=BLUE, ecolor=SKY, elinewidth=2.5)
    shown = _labelled(table)
    names = [short(table.index[place], _BIN) for place in shown]
    flat = sum(len(name) + 2 for name in names) <= _FLAT
    axes.set_xticks(shown, names, rotation=0 if flat else 90)
    axes.set_xlim(-0.5, len(table) - 0.5)
    axes.set_title(short(table.index.name, _LABEL + 8))
    axes.yaxis.set_major_formatter(_PERCENT)


def _labelled(table: "pd.DataFrame") -> list[int]:
    """Name all bins where there is room for it, else some, and those with the lowest and the highest rates."""
    places = list(range(len(table)))
    if len(places) <= _ALL_LABELLED:
        return places
    ranked = sorted(places, key=table["rate"].tolist().__getitem__)
    return sorted({*places[:: len(places) // _FEW_LABELLED], *ranked[:_EXTREMES], *ranked[-_EXTREMES:]})


def _unit(table: "pd.DataFrame") -> str:
    """Call the periods by what they are, as far as the distance between them tells."""
    days = float(table["period"].diff().dt.total_seconds().median()) / 86_400 if len(table) > 1 else 0
    return next((name for most, name in _UNITS if 0 < days <= most), "year" if days else "period")


def _band(axes: "Axes", table: "pd.DataFrame") -> None:
    axes.fill_between(table["period"], table["low"], table["high"], color=SKY, alpha=0.45, linewidth=0, label="95 %")
    axes.plot(table["period"], table["rate"], color=BLUE, marker="o", markersize=3, label="rate")
    axes.yaxis.set_major_formatter(_PERCENT)


def _bars(says: str, rows: int) -> Sheet:
    figure = sheet(says, height_in=0.8 + _BAR_IN * max(rows, 1))
    figure.subplots()
    return figure
