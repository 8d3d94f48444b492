"""Drift: how far the values of columns moved from those of a reference. Pure functions of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import DataError, near
from pipeline.monitoring.distances import Counts, cramers_v, jensen_shannon, level, noise, psi

BINS = 10
CATEGORIES = 50
_GRID = 1_000
_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A reference column of numbers or moments.

    Attributes
    ----------
    ordered
        Its values in order, without the missing ones.
    edges
        Upper ends of the bins: the deciles; fewer where they coincide.
    grid
        1,000 quantiles: where distribution functions are compared.
    counts
        Of the reference in each bin.
    """

    ordered: NDArray[np.float64]
    edges: NDArray[np.float64]
    grid: NDArray[np.float64]
    counts: Counts

    @classmethod
    def of(cls, values: "pd.Series[Any]") -> "Numbers":
        """Profile a column."""
        ordered = _ordered(values)
        edges, grid = (np.unique(_quantiles(ordered, np.arange(1, parts + 1) / parts)) for parts in (BINS, _GRID))
        return cls(ordered=ordered, edges=edges, grid=grid, counts=_binned(ordered, ordered[:1], edges, len(values)))

    @property
    def names(self) -> list[str]:
        """Name each bin by its upper end; the last two have none."""
        return [f"≤ {edge:,.4g}" for edge in self.edges]

    def measure(self, values: "pd.Series[Any]") -> tuple[Counts, dict[str, Any]]:
        """Count values between deciles; measure the Kolmogorov-Smirnov distance."""
        ordered = _ordered(values)
        counts = _binned(ordered, self.ordered[:1], self.edges, len(values))
        return counts, {"kind": "number", "ks": self._distance(ordered)}

    def _distance(self, ordered: NDArray[np.float64]) -> float:
        """Return the largest difference of the distribution functions, 0 to 1; at most 0.001 too little."""
        if not len(ordered) or not len(self.ordered):
            return np.nan
        below = _share(self.ordered, self.grid, "left") - _share(ordered, self.grid, "left")
        up_to = _share(self.ordered, self.grid, "right") - _share(ordered, self.grid, "right")
        return float(max(np.abs(below).max(), np.abs(up_to).max()))


@dataclass(frozen=True, kw_only=True)
class Categories:
    """A reference column of categories.

    Attributes
    ----------
    frequencies
        How often each category came, the most frequent first.
    counts
        Of the reference in each bin.
    """

    frequencies: dict[Any, int]
    counts: Counts

    @classmethod
    def of(cls, values: "pd.Series[Any]") -> "Categories":
        """Profile a column."""
        frequencies = _frequencies(values)
        return cls(frequencies=frequencies, counts=_tallied(frequencies, frequencies, len(values)))

    @property
    def names(self) -> list[str]:
        """Name each bin by its category; the last two have none."""
        return [*map(str, list(self.frequencies)[:CATEGORIES]), "others"]

    def measure(self, values: "pd.Series[Any]") -> tuple[Counts, dict[str, Any]]:
        """Count the 50 most frequent categories, rarer ones together; measure Cramer's V and name new ones."""
        frequencies = _frequencies(values)
        counts = _tallied(frequencies, self.frequencies, len(values))
        new = [str(name) for name in frequencies if name not in self.frequencies]
        more = f" and {len(new) - _EXAMPLES} more" if len(new) > _EXAMPLES else ""
        found = {"kind": "category", "cramers_v": cramers_v(self.counts, counts)}
        return counts, {**found, "new": ", ".join(new[:_EXAMPLES]) + more}


Profile: TypeAlias = Numbers | Categories


def compare(
    reference: pd.DataFrame, windows: Mapping[str, pd.DataFrame], columns: Sequence[str], *, name: str = "the reference"
) -> pd.DataFrame:
    """Compare columns of windows with those of a reference.

    Parameters
    ----------
    reference
        Rows that say what is usual.
    windows
        Rows to compare with them, by name.
    columns
        What is compared.
    name
        What to call the reference in an error.

    Returns
    -------
    DataFrame
        One row a window and column: `window`, `column`, `kind`, `rows`, `level`, `psi`, `noise` (the PSI that sampling
        alone exceeds in 5 of 100 cases), `jensen_shannon`, `ks` (numbers), `cramers_v` and `new` (categories), `unseen`
        (share of rows with values that the reference never had), `missing` and `missing_before` (shares of rows).

    Raises
    ------
    DataError
        If there are no rows, a column is missing, or holds words where the reference has numbers.
    """
    _require(reference, columns, name)
    profiles = {column: profile(reference[column]) for column in columns}
    rows = []
    for window, table in windows.items():
        _require(table, columns, f"the window {window}")
        rows += [
            {"window": window, "column": column, **_compared(each, table[column])} for column, each in profiles.items()
        ]
    order = ["window", "column", "kind", "rows", "level", "psi", "noise", "jensen_shannon", "ks", "cramers_v"]
    return pd.DataFrame(rows, columns=[*order, "unseen", "new", "missing", "missing_before"])


def shares(reference: "pd.Series[Any]", values: "pd.Series[Any]") -> pd.DataFrame:
    """Return the share of rows in each bin that `compare` uses; bins that are empty on both sides are left out.

    Returns
    -------
    DataFrame
        `bin` (a number's upper end, a category, `others`, `never seen`, `missing`), `before` and `after`, 0 to 1.
    """
    before = profile(reference)
    counts, _ = before.measure(values)
    table = pd.DataFrame(
        {
            "bin": [*before.names, "never seen", "missing"],
            "before": before.counts / before.counts.sum(),
            "after": counts / counts.sum(),
        }
    )
    return table[table[["before", "after"]].any(axis=1)].reset_index(drop=True)


def profile(values: "pd.Series[Any]") -> Profile:
    """Remember of a reference column what others are compared with."""
    return Numbers.of(values) if _is_number(values) else Categories.of(values)


def _compared(before: Profile, values: "pd.Series[Any]") -> dict[str, Any]:
    counts, extras = before.measure(values)
    size, floor = psi(before.counts, counts), noise(before.counts, counts)
    return {
        "rows": len(values),
        "level": str(level(size, floor)),
        "psi": size,
        "noise": floor,
        "jensen_shannon": jensen_shannon(before.counts, counts),
        "unseen": counts[-2] / len(values),
        "missing": counts[-1] / len(values),
        "missing_before": before.counts[-1] / before.counts.sum(),
        "new": "",
        **extras,
    }


def _require(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    if table.empty:
        raise DataError(f"{name} has no rows, so nothing can be compared with it. Look at how it was cut.")
    for column in columns:
        if column not in table:
            raise DataError(f"{name} has no column {column!r}: {near(column, map(str, table))}")


def _is_number(values: "pd.Series[Any]") -> bool:
    kinds = pd.api.types
    if kinds.is_bool_dtype(values.dtype):
        return False
    return bool(kinds.is_numeric_dtype(values.dtype) or kinds.is_datetime64_any_dtype(values.dtype))


def _ordered(values: "pd.Series[Any]") -> NDArray[np.float64]:
    """Sort the values that are there; moments become microseconds."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return np.sort(values.dropna().to_numpy("datetime64[us]").astype(np.float64))
    try:
        numbers = values.to_numpy(np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"column {values.name!r} holds {values.dtype} where the reference has numbers: {error}. "
            "Make it numbers again where it is loaded."
        ) from error
    return np.sort(numbers[~np.isnan(numbers)])


def _quantiles(ordered: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quantiles that are values of the sample itself: the inverse of its distribution function."""
    return ordered[np.ceil(shares * len(ordered)).astype(int) - 1] if len(ordered) else ordered


def _binned(ordered: NDArray[np.float64], least: NDArray[np.float64], edges: NDArray[np.float64], rows: int) -> Counts:
    """Count values up to each edge from the least one, then those outside, then missing ones."""
    inside = np.diff(np.searchsorted(ordered, edges, side="right"), prepend=np.searchsorted(ordered, least)[:1])
    return np.array([*inside, len(ordered) - inside.sum(), rows - len(ordered)])


def _share(
    ordered: NDArray[np.float64], points: NDArray[np.float64], side: Literal["left", "right"]
) -> NDArray[np.float64]:
    return np.searchsorted(ordered, points, side=side) / len(ordered)


def _frequencies(values: "pd.Series[Any]") -> dict[Any, int]:
    found = values.value_counts()
    return {name: count for name, count in zip(found.index.tolist(), found.tolist(), strict=True) if count}


def _tallied(found: Mapping[Any, int], known: Mapping[Any, int], rows: int) -> Counts:
    """Count the most frequent known categories, all other known ones, unknown ones, then missing values."""
    top = [found.get(name, 0) for name in list(known)[:CATEGORIES]]
    seen = sum(count for name, count in found.items() if name in known)
    there = sum(found.values())
    return np.array([*top, seen - sum(top), there - seen, rows - there])
