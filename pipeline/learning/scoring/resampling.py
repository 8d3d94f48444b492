"""Resampling: how rows are drawn anew, and which of them are drawn together since they err together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from pipeline.learning.scoring.scorer import Weights

FEWEST = 30  # units; resampling fewer says little


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How rows are drawn anew.

    Attributes
    ----------
    count
        Resamples, 2 and up; with 300 the ends of an interval are uncertain by about a tenth of its width.
    seed
        Of the random draws.
    units
        Shape (rows,): rows of one unit (a day, a person) are drawn together, since they err together (the block
        bootstrap; Efron & Tibshirani 1993, section 8.6). None: each row by itself.
    counts
        Shape (rows,), 0 and up: how much each row counts, as the table says. None: all rows count the same.
    """

    count: int = 300
    seed: int = 0
    units: NDArray[np.int64] | None = None
    counts: NDArray[np.float64] | None = None

    def within(self, rows: NDArray[np.intp]) -> "Resampling":
        """Draw from some of the rows alone, given by their positions."""
        units = None if self.units is None else self.units[rows]
        return replace(self, units=units, counts=None if self.counts is None else self.counts[rows])

    def at_most(self, count: int) -> "Resampling":
        """Draw no more often than this: the first draws stay the same."""
        return replace(self, count=min(count, self.count))

    def size(self, rows: int) -> int:
        """Count the units that so many rows are."""
        return rows if self.units is None else len(pd.unique(self.units))

    def weights(self, rows: int) -> Weights:
        """Return how much each of so many rows counts before any is drawn."""
        return np.ones(rows, dtype=np.int64) if self.counts is None else self.counts

    def draws(self, rows: int) -> Iterator[Weights]:
        """Draw as many units as there are, with replacement; yield how much each of so many rows counts then."""
        codes = np.arange(rows) if self.units is None else pd.factorize(self.units)[0]
        count = int(codes.max()) + 1
        generator = np.random.default_rng(self.seed)
        for _ in range(self.count):
            drawn = np.bincount(generator.integers(count, size=count), minlength=count)
            times = drawn if self.units is None else drawn[codes]
            yield times if self.counts is None else times * self.counts


def resampling(  # noqa: PLR0913 - the roles that columns of a table can have
    table: pd.DataFrame,
    *,
    count: int,
    seed: int,
    time: str | None,
    groups: str | None = None,
    weight: str | None = None,
) -> tuple[str, Resampling]:
    """Choose how rows of a table are drawn: whole groups, else whole periods of time, else each row by itself.

    Parameters
    ----------
    table
        Rows to draw from.
    count, seed
        Of the resamples.
    time, groups, weight
        Columns that order rows, put them together and say how much each counts; None where there is none.

    Returns
    -------
    tuple
        What is drawn (`day`, `hour`, `row`, or the name of the column of groups), and how.
    """
    unit, units = ("row", None)
    if groups is not None:
        unit, units = groups, pd.factorize(table[groups], use_na_sentinel=False)[0]
    elif time is not None:
        unit, units = periods(table[time])
    counts = None if weight is None else np.asarray(table[weight], dtype=np.float64)
    return unit, Resampling(count=count, seed=seed, units=units, counts=counts)


def periods(times: "pd.Series[pd.Timestamp]") -> tuple[str, NDArray[np.int64]]:
    """Choose units to resample by: the longest of day and hour of which there are 30, else each row.

    Returns
    -------
    tuple
        What a unit is (`day`, `hour` or `row`), and the unit of each row, shape (rows,).
    """
    for name, frequency in (("day", "D"), ("hour", "h")):
        codes, found = pd.factorize(times.dt.floor(frequency), use_na_sentinel=False)
        if len(found) >= FEWEST:
            return name, codes
    return "row", np.arange(len(times))


def interval(draws: ArrayLike, *, level: float, defined: float, units: int | None = None) -> tuple[float, float]:
    """Return the percentile interval of draws (Efron & Tibshirani 1993, chapter 13), wider where there are few units.

    Few units vary too little among themselves, and that shrinks every resample: the interval is made as much wider as
    one by Student's t is than a normal one (Hesterberg 2015, section 5.3, "expanded percentile interval"; with 60 units
    the ends are at 2.1 % instead of 2.5 %). Quantiles are such that a further draw is beyond either end just as often
    as is said (Hyndman & Fan 1996, definition 6); the usual ones are too narrow for some hundred draws.

    Parameters
    ----------
    draws
        Shape (resamples,).
    level
        Share of them within it, 0 to 1.
    defined
        Share of them that must have a number, 0 to 1; else the ends are NaN.
    units
        How many were drawn anew, 2 and up; None: very many.
    """
    values = np.asarray(draws, dtype=np.float64)
    finite = values[np.isfinite(values)]
    if len(finite) < max(2, defined * len(values)):
        return np.nan, np.nan
    tail = _tail((1 - level) / 2, units)
    low, high = np.quantile(finite, [tail, 1 - tail], method="weibull")
    return float(low), float(high)


def _tail(tail: float, units: int | None) -> float:
    if units is None or units <= 1:
        return tail
    return float(norm.cdf(np.sqrt(units / (units - 1)) * t.ppf(tail, units - 1)))
