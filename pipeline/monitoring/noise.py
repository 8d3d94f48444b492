"""Noise: what chance alone does to the distance of rows that are like the reference, as resamples of it show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, fdtri

from pipeline.monitoring.distances import Counts, psi
from pipeline.monitoring.reference import Column, Reference

DRAWS = 1_000
_FINENESS = 8  # sizes of windows within one power of two, for which noise is found out
_MOST_TIMES = 4  # the reference: of longer windows no longer ones are drawn, for its own chance is what counts then


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How PSI is distributed where nothing moved.

    It is a weighted sum of chi-squared variables then (of equal weights where rows are independent), here taken for one
    of the same mean and variance, with an F distribution instead since both are estimated from few units where rows
    err together: the second-order correction of Rao & Scott 1984, in the form of Thomas & Rao 1987.

    Attributes
    ----------
    mean
        Of PSI.
    freedom
        Degrees of freedom; 0 where chance changes nothing.
    units
        Of the reference.
    """

    mean: float
    freedom: float
    units: int

    def p(self, sizes: ArrayLike) -> NDArray[np.float64]:
        """Return how probable each PSI, or a greater one, is."""
        values = np.asarray(sizes, dtype=np.float64)
        if not self.freedom:
            return (values <= 0).astype(np.float64)
        return np.asarray(fdtrc(self.freedom, self.freedom * (self.units - 1), values / self.mean))

    def floor(self, probability: float) -> float:
        """Return the PSI that is exceeded with a probability."""
        if not self.freedom:
            return 0.0
        return float(fdtri(self.freedom, self.freedom * (self.units - 1), 1 - probability) * self.mean)


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
    if len(column.blocks):
        before, after = _blocks(column, generator, rows, units / reference.units, ordered=reference.ordered)
    else:
        before, after = _rows(column, generator, rows)
    sizes = psi(before, after)
    mean, variance = float(sizes.mean()), float(sizes.var(ddof=1))
    return Noise(mean=mean, freedom=2 * mean**2 / variance if variance > 0 else 0.0, units=reference.units)


def _rows(column: Column, generator: np.random.Generator, rows: int) -> tuple[Counts, Counts]:
    """Draw rows; in windows some have values that were never seen, of a mass that is itself uncertain."""
    usual, total = column.counts, int(column.counts.sum())
    later = np.tile(usual.astype(np.float64), (DRAWS, 1))
    later[:, -2] += generator.gamma(column.beyond, size=DRAWS)  # Good 1953; between order statistics it is exact
    before = generator.multinomial(total, usual / total, size=DRAWS)
    return before, generator.multinomial(rows, later / later.sum(axis=1, keepdims=True))


def _blocks(
    column: Column, generator: np.random.Generator, rows: int, share: float, *, ordered: bool
) -> tuple[Counts, Counts]:
    """Draw blocks of rows (days, groups); of days stretches of neighbours, which may be alike (Künsch 1989)."""
    count = len(column.blocks)
    stretch = round(count ** (1 / 3)) if ordered else 1
    wanted = max(1, round(min(share, _MOST_TIMES) * count))
    before = _times(generator, count, count, stretch) @ column.blocks
    after = _times(generator, count, wanted, min(stretch, wanted)) @ column.blocks
    before[:, -2] = 0  # the reference has seen all that it has
    return before, _thinned(generator, after, rows)


def _times(generator: np.random.Generator, count: int, wanted: int, stretch: int) -> NDArray[np.int64]:
    """Draw so many of the blocks; return how often each was drawn, shape (draws, blocks)."""
    starts = generator.integers(count, size=(DRAWS, -(-wanted // stretch), 1))
    drawn = ((starts + np.arange(stretch)) % count).reshape(DRAWS, -1)[:, :wanted]
    flat = np.bincount((drawn + count * np.arange(DRAWS)[:, None]).ravel(), minlength=DRAWS * count)
    return flat.reshape(DRAWS, count)


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
