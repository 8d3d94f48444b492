"""Slices: how well a model does on parts of the rows, by the values of a column."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError, near
from pipeline.learning.scoring import Resampling, bootstrap

VALUES = 8  # shown of one column, the most frequent; the others stand together
TEXTS = 20  # more different ones are not suggested
RANGES = 4  # that numbers are cut into
OTHER, MISSING = "(other)", "(missing)"


def slice_table(  # noqa: PLR0913 - what is sliced, and what `bootstrap` takes
    table: pd.DataFrame,
    by: Iterable[str],
    target: ArrayLike,
    probability: ArrayLike,
    *,
    threshold: float,
    resampling: Resampling,
) -> pd.DataFrame:
    """Score a model on the slices of each column.

    Parameters
    ----------
    table
        Shape (rows, columns).
    by
        Columns to slice by: texts by their eight most frequent values, numbers by their quarters.
    target, probability, threshold, resampling
        As in `pipeline.learning.scoring.bootstrap`.

    Returns
    -------
    pandas.DataFrame
        A row for each slice and metric: `column`, `slice`, `rows`, `base_rate`, `predicted` (mean), `metric`, `value`,
        `low`, `high`; NaN where a slice is of one class and the metric has no meaning there.

    Raises
    ------
    DataError
        If there is no such column.
    """
    truth, values = np.asarray(target), np.asarray(probability, dtype=np.float64)
    found = []
    for column, name, rows in _slices(table, by):
        scores = bootstrap(
            truth[rows], {"model": values[rows]}, threshold=threshold, resampling=resampling.within(rows)
        )
        about = {"column": column, "slice": name, "rows": len(rows)}
        about |= {"base_rate": float(truth[rows].mean()), "predicted": float(values[rows].mean())}
        found += [{**about, "metric": metric, **each} for metric, each in scores.estimates("model").items()]
    return pd.DataFrame(found)


def coarse(features: pd.DataFrame, count: int = 3) -> list[str]:
    """Suggest columns to slice by: the first that have 2 to 20 different values, numbers 2 to 8."""
    return [str(name) for name in features.columns if _is_coarse(features[name])][:count]


def _is_coarse(column: "pd.Series[Any]") -> bool:
    most = VALUES if pd.api.types.is_numeric_dtype(column) else TEXTS
    return 1 < column.nunique() <= most


def _slices(table: pd.DataFrame, by: Iterable[str]) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    for column in by:
        if column not in table.columns:
            raise DataError(f"there is no column {column!r} to slice by: {near(column, map(str, table.columns))}")
        names = _names(table[column])
        for name in names.cat.categories:
            yield column, str(name), np.flatnonzero(names == name)


def _names(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Name the slice of each row: a category, numbers in their order and texts by their count."""
    number = pd.api.types.is_numeric_dtype(column)
    if number and column.nunique() > VALUES:
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
