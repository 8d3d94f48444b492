"""Owns dates: which columns of text are some, and what is told of one to a model that learns no dates."""

from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.data import recipe
from pipeline.data.recipe import WEEKDAYS
from pipeline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

# Written by people, whose order of day and month differs: a column must fit exactly one of them.
_DATES = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_SHOWN = 3
_CURE = "Write dates as 2026-11-23 or 2026-11-23 14:30."

_WRITTEN = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?"
_HEAD = 1000
_YEAR_DAYS = 365
_DAY_S = 86_400


def read(frame: pd.DataFrame, *, besides: set[str | None]) -> pd.DataFrame:
    """Read each column of text whose values are all ISO dates (2026-11-23, or 2026-11-23 14:30) as datetimes.

    A column with anything else in it stays as it is, and so do years, months and other digits: they may be codes.

    Parameters
    ----------
    frame
        A table as it was loaded.
    besides
        Columns to leave alone.
    """
    texts = [name for name in frame.columns if name not in besides and _is_text(frame[name])]
    found = frame.copy(deep=False)  # `assign` takes no column that is called `self`
    for name in (name for name in texts if _are_dates(frame[name])):
        found[name] = iso(frame[name].astype("str"))
    return found


def _is_text(values: pd.Series) -> bool:
    kind = values.dtype.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    return bool(pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind))


def _are_dates(values: pd.Series) -> bool:
    given = values.dropna()
    return are_iso(given.astype("str"))


def are_iso(text: pd.Series) -> bool:
    """Say whether texts are all ISO dates, 2026-11-23 or 2026-11-23 14:30, and there is one."""
    return not text.empty and _fit(text.head(_HEAD)) and _fit(text)


def _fit(text: pd.Series) -> bool:
    return bool(text.str.fullmatch(_WRITTEN).all()) and is_iso(text)


def is_iso(text: pd.Series) -> bool:
    """Say whether every text is of ISO 8601."""
    return bool(pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).notna().all())


def iso(text: pd.Series) -> pd.Series:
    """Read texts of ISO 8601; what is missing stays missing."""
    try:
        return pd.to_datetime(text, format="ISO8601")
    except ValueError:  # offsets differ from row to row, as they do where clocks change
        return pd.to_datetime(text, format="ISO8601", utc=True)


def way(text: pd.Series, where: str) -> str:
    """Name the one way of writing dates that fits all texts, ISO 8601 before all others, as pandas names it.

    Parameters
    ----------
    where
        What to call the column in an error.

    Raises
    ------
    DataError
        If a text is no date, or day and month cannot be told apart.
    """
    if is_iso(text):
        return "ISO8601"
    head = text.head(1000)
    likely = [form for form in map("".join, product(_DATES, _TIMES)) if _is_of(head, form)]
    fitting = [form for form in likely if _is_of(text, form)]
    if not fitting:
        shown = ", ".join(map(repr, _not_dates(text, likely).head(_SHOWN)))
        raise DataError(f"{where} holds values that are no date, such as {shown}. {_CURE}")
    if len(fitting) > 1:
        raise DataError(f"{where} can be read as {' or as '.join(fitting)}. {_CURE}")
    return fitting[0]


def _is_of(text: pd.Series, form: str) -> bool:
    return bool(pd.to_datetime(text, format=form, errors="coerce").notna().all())


def _not_dates(text: pd.Series, likely: list[str]) -> pd.Series:
    form = likely[0] if likely else "ISO8601"
    return text[pd.to_datetime(text, format=form, errors="coerce", utc=True).isna()]


def _weekday(moments: pd.Series) -> pd.Series:
    codes = moments.dt.day_of_week.fillna(-1).astype("int8")
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(WEEKDAYS)), index=moments.index)


PARTS: "dict[str, Callable[[pd.Series], pd.Series]]" = {
    "hour": lambda moments: recipe.hour(moments.dt).astype("float64"),
    "weekday": _weekday,
    "month": lambda moments: moments.dt.month.astype("float64"),
}
"""Part of a datetime to how it is told: hour of the day in [0, 24), weekday by name, month from January 1."""


def parts(moments: pd.Series) -> tuple[str, ...]:
    """Name the parts that differ between rows; months only where each was seen, or they would stand for the date."""
    whole_year = moments.max() - moments.min() >= pd.Timedelta(days=_YEAR_DAYS - 1)
    told = [name for name in PARTS if name != "month" or whole_year]
    return tuple(name for name in told if len(PARTS[name](moments).dropna().unique()) > 1)


def days_before(moments: pd.Series, others: pd.Series) -> pd.Series:
    """Count the days from `moments` to `others`, with fractions, below zero where they come later.

    Where only one of the two has a time zone, both are read off the clock on the wall.
    """
    if (moments.dt.tz is None) != (others.dt.tz is None):
        moments, others = moments.dt.tz_localize(None), others.dt.tz_localize(None)
    # In microseconds: nanoseconds end in 2262, and 9999-12-31 is how tables say "for ever".
    days: pd.Series = (others.dt.as_unit("us") - moments.dt.as_unit("us")).dt.total_seconds() / _DAY_S
    return days


def checked(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of datetimes.

    Raises
    ------
    DataError
        If it holds something else.
    """
    values: pd.Series = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values
    raise DataError(f"column {column!r} held dates while learning, and now does not: it is {values.dtype}.")
