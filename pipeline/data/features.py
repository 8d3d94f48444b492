"""Owns what a model gets to see of a row: a recipe learnt from training rows, and its use on any row, alone or not."""

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.data import dates
from pipeline.data.recipe import OTHER, Recipe, span
from pipeline.errors import DataError, near

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_LEVELS = 200
_NAMES_SHARE = 0.5
_FEW = 20
_SENTENCE = 3  # words, from which on a text is more than a name
_HEAD = 1000
_DAY_S = 86_400
_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal", "boolean"})  # of `infer_dtype`
_EARLIER = 0.75
_RECUR_SHARE = 0.5
_MUTE = "dates of which no part differs that comes again: hour, weekday, month of a year"


def learn(
    train: pd.DataFrame,
    *,
    target: str,
    time: str | None = None,
    besides: "Collection[str | None]" = (),
) -> Recipe:
    """Decide from the training rows what becomes of each column.

    Numbers, truth values and durations (in days) become floats, infinity a missing value. Words become categories;
    where there are more than 200, the rare ones are one. Words that differ in most rows stay texts where they are
    sentences, of three words or more; names are dropped. Datetimes become hour, weekday and, where a whole year is
    seen, month; where rows have a time, the others become the days from them to it too. What is the same in every row,
    and words that in the course of time give way to others are dropped: nothing can be learnt from them.

    Parameters
    ----------
    besides
        Columns that are no features: an id, groups, weights.

    Raises
    ------
    DataError
        If no column is left to learn from.
    """
    given = train.drop(columns=list({target, *besides} - {None}))
    moments = None if time is None else train[time]
    kinds = {str(name): _kind(given[name]) for name in given.columns}
    dropped = {name: reason for name, kind in kinds.items() if (reason := _useless(given[name], kind, moments))}
    of = {kind: [name for name, own in kinds.items() if own == kind and name not in dropped] for kind in _KINDS}
    texts = [name for name in of["words"] if _is_mostly_different(given[name])]
    calendar = {name: _untaken(dates.parts(given[name]), name, train) for name in of["dates"]}
    days_before = {name: time for name in of["dates"] if name != time and span(name, time) not in train} if time else {}
    mute = [name for name, told in calendar.items() if not told and name not in days_before]
    recipe = Recipe(
        numbers=tuple(of["numbers"]),
        categories={name: _levels(given[name]) for name in of["words"] if name not in texts},
        texts=tuple(texts),
        calendar={name: told for name, told in calendar.items() if told},
        days_before=days_before,
        dropped=dropped | dict.fromkeys(mute, _MUTE),
    )
    if not recipe.features:
        shown = dict(list(recipe.dropped.items())[:_FEW])
        raise DataError(
            f"no column is left to learn from besides {target!r} and {time!r}. Dropped are: {shown or 'none'}."
        )
    return recipe


def apply(frame: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Make the features of some rows: each from its own row only, so that one row alone gives the same.

    A word that was not there while learning stays what it is, as one more level after the known ones.

    Parameters
    ----------
    frame
        Rows with all columns that the recipe uses; others are ignored.

    Returns
    -------
        Same index. Numbers are `float64`, words `category`, texts `str`.

    Raises
    ------
    DataError
        If a column is missing, or holds no numbers or dates where it did.
    """
    dated = {*recipe.calendar, *recipe.days_before, *recipe.days_before.values()}
    if missing := next((column for column in recipe.inputs if column not in frame.columns), None):
        raise DataError(f"the rows have no column {missing!r}: {near(missing, map(str, frame.columns))}")
    made = {column: _category(frame[column], levels) for column, levels in recipe.categories.items()}
    made |= {column: frame[column].astype("str") for column in recipe.texts}
    moments = {column: dates.checked(frame, column) for column in dated}
    for column, told in recipe.calendar.items():
        made |= {f"{column}_{part}": dates.PARTS[part](moments[column]) for part in told}
    for column, time in recipe.days_before.items():
        made[span(column, time)] = dates.days_before(moments[column], moments[time])
    return pd.concat([_numbers(frame, list(recipe.numbers)), pd.DataFrame(made, index=frame.index)], axis=1)


def inputs(frame: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Return what `apply` looks at as somebody would send it: `apply` makes the same features of it.

    Returns
    -------
        Columns `recipe.inputs`, same index. Words are `str`, durations numbers of days, endless numbers missing values.
    """
    words = {name: frame[name].astype("str") for name in (*recipe.categories, *recipe.texts)}
    numbers = dict(_numbers(frame, [name for name in recipe.numbers if _is_measured(frame[name])]))
    return pd.DataFrame({name: frame[name] for name in recipe.inputs} | words | numbers, index=frame.index)


def _is_measured(values: pd.Series) -> bool:
    return pd.api.types.is_timedelta64_dtype(values.dtype) or pd.api.types.is_float_dtype(values.dtype)


_KINDS = ("numbers", "dates", "words", "other")


def _kind(values: pd.Series) -> str:
    """Tell numbers, dates, words and what is neither (lists, records) apart."""
    kind = values.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "dates"
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return "numbers"
    if not pd.api.types.is_object_dtype(kind):
        return "words"
    if pd.api.types.infer_dtype(values, skipna=True) in _NUMBERS:
        return "numbers"
    return "words" if values.map(pd.api.types.is_hashable).all() else "other"


def _useless(values: pd.Series, kind: str, moments: pd.Series | None) -> str:
    """Say why nothing can be learnt from a column, or nothing."""
    if kind == "other":
        return "lists or records: put what counts of them into columns of their own"
    distinct = values.nunique()
    if distinct + values.isna().any() <= 1:
        return "the same in every training row"
    if kind != "words":
        return ""
    if not _is_mostly_different(values):
        return "" if moments is None else _passing(values.astype("str"), moments)
    head = values.dropna().head(_HEAD).astype("str")
    sentence = (head.str.count(r"\S+")).median() >= _SENTENCE
    return "" if sentence else f"names: {distinct} values in {values.count()} training rows"


def _is_mostly_different(words: pd.Series) -> bool:
    return bool(words.nunique() > max(_FEW, _NAMES_SHARE * words.count()))


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


def _untaken(parts: tuple[str, ...], column: str, train: pd.DataFrame) -> tuple[str, ...]:
    """Leave out parts of a date that the table has a column for."""
    return tuple(part for part in parts if f"{column}_{part}" not in train)


def _levels(values: pd.Series) -> tuple[str, ...]:
    counts = values.astype("str").value_counts()
    kept = counts.index if len(counts) <= MOST_LEVELS else [*counts.index[: MOST_LEVELS - 1], OTHER]
    return tuple(sorted(kept))


def _numbers(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    lasting = list(frame[columns].select_dtypes("timedelta").columns)
    found = frame[columns].astype(dict.fromkeys(lasting, "object")) if lasting else frame[columns]
    for name in lasting:
        found[name] = frame[name].dt.total_seconds() / _DAY_S
    try:
        return found.astype("float64").replace([float("inf"), float("-inf")], float("nan"))
    except (TypeError, ValueError) as error:
        name, why = next((name, why) for name in columns if (why := _no_number(found[name])))
        raise DataError(f"column {name!r} held numbers while learning, and now does not: {why}.") from error


def _no_number(values: pd.Series) -> str:
    try:
        values.astype("float64")
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def _category(values: pd.Series, levels: "Collection[str]") -> pd.Series:
    text = values.astype("str")
    if OTHER in levels:
        text = text.where(text.isin(list(levels)) | text.isna(), OTHER)
    new = sorted(set(text.dropna().unique()).difference(levels))
    return text.astype(pd.CategoricalDtype([*levels, *new]))
