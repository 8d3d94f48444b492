"""Owns how a target's values are read: what is the same label, what a number, and whether numbers count."""

import re

import numpy as np
import pandas as pd

from pipeline.goal import Label

_EXACT = 2**53  # up to here every whole number is a float
_FEWEST_ROWS = 3  # that a code has on average; numbers that are measured hardly come again
_SURE = 5  # so few whole numbers are classes
_MOST_CODES = 20
_PEAK = 5  # times that the most frequent amount is there for the rarest
_CLASSES = re.compile(
    r"(?i)(?:^|[_\W])(?:class(?:es)?|label|category|categories|kind|type|species)(?:$|[_\W])|[a-z]Class$"
)
_AMOUNTS = re.compile(
    r"(?i)(?:^|[_\W])(?:count|cnt|number|num|amount|total|age|price|rings|score|points|grade)(?:$|[_\W])"
)


def read(values: pd.Series) -> pd.Series:
    """Read a target so that what is the same label is the same value.

    Parameters
    ----------
    values
        A column as it was loaded, shape (rows,).

    Returns
    -------
        Same index: `boolean`, `Int64` where all numbers are whole, `float64`, datetimes or durations as they are, all
        else `str` without blanks around it. What is missing, or blank, is missing.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype if values.notna().all() else "object")
    if pd.api.types.is_object_dtype(values.dtype):
        values = values.convert_dtypes()
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return values.astype("boolean")
    if pd.api.types.is_numeric_dtype(kind):
        return _whole(values.astype("float64") if pd.api.types.is_float_dtype(kind) else values)
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return values
    text = values.astype("str").str.strip()
    return text.where(text != "")


def _whole(numbers: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(numbers.dtype):
        return numbers.astype("Int64")
    known = numbers.dropna()
    whole = bool(((known % 1 == 0) & (known.abs() < _EXACT)).all())
    return numbers.astype("Int64") if whole else numbers


def numbers(known: pd.Series) -> pd.Series | None:
    """Return labels that were read as the numbers that they are or spell, or None if one of them is none."""
    if pd.api.types.is_bool_dtype(known.dtype) or pd.api.types.is_datetime64_any_dtype(known.dtype):
        return None
    if pd.api.types.is_numeric_dtype(known.dtype):
        return known.astype("float64")
    found = pd.to_numeric(known, errors="coerce").astype("float64")
    return found if found.notna().all() else None


def name(label: object) -> str:
    """Write a label so that the same one has the same name, whatever type its column has today.

    >>> name(2.0), name(True), name("b")
    ('2', 'True', 'b')
    """
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def plain(label: object) -> Label:
    """Return a label as a value of Python."""
    found: Label = label.item() if isinstance(label, np.generic) else label  # type: ignore[assignment]  # of `read`
    return found


def amounts(found: pd.Series, column: str) -> str:
    """Say why numbers are amounts rather than the codes of classes, or nothing.

    Whole numbers are codes where there are at most five of them, each in several rows. Six to twenty are where they
    begin with 0 or 1 and leave few gaps, unless their frequencies rise to one peak and fall from it, as those of counts
    do: classes are numbered in such an order once in twenty times. A name that says class, or count, decides.

    Parameters
    ----------
    found
        Numbers without missing ones, shape (rows,).
    column
        How it is called.
    """
    counts = found.value_counts().sort_index()
    different = f"{column} has {len(counts):,} different numbers"
    if not ((counts.index % 1 == 0).all() and len(counts) <= _MOST_CODES):
        return different
    if _CLASSES.search(column):
        return ""
    if _AMOUNTS.search(column):
        return f"{different}, and its name says that they are amounts"
    if len(found) < _FEWEST_ROWS * len(counts):
        return f"{different} in {len(found):,} rows"
    return "" if len(counts) <= _SURE or not (why := _order(counts)) else f"{different}{why}"


def _order(counts: pd.Series) -> str:
    """Say what there is in the order of some whole numbers, by their frequencies, that codes do not have."""
    low, high, rows = int(counts.index[0]), int(counts.index[-1]), counts.to_numpy()
    if low not in {0, 1} or high - low >= len(rows) + len(rows) // 2:
        return f" from {low} to {high}, which are no codes that begin with 0 or 1"
    top = int(rows.argmax())
    one_peak = (np.diff(rows[: top + 1]) >= 0).all() and (np.diff(rows[top:]) <= 0).all()
    if one_peak and rows.max() > _PEAK * rows.min():
        return f", most often {counts.index[top]:.0f} and ever less often away from it"
    return ""
