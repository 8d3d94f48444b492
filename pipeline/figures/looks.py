"""Owns the sentences on a table that was looked at: its size, its target, what in it tells the target, what is odd."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.figures.words import SCALES, amount, count, listed, percent, quoted
from pipeline.goal import Goal, Task

if TYPE_CHECKING:
    import pandas as pd

_BY_CHANCE = 0.05  # share of intervals of 95 % that miss what they should hold
_NAMED = 3  # classes, or suspects, that a sentence names


def size(rows: int, columns: int) -> str:
    """Say how large a table is.

    >>> size(1200, 5)
    'The table has 1,200 rows and 5 columns.'
    """
    return f"The table has {count(rows, 'row')} and {count(columns, 'column')}."


def target(values: "pd.Series", goal: Goal, *, name: str) -> str:
    """Say what is predicted, and how its labels are spread.

    Parameters
    ----------
    values
        Encoded labels, one a row that has one.
    name
        Of the target's column.
    """
    if goal.task is Task.REGRESSION:
        ends = f"from {amount(float(values.min()))} to {amount(float(values.max()))}"
        return f"To predict is the number {quoted(name)}, {amount(float(values.mean()))} in the mean, {ends}."
    shares = values.value_counts(normalize=True)
    if goal.task is Task.BINARY:
        called = quoted(f"{name} = {goal.positive}")
        return f"To predict is {called}, true of {percent(float(shares.get(1, 0)))} of the rows that have a label."
    told = [f"{quoted(goal.classes[code])} {percent(share)}" for code, share in zip(shares.index, shares, strict=True)]
    spread = ", ".join([*told[:_NAMED], *(f"the rarest is {last}" for last in told[_NAMED:][-1:])])
    return f"To predict is which of {len(goal.classes)} classes {quoted(name)} is: {spread}."


def moved(periods: "pd.DataFrame | None", whole: Mapping[str, float], goal: Goal) -> str:
    """Say whether a target moved over time.

    Parameters
    ----------
    periods
        `curve`, `value`, `low` and `high`, a row a curve and period; None where rows have no time.
    whole
        By curve its value over all rows.
    """
    if periods is None:
        return "No time column is named, so nobody can tell whether that changes."
    curves = {str(curve): part for curve, part in periods.groupby("curve", sort=False)}
    away = {curve: _away(part, whole[curve]) for curve, part in curves.items()}
    curve = max(away, key=lambda each: away[each])
    clear, number, values = away[curve], len(curves[curve]), curves[curve]["value"]
    written = SCALES[goal.task].written
    verb = "moves over time" if clear > _BY_CHANCE * number else "hardly moves over time"
    spread = f"between {written(float(values.min()))} and {written(float(values.max()))}"
    called = f", most of all {quoted(curve)}" if len(curves) > 1 else ""
    return f"It {verb}{called}: {clear} of {count(number, 'period')} clearly differ from the whole, {spread}."


def _away(part: "pd.DataFrame", value: float) -> int:
    return int(((part["low"] > value) | (part["high"] < value)).sum())


def strongest(associations: "pd.DataFrame", leaks: "pd.DataFrame", *, metric: str, guess: float) -> str:
    """Say which column tells the target best, and whether some tell too much.

    Parameters
    ----------
    associations
        `column` and `score`, best first.
    leaks
        `column` and `reason` of those that are suspected.
    metric, guess
        What the score is called, and what a column has that tells nothing.
    """
    if len(leaks):
        named = [f"{quoted(row.column)} {row.reason}" for row in leaks.head(_NAMED).itertuples()]
        more = [f"{len(leaks) - _NAMED} more"] if len(leaks) > _NAMED else []
        there = count(len(leaks), "leak is", "leaks are")
        return f"{there} suspected: {listed(named + more)}. Explain that before any score."
    if associations.empty:
        return "There is no column to tell it from."
    best = f"{quoted(associations['column'].iloc[0])} ({metric} {associations['score'].iloc[0]:.2f})"
    return f"No column gives the answer away; alone {best} tells most, where {guess:g} tells nothing and 1 all."


def odd(suggestions: "pd.DataFrame") -> str:
    """Say how many things want a look."""
    if suggestions.empty:
        return "Nothing else in it wants a look."
    return f"{count(len(suggestions), 'finding')} on its columns {'wants' if len(suggestions) == 1 else 'want'} a look."
