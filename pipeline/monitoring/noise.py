"""Noise: what chance alone does to the distance of rows that are like the reference, as resamples of it show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, fdtri

from pipeline.monitoring.distances import Counts, psi
from pipeline.monitoring.reference import Column, Reference

DRAWS = 500
_FINENESS = 8  # sizes of windows within one power of two, for which noise is found out
_MOST_TIMES = 4  # the reference: of longer windows no longer ones are drawn, for its own chance is what counts then
_SURE = 1.645  # standard errors by which likeness of neighbours is taken for greater than it looks: 95 %, one-sided
_MOST_ALIKE = 0.97


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How PSI is distributed where nothing moved.

    It is a weighted sum of chi-squared variables then, of equal weights where rows are independent; it is taken for one
    of the same mean and variance (Satterthwaite 1946; Rao & Scott 1984 for rows in clusters), and for an F variable
    since the mean is estimated from so many units.

    Attributes
    ----------
    mean
        Of PSI.
    freedom
        Degrees of freedom; 0 where chance changes nothing.
    units
        Degrees of freedom of the mean: units of the reference that are independent, less one.
    """

    mean: float
    freedom: float
    units: float

    def p(self, sizes: ArrayLike) -> NDArray[np.float64]:
        """Return how probable each PSI, or a greater one, is."""
        values = np.asarray(sizes, dtype=np.float64)
        if not self.freedom:
            return (values <= 0).astype(np.float64)
        return np.asarray(fdtrc(self.freedom, self.units, values / self.mean))

    def floor(self, probability: float) -> float:
        """Return the PSI that is exceeded with a probability."""
        return float(fdtri(self.freedom, self.units, 1 - probability) * self.mean) if self.freedom else 0.0


def size_class(rows: int) -> int:
    """Round a number of rows down, by at most 9 %, so that windows that are about as large share their noise.

    >>> [size_class(rows) for rows in (1, 100, 1000, 1001)]
    [1, 98, 939, 939]
    """
    return int(2 ** (np.floor(np.log2(rows) * _FINENESS) / _FINENESS))


def noise(column: Column, reference: Reference, rows: int, units: float) -> Noise:
    """Compare resamples of the reference with resamples of it that are as large as a window.

    Parameters
    ----------
    column
        Of the reference.
    reference
        Where it is from.
    rows, units
        How many the window has, 1 and up.
    """
    generator = np.random.default_rng([rows, round(units)])
    if not len(column.blocks):
        return _of(*_rows(column, generator, rows), inflated=1.0, units=reference.rows)
    count = len(column.blocks)
    wanted = max(1, round(min(units / reference.units, _MOST_TIMES) * count))
    alike = _likeness(column) if reference.ordered else 0.0
    here, there = _inflation(alike, wanted), _inflation(alike, count)
    inflated = (here / wanted + there / count) / (1 / wanted + 1 / count)
    return _of(*_blocks(column, generator, rows, wanted), inflated=inflated, units=count / there)


def _of(before: Counts, after: Counts, *, inflated: float, units: float) -> Noise:
    sizes = psi(before, after)
    mean, variance = float(sizes.mean()), float(sizes.var(ddof=1))
    freedom = 2 * mean**2 / variance if variance > 0 else 0.0
    return Noise(mean=mean * inflated, freedom=freedom, units=max(units - 1, 1.0))


def _rows(column: Column, generator: np.random.Generator, rows: int) -> tuple[Counts, Counts]:
    """Draw rows; in windows some have values that were never seen, of a mass that is itself uncertain."""
    usual, total = column.counts, int(column.counts.sum())
    later = np.tile(usual.astype(np.float64), (DRAWS, 1))
    later[:, -2] += generator.gamma(column.beyond, size=DRAWS)  # Good 1953; between order statistics it is exact
    before = generator.multinomial(total, usual / total, size=DRAWS)
    return before, generator.multinomial(rows, later / later.sum(axis=1, keepdims=True))


def _blocks(column: Column, generator: np.random.Generator, rows: int, wanted: int) -> tuple[Counts, Counts]:
    """Draw whole blocks of rows: days, or groups."""
    count = len(column.blocks)
    before, after = (generator.multinomial(size, np.full(count, 1 / count), size=DRAWS) for size in (count, wanted))
    usual, later = before @ column.blocks, after @ column.blocks
    usual[:, -2] = 0  # the reference has seen all that it has
    return usual, _thinned(generator, later, rows)


def _likeness(column: Column) -> float:
    """Return how much a block is like the one before, 0 to 0.97: an upper bound of the correlation (95 %).

    It is that of the component in which blocks differ most, with the bias of few blocks taken out (Kendall 1954).
    """
    shares = column.blocks / column.blocks.sum(axis=1, keepdims=True)
    usual = column.blocks.sum(axis=0) / column.blocks.sum()
    there = usual > 0
    scores = np.linalg.svd((shares - usual)[:, there] / np.sqrt(usual[there]), full_matrices=False)[0][:, 0]
    count, found = len(scores), float(scores[1:] @ scores[:-1])  # their squares add up to 1
    sure = found + (1 + 3 * found) / count + _SURE * np.sqrt((1 - found**2) / count)
    return float(np.clip(sure, 0.0, _MOST_ALIKE))


def _inflation(alike: float, count: int) -> float:
    """Return how many times the variance of a mean of so many blocks is that of independent ones (autoregression)."""
    lags = np.arange(1, count)
    return 1 + 2 * float(((1 - lags / count) * alike**lags).sum())


def _thinned(generator: np.random.Generator, counts: Counts, rows: int) -> Counts:
    """Leave so many rows of each draw, chosen at random; all where there are no more."""
    left = counts.sum(axis=1)
    wanted = np.minimum(left, rows)
    kept = np.empty_like(counts)
    for place, here in enumerate(counts.T):
        left = left - here
        kept[:, place] = generator.hypergeometric(here, left, wanted)
        wanted = wanted - kept[:, place]
    return kept
