"""Owns bins: any column cut into few groups of rows, so that what goes with it can be told group by group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data.kinds import kind

_BINS = 20
_ROWS_A_BIN = 50
_MISSING = "(missing)"
_OTHER = "(other)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Bins:
    """A column in groups.

    Attributes
    ----------
    codes
        Bin of each row, shape (rows,).
    ends
        What the bins are called by: each value, or the greatest of each range.
    ordered
        Whether bins follow one another: numbers and datetimes do, words do not.
    ranges
        Whether each bin is a range of values.
    missing
        Whether the last bin holds the rows without a value, or with an infinite one.
    numbers
        Values of an ordered column as float64, NaN where missing; empty for words.
    """

    codes: np.ndarray
    ends: Sequence[object]
    ordered: bool
    ranges: bool
    missing: bool
    numbers: np.ndarray

    @property
    def count(self) -> int:
        """How many bins there are."""
        return len(self.ends) + self.missing

    def labels(self) -> list[str]:
        """Call each bin by its greatest value, or by the one that it has."""
        named = [f"≤ {_written(end)}" if self.ranges else _written(end) for end in self.ends]
        return named + [_MISSING] * self.missing


def of(values: pd.Series) -> Bins:
    """Cut a column into 20 bins at most, of 50 rows or more: equally many of numbers, the most frequent words."""
    most = int(np.clip(len(values) // _ROWS_A_BIN, 2, _BINS))
    holds = kind(values)
    if holds == "text":
        return _of_words(values, most)
    if holds == "datetime":
        moments = pd.to_datetime(values)
        return _of_numbers(moments.astype("int64").to_numpy(dtype="float64"), moments, most)
    return _of_numbers(values.to_numpy(dtype="float64", na_value=np.nan), values, most)


def _of_numbers(numbers: np.ndarray, values: pd.Series, most: int) -> Bins:
    there = np.isfinite(numbers) & values.notna().to_numpy()
    numbers = np.where(there, numbers, np.nan)
    known, places = numbers[there], np.flatnonzero(there)
    ends, first = np.unique(known, return_index=True)
    ranges = len(ends) > most
    if ranges:
        # The greatest value of each of equally large parts, as it stands in the table.
        parts = known[np.argsort(known, kind="stable")][
            np.ceil(np.arange(1, most + 1) / most * len(known)).astype(int) - 1
        ]
        first, ends = first[np.isin(ends, parts)], np.unique(parts)
    codes = np.searchsorted(ends, numbers)  # NaN stands behind all
    named = values.iloc[places[first]].tolist()
    return Bins(codes=codes, ends=named, ordered=True, ranges=ranges, missing=not there.all(), numbers=numbers)


def _of_words(values: pd.Series, most: int) -> Bins:
    words = values if isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype) else _as_text(values)
    codes, names = pd.factorize(words)
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    kept = np.sort(np.argsort(-counts, kind="stable")[:most])
    rest = len(kept) < len(names)
    place = np.full(len(names) + 1, len(kept))  # the last is where a missing word, -1, looks
    place[kept], place[-1] = np.arange(len(kept)), len(kept) + rest
    ends = [*(names[each] for each in kept), *([_OTHER] if rest else [])]
    missing = bool((codes < 0).any())
    return Bins(codes=place[codes], ends=ends, ordered=False, ranges=False, missing=missing, numbers=np.empty(0))


def _as_text(values: pd.Series) -> pd.Series:
    return values.map(str, na_action="ignore")


def _written(value: object) -> str:
    match value:
        case pd.Timestamp():
            return f"{value:%Y-%m-%d}"
        case float():
            return f"{value:.4g}"
    return str(value)
