"""Owns what a model gets to see of a row: a recipe learnt from training rows, and its use on any row, alone or not."""

from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel, ConfigDict

from pipeline.data import dates
from pipeline.errors import DataError, near

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_LEVELS = 200
OTHER = "(other)"
_NAMES_SHARE = 0.5
_FEW = 20
_EARLIER = 0.75
_RECUR_SHARE = 0.5
_MUTE = "dates of which no part differs that comes again: hour, weekday, month of a year"


class Recipe(BaseModel):
    """What becomes of each column. `model_dump()` is what a scrap keeps of it."""

    model_config = ConfigDict(frozen=True)

    numbers: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]  # column to the levels seen while learning
    calendar: dict[str, tuple[str, ...]]  # column of datetimes to the parts that are told of it
    days_before: dict[str, str]  # column of datetimes to the one that it is told how long before it was
    dropped: dict[str, str]  # column to the reason

    @property
    def features(self) -> list[str]:
        """Names of the columns that `apply` returns, in their order."""
        parts = [f"{column}_{part}" for column, told in self.calendar.items() for part in told]
        spans = [f"{column}_days_before_{time}" for column, time in self.days_before.items()]
        return [*self.numbers, *self.categories, *parts, *spans]


def learn(train: pd.DataFrame, *, target: str, time: str | None = None, id: str | None = None) -> Recipe:  # noqa: A002 - the word of the settings
    """Decide from the training rows what becomes of each column.

    Numbers and truth values become floats, infinity a missing value. Words become categories; where there are more
    than 200, the rare ones are one. Datetimes become hour, weekday and, where a whole year is seen, month; where rows
    have a time, the others become the days from them to it too. What is the same in every row, words that differ in
    most, and words that in the course of time give way to others are dropped: nothing can be learnt from them.

    Raises
    ------
    DataError
        If no column is left to learn from.
    """
    given = train.drop(columns=[column for column in (target, id) if column is not None])
    moments = None if time is None else train[time]
    dropped = {str(name): reason for name in given.columns if (reason := _useless(given[name], moments))}
    kept = given.drop(columns=list(dropped))
    dated = list(kept.select_dtypes(["datetime", "datetimetz"]).columns)
    numbers = list(kept.select_dtypes(["number", "bool", "boolean"]).columns)
    words = [column for column in kept.columns if column not in {*dated, *numbers}]
    calendar = {column: dates.parts(kept[column]) for column in dated}
    days_before = {column: time for column in dated if column != time} if time else {}
    mute = [column for column, told in calendar.items() if not told and column not in days_before]
    recipe = Recipe(
        numbers=tuple(numbers),
        categories={column: _levels(kept[column]) for column in words},
        calendar={column: told for column, told in calendar.items() if told},
        days_before=days_before,
        dropped=dropped | dict.fromkeys(mute, _MUTE),
    )
    if not recipe.features:
        raise DataError(
            f"no column is left to learn from besides {target!r}, {time!r} and {id!r}: {recipe.dropped or 'none'}."
        )
    return recipe


def apply(frame: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Make the features of some rows: each from its own row only, so that one row alone gives the same.

    A word that was not there while learning stays what it is, as one more level after the known ones.

    Parameters
    ----------
    frame
        Rows with all columns that the recipe uses; others are ignored.

    Raises
    ------
    DataError
        If a column is missing, or holds no numbers or dates where it did.
    """
    dated = {*recipe.calendar, *recipe.days_before, *recipe.days_before.values()}
    for column in (*recipe.numbers, *recipe.categories, *sorted(dated)):
        if column not in frame.columns:
            raise DataError(f"the rows have no column {column!r}: {near(column, map(str, frame.columns))}")
    made = {column: _number(frame[column]) for column in recipe.numbers}
    made |= {column: _category(frame[column], levels) for column, levels in recipe.categories.items()}
    moments = {column: dates.checked(frame, column) for column in dated}
    for column, told in recipe.calendar.items():
        made |= {f"{column}_{part}": dates.PARTS[part](moments[column]) for part in told}
    for column, time in recipe.days_before.items():
        made[f"{column}_days_before_{time}"] = dates.days_before(moments[column], moments[time])
    return pd.DataFrame(made, index=frame.index)


def _useless(values: pd.Series, moments: pd.Series | None) -> str:
    """Say why nothing can be learnt from a column, or nothing."""
    distinct = values.nunique()
    if distinct + values.isna().any() <= 1:
        return "the same in every training row"
    if not _is_words(values):
        return ""
    if distinct > max(_FEW, _NAMES_SHARE * values.count()):
        return f"free text or names: {distinct} values in {values.count()} training rows"
    return "" if moments is None else _passing(values.astype("str"), moments)


def _passing(words: pd.Series, moments: pd.Series) -> str:
    """Say how many of the words at the end of training were not there before, if that is most: later rows have others.

    Such words stand for the calendar: dates as text, weeks, versions, people who come and go.
    """
    late = moments >= moments.quantile(_EARLIER)
    before, after = words[~late], words[late].dropna()
    known = after.isin(before).mean()
    if before.notna().any() and known < _RECUR_SHARE:
        return f"values that do not recur: {1 - known:.0%} of those in the last quarter of the training rows are new"
    return ""


def _is_words(values: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype))


def _levels(values: pd.Series) -> tuple[str, ...]:
    counts = values.astype("str").value_counts()
    kept = counts.index if len(counts) <= MOST_LEVELS else [*counts.index[: MOST_LEVELS - 1], OTHER]
    return tuple(sorted(kept))


def _number(values: pd.Series) -> pd.Series:
    try:
        return values.astype("float64").replace([float("inf"), float("-inf")], float("nan"))
    except (TypeError, ValueError) as error:
        raise DataError(f"column {values.name!r} held numbers while learning, and now does not: {error}.") from error


def _category(values: pd.Series, levels: "Collection[str]") -> pd.Series:
    text = values.astype("str")
    if OTHER in levels:
        text = text.where(text.isin(list(levels)) | text.isna(), OTHER)
    new = sorted(set(text.dropna().unique()).difference(levels))
    return text.astype(pd.CategoricalDtype([*levels, *new]))
