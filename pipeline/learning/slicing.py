"""Slicing: which rows have one value of a column, or lie in one range of it."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from pipeline.errors import DataError, near

VALUES = 8  # shown of one column, the most frequent; the others stand together
TEXTS = 20  # more different ones are not suggested
RANGES = 4  # that numbers are cut into
_NEARLY = 0.95  # share of rows from which one value is nearly all of them
OTHER, MISSING = "(other)", "(missing)"


def slices(table: pd.DataFrame, by: Iterable[str]) -> "dict[str, pd.Series[Any]]":
    """Name the slice of each row by some columns: texts by their eight most frequent values, numbers by quarters.

    Returns
    -------
    dict
        By column a category for each row, in order: numbers and times rising, texts by how many rows have them.

    Raises
    ------
    DataError
        If there is no such column.
    """
    return {column: _names(_column(table, column)) for column in by}


def coarse(features: pd.DataFrame, count: int = 3) -> list[str]:
    """Suggest columns to slice by: the first of 2 to 20 values (numbers: 8), none of them in nearly all rows."""
    return [str(name) for name in features.columns if _is_coarse(features[name])][:count]


def _is_coarse(column: "pd.Series[Any]") -> bool:
    most = VALUES if pd.api.types.is_numeric_dtype(column) else TEXTS
    return 1 < column.nunique() <= most and column.value_counts(normalize=True).iloc[0] < _NEARLY


def _column(table: pd.DataFrame, column: str) -> "pd.Series[Any]":
    if column not in table.columns:
        raise DataError(f"there is no column {column!r} to slice by: {near(column, map(str, table.columns))}")
    return table[column]


def _names(column: "pd.Series[Any]") -> "pd.Series[Any]":
    number = pd.api.types.is_numeric_dtype(column)
    if (number or pd.api.types.is_datetime64_any_dtype(column)) and column.nunique() > VALUES:
        ranges = pd.qcut(column, RANGES, duplicates="drop")
        names, order = ranges.astype(object).map(str, na_action="ignore"), list(map(str, ranges.cat.categories))
    else:
        names = column.astype(object).map(_shown, na_action="ignore")
        values = sorted(column.dropna().unique()) if number else column.value_counts().index[:VALUES]
        order = list(map(_shown, values))
        names = names.where(names.isin(order) | names.isna(), OTHER)
    names = names.fillna(MISSING)
    return names.astype(pd.CategoricalDtype([*order, *sorted(set(names) - set(order))]))


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
