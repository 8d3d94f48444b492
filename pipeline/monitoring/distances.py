"""Distances: how far counts of rows in the same bins are apart.

Sizes of effects, not p-values: with many rows everything differs significantly. A population stability index of 0.1 is
customarily called a moderate shift, 0.25 a major one (Siddiqi 2006, Credit Risk Scorecards).
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""Shape (bins,): rows in each bin; or (draws, bins), and each draw has a distance of its own."""

MODERATE = 0.1
MAJOR = 0.25
_PRIOR = 0.5  # added to each count, so that an empty bin is no infinite distance (Jeffreys)


class Level(StrEnum):
    """How far a column moved."""

    STABLE = "stable"
    MODERATE = "moderate"
    MAJOR = "major"
    UNKNOWN = "not enough data"


def psi(before: Counts, after: Counts) -> NDArray[np.float64]:
    """Return the population stability index: the sum over bins of (q - p) ln(q / p), 0 and up (Siddiqi 2006).

    It is the symmetric Kullback-Leibler divergence (Jeffreys 1946) of the shares p before and q after.
    """
    p, q = _shares(before, after)
    return np.asarray(((q - p) * _log(q, p)).sum(axis=-1))


def jensen_shannon(before: Counts, after: Counts) -> float:
    """Return the Jensen-Shannon distance, 0 to 1: the root of the divergence to base 2 (Endres & Schindelin 2003)."""
    p, q = _shares(before, after)
    middle = (p + q) / 2
    divergence = (p * _log(p, middle) + q * _log(q, middle)).sum() / 2 / np.log(2)
    return float(np.sqrt(max(divergence, 0.0)))


def chi_squared(before: Counts, after: Counts) -> float:
    """Return Pearson's chi-squared of bin by table (Pearson 1900); NaN where a table has no rows."""
    seen = np.stack([before, after])[:, before + after > 0].astype(float)
    with np.errstate(invalid="ignore"):
        expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
        return float(((seen - expected) ** 2 / expected).sum())


def cramers_v(before: Counts, after: Counts) -> float:
    """Return Cramer's V, 0 to 1: the effect size of chi-squared (Cramer 1946, p. 282)."""
    return float(np.sqrt(chi_squared(before, after) / max(before.sum() + after.sum(), 1)))


def kolmogorov_smirnov(before: Counts, after: Counts) -> float:
    """Return the largest difference of the distribution functions where bins end, 0 to 1; NaN where one has no rows."""
    return float(np.abs(_gap(before, after)).max()) if before.any() and after.any() else np.nan


def wasserstein(before: Counts, after: Counts, ends: NDArray[np.float64]) -> float:
    """Return the area between the distribution functions (Wasserstein 1969; Vallender 1974): how far values moved.

    Within a bin rows are taken to lie evenly.

    Parameters
    ----------
    before, after
        Rows in each bin.
    ends
        Shape (bins + 1,): where bins begin and end, rising; those of no width are atoms.
    """
    if not (before.any() and after.any()):
        return np.nan
    gap = np.concatenate(([0.0], _gap(before, after)))
    left, right, width = np.abs(gap[:-1]), np.abs(gap[1:]), np.diff(ends)
    both = np.maximum(left + right, np.finfo(np.float64).tiny)
    crossed = gap[:-1] * gap[1:] < 0
    return float((width * np.where(crossed, (left**2 + right**2) / both, both) / 2).sum())


def _gap(before: Counts, after: Counts) -> NDArray[np.float64]:
    return np.asarray(np.cumsum(after) / after.sum() - np.cumsum(before) / before.sum())


def _shares(before: Counts, after: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of rows; of bins that are empty on both sides 0, else none of them is 0."""
    used = before + after > 0
    p, q = (np.where(used, counts + _PRIOR, 0.0) for counts in (before, after))
    return p / p.sum(axis=-1, keepdims=True), q / q.sum(axis=-1, keepdims=True)


def _log(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the quotient, 0 where both are 0."""
    return np.log(np.divide(above, below, out=np.ones_like(below), where=below > 0))
