"""Owns what a model gets to see of a row: a recipe learnt from training rows, and its use on any row, alone or not."""

from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel, ConfigDict

from pipeline.errors import DataError, near

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_LEVELS = 200
OTHER = "(other)"
_NAMES_SHARE = 0.5
_FEW = 20
_YEAR_DAYS = 365
_MIDNIGHT = pd.Timedelta(0)

PARTS: "dict[str, Callable[[pd.Series], pd.Series]]" = {
    "hour": lambda moment: moment.dt.hour + moment.dt.minute / 60,
    "weekday": lambda moment: moment.dt.day_of_week,
    "month": lambda moment: moment.dt.month,
}
"""Part of a datetime to how it is told: hour of the day in [0, 24), weekday from Monday 0, month from January 1."""


class Recipe(BaseModel):
    """What becomes of each column. `model_dump()` is what a scrap keeps of it."""

    model_config = ConfigDict(frozen=True)

    numbers: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]  # column to the levels seen while learning
    calendar: dict[str, tuple[str, ...]]  # column of datetimes to the parts that are told of it
    dropped: dict[str, str]  # column to the reason

    @property
    def features(self) -> list[str]:
        """Names of the columns that `apply` returns, in their order."""
        parts = [f"{column}_{part}" for column, told in self.calendar.items() for part in told]
        return [*self.numbers, *self.categories, *parts]


def learn(train: pd.DataFrame, *, target: str, time: str | None = None, id: str | None = None) -> Recipe:  # noqa: A002 - the word of the settings
    """Decide from the training rows what becomes of each column.

    Numbers and truth values become floats, infinity a missing value. Words become categories; where there are more
    than 200, the rare ones are one. Datetimes become hour, weekday and, where a whole year is seen, month. What is the
    same in every row, or words that differ in most, is dropped: nothing can be learnt from it.

    Raises
    ------
    DataError
        If no column is left to learn from.
    """
    given = train.drop(columns=[column for column in (target, id) if column is not None])
    dropped = {str(name): reason for name in given.columns if (reason := _useless(given[name]))}
    kept = given.drop(columns=list(dropped))
    dates = list(kept.select_dtypes(["datetime", "datetimetz"]).columns)
    numbers = list(kept.select_dtypes(["number", "bool", "boolean"]).columns)
    words = [column for column in kept.columns if column not in {*dates, *numbers}]
    recipe = Recipe(
        numbers=tuple(numbers),
        categories={column: _levels(kept[column]) for column in words},
        calendar={column: told for column in dates if (told := _parts(kept[column]))},
        dropped=dropped,
    )
    if not recipe.features:
        raise DataError(
            f"no column is left to learn from besides {target!r}, {time!r} and {id!r}: {dropped or 'none'}."
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
        If a column is missing, or holds no numbers where it did.
    """
    for column in (*recipe.numbers, *recipe.categories, *recipe.calendar):
        if column not in frame.columns:
            raise DataError(f"the rows have no column {column!r}: {near(column, map(str, frame.columns))}")
    made = {column: _number(frame[column]) for column in recipe.numbers}
    made |= {column: _category(frame[column], levels) for column, levels in recipe.categories.items()}
    for column, told in recipe.calendar.items():
        made |= {f"{column}_{part}": PARTS[part](frame[column]).astype("float64") for part in told}
    return pd.DataFrame(made, index=frame.index)


def _useless(values: pd.Series) -> str:
    """Say why nothing can be learnt from a column, or nothing."""
    distinct = values.nunique()
    if distinct + values.isna().any() <= 1:
        return "the same in every training row"
    if distinct > max(_FEW, _NAMES_SHARE * values.count()) and _is_words(values):
        return f"free text or names: {distinct} values in {values.count()} training rows"
    return ""


def _is_words(values: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype))


def _levels(values: pd.Series) -> tuple[str, ...]:
    counts = values.astype("str").value_counts()
    kept = counts.index if len(counts) <= MOST_LEVELS else [*counts.index[: MOST_LEVELS - 1], OTHER]
    return tuple(sorted(kept))


def _parts(moments: pd.Series) -> tuple[str, ...]:
    """Name the parts that differ between rows; months only where each was seen, or they would stand for the date."""
    whole_year = moments.max() - moments.min() >= pd.Timedelta(days=_YEAR_DAYS - 1)
    return tuple(name for name, part in PARTS.items() if (name != "month" or whole_year) and _varies(part(moments)))


def _varies(values: pd.Series) -> bool:
    return bool(values.min() != values.max())


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
