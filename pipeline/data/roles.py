"""Owns what the three named columns must be: a target of two classes, a time that orders rows, an id that names one."""

from itertools import product

import pandas as pd

from pipeline.data import dates
from pipeline.errors import DataError

# Written by people, whose order of day and month differs: a column must fit exactly one of them.
_DATES = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_YES = frozenset({"yes", "y", "true", "t", "1", "positive", "pos"})
_SHOWN = 3
_PAIR = 2

_CURE = "Write dates as 2026-11-23 or 2026-11-23 14:30."


def moments(values: pd.Series, source: str) -> pd.Series:
    """Read a time column as datetimes: ISO 8601, or the one usual way of writing a date that fits every value.

    Raises
    ------
    DataError
        If a value is missing or no date, or day and month cannot be told apart.
    """
    where = f"{source}: column {values.name!r}, named as time,"
    if count := int(values.isna().sum()):
        raise DataError(f"{where} is missing in {count} of {len(values)} rows. Fill or remove those rows.")
    if isinstance(values.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(values.dtype):
        return values
    text = values.astype("str")
    return dates.iso(text) if dates.is_iso(text) else _written(text, where)


def _written(text: pd.Series, where: str) -> pd.Series:
    head = text.head(1000)
    likely = [form for form in map("".join, product(_DATES, _TIMES)) if _fits(head, form)]
    fitting = [form for form in likely if _fits(text, form)]
    if not fitting:
        shown = ", ".join(map(repr, _not_dates(text, likely).head(_SHOWN)))
        raise DataError(f"{where} holds values that are no date, such as {shown}. {_CURE}")
    if len(fitting) > 1:
        raise DataError(f"{where} can be read as {' or as '.join(fitting)}. {_CURE}")
    return pd.to_datetime(text, format=fitting[0])


def _fits(text: pd.Series, form: str) -> bool:
    return bool(pd.to_datetime(text, format=form, errors="coerce").notna().all())


def _not_dates(text: pd.Series, likely: list[str]) -> pd.Series:
    form = likely[0] if likely else "ISO8601"
    return text[pd.to_datetime(text, format=form, errors="coerce", utc=True).isna()]


def unique(values: pd.Series, source: str) -> None:
    """Check that an id column names each row once.

    Raises
    ------
    DataError
        If an id is missing, or stands in two rows.
    """
    where = f"{source}: column {values.name!r}, named as id,"
    if count := int(values.isna().sum()):
        raise DataError(f"{where} is missing in {count} of {len(values)} rows. Fill them, or name no id.")
    repeated = values[values.duplicated(keep=False)]
    if len(repeated):
        shown = ", ".join(map(repr, repeated.unique()[:_SHOWN].tolist()))
        raise DataError(f"{where} names {len(repeated)} rows more than once, such as {shown}. Remove repeated rows.")


def positive(values: pd.Series, source: str) -> bool | float | str:
    """Decide which of the target's two values counts as 1.

    True of booleans, the larger of numbers; of words the one that says yes, else the rarer one.

    Raises
    ------
    DataError
        If the labelled rows do not have exactly two values.
    """
    counts = values.value_counts()  # missing labels are not counted: they may come later
    where = f"{source}: column {values.name!r}, named as target,"
    if counts.empty:
        raise DataError(f"{where} is missing in every row. Name a column that has labels.")
    if len(counts) == 1:
        raise DataError(f"{where} is {counts.index[0]!r} wherever there is a value: nothing to learn from it.")
    if len(counts) > _PAIR:
        shown = ", ".join(map(repr, counts.index[:_SHOWN].tolist()))
        raise DataError(f"{where} has {len(counts)} values ({shown}, ...), and must have two. Make it a yes or no.")
    if pd.api.types.is_numeric_dtype(values.dtype):  # booleans too
        largest: bool | float = counts.index.max().item() if hasattr(counts.index.max(), "item") else counts.index.max()
        return largest
    saying_yes = [str(value) for value in counts.index if str(value).strip().casefold() in _YES]
    return saying_yes[0] if len(saying_yes) == 1 else str(counts.index[-1])


def encode(values: pd.Series, *, positive: bool | float | str) -> pd.Series:
    """Write a target without missing labels as 1 (where it is `positive`) and 0, int8."""
    return (values == positive).astype("int8")
