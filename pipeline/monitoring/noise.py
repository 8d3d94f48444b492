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

    It is a weighted sum of chi-squared variables then, of equal weights where rows are independent. It is taken for one
    of the same mean, spread and skewness (Hall 1983, Buckley & Eagleson 1988), and for an F variable since the weights
    are estimated from so many units (Thomas & Rao 1987).

    Attributes
    ----------
    mean, spread
        Of PSI: its standard deviation is the spread; 0 where chance changes nothing.
    freedom
        Degrees of freedom of the chi-squared variable that is as skewed.
    units
        Degrees of freedom of the weights: units of the reference that are independent, less one.
    """

    mean: float
    spread: float
    freedom: float
    units: float

    def p(self, sizes: ArrayLike) -> NDArray[np.float64]:
        """Return how probable each PSI, or a greater one, is."""
        values = np.asarray(sizes, dtype=np.float64)
        if not self.spread:
            return (values <= 0).astype(np.float64)
        found = 1 + (values - self.mean) / self.spread * np.sqrt(2 / self.freedom)
        return np.asarray(fdtrc(self.freedom, self.units, np.maximum(found, 0.0)))

    def floor(self, probability: float) -> float:
        """Return the PSI that is exceeded with a probability."""
        if not self.spread:
            return 0.0
        found = fdtri(self.freedom, self.units, 1 - probability)
        return float(self.mean + (found - 1) * self.spread / np.sqrt(2 / self.freedom))


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
        sizes = psi(*_rows(column, generator, rows))
        mean, spread = float(sizes.mean()), float(sizes.std(ddof=1))
        freedom = 2 * mean**2 / spread**2 if spread else 1.0
        return Noise(mean=mean, spread=spread, freedom=freedom, units=max(reference.rows - 1, 1))
    wanted = max(1, int(min(units / reference.units, _MOST_TIMES) * len(column.blocks)))
    sizes = psi(*_blocks(column, generator, rows, wanted))
    weights, inflations, independent = _components(column, wanted, ordered=reference.ordered)
    larger = weights * inflations
    first, second, third = (float((larger**power).sum()) for power in (1, 2, 3))
    mean = float(sizes.mean()) * first / float(weights.sum()) if first else 0.0
    spread = mean * np.sqrt(2 * second) / first if first else 0.0
    return Noise(
        mean=mean, spread=spread, freedom=second**3 / third**2 if third else 1.0, units=max(independent - 1, 1.0)
    )


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


def _components(
    column: Column, wanted: int, *, ordered: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Take apart how blocks differ.

    Returns
    -------
    tuple
        Weights of the components, shape (components,); how many times chance is greater in each since neighbours are
        alike; and how many independent blocks the reference is worth, by the greatest component.
    """
    shares = column.blocks / column.blocks.sum(axis=1, keepdims=True)
    usual = column.blocks.sum(axis=0) / column.blocks.sum()
    there = usual > 0
    found = np.linalg.svd((shares - usual)[:, there] / np.sqrt(usual[there]), full_matrices=False)
    count, weights = len(shares), found.S**2
    alike = _likeness(found.U) if ordered else np.zeros(len(weights))
    here, whole = _inflation(alike, wanted), _inflation(alike, count)
    inflations = (here / wanted + whole / count) / (1 / wanted + 1 / count)
    return weights, inflations, count / float(whole[np.argmax(weights * inflations)])


def _likeness(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much blocks are like those before, 0 to 0.97: an upper bound of each component's correlation (95 %).

    The bias of few blocks is taken out (Kendall 1954). The squares of a component's scores add up to 1.
    """
    count, found = len(scores), (scores[1:] * scores[:-1]).sum(axis=0)
    sure = found + (1 + 3 * found) / count + _SURE * np.sqrt((1 - found**2) / count)
    return np.asarray(np.clip(sure, 0.0, _MOST_ALIKE))


def _inflation(alike: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return how many times the variance of a mean of so many blocks is that of independent ones (autoregression)."""
    lags = np.arange(1, count)[:, None]
    return np.asarray(1 + 2 * ((1 - lags / count) * alike**lags).sum(axis=0))


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
