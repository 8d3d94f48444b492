"""Owns the sentences that say how good a model is, and whether it still is, for each task."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pipeline.figures.words import SCALES, between, count, listed, number, numbers, percents, quoted
from pipeline.goal import Goal, Task

if TYPE_CHECKING:
    import pandas as pd

Estimate = Mapping[str, float]
"""`value`, `low` and `high`."""

_NAMED = 2  # slices that a sentence names
_RARELY = 5  # windows that all lie on one side by chance in 1 of 32 cases
_SCALES = {
    "ROC AUC": "where 0.5 is guessing and 1 perfect",
    "macro F1": "where 1 is perfect, and all classes count alike",
}


def measured(title: str, estimate: Estimate) -> str:
    """Write an estimate of a metric: of one between 0 and 1 with three decimals, else with the digits that matter.

    >>> measured("RMSE", {"value": 41.2345, "low": 39.123, "high": 43.987})
    '41.23 (39.12 to 43.99)'
    """
    return between(estimate) if title in _SCALES else numbers(estimate)


def scored(  # noqa: PLR0913 - a metric, and what it is compared with
    title: str, estimate: Estimate, rows: int, *, target: str, by: Mapping[str, Estimate], better: int
) -> str:
    """Say what a model scores, and how much better than others.

    Parameters
    ----------
    title, estimate
        Its headline metric.
    rows
        That it was measured on.
    target
        The column whose unit a metric without a scale is in.
    by
        By name of another the difference to it, with its interval.
    better
        +1 where more is better, -1 where less is.
    """
    scale = _SCALES.get(title, f"in the unit of {quoted(target)}")
    good = f"On {rows:,} rows that it had never seen its {title} is {measured(title, estimate)}, {scale}"
    others = [f"{_ahead(title, found, better)} {name}" for name, found in by.items()]
    return f"{good}: {', '.join(others)}." if others else f"{good}."


def decided(goal: Goal, metrics: Mapping[str, Estimate], *, level: float | None = None) -> str:
    """Say what a model's predictions come to in use.

    Parameters
    ----------
    goal
        What is predicted.
    metrics
        Of its task.
    level
        Share of rows that the prediction intervals of a regression promise to hold; None where there are none.
    """
    if goal.task is Task.BINARY:
        alarms = percents(metrics["precision"])
        return f"It finds {percents(metrics['recall'])} of the positives, and {alarms} of its alarms are right."
    if goal.task is Task.MULTICLASS:
        mean = percents(metrics["balanced_accuracy"])
        return (
            f"It is right in {percents(metrics['accuracy'])} of the rows, and in {mean} of those of a class on average."
        )
    half = f"Half of its predictions are off by less than {numbers(metrics['median_absolute_error'])}"
    held = f"; its intervals of {level:.0%} hold {percents(metrics['coverage'])} of the rows" if level else ""
    return f"{half}{held}."


def over_time(series: "pd.DataFrame", whole: "pd.DataFrame", *, name: str, title: str, better: int) -> str:
    """Say when a metric was worst.

    Parameters
    ----------
    series
        `window`, `metric`, `value`, `low` and `high`, a row a window and metric, in order; empty where rows have no
        time.
    whole
        The same of all rows.
    name, title, better
        Of the metric; +1 where more is better, -1 where less is.
    """
    if series.empty:
        return "No time column is named: nobody can tell whether it was as good at the end as at the beginning."
    rows = series[(series["metric"] == name) & series["value"].notna()]
    if rows.empty:
        return f"{title} has no meaning in any window"
    promised = _estimate(whole[whole["metric"] == name].iloc[0])
    worst = rows.iloc[int((better * rows["value"]).to_numpy().argmin())]
    away = int(worsened(rows, promised, better).sum())
    lowest = f"{title} {measured(title, _estimate(worst))} in {worst['window']}"
    return f"{away} of {count(len(rows), 'window')} clearly worse than all rows; the worst has {lowest}"


def off(rates: "pd.DataFrame", goal: Goal) -> str:
    """Say in which window predictions were furthest from what happened, on average.

    Parameters
    ----------
    rates
        Indexed by window: `predicted` and `observed`; the second is missing where no label is in.
    goal
        What is predicted.
    """
    gap = (rates["predicted"] - rates["observed"]).abs()
    if not gap.notna().any():
        return "No label is in: nobody can tell whether the predictions hold"
    row, write = rates.iloc[int(np.nanargmax(gap))], SCALES[goal.task].written
    happened = "were right" if goal.task is Task.MULTICLASS else "happened"
    said = f"{write(row['predicted'])} predicted on average, {write(row['observed'])} {happened}"
    return f"Furthest off in {row.name}: {said}"


def against(windows: "pd.DataFrame", promised: Estimate, *, title: str, better: int) -> str:
    """Say what a metric was, and in how many windows it was clearly worse.

    Parameters
    ----------
    windows
        Indexed by window: its `value`, `low` and `high`.
    promised
        The same of the rows that the model was tested on.
    title, better
        Of the metric; +1 where more is better, -1 where less is.
    """
    below = int(worsened(windows, promised, better).sum())
    said = f"{title} was {measured(title, promised)}; {below} of {count(len(windows), 'window')} clearly worse"
    if windows["value"].notna().any():
        worst = windows.iloc[int(np.nanargmin(better * windows["value"]))]
        said += f", the worst {number(worst['value'])} in {worst.name}"
    return said


def sliced(table: "pd.DataFrame") -> str:
    """Say whether a slice is served worse.

    Parameters
    ----------
    table
        `column`, `slice` and `worse`, a row a slice; empty where nothing was sliced.
    """
    if table.empty:
        return ""
    worse = table[table["worse"]]
    if worse.empty:
        return f"None of {count(len(table), 'slice')} is surely served worse than all rows."
    names = [f"{quoted(row.column)} = {quoted(row.slice)}" for row in worse.head(_NAMED).itertuples()]
    return f"Surely served worse than all rows: {len(worse)} of {count(len(table), 'slice')}, such as {listed(names)}."


def holding(windows: "pd.DataFrame", promised: Estimate, *, title: str, better: int) -> str:
    """Say whether a champion is still as good as it promised.

    Parameters
    ----------
    windows
        `window` and its headline metric (`value`, `low`, `high`; missing where no label is in), in order.
    promised
        The same of the rows it was tested on.
    title
        Of the metric.
    better
        +1 where more is better, -1 where less is.
    """
    known = windows[windows["value"].notna()]
    if known.empty:
        return "Nobody can tell yet whether the champion holds: no label is in."
    last, worse = known.iloc[-1], better * (known["value"] - promised["value"]) < 0
    clearly = worsened(known, promised, better)
    doubt = bool(clearly.any()) or (bool(worse.all()) and len(known) >= _RARELY)
    start = "Perhaps not; the champion may do worse than it promised" if doubt else "Yes, the champion still holds"
    if clearly.iloc[-1]:
        start = "No, the champion does worse than it promised"
    found = (
        f"{title} {measured(title, _estimate(last))} in {last['window']}, {measured(title, promised)} on its test rows"
    )
    series = f"It was worse in {worse.sum()} of {count(len(known), 'window')}, clearly so in {clearly.sum()}."
    return f"{start}: {found}. {series}"


def worsened(windows: "pd.DataFrame", promised: Estimate, better: int) -> "pd.Series[bool]":
    """Tell the windows whose interval lies wholly on the worse side of the promised one."""
    return windows["high"] < promised["low"] if better > 0 else windows["low"] > promised["high"]


def _estimate(row: "pd.Series[float]") -> dict[str, float]:
    return {end: float(row[end]) for end in ("value", "low", "high")}


def _ahead(title: str, found: Estimate, better: int) -> str:
    """Say by how much a model is ahead of another; a difference whose interval holds 0 is none."""
    form = "+.3f" if title in _SCALES else "+.4g"
    span = f"{found['low']:{form}} to {found['high']:{form}}"
    if found["low"] > 0 or found["high"] < 0:
        ahead = better * found["value"] > 0
        size = f"{abs(found['value']):{form[1:]}}"
        return f"{size} ({span}) {'better' if ahead else 'worse'} than"
    return f"neither clearly better nor worse ({span}) than"
