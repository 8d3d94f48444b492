"""Owns the figures of tables: how a target moves, and what goes with it. Draws, computes nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FuncFormatter, StrMethodFormatter

from pipeline.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LEAST_POINTS,
    MIST,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    Sheet,
    sheet,
)
from pipeline.figures.words import Scale, listed, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = 2
_LABEL = 24
_BIN = 14
_ALL_LABELLED = 20
_FEW_LABELLED = 5
_EXTREMES = 1
_FLAT = 36  # letters that fit side by side
_LEGEND_IN = 0.2
_LOOKS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (VERMILION, "D"), (PINK, "v"))  # of five curves
_UNITS = ((1.5, "day"), (8, "week"), (32, "month"))  # up to so many days apart


def over_time(table: "pd.DataFrame", whole: Mapping[str, float], *, scale: Scale) -> Sheet:
    """Draw a target over time with its 95 % band, and the rows behind it.

    Parameters
    ----------
    table
        One row a curve and period: `curve`, `period`, `rows`, `value`, `low`, `high`.
    whole
        By curve its value over all rows.
    scale
        How values are written.
    """
    figure = sheet(_moves(table, whole, scale), height_in=4.0 + _LEGEND_IN * _legend_lines(table))
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    _bands(upper, table, scale)
    for curve in _curves(table):
        upper.axhline(whole[curve], color=BLACK, linestyle="--", linewidth=0.8, label="_all rows")
    upper.set(ylabel=_followed(table), ylim=_floor(table))
    first = next(iter(_curves(table).values()))
    lower.step(first["period"], first["rows"], where="mid", color=GREY)
    lower.set(ylabel="rows", ylim=(0, None), xlabel=f"start of each {_unit(table)} (dashed: all rows)")
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    figure.align_ylabels()
    return figure


def _moves(table: "pd.DataFrame", whole: Mapping[str, float], scale: Scale) -> str:
    """Say how often the curve that moves most leaves its value over all rows, and how far it goes."""
    away = {curve: _away(part, whole[curve]) for curve, part in _curves(table).items()}
    curve = max(away, key=lambda each: away[each])
    part = table[table["curve"] == curve]
    spread = f"from {scale.written(part['value'].min())} to {scale.written(part['value'].max())}"
    clearly = f"{away[curve]} of {len(part)} {_unit(table)}s clearly differ ({spread})"
    return f"{short(curve, _LABEL)}: {scale.written(whole[curve])} over all rows; {clearly}"


def _away(part: "pd.DataFrame", value: float) -> int:
    return int(((part["low"] > value) | (part["high"] < value)).sum())


def windows(table: "pd.DataFrame", spans: Mapping[str, Mapping[str, Any]], *, scale: Scale) -> Sheet:
    """Draw a target over time on the windows that a table was split into.

    Parameters
    ----------
    table
        As in `over_time`.
    spans
        By name of a window `start` and `end`, in the order of time.
    scale
        How values are written.
    """
    curve, part = next(iter(_curves(table).items()))
    figure = sheet(f"{short(curve, _LABEL)} {_by_window(part, spans, scale)}", height_in=3.3)
    axes = figure.subplots()
    _bands(axes, table, scale)
    for place, (name, window) in enumerate(spans.items()):
        start, end = (axes.convert_xunits(window[moment]) for moment in ("start", "end"))  # type: ignore[no-untyped-call]
        axes.axvspan(start, end, color=MIST, alpha=0.45 if place % 2 else 0, linewidth=0)
        axes.axvline(start, color=BLACK, linewidth=1, linestyle=":")
        axes.annotate(
            name, (end, 1), (-4, 4), xycoords=axes.get_xaxis_transform(), textcoords="offset points", ha="right"
        )
    axes.set(ylabel=_followed(table), xlabel=f"start of each {_unit(table)}", ylim=_floor(table))
    return figure


def _by_window(part: "pd.DataFrame", spans: Mapping[str, Mapping[str, Any]], scale: Scale) -> str:
    """Say between what a curve moves in each window; a period counts where it starts."""
    told = []
    for name, window in spans.items():
        inside = part[(part["period"] >= _day(window["start"])) & (part["period"] <= window["end"])]["value"]
        if len(inside):
            told.append(f"{scale.written(inside.min())} to {scale.written(inside.max())} in {name}")
    return f"goes from {listed(told)}: each window comes after the one before"


def _day(moment: Any) -> Any:  # noqa: ANN401 - a moment of whatever library
    return moment.normalize() if hasattr(moment, "normalize") else moment


def along(tables: "Sequence[pd.DataFrame]", whole: Mapping[str, float], *, scale: Scale) -> Sheet:
    """Draw a target along some columns, one panel each, with 95 % intervals.

    Parameters
    ----------
    tables
        Of each column one row a curve and bin, in order, called as `attrs["column"]`: `curve`, `bin`, `value`, `low`,
        `high`. All bins are named where they are at most 20 words, else some, the lowest and the highest among them.
    whole
        By curve its value over all rows.
    scale
        How values are written.
    """
    lines = max(-(-len(tables) // _COLUMNS), 1)
    figure = sheet(_widest(tables, scale), height_in=2.5 * lines + _LEGEND_IN * len(whole) * (len(whole) > 1))
    panels = list(figure.subplots(lines, _COLUMNS, sharey=True, squeeze=False).flat)
    for axes, table in zip(panels, tables, strict=False):
        _steps(axes, table, scale)
        for value in whole.values() if len(whole) == 1 else ():
            axes.axhline(value, color=BLACK, linestyle="--", linewidth=1)
    for axes in panels[len(tables) :]:
        axes.set_axis_off()
    if tables and len(whole) > 1:
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=_COLUMNS)
    said = f"{_followed(tables[0])}{' (dashed: all rows)' if len(whole) == 1 else ''}" if tables else ""
    figure.supylabel(said, fontsize=LEAST_POINTS)
    return figure


def _widest(tables: "Sequence[pd.DataFrame]", scale: Scale) -> str:
    """Name the column along which a curve surely goes furthest: from the least upper to the greatest lower bound."""
    curves = [(table.attrs["column"], part) for table in tables for part in _curves(table).values()]
    if not curves:
        return "There is no column to follow the target along"
    column, part = max(curves, key=lambda each: float(each[1]["low"].max() - each[1]["high"].min()))
    bounds = part.fillna({"low": part["value"], "high": part["value"]})
    low, high = part.iloc[int(bounds["high"].argmin())], part.iloc[int(bounds["low"].argmax())]
    ends = [f"{scale.written(end['value'])} at {short(end['bin'], _BIN)}" for end in (low, high)]
    called = short(part["curve"].iloc[0], _LABEL)
    return f"{called} goes furthest along {short(column, _LABEL)}: from {ends[0]} to {ends[1]}"


def _steps(axes: "Axes", table: "pd.DataFrame", scale: Scale) -> None:
    for (curve, part), (colour, marker) in zip(_curves(table).items(), _LOOKS, strict=False):
        spread = [(part["value"] - part["low"]).clip(lower=0), (part["high"] - part["value"]).clip(lower=0)]
        axes.errorbar(
            range(len(part)), part["value"], yerr=spread, fmt=marker, markersize=4, color=colour, elinewidth=2.0
        ).set_label(short(curve, _LABEL))
    first = next(iter(_curves(table).values())).reset_index(drop=True)
    shown = _labelled(first)
    names = [short(first["bin"].iloc[place], _BIN) for place in shown]
    flat = sum(len(name) + 2 for name in names) <= _FLAT
    axes.set_xticks(shown, names, rotation=0 if flat else 90)
    axes.set_xlim(-0.5, len(first) - 0.5)
    axes.set_title(short(table.attrs["column"], _LABEL + 8))
    axes.yaxis.set_major_formatter(_ticks(scale))


def _labelled(table: "pd.DataFrame") -> list[int]:
    """Name all bins where there is room for it, else some, and those with the lowest and the highest values."""
    places = list(range(len(table)))
    if len(places) <= _ALL_LABELLED:
        return places
    ranked = sorted(places, key=table["value"].tolist().__getitem__)
    return sorted({*places[:: len(places) // _FEW_LABELLED], *ranked[:_EXTREMES], *ranked[-_EXTREMES:]})


def _curves(table: "pd.DataFrame") -> "dict[str, pd.DataFrame]":
    return {str(curve): part for curve, part in table.groupby("curve", sort=False)}


def _followed(table: "pd.DataFrame") -> str:
    """Call what is at the axis of values."""
    curves = _curves(table)
    return short(next(iter(curves)), _LABEL) if len(curves) == 1 else "share of each class"


def _floor(table: "pd.DataFrame") -> tuple[float | None, None]:
    """Begin an axis at zero, where nothing is below."""
    return (0.0 if table["value"].min() >= 0 else None), None


def _legend_lines(table: "pd.DataFrame") -> int:
    return -(-len(_curves(table)) // _COLUMNS)


def _ticks(scale: Scale) -> FuncFormatter:
    return FuncFormatter(lambda value, _: scale.tick(value))


def _unit(table: "pd.DataFrame") -> str:
    """Call the periods by what they are, as far as the distance between them tells."""
    starts = table["period"].drop_duplicates()
    days = float(starts.diff().dt.total_seconds().median()) / 86_400 if len(starts) > 1 else 0
    return next((name for most, name in _UNITS if 0 < days <= most), "year" if days else "period")


def _bands(axes: "Axes", table: "pd.DataFrame", scale: Scale) -> None:
    curves = _curves(table)
    for (curve, part), (colour, marker) in zip(curves.items(), _LOOKS, strict=False):
        band = SKY if len(curves) == 1 else colour
        axes.fill_between(part["period"], part["low"], part["high"], color=band, alpha=0.45 / len(curves), linewidth=0)
        axes.plot(part["period"], part["value"], color=colour, marker=marker, markersize=3, label=short(curve, _LABEL))
    axes.yaxis.set_major_formatter(_ticks(scale))
    if len(curves) > 1:
        axes.legend(ncols=_COLUMNS, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0)
